"""The Kubernetes API over HTTP: who calls, what they may, which verb, and the answer."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.http import Reply
from eipctl.sandbox.kube import decoding, discovery, openapi, query, replies, reviews, statuses, target
from eipctl.sandbox.kube.access import Access, Attributes, User
from eipctl.sandbox.kube.objects import DEFINITIONS, Objects
from eipctl.sandbox.kube.resources import REVIEWS
from eipctl.sandbox.kube.statuses import ApiError
from eipctl.sandbox.kube.verbs import Verbs

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.target import Target
    from eipctl.sandbox.store import Store

Obj = dict[str, Any]
MAX_BODY = 3 * 1024 * 1024
_PROBES = ("/healthz", "/livez", "/readyz")
_PROTO_V2 = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"


class KubeService:
    """Fulfils eipctl.sandbox.http.Service."""

    name = "kube"
    throttled = (429, "TooManyRequests", "the server has received too many requests, try again later", 1)

    def __init__(self, store: Store, clock: Clock) -> None:
        self.objects = Objects(store, clock)
        self.access = Access(store, self.objects)
        self._verbs = Verbs(self.objects)
        self.now = clock.now

    def put_token(self, token: str, user: str, groups: tuple[str, ...] = ()) -> None:
        """Let whoever shows `token` be `user`."""
        self.access.put_token(token, user, groups)

    def expire_tokens(self) -> None:
        """Answer every page that is asked for from now on with 410, as after the compaction of a real cluster."""
        self._verbs.expire_tokens()

    def reset(self) -> None:
        """Forget all objects, users and continue tokens."""
        self.objects.clear()
        self.access.clear()
        self._verbs.expire_tokens()

    def describe(self, request: Request) -> tuple[str, str]:
        """(verb, ``plural/namespace/name``) for fault rules and the call log."""
        found = target.parse(request.path, self.objects.resources)
        if found is None:
            return request.method.lower(), request.path
        parts = (found.resource.plural, found.namespace or "", found.name, found.subresource)
        verb = target.verb(request.method, found, watch=query.watches(request))
        return verb, "/".join(part for part in parts if part)

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        try:
            return replies.formed(self._handle(request), request)
        except ApiError as error:
            return replies.formed(replies.refusal(error), request)
        except Exception as error:  # noqa: BLE001 - what breaks one request must not take the connection with it
            traceback.print_exc(file=sys.stderr)
            return replies.refusal(ApiError(500, "InternalError", f"Internal error occurred: {error!r}"))

    def refuse(self, status: int, code: str, message: str, retry_after: int) -> Reply:
        """A Status of a fault rule."""
        details = {"retryAfterSeconds": retry_after} if retry_after else {}
        reply = replies.refusal(ApiError(status, code, message, details))
        headers = {**reply.headers, **({"Retry-After": str(retry_after)} if retry_after else {})}
        return Reply(reply.status, reply.body, headers, code=code)

    def _handle(self, request: Request) -> Reply:
        path = request.path.rstrip("/")
        if path in _PROBES or path.startswith(tuple(f"{probe}/" for probe in _PROBES)):
            return Reply(200, b"ok", replies.TEXT)
        if path == "/version":
            return replies.reply(200, discovery.VERSION)
        with self.objects.store.lock:
            user = self.access.user(request)
            found = target.parse(path, self.objects.resources)
        if found is None:
            return self._outside(user, path, request)
        verb = target.verb(request.method, found, watch=query.watches(request))
        self.access.demand(user, _attributes(verb, found))
        if found.known and found.name and found.resource.namespaced and found.namespace is None:
            raise statuses.no_such_path()
        if not found.known:
            return self._missing(found)
        _demand_readable(request)
        asked = query.read(request, found.resource, verb)
        if found.resource in REVIEWS:
            return self._review(user, verb, found.resource, request)
        if found.subresource == "token" and verb == "create":
            asked_for = decoding.body(request)
            return replies.reply(201, reviews.token(self.access, self.objects, found, asked_for))
        return self._verbs.answer(verb, found, request, asked)

    def _missing(self, found: Target) -> Reply:
        """404 of a kind that is not served: without a Status where there is not even its group."""
        resource = found.resource
        if resource.group and not discovery.resource_list(
            self.objects.resources.values(), resource.group, resource.version
        ):
            return Reply(404, b"404 page not found\n", replies.TEXT, code="NotFound")
        raise statuses.no_such_path()

    def _review(self, user: User, verb: str, resource: Resource, request: Request) -> Reply:
        if verb != "create":
            raise statuses.method_not_allowed()
        return replies.reply(201, reviews.review(self.access, user, resource, decoding.body(request)))

    def _outside(self, user: User, path: str, request: Request) -> Reply:
        """Discovery and documents."""
        self.access.demand(user, Attributes(request.method.lower(), path=path or "/"))
        if request.method not in ("GET", "HEAD"):
            raise statuses.no_such_path()
        if path.startswith("/apis/") and self._document(path) is None and not self._serves(path.split("/")[2]):
            return Reply(404, b"404 page not found\n", replies.TEXT, code="NotFound")
        if path == "/openapi/v2":
            return self._openapi_v2(request)
        found = self._document(path)
        if found is None:
            raise statuses.no_such_path()
        return replies.reply(200, found)

    def _serves(self, group: str) -> bool:
        return any(one.group == group for one in discovery.served(self.objects.resources.values()))

    def _document(self, path: str) -> Obj | None:
        resources = self.objects.resources.values()
        parts = path.strip("/").split("/")
        whole: dict[str, Callable[[], Obj]] = {
            "/api": discovery.api_versions,
            "/apis": lambda: discovery.group_list(resources),
            "/openapi/v3": lambda: openapi.index(resources),
        }
        if path in whole:
            return whole[path]()
        match parts:
            case ["api", version]:
                return discovery.resource_list(resources, "", version)
            case ["apis", group]:
                return discovery.group(resources, group)
            case ["apis", group, version]:
                return discovery.resource_list(resources, group, version)
            case ["openapi", "v3", "api", version]:
                return openapi.v3(resources, {}, "", version)
            case ["openapi", "v3", "apis", group, version]:
                return openapi.v3(resources, self._custom(), group, version)
        return None

    def _custom(self) -> openapi.Definitions:
        return openapi.definitions(self.objects.list(DEFINITIONS))

    def _openapi_v2(self, request: Request) -> Reply:
        """kubectl before 1.27 asks for protobuf, and is satisfied by an empty document."""
        if "protobuf" in request.headers.get("accept", ""):
            return Reply(200, b"", {"Content-Type": _PROTO_V2})
        return replies.reply(200, openapi.v2(self.objects.resources.values(), self._custom()))


def _demand_readable(request: Request) -> None:
    if request.method == "HEAD":
        raise statuses.method_not_allowed()
    if not replies.acceptable(request):
        raise statuses.not_acceptable()
    if len(request.body) > MAX_BODY:
        raise statuses.too_large(MAX_BODY)


def _attributes(verb: str, found: Target) -> Attributes:
    resource = found.resource
    # A namespace counts as being inside itself, so that a Role there can grant it.
    namespace = found.name if resource.key == "namespaces" else found.namespace or ""
    return Attributes(verb, resource.group, resource.plural, found.subresource, namespace, found.name)
