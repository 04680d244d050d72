"""Requests to one API server as one user: the way there, what is shown, and what is tried again after a 401."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar
from urllib.parse import urlsplit

from eipctl.base import proxies
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.kube.login import Credential, Login, token_ended
from eipctl.kube.tls import Certificate, Trust, context

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import HTTPConnectionPool, PoolManager

    from eipctl.domain.impersonation import Impersonation

    Server = tuple[PoolManager | HTTPConnectionPool, str]

R = TypeVar("R", bound="Answered")

_POOL_SIZE = 32


@dataclass(frozen=True, slots=True)
class Route:
    """The server's URL, the proxy's (None for none), whom to trust, and the name in the server's certificate."""

    server: str
    proxy: str | None
    trust: Trust
    server_name: str = ""
    compressed: bool = True

    def server_for(self, certificate: Certificate | None) -> Server:
        """Connections that show this certificate, and what a path begins with there."""
        manager = self._manager(certificate)
        if self.proxy is None:
            # It need not be taken apart for each request.
            return manager.connection_from_url(self.server), urlsplit(self.server).path
        return manager, self.server

    def _manager(self, certificate: Certificate | None) -> PoolManager:
        options: dict[str, Any] = {"maxsize": _POOL_SIZE, "num_pools": 2, "retries": False}
        if self.server.startswith("https:"):
            options["ssl_context"] = context(self.trust, certificate)
            options |= {"server_hostname": self.server_name} if self.server_name else {}
        proxy_context = context(self.trust) if (self.proxy or "").startswith("https:") else None
        return proxies.manager(self.proxy, proxy_context, **options)


class Answered(Protocol):
    """What has come back."""

    @property
    def status(self) -> int:
        """Of HTTP."""
        ...


Send = Callable[["PoolManager | HTTPConnectionPool", str, "Mapping[str, str]"], R]
"""Sends one request over connections, to a URL or path, with headers."""


class Connection:
    """Safe to share between threads."""

    def __init__(self, name: str, kubectl: str, route: Route, login: Login, acting: Impersonation) -> None:
        self.context, self.kubectl, self.host = name, kubectl, route.server
        self._route, self._login = route, login
        self._acting = acting.headers()
        self._lock = threading.Lock()
        self._pool: tuple[Certificate | None, Server] | None = None

    @property
    def way(self) -> str:
        """`` through the proxy http://10.0.0.1:3128`` for messages; "" for a direct connection."""
        return f" through the proxy {proxies.shown(self._route.proxy)}" if self._route.proxy else ""

    def request(self, target: str, headers: Mapping[str, str], send: Send[R]) -> R:
        """Have it sent to a path with its query; once more after a 401, which changed nothing, as another login."""
        used = self._login.now()
        response = self._send(used, target, headers, send)
        if response.status == 401:
            found = self._login.after_refusal(used)
            if found != used:
                return self._send(found, target, headers, send)
        return response

    def expired(self) -> str:
        """Which of the credentials has expired and when, for a sentence; "" for none."""
        held = self._login.now()
        if held.certificate is not None and (end := held.certificate.ended()) is not None:
            return f"the client certificate {held.certificate.where} expired at {end:%Y-%m-%dT%H:%M:%SZ}"
        if (end := token_ended(held.authorization)) is not None:
            return f"the token expired at {end:%Y-%m-%dT%H:%M:%SZ}"
        return ""

    def _send(self, credential: Credential, target: str, headers: Mapping[str, str], send: Send[R]) -> R:
        from urllib3 import HTTPHeaderDict

        sent = HTTPHeaderDict(headers)
        if not self._route.compressed:
            sent["Accept-Encoding"] = "identity"
        if credential.authorization:
            sent["Authorization"] = self._checked(credential.authorization)
        for name, value in self._acting:
            sent.add(name, value.encode().decode("latin-1"))
        server, base = self._connections(credential.certificate)
        return send(server, base + target, sent)

    def _connections(self, certificate: Certificate | None) -> Server:
        """Those that show the certificate; a new one closes the old ones."""
        with self._lock:
            if self._pool is None or self._pool[0] != certificate:
                self._pool = (certificate, self._route.server_for(certificate))
            return self._pool[1]

    def _checked(self, authorization: str) -> str:
        if not (authorization.isascii() and authorization.isprintable()):
            raise UsageError(
                Code.KUBECONFIG,
                f"the token of context {self.context} contains characters that are not allowed in a token",
                hint="log in again, or correct the user's entry in the kubeconfig",
            )
        return authorization
