"""Answers as HTTP."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.http import Reply

if TYPE_CHECKING:
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.statuses import ApiError

JSON = {"Content-Type": "application/json"}
TEXT = {"Content-Type": "text/plain; charset=utf-8"}
_YAML = {"Content-Type": "application/yaml"}
_READABLE = ("json", "protobuf", "yaml", "*/*", "application/*")
_WIDEST = 16


def dumped(body: Any) -> bytes:
    """Compact JSON."""
    return json.dumps(body, separators=(",", ":")).encode()


def reply(status: int, body: dict[str, Any]) -> Reply:
    """An object."""
    return Reply(status, dumped(body), JSON)


def refusal(error: ApiError) -> Reply:
    """A Status."""
    return Reply(error.code, dumped(error.body()), JSON, code=error.reason)


def acceptable(request: Request) -> bool:
    """Whether the client takes an answer in a form that there is."""
    accept = request.headers.get("accept", "")
    return not accept or any(form in accept for form in _READABLE)


def formed(answer: Reply, request: Request) -> Reply:
    """The answer as YAML for a client that takes nothing else."""
    accept = request.headers.get("accept", "")
    if "yaml" not in accept or "json" in accept or answer.stream is not None or answer.headers != JSON:
        return answer
    from eipctl.sandbox.kube.go_yaml import dump  # only needed by clients that ask for it

    return replace(answer, body=dump(answer.body), headers=_YAML)


def warning(answer: Reply, texts: list[str]) -> Reply:
    """The answer with what it warns of, as RFC 7234 writes it; in 4 KB, as a real server limits it."""
    if not texts:
        return answer
    told = ", ".join(f"299 - {json.dumps(text[:250])}" for text in texts[:_WIDEST])
    return replace(answer, headers={**answer.headers, "Warning": told})
