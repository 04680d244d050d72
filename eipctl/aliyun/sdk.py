"""One attempt of one call through the vendor's SDK, which is told not to do what it does on its own.

No retry (it would repeat writes without a token), https (its default is http), no ~/.netrc, no logging of URLs that
carry secrets, no Location service, NO_PROXY respected.
"""

from __future__ import annotations

import http.client
import importlib
import json
import logging
import os
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

import eipctl
from eipctl.aliyun import endpoints
from eipctl.aliyun.refusals import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from eipctl.domain.cloud_apis import Api

_VERSIONS = {"Vpc": "2016-04-28", "Ecs": "2014-05-26", "Ram": "2015-05-01", "Sts": "2015-04-01", "CS": "2015-12-15"}
_WITH_CLASSES = ("Vpc", "Ram")
_IN_BODY = frozenset({"PolicyDocument", "OIDCToken", "Policy"})
_NOT_SENT = ("NewConnectionError", "ConnectTimeoutError", "ProxyError", "Cannot connect to proxy")
_TLS = ("CERTIFICATE_VERIFY_FAILED", "certificate verify failed", "doesn't match", "WRONG_VERSION_NUMBER")
_LONGEST_BODY = 200


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Nothing usable came back. `sent` is False when no byte of the request can have left; `tls` when TLS failed."""

    why: str
    sent: bool = True
    tls: bool = False


Keys = tuple[str, str, str | None]
"""AccessKey id, AccessKey secret, SecurityToken."""


class Sdk:
    """One AcsClient; safe to share between threads. `keys` None sends unsigned requests."""

    def __init__(
        self,
        keys: Callable[[], Keys] | None,
        region: str,
        endpoint_url: str | None,
        *,
        connect_timeout: float,
        pool_size: int,
    ) -> None:
        from aliyunsdkcore.client import AcsClient

        _silence()
        self._region = endpoints.checked_region(region)
        self._url = endpoints.checked_url(endpoint_url) if endpoint_url else None
        # "-" keeps the SDK from looking for credentials of its own; the signer has ours.
        self._acs = AcsClient("-", "-", region or "cn-hangzhou", auto_retry=False, pool_size=pool_size)
        self._acs.session.trust_env = False
        self._acs.proxy = {"http": None, "https": None}
        self._acs.append_user_agent("eipctl", eipctl.__version__)
        self._acs._signer = _Signer(keys)  # noqa: SLF001 - the SDK has no public way to bring a signer
        self._connect_timeout = connect_timeout

    def send(self, api: Api, params: Mapping[str, Any], read_timeout: float) -> bytes | Refusal | NoAnswer:
        """Send it once."""
        from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException

        request = self._request(api, params)
        request.set_connect_timeout(min(self._connect_timeout, read_timeout))
        request.set_read_timeout(read_timeout)
        try:
            body: bytes = self._acs.do_action_with_exception(request)
        except ServerException as error:
            return _refusal(error)
        except ClientException as error:
            return _no_answer(str(error.message))
        except IndexError:
            return Refusal("SignatureDoesNotMatch", "the signature is not the one the cloud computed", 400)
        except (ValueError, TypeError, LookupError, AttributeError, http.client.HTTPException) as error:
            return NoAnswer(f"the answer can't be read ({type(error).__name__})")
        return body

    def _request(self, api: Api, params: Mapping[str, Any]) -> Any:
        request = _new_request(api)
        url = self._url or f"https://{endpoints.host(api.product, self._region, request.endpoint_map or {})}"
        self._choose_proxy(url)
        request.set_endpoint(url)  # its scheme wins over the http that request classes default to
        if api.path:
            for name, value in flat(params):
                request.add_path_param(name, quote(value, safe=""))
            return request
        for name, value in flat(params):
            add = request.add_body_params if name in _IN_BODY else request.add_query_param
            add(name, value)
        return request

    def _choose_proxy(self, url: str) -> None:
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.hostname}"
        if origin not in self._acs.proxy:
            self._acs.proxy[origin] = endpoints.proxy_for(url)


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


class _Signer:
    """Signs with whatever `keys` returns now, so that refreshed credentials are taken up."""

    def __init__(self, keys: Callable[[], Keys] | None) -> None:
        self._keys = keys

    def sign(self, region: str, request: Any) -> tuple[Mapping[str, str], str]:
        """What the SDK asks of a signer: headers and the path with its query."""
        if self._keys is None:
            return request.get_signed_header(region), _unsigned(request)
        key_id, secret, token = self._keys()
        if token and request.get_style() == "RPC":
            request.add_query_param("SecurityToken", token)
        elif token:
            request.add_header("x-acs-security-token", token)
        headers = request.get_signed_header(region, key_id, secret)
        return headers, request.get_url(region, key_id, secret)


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


def _refusal(error: Any) -> Refusal:
    code, message = str(error.error_code), str(error.message)
    request_id = error.request_id
    if code == "SDK.UnknownServerError":
        body = message.partition("ServerResponseBody: ")[2]
        code, message, request_id = _lenient(body) or (code, body[:_LONGEST_BODY], request_id)
    message = re.sub(r",?\s*request id:\s*[\w-]+", "", message, flags=re.IGNORECASE).strip().rstrip(".")
    return Refusal(code, message, int(error.http_status or 0), str(request_id or ""))


def _lenient(body: str) -> tuple[str, str, str] | None:
    """Code, message and request id of an error body whose keys are spelt in lower case, as those of CS are."""
    try:
        fields = {str(key).lower(): value for key, value in json.loads(body).items()}
        return str(fields["code"]), str(fields.get("message", "")), str(fields.get("requestid", ""))
    except (ValueError, AttributeError, KeyError):
        return None


_WHERE_AND_HOW_LONG = re.compile(r"HTTPS?ConnectionPool\([^)]*\):\s*|\.?\s*\(read timeout=[^)]*\)")
"""Of the HTTP library's words for a timeout: a host that is known, and a number that makes each failure another one."""


def _no_answer(text: str) -> NoAnswer:
    """The SDK's text has the whole URL, secrets included; only what caused the failure is kept of it."""
    cause = re.search(r"Caused by (.*)", text, re.DOTALL)
    why = cause[1].rstrip(",)'\"") if cause else text
    why = re.sub(r"<[^>]*>:?\s*", "", why).rpartition("('")[2] if cause else _WHERE_AND_HOW_LONG.sub("", why)
    tls = any(sign in text for sign in _TLS)
    return NoAnswer(
        why.strip("(),'\" ") or "no answer", sent=not tls and not any(s in text for s in _NOT_SENT), tls=tls
    )


def _silence() -> None:
    """The SDK logs URLs with tokens at ERROR, and with DEBUG=sdk whole requests to stderr."""
    logging.getLogger("aliyunsdkcore").setLevel(logging.CRITICAL + 1)
    if os.environ.get("DEBUG", "").lower() == "sdk":
        del os.environ["DEBUG"]
