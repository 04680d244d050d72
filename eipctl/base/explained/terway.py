"""EIP3xx: Terway and its ConfigMap."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.TERWAY_NOT_FOUND: Explanation(
        "Terway was not found",
        "No Pod with label app=terway-eniip, terway-eni or terway runs in namespace kube-system.",
        "An EIP is bound to an ENI address, which Pods have only with Terway.",
        "List the network plugins: `kubectl -n kube-system get daemonsets`. Pods in Flannel clusters can't have EIPs.",
    ),
    Code.TERWAY_VERSION: Explanation(
        "Terway's version",
        "Terway gives Pods EIPs itself from v1.0.10.280 up to, but not including, v1.7.0. The version is read from the "
        "image of each node's Pod; for an image that is named by digest only, give it with --terway-version.",
        "setup works only in that range; for other versions the flag has no effect.",
        "Use `eipctl annotate` and `eipctl bind`, which work with every version.",
    ),
    Code.ENI_CONFIG_MISSING: Explanation(
        "ConfigMap eni-config is missing",
        "Namespace kube-system has no ConfigMap eni-config, or it has no key eni_conf.",
        "Terway does not start without it, and the cluster's identity is read from it.",
        "See: `kubectl -n kube-system get configmaps,daemonsets`",
    ),
    Code.ENI_CONF_MALFORMED: Explanation(
        "eni_conf is not valid",
        "The text under eni_conf is not a JSON object, Terway at its version does not take a value (its type, "
        "ip_stack, more than 5 or 10 security_groups), or a key appears more than once (the last one counts).",
        "At its next start, Terway fails and each node loses its network. eipctl never edits what it can't read.",
        "Correct it: `kubectl -n kube-system edit configmap eni-config`",
    ),
    Code.FLAG_NOT_SET: Explanation(
        "The flag of Terway's EIP mode",
        "eni_conf has no enable_eip_pool, or it is off.",
        "Terway gives no Pod an EIP, whatever its annotations. bind does not need the flag.",
        "Run eipctl setup if Terway should give the EIPs; otherwise nothing to do. teardown removes the RAM policy "
        "only when the flag is off everywhere: remove one that setup did not set with kubectl.",
    ),
    Code.FLAG_TYPE: Explanation(
        "A flag has a wrong type or spelling",
        'enable_eip_pool and allow_eip_rob must be the string "true"; enable_eip_migrate must be a bool. Keys are '
        "case-sensitive.",
        "With the wrong type Terway before v1.9.6 crash-loops at its next start on every node; any other value counts "
        "as off.",
        "eipctl setup corrects enable_eip_pool; the others with: `kubectl -n kube-system edit configmap eni-config`",
    ),
    Code.RESTART_NEEDED: Explanation(
        "Terway has not read eni_conf since it was changed",
        "Terway reads eni_conf when it starts, and its Pods on the named nodes are older than the change.",
        "These nodes still use the old configuration: some Pods get an EIP and others don't. A Terway that may have "
        "read the flag may hold EIPs, whatever eni_conf says now, so bind leaves its Pods alone.",
        "Run eipctl setup (or `eipctl teardown` after a teardown) to continue. `eipctl setup restart --force-restart` "
        "restarts Terway so that it reads the current eni_conf. Both are refused while Terway holds EIPs that it would "
        "forget: see `eipctl explain EIP308`.",
    ),
    Code.TERWAY_HOLDS_EIPS: Explanation(
        "Terway still holds EIPs",
        "Pods of this cluster have EIPs that Terway allocated.",
        "With its EIP mode off, Terway would forget them and nothing would ever release them.",
        "Remove the annotations with `eipctl annotate --remove`, wait for the rollout, then run `eipctl teardown`. Or "
        "keep the EIPs and their addresses with `eipctl adopt`.",
    ),
    Code.CANARY_FAILED: Explanation(
        "Terway crash-loops",
        "A Terway Pod does not start. If setup changed eni_conf, this was the first node, and the change was reverted.",
        "Pods on that node get no network. No other node was restarted, and the next run begins with this node.",
        "See the cause: `kubectl -n kube-system logs -l 'app in (terway-eniip,terway-eni,terway)' -c terway --tail 20`",
    ),
    Code.NODE_OVERRIDE: Explanation(
        "Nodes have their own eni_conf",
        "The label terway-config on these nodes names a ConfigMap that overrides eni-config.",
        "Its enable_eip_pool takes precedence: setup has no effect on these nodes, or an effect only there. If there "
        "is no such ConfigMap, Terway starts with eni-config alone.",
        "Edit that ConfigMap, or remove the label from the nodes.",
    ),
    Code.RESTART_TIMEOUT: Explanation(
        "Terway did not become Ready in time",
        "A restarted Terway Pod did not become Ready within --restart-timeout. If it was the first node, the change of "
        "eni_conf was reverted.",
        "No other Terway Pod is restarted until the cause is fixed: the next run begins with this node.",
        "See: `kubectl -n kube-system describe pods -l 'app in (terway-eniip,terway-eni,terway)'`. Fix the Pod or the "
        "DaemonSet, then run the same command again; a Pod that is only slow needs a longer --restart-timeout.",
    ),
    Code.MIGRATION_FLAG: Explanation(
        "enable_eip_migrate is on",
        "Terway is migrating its EIPs to ack-extend-network-controller.",
        "Meanwhile it gives no new EIPs, so setup has no effect.",
        "Finish the migration, then remove the flag: `kubectl -n kube-system edit configmap eni-config`",
    ),
    Code.ACK_EXTEND: Explanation(
        "ack-extend-network-controller runs in this cluster",
        "Its Deployment or its PodEIP objects exist. It reads the same annotations and gives the EIPs.",
        "Two controllers would give each Pod two EIPs, so bind leaves these Pods alone and setup refuses.",
        "Keep it and annotate the Pods; or uninstall it, take over its EIPs "
        "(`eipctl adopt --from ack-extend --podeips remove`), and use eipctl bind.",
    ),
    Code.TERWAY_MODE: Explanation(
        "Terway runs in a mode without EIPs",
        "The argument -daemon-mode of Terway's container is VPC or missing (Pods have addresses of the route table, "
        "not of an ENI), or it is ENIOnly with enable_eni_trunking.",
        "An EIP can be bound only to an ENI address, and Terway has no EIP support with trunking or exclusive ENIs.",
        "The mode is fixed when a cluster is created. In VPC mode, use another cluster in ENI multi-IP mode; with "
        "exclusive ENIs, use bind.",
    ),
    Code.OWNED_EIPS: Explanation(
        "Pods have EIPs from eipctl",
        "setup would turn on Terway's own EIP mode while Pods have EIPs that eipctl bound.",
        "Terway would give these Pods a second EIP, or treat their EIPs as its own.",
        "Release them first with `eipctl release`, or keep using bind, which needs no setup.",
    ),
    Code.SETUP: Explanation(
        "What setup would do",
        "`eipctl check --pre` has planned setup without carrying it out.",
        "setup would refuse the same things; each refusal has its own code.",
        "See the plan with `eipctl setup --dry-run`, then run `eipctl setup`.",
    ),
    Code.ENI_CONFIG_IMMUTABLE: Explanation(
        "ConfigMap eni-config is immutable",
        "The ConfigMap has immutable: true, so Kubernetes refuses every change of its data.",
        "setup and teardown have to change eni_conf. Nothing was changed, including RAM.",
        "Save the ConfigMap with `kubectl get -o yaml`, delete it, and create it again without immutable.",
    ),
    Code.TERWAY_NOT_READY: Explanation(
        "Terway is not Ready on a node",
        "The Terway Pod on the node is not Ready or missing, or the node does not report. Virtual nodes need none.",
        "New Pods on that node get no network, and setup restarts no other node until Terway is Ready there.",
        "See: `kubectl -n kube-system describe pods -l 'app in (terway-eniip,terway-eni,terway)'`",
    ),
}
