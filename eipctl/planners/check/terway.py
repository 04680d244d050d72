"""Terway: mode, versions, flags, whether it has read them, and the controller that does the same work.

A missing flag is a warning: Terway works without it, and bind does not need it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.domain.terway.eni_conf import ALLOW_EIP_ROB, ENABLE_EIP_MIGRATE, ENABLE_EIP_POOL, Flag, FlagState
from eipctl.domain.terway.eni_conf_types import mistyped
from eipctl.domain.terway.image_version import FIRST_WITH_EIP
from eipctl.domain.terway.installation import EIP_MODES
from eipctl.domain.terway.startup import not_yet_on, still_on
from eipctl.planners.check.wording import CONFIG, EDIT, SETUP, some

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.domain.terway.installation import EniConfig, Override, TerwayPod


RESTART, TAKE_BACK = "eipctl setup restart --force-restart", "eipctl teardown"
STOPS = "Terway can't start with this value; at its next start each node loses its network"


def native(pods: Iterable[TerwayPod]) -> bool:
    """Whether any node's Terway has EIP support of its own."""
    return any(pod.supports_eip for pod in pods)


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


def values(pods: Sequence[TerwayPod], config: EniConfig) -> Iterator[Finding]:
    """Whether Terway can start with eni_conf and the overrides of nodes."""
    versions = frozenset(pod.version for pod in pods)
    texts = [(CONFIG, config.text), *((_object(each), each.text) for each in config.overrides if each.text)]
    wrong = [(obj, one) for obj, text in texts for one in mistyped(text, versions)]
    for obj, one in wrong:
        title = f"{one.key} is {one.raw}, expected {one.expected}"
        yield Finding(
            Code.ENI_CONF_MALFORMED, Level.ERROR, title, f"{STOPS}; correct it with: {_edit(obj)}", object=obj
        )
    if not wrong:
        yield Finding(Code.ENI_CONF_MALFORMED, Level.OK, "eni-config can be read", object=CONFIG)
    for key in config.conf.duplicates:
        detail = f"the last one counts; remove the others with: {EDIT}"
        yield Finding(Code.ENI_CONF_MALFORMED, Level.WARNING, f"{key} appears more than once", detail, object=CONFIG)


def flags(pods: Sequence[TerwayPod], config: EniConfig, *, is_native: bool, served: bool = False) -> Iterator[Finding]:
    """What eni_conf and the overrides of nodes say. `served`: bind gives the EIPs here, and setup would be refused."""
    conf = config.conf
    yield from _pool(conf.enable_eip_pool, is_native=is_native, left=bool(still_on(pods, config)), served=served)
    if any(not pod.any_case for pod in pods):
        for key, known in conf.look_alikes:
            detail = f"keys are case-sensitive: Terway ignores it; correct it with: {EDIT}"
            yield Finding(Code.FLAG_TYPE, Level.WARNING, f"{key} is not {known}", detail, object=CONFIG)
    if is_native:
        typed = ((ALLOW_EIP_ROB, conf.allow_eip_rob, '"true"'), (ENABLE_EIP_MIGRATE, conf.enable_eip_migrate, "true"))
        for key, flag, expected in typed:
            if flag.state in (FlagState.WRONG_TYPE, FlagState.MISSPELT):
                yield _wrong(key, flag, expected, CONFIG, edit=EDIT)
    if conf.enable_eip_migrate.state is FlagState.ON:
        detail = f"Terway hands its EIPs over and gives no new ones; remove it with: {EDIT}"
        yield Finding(Code.MIGRATION_FLAG, Level.WARNING, "enable_eip_migrate is on", detail, object=CONFIG)
    yield from _overrides(config, is_native=is_native)


def _overrides(config: EniConfig, *, is_native: bool) -> Iterator[Finding]:
    for override in config.overrides:
        obj, where = _object(override), some(override.nodes)
        edit = _edit(obj)
        if not override.exists:
            title = f"the label terway-config of {where} names {override.config_map}, which has no eni_conf"
            detail = "Terway starts there with eni-config alone, without the settings meant for these nodes"
            yield Finding(Code.NODE_OVERRIDE, Level.WARNING, title, detail, object=obj)
        flag = override.conf.enable_eip_pool if override.conf else Flag(FlagState.ABSENT)
        if flag.state is FlagState.WRONG_TYPE and is_native:
            yield _wrong(ENABLE_EIP_POOL, flag, '"true"', obj, edit=edit)
        elif flag.state is not FlagState.ABSENT:
            title = f"{where} have their own {ENABLE_EIP_POOL}: {flag.raw}"
            detail = f"it wins over eni-config there; change it with: {edit}"
            yield Finding(Code.NODE_OVERRIDE, Level.INFO, title, detail, object=obj)


def _object(override: Override) -> str:
    return f"configmap/kube-system/{override.config_map}"


def _edit(obj: str) -> str:
    return f"kubectl -n kube-system edit configmap {obj.rpartition('/')[2]}"


def _pool(flag: Flag, *, is_native: bool, left: bool, served: bool) -> Iterator[Finding]:
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
    elif served:
        title = f"{ENABLE_EIP_POOL} is not set, and eipctl bind gives the EIPs"
        yield Finding(Code.FLAG_NOT_SET, Level.OK, title, object=CONFIG)
    else:
        title = f"{ENABLE_EIP_POOL} is not set" + ("" if left else ": Terway gives no Pod an EIP")
        yield Finding(Code.FLAG_NOT_SET, Level.WARNING, title, "setup sets it; bind works without it", SETUP, CONFIG)


def _wrong(key: str, flag: Flag, expected: str, obj: str, *, fix: str = "", edit: str = "") -> Finding:
    stops = flag.state is FlagState.WRONG_TYPE
    detail = STOPS if stops else "Terway treats this value as off"
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
    left, late = still_on(pods, config), not_yet_on(pods, config)
    if left:
        title = f"Terway on {some([pod.node for pod in left])} may not have read that {ENABLE_EIP_POOL} is not set"
        detail = "it started before eni_conf was changed, may still give and hold EIPs, and bind leaves its Pods alone"
        yield Finding(Code.RESTART_NEEDED, Level.WARNING, title, detail, TAKE_BACK if config.record else RESTART)
    if late:
        title = f"Terway on {some([pod.node for pod in late])} has not read the last change of eni_conf"
        yield Finding(Code.RESTART_NEEDED, Level.WARNING, title, "it reads it only when it starts", SETUP)
    if not left and not late and config.record is not None:
        yield Finding(Code.RESTART_NEEDED, Level.OK, "every Terway Pod has read eni_conf")


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
