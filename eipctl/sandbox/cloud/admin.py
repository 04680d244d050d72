"""The sandbox's own paths under ``/_sandbox/``: faults, calls, switches, limits, EIPs."""

from __future__ import annotations

import hmac
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.http import Reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.faults import Faults
    from eipctl.sandbox.http import CallLog, Request

    Handler = Callable[[Request], Reply]
    Registry = dict[tuple[str, str], Handler]


def reply(data: Any, status: int = 200) -> Reply:
    """An answer in JSON."""
    return Reply(status, json.dumps(data).encode(), code="" if status < 400 else "SandboxRefused")


def refuse(status: int, message: str) -> Reply:
    """An error in JSON."""
    return reply({"error": message}, status)


def serve(registry: Registry, token: str, request: Request) -> Reply:
    """Answer a request that carries the token, from the registry."""
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not token or not hmac.compare_digest(given.encode(), token.encode()):
        return refuse(401, "this path needs the sandbox's bearer token")
    handler = registry.get((request.method, request.path))
    if handler is None:
        return refuse(404, f"the sandbox has no {request.method} {request.path}")
    try:
        return handler(request)
    except (ValueError, TypeError, KeyError) as error:
        return refuse(400, str(error))


def registry(cloud: Cloud, faults: Faults, log: CallLog) -> Registry:
    """What the cloud service itself has to say; others may add to it."""
    return {
        ("POST", "/_sandbox/faults"): lambda request: reply({"id": faults.add(body(request))}),
        ("GET", "/_sandbox/faults"): lambda _: reply(faults.listing()),
        ("DELETE", "/_sandbox/faults"): lambda _: _cleared(faults),
        ("GET", "/_sandbox/calls"): lambda _: reply(log.listing()),
        ("DELETE", "/_sandbox/calls"): lambda _: _cleared(log),
        ("GET", "/_sandbox/switches"): lambda _: reply(asdict(cloud.state.switches)),
        ("PATCH", "/_sandbox/switches"): lambda request: _switch(cloud, body(request)),
        ("GET", "/_sandbox/limits"): lambda _: _limits(cloud),
        ("PATCH", "/_sandbox/limits"): lambda request: _limit(cloud, body(request)),
        ("GET", "/_sandbox/eips"): lambda _: reply([asdict(row) for row in cloud.eips()]),
    }


def body(request: Request) -> dict[str, Any]:
    """The JSON object that was sent; TypeError if it is none."""
    loaded = json.loads(request.body)
    if not isinstance(loaded, dict):
        raise TypeError("send a JSON object")
    return loaded


def _cleared(what: Faults | CallLog) -> Reply:
    what.clear()
    return reply({})


def _switch(cloud: Cloud, changes: dict[str, Any]) -> Reply:
    cloud.set_switches(**changes)
    return reply(asdict(cloud.state.switches))


def _limit(cloud: Cloud, changes: dict[str, Any]) -> Reply:
    """``{"quota": 20, "apis": {"AllocateEipAddress": {"calls": 120, "seconds": 60}}}``, both parts optional."""
    if "quota" in changes:
        cloud.set_quota(int(changes["quota"]))
    for api, limit in changes.get("apis", {}).items():
        cloud.set_limit(api, int(limit["calls"]), float(limit.get("seconds", 60)))
    return _limits(cloud)


def _limits(cloud: Cloud) -> Reply:
    apis = {api: {"calls": calls, "seconds": seconds} for api, (calls, seconds) in cloud.limits.in_force().items()}
    return reply({"quota": cloud.state.settings.quota, "apis": apis})
