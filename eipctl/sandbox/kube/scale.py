"""The scale subresource."""

from __future__ import annotations

from typing import Any

from eipctl.sandbox.kube.statuses import bad_request, invalid

Obj = dict[str, Any]
_META = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")


def scale(obj: Obj) -> Obj:
    """The Scale of a workload."""
    labels = (obj["spec"].get("selector") or {}).get("matchLabels") or {}
    return {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: value for key, value in obj["metadata"].items() if key in _META},
        "spec": {"replicas": replicas} if (replicas := obj["spec"].get("replicas", 1)) else {},
        "status": {
            "replicas": obj.get("status", {}).get("replicas", 0),
            "selector": ",".join(f"{key}={value}" for key, value in labels.items()),
        },
    }


def scaled(obj: Obj, wanted: Obj) -> Obj:
    """The workload with the replicas of a Scale."""
    replicas = (wanted.get("spec") or {}).get("replicas", 0)
    if not isinstance(replicas, int) or isinstance(replicas, bool):
        raise bad_request("spec.replicas must be an integer greater than or equal to 0")
    if replicas < 0:
        why = f"Invalid value: {replicas}: must be greater than or equal to 0"
        raise invalid("Scale", "autoscaling", obj["metadata"]["name"], ("spec.replicas", why))
    return {**obj, "spec": {**obj["spec"], "replicas": replicas}}
