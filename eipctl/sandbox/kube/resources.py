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
    columns: tuple[tuple[str, str, str], ...] = ()
    """A custom resource's printer columns: (title, type, JSON path)."""
    categories: tuple[str, ...] = ()
    counted: bool = False
    """Whether metadata.generation counts changes of the spec."""
    verbs: tuple[str, ...] = VERBS

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


_TABLE = """
v1 namespaces Namespace cluster single ns /status
v1 nodes Node cluster no /status
v1 pods Pod all counted po /status /eviction
v1 configmaps ConfigMap cm
v1 secrets Secret
v1 services Service all svc /status
v1 serviceaccounts ServiceAccount sa /token
v1 events Event ev
v1 endpoints Endpoints ep
apps/v1 deployments Deployment all counted deploy /status /scale
apps/v1 replicasets ReplicaSet all counted rs /status /scale
apps/v1 statefulsets StatefulSet all counted sts /status /scale
apps/v1 daemonsets DaemonSet all counted ds /status
apps/v1 controllerrevisions ControllerRevision
batch/v1 jobs Job all counted /status
batch/v1 cronjobs CronJob all counted cj /status
autoscaling/v2 horizontalpodautoscalers HorizontalPodAutoscaler all hpa /status
autoscaling/v1 horizontalpodautoscalers HorizontalPodAutoscaler all hpa /status
policy/v1 poddisruptionbudgets PodDisruptionBudget counted pdb /status
coordination.k8s.io/v1 leases Lease
events.k8s.io/v1 events Event ev
rbac.authorization.k8s.io/v1 roles Role
rbac.authorization.k8s.io/v1 rolebindings RoleBinding
rbac.authorization.k8s.io/v1 clusterroles ClusterRole cluster
rbac.authorization.k8s.io/v1 clusterrolebindings ClusterRoleBinding cluster
apiextensions.k8s.io/v1 customresourcedefinitions CustomResourceDefinition cluster counted crd crds /status
"""
"""apiVersion, plural, kind, traits (cluster-scoped; in kubectl's "all"; counting generations; never deleted as a
collection), short names and subresources."""
_TRAITS = ("cluster", "all", "counted", "single")


def _of_line(line: str) -> Resource:
    api_version, plural, kind, *rest = line.split()
    group, _, version = api_version.rpartition("/")
    return Resource(
        group,
        version,
        plural,
        kind,
        tuple(word for word in rest if word not in _TRAITS and not word.startswith("/")),
        namespaced="cluster" not in rest,
        subresources=tuple(word[1:] for word in rest if word.startswith("/")),
        categories=("all",) if "all" in rest else (),
        counted="counted" in rest,
        verbs=tuple(verb for verb in VERBS if "single" not in rest or verb != "deletecollection"),
    )


BUILT_IN = tuple(_of_line(line) for line in _TABLE.strip().splitlines())

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
            counted=True,
            columns=tuple((c["name"], c["type"], c["jsonPath"]) for c in version.get("additionalPrinterColumns") or ()),
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
