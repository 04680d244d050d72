"""The kinds that are served: built-in ones, and those of CustomResourceDefinitions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

VERBS = ("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch")


@dataclass(frozen=True, slots=True)
class Resource:
    """A served kind. `key` names its objects in the store."""

    group: str
    version: str
    plural: str
    kind: str
    short: tuple[str, ...] = ()
    namespaced: bool = True
    subresources: tuple[str, ...] = ()
    custom: bool = False
    columns: tuple[tuple[str, str], ...] = ()
    """A custom resource's printer columns: (title, JSON path)."""
    categories: tuple[str, ...] = ()

    @property
    def api_version(self) -> str:
        """``apps/v1``, ``v1``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    @property
    def key(self) -> str:
        """The plural; with its group for a custom resource."""
        return f"{self.plural}.{self.group}" if self.custom else self.plural

    @property
    def several(self) -> bool:
        """Whether the stored object may have another version's form."""
        return self.custom or self.api_version in ("events.k8s.io/v1", "autoscaling/v1")

    @property
    def singular(self) -> str:
        """As kubectl prints it."""
        return self.kind.lower()


_ALL = ("all",)
BUILT_IN = (
    Resource("", "v1", "namespaces", "Namespace", ("ns",), namespaced=False, subresources=("status",)),
    Resource("", "v1", "nodes", "Node", ("no",), namespaced=False, subresources=("status",)),
    Resource("", "v1", "pods", "Pod", ("po",), subresources=("status", "eviction"), categories=_ALL),
    Resource("", "v1", "configmaps", "ConfigMap", ("cm",)),
    Resource("", "v1", "secrets", "Secret"),
    Resource("", "v1", "services", "Service", ("svc",), subresources=("status",), categories=_ALL),
    Resource("", "v1", "serviceaccounts", "ServiceAccount", ("sa",), subresources=("token",)),
    Resource("", "v1", "events", "Event", ("ev",)),
    Resource("", "v1", "endpoints", "Endpoints", ("ep",)),
    Resource("apps", "v1", "deployments", "Deployment", ("deploy",), subresources=("status", "scale"), categories=_ALL),
    Resource("apps", "v1", "replicasets", "ReplicaSet", ("rs",), subresources=("status", "scale"), categories=_ALL),
    Resource("apps", "v1", "statefulsets", "StatefulSet", ("sts",), subresources=("status", "scale"), categories=_ALL),
    Resource("apps", "v1", "daemonsets", "DaemonSet", ("ds",), subresources=("status",), categories=_ALL),
    Resource("apps", "v1", "controllerrevisions", "ControllerRevision"),
    Resource("batch", "v1", "jobs", "Job", subresources=("status",), categories=_ALL),
    Resource("batch", "v1", "cronjobs", "CronJob", ("cj",), subresources=("status",), categories=_ALL),
    Resource(
        "autoscaling",
        "v2",
        "horizontalpodautoscalers",
        "HorizontalPodAutoscaler",
        ("hpa",),
        subresources=("status",),
        categories=_ALL,
    ),
    Resource(
        "autoscaling", "v1", "horizontalpodautoscalers", "HorizontalPodAutoscaler", ("hpa",), subresources=("status",)
    ),
    Resource("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget", ("pdb",), subresources=("status",)),
    Resource("coordination.k8s.io", "v1", "leases", "Lease"),
    Resource("events.k8s.io", "v1", "events", "Event", ("ev",)),
    Resource("rbac.authorization.k8s.io", "v1", "roles", "Role"),
    Resource("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"),
    Resource("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", namespaced=False),
    Resource("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", namespaced=False),
    Resource(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        ("crd", "crds"),
        namespaced=False,
        subresources=("status",),
    ),
)

REVIEWS = (
    Resource("authorization.k8s.io", "v1", "selfsubjectaccessreviews", "SelfSubjectAccessReview", namespaced=False),
    Resource("authorization.k8s.io", "v1", "selfsubjectrulesreviews", "SelfSubjectRulesReview", namespaced=False),
    Resource("authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", namespaced=False),
    Resource("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", namespaced=False),
)
"""Kinds that are only created, and never stored."""


def of_definition(definition: dict[str, Any]) -> list[Resource]:
    """The served versions of a CustomResourceDefinition."""
    spec = definition["spec"]
    names = spec["names"]
    return [
        Resource(
            spec["group"],
            version["name"],
            names["plural"],
            names["kind"],
            tuple(names.get("shortNames") or ()),
            namespaced=spec.get("scope", "Namespaced") == "Namespaced",
            subresources=tuple(version.get("subresources") or ()),
            custom=True,
            columns=tuple((c["name"], c["jsonPath"]) for c in version.get("additionalPrinterColumns") or ()),
            categories=tuple(names.get("categories") or ()),
        )
        for version in spec["versions"]
        if version.get("served", True)
    ]


def schema_of(definition: dict[str, Any], version: str) -> dict[str, Any] | None:
    """The schema of one version of a CustomResourceDefinition, if it has any."""
    found: dict[str, Any] = next((one for one in definition["spec"]["versions"] if one["name"] == version), {})
    return (found.get("schema") or {}).get("openAPIV3Schema") or None


def groups(resources: Iterable[Resource]) -> dict[str, list[str]]:
    """Group to its versions, in order of appearance; the core group is not one."""
    found: dict[str, list[str]] = {}
    for resource in resources:
        versions = found.setdefault(resource.group, [])
        if resource.version not in versions:
            versions.append(resource.version)
    found.pop("", None)
    return found
