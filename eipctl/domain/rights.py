"""Rights in Kubernetes by what they are for, and what a command does without one.

The registry of commands says which command uses which; a test runs each with exactly these rights.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

SYSTEM = "kube-system"
TERWAY = "network.alibabacloud.com"
SLOWER = "ENI IDs are read from the cloud instead"


@dataclass(frozen=True, slots=True)
class Right:
    """A verb on a resource; `namespace` "" is the whole cluster, `name` "" every object.

    `without` says what a command still does when it lacks the right; "" means that it fails.
    """

    verb: str
    resource: str
    group: str = ""
    namespace: str = ""
    name: str = ""
    without: str = ""

    @property
    def full(self) -> str:
        """``leases.coordination.k8s.io``, ``pods``."""
        return f"{self.resource}.{self.group}" if self.group else self.resource

    @property
    def question(self) -> str:
        """The command that asks the API server for it."""
        resource, _, subresource = self.resource.partition("/")
        full = f"{resource}.{self.group}" if self.group else resource
        words = ["kubectl auth can-i", self.verb, f"{full}/{self.name}" if self.name else full]
        words += [f"--subresource={subresource}"] if subresource else []
        return " ".join([*words, f"-n {self.namespace}" if self.namespace else "-A"])


def _each(verbs: str, resource: str, group: str = "") -> tuple[Right, ...]:
    return tuple(Right(verb, resource, group) for verb in verbs.split())


IDENTITY = (
    Right("get", "namespaces", name=SYSTEM),
    Right("get", "configmaps", namespace=SYSTEM),
)
"""Which cluster this is. A node's label terway-config may name any ConfigMap."""

TERWAY_OBJECTS = tuple(
    Right("list", kind, TERWAY, without=SLOWER) for kind in ("podenis", "networkinterfaces", "nodes")
)

OBSERVE = (
    *IDENTITY,
    Right("list", "pods"),
    Right("list", "nodes"),
    Right("get", "deployments", "apps", SYSTEM, "ack-extend-network-controller"),
    Right("list", "podeips", "alibabacloud.com"),
    *TERWAY_OBJECTS,
)

GET_PODS = Right("get", "pods")

LEASE = (
    Right("get", "leases", "coordination.k8s.io", SYSTEM, "eipctl"),
    Right("patch", "leases", "coordination.k8s.io", SYSTEM, "eipctl"),
    Right("create", "leases", "coordination.k8s.io", SYSTEM),
)

POD_WRITES = (
    Right("patch", "pods/status"),
    Right("create", "events", without="no Event records what happened"),
    Right("get", "events", without="repeated Events are not counted"),
    Right("patch", "events", without="repeated Events are not counted"),
)

REFUSALS = Right(
    "list",
    "events",
    without="no Event records why a Pod can't have an EIP, and Pods that failed before are not served last",
)
"""Which of these Events are written already, and which Pods failed in the last run."""
ATTEMPTS = Right("list", "events", without="the error of the last attempt to bind an EIP is unknown")
"""It is in an Event of the Pod."""

PATCH_ENI_CONFIG = Right("patch", "configmaps", namespace=SYSTEM, name="eni-config")
DELETE_TERWAY_PODS = Right("delete", "pods", namespace=SYSTEM)
TERWAY_RESTART = (PATCH_ENI_CONFIG, DELETE_TERWAY_PODS)

KEPT_OBJECTS = "adopt --podeips remove can't be used"
POD_EIP_REMOVAL = tuple(
    Right(verb, "podeips", "alibabacloud.com", without=KEPT_OBJECTS) for verb in ("get", "patch", "delete")
)
"""The finalizer is taken off before the object is deleted."""

LINTED = ("deployments.apps", "statefulsets.apps", "daemonsets.apps", "cronjobs.batch")
"""Kinds whose annotations `check` and `annotate` look at."""

BINDERS = ("deployments.apps", "cronjobs.batch")
"""Kinds that run `bind` again and again."""

LISTED = tuple(
    Right("list", resource, group, without="workloads of this kind are not checked")
    for resource, _, group in (kind.partition(".") for kind in LINTED)
)

WHO_BINDS = Right(
    "get",
    "leases",
    "coordination.k8s.io",
    SYSTEM,
    "eipctl",
    without="who runs bind, and when it last did, is not known",
)

WORKLOADS = (
    *_each("get list patch", "pods"),
    *(
        right
        for resource in ("deployments", "statefulsets", "daemonsets", "replicasets")
        for right in _each("get list patch", resource, "apps")
    ),
    *_each("get list patch", "cronjobs", "batch"),
    Right("list", "jobs", "batch"),
)
"""Kinds of CRDs need the same three. A Job's template can't be changed; Jobs lead from a CronJob to its Pods."""

UNSEEN = "unknown which component gives the EIPs and which keys it ignores"
UNSCALED = "named EIPs are not checked against autoscalers"

SURROUNDINGS = (
    Right("get", "namespaces", name=SYSTEM, without="the EIPs of a pool are not looked at"),
    Right("list", "nodes", without=UNSEEN),
    Right("get", "configmaps", namespace=SYSTEM, without=UNSEEN),
    Right("get", "deployments", "apps", SYSTEM, "ack-extend-network-controller", without=UNSEEN),
    Right("list", "podeips", "alibabacloud.com", without=UNSEEN),
    Right("list", "horizontalpodautoscalers", "autoscaling", without=UNSCALED),
    Right("list", "scaledobjects", "keda.sh", without=UNSCALED),
)
"""What the lints of `annotate` look at."""

UNFILLED = "status names the columns that it could not fill"

STATUS = (
    Right("list", "pods"),
    Right("watch", "pods", without="--watch can't be used"),
    ATTEMPTS,
    *(replace(right, without=right.without or UNFILLED) for right in OBSERVE if right != Right("list", "pods")),
)

UNWATCHED = "bind --watch can't be used"

WATCHED = (
    Right("watch", "pods", without=UNWATCHED),
    Right("watch", "nodes", without=UNWATCHED),
    Right("list", "configmaps", namespace=SYSTEM, without=UNWATCHED),
    Right("watch", "configmaps", namespace=SYSTEM, without=UNWATCHED),
    *(Right("watch", kind, TERWAY, without=SLOWER) for kind in ("podenis", "networkinterfaces", "nodes")),
)
"""What `bind --watch` keeps up instead of reading it again and again."""

BIND = (*OBSERVE, *LEASE, GET_PODS, *POD_WRITES, REFUSALS, *WATCHED)

SETUP = (
    *IDENTITY,
    Right("list", "pods", namespace=SYSTEM),
    Right("list", "nodes"),
    Right("get", "deployments", "apps", SYSTEM, "ack-extend-network-controller"),
    Right("list", "podeips", "alibabacloud.com"),
    Right("get", "daemonsets", "apps", SYSTEM),
    *TERWAY_RESTART,
)

TEARDOWN = (
    Right("get", "namespaces", name=SYSTEM, without="the plan does not name the cluster"),
    Right("get", "configmaps", namespace=SYSTEM),
    Right("list", "pods"),
    Right("list", "nodes"),
    *TERWAY_OBJECTS,
    *LEASE,
    *TERWAY_RESTART,
)


def together(rights: Iterable[Right]) -> tuple[Right, ...]:
    """Each right once, the wider of two: one that is needed somewhere is not optional."""
    found: dict[Right, Right] = {}
    for right in rights:
        bare = replace(right, without="")
        if bare not in found or not right.without:
            found[bare] = right
    return tuple(right for bare, right in found.items() if not any(_within(bare, other) for other in found))


def _within(right: Right, other: Right) -> bool:
    """Whether `other`, which is wider, holds `right` too."""
    same = (right.verb, right.resource, right.group) == (other.verb, other.resource, other.group)
    wider = other.namespace in ("", right.namespace) and other.name in ("", right.name)
    return same and wider and right != other
