"""The fields of the built-in kinds: a table of what Go decodes, with the protobuf numbers of what clients send so.

Names are those of the API reference, up to Kubernetes 1.37; numbers those of the ``generated.proto`` files.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum


class Scalar(Enum):
    """A type without fields, by the name Go has for it."""

    TEXT = "string"
    NUMBER = "int32"
    FLAG = "bool"
    BYTES = "[]byte"
    NUMBER_OR_TEXT = "intstr.IntOrString"
    TIME = "v1.Time"
    MICRO_TIME = "v1.MicroTime"


TEXT, NUMBER, FLAG, BYTES = Scalar.TEXT, Scalar.NUMBER, Scalar.FLAG, Scalar.BYTES
NUMBER_OR_TEXT, TIME, MICRO_TIME = Scalar.NUMBER_OR_TEXT, Scalar.TIME, Scalar.MICRO_TIME


@dataclass(frozen=True, slots=True)
class Message:
    """A type with fields: those whose type is known, the names of all (empty: any), and the numbers of some."""

    name: str
    fields: dict[str, Type]
    names: frozenset[str] = frozenset()
    numbers: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Many:
    """A list."""

    of: Type


@dataclass(frozen=True, slots=True)
class Map:
    """A map from strings."""

    to: Scalar = TEXT


Type = Scalar | Message | Many | Map

_SCALARS = {
    "s": TEXT, "i": NUMBER, "b": FLAG, "y": BYTES, "q": NUMBER_OR_TEXT, "t": TIME, "u": MICRO_TIME,
}  # fmt: skip
_TABLE = """
OwnerReference: 1 kind s, 3 name s, 4 uid s, 5 apiVersion s, 6 controller b, 7 blockOwnerDeletion b
ObjectMeta: 1 name s, 2 generateName s, 3 namespace s, selfLink s, 5 uid s, 6 resourceVersion s, generation i,
  creationTimestamp t, deletionTimestamp t, deletionGracePeriodSeconds i, 11 labels {s}, 12 annotations {s}, 13
  ownerReferences [OwnerReference], 14 finalizers [s], managedFields
LabelSelectorRequirement: 1 key s, 2 operator s, 3 values [s]
LabelSelector: 1 matchLabels {s}, 2 matchExpressions [LabelSelectorRequirement]
ContainerPort: 1 name s, 2 hostPort i, 3 containerPort i, 4 protocol s, 5 hostIP s
EnvVar: 1 name s, 2 value s, valueFrom
VolumeMount: 1 name s, 2 readOnly b, 3 mountPath s, subPath s, mountPropagation s, subPathExpr s, recursiveReadOnly s,
  bindMountOptions
Container: 1 name s, 2 image s, 3 command [s], 4 args [s], 5 workingDir s, 6 ports [ContainerPort], 7 env [EnvVar], 9
  volumeMounts [VolumeMount], 14 imagePullPolicy s, envFrom, lifecycle, livenessProbe, readinessProbe, resizePolicy,
  resources, restartPolicy s, restartPolicyRules, securityContext, startupProbe, stdin b, stdinOnce b,
  terminationMessagePath s, terminationMessagePolicy s, tty b, volumeDevices
PodReadinessGate: 1 conditionType s
PodSpec: 2 containers [Container], 3 restartPolicy s, 4 terminationGracePeriodSeconds i, 5 activeDeadlineSeconds i, 6
  dnsPolicy s, 7 nodeSelector {s}, 8 serviceAccountName s, 10 nodeName s, 11 hostNetwork b, 20 initContainers
  [Container], 28 readinessGates [PodReadinessGate], affinity, automountServiceAccountToken b, dnsConfig,
  enableServiceLinks b, ephemeralContainers, evictionResponders, hostAliases, hostIPC b, hostPID b, hostUsers b,
  hostname s, hostnameOverride s, imagePullSecrets, os, overhead, preemptionPolicy s, priority i, priorityClassName s,
  resourceClaims, resources, runtimeClassName s, schedulerName s, schedulingGates, schedulingGroup, securityContext,
  serviceAccount s, setHostnameAsFQDN b, shareProcessNamespace b, subdomain s, tolerations, topologySpreadConstraints,
  volumes
PodCondition: type s, observedGeneration i, status s, lastProbeTime t, lastTransitionTime t, reason s, message s
PodIP: ip s
PodStatus: observedGeneration i, phase s, conditions [PodCondition], message s, reason s, nominatedNodeName s, hostIP
  s, hostIPs [PodIP], podIP s, podIPs [PodIP], startTime t, initContainerStatuses, containerStatuses, qosClass s,
  ephemeralContainerStatuses, resize s, resourceClaimStatuses, extendedResourceClaimStatus, allocatedResources,
  resources
PodTemplateSpec: 1 metadata ObjectMeta, 2 spec PodSpec
JobSpec: 1 parallelism i, 2 completions i, 3 activeDeadlineSeconds i, 4 selector LabelSelector, 6 template
  PodTemplateSpec, 7 backoffLimit i, 10 suspend b, 5 manualSelector b, 8 ttlSecondsAfterFinished i, completionMode s,
  backoffLimitPerIndex i, managedBy s, maxFailedIndexes i, podFailurePolicy, podReplacementPolicy s, scheduling,
  successPolicy
JobTemplateSpec: 1 metadata ObjectMeta, 2 spec JobSpec
CronJobSpec: 1 schedule s, 2 startingDeadlineSeconds i, 3 concurrencyPolicy s, 4 suspend b, 5 jobTemplate
  JobTemplateSpec, 6 successfulJobsHistoryLimit i, 7 failedJobsHistoryLimit i, 8 timeZone s
ServicePort: 1 name s, 2 protocol s, 3 port i, 4 targetPort q, 5 nodePort i, appProtocol s
ServiceSpec: 1 ports [ServicePort], 2 selector {s}, 3 clusterIP s, 4 type s, 10 externalName s,
  allocateLoadBalancerNodePorts b, clusterIPs [s], externalIPs [s], externalTrafficPolicy s, healthCheckNodePort i,
  internalTrafficPolicy s, ipFamilies [s], ipFamilyPolicy s, loadBalancerClass s, loadBalancerIP s,
  loadBalancerSourceRanges [s], publishNotReadyAddresses b, sessionAffinity s, sessionAffinityConfig,
  trafficDistribution s
PolicyRule: 1 verbs [s], 2 apiGroups [s], 3 resources [s], 4 resourceNames [s], 5 nonResourceURLs [s]
Subject: 1 kind s, 2 apiGroup s, 3 name s, 4 namespace s
RoleRef: 1 apiGroup s, 2 kind s, 3 name s
PodDisruptionBudgetSpec: 1 minAvailable q, 2 selector LabelSelector, 3 maxUnavailable q, unhealthyPodEvictionPolicy s
MetricTarget: 1 type s, 4 averageUtilization i, averageValue, value
ResourceMetricSource: 1 name s, 2 target MetricTarget
MetricSpec: 1 type s, 4 resource ResourceMetricSource, containerResource, external, object, pods
CrossVersionObjectReference: 1 kind s, 2 name s, 3 apiVersion s
HorizontalPodAutoscalerSpec: 1 scaleTargetRef CrossVersionObjectReference, 2 minReplicas i, 3 maxReplicas i, 4 metrics
  [MetricSpec], behavior
HorizontalPodAutoscalerSpecV1: 1 scaleTargetRef CrossVersionObjectReference, 2 minReplicas i, 3 maxReplicas i, 4
  targetCPUUtilizationPercentage i
ResourceAttributes: 1 namespace s, 2 verb s, 3 group s, 4 version s, 5 resource s, 6 subresource s, 7 name s,
  fieldSelector, labelSelector
NonResourceAttributes: 1 path s, 2 verb s
SelfSubjectAccessReviewSpec: 1 resourceAttributes ResourceAttributes, 2 nonResourceAttributes NonResourceAttributes
SelfSubjectRulesReviewSpec: 1 namespace s
TokenRequestSpec: 4 expirationSeconds i, audiences [s], boundObjectRef
Preconditions: 1 uid s, 2 resourceVersion s
DeleteOptions: 1 gracePeriodSeconds i, 2 preconditions Preconditions, 4 propagationPolicy s, 5 dryRun [s],
  orphanDependents b, ignoreStoreReadErrorWithClusterBreakingPotential b, apiVersion s, kind s
RollingUpdateDeployment: 1 maxUnavailable q, 2 maxSurge q
DeploymentStrategy: 1 type s, 2 rollingUpdate RollingUpdateDeployment
DeploymentSpec: 1 replicas i, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 strategy DeploymentStrategy, 5
  minReadySeconds i, paused b, progressDeadlineSeconds i, revisionHistoryLimit i
ReplicaSetSpec: 1 replicas i, 2 selector LabelSelector, 3 template PodTemplateSpec, 4 minReadySeconds i
RollingUpdateStatefulSetStrategy: partition i, maxUnavailable q
StatefulSetUpdateStrategy: type s, rollingUpdate RollingUpdateStatefulSetStrategy
StatefulSetSpec: 1 replicas i, 2 selector LabelSelector, 3 template PodTemplateSpec, 5 serviceName s, minReadySeconds
  i, ordinals, persistentVolumeClaimRetentionPolicy, podManagementPolicy s, revisionHistoryLimit i, updateStrategy
  StatefulSetUpdateStrategy, volumeClaimTemplates
RollingUpdateDaemonSet: maxUnavailable q, maxSurge q
DaemonSetUpdateStrategy: type s, rollingUpdate RollingUpdateDaemonSet
DaemonSetSpec: 1 selector LabelSelector, 2 template PodTemplateSpec, minReadySeconds i, revisionHistoryLimit i,
  updateStrategy DaemonSetUpdateStrategy
LeaseSpec: 1 holderIdentity s, 2 leaseDurationSeconds i, acquireTime u, renewTime u, 5 leaseTransitions i, strategy s,
  preferredHolder s
ObjectReference: 1 kind s, 2 namespace s, 3 name s, 4 uid s, 5 apiVersion s, 6 resourceVersion s, 7 fieldPath s
EventSource: 1 component s, 2 host s
"""
"""A field's number, name and type: a scalar's letter, [list], {map} or another type; none for anything."""

_KINDS = """
Namespace: spec, status
ServiceAccount: automountServiceAccountToken b, imagePullSecrets, secrets
ConfigMap: 2 data {s}, 3 binaryData {y}, 4 immutable b
Secret: 2 data {y}, 3 type s, 4 stringData {s}, 5 immutable b
Service: 2 spec ServiceSpec, status
Pod: 2 spec PodSpec, status PodStatus
Deployment: 2 spec DeploymentSpec, status
ReplicaSet: 2 spec ReplicaSetSpec, status
StatefulSet: 2 spec StatefulSetSpec, status
DaemonSet: 2 spec DaemonSetSpec, status
Job: 2 spec JobSpec, status
CronJob: 2 spec CronJobSpec, status
PodDisruptionBudget: 2 spec PodDisruptionBudgetSpec, status
HorizontalPodAutoscaler: 2 spec HorizontalPodAutoscalerSpec, status
autoscaling/v1 HorizontalPodAutoscaler: 2 spec HorizontalPodAutoscalerSpecV1, status
Lease: 2 spec LeaseSpec
Event: 2 involvedObject ObjectReference, 3 reason s, 4 message s, 5 source EventSource, firstTimestamp t,
  lastTimestamp t, 8 count i, 9 type s, eventTime u, series, action s, related ObjectReference, reportingComponent s,
  reportingInstance s
events.k8s.io/v1 Event: eventTime u, series, reportingController s, reportingInstance s, action s, reason s, regarding
  ObjectReference, related ObjectReference, note s, type s, deprecatedSource EventSource, deprecatedFirstTimestamp t,
  deprecatedLastTimestamp t, deprecatedCount i
Role: 2 rules [PolicyRule]
ClusterRole: 2 rules [PolicyRule], aggregationRule
RoleBinding: 2 subjects [Subject], 3 roleRef RoleRef
ClusterRoleBinding: 2 subjects [Subject], 3 roleRef RoleRef
Eviction: 2 deleteOptions DeleteOptions
SelfSubjectAccessReview: 2 spec SelfSubjectAccessReviewSpec, status
SelfSubjectReview: status
SelfSubjectRulesReview: 2 spec SelfSubjectRulesReviewSpec, status
TokenRequest: 2 spec TokenRequestSpec, status
"""
"""The same of kinds, which have metadata besides; an apiVersion goes before a kind that has others, too."""

_LINE = re.compile(r"^([\w.]+(?:/\w+ \w+)?): ((?:.|\n )+)", re.M)
_FIELD = re.compile(r"(?:(\d+) )?(\w+)(?: (\[|\{)?(\w+)[]}]?)?")


def _typed(word: str, around: str, known: dict[str, Message]) -> Type:
    plain = _SCALARS.get(word) or known[word]
    if around == "{":
        assert isinstance(plain, Scalar)
        return Map(plain)
    return Many(plain) if around else plain


def _read(table: str, known: dict[str, Message], head: str = "") -> dict[str, Message]:
    found: dict[str, Message] = {}
    for name, fields in _LINE.findall(table):
        parts = _FIELD.findall(head + " ".join(fields.split()))
        found[name] = Message(
            name.rpartition(" ")[2].removesuffix("V1"),
            {one: _typed(word, around, {**known, **found}) for _, one, around, word in parts if word},
            frozenset(one for _, one, _, _ in parts),
            {int(number): one for number, one, _, _ in parts if number},
        )
    return found


TYPES = _read(_TABLE, {})
KINDS = {
    **_read(_KINDS, TYPES, "1 metadata ObjectMeta, apiVersion s, kind s, "),
    "DeleteOptions": TYPES["DeleteOptions"],
}
METADATA_ONLY = Message("", {"metadata": TYPES["ObjectMeta"]}, frozenset(), {1: "metadata"})
"""What is known of any other kind."""


def of(api_version: str, kind: str) -> Message | None:
    """The fields of a kind; None when nothing is known of it."""
    return KINDS.get(f"{api_version} {kind}") or KINDS.get(kind)
