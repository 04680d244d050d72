"""Reviews: who am I, and may I? And tokens of ServiceAccounts."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube.access import AUTHENTICATED, Access, Attributes, User, groups_of
from eipctl.sandbox.kube.statuses import bad_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.kube.resources import Resource
    from eipctl.sandbox.kube.target import Target

Obj = dict[str, Any]


def review(access: Access, user: User, resource: Resource, body: Obj) -> Obj:
    """Answer a SelfSubjectAccessReview and its like."""
    head = {"kind": resource.kind, "apiVersion": resource.api_version, "metadata": {"creationTimestamp": None}}
    return {**body, **head, "status": _ANSWERS[resource.kind](access, user, body.get("spec") or {})}


def _self_access(access: Access, user: User, spec: Obj) -> Obj:
    allowed = access.allows(user, _attributes(spec))
    return {"allowed": allowed}


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


def _rules(access: Access, user: User, spec: Obj) -> Obj:
    if not spec.get("namespace"):
        raise bad_request("no namespace on request")
    rules = list(access.rules(user, spec["namespace"]))
    return {
        "resourceRules": [rule for rule in rules if "resources" in rule],
        "nonResourceRules": [rule for rule in rules if "nonResourceURLs" in rule],
        "incomplete": False,
    }


def _who(_access: Access, user: User, _spec: Obj) -> Obj:
    return {"userInfo": {"username": user.name, "groups": [*user.groups, AUTHENTICATED]}}


_ANSWERS: dict[str, Callable[[Access, User, Obj], Obj]] = {
    "SelfSubjectAccessReview": _self_access,
    "SubjectAccessReview": _access,
    "SelfSubjectRulesReview": _rules,
    "SelfSubjectReview": _who,
}


def token(access: Access, objects: Objects, target: Target, body: Obj) -> Obj:
    """Answer a TokenRequest; the token never expires."""
    account = objects.demanded(target.resource, target.where, target.name)
    seconds = (body.get("spec") or {}).get("expirationSeconds") or 3600
    name = f"system:serviceaccount:{target.where}:{target.name}"
    made = secrets.token_urlsafe(32)
    access.put_token(made, name, groups_of(name))
    ends = objects.clock.timestamp(objects.clock.now() + seconds)
    return {
        "kind": "TokenRequest",
        "apiVersion": "authentication.k8s.io/v1",
        "metadata": {key: account.obj["metadata"].get(key) for key in ("name", "namespace", "creationTimestamp")},
        "spec": {**(body.get("spec") or {}), "expirationSeconds": seconds},
        "status": {"token": made, "expirationTimestamp": ends},
    }
