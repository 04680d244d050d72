"""Reads another cluster's API: whole lists, and watches that go on from them."""

from __future__ import annotations

import http.client
import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterator
    from pathlib import Path

    from eipctl.sandbox.follow.kubeconfig import Access

Obj = dict[str, Any]

_PAGE = 500
_SECONDS = 15.0
_WATCH_SECONDS = 240
"""A watch is asked to end by itself; one that is silent for longer is broken."""


class Unreadable(SandboxError):
    """The other cluster does not answer, or refuses; `status` is 0 without an answer."""

    def __init__(self, server: str, why: str, status: int = 0) -> None:
        super().__init__(f"the cluster at {server} can't be read: {why}", "see whether kubectl get pods -A works there")
        self.status = status


class Reader:
    """Lists and watches; `folder` is for a client certificate."""

    def __init__(self, access: Access, folder: Path) -> None:
        self.server = access.server
        self._url = urlsplit(access.server)
        self._headers = {"Accept": "application/json"}
        if access.token:
            self._headers["Authorization"] = f"Bearer {access.token}"
        self._tls: ssl.SSLContext | None = access.tls(folder) if self._url.scheme == "https" else None

    def list(self, plural: str) -> tuple[list[Obj], str]:
        """All objects of a core kind, and the resourceVersion to watch from."""
        items: list[Obj] = []
        query = {"limit": str(_PAGE)}
        while True:
            page = self.get(f"/api/v1/{plural}?{urlencode(query)}")
            items.extend(page["items"] or ())
            if not page["metadata"].get("continue"):
                return items, page["metadata"]["resourceVersion"]
            query["continue"] = page["metadata"]["continue"]

    def get(self, path: str) -> Obj:
        """One answer."""
        with self._answer(path, _SECONDS) as answer:
            found: Obj = json.loads(answer.read())
            return found

    def watch(self, plural: str, version: str) -> Iterator[tuple[str, Obj]]:
        """(ADDED, MODIFIED or DELETED, object), until the server ends it; Unreadable 410 if the version is too old."""
        query = {"watch": "1", "resourceVersion": version, "timeoutSeconds": str(_WATCH_SECONDS)}
        with self._answer(f"/api/v1/{plural}?{urlencode(query)}", _WATCH_SECONDS + _SECONDS) as answer:
            for line in answer:
                event = json.loads(line)
                if event["type"] == "ERROR":
                    raise Unreadable(self.server, event["object"].get("message", ""), event["object"].get("code", 0))
                if event["type"] != "BOOKMARK":
                    yield event["type"], event["object"]

    @contextmanager
    def _answer(self, path: str, seconds: float) -> Iterator[http.client.HTTPResponse]:
        connection = self._connection(seconds)
        try:
            connection.request("GET", self._url.path.rstrip("/") + path, headers=self._headers)
            answer = connection.getresponse()
            if answer.status != 200:
                raise Unreadable(self.server, f"GET {path} answers {answer.status}", answer.status)
            yield answer
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unreadable(self.server, str(error) or type(error).__name__) from None
        finally:
            connection.close()

    def _connection(self, seconds: float) -> http.client.HTTPConnection:
        host, port = self._url.hostname or "", self._url.port
        if self._tls is None:
            return http.client.HTTPConnection(host, port or 80, timeout=seconds)
        return http.client.HTTPSConnection(host, port or 443, timeout=seconds, context=self._tls)
