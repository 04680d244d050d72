"""Answers as HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.http import Reply

if TYPE_CHECKING:
    from eipctl.sandbox.kube.statuses import ApiError

JSON = {"Content-Type": "application/json"}


def dumped(body: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(body, separators=(",", ":")).encode()


def reply(status: int, body: dict[str, Any]) -> Reply:
    """An object."""
    return Reply(status, dumped(body), JSON)


def refusal(error: ApiError) -> Reply:
    """A Status."""
    return Reply(error.code, dumped(error.body()), JSON, code=error.reason)


def warning(answer: Reply, texts: list[str]) -> Reply:
    """The answer with what it warns of, as RFC 7234 writes it; in 4 KB, as a real server limits it."""
    if not texts:
        return answer
    told = ", ".join(f"299 - {json.dumps(text[:250])}" for text in texts[:16])
    return replace(answer, headers={**answer.headers, "Warning": told})
