"""EIP3xx: Terway and its ConfigMap."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.TERWAY_NOT_FOUND: Explanation(
        "There is no Terway",
        "No Pod with label app=terway-eniip, terway-eni or terway runs in namespace kube-system.",
        "An EIP is bound to an ENI's address, and Pods have one only with Terway.",
        "See what there is: kubectl -n kube-system get daemonsets. Flannel clusters can't have EIPs at Pods.",
    ),
    Code.TERWAY_VERSION: Explanation(
        "Terway's version",
        "Terway gives Pods EIPs itself from v1.0.10.280 up to, but not including, v1.7.0. The version is read from the "
        "image of each node's Pod; where an image is named by its digest alone, --terway-version says it.",
        "setup works inside that window only; outside of it the flag does nothing.",
        "Use `eipctl annotate` and `eipctl bind`: they work with every version.",
    ),
    Code.ENI_CONFIG_MISSING: Explanation(
        "ConfigMap eni-config is missing",
        "Namespace kube-system has no ConfigMap eni-config, or it has no key eni_conf.",
        "Terway does not start without it, and the cluster's identity is read from it.",
        "See: kubectl -n kube-system get configmaps,daemonsets",
    ),
    Code.ENI_CONF_MALFORMED: Explanation(
        "eni_conf is not valid",
        "The text under eni_conf is no JSON object, one of its values is not of the type that Terway reads, or a key "
        "is there more than once (then the last one counts).",
        "Terway takes the network of each node down at its next start. eipctl never edits what it can't read.",
        "Correct it: kubectl -n kube-system edit configmap eni-config",
    ),
    Code.FLAG_NOT_SET: Explanation(
        "The flag of Terway's EIP mode",
        "eni_conf has no enable_eip_pool, or it is off.",
        "Terway then gives no Pod an EIP, whatever its annotations. bind does not need the flag.",
        "eipctl setup, where Terway shall give the EIPs; else nothing.",
    ),
    Code.FLAG_TYPE: Explanation(
        "A flag has a wrong type or spelling",
        'enable_eip_pool and allow_eip_rob must be the string "true"; enable_eip_migrate must be a bool. Keys count as '
        "they are spelt.",
        "With a wrong type Terway crash-loops at its next start, on every node; another spelling counts as off.",
        "eipctl setup corrects enable_eip_pool; the others with: kubectl -n kube-system edit configmap eni-config",
    ),
    Code.RESTART_NEEDED: Explanation(
        "Terway has not read eni_conf since it was changed",
        "Terway reads eni_conf when it starts, and its Pods on the nodes that are named are older than the change.",
        "Those nodes work as before the change: some Pods get an EIP and others don't. A Terway that may have read the "
        "flag may hold EIPs, whatever eni_conf says now, so bind leaves its Pods alone.",
        "eipctl setup (or `eipctl teardown` after a teardown) goes on where it stopped; `eipctl setup restart "
        "--force-restart` restarts Terway so that it reads eni_conf as it is.",
    ),
    Code.TERWAY_HOLDS_EIPS: Explanation(
        "Terway still holds EIPs",
        "Pods of this cluster have EIPs that Terway bought.",
        "Without the flag it would forget them, and nobody would ever release them.",
        "Take the annotations off with `eipctl annotate --remove`, wait for the rollout, then `eipctl teardown`.",
    ),
    Code.CANARY_FAILED: Explanation(
        "Terway crash-loops",
        "Terway's Pod does not start; after a change by setup it was the first node's, and the change was taken back.",
        "Pods on that node get no network. No other node was restarted, and the next run begins with this one.",
        "Read why: kubectl -n kube-system logs -l 'app in (terway-eniip,terway-eni,terway)' -c terway --tail 20",
    ),
    Code.NODE_OVERRIDE: Explanation(
        "Nodes have their own eni_conf",
        "The label terway-config of these nodes names a ConfigMap that is merged over eni-config.",
        "Its enable_eip_pool wins there: setup has no effect on these nodes, or it works there alone. Where there is "
        "no such ConfigMap, Terway starts with eni-config alone.",
        "Edit that ConfigMap, or take the label off the nodes.",
    ),
    Code.RESTART_TIMEOUT: Explanation(
        "Terway was not Ready in time",
        "A restarted Pod of Terway was not Ready within --restart-timeout. Where it was the first node's, eni-config "
        "is as before.",
        "No other node is restarted before it is clear why: the next run begins with this node, and touches none that "
        "works as long as it is down.",
        "See: kubectl -n kube-system describe pods -l 'app in (terway-eniip,terway-eni,terway)'. Mend what is told "
        "there, or the DaemonSet, then run the same command again; a Pod that is only slow needs a longer "
        "--restart-timeout.",
    ),
    Code.MIGRATION_FLAG: Explanation(
        "enable_eip_migrate is on",
        "Terway is handing its EIPs over to ack-extend-network-controller.",
        "It gives no new EIPs while it does, so setup has no effect.",
        "Finish the migration, then take the flag out: kubectl -n kube-system edit configmap eni-config",
    ),
    Code.ACK_EXTEND: Explanation(
        "ack-extend-network-controller works here",
        "Its Deployment or its PodEIP objects are in the cluster. It reads the same annotations and gives the EIPs.",
        "Two at the same work would give each Pod two EIPs, so bind leaves these Pods alone and setup refuses.",
        "Keep it and annotate the Pods, or uninstall it and use bind.",
    ),
    Code.TERWAY_MODE: Explanation(
        "Terway works in a mode without EIPs",
        "The argument -daemon-mode of Terway's container is VPC, or there is none (Pods have addresses of the route "
        "table, not of an ENI); or it is ENIOnly, with enable_eni_trunking.",
        "An EIP can be bound to an ENI's address only; with trunking and exclusive ENIs Terway has no EIP code.",
        "The mode is chosen when a cluster is created. In VPC mode use another cluster, in ENI multi-IP mode; with "
        "exclusive ENIs use bind.",
    ),
    Code.OWNED_EIPS: Explanation(
        "EIPs of eipctl are at Pods",
        "setup would switch on Terway's own EIP mode while Pods have EIPs that eipctl bound.",
        "Terway would give these Pods a second EIP, or take theirs for its own.",
        "Release them first with `eipctl release`, or stay with bind: it needs no setup.",
    ),
    Code.SETUP: Explanation(
        "What setup would do",
        "`eipctl check --pre` has planned setup without carrying it out.",
        "What setup refuses here, it would refuse then; the refusal is told under its own code.",
        "See the plan with `eipctl setup --dry-run`, then run `eipctl setup`.",
    ),
    Code.ENI_CONFIG_IMMUTABLE: Explanation(
        "ConfigMap eni-config is immutable",
        "Somebody has set immutable: true, so Kubernetes refuses every change of its data.",
        "setup and teardown have to change eni_conf. Nothing was changed, RAM included.",
        "Replace the ConfigMap by one without immutable: save it with kubectl get -o yaml, delete it, create it again.",
    ),
    Code.TERWAY_NOT_READY: Explanation(
        "Terway is not Ready on a node",
        "Terway's Pod on the node is not Ready, there is none, or the node does not report. Virtual nodes need none.",
        "New Pods on that node get no network, and setup restarts no other node before this one is well.",
        "See: kubectl -n kube-system describe pods -l 'app in (terway-eniip,terway-eni,terway)'",
    ),
}
