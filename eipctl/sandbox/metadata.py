"""The ECS metadata service as the scenario's first node sees it: who I am, and keys of my RAM role.

The real one is http://100.100.100.200, which the vendor's clients do not let users change. A client that honours an
HTTP proxy can be given this one as its proxy, because it looks at the path alone.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

import msgspec

from eipctl.sandbox.cloud import sts
from eipctl.sandbox.http import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.sandbox.cloud.rows import InstanceRow, KeyRow
    from eipctl.sandbox.cloud.state import State
    from eipctl.sandbox.http import Request

LONGEST_TOKEN, SESSION, RENEWED = 21600, 6 * 3600.0, 1800.0
"""Seconds: how long a token may live, how long keys live, and how long before their end there are new ones."""
_MOST_TOKENS = 10_000
_TOKEN, _LIFE = "x-aliyun-ecs-metadata-token", "x-aliyun-ecs-metadata-token-ttl-seconds"
_API_TOKEN, _DATA = "/latest/api/token", "/latest/meta-data/"
_ROLES = "ram/security-credentials/"


class MetadataService:
    """PUT a token, then GET with it (IMDSv2); GET without one is answered too, unless the switch imds_v1 is off."""

    name = "metadata"
    throttled = (429, "TooManyRequests", "Too Many Requests", 1)

    def __init__(self, state: State) -> None:
        self._state = state
        self._tokens: dict[str, float] = {}
        self._keys: dict[str, str] = {}

    def describe(self, request: Request) -> tuple[str, str]:
        """(method and path, "")."""
        return f"{request.method} {request.path}", ""

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        with self._state.store.lock:
            if request.path == _API_TOKEN:
                return self._token(request)
            if request.method not in ("GET", "HEAD"):
                return _text(405, "Method Not Allowed")
            return self._unproven(request) or self._data(request.path)

    def now(self) -> float:
        """The cloud's clock."""
        return self._state.clock.now()

    def refuse(self, status: int, code: str, message: str, retry_after: int) -> Reply:
        """An error of the server itself, or of a fault rule."""
        reply = _text(status, message or code)
        return Reply(status, reply.body, {**reply.headers, **_retry(retry_after)}, None, code)

    def _token(self, request: Request) -> Reply:
        if request.method != "PUT":
            return _text(405, "Method Not Allowed")
        life = request.headers.get(_LIFE, "")
        if not re.fullmatch(r"[0-9]{1,5}", life) or not 1 <= int(life) <= LONGEST_TOKEN:
            return _text(400, "Bad Request")
        now = self._state.clock.now()
        self._tokens = {token: end for token, end in self._tokens.items() if end > now}
        while len(self._tokens) >= _MOST_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        token = secrets.token_urlsafe(40)
        self._tokens[token] = now + int(life)
        return _text(200, token)

    def _unproven(self, request: Request) -> Reply | None:
        token = request.headers.get(_TOKEN)
        if token is None:
            return None if self._state.switches.imds_v1 else _text(403, "Forbidden")
        return None if self._tokens.get(token, 0.0) > self._state.clock.now() else _text(401, "Unauthorized")

    def _data(self, path: str) -> Reply:
        instance = next(iter(self._state.instances.values()), None)
        if instance is None or not path.startswith(_DATA):
            return _text(404, "Not Found")
        wanted, role = path.removeprefix(_DATA), self._role(instance)
        if role and wanted == _ROLES + role:
            return Reply(200, msgspec.json.encode(self._credentials(instance, role)))
        plain = self._plain(instance, role)
        if wanted == "":
            return _text(200, "\n".join(sorted({f"{name.partition('/')[0]}{'/' * ('/' in name)}" for name in plain})))
        found = plain.get(wanted) or plain.get(f"{wanted}/")
        return _text(200, found()) if found else _text(404, "Not Found")

    def _plain(self, instance: InstanceRow, role: str) -> Mapping[str, Callable[[], str]]:
        state = self._state
        primary = [
            eni for eni in state.enis.values() if (eni.instance_id, eni.type) == (instance.instance_id, "Primary")
        ]
        known = {
            "region-id": lambda: state.region,
            "instance-id": lambda: instance.instance_id,
            "zone-id": lambda: f"{state.region}-h",
            "vpc-id": lambda: instance.vpc_id,
            "owner-account-id": lambda: state.account_id,
        }
        if primary:
            known["private-ipv4"] = lambda: primary[0].primary_ip
            known["vswitch-id"] = lambda: primary[0].vswitch_id
        return {**known, **({_ROLES: lambda: role} if role else {})}

    def _role(self, instance: InstanceRow) -> str:
        return instance.role if instance.role in self._state.roles else ""

    def _credentials(self, instance: InstanceRow, role: str) -> dict[str, str]:
        row, clock = self._session(instance, role), self._state.clock
        return {
            "AccessKeyId": row.key_id,
            "AccessKeySecret": row.secret,
            "Expiration": clock.timestamp(row.expires_at),
            "SecurityToken": row.token,
            "LastUpdated": clock.timestamp(row.expires_at - SESSION),
            "Code": "Success",
        }

    def _session(self, instance: InstanceRow, role: str) -> KeyRow:
        """The keys given last, while they are good for long enough."""
        state, where = self._state, f"{instance.instance_id}/{role}"
        row, now = state.keys.get(self._keys.get(where, "")), state.clock.now()
        if row is None or row.expires_at - RENEWED <= now:
            with state.store.transaction():
                row = sts.issue(state, role, instance.instance_id, now + SESSION)
            self._keys[where] = row.key_id
        return row


def _text(status: int, body: str) -> Reply:
    return Reply(status, body.encode(), {"Content-Type": "text/plain"})


def _retry(seconds: int) -> dict[str, str]:
    return {"Retry-After": str(seconds)} if seconds else {}
