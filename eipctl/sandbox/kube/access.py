"""Who is calling, and what RBAC lets them do."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import statuses

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.store import Store

Obj = dict[str, Any]
MASTERS, AUTHENTICATED = "system:masters", "system:authenticated"
_OPEN = ("/api", "/apis", "/openapi", "/version")


@dataclass(frozen=True, slots=True)
class User:
    """An authenticated caller."""

    name: str
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attributes:
    """What is asked for: a resource, or (`path`) something outside of all resources."""

    verb: str
    group: str = ""
    resource: str = ""
    subresource: str = ""
    namespace: str = ""
    name: str = ""
    path: str = ""

    @property
    def full(self) -> str:
        """``pods/status``."""
        return f"{self.resource}/{self.subresource}" if self.subresource else self.resource


class Access:
    """Bearer tokens and RBAC objects."""

    def __init__(self, store: Store, objects: Objects) -> None:
        self._store, self._objects = store, objects
        self._tokens = store.table("kube-tokens", _encode, _decode)

    def put_token(self, token: str, user: str, groups: tuple[str, ...] = ()) -> None:
        """Let whoever shows `token` be `user`."""
        with self._store.transaction():
            self._tokens.put(token, User(user, groups))

    def clear(self) -> None:
        """Forget all tokens."""
        with self._store.transaction():
            self._tokens.clear()

    def user(self, request: Request) -> User:
        """The caller, or whom it may stand in for (Impersonate-User); ApiError 401 for an unknown one."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        found = self._tokens.get(token.strip()) if kind.lower() == "bearer" else None
        if found is None:
            raise statuses.unauthorized()
        name, group = request.headers.get("impersonate-user"), request.headers.get("impersonate-group")
        if not name:
            return found
        self._demand_impersonation(found, "users", name)
        if group:
            self._demand_impersonation(found, "groups", group)
        return User(name, (group,) if group else groups_of(name))

    def _demand_impersonation(self, user: User, what: str, name: str) -> None:
        if name.startswith("system:serviceaccount:"):
            _, _, namespace, name = name.split(":", 3)
            self.demand(user, Attributes("impersonate", "", "serviceaccounts", "", namespace, name))
        else:
            self.demand(user, Attributes("impersonate", "", what, name=name))

    def demand(self, user: User, wanted: Attributes) -> None:
        """ApiError 403 unless allowed."""
        if self.allows(user, wanted):
            return
        if wanted.path:
            message = f'User "{user.name}" cannot {wanted.verb} path "{wanted.path}"'
            raise statuses.ApiError(403, "Forbidden", f"forbidden: {message}", {})
        where = f'in the namespace "{wanted.namespace}"' if wanted.namespace else "at the cluster scope"
        message = (
            f'User "{user.name}" cannot {wanted.verb} resource "{wanted.full}" in API group "{wanted.group}" {where}'
        )
        raise statuses.forbidden(wanted.resource, wanted.group, wanted.name, message)

    def allows(self, user: User, wanted: Attributes) -> bool:
        """What RBAC says."""
        return any(_covers(rule, wanted) for rule in self.rules(user, wanted.namespace))

    def rules(self, user: User, namespace: str) -> Iterator[Obj]:
        """The PolicyRules that hold for a user in a namespace ("": for all of them)."""
        yield from _EVERYBODY
        if MASTERS in user.groups:
            yield from _MASTER
        for binding in self._objects.list("clusterrolebindings"):
            if _binds(binding, user):
                yield from self._role(binding["roleRef"], "")
        for binding in self._objects.list("rolebindings", namespace) if namespace else ():
            if _binds(binding, user):
                yield from self._role(binding["roleRef"], namespace)

    def _role(self, ref: Obj, namespace: str) -> list[Obj]:
        plural = "clusterroles" if ref["kind"] == "ClusterRole" else "roles"
        role = self._objects.get(plural, "" if plural == "clusterroles" else namespace, ref["name"])
        return list((role or {}).get("rules") or ())


_EVERYBODY: tuple[Obj, ...] = (
    {"verbs": ["get"], "nonResourceURLs": [*_OPEN, *(f"{path}/*" for path in _OPEN)]},
    {
        "verbs": ["create"],
        "apiGroups": ["authorization.k8s.io"],
        "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    },
    {"verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]},
)
"""What a real cluster's system:discovery and system:basic-user grant to every authenticated user."""

_MASTER: tuple[Obj, ...] = (
    {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]},
    {"verbs": ["*"], "nonResourceURLs": ["*"]},
)


def groups_of(name: str) -> tuple[str, ...]:
    """The groups that a name implies: those of a ServiceAccount."""
    if not name.startswith("system:serviceaccount:"):
        return ()
    return ("system:serviceaccounts", f"system:serviceaccounts:{name.split(':')[2]}")


def _binds(binding: Obj, user: User) -> bool:
    return any(_is(subject, user, binding) for subject in binding.get("subjects") or ())


def _is(subject: Obj, user: User, binding: Obj) -> bool:
    if subject["kind"] == "Group":
        return subject["name"] in (*user.groups, AUTHENTICATED)
    if subject["kind"] == "ServiceAccount":
        namespace = subject.get("namespace") or binding["metadata"].get("namespace", "")
        return user.name == f"system:serviceaccount:{namespace}:{subject['name']}"
    return bool(subject["name"] == user.name)


def _covers(rule: Obj, wanted: Attributes) -> bool:
    if not _in(wanted.verb, rule.get("verbs")):
        return False
    if wanted.path:
        return any(_matches(url, wanted.path) for url in rule.get("nonResourceURLs") or ())
    names = rule.get("resourceNames")
    return (
        _in(wanted.group, rule.get("apiGroups"))
        and (_in(wanted.full, rule.get("resources")) or f"*/{wanted.subresource}" in (rule.get("resources") or ()))
        and (not names or wanted.name in names)
    )


def _matches(url: str, path: str) -> bool:
    return url == path or (url.endswith("*") and path.startswith(url[:-1]))


def _in(value: str, allowed: list[str] | None) -> bool:
    return value in (allowed or ()) or "*" in (allowed or ())


def _encode(user: User) -> bytes:
    return json.dumps([user.name, user.groups]).encode()


def _decode(raw: bytes) -> User:
    name, groups = json.loads(raw)
    return User(name, tuple(groups))
