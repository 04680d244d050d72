"""The fields of the built-in kinds that have a wrong type most often, and their protobuf numbers.

The numbers are those of the ``generated.proto`` files of Kubernetes 1.34; fields that are not named here are stored as
they come (JSON) or skipped (protobuf).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Scalar(Enum):
    """A type without fields, by the name Go has for it."""

    TEXT = "string"
    NUMBER = "int32"
    FLAG = "bool"
    BYTES = "[]byte"
    NUMBER_OR_TEXT = "intstr.IntOrString"


TEXT, NUMBER, FLAG, BYTES = Scalar.TEXT, Scalar.NUMBER, Scalar.FLAG, Scalar.BYTES
NUMBER_OR_TEXT = Scalar.NUMBER_OR_TEXT


@dataclass(frozen=True, slots=True)
class Message:
    """A type with fields, by number: (name, type)."""

    name: str
    fields: dict[int, tuple[str, Type]]


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: Type


@dataclass(frozen=True, slots=True)
class Map:
    """A map from strings."""

    to: Scalar = TEXT


Type = Scalar | Message | Many | Map

_OWNER = Message(
    "OwnerReference",
    {1: ("kind", TEXT), 3: ("name", TEXT), 4: ("uid", TEXT), 5: ("apiVersion", TEXT), 6: ("controller", FLAG)},
)
_META = Message(
    "ObjectMeta",
    {
        1: ("name", TEXT),
        2: ("generateName", TEXT),
        3: ("namespace", TEXT),
        5: ("uid", TEXT),
        6: ("resourceVersion", TEXT),
        11: ("labels", Map()),
        12: ("annotations", Map()),
        13: ("ownerReferences", Many(_OWNER)),
        14: ("finalizers", Many(TEXT)),
    },
)
_REQUIREMENT = Message("LabelSelectorRequirement", {1: ("key", TEXT), 2: ("operator", TEXT), 3: ("values", Many(TEXT))})
_SELECTOR = Message("LabelSelector", {1: ("matchLabels", Map()), 2: ("matchExpressions", Many(_REQUIREMENT))})
_PORT = Message(
    "ContainerPort",
    {1: ("name", TEXT), 2: ("hostPort", NUMBER), 3: ("containerPort", NUMBER), 4: ("protocol", TEXT)},
)
_CONTAINER = Message(
    "Container",
    {
        1: ("name", TEXT),
        2: ("image", TEXT),
        3: ("command", Many(TEXT)),
        4: ("args", Many(TEXT)),
        5: ("workingDir", TEXT),
        6: ("ports", Many(_PORT)),
        7: ("env", Many(Message("EnvVar", {1: ("name", TEXT), 2: ("value", TEXT)}))),
        9: ("volumeMounts", Many(Message("VolumeMount", {1: ("name", TEXT), 3: ("mountPath", TEXT)}))),
        14: ("imagePullPolicy", TEXT),
    },
)
_POD_SPEC = Message(
    "PodSpec",
    {
        2: ("containers", Many(_CONTAINER)),
        3: ("restartPolicy", TEXT),
        4: ("terminationGracePeriodSeconds", NUMBER),
        5: ("activeDeadlineSeconds", NUMBER),
        6: ("dnsPolicy", TEXT),
        7: ("nodeSelector", Map()),
        8: ("serviceAccountName", TEXT),
        10: ("nodeName", TEXT),
        11: ("hostNetwork", FLAG),
        20: ("initContainers", Many(_CONTAINER)),
    },
)
_TEMPLATE = Message("PodTemplateSpec", {1: ("metadata", _META), 2: ("spec", _POD_SPEC)})
_JOB_SPEC = Message(
    "JobSpec",
    {
        1: ("parallelism", NUMBER),
        2: ("completions", NUMBER),
        3: ("activeDeadlineSeconds", NUMBER),
        4: ("selector", _SELECTOR),
        6: ("template", _TEMPLATE),
        7: ("backoffLimit", NUMBER),
        10: ("suspend", FLAG),
    },
)
_CRON_SPEC = Message(
    "CronJobSpec",
    {
        1: ("schedule", TEXT),
        2: ("startingDeadlineSeconds", NUMBER),
        3: ("concurrencyPolicy", TEXT),
        4: ("suspend", FLAG),
        5: ("jobTemplate", Message("JobTemplateSpec", {1: ("metadata", _META), 2: ("spec", _JOB_SPEC)})),
    },
)
_SERVICE_PORT = Message(
    "ServicePort",
    {1: ("name", TEXT), 2: ("protocol", TEXT), 3: ("port", NUMBER), 4: ("targetPort", NUMBER_OR_TEXT)},
)
_SERVICE_SPEC = Message(
    "ServiceSpec",
    {
        1: ("ports", Many(_SERVICE_PORT)),
        2: ("selector", Map()),
        3: ("clusterIP", TEXT),
        4: ("type", TEXT),
        10: ("externalName", TEXT),
    },
)
_RULE = Message(
    "PolicyRule",
    {
        1: ("verbs", Many(TEXT)),
        2: ("apiGroups", Many(TEXT)),
        3: ("resources", Many(TEXT)),
        4: ("resourceNames", Many(TEXT)),
        5: ("nonResourceURLs", Many(TEXT)),
    },
)
_SUBJECT = Message("Subject", {1: ("kind", TEXT), 2: ("apiGroup", TEXT), 3: ("name", TEXT), 4: ("namespace", TEXT)})
_ROLE_REF = Message("RoleRef", {1: ("apiGroup", TEXT), 2: ("kind", TEXT), 3: ("name", TEXT)})
_DISRUPTION = Message(
    "PodDisruptionBudgetSpec",
    {1: ("minAvailable", NUMBER_OR_TEXT), 2: ("selector", _SELECTOR), 3: ("maxUnavailable", NUMBER_OR_TEXT)},
)
_TARGET = Message("MetricTarget", {1: ("type", TEXT), 4: ("averageUtilization", NUMBER)})
_METRIC = Message(
    "MetricSpec",
    {1: ("type", TEXT), 4: ("resource", Message("ResourceMetricSource", {1: ("name", TEXT), 2: ("target", _TARGET)}))},
)
_SCALED = Message("CrossVersionObjectReference", {1: ("kind", TEXT), 2: ("name", TEXT), 3: ("apiVersion", TEXT)})
_AUTOSCALER = Message(
    "HorizontalPodAutoscalerSpec",
    {
        1: ("scaleTargetRef", _SCALED),
        2: ("minReplicas", NUMBER),
        3: ("maxReplicas", NUMBER),
        4: ("metrics", Many(_METRIC)),
    },
)
_OLD_AUTOSCALER = Message(
    "HorizontalPodAutoscalerSpec",
    {
        1: ("scaleTargetRef", _SCALED),
        2: ("minReplicas", NUMBER),
        3: ("maxReplicas", NUMBER),
        4: ("targetCPUUtilizationPercentage", NUMBER),
    },
)
_ASKED = Message(
    "ResourceAttributes",
    {
        1: ("namespace", TEXT),
        2: ("verb", TEXT),
        3: ("group", TEXT),
        4: ("version", TEXT),
        5: ("resource", TEXT),
        6: ("subresource", TEXT),
        7: ("name", TEXT),
    },
)
_ASKED_PATH = Message("NonResourceAttributes", {1: ("path", TEXT), 2: ("verb", TEXT)})
_REVIEW_SPEC = Message(
    "SelfSubjectAccessReviewSpec", {1: ("resourceAttributes", _ASKED), 2: ("nonResourceAttributes", _ASKED_PATH)}
)
_PRECONDITIONS = Message("Preconditions", {1: ("uid", TEXT), 2: ("resourceVersion", TEXT)})
_DELETE_OPTIONS = Message(
    "DeleteOptions",
    {
        1: ("gracePeriodSeconds", NUMBER),
        2: ("preconditions", _PRECONDITIONS),
        4: ("propagationPolicy", TEXT),
        5: ("dryRun", Many(TEXT)),
    },
)


def _scaled(name: str, replicas: int, selector: int, template: int) -> Message:
    return Message(
        name, {replicas: ("replicas", NUMBER), selector: ("selector", _SELECTOR), template: ("template", _TEMPLATE)}
    )


def _kind(name: str, *fields: tuple[int, str, Type]) -> tuple[str, Message]:
    return name, Message(name, {1: ("metadata", _META), **{number: (field, how) for number, field, how in fields}})


KINDS: dict[str, Message] = dict(
    (
        _kind("Namespace"),
        _kind("ServiceAccount"),
        _kind("ConfigMap", (2, "data", Map()), (3, "binaryData", Map(BYTES)), (4, "immutable", FLAG)),
        _kind("Secret", (2, "data", Map(BYTES)), (3, "type", TEXT), (4, "stringData", Map()), (5, "immutable", FLAG)),
        _kind("Service", (2, "spec", _SERVICE_SPEC)),
        _kind("Pod", (2, "spec", _POD_SPEC)),
        _kind("Deployment", (2, "spec", _scaled("DeploymentSpec", 1, 2, 3))),
        _kind("ReplicaSet", (2, "spec", _scaled("ReplicaSetSpec", 1, 2, 3))),
        _kind("StatefulSet", (2, "spec", _scaled("StatefulSetSpec", 1, 2, 3))),
        _kind(
            "DaemonSet", (2, "spec", Message("DaemonSetSpec", {1: ("selector", _SELECTOR), 2: ("template", _TEMPLATE)}))
        ),
        _kind("Job", (2, "spec", _JOB_SPEC)),
        _kind("CronJob", (2, "spec", _CRON_SPEC)),
        _kind("PodDisruptionBudget", (2, "spec", _DISRUPTION)),
        _kind("HorizontalPodAutoscaler", (2, "spec", _AUTOSCALER)),
        _kind("Role", (2, "rules", Many(_RULE))),
        _kind("ClusterRole", (2, "rules", Many(_RULE))),
        _kind("RoleBinding", (2, "subjects", Many(_SUBJECT)), (3, "roleRef", _ROLE_REF)),
        _kind("ClusterRoleBinding", (2, "subjects", Many(_SUBJECT)), (3, "roleRef", _ROLE_REF)),
        _kind("Eviction", (2, "deleteOptions", _DELETE_OPTIONS)),
        _kind("SelfSubjectAccessReview", (2, "spec", _REVIEW_SPEC)),
        _kind("SelfSubjectReview"),
        _kind("SelfSubjectRulesReview", (2, "spec", Message("SelfSubjectRulesReviewSpec", {1: ("namespace", TEXT)}))),
        _kind("TokenRequest", (2, "spec", Message("TokenRequestSpec", {4: ("expirationSeconds", NUMBER)}))),
        ("DeleteOptions", _DELETE_OPTIONS),
    )
)
METADATA_ONLY = KINDS["Namespace"]
_OLD = dict((_kind("HorizontalPodAutoscaler", (2, "spec", _OLD_AUTOSCALER)),))


def of(api_version: str, kind: str) -> Message | None:
    """The fields of a kind; None when nothing is known of it."""
    return _OLD.get(kind) if api_version == "autoscaling/v1" else KINDS.get(kind)
