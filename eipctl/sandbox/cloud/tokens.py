"""ClientTokens: the same call with the same token is carried out once and answered the same again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from eipctl.sandbox.cloud.refusal import CloudRefusal
from eipctl.sandbox.cloud.rows import TokenRow

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall


def key(call: ApiCall) -> str:
    """Where the token of this call is remembered; "" if it carries none."""
    token = call.params.get("ClientToken")
    return f"{call.action}/{token}" if token else ""


def remembered(call: ApiCall, where: str) -> dict[str, Any] | None:
    """The answer given before; None for a token that is new or forgotten."""
    row = call.state.tokens.get(where) if where else None
    if row is None or row.at + call.state.switches.token_seconds / call.state.clock.speed < call.now:
        return None
    if row.parameters != call.params.fingerprint():
        raise call.refusal(
            "IdempotentParameterMismatch",
            "The request uses the same client token as a previous, but non-identical request.",
        )
    if row.code:
        raise CloudRefusal(row.code, row.reply, row.status)
    reply: dict[str, Any] = msgspec.json.decode(row.reply)
    return reply


def remember(call: ApiCall, where: str, reply: dict[str, Any]) -> None:
    """Keep an answer; only inside a transaction."""
    if where:
        call.state.tokens.put(where, TokenRow(call.params.fingerprint(), msgspec.json.encode(reply).decode(), call.now))


def remember_refusal(call: ApiCall, where: str, refusal: CloudRefusal) -> None:
    """Keep a refusal, where the switches say so."""
    if where and call.state.switches.token_keeps_errors:
        row = TokenRow(call.params.fingerprint(), refusal.message, call.now, refusal.code, refusal.status)
        with call.state.store.transaction():
            call.state.tokens.put(where, row)
