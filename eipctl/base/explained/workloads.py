"""EIP4xx: workloads and their annotations."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.WORKLOAD_NOT_FOUND: Explanation(
        "There is no such workload",
        "The namespace has no object of this kind and name; similar names are suggested.",
        "Nothing was annotated.",
        "Look where it is: kubectl get deployments,statefulsets -A",
    ),
    Code.WORKLOAD_KIND: Explanation(
        "This kind can't be annotated",
        "The cluster has no such kind, its objects have no Pod template or several, annotations there reach no Pod, or "
        "the template can't be changed, as that of a Job that has started.",
        "Terway and bind read the annotations of Pods, which come from a template.",
        "Choose one of several with --template PATH; annotate the running Pods of a Job with --live-pods.",
    ),
    Code.ID_WITH_REPLICAS: Explanation(
        "One EIP is named for several Pods",
        "The template names an EIP by id, and the workload has more than one replica.",
        "One Pod gets it; all others stay without one, in ContainerCreating where Terway binds.",
        "Set replicas to 1, or leave the id out with `eipctl annotate KIND/NAME --eip`.",
    ),
    Code.ID_ROLLING_UPDATE: Explanation(
        "A named EIP under RollingUpdate",
        "The Deployment names an EIP by id, and its update makes the new Pod before the old one is gone.",
        "The new Pod waits for the EIP that the old one keeps until the new one is Ready: a deadlock.",
        'kubectl patch deployment NAME -p \'{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}\'',
    ),
    Code.ID_IN_DAEMONSET: Explanation(
        "A named EIP in a DaemonSet",
        "A DaemonSet's template names an EIP by id; there is a Pod on each node.",
        "Only one of them can have it.",
        "Leave the id out with `eipctl annotate daemonset/NAME --eip`.",
    ),
    Code.BANDWIDTH: Explanation(
        "The bandwidth is out of range",
        "The bandwidth is not one that Alibaba Cloud sells for this charge type (Mbit/s; 1 to 200 by traffic, 1 to 500 "
        "by bandwidth).",
        "The EIP could not be bought.",
        "Choose another one: eipctl annotate KIND/NAME --bandwidth 5",
    ),
    Code.HOST_NETWORK: Explanation(
        "The Pods use the host's network",
        "The template says hostNetwork: true, so the Pods have the node's address and none of their own.",
        "Neither Terway nor bind can give them an EIP.",
        "Take hostNetwork out of the template, or bind an EIP to the node instead.",
    ),
    Code.ANNOTATION_VALUE: Explanation(
        "An annotation has a value that can't be used",
        "The annotation that is named has a value that its reader does not understand, or a key that nobody reads.",
        "It would be ignored, or the Pod would never start.",
        "Correct it with `eipctl annotate`; --help lists the settings.",
    ),
    Code.ID_SHARED: Explanation(
        "Two workloads name the same EIP",
        "The same EIP id is in the templates of two workloads.",
        "Whichever Pod comes first gets it; the other waits for ever.",
        "Give one of them another id, or let it get its own: eipctl annotate KIND/NAME --eip",
    ),
    Code.VIRTUAL_NODE: Explanation(
        "The Pods run on virtual nodes",
        "The template selects virtual nodes (by nodeSelector, affinity or the label alibabacloud.com/eci), or may.",
        "Elastic Container Instances get an EIP from ECI itself, at their creation; Terway and bind never see them.",
        "Use ECI's own annotations, k8s.aliyun.com/eci-with-eip for one, or run the Pods on ECS nodes.",
    ),
    Code.MISPLACED_KEY: Explanation(
        "EIP annotations on the workload itself",
        "The keys are in metadata.annotations of the workload, not in spec.template.metadata.annotations.",
        "Pods get the annotations of their template; nobody reads those of the workload.",
        "Move them: eipctl annotate KIND/NAME --fix",
    ),
    Code.UNKNOWN_KEY: Explanation(
        "An annotation that nobody reads",
        "The key looks like one of the EIP annotations and is none of them, as a typing error would make it.",
        "It does nothing: the EIP gets the default of what was meant.",
        "Correct the key; eipctl annotate --list shows which settings are in force.",
    ),
    Code.IGNORED_KEY: Explanation(
        "An annotation that is ignored here",
        "Whoever gives the EIPs in this cluster does not read this key, or it has no effect on this kind of workload.",
        "Terway's own EIP mode reads few keys, all under k8s.aliyun.com/, and only as a Pod is made; "
        "release strategies need stable Pod names; an EIP that is named by id stays as it is.",
        "Leave it out, or let eipctl bind give the EIPs.",
    ),
    Code.ID_AUTOSCALED: Explanation(
        "A named EIP under an autoscaler",
        "The template names an EIP by id, and a HorizontalPodAutoscaler or a KEDA ScaledObject scales the workload.",
        "As soon as there is a second Pod, it waits for ever for an EIP that the first one has.",
        "Leave the id out with `eipctl annotate KIND/NAME --eip`, or set the autoscaler's maximum to 1.",
    ),
    Code.FIELD_MANAGER: Explanation(
        "Somebody else declares this annotation",
        "kubectl apply or another tool declares another value of the key, or of the strategy, for this object "
        "(metadata.managedFields, and kubectl's own record).",
        "The change would last until that tool applies its manifest again.",
        "Change it in that manifest, or take it over: eipctl annotate KIND/NAME --force-conflicts",
    ),
    Code.MANAGED_ELSEWHERE: Explanation(
        "Another tool manages this workload",
        "Labels, annotations or field managers say that a tool, such as Helm, Argo CD, Flux, kapp or OLM, makes this "
        "object from a source of its own.",
        "It may take the EIP annotations off again, and the Pods restart once more.",
        "Set them in the source: eipctl annotate -f FILE --in-place",
    ),
    Code.ALG_PORT: Explanation(
        "A protocol with addresses in its payload",
        "A container port is one of FTP, RTSP or SIP.",
        "An EIP that is bound in NAT mode does not translate addresses inside the payload.",
        "Use passive or proxied modes of the protocol.",
    ),
    Code.UNQUOTED_VALUE: Explanation(
        "An annotation in a manifest is no string",
        "Without quotes YAML takes the value for a number, a truth value, a mapping or nothing: `5`, `true`, `{a: b}`.",
        "Annotations are strings; the API server rejects the whole object.",
        "`eipctl annotate -f FILE --in-place` with any change, or --fix, quotes EIP annotations; quote others by hand.",
    ),
    Code.MANIFEST: Explanation(
        "A file is no manifest",
        "The file is neither YAML nor JSON as Kubernetes reads it, or not UTF-8; the line is named.",
        "An edit could do harm that nobody sees.",
        "Correct the file; kubectl apply --dry-run=client -f FILE reads it the same way.",
    ),
    Code.MANIFEST_TEMPLATE: Explanation(
        "A file is a template of manifests",
        "There is {{ … }} in it, as Helm writes its templates, where YAML, a name, a label or an image can have none.",
        "What it becomes depends on values that eipctl does not know.",
        "Set the annotations through the chart's values, or annotate what `helm template` prints.",
    ),
    Code.MANIFEST_LAYOUT: Explanation(
        "A manifest can't be edited without touching other lines",
        "The annotations are shared through a YAML anchor or merge key, or their layout is unusual.",
        "The edit would change another workload too, lose a comment, or reformat lines that nobody asked to change.",
        "Edit the file by hand, or write the annotations out in their own place first.",
    ),
    Code.ROLLOUT_STUCK: Explanation(
        "A rollout does not go on",
        "The controller of the workload has waited for longer than its progressDeadlineSeconds for the new Pods.",
        "The annotations are written, but the new Pods do not become Ready: the old ones stay, and --wait has no end.",
        "Look at the new Pods: kubectl describe pods. Their events say why, such as an image that can't be pulled.",
    ),
}
