"""The scale subresource."""

from __future__ import annotations

from typing import Any

from eipctl.sandbox.kube.statuses import bad_request

Obj = dict[str, Any]
_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale(obj: Obj) -> Obj:
    """The Scale of a workload."""
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: value for key, value in obj["metadata"].items() if key in _META},
        "spec": {"replicas": obj["spec"].get("replicas", 1)},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in labels.items()),
        },
    }


def scaled(obj: Obj, wanted: Obj) -> Obj:
    """The workload with the replicas of a Scale."""
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool) or replicas < 0:
        raise bad_request("spec.replicas must be an integer greater than or equal to 0")
    return {**obj, "spec": {**obj["spec"], "replicas": replicas}}
