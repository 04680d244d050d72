"""EIP5xx: Pods and the EIPs at them."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.ANNOTATION_CONFLICT: Explanation(
        "A Pod's request can't be met",
        "Its annotations contradict each other (both prefixes, different values), or another EIP is in the way.",
        "eipctl does not guess which one is meant: the Pod keeps its current state.",
        "Correct the annotations with `eipctl annotate`; `eipctl status` shows both sides.",
    ),
    Code.EIP_NOT_FOUND: Explanation(
        "The named EIP does not exist",
        "No EIP has this ID in this account and region.",
        "The Pod stays without an EIP.",
        "List the EIPs: `aliyun vpc DescribeEipAddresses`. An EIP exists in one region only.",
    ),
    Code.EIP_ELSEWHERE: Explanation(
        "The EIP is in use elsewhere",
        "The EIP that the Pod names, or got from eipctl, was bound to something else by someone else, "
        "or it belongs to another cluster or Pod.",
        "eipctl neither takes it from its holder nor releases it. The Pod gets no second EIP.",
        "Unbind the EIP by hand if that is intended, or name another EIP.",
    ),
    Code.IP_HAS_EIP: Explanation(
        "The Pod's address already has another EIP",
        "An EIP that this Pod did not ask for is bound to its private IP.",
        "An address can have only one EIP, and eipctl does not move EIPs that it does not own.",
        "Unbind it by hand, or remove the annotation from the Pod and keep that EIP.",
    ),
    Code.ENI_UNKNOWN: Explanation(
        "The Pod's ENI is unknown",
        "No network interface of the cluster's VPC has the Pod's private IP.",
        "An EIP is bound to an ENI and a private IP; without the ENI it can't be bound.",
        "Run it again in a moment: a new Pod's address may not be listed yet. Otherwise check account and region.",
    ),
    Code.INELIGIBLE: Explanation(
        "The Pod can't have an EIP",
        "The Pod uses the host network, runs on a virtual or Lingjun node, has only IPv6, is ignored by Terway, has an "
        "address out of a prefix, or Terway's own EIP mode is active on node.",
        "The Pod will never get an EIP in this place.",
        "Remove the annotation, or run the Pod where it can have an EIP; `eipctl status` shows the reason.",
    ),
    Code.POD_NOT_READY_FOR_EIP: Explanation(
        "The Pod has no EIP yet",
        "The Pod asks for an EIP and has no address yet, is being deleted, or no run has bound an EIP since.",
        "The Pod is not reachable from the internet.",
        "eipctl bind -A, or wait for the next run.",
    ),
    Code.POD_CHANGED: Explanation(
        "The Pod has changed since the plan was made",
        "The Pod was read again right before the change, and it was deleted, replaced or recreated.",
        "The change would have affected the wrong Pod, so it was not made.",
        "Run the same command again for a new plan.",
    ),
    Code.EIP_CHANGED: Explanation(
        "The EIP differs from the desired state",
        "An EIP differs from what the Pod asks for, or changed between the plan and the call.",
        "bind corrects drift; an EIP that changed in the meantime is left alone.",
        "eipctl bind -A",
    ),
    Code.NOT_SETTLED: Explanation(
        "A change did not take effect in time",
        "Alibaba Cloud accepted the call, but the EIP has not reached the expected state.",
        "The next run continues from the current state.",
        "Run it again. If the state does not change, check the EIP in the console.",
    ),
    Code.UNTAGGED_EIP: Explanation(
        "The Pod's EIP is not managed by eipctl",
        "The EIP at the Pod's address has no eipctl tags.",
        "The Pod counts as served. eipctl never changes or releases this EIP.",
        "Nothing to do. To use an EIP from eipctl instead, unbind this EIP first.",
    ),
    Code.IMMUTABLE_DRIFT: Explanation(
        "Drift that can't be corrected",
        "An annotated attribute differs and can't be changed on an existing EIP: line type, charge type, pool.",
        "The Pod keeps an EIP that differs from its annotations.",
        "Delete the Pod and release its EIP to get a new one, or change the annotation to match the EIP.",
    ),
    Code.STALE_BINDING: Explanation(
        "A Pod is reached under the wrong EIP, or an EIP is still bound for a deleted Pod",
        "An EIP of eipctl is bound to the private IP of a deleted Pod; another Pod may have that address now. Or "
        "someone has bound a Pod's EIP to something else. status shows such Pods as Misplaced.",
        "Traffic to the EIP reaches the wrong Pod.",
        "Run eipctl bind -A, with or without --prune; run it more often to shorten this window. Unbind by hand what "
        "someone else has bound: eipctl status pod/NAME shows it.",
    ),
    Code.EIP_REFUSED: Explanation(
        "Alibaba Cloud refuses this EIP or this address",
        "The refusal concerns one EIP or the target ENI: an EIP of another account, an ENI that "
        "can't have EIPs, an instance with a public IP of its own.",
        "The Pod stays as it is; all other Pods are served.",
        "See the cloud's error code in the message, and check the EIP and the ENI in the console. If the EIP can't be "
        "used, name another EIP or none.",
    ),
    Code.BINDER: Explanation(
        "Who runs bind",
        "A Deployment (`bind --watch`), a CronJob, or something outside the cluster. The Lease kube-system/eipctl "
        "records who holds it, and when it was last renewed or given back.",
        "While nothing runs bind, new Pods get no EIP, and an EIP whose Pod is gone may lead to another Pod.",
        "Look at the logs of the workload that is named. To install one, build the image (`eipctl manifest "
        "dockerfile`) and apply the output of `eipctl manifest deployment --image REGISTRY/eipctl:1.0`, or of "
        "`eipctl manifest cronjob`.",
    ),
    Code.BINDERS: Explanation(
        "Several workloads run bind",
        "More than one Deployment or CronJob of the cluster runs eipctl bind, or one of them does while a run "
        "elsewhere holds the Lease.",
        "They do no harm, because only the holder of the Lease changes anything. The Jobs of a CronJob beside a "
        "watching run wait for the Lease and fail.",
        "Keep one of them, and delete the other, for example: `kubectl -n eipctl delete cronjob eipctl`",
    ),
    Code.POOL_FULL: Explanation(
        "No EIP of the pool is free",
        "The Pod asks for an EIP of a pool (annotation eipctl.io/pool), and all of them are in use.",
        "The Pod waits without an EIP. It gets one as soon as a Pod that has one is gone; a Pod that has one keeps it.",
        "Lend more EIPs with eipctl pool add, or set fewer replicas. A pool needs one EIP for each replica, and "
        "one more for each Pod that a rolling update adds (maxSurge). With the annotation eipctl.io/pool-overflow: buy "
        "a Pod gets an EIP of its own instead.",
    ),
    Code.POOL_UNKNOWN: Explanation(
        "The pool has no EIP",
        "The Pod asks for an EIP of a pool (annotation eipctl.io/pool), and no EIP of this account and region is lent "
        "to a pool of that name in this cluster.",
        "The Pod gets no EIP.",
        "Check the name with eipctl pool list, or lend EIPs to the pool: eipctl pool add NAME eip-bp1abc",
    ),
}
