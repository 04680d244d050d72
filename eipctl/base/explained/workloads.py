"""EIP4xx: workloads and their annotations."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.WORKLOAD_NOT_FOUND: Explanation(
        "The workload does not exist",
        "The namespace has no object of this kind and name; the message suggests similar names.",
        "Nothing was annotated.",
        "Find it: `kubectl get deployments,statefulsets -A`",
    ),
    Code.WORKLOAD_KIND: Explanation(
        "This kind can't be annotated",
        "The kind does not exist, its objects have no Pod template or several, annotations there reach no Pod, or "
        "the template can't be changed, as in a Job that has started.",
        "Terway and bind read the annotations of Pods, which come from the template.",
        "Choose a template with --template PATH; annotate the running Pods of a Job with --live-pods.",
    ),
    Code.ID_WITH_REPLICAS: Explanation(
        "Several Pods name one EIP",
        "The template names an EIP by ID, and the workload has more than one replica.",
        "One Pod gets it; the others stay without an EIP, and in ContainerCreating where Terway binds.",
        "Set replicas to 1, or drop the ID with `eipctl annotate KIND/NAME --eip`.",
    ),
    Code.ID_ROLLING_UPDATE: Explanation(
        "A named EIP under RollingUpdate",
        "The Deployment names an EIP by ID, and a rolling update creates the new Pod before it deletes the old one.",
        "The new Pod waits for the EIP that the old Pod keeps until the new Pod is Ready: a deadlock.",
        '`kubectl patch deployment NAME -p \'{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}\'`',
    ),
    Code.ID_IN_DAEMONSET: Explanation(
        "A named EIP in a DaemonSet",
        "A DaemonSet's template names an EIP by ID, and there is a Pod on each node.",
        "Only one of the Pods can have it.",
        "Drop the ID with `eipctl annotate daemonset/NAME --eip`.",
    ),
    Code.BANDWIDTH: Explanation(
        "The bandwidth is out of range",
        "Alibaba Cloud does not sell this bandwidth for the charge type (in Mbit/s: 1 to 200 by traffic, 1 to 500 "
        "by bandwidth).",
        "The EIP could not be allocated.",
        "Choose another bandwidth: eipctl annotate KIND/NAME --bandwidth 5",
    ),
    Code.HOST_NETWORK: Explanation(
        "The Pods use the host network",
        "The template sets hostNetwork: true, so the Pods have the node's address and none of their own.",
        "Neither Terway nor bind can give them an EIP.",
        "Remove hostNetwork from the template, or bind an EIP to the node instead.",
    ),
    Code.ANNOTATION_VALUE: Explanation(
        "An annotation has an invalid value",
        "The named annotation has a value that its reader does not understand, or a key that nothing reads.",
        "It would be ignored, or the Pod would never start.",
        "Correct it with `eipctl annotate`; --help lists the settings.",
    ),
    Code.ID_SHARED: Explanation(
        "Two workloads name the same EIP",
        "The templates of two workloads name the same EIP.",
        "The first Pod gets it; the other waits forever.",
        "Give one of them another ID, or an EIP of its own: eipctl annotate KIND/NAME --eip",
    ),
    Code.VIRTUAL_NODE: Explanation(
        "The Pods run on virtual nodes",
        "The template selects or allows virtual nodes (by nodeSelector, affinity or the label alibabacloud.com/eci).",
        "Elastic Container Instances get an EIP from ECI when they are created; Terway and bind can't serve them.",
        "Use ECI's own annotations, such as k8s.aliyun.com/eci-with-eip, or run the Pods on ECS nodes.",
    ),
    Code.MISPLACED_KEY: Explanation(
        "EIP annotations on the workload itself",
        "The keys are in metadata.annotations of the workload, not in spec.template.metadata.annotations.",
        "Pods get the annotations of their template; those of the workload have no effect.",
        "Move them: eipctl annotate KIND/NAME --fix",
    ),
    Code.UNKNOWN_KEY: Explanation(
        "An unknown annotation",
        "The key looks like an EIP annotation but is not one, perhaps because of a typo.",
        "It has no effect: the EIP gets the default value.",
        "Correct the key; eipctl annotate --list shows the annotations in effect.",
    ),
    Code.IGNORED_KEY: Explanation(
        "An annotation that is ignored here",
        "The component that gives the EIPs here does not read this key, or it has no effect on this workload.",
        "Terway's own EIP mode reads few keys, all under k8s.aliyun.com/, and only when a Pod is created; "
        "release strategies need stable Pod names; an EIP named by ID is not changed.",
        "Remove the annotation, or let eipctl bind give the EIPs.",
    ),
    Code.ID_AUTOSCALED: Explanation(
        "A named EIP under an autoscaler",
        "The template names an EIP by ID, and a HorizontalPodAutoscaler or a KEDA ScaledObject scales the workload.",
        "A second Pod waits forever for the EIP that the first Pod has.",
        "Drop the ID with `eipctl annotate KIND/NAME --eip`, or set the autoscaler's maximum to 1.",
    ),
    Code.FIELD_MANAGER: Explanation(
        "Another tool declares this annotation",
        "kubectl apply or another tool declares another value of the key, or of the strategy, for this object "
        "(metadata.managedFields, and kubectl's own record).",
        "The change would last until that tool applies its manifest again.",
        "Change it in that manifest, or take over the key: eipctl annotate KIND/NAME --force-conflicts",
    ),
    Code.MANAGED_ELSEWHERE: Explanation(
        "Another tool manages this workload",
        "Labels, annotations or field managers show that a tool such as Helm, Argo CD, Flux, kapp or OLM creates this "
        "object from its own source.",
        "It may remove the EIP annotations again, which restarts the Pods once more.",
        "Set them in the source: eipctl annotate -f FILE --in-place",
    ),
    Code.ALG_PORT: Explanation(
        "A protocol with addresses in its payload",
        "A container port belongs to FTP, RTSP or SIP.",
        "An EIP in NAT mode does not translate addresses inside the payload.",
        "Use a passive or proxied mode of the protocol.",
    ),
    Code.UNQUOTED_VALUE: Explanation(
        "An annotation in a manifest is not a string",
        "Without quotes YAML reads the value as a number, a boolean, a mapping or null: `5`, `true`, `{a: b}`.",
        "Annotations are strings; the API server rejects the whole object.",
        "`eipctl annotate -f FILE --in-place` with any change, or --fix, quotes EIP annotations; quote others by hand.",
    ),
    Code.MANIFEST: Explanation(
        "A file is not a manifest",
        "The file is not YAML or JSON as Kubernetes reads it, or not UTF-8; the message names the line.",
        "An edit could do unnoticed harm.",
        "Correct the file; `kubectl apply --dry-run=client -f FILE` reads it the same way.",
    ),
    Code.MANIFEST_TEMPLATE: Explanation(
        "A file is a template of manifests",
        "It contains {{ … }}, as Helm templates do, where YAML, a name, a label or an image can't have it.",
        "The rendered result depends on values that eipctl does not know.",
        "Set the annotations through the chart's values, or annotate the output of `helm template`.",
    ),
    Code.MANIFEST_LAYOUT: Explanation(
        "A manifest can't be edited without touching other lines",
        "The annotations are shared through a YAML anchor or merge key, or their layout is unusual.",
        "The edit would change another workload too, lose a comment, or reformat unrelated lines.",
        "Edit the file by hand, or give the annotations a mapping of their own first.",
    ),
    Code.ROLLOUT_STUCK: Explanation(
        "A rollout is stuck",
        "The new Pods did not become Ready within the workload's progressDeadlineSeconds.",
        "The annotations are written, but the old Pods stay, so --wait would never finish.",
        "See the events of the new Pods: `kubectl describe pods`. A common cause is an image that can't be pulled.",
    ),
}
