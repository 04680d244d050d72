"""What goes wrong between us and the API server, in words, and as errors of ours."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from eipctl.base.answers import UnusableAnswer
from eipctl.base.codes import Code
from eipctl.base.deadline import Overdue
from eipctl.base.errors import KubeError

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_API = "check that the kubeconfig names an API server and not a login page"
"""The hint for an answer that no API server gives."""
UNPROCESSABLE, CONFLICT = 422, 409
_LONGEST = 400
_DENIED = re.compile(
    r'(?P<user>User ".*?") cannot (?P<verb>\w+) resource "(?P<resource>[^"]*)"'
    r'(?: in API group "(?P<group>[^"]*)")?(?: in the namespace "(?P<namespace>[^"]*)")?'
)


def transport() -> tuple[type[Exception], ...]:
    """The exceptions of a call that got no usable answer."""
    from urllib3.exceptions import HTTPError

    return (HTTPError, OSError)


def never_sent(error: Exception) -> bool:
    """Whether the request certainly did not reach the server."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    return isinstance(error, ConnectTimeoutError | NewConnectionError) or _untrusted(error)


def may_pass(error: Exception) -> bool:
    """Whether the same call may succeed soon."""
    from urllib3.exceptions import NameResolutionError, SSLError

    return not isinstance(error, SSLError | NameResolutionError | UnusableAnswer)


def why(error: Exception) -> str:
    """The cause in a few words; no URL, no header, no body."""
    from urllib3 import exceptions

    known: tuple[tuple[type[Exception], str], ...] = (
        (exceptions.NameResolutionError, "its name can't be resolved"),
        (exceptions.NewConnectionError, "no connection (refused, or no route)"),
        (exceptions.ConnectTimeoutError, "no connection in time"),
        (exceptions.ReadTimeoutError, "no answer in time"),
        (exceptions.ProxyError, _proxy(error)),
        (exceptions.SSLError, f"TLS failed ({_tls(error)})"),
        (exceptions.HTTPError, "the connection broke before the answer was complete"),
        (Overdue, "no answer in time"),
        (UnusableAnswer, str(error)),
        (FileNotFoundError, "a certificate file of the kubeconfig is missing"),
    )
    return next((words for kind, words in known if isinstance(error, kind)), "the connection broke")


def broken_by_server(error: Exception) -> bool:
    """Whether the server may have hung up because of the certificate it was shown."""
    from urllib3.exceptions import ProtocolError, SSLError

    return isinstance(error, SSLError | ProtocolError | OSError) and not _untrusted(error)


def refusal(method: str, path: str, status: int, body: bytes, kubectl: str, expired: str = "") -> KubeError:
    """The KubeError for a status that is not 2xx; `kubectl` is how to call it for this cluster, `expired` what has.

    An object that was replaced by another one of its name is a conflict (409), whatever the server calls it.
    """
    answer = _status_object(body)
    if status == UNPROCESSABLE and _is_another(answer):
        status = CONFLICT
    message = str(answer.get("message") or f"{method} {path} was answered with status {status}")[:_LONGEST]
    code, sentence, hint = _described(status, message, kubectl)
    sentence += f": {expired}" if expired else ""
    if not answer and not hint:
        hint = NO_API
    return KubeError(
        code,
        sentence,
        status=status,
        reason=str(answer.get("reason") or ""),
        hint=hint,
        obj=named(path),
        missing=_missing(status, answer),
    )


def is_api_servers(status: int, body: bytes) -> bool:
    """Whether the API server itself answers or refuses: an object, or a Status."""
    return body.startswith(b"{") if status < 300 else bool(_status_object(body))


def says_absent(error: KubeError, path: str) -> bool:
    """Whether the API server itself says that the object of this path is not there; a gateway's 404 doesn't."""
    return bool(error.missing) and path.endswith(f"/{error.missing}")


def _missing(status: int, answer: Mapping[str, object]) -> str:
    """``pods/web-0`` of a Status NotFound; quoted as in a path."""
    details = answer.get("details")
    if status != 404 or answer.get("reason") != "NotFound" or not isinstance(details, dict):
        return ""
    kind, name = details.get("kind"), details.get("name")
    if not isinstance(kind, str) or not isinstance(name, str):
        return ""
    return f"{quote(kind, safe='')}/{quote(name, safe='')}"


def _is_another(answer: Mapping[str, object]) -> bool:
    """Whether a patch meant an object with another UID: an API server calls the field immutable (422)."""
    details = answer.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    return any(isinstance(cause, dict) and cause.get("field") == "metadata.uid" for cause in causes or ())


def named(path: str) -> str:
    """``pods/default/web-0`` for the path of an object or a collection."""
    parts = path.strip("/").split("/")
    rest = parts[2:] if parts[0] == "api" else parts[3:]
    if rest[:1] == ["namespaces"] and len(rest) > 2:
        rest = [rest[2], rest[1], *rest[3:]]
    return "/".join(rest)


def _described(status: int, message: str, kubectl: str) -> tuple[Code, str, str]:
    if status == 401:
        sentence = "the API server doesn't accept the credentials of the kubeconfig (401)"
        return Code.KUBE_UNAUTHORIZED, sentence, f"log in again; see: {kubectl} auth whoami"
    if status == 403:
        return _forbidden(message, kubectl)
    if status == CONFLICT:
        sentence = f"someone else changed it in the meantime: {message}"
        return Code.KUBE_CONFLICT, sentence, "run the same command again"
    return Code.KUBE_ERROR, f"the API server refused ({status}): {message}", ""


def _forbidden(message: str, kubectl: str) -> tuple[Code, str, str]:
    match = _DENIED.search(message)
    if match is None:
        return (
            Code.KUBE_FORBIDDEN,
            f"the API server forbids it: {message}",
            f"see your rights: {kubectl} auth can-i --list",
        )
    resource = f"{match['resource']}.{match['group']}" if match["group"] else match["resource"]
    where = f"in namespace {match['namespace']}" if match["namespace"] else "in the whole cluster"
    scope = f"-n {match['namespace']}" if match["namespace"] else "-A"
    sentence = f"{match['user']} may not {match['verb']} {resource} {where} (403)"
    question = f"{kubectl} auth can-i {match['verb']} {resource} {scope}"
    return Code.KUBE_FORBIDDEN, sentence, f"ask an administrator for it; this then answers yes: {question}"


def _status_object(body: bytes) -> Mapping[str, object]:
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) and answer.get("kind") == "Status" else {}


def _untrusted(error: Exception) -> bool:
    return "CERTIFICATE_VERIFY_FAILED" in str(error)


def _proxy(error: Exception) -> str:
    login = "Proxy Authentication" in str(error) or " 407 " in str(error)
    return "the proxy requires a valid login (407)" if login else "the proxy refuses the connection"


def _tls(error: Exception) -> str:
    text = str(error)
    found = re.search(r"certificate verify failed: ([^(]*)", text)
    if found:
        return f"the server's certificate is not trusted: {found[1].strip()}"
    return "handshake"
