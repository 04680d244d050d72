"""One attempt of one call: the vendor's SDK builds and signs the request, urllib3 sends it and hands over the bytes.

The SDK's own client is left out. It parses each answer twice before anybody asked for it, repeats calls, logs URLs with
secrets, and defaults to http. What it trusts (its list of authorities, ALIBABA_CLOUD_CA_BUNDLE) is trusted here too.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import platform
import re
import ssl
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import eipctl
from eipctl.aliyun import endpoints
from eipctl.aliyun.refusals import Refusal
from eipctl.base import proxies
from eipctl.base.answers import UnusableAnswer, fetch
from eipctl.base.codes import Code
from eipctl.base.deadline import Overdue, in_time
from eipctl.base.errors import UsageError
from eipctl.base.server_clock import ServerClock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager

    from eipctl.base.stop import Stop
    from eipctl.domain.cloud_apis import Api

_VERSIONS = {"Vpc": "2016-04-28", "Ecs": "2014-05-26", "Ram": "2015-05-01", "Sts": "2015-04-01", "CS": "2015-12-15"}
_WITH_CLASSES = ("Vpc", "Ram")
_IN_BODY = frozenset({"PolicyDocument", "OIDCToken", "Policy"})
_LONGEST_BODY = 200
_CA_BUNDLE = "ALIBABA_CLOUD_CA_BUNDLE"


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing usable came back. `sent` is False when no byte of the request can have left; `tls` when TLS failed."""

    why: str
    sent: bool = True
    tls: bool = False
    final: bool = False
    """Whether the same call would be answered alike."""


Keys = tuple[str, str, str | None]
"""AccessKey id, AccessKey secret, SecurityToken."""


class Sdk:
    """Connections that are kept open; safe to share between threads. `keys` None sends unsigned requests."""

    def __init__(
        self,
        keys: Callable[[], Keys] | None,
        region: str,
        endpoint_url: str | None,
        *,
        connect_timeout: float,
        pool_size: int,
        internal: bool = False,
    ) -> None:
        # At level DEBUG it logs each URL, token and signature included.
        logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)
        self._keys = keys
        self._region, self._internal = endpoints.checked_region(region), internal
        self._signed_region = region or "cn-hangzhou"
        self._url = endpoints.checked_url(endpoint_url) if endpoint_url else None
        self._connect_timeout, self._pool_size = connect_timeout, pool_size
        self.clock = ServerClock()
        self._servers: dict[str, tuple[PoolManager | HTTPConnectionPool, str]] = {}

    def send(self, api: Api, params: Mapping[str, Any], read_timeout: float, stop: Stop) -> bytes | Refusal | NoAnswer:
        """Send it once; no longer than both timeouts together, whatever the server does."""
        from urllib3 import Timeout
        from urllib3.exceptions import HTTPError

        request = _request(api, params)
        host = self._url or f"https://{endpoints.host(api.product, self._region, internal=self._internal)}"
        headers, path = self._signed(request)
        timeout = Timeout(connect=min(self._connect_timeout, read_timeout), read=read_timeout)
        server, base = self._server(host)
        try:
            body = urlencode(request.get_body_params()) or None
            how = {"body": body, "headers": headers, "timeout": timeout}
            work = partial(fetch, server, request.get_method(), base + path, **how)
            seconds = read_timeout + min(self._connect_timeout, read_timeout)
            answer = in_time(work, stop, min(seconds, stop.remaining() or seconds), writes=api.writes)
        except (HTTPError, OSError) as error:
            return _no_answer(error)
        if 200 <= answer.status < 300:
            self.clock.hear(answer.headers.get("Date"))
            return answer.body
        refusal = _refusal(answer.status, answer.body, request.string_to_sign)
        if refusal.request_id:
            self.clock.hear(answer.headers.get("Date"))
        return refusal

    def _signed(self, request: Any) -> tuple[dict[str, str], str]:
        """Headers, and the path with its query, signed with the keys of this moment: they may have been renewed."""
        if self._keys is None:
            headers, path = request.get_signed_header(self._signed_region), _unsigned(request)
        else:
            key_id, secret, token = self._keys()
            if token and request.get_style() == "RPC":
                request.add_query_param("SecurityToken", token)
            elif token:
                request.add_header("x-acs-security-token", token)
            headers = request.get_signed_header(self._signed_region, key_id, secret)
            path = request.get_url(self._signed_region, key_id, secret)
        if request.get_body_params():
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        return {**headers, "Accept-Encoding": "identity", "User-Agent": _user_agent()}, path

    def _server(self, url: str) -> tuple[PoolManager | HTTPConnectionPool, str]:
        """The connections to a server by the proxy of the environment or by none, and what they begin a path with."""
        if url not in self._servers:
            proxy = endpoints.proxy_for(url)
            manager = self._connected(proxy)
            direct = (manager.connection_from_url(url), urlsplit(url).path)
            self._servers[url] = (manager, url) if proxy else direct
        return self._servers[url]

    def _connected(self, proxy: str | None) -> PoolManager:
        trusting = _trusting(os.environ.get(_CA_BUNDLE))
        manager = proxies.manager(proxy, trusting, maxsize=self._pool_size, ssl_context=trusting)
        if proxy is not None and not proxy.startswith("socks5"):
            manager.pool_classes_by_scheme = {**manager.pool_classes_by_scheme, "https": _tunnelled()}
        return manager


@cache
def _trusting(told: str | None) -> ssl.SSLContext:
    """Whom the SDK trusts, or those of ALIBABA_CLOUD_CA_BUNDLE; an empty variable is none. UsageError for no file.

    The SDK's bundle takes 40 ms to read.
    """
    from aliyunsdkcore.vendored.requests import certs

    try:
        made = ssl.create_default_context(cafile=told or certs.where())
    except (OSError, ValueError) as error:
        raise UsageError(
            Code.USAGE,
            f"{_CA_BUNDLE} names {told}, which can't be read as certificates: {error.strerror or error}"
            if isinstance(error, OSError)
            else f"{_CA_BUNDLE} names {told!r}, which is not the path of a file",
            hint="name a file of PEM certificates, or unset the variable",
        ) from error
    # A name in the subject is none.
    made.hostname_checks_common_name = False
    return made


@cache
def _tunnelled() -> type[HTTPSConnectionPool]:
    """Of a proxy that opens no tunnel urllib3 does not say that nothing of the request has left."""
    from http.client import HTTPException

    from urllib3 import HTTPSConnectionPool
    from urllib3.connection import HTTPSConnection
    from urllib3.exceptions import ProxyError

    class Connection(HTTPSConnection):
        def connect(self) -> None:
            try:
                super().connect()
            except (ConnectionError, HTTPException) as error:
                raise ProxyError("the proxy does not open a connection", error) from error

    class Pool(HTTPSConnectionPool):
        ConnectionCls = Connection

    return Pool


def _request(api: Api, params: Mapping[str, Any]) -> Any:
    request = _new_request(api)
    if api.path:
        for name, value in flat(params):
            request.add_path_param(name, quote(value, safe=""))
        return request
    request.set_accept_format("JSON")
    for name, value in flat(params):
        add = request.add_body_params if name in _IN_BODY else request.add_query_param
        add(name, value)
    return request


@cache
def _user_agent() -> str:
    """As the SDK's own client names itself, and eipctl."""
    import aliyunsdkcore

    host = f"{platform.system()} {platform.release()};{platform.machine()}"
    python, core = platform.python_version(), aliyunsdkcore.__version__
    return f"AlibabaCloud ({host}) Python/{python} Core/{core} eipctl/{eipctl.__version__}"


def flat(params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Parameters as the RPC APIs take them: ``Tag.1.Key``, ``true``; None and "" are left out."""
    for name, value in params.items():
        if isinstance(value, list | tuple):
            for number, item in enumerate(value, start=1):
                if isinstance(item, dict):
                    yield from ((f"{name}.{number}.{key}", _text(part)) for key, part in item.items())
                else:
                    yield f"{name}.{number}", _text(item)
        elif value is not None and value != "":
            yield name, _text(value)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _new_request(api: Api) -> Any:
    from aliyunsdkcore.request import RoaRequest, RpcRequest

    version = _VERSIONS[api.product]
    if api.path:
        request = RoaRequest(api.product, version, api.action, method="GET", uri_pattern=api.path)
        request.add_header("x-acs-signature-nonce", uuid.uuid4().hex)  # the SDK forgets it for this style
        return request
    if api.product in _WITH_CLASSES:
        package = f"aliyunsdk{api.product.lower()}.request.v{version.replace('-', '')}.{api.action}Request"
        return getattr(importlib.import_module(package), f"{api.action}Request")()
    request = RpcRequest(api.product, version, api.action)
    request.set_method("POST")
    return request


def _unsigned(request: Any) -> str:
    query = {
        **request.get_query_params(),
        "Action": request.get_action_name(),
        "Version": request.get_version(),
        "Format": "JSON",
        "Timestamp": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "SignatureNonce": uuid.uuid4().hex,
    }
    return f"/?{urlencode(query, quote_via=quote)}"


def _refusal(status: int, body: bytes, signed: str) -> Refusal:
    """What an error says; the keys of CS are spelt in lower case. `signed` is the string that was signed here."""
    try:
        fields = {str(key).lower(): value for key, value in json.loads(body).items()}
        code, message = str(fields["code"]), str(fields.get("message", ""))
    except (ValueError, AttributeError, KeyError, RecursionError):
        return Refusal("SDK.UnknownServerError", body.decode(errors="replace")[:_LONGEST_BODY], status)
    if code == "SignatureDoesNotMatch":
        same = message.partition(":")[2] == signed
        message = "the AccessKeySecret is wrong" if same else "the signature does not match"
    message = re.sub(r",?\s*request id:\s*[\w-]+", "", message, flags=re.IGNORECASE).strip().rstrip(".")
    return Refusal(code, message, status, str(fields.get("requestid") or ""))


def _no_answer(error: Exception) -> NoAnswer:
    """Only what caused the failure is kept: the libraries' words may hold the whole URL, secrets included."""
    from urllib3 import exceptions

    cause: BaseException = error
    while isinstance(cause, exceptions.ProxyError | exceptions.MaxRetryError) and cause.args[1:]:
        inner = cause.args[-1] if isinstance(cause.args[-1], Exception) else cause.__cause__
        if inner is None:
            break
        cause = inner
    tls = isinstance(cause, exceptions.SSLError)
    unsent = isinstance(error, exceptions.NewConnectionError | exceptions.ConnectTimeoutError | exceptions.ProxyError)
    final = isinstance(error, UnusableAnswer)
    return NoAnswer(_words(cause), sent=not tls and not unsent, tls=tls, final=final)


def _words(cause: BaseException) -> str:
    from urllib3 import exceptions

    if isinstance(cause, exceptions.ReadTimeoutError | Overdue):
        return "Read timed out"
    if isinstance(cause, exceptions.ConnectTimeoutError) and not isinstance(cause, exceptions.NewConnectionError):
        return "Connect timed out"
    text = str(cause.args[-1] if cause.args else cause)
    return re.sub(r"^<[^>]*>:?\s*|^HTTPS?Connection(Pool)?\([^)]*\):\s*", "", text).strip("(),'\" ") or "no answer"
