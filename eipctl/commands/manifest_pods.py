"""The Pods that run eipctl in a cluster: now and then as a CronJob, or all the time as a Deployment. Hardened alike."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from eipctl.commands.manifests import UID
from eipctl.commands.registry import rights_of
from eipctl.domain.rights import UNWATCHED, WATCHED

if TYPE_CHECKING:
    from eipctl.commands.manifests import Object, Place
    from eipctl.domain.rights import Right

BIND = ("bind", "-A", "--prune", "--yes")
"""What both do."""
ONCE = (*BIND, "-q", "--lock-timeout", "1m", "--audit-log", "-")
"""A run that somebody else's makes wait for a minute is no failed Job."""
PORT = 9090
WATCH = (*BIND, "--watch", "--listen", f"0.0.0.0:{PORT}", "--log-format", "json", "--audit-log", "-")
"""The kubelet and Prometheus ask it at the Pod's own address."""
REPLICAS = 2
"""A leader, and a standby that takes over within seconds."""


@dataclass(frozen=True, slots=True)
class Worker:
    """What runs there. The cloud is called under `ram_role` (RRSA), or with the AccessKey in Secret `secret`."""

    image: str
    ram_role: str = "eipctl"
    secret: str = ""


def rights(*, watches: bool) -> tuple[Right, ...]:
    """What such a Pod uses: one that watches can't do without what that takes, one that doesn't has no use for it."""
    found = rights_of("bind")
    if watches:
        return tuple(replace(right, without="") if right.without == UNWATCHED else right for right in found)
    return tuple(right for right in found if right not in WATCHED)


def cron_job(place: Place, worker: Worker, schedule: str, deadline: int) -> Object:
    """`bind -A --prune` every now and then; never two at a time, never for longer than `deadline` seconds."""
    pod = _pod(place, worker, (*ONCE, "--timeout", f"{deadline}s"))
    template = {"metadata": {"labels": {"app": place.name}}, "spec": {**pod, "restartPolicy": "Never"}}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": place.meta(),
        "spec": {
            "schedule": schedule,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 120,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {"spec": {"backoffLimit": 0, "activeDeadlineSeconds": deadline + 60, "template": template}},
        },
    }


def deployment(place: Place, worker: Worker) -> list[Object]:
    """`bind -A --prune --watch` all the time, with its Service of metrics and its PodDisruptionBudget."""
    labels = {"app": place.name, "app.kubernetes.io/component": "watch"}
    selector = {"matchLabels": labels}
    return [
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": place.meta(labels=labels),
            "spec": {
                "replicas": REPLICAS,
                "selector": selector,
                "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 1}},
                "template": {"metadata": {"labels": labels}, "spec": _watching(place, worker, selector)},
            },
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": place.meta(labels=labels),
            "spec": {"maxUnavailable": 1, "selector": selector},
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": place.meta(
                labels=labels, annotations={"prometheus.io/scrape": "true", "prometheus.io/port": str(PORT)}
            ),
            "spec": {
                "clusterIP": "None",  # Each Pod has figures of its own.
                "selector": labels,
                "ports": [{"name": "metrics", "port": PORT, "targetPort": "metrics"}],
            },
        },
    ]


def _watching(place: Place, worker: Worker, selector: Object) -> Object:
    spread = {
        "maxSkew": 1,
        "topologyKey": "kubernetes.io/hostname",
        "whenUnsatisfiable": "ScheduleAnyway",
        "labelSelector": selector,
    }
    probes = {
        "ports": [{"name": "metrics", "containerPort": PORT}],
        "livenessProbe": _probe("/healthz", periodSeconds=20, failureThreshold=3),
        "readinessProbe": _probe("/readyz", periodSeconds=5),
    }
    return {**_pod(place, worker, WATCH, **probes), "topologySpreadConstraints": [spread]}


def _probe(path: str, **more: int) -> Object:
    return {"httpGet": {"path": path, "port": "metrics"}, "timeoutSeconds": 5, **more}


def _pod(place: Place, worker: Worker, args: tuple[str, ...], **more: Any) -> Object:
    return {
        "serviceAccountName": place.name,
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [
            {
                "name": "eipctl",
                "image": worker.image,
                "args": list(args),
                **({"envFrom": [{"secretRef": {"name": worker.secret}}]} if worker.secret else {}),
                **more,
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
            }
        ],
    }
