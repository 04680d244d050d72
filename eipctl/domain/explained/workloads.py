"""EIP4xx: workloads and their annotations."""

from __future__ import annotations

from eipctl.domain.codes import Code
from eipctl.domain.explained.explanation import Explanation

EXPLAINED = {
    Code.WORKLOAD_NOT_FOUND: Explanation(
        "There is no such workload",
        "The namespace has no object of this kind and name; similar names are suggested.",
        "Nothing was annotated.",
        "Look where it is: kubectl get deployments,statefulsets -A",
    ),
    Code.WORKLOAD_KIND: Explanation(
        "This kind can't be annotated",
        "The cluster has no such kind, or objects of it have no Pod template.",
        "Terway and bind read the annotations of Pods, which come from a template.",
        "Name a Deployment, StatefulSet, DaemonSet, Job, CronJob, ReplicaSet or Pod, or a custom kind with a template.",
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
}
