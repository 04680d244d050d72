"""EIP5xx: Pods and the EIPs at them."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.ANNOTATION_CONFLICT: Explanation(
        "A Pod can't have what it asks for",
        "Its annotations contradict each other (both prefixes, different values), or another EIP is in the way.",
        "eipctl does not guess which one is meant: the Pod keeps what it has.",
        "Correct the annotations with `eipctl annotate`; `eipctl status` shows both sides.",
    ),
    Code.EIP_NOT_FOUND: Explanation(
        "The named EIP does not exist",
        "There is no EIP of that id in this account and region.",
        "The Pod stays without one.",
        "Look for its id: aliyun vpc DescribeEipAddresses. Ids differ from region to region.",
    ),
    Code.EIP_ELSEWHERE: Explanation(
        "The EIP is in use elsewhere",
        "The EIP that a Pod names or has from eipctl was bound to something else by somebody else, "
        "or it belongs to another cluster or Pod.",
        "It is never taken away from there, and not released. Its Pod gets no second EIP.",
        "Unbind it by hand if that is what you want, or name another one.",
    ),
    Code.IP_HAS_EIP: Explanation(
        "The Pod's address already has another EIP",
        "An EIP that this Pod did not ask for is bound to its private IP.",
        "An address can have one EIP only. One that eipctl does not own is left where it is.",
        "Unbind it by hand, or take the annotation off the Pod and keep it.",
    ),
    Code.ENI_UNKNOWN: Explanation(
        "The Pod's ENI is not known",
        "No network interface of the cluster's VPC has the Pod's private IP.",
        "An EIP is bound to an interface and an address; without the interface it can't be.",
        "Wait a moment and run it again: a new Pod's address may not be listed yet. Else check account and region.",
    ),
    Code.INELIGIBLE: Explanation(
        "The Pod can't have an EIP",
        "It uses the host's network, runs on a virtual or Lingjun node, has IPv6 only, is ignored by Terway, has an "
        "address out of a prefix, or Terway's own EIP mode is active on its node.",
        "It is listed, so that nobody waits for an EIP that will never come.",
        "Take the annotation off, or run the Pod where it can have one; the reason is in `eipctl status`.",
    ),
    Code.POD_NOT_READY_FOR_EIP: Explanation(
        "The Pod has no EIP yet",
        "It asks for one and waits: it has no address yet, is being deleted, or no run has bound one since.",
        "It can't be reached from outside.",
        "eipctl bind -A, or wait for the next run.",
    ),
    Code.POD_CHANGED: Explanation(
        "The Pod has changed since the plan was made",
        "Right before a change the Pod was read again: it is gone, another one, or came back.",
        "The change would have hit the wrong Pod, so it was not made.",
        "Run it again: it plans anew.",
    ),
    Code.EIP_CHANGED: Explanation(
        "The EIP is not as it should be",
        "An EIP differs from what the Pod asks for, or changed between the plan and the call.",
        "The difference is drift that bind can correct; what changed meanwhile is left alone.",
        "eipctl bind -A",
    ),
    Code.NOT_SETTLED: Explanation(
        "A change did not take effect in time",
        "The cloud accepted the call, and the EIP still is not in the state that it should be in.",
        "The next run goes on from whatever it finds.",
        "Run it again. Look at the EIP in the console if it stays.",
    ),
    Code.UNTAGGED_EIP: Explanation(
        "Somebody else bound an EIP to the Pod",
        "The EIP at the Pod's address carries no tag of eipctl.",
        "The Pod counts as served; the EIP is never changed or released by eipctl.",
        "Nothing to do. To have eipctl bind one, unbind this one first.",
    ),
    Code.IMMUTABLE_DRIFT: Explanation(
        "A difference that the cloud can't correct",
        "An attribute that the annotations name differs, and an existing EIP can't get it: line, charge type, pool.",
        "The Pod keeps an EIP that is not as asked for.",
        "Delete the Pod and release its EIP to get a new one, or change the annotation to what there is.",
    ),
    Code.STALE_BINDING: Explanation(
        "An EIP is still bound for a gone Pod",
        "An EIP of eipctl is bound to a private IP whose Pod is gone; another Pod may have that address by now.",
        "Whoever connects to the EIP reaches the wrong Pod.",
        "eipctl bind -A unbinds it, with --prune or without; run it more often to keep the time short.",
    ),
    Code.EIP_REFUSED: Explanation(
        "Alibaba Cloud refuses this EIP or this address",
        "The refusal is about one EIP or the ENI that it is to be bound to: an EIP of another account, an ENI that "
        "can't have EIPs, an instance with a public IP of its own.",
        "The Pod stays as it is; all other Pods are served.",
        "Read the cloud's own code in the message, and look at the EIP and the ENI in the console. Name another EIP, "
        "or none, if it can't be used.",
    ),
    Code.POOL_FULL: Explanation(
        "No EIP of the pool is free",
        "The Pod asks for an EIP of a pool (annotation eipctl.io/pool), and Pods, or somebody else, have all of them.",
        "The Pod waits without an EIP. It gets one as soon as a Pod that has one is gone; a Pod that has one keeps it.",
        "Lend more EIPs with eipctl pool add, or set fewer replicas. A pool needs one EIP for each replica, and one more "
        "for each Pod that a rolling update adds (maxSurge). With the annotation eipctl.io/pool-overflow: buy a Pod "
        "gets an EIP of its own instead.",
    ),
    Code.POOL_UNKNOWN: Explanation(
        "The pool has no EIP",
        "The Pod asks for an EIP of a pool (annotation eipctl.io/pool), and no EIP of this account and region is lent "
        "to a pool of that name in this cluster.",
        "The Pod gets no EIP.",
        "Check the name with eipctl pool list, or lend EIPs to the pool: eipctl pool add NAME eip-bp1abc",
    ),
}
