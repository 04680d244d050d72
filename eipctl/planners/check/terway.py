"""Terway: mode, versions, flags, whether it has read them, its roles, and the controller that does the same work.

A missing flag or right is a warning while Terway works without them (bind needs neither), and an error once the flag
is on, for then annotated Pods hang in ContainerCreating.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.domain.ram.policy_document import EIP_ACTIONS
from eipctl.domain.terway.eni_conf import ALLOW_EIP_ROB, ENABLE_EIP_MIGRATE, ENABLE_EIP_POOL, Flag, FlagState
from eipctl.domain.terway.image_version import FIRST_WITH_EIP
from eipctl.domain.terway.installation import EIP_CAPABLE, VPC_MODE, stale
from eipctl.planners.check.wording import CONFIG, EDIT, SETUP, some
from eipctl.planners.terway import grants

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.domain.terway.installation import EniConfig, TerwayPod
    from eipctl.planners.terway.grants import TerwayRole


def native(pods: Iterable[TerwayPod]) -> bool:
    """Whether any node's Terway has EIP support of its own."""
    return any(pod.supports_eip and pod.daemonset in EIP_CAPABLE for pod in pods)


def terway(pods: Sequence[TerwayPod]) -> Iterator[Finding]:
    """Whether Terway is there, in which mode, and which version on which node."""
    capable = [pod for pod in pods if pod.daemonset in EIP_CAPABLE]
    if not capable and any(pod.daemonset == VPC_MODE for pod in pods):
        detail = "no Pod has an ENI address that could carry an EIP"
        yield Finding(
            Code.TERWAY_MODE,
            Level.ERROR,
            "Terway runs in VPC mode",
            detail,
            object="daemonset/kube-system/terway",
        )
        return
    if not capable:
        yield Finding(
            Code.TERWAY_NOT_FOUND,
            Level.ERROR,
            "no Pod of DaemonSet terway-eniip or terway-eni runs in namespace kube-system",
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
        return Finding(Code.TERWAY_VERSION, Level.WARNING, title, "setup refuses; bind works", object=obj)
    if pods[0].supports_eip:
        return Finding(Code.TERWAY_VERSION, Level.OK, f"Terway {version} {where} can give Pods EIPs itself", object=obj)
    if version < FIRST_WITH_EIP:
        detail = f"it has EIP support from {FIRST_WITH_EIP} on; bind works with any version"
        return Finding(Code.TERWAY_VERSION, Level.WARNING, f"Terway {version} {where} is too old", detail, object=obj)
    title = f"Terway {version} {where} has no EIP support"
    return Finding(Code.TERWAY_VERSION, Level.INFO, title, "bind gives Pods EIPs; setup is not needed", object=obj)


def flags(config: EniConfig, *, is_native: bool) -> Iterator[Finding]:
    """What eni_conf and the overrides of nodes say."""
    conf = config.conf
    yield from _pool(conf.enable_eip_pool, is_native=is_native)
    if is_native:
        typed = ((ALLOW_EIP_ROB, conf.allow_eip_rob, '"true"'), (ENABLE_EIP_MIGRATE, conf.enable_eip_migrate, "true"))
        for key, flag, expected in typed:
            if flag.state in (FlagState.WRONG_TYPE, FlagState.MISSPELT):
                yield _wrong(key, flag, expected, CONFIG, edit=EDIT)
    if conf.enable_eip_migrate.state is FlagState.ON:
        detail = f"Terway hands its EIPs over and gives no new ones; remove it with: {EDIT}"
        yield Finding(Code.MIGRATION_FLAG, Level.WARNING, "enable_eip_migrate is on", detail, object=CONFIG)
    for override in config.overrides:
        obj, where = f"configmap/kube-system/{override.config_map}", some(override.nodes)
        edit = f"kubectl -n kube-system edit configmap {override.config_map}"
        flag = override.conf.enable_eip_pool if override.conf else Flag(FlagState.ABSENT)
        if flag.state is FlagState.WRONG_TYPE and is_native:
            yield _wrong(ENABLE_EIP_POOL, flag, '"true"', obj, edit=edit)
        elif flag.state is not FlagState.ABSENT:
            title = f"{where} have their own {ENABLE_EIP_POOL}: {flag.raw}"
            detail = f"it wins over eni-config there; change it with: {edit}"
            yield Finding(Code.NODE_OVERRIDE, Level.INFO, title, detail, object=obj)


def _pool(flag: Flag, *, is_native: bool) -> Iterator[Finding]:
    if flag.state is FlagState.ON:
        if is_native:
            yield Finding(Code.FLAG_NOT_SET, Level.OK, f"{ENABLE_EIP_POOL} is set", object=CONFIG)
        else:
            detail = "this Terway version ignores it"
            yield Finding(Code.FLAG_NOT_SET, Level.INFO, f"{ENABLE_EIP_POOL} is set", detail, "eipctl teardown", CONFIG)
    elif not is_native:
        return
    elif flag.state in (FlagState.WRONG_TYPE, FlagState.MISSPELT):
        yield _wrong(ENABLE_EIP_POOL, flag, '"true"', CONFIG, fix=SETUP)
    else:
        title = f"{ENABLE_EIP_POOL} is not set: Terway gives no Pod an EIP"
        yield Finding(Code.FLAG_NOT_SET, Level.WARNING, title, "setup sets it; bind works without it", SETUP, CONFIG)


def _wrong(key: str, flag: Flag, expected: str, obj: str, *, fix: str = "", edit: str = "") -> Finding:
    stops = flag.state is FlagState.WRONG_TYPE
    detail = (
        "Terway can't start with this value; at its next start each node loses its network"
        if stops
        else "Terway treats this value as off"
    )
    return Finding(
        Code.FLAG_TYPE,
        Level.ERROR if stops else Level.WARNING,
        f"{key} is {flag.raw}, expected {expected}",
        f"{detail}; correct it with: {edit}" if edit else detail,
        fix,
        obj,
    )


def restart(pods: Sequence[TerwayPod], config: EniConfig) -> Iterator[Finding]:
    """Terway reads eni_conf only when it starts."""
    late = stale(pods, config.record)
    if late:
        command = SETUP if config.record and config.record.keys else "eipctl teardown"
        title = f"Terway on {some([pod.node for pod in late])} has not read the last change of eni_conf"
        yield Finding(Code.RESTART_NEEDED, Level.WARNING, title, "it reads it only when it starts", command)
    elif config.record is not None:
        yield Finding(Code.RESTART_NEEDED, Level.OK, "every Terway Pod has read eni_conf as setup wrote it")


def roles(found: Sequence[TerwayRole], config: EniConfig) -> Iterator[Finding]:
    """What Terway's role is granted."""
    on = config.conf.enable_eip_pool.state is FlagState.ON
    for role in found:
        obj, refused = f"role/{role.name}", grants.denied(role)
        if refused is not None:
            yield Finding(Code.ROLE_DENIED, Level.ERROR, refused.message, refused.hint, object=obj)
        elif role.missing:
            title = f"role {role.name} lacks {len(role.missing)} of the {len(EIP_ACTIONS)} EIP actions of Terway"
            detail = ", ".join(role.missing) + ("; annotated Pods hang in ContainerCreating" if on else "")
            yield Finding(Code.ROLE_LACKS_ACTIONS, Level.ERROR if on else Level.WARNING, title, detail, SETUP, obj)
        else:
            yield Finding(
                Code.ROLE_LACKS_ACTIONS, Level.OK, f"role {role.name} has all EIP actions of Terway", object=obj
            )
    if not found:
        title = "Terway uses the AccessKey in eni_conf; what that RAM user may do is not checked"
        yield Finding(Code.ROLE_LACKS_ACTIONS, Level.INFO, title, object=CONFIG)


def ack_extend(*, present: bool, is_native: bool, config: EniConfig | None) -> Iterator[Finding]:
    """The controller that does the same work."""
    if not present:
        return
    both = is_native and config is not None and config.conf.enable_eip_pool.state is FlagState.ON
    yield Finding(
        Code.ACK_EXTEND,
        Level.ERROR if both else Level.INFO,
        "ack-extend-network-controller runs in this cluster",
        detail="with Terway's EIP mode on too, Pods get two EIPs"
        if both
        else "it gives the EIPs; bind leaves Pods alone",
        fix="eipctl teardown" if both else "",
        object="deployment/kube-system/ack-extend-network-controller",
    )
