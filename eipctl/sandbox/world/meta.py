"""What every controller needs to know about API objects."""

from __future__ import annotations

import copy
import hashlib
import json
from typing import Any

Obj = dict[str, Any]

_SAFE = "bcdfghjklmnpqrstvwxz2456789"


def name_of(obj: Obj) -> tuple[str, str]:
    """(namespace, name); the namespace is "" for cluster-scoped objects."""
    return obj["metadata"].get("namespace", ""), obj["metadata"]["name"]


def uid_of(obj: Obj) -> str:
    """metadata.uid."""
    uid: str = obj["metadata"]["uid"]
    return uid


def labels_of(obj: Obj) -> dict[str, str]:
    """metadata.labels."""
    return obj["metadata"].get("labels") or {}


def annotations_of(obj: Obj) -> dict[str, str]:
    """metadata.annotations."""
    return obj["metadata"].get("annotations") or {}


def leaving(obj: Obj) -> bool:
    """Whether deletion has begun."""
    return bool(obj["metadata"].get("deletionTimestamp"))


def phase_of(pod: Obj) -> str:
    """status.phase; "" before anybody has written it."""
    phase: str = (pod.get("status") or {}).get("phase", "")
    return phase


def controller_of(obj: Obj) -> Obj | None:
    """The owner reference of the controller."""
    return next((owner for owner in obj["metadata"].get("ownerReferences") or () if owner.get("controller")), None)


def controlled_by(owner: Obj, api_version: str, kind: str) -> list[Obj]:
    """metadata.ownerReferences for an object that `owner` makes."""
    reference = {"apiVersion": api_version, "kind": kind, "name": owner["metadata"]["name"], "uid": uid_of(owner)}
    return [{**reference, "controller": True, "blockOwnerDeletion": True}]


def template_hash(template: Obj) -> str:
    """Ten characters that stand for a Pod template, as pod-template-hash does."""
    digest = hashlib.sha256(json.dumps(template, sort_keys=True).encode()).digest()
    return "".join(_SAFE[byte % len(_SAFE)] for byte in digest[:10])


def pod_from(template: Obj, owners: list[Obj], namespace: str, labels: dict[str, str]) -> Obj:
    """A Pod of that template, without a name."""
    metadata = copy.deepcopy(template.get("metadata") or {})
    metadata.pop("creationTimestamp", None)
    metadata.update(namespace=namespace, labels={**(metadata.get("labels") or {}), **labels}, ownerReferences=owners)
    spec = copy.deepcopy(template["spec"])
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Pending"}}


def condition(obj: Obj, kind: str) -> Obj | None:
    """The condition of that type."""
    conditions = (obj.get("status") or {}).get("conditions") or ()
    return next((found for found in conditions if found.get("type") == kind), None)


def is_true(obj: Obj, kind: str) -> bool:
    """Whether the condition of that type is True."""
    found = condition(obj, kind)
    return found is not None and found.get("status") == "True"


def set_condition(status: Obj, kind: str, value: str, at: str, *, reason: str = "", message: str = "") -> None:
    """Set a condition in a status that is the caller's own; its time moves only when its value does."""
    conditions = status.setdefault("conditions", [])
    made = {"type": kind, "status": value, **({"reason": reason} if reason else {})}
    if message:
        made["message"] = message
    for index, found in enumerate(conditions):
        if found.get("type") == kind:
            same = found.get("status") == value
            conditions[index] = {**made, "lastTransitionTime": found.get("lastTransitionTime", at) if same else at}
            return
    conditions.append({**made, "lastTransitionTime": at})


def count_or_percent(value: int | str | None, default: int | str, total: int, *, up: bool) -> int:
    """``3`` or ``"25%"`` of `total`, rounded up or down."""
    chosen = default if value is None else value
    if isinstance(chosen, str) and chosen.endswith("%"):
        share = int(chosen[:-1]) * total
        return -(-share // 100) if up else share // 100
    return int(chosen)
