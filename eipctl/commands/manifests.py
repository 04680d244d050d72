"""What eipctl needs to run somewhere on its own: its rights in Kubernetes, its CronJob, its image."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from eipctl.domain.rights import Right

Object = dict[str, Any]
RBAC = "rbac.authorization.k8s.io"
INJECTION = "pod-identity.alibabacloud.com/injection"
ROLE_NAME = "pod-identity.alibabacloud.com/role-name"
UID = 65532
"""Of the image's user."""


RUN = ("bind", "-A", "--prune", "--yes", "-q", "--lock-timeout", "1m", "--audit-log", "-")
"""A run that somebody else's makes wait for a minute is no failed Job."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where eipctl runs: the namespace, and the name of all that is made for it."""

    namespace: str = "eipctl"
    name: str = "eipctl"
    user: str = ""
    """Who gets the rights instead of the ServiceAccount."""

    @property
    def subject(self) -> Object:
        """Who gets the rights."""
        if self.user:
            return {"apiGroup": RBAC, "kind": "User", "name": self.user}
        return {"kind": "ServiceAccount", "name": self.name, "namespace": self.namespace}

    def meta(self, **more: Any) -> Object:
        """The metadata of an object in the namespace."""
        return {"name": self.name, "namespace": self.namespace, **more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """How it runs there. The cloud is called under `ram_role` (RRSA), or with the AccessKey in Secret `secret`."""

    image: str
    schedule: str = "*/5 * * * *"
    deadline: int = 240
    ram_role: str = "eipctl"
    secret: str = ""


def rbac(place: Place, rights: Iterable[Right]) -> list[Object]:
    """A ServiceAccount's rights: one role for the whole cluster, and one for each namespace that has its own."""
    scopes: dict[str, list[Right]] = defaultdict(list)
    for right in rights:
        scopes[right.namespace].append(right)
    return [made for scope in sorted(scopes) for made in _role(place, scope, scopes[scope])]


def _role(place: Place, scope: str, rights: Sequence[Right]) -> tuple[Object, Object]:
    cluster = "" if scope else "Cluster"
    meta = {"name": place.name, **({"namespace": scope} if scope else {})}
    role = {"apiVersion": f"{RBAC}/v1", "kind": f"{cluster}Role", "metadata": meta, "rules": _rules(rights)}
    binding = {
        "apiVersion": f"{RBAC}/v1",
        "kind": f"{cluster}RoleBinding",
        "metadata": meta,
        "roleRef": {"apiGroup": RBAC, "kind": f"{cluster}Role", "name": place.name},
        "subjects": [place.subject],
    }
    return role, binding


def _rules(rights: Sequence[Right]) -> list[Object]:
    """As few rules as say it: verbs of one resource together, then resources with the same verbs."""
    verbs: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for right in rights:
        verbs[right.group, right.name, right.resource].append(right.verb)
    resources: dict[tuple[str, str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, name, resource), found in verbs.items():
        resources[group, name, tuple(found)].append(resource)
    return [
        {
            "apiGroups": [group],
            "resources": found,
            **({"resourceNames": [name]} if name else {}),
            "verbs": list(allowed),
        }
        for (group, name, allowed), found in resources.items()
    ]


def namespace(place: Place, *, rrsa: bool) -> Object:
    """The namespace; with RRSA its Pods get the token that RAM trusts."""
    meta: Object = {"name": place.namespace}
    if rrsa:
        meta["labels"] = {INJECTION: "on"}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": meta}


def service_account(place: Place, ram_role: str = "") -> Object:
    """The ServiceAccount; `ram_role` is the one it takes with RRSA."""
    meta = place.meta(annotations={ROLE_NAME: ram_role}) if ram_role else place.meta()
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta}


def cron_job(place: Place, job: Job) -> Object:
    """`eipctl bind -A --prune` every now and then; never two at a time, never for longer than its deadline."""
    template = {"metadata": {"labels": {"app": place.name}}, "spec": _pod(place, job)}
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": place.meta(),
        "spec": {
            "schedule": job.schedule,
            "concurrencyPolicy": "Forbid",
            "startingDeadlineSeconds": 120,
            "successfulJobsHistoryLimit": 1,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {"backoffLimit": 0, "activeDeadlineSeconds": job.deadline + 60, "template": template}
            },
        },
    }


def _pod(place: Place, job: Job) -> Object:
    return {
        "serviceAccountName": place.name,
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": 60,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": UID,
            "runAsGroup": UID,
            "fsGroup": UID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(job)],
    }


def _container(job: Job) -> Object:
    return {
        "name": "eipctl",
        "image": job.image,
        "args": [*RUN, "--timeout", f"{job.deadline}s"],
        **({"envFrom": [{"secretRef": {"name": job.secret}}]} if job.secret else {}),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"memory": "512Mi"}},
    }
