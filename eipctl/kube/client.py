"""Requests to the Kubernetes API and what their failures mean. Bytes in, bytes out.

Reads are repeated here; a mutating call never is: a definitive status is a KubeError, anything else OutcomeUnknown.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, unquote, urlencode

import eipctl
from eipctl.base import answers
from eipctl.base.codes import Code
from eipctl.base.deadline import in_time
from eipctl.base.errors import Failed, OutcomeUnknown
from eipctl.base.server_clock import ServerClock
from eipctl.kube import failures, objects
from eipctl.kube.wire import FIELD_MANAGER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from urllib3 import BaseHTTPResponse

    from eipctl.base.answers import HttpAnswer
    from eipctl.base.stop import Stop
    from eipctl.domain.impersonation import Impersonation
    from eipctl.kube.connection import Answered, Connection, Send

MERGE_PATCH = "application/merge-patch+json"
ATTEMPTS = 5
_CONNECT_SECONDS = 10.0
_ENDING_SECONDS = 2.0
_READ_SECONDS = 60.0
_LONGEST_REFUSAL = 1 << 20
_FIRST_PAUSE = 0.1
R = TypeVar("R", bound="Answered")
_LONGEST_PAUSE = 60.0


Heard = Callable[[str, str, int, float], None]
"""Method, path, status, seconds."""


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    retry_after: float | None
    body: bytes

    @property
    def passing(self) -> bool:
        """Whether a later attempt may fare better."""
        return self.status == 429 or self.status >= 500


def path(*segments: str) -> str:
    """``/api/v1/namespaces/default/pods/web-0``, each segment quoted."""
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


class KubeClient:
    """One cluster, as one user. Safe to share between threads."""

    def __init__(self, connection: Connection, stop: Stop) -> None:
        self._connection = connection
        self._stop = stop
        self._clock = ServerClock()
        self.context = connection.context
        self.kubectl = connection.kubectl
        """``kubectl --context NAME``: how a hint calls it for this cluster."""
        self.served: dict[str, bytes] = {}
        """What the API server serves, by path, as it said when it was asked."""
        self.heard: Heard = lambda _method, _path, _status, _seconds: None
        """Called for every attempt; status 0 is no answer. A review, which stores nothing, is passed as REVIEW."""
        self.sending: Callable[[str, str], None] = lambda _method, _path: None
        """Told of every changing call before it goes out."""

    @classmethod
    def connect(
        cls, kubeconfig: str | None, context: str | None, stop: Stop, acting: Impersonation | None = None
    ) -> KubeClient:
        """Find the cluster; nothing is sent yet. UsageError when there is no usable configuration."""
        from eipctl.kube import config

        return cls(config.connect(kubeconfig, context, stop, acting), stop)

    def now(self) -> datetime:
        """The API server's clock; a gateway before it, which answers in its place, is not heard."""
        return self._clock.now()

    def get(self, path: str, query: Mapping[str, str] | None = None, *, attempts: int = ATTEMPTS) -> bytes:
        """GET, repeated on 429, 5xx and broken connections."""
        return self._read("GET", path, query, None, attempts)

    def lines(self, path: str, query: Mapping[str, str], seconds: int, silence: float) -> Iterator[bytes]:
        """GET of an answer without end, line by line as they come; the server ends it after `seconds`.

        A connection on which nothing comes for `silence` seconds counts as broken.
        """
        from urllib3 import Timeout

        whole = {**query, "timeoutSeconds": str(seconds)}
        timeout = Timeout(connect=_CONNECT_SECONDS, read=silence)

        def send(server: Any, url: str, headers: Mapping[str, str]) -> BaseHTTPResponse:
            sent = {**headers, "Accept-Encoding": "identity"}
            how: dict[str, Any] = {"headers": sent, "timeout": timeout, "retries": False, "redirect": False}
            found: BaseHTTPResponse = server.urlopen("GET", url, preload_content=False, **how)
            return found

        response = self._heard("GET", path, whole, send)
        try:
            if response.status >= 300:
                raise failures.refusal("GET", path, response.status, response.read(_LONGEST_REFUSAL), self.kubectl)
            yield from answers.lines(response)
        finally:
            response.close()

    def ask(self, path: str, question: Mapping[str, Any]) -> bytes:
        """POST of a review, which stores nothing; repeated like a GET."""
        return self._read("POST", path, None, question, ATTEMPTS)

    def write(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | list[Any],
        *,
        patch: str = MERGE_PATCH,
        ending: bool = False,
        manager: str = FIELD_MANAGER,
    ) -> bytes:
        """PATCH (as merge patch, unless `patch` is another content type), PUT, POST or DELETE, exactly once.

        `manager` is who did it, by metadata.managedFields. `ending` is for what a run that was stopped still has to
        give back.
        """
        if not ending:
            self._stop.check()
        query = {} if method == "DELETE" else {"fieldManager": manager}
        self.sending(method, path)
        try:
            reply = self._send(method, path, query, body, patch, ending=ending)
        except failures.transport() as error:
            why = failures.why(error)
            if failures.never_sent(error):
                raise self._unreachable(error) from error
            raise self._unknown(method, path, why) from error
        if reply.status >= 500:
            raise self._unknown(method, path, f"the API server answered {reply.status}")
        raw = self._checked(method, path, reply)
        if not _carried_out(method, path, body, raw):
            raise self._unknown(method, path, "the answer is not from an API server")
        return raw

    def _read(
        self, method: str, path: str, query: Mapping[str, str] | None, body: Mapping[str, Any] | None, attempts: int
    ) -> bytes:
        pause = _FIRST_PAUSE
        for last in [False] * (attempts - 1) + [True]:
            self._stop.check()
            wait = pause
            try:
                reply = self._send(method, path, query or {}, body)
            except failures.transport() as error:
                if last or not failures.may_pass(error):
                    self._stop.check()
                    raise self._unreachable(error) from error
            else:
                if last or not reply.passing:
                    return self._checked(method, path, reply)
                wait = pause if reply.retry_after is None else reply.retry_after
            self._stop.wait(min(wait, _LONGEST_PAUSE))
            pause *= 2
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Mapping[str, Any] | list[Any] | None,
        patch: str = MERGE_PATCH,
        *,
        ending: bool = False,
    ) -> _Reply:
        content = None if body is None else json.dumps(body).encode()
        seconds, writes = self._seconds(ending=ending), not _reads(method, path)

        def send(server: Any, url: str, headers: Mapping[str, str]) -> HttpAnswer:
            how = {"headers": headers, "body": content, "timeout": _timeout(seconds)}
            work = partial(answers.fetch, server, method, url, **how)
            return in_time(work, self._stop, seconds, writes=writes, ending=ending)

        response = self._heard(method, path, query, send, patch)
        if failures.is_api_servers(response.status, response.body):
            self._clock.hear(response.headers.get("Date"))
        return _Reply(response.status, _seconds(response.headers.get("Retry-After")), response.body)

    def _heard(self, method: str, path: str, query: Mapping[str, str], send: Send[R], patch: str = MERGE_PATCH) -> R:
        started = time.monotonic()
        told = "REVIEW" if method == "POST" and _reads(method, path) else method
        target = f"{path}{'?' if query else ''}{urlencode(query)}"
        try:
            response = self._connection.request(target, _headers(method, patch), send)
        except BaseException:
            self.heard(told, path, 0, time.monotonic() - started)
            raise
        self.heard(told, path, response.status, time.monotonic() - started)
        return response

    def _seconds(self, *, ending: bool) -> float:
        """How long one call may take."""
        if ending:
            return _ENDING_SECONDS
        remaining = self._stop.remaining()
        return _READ_SECONDS if remaining is None else min(_READ_SECONDS, max(remaining, 0.001))

    def _checked(self, method: str, path: str, reply: _Reply) -> bytes:
        if 200 <= reply.status < 300:
            return reply.body
        expired = self._connection.expired() if reply.status == 401 else ""
        raise failures.refusal(method, path, reply.status, reply.body, self.kubectl, expired)

    def _unreachable(self, error: Exception) -> Failed:
        why = (failures.broken_by_server(error) and self._connection.expired()) or failures.why(error)
        server, way = self._connection.host, self._connection.way
        return Failed(
            Code.KUBE_UNREACHABLE,
            f"the API server {server} of context {self.context} can't be reached{way}: {why}",
            hint=f"check that it is up: {self.kubectl} get --raw /readyz",
        )

    def _unknown(self, method: str, path: str, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"{method} {path} may or may not have been carried out: {why}",
            api=method,
            code=Code.KUBE_UNREACHABLE,
            hint="run the same command again: it starts with the current state",
        )


def _reads(method: str, path: str) -> bool:
    """Whether it stores nothing: a review is created to be answered, and not kept."""
    return method == "GET" or (method == "POST" and path.endswith("reviews"))


def _carried_out(method: str, path: str, body: Mapping[str, Any] | list[Any], raw: bytes) -> bool:
    """Whether the answer proves it: the object that was written, or what says that it is deleted."""
    content: Mapping[str, Any] = {} if isinstance(body, list) else body  # a JSON patch names no object
    *_, last = path.removesuffix("/status").split("/")
    if method == "DELETE":
        return objects.is_deleted(raw, unquote(last))
    name = content.get("metadata", {}).get("name") if method == "POST" else unquote(last)
    return objects.is_written(raw, content.get("kind"), name)


def _headers(method: str, patch: str) -> dict[str, str]:
    return {
        "Accept": "application/json",
        "Accept-Encoding": "gzip",
        "User-Agent": f"eipctl/{eipctl.__version__}",
        "Content-Type": patch if method == "PATCH" else "application/json",
    }


def _timeout(seconds: float) -> Any:
    from urllib3 import Timeout

    return Timeout(connect=min(_CONNECT_SECONDS, seconds), read=seconds)


def _seconds(retry_after: str | None) -> float | None:
    return float(retry_after) if retry_after and retry_after.isascii() and retry_after.isdigit() else None
