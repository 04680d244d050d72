"""Credentials that somebody else hands out: a program (mode External), or a URL (mode CredentialsURI).

As the aliyun CLI does it, except that nothing of it is ever written to a disk.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import time
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from eipctl.aliyun.keys import Keys, Temporary
from eipctl.base.answers import fetch
from eipctl.base.codes import Code
from eipctl.base.deadline import in_time
from eipctl.base.errors import UsageError
from eipctl.base.hosts import on_loopback, url_of_host
from eipctl.base.programs import TooMuch, output_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.base.stop import Stop

DISABLED = "ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS"
METADATA = "100.100.100.200"
_SECONDS = 10.0


def refuse_if_disabled(environ: Mapping[str, str], whose: str, mode: str) -> None:
    """UsageError where the environment forbids what a program or a URL hands out."""
    if environ.get(DISABLED, "").lower() in ("1", "true"):
        raise _unusable(f"{whose} has mode {mode}, which {DISABLED} forbids", f"unset {DISABLED}")


def from_program(command: str, whose: str, stop: Stop) -> dict[str, Any]:
    """The fields of a profile that a program prints. UsageError for anything else; its words are not repeated."""
    try:
        arguments = shlex.split(command)
    except ValueError:
        arguments = []
    if not arguments:
        raise _unusable(f"process_command of {whose} is not a command")
    try:
        child = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # noqa: S603 - the user's own profile names it
        found = output_of(child, stop)
    except TooMuch as error:
        raise _unusable(f"the program {arguments[0]!r} of {whose} can't be used: {error}") from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "its name or an argument is not text"
        raise _unusable(f"the program {arguments[0]!r} of {whose} can't be run: {why}") from None
    if found.code:
        raise _unusable(f"the program {arguments[0]!r} of {whose} ended with exit status {found.code}")
    try:
        answer = json.loads(found.out)
    except (ValueError, RecursionError):
        answer = None
    if not isinstance(answer, dict):
        raise _unusable(f"the program {arguments[0]!r} of {whose} prints something that is not a JSON object")
    return answer


def from_url(url: str, whose: str, stop: Stop) -> Temporary:
    """The keys that a URL answers with, and when they end."""
    import urllib3

    if not _usable(url):
        raise _unusable(f"the credentials URI of {whose} is neither https nor on this machine")
    stop.check()
    try:
        work = partial(fetch, urllib3.PoolManager(), "GET", url, timeout=_SECONDS)
        answer = in_time(work, stop, _SECONDS)
        content = json.loads(answer.body)
    except (urllib3.exceptions.HTTPError, OSError):
        raise _unusable(
            f"the credentials URI of {whose} can't be reached", "check that its server is running"
        ) from None
    except (ValueError, RecursionError):
        content = None
    if answer.status != 200 or not isinstance(content, dict) or content.get("Code") != "Success":
        raise _unusable(f"the credentials URI of {whose} returned status {answer.status} and no credentials")
    try:
        keys = Keys(*(str(content[name]) for name in ("AccessKeyId", "AccessKeySecret", "SecurityToken")))
        return Temporary(keys, datetime.fromisoformat(content["Expiration"]).timestamp())
    except (KeyError, TypeError, ValueError):
        raise _unusable(f"the credentials URI of {whose} returned incomplete credentials") from None


def _usable(url: str) -> bool:
    parts = url_of_host(url)
    if parts is None or parts.scheme == "https":
        return parts is not None
    host = parts.hostname or ""
    return parts.scheme == "http" and (on_loopback(host) or host == METADATA)


def expires(answer: Mapping[str, Any], lasting: float) -> float:
    """When the keys of a program end, if it says so; else they are good for `lasting` seconds."""
    said = answer.get("sts_expiration") or answer.get("expiration") or answer.get("Expiration")
    with suppress(TypeError, ValueError):
        return datetime.fromisoformat(said).timestamp() if isinstance(said, str) else float(said)  # type: ignore[arg-type]
    return time.time() + lasting


def _unusable(message: str, hint: str = "") -> UsageError:
    return UsageError(
        Code.NO_CREDENTIALS, message, hint=hint or "try `aliyun sts GetCallerIdentity` with the same profile"
    )
