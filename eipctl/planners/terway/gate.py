"""Whether Terway can give Pods EIPs here, and nobody else does: asked before anything is planned.

Terway on the nodes                    then
-------------------------------------  ------------------------------------------------------------------
none, or all in another mode           refused: -daemon-mode has to be ENIMultiIP or ENIOnly
ack-extend-network-controller there    refused: two of them would give each Pod two EIPs
any version outside [1.0.10.280, 1.7)  refused: annotate and bind need none of it
any version that can't be read         refused, until --terway-version says it
the same in a DaemonSet's template     refused: a restart would bring it
a DaemonSet that is being deleted      refused: a restart would bring nothing
exclusive ENIs and trunking            refused: Terway has no EIP mode then
all inside, but eipctl bound EIPs      refused: Terway adopts what it finds at a Pod's IP, and releases it
all inside                             setup goes on
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain.ram.policy_document import EIP_ACTIONS
from eipctl.domain.terway import image_version
from eipctl.domain.terway.image_version import FIRST_WITH_PACKAGES
from eipctl.domain.terway.installation import EIP_MODES, EXCLUSIVE_ENI, daemon_mode, daemon_of
from eipctl.planners.terway.eni_config import OBJECT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eipctl.domain.facts import Eip, Workload
    from eipctl.domain.terway.eni_conf import EniConf
    from eipctl.domain.terway.image_version import TerwayVersion
    from eipctl.domain.terway.installation import TerwayPod

BIND_INSTEAD = (
    "eipctl bind gives Pods EIPs with any Terway and needs no setup: "
    "eipctl annotate KIND/NAME --eip, then eipctl bind -A"
)
TELL_VERSION = "give the version with --terway-version; or use eipctl bind, which needs no setup"


def gate(pods: tuple[TerwayPod, ...], *, ack_extend: bool) -> None:
    """Refused unless every node's Terway can give Pods EIPs, and no other controller does."""
    if not any(pod.mode in EIP_MODES for pod in pods):
        raise _no_terway(pods)
    if ack_extend:
        raise Refused(
            Code.ACK_EXTEND,
            "ack-extend-network-controller runs in this cluster; with Terway's EIP mode too, Pods would get two EIPs",
            hint="keep the controller and annotate the Pods, or uninstall the controller before setup",
            obj="deployment/kube-system/ack-extend-network-controller",
        )
    outside = [pod for pod in pods if not pod.supports_eip]
    if outside:
        raise Refused(
            Code.TERWAY_VERSION,
            f"Terway has its own EIP support from v1.0.10.280 up to, but not including, v1.7.0; {_by_version(outside)}",
            hint=BIND_INSTEAD if any(pod.version for pod in outside) else TELL_VERSION,
            obj=f"daemonset/kube-system/{outside[0].daemonset}",
        )


def after_restart(daemonset: Workload, told: TerwayVersion | None = None) -> Refused | None:
    """A restarted Pod comes from the DaemonSet's template: that must make one, and not one of a newer Terway."""
    about = f"daemonset/{daemonset.namespace}/{daemonset.name}"
    if daemonset.terminating:
        return Refused(
            Code.TERWAY_NOT_FOUND,
            f"DaemonSet {daemonset.name} is being deleted: a deleted Terway Pod would not be replaced",
            hint=f"see: kubectl -n {daemonset.namespace} get daemonset {daemonset.name} -o yaml",
            obj=about,
        )
    daemon = daemon_of(daemonset.containers)
    version, mode = image_version.parse(daemon.image) or told, daemon_mode(daemon)
    what = f"{version}, which has no EIP support" if version else "an image whose tag names no version"
    if version is not None and image_version.supports_eip(version):
        if mode in EIP_MODES:
            return None
        what = f"-daemon-mode {mode}, which gives no EIPs"
    return Refused(
        Code.TERWAY_VERSION,
        f"a restart would bring another Terway: the template of DaemonSet {daemonset.name} has {what}",
        hint=f"undo the upgrade (kubectl -n kube-system rollout undo daemonset {daemonset.name}), or finish it: "
        + BIND_INSTEAD,
        obj=about,
    )


def another_image(daemonset: Workload, pods: Iterable[TerwayPod]) -> str:
    """The note on nodes where a restart brings another image than the one that runs; "" where there are none."""
    image = daemon_of(daemonset.containers).image
    other = {pod.image: pod.node for pod in pods if pod.daemonset == daemonset.name and pod.image not in ("", image)}
    if not image or not other:
        return ""
    nodes = first_few(sorted(pod.node for pod in pods if pod.image in other))
    follow = " (OnDelete keeps the old Pods)" if daemonset.strategy == "OnDelete" else ""
    return f"the restart brings image {image} on {nodes}, which run {', '.join(sorted(other))}{follow}"


def limits(pods: Iterable[TerwayPod], conf: EniConf, actions: tuple[str, ...]) -> Iterator[str]:
    """Whom Terway's EIP mode can't serve here (v1.6.4, daemon/daemon.go); Refused when that is everybody."""
    if conf.eni_trunking:
        if any(pod.mode == EXCLUSIVE_ENI for pod in pods):
            raise Refused(
                Code.TERWAY_MODE,
                "Terway gives each Pod an ENI of its own here (-daemon-mode ENIOnly) and enable_eni_trunking is on: "
                "then it has no EIP mode",
                hint=BIND_INSTEAD,
                obj=OBJECT,
            )
        yield "enable_eni_trunking is on: Pods on a member ENI of a trunk silently get no EIP from Terway"
    old = [pod.node for pod in pods if pod.version is not None and pod.version < FIRST_WITH_PACKAGES]
    if old and actions != EIP_ACTIONS:
        nodes = first_few(sorted(old))
        yield f"Terway puts EIPs into bandwidth packages only from {FIRST_WITH_PACKAGES} on; {nodes}: older"


def owned(eips: Iterable[Eip], kube_uid: str) -> Refused | None:
    """EIPs that `bind` or `adopt` gave to Pods of this cluster; two masters would fight over them.

    Terway takes an EIP that it finds at a Pod's IP for its own, and releases it with the Pod (v1.6.4, daemon/eip.go).
    """
    found = [eip for eip in eips if (owner := eip.owner) and kube_uid and owner.cluster_uid == kube_uid]
    if not found:
        return None
    names = first_few(sorted(eip.allocation_id for eip in found))
    return Refused(
        Code.OWNED_EIPS,
        f"eipctl owns EIPs here ({names}); Terway would treat them as its own and release them with the Pods",
        hint="stay with eipctl bind; or release them first: eipctl annotate KIND/NAME --remove for each workload, "
        "then eipctl bind -A --prune --grace 0s",
    )


def _no_terway(pods: tuple[TerwayPod, ...]) -> Refused:
    if pods:
        return Refused(
            Code.TERWAY_MODE,
            f"Terway runs in {pods[0].mode} mode here (-daemon-mode of DaemonSet {pods[0].daemonset}): no Pod has an "
            "ENI address that could carry an EIP",
            hint="Terway's mode is chosen when a cluster is created; use a cluster in ENI multi-IP mode",
            obj=f"daemonset/kube-system/{pods[0].daemonset}",
        )
    return Refused(
        Code.TERWAY_NOT_FOUND,
        "no Pod of Terway (label app terway-eniip, terway-eni or terway) runs in namespace kube-system",
        hint="Pods can have an EIP only in clusters with the Terway network plugin; see: eipctl check",
    )


def _by_version(pods: list[TerwayPod]) -> str:
    nodes: dict[str, list[str]] = defaultdict(list)
    for pod in pods:
        nodes[_lack(pod)].append(pod.node)
    return "; ".join(f"{first_few(sorted(names))}: {lack}" for lack, names in sorted(nodes.items()))


def _lack(pod: TerwayPod) -> str:
    """Why a Pod can't give Pods EIPs."""
    if pod.mode not in EIP_MODES:
        return f"{pod.mode} mode has none"
    return f"{pod.version} has none" if pod.version else "a Terway whose image tag names no version"
