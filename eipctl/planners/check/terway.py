"""Terway: mode, versions, whether it has read its flags, and the controller that does the same work."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.domain.terway.eni_conf import ENABLE_EIP_POOL
from eipctl.domain.terway.image_version import FIRST_WITH_EIP
from eipctl.domain.terway.installation import EIP_MODES
from eipctl.domain.terway.startup import flag_on, not_yet_on, still_on
from eipctl.planners.check.eni_conf import taken_out
from eipctl.planners.check.wording import SETUP, TEARDOWN, some

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.domain.terway.installation import EniConfig, TerwayPod

RESTART = "eipctl setup restart --force-restart"


def terway(pods: Sequence[TerwayPod]) -> Iterator[Finding]:
    """Whether Terway is there, in which mode, and which version on which node."""
    capable = [pod for pod in pods if pod.mode in EIP_MODES]
    if not capable and pods:
        title, detail = f"Terway runs in {pods[0].mode} mode", "no Pod has an ENI address that could carry an EIP"
        obj = f"daemonset/kube-system/{pods[0].daemonset}"
        yield Finding(Code.TERWAY_MODE, Level.ERROR, title, detail, object=obj)
        return
    if not capable:
        yield Finding(
            Code.TERWAY_NOT_FOUND,
            Level.ERROR,
            "no Pod of Terway runs in namespace kube-system",
            detail="Pods can have an EIP only in clusters with the Terway network plugin",
        )
        return
    nodes: dict[str, list[TerwayPod]] = defaultdict(list)
    for pod in capable:
        nodes[str(pod.version) if pod.version else ""].append(pod)
    for _version, group in sorted(nodes.items()):
        yield _version_finding(group)
    for pod in capable:
        if pod.crash_looping:
            title = f"Terway crash-loops on node {pod.node}"
            look = f"see: kubectl -n kube-system logs {pod.name} -c terway"
            yield Finding(Code.CANARY_FAILED, Level.ERROR, title, look, object=f"pod/kube-system/{pod.name}")


def _version_finding(pods: Sequence[TerwayPod]) -> Finding:
    version, obj = pods[0].version, f"daemonset/kube-system/{pods[0].daemonset}"
    where = f"on {some([pod.node for pod in pods])}"
    if version is None:
        title = f"the image of Terway {where} names no version"
        detail = "setup refuses it unless --terway-version gives the version; bind works where Terway's EIP mode is off"
        return Finding(Code.TERWAY_VERSION, Level.WARNING, title, detail, object=obj)
    if pods[0].supports_eip:
        return Finding(Code.TERWAY_VERSION, Level.OK, f"Terway {version} {where} can give Pods EIPs itself", object=obj)
    if version < FIRST_WITH_EIP:
        detail = f"it has EIP support from {FIRST_WITH_EIP} on; bind works with any version"
        return Finding(Code.TERWAY_VERSION, Level.WARNING, f"Terway {version} {where} is too old", detail, object=obj)
    title = f"Terway {version} {where} has no EIP support"
    return Finding(Code.TERWAY_VERSION, Level.INFO, title, "bind gives Pods EIPs; setup is not needed", object=obj)


def restart(pods: Sequence[TerwayPod], config: EniConfig) -> Iterator[Finding]:
    """Terway reads eni_conf only when it starts."""
    left, late = still_on(pods, config), not_yet_on(pods, config)
    if left:
        nodes, ours = some([pod.node for pod in left]), bool(config.record and ENABLE_EIP_POOL in config.record.keys)
        title = f"{ENABLE_EIP_POOL} is not set, but Terway on {nodes} may " + (
            "still work with it" if ours else "have read otherwise"
        )
        detail = "it started before eni_conf was changed, may give and hold EIPs, and bind leaves its Pods alone"
        again = f"{SETUP} sets the flag again" if ours else f"{SETUP} sets the flag"
        fix = TEARDOWN if config.record else RESTART
        yield Finding(Code.RESTART_NEEDED, Level.WARNING, title, f"{detail}; {again}", fix)
    if late:
        title = f"Terway on {some([pod.node for pod in late])} has not read the last change of eni_conf"
        yield Finding(Code.RESTART_NEEDED, Level.WARNING, title, "it reads it only when it starts", SETUP)
    if not left and not late and config.record is not None:
        yield Finding(Code.RESTART_NEEDED, Level.OK, "every Terway Pod has read eni_conf")


def ack_extend(*, present: bool, pods: Sequence[TerwayPod], config: EniConfig | None) -> Iterator[Finding]:
    """The controller that does the same work."""
    if not present:
        return
    both = config is not None and any(pod.supports_eip and flag_on(pod, config) for pod in pods)
    fix, how = taken_out(config) if both and config is not None else ("", "")
    detail = f"with Terway's EIP mode on too, Pods get two EIPs{how}" if both else "it gives the EIPs; bind gives none"
    obj, level = "deployment/kube-system/ack-extend-network-controller", Level.ERROR if both else Level.INFO
    title = "ack-extend-network-controller runs in this cluster"
    yield Finding(Code.ACK_EXTEND, level, title, detail, fix, obj)
