"""EIP3xx: Terway and its ConfigMap."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.TERWAY_NOT_FOUND: Explanation(
        "Terway was not found",
        "No Pod of DaemonSet terway-eniip or terway-eni runs in namespace kube-system.",
        "An EIP is bound to an ENI address, which Pods have only with Terway.",
        "List the network plugins: kubectl -n kube-system get daemonsets. Pods in Flannel clusters can't have EIPs.",
    ),
    Code.TERWAY_VERSION: Explanation(
        "Terway's version",
        "Terway gives Pods EIPs itself from v1.0.10.280 up to, but not including, v1.7.0. The version is read from the "
        "image of each node's Pod.",
        "setup works only in that range; for other versions the flag has no effect.",
        "Use `eipctl annotate` and `eipctl bind`, which work with every version.",
    ),
    Code.ENI_CONFIG_MISSING: Explanation(
        "ConfigMap eni-config is missing",
        "Namespace kube-system has no ConfigMap eni-config, or it has no key eni_conf.",
        "Terway does not start without it, and the cluster's identity is read from it.",
        "See: kubectl -n kube-system get configmaps,daemonsets",
    ),
    Code.ENI_CONF_MALFORMED: Explanation(
        "eni_conf is not valid",
        "The text under eni_conf is not a JSON object, or a value does not have the type that Terway reads.",
        "At its next start, Terway fails and each node loses its network. eipctl never edits what it can't read.",
        "Correct it: kubectl -n kube-system edit configmap eni-config",
    ),
    Code.FLAG_NOT_SET: Explanation(
        "The flag of Terway's EIP mode",
        "eni_conf has no enable_eip_pool, or it is off.",
        "Terway gives no Pod an EIP, whatever its annotations. bind does not need the flag.",
        "Run eipctl setup if Terway should give the EIPs; otherwise nothing to do.",
    ),
    Code.FLAG_TYPE: Explanation(
        "A flag has a wrong type or spelling",
        'enable_eip_pool and allow_eip_rob must be the string "true"; enable_eip_migrate must be a bool.',
        "With the wrong type Terway crash-loops at its next start on every node; any other value counts as off.",
        "eipctl setup corrects enable_eip_pool; the others with: kubectl -n kube-system edit configmap eni-config",
    ),
    Code.RESTART_NEEDED: Explanation(
        "Terway has not read eni_conf since it was changed",
        "Terway reads eni_conf when it starts, and its Pods on the named nodes are older than the change.",
        "These nodes still use the old configuration: some Pods get an EIP and others don't.",
        "Run eipctl setup (or `eipctl teardown` after a teardown) to continue.",
    ),
    Code.TERWAY_HOLDS_EIPS: Explanation(
        "Terway still holds EIPs",
        "Pods of this cluster have EIPs that Terway allocated.",
        "With its EIP mode off, Terway would forget them and nothing would ever release them.",
        "Remove the annotations with `eipctl annotate --remove`, wait for the rollout, then run `eipctl teardown`.",
    ),
    Code.CANARY_FAILED: Explanation(
        "Terway crash-loops",
        "A Terway Pod does not start. If setup changed eni_conf, this was the first node, and the change was reverted.",
        "Pods on that node get no network. No other node was restarted.",
        "See the cause: kubectl -n kube-system logs -l app=terway-eniip -c terway --tail 20",
    ),
    Code.NODE_OVERRIDE: Explanation(
        "Nodes have their own eni_conf",
        "The label terway-config on these nodes names a ConfigMap that overrides eni-config.",
        "Its enable_eip_pool takes precedence: setup has no effect on these nodes, or an effect only there.",
        "Edit that ConfigMap, or remove the label from the nodes.",
    ),
    Code.RESTART_TIMEOUT: Explanation(
        "Terway did not become Ready in time",
        "A restarted Terway Pod did not become Ready within --restart-timeout.",
        "No other Terway Pod is restarted until the cause is fixed.",
        "See: kubectl -n kube-system describe pods -l app=terway-eniip. Then run the same command again.",
    ),
    Code.MIGRATION_FLAG: Explanation(
        "enable_eip_migrate is on",
        "Terway is migrating its EIPs to ack-extend-network-controller.",
        "Meanwhile it gives no new EIPs, so setup has no effect.",
        "Finish the migration, then remove the flag: kubectl -n kube-system edit configmap eni-config",
    ),
    Code.ACK_EXTEND: Explanation(
        "ack-extend-network-controller runs in this cluster",
        "Its Deployment or its PodEIP objects exist. It reads the same annotations and gives the EIPs.",
        "Two controllers would give each Pod two EIPs, so bind leaves these Pods alone and setup refuses.",
        "Keep it and annotate the Pods, or uninstall it and use eipctl bind.",
    ),
    Code.TERWAY_MODE: Explanation(
        "Terway runs in a mode without EIPs",
        "Only DaemonSet terway runs (VPC mode: Pods have addresses of the route table, not of an ENI), or terway-eni "
        "with enable_eni_trunking.",
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
}
