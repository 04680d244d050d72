"""Reviews: who am I, and may I?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.access import Access, Attributes, User

if TYPE_CHECKING:
    from collections.abc import Callable

Obj = dict[str, Any]


def review(access: Access, user: User, body: Obj) -> Obj:
    """Answer a SelfSubjectAccessReview and its like."""
    kind = body.get("kind", "")
    answer: Callable[[Access, User, Obj], Obj] = _ANSWERS.get(kind, _nothing)
    return {**body, "metadata": {"creationTimestamp": None}, "status": answer(access, user, body.get("spec") or {})}


def _self_access(access: Access, user: User, spec: Obj) -> Obj:
    allowed = access.allows(user, _attributes(spec))
    return {"allowed": allowed, **({} if allowed else {"reason": "no RBAC rule allows it"})}


def _access(access: Access, _user: User, spec: Obj) -> Obj:
    return _self_access(access, User(spec.get("user", ""), tuple(spec.get("groups") or ())), spec)


def _attributes(spec: Obj) -> Attributes:
    asked = spec.get("resourceAttributes")
    if asked is None:
        outside = spec.get("nonResourceAttributes") or {}
        return Attributes(outside.get("verb", ""), path=outside.get("path", "/"))
    return Attributes(
        asked.get("verb", ""),
        asked.get("group", ""),
        asked.get("resource", ""),
        asked.get("subresource", ""),
        asked.get("namespace", ""),
        asked.get("name", ""),
    )


def _rules(_access: Access, _user: User, _spec: Obj) -> Obj:
    return {"resourceRules": [], "nonResourceRules": [], "incomplete": True}


def _who(_access: Access, user: User, _spec: Obj) -> Obj:
    return {"userInfo": {"username": user.name, "groups": [*user.groups, "system:authenticated"]}}


def _nothing(_access: Access, _user: User, _spec: Obj) -> Obj:
    return {}


_ANSWERS: dict[str, Callable[[Access, User, Obj], Obj]] = {
    "SelfSubjectAccessReview": _self_access,
    "SubjectAccessReview": _access,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _who,
}
