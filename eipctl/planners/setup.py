"""Plan `setup`: Terway's role gets its EIP actions, eni_conf the flag, and Terway's Pods a restart.

Terway on the nodes                    then
-------------------------------------  ------------------------------------------------------------------
none, or in VPC mode                   refused
any version outside [1.0.10.280, 1.7)  refused: annotate and bind need none of it
any version that can't be read         refused
ack-extend-network-controller there    refused: two of them would give each Pod two EIPs
all inside, but eipctl bound EIPs      refused: Terway adopts what it finds at a Pod's IP, and releases it
all inside                             RAM, eni-config, restart of Pods that have not read eni-config since
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.domain.codes import Code
from eipctl.domain.ownership import owner_of
from eipctl.domain.plan import Lane, Plan, Skip, Stage, Verb
from eipctl.domain.ram_policy import EIP_ACTIONS
from eipctl.domain.terway import EIP_CAPABLE, EXCLUSIVE_ENI, VPC_MODE, stale
from eipctl.domain.terway_version import FIRST_WITH_PACKAGES
from eipctl.errors import Refused
from eipctl.planners import grants
from eipctl.planners.eni_config import OBJECT, ConfigChange, switch_on, undo_of, undo_recorded
from eipctl.planners.restart import Pace, Rollout, restart_stages

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from eipctl.domain.facts import AttachedPolicy, Eip
    from eipctl.domain.terway import EniConfig, TerwayPod

RAM, ENI_CONFIG, RESTART = "ram", "eni-config", "restart"
STEPS = frozenset({RAM, ENI_CONFIG, RESTART})
BIND_INSTEAD = (
    "eipctl bind gives Pods EIPs with any Terway and needs no setup: "
    "eipctl annotate KIND/NAME --eip, then eipctl bind -A"
)
SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupWorld:
    """What was observed. `roles` are those that Terway works under; none when eni_conf carries an AccessKey."""

    terway: tuple[TerwayPod, ...]
    config: EniConfig
    cluster: str = ""
    """The name under which this cluster stands in the description of our policy."""
    roles: tuple[grants.Role, ...] = ()
    own_policy: AttachedPolicy | None = None
    edited_policy: AttachedPolicy | None = None
    ack_extend: bool = False
    silent: frozenset[str] = frozenset()
    """Nodes whose kubelet has stopped reporting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupKnobs:
    """What was asked for."""

    steps: frozenset[str] = STEPS
    actions: tuple[str, ...] = EIP_ACTIONS
    edit_policy: str | None = None
    allow_eip_rob: bool = False
    force_restart: bool = False
    pace: Pace = field(default_factory=Pace)


def plan_setup(world: SetupWorld, knobs: SetupKnobs) -> Plan:
    """The three steps, of each only what is not there yet. Refused where Terway can't give EIPs."""
    gate(world.terway, ack_extend=world.ack_extend)
    notes: list[str] = []
    stages: tuple[Stage, ...] = ()
    if RAM in knobs.steps:
        stages += _ram(world, knobs)
        notes += _about_roles(world, knobs)
    change = ConfigChange(None)
    if knobs.steps != {RAM}:
        notes += _limits(world, knobs)
    if ENI_CONFIG in knobs.steps:
        change = switch_on(world.config, allow_eip_rob=knobs.allow_eip_rob)
        notes += change.notes
    if change.write is not None:
        stages += (Stage("eni-config", (Lane((change.write,)),), stop_on_failure=True),)
    skips: tuple[Skip, ...] = ()
    if RESTART in knobs.steps:
        rollout = _rollout(world, knobs, change)
        skips = tuple(_skip(pod) for pod in rollout.pods if pod.node in world.silent)
        reached = tuple(pod for pod in rollout.pods if pod.node not in world.silent)
        stages += restart_stages(replace(rollout, pods=reached), len(world.terway), knobs.pace)
    if stages:
        notes.append("while the flag is set, ACK refuses to upgrade Terway to v1.7.0 or later; teardown lifts that")
    return Plan("setup", stages, skips, notes=tuple(notes))


def starts_terways_mode(plan: Plan) -> bool:
    """Whether Terway gives EIPs itself once the plan is carried out."""
    return plan.count(Verb.WRITE_ENI_CONFIG, Verb.RESTART) > 0


def owned(eips: Iterable[Eip], kube_uid: str) -> Refused | None:
    """EIPs that `bind` or `adopt` gave to Pods of this cluster; two masters would fight over them.

    Terway takes an EIP that it finds at a Pod's IP for its own, and releases it with the Pod (v1.6.4, daemon/eip.go).
    """
    found = [eip for eip in eips if (owner := owner_of(eip.tags)) and kube_uid and owner.cluster_uid == kube_uid]
    if not found:
        return None
    names = _some([eip.allocation_id for eip in found])
    return Refused(
        Code.OWNED_EIPS,
        f"eipctl owns EIPs here ({names}); Terway would take them for its own and release them with the Pods",
        hint="stay with eipctl bind; or first give them back: eipctl annotate KIND/NAME --remove for each workload, "
        "then eipctl bind -A --prune --grace 0s",
    )


def gate(pods: tuple[TerwayPod, ...], *, ack_extend: bool) -> None:
    """Refused unless every node's Terway can give Pods EIPs, and nobody else does."""
    if not any(pod.daemonset in EIP_CAPABLE for pod in pods):
        raise _no_terway(pods)
    outside = [pod for pod in pods if not pod.supports_eip]
    if outside:
        raise Refused(
            Code.TERWAY_VERSION,
            f"Terway has its own EIP support from v1.0.10.280 up to, but not including, v1.7.0; {_by_version(outside)}",
            hint=BIND_INSTEAD,
            obj=f"daemonset/kube-system/{outside[0].daemonset}",
        )
    if ack_extend:
        raise Refused(
            Code.ACK_EXTEND,
            "ack-extend-network-controller works in this cluster; with Terway's EIP mode too, Pods would get two EIPs",
            hint="keep the controller and annotate the Pods, or uninstall it before setup",
            obj="deployment/kube-system/ack-extend-network-controller",
        )


def _no_terway(pods: tuple[TerwayPod, ...]) -> Refused:
    if any(pod.daemonset == VPC_MODE for pod in pods):
        return Refused(
            Code.TERWAY_MODE,
            "Terway works in VPC mode here (DaemonSet terway): no Pod has an ENI address that could carry an EIP",
            hint="Terway's mode is chosen when a cluster is created; use a cluster in ENI multi-IP mode",
            obj="daemonset/kube-system/terway",
        )
    return Refused(
        Code.TERWAY_NOT_FOUND,
        "no Pod of DaemonSet terway-eniip or terway-eni runs in namespace kube-system",
        hint="Pods can have an EIP only in clusters with the Terway network plugin; see: eipctl check",
    )


def _by_version(pods: list[TerwayPod]) -> str:
    nodes: dict[str, list[str]] = defaultdict(list)
    for pod in pods:
        version = f"{pod.version} has none" if pod.version else "a Terway whose image tag names no version"
        nodes[version].append(pod.node)
    return "; ".join(f"{_some(names)}: {version}" for version, names in sorted(nodes.items()))


def _some(names: list[str]) -> str:
    rest = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(sorted(names)[:SHOWN]) + rest


def _limits(world: SetupWorld, knobs: SetupKnobs) -> Iterator[str]:
    """Whom Terway's EIP mode can't serve here (v1.6.4, daemon/daemon.go); Refused when that is everybody."""
    if world.config.conf.eni_trunking:
        if any(pod.daemonset == EXCLUSIVE_ENI for pod in world.terway):
            raise Refused(
                Code.TERWAY_MODE,
                "Terway gives each Pod an ENI of its own here (DaemonSet terway-eni) and enable_eni_trunking is on: "
                "then it has no EIP mode",
                hint=BIND_INSTEAD,
                obj=OBJECT,
            )
        yield "enable_eni_trunking is on: Pods on a trunk's member ENI get no EIP from Terway, without a word"
    old = [pod.node for pod in world.terway if pod.version is not None and pod.version < FIRST_WITH_PACKAGES]
    if old and knobs.actions != EIP_ACTIONS:
        yield f"Terway puts EIPs into bandwidth packages only from {FIRST_WITH_PACKAGES} on; {_some(old)}: older"


def _ram(world: SetupWorld, knobs: SetupKnobs) -> tuple[Stage, ...]:
    if knobs.edit_policy is not None:
        return grants.grant_by_editing(world.roles, world.edited_policy, knobs.edit_policy, world.config.edits)
    return grants.grant(world.roles, world.own_policy, world.cluster)


def _about_roles(world: SetupWorld, knobs: SetupKnobs) -> tuple[str, ...]:
    if world.roles:
        return grants.cautions(world.roles)
    actions = ", ".join(knobs.actions)
    return (f"eni_conf carries an AccessKey, which Terway uses instead of a role; allow its RAM user: {actions}",)


def _rollout(world: SetupWorld, knobs: SetupKnobs, change: ConfigChange) -> Rollout:
    """Which Pods restart and why; the change is undone only as long as no Terway works with it."""
    if change.write is not None:
        undo = undo_of(change.write, world.config)
        return Rollout(world.terway, "Terway reads eni_conf only when it starts", undo)
    late = stale(world.terway, world.config.record)
    read = [pod for pod in world.terway if pod not in late]
    restore = None if any(pod.ready for pod in read) else undo_recorded(world.config)
    if knobs.force_restart:
        return Rollout(world.terway, "asked for with --force-restart", restore)
    suspects = tuple(pod for pod in read if pod.crash_looping and restore is not None)
    reason = "it crash-loops since it read eni_conf" if suspects else "it started before eni_conf was changed"
    return Rollout((*suspects, *late), reason, restore, frozenset(pod.uid for pod in suspects))


def _skip(pod: TerwayPod) -> Skip:
    why = f"node {pod.node} does not report: no Pod ends or begins there; run eipctl setup restart when it is back"
    return Skip(f"pod/kube-system/{pod.name}", Code.RESTART_NEEDED, why)
