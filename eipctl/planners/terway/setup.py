"""Plan `setup`: Terway's role gets its EIP actions, eni_conf the flag, and Terway's Pods a restart.

Each of the three steps plans only what is not there yet: grants.py, eni_config.py and restart.py say how;
terway_gate.py says where it is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.base.text import first_few
from eipctl.domain.actions.terway import WriteEniConfig
from eipctl.domain.plan import Lane, Plan, Skip, Stage, Verb
from eipctl.domain.ram.policy_document import BANDWIDTH_PACKAGE_ACTIONS, EIP_ACTIONS
from eipctl.domain.terway.eni_conf import CredentialSource
from eipctl.domain.terway.startup import behind, flag_on, still_on
from eipctl.planners.terway import grants
from eipctl.planners.terway.edited_policy import grant_by_editing
from eipctl.planners.terway.eni_config import ConfigChange, dated, switch_on, undo_of, undo_recorded
from eipctl.planners.terway.eni_config_values import no_migration, none_would_stop
from eipctl.planners.terway.gate import gate, limits
from eipctl.planners.terway.held import Held, holds
from eipctl.planners.terway.restart import Pace, Rollout, reachable, restart_stages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.facts import AttachedPolicy
    from eipctl.domain.terway.installation import EniConfig, TerwayPod

RAM, ENI_CONFIG, RESTART = "ram", "eni-config", "restart"
STEPS = frozenset({RAM, ENI_CONFIG, RESTART})
BLOCKS_UPGRADE = "while the flag is set, ACK refuses to upgrade Terway to v1.7.0 or later; teardown lifts that"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupWorld:
    """What was observed. `roles` are those that Terway works under; none when eni_conf carries an AccessKey."""

    terway: tuple[TerwayPod, ...]
    config: EniConfig
    cluster: str = ""
    """The name under which this cluster stands in the description of our policy."""
    roles: tuple[grants.TerwayRole, ...] = ()
    own_policy: AttachedPolicy | None = None
    edited_policy: AttachedPolicy | None = None
    ack_extend: bool = False
    held: tuple[Held, ...] = ()
    """EIPs that Terway may hold on nodes where it would be restarted without its flag."""
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


@dataclass(frozen=True, slots=True)
class _Part:
    """What one step adds to the plan."""

    stages: tuple[Stage, ...] = ()
    notes: tuple[str, ...] = ()
    skips: tuple[Skip, ...] = ()


def plan_setup(world: SetupWorld, knobs: SetupKnobs) -> Plan:
    """The three steps, of each only what is not there yet. Refused where Terway can't give EIPs."""
    gate(world.terway, ack_extend=world.ack_extend)
    change = ConfigChange(None)
    parts = [_ram(world, knobs)] if RAM in knobs.steps else []
    if knobs.steps != {RAM}:
        parts.append(_Part(notes=tuple(limits(world.terway, world.config.conf, knobs.actions))))
    if ENI_CONFIG in knobs.steps:
        no_migration(world.config, world.terway)
        change = switch_on(world.config, allow_eip_rob=knobs.allow_eip_rob)
        parts.append(_eni_config(change))
    if knobs.steps != {RAM}:
        none_would_stop(change.write.after if change.write else world.config.text, world.config, world.terway)
    if RESTART in knobs.steps:
        parts.append(_restart(world, knobs, change))
    plan = Plan(
        "setup",
        stages=tuple(stage for part in parts for stage in part.stages),
        skips=tuple(skip for part in parts for skip in part.skips),
        notes=tuple(note for part in parts for note in part.notes),
    )
    return replace(plan, notes=(*plan.notes, BLOCKS_UPGRADE)) if starts_terways_mode(world, plan) else plan


def starts_terways_mode(world: SetupWorld, plan: Plan) -> bool:
    """Whether Terway gives EIPs itself once the plan is carried out: it is switched on, or restarted with it on."""
    writes = any(isinstance(action, WriteEniConfig) and action.before != action.after for action in plan.actions)
    on = any(flag_on(pod, world.config) for pod in world.terway)
    return writes or (on and plan.count(Verb.RESTART) > 0)


def _ram(world: SetupWorld, knobs: SetupKnobs) -> _Part:
    notes = tuple(_access_keys(world.config, ", ".join(knobs.actions), alone=not world.roles))
    if not world.roles:
        return _Part(notes=notes)
    notes += grants.cautions(world.roles)
    if knobs.edit_policy is None:
        stages = grants.grant(world.roles, world.own_policy, world.cluster)
    else:
        stages = grant_by_editing(world.roles, world.edited_policy, knobs.edit_policy, world.config.edits)
    if stages and not frozenset(BANDWIDTH_PACKAGE_ACTIONS).issubset(knobs.actions):
        notes += grants.left_out(world.roles)
    return _Part(stages, notes)


def _access_keys(config: EniConfig, actions: str, *, alone: bool) -> Iterator[str]:
    """`alone`: Terway works under no role at all, so that eni_conf itself has one."""
    if alone:
        yield f"eni_conf contains an AccessKey, which Terway uses instead of a role; allow its RAM user: {actions}"
    for override in config.overrides:
        if override.credentials is CredentialSource.ACCESS_KEY and not alone:
            name, nodes = override.config_map, first_few(override.nodes)
            yield f"on {nodes} Terway uses the AccessKey in ConfigMap {name}; allow its RAM user: {actions}"


def _eni_config(change: ConfigChange) -> _Part:
    if change.write is None:
        return _Part(notes=change.notes)
    return _Part((Stage("eni-config", (Lane((change.write,)),), stop_on_failure=True),), change.notes)


def _restart(world: SetupWorld, knobs: SetupKnobs, change: ConfigChange) -> _Part:
    rollout = _rollout(world, knobs, change)
    reached, skips = reachable(rollout.pods, world.silent, "eipctl setup restart")
    if change.write is None and world.held and still_on(reached, world.config):
        raise holds(world.held)
    moment = dated(world.config) if reached and change.write is None else None
    first = (Stage("eni-config", (Lane((moment,)),), stop_on_failure=True),) if moment else ()
    stages = restart_stages(replace(rollout, pods=reached), len(world.terway), knobs.pace)
    return _Part((*first, *stages), skips=skips)


def _rollout(world: SetupWorld, knobs: SetupKnobs, change: ConfigChange) -> Rollout:
    """Which Pods restart and why; the change is undone only as long as no Terway works with it."""
    if change.write is not None:
        undo = undo_of(change.write, world.config)
        return Rollout(world.terway, "Terway reads eni_conf only when it starts", undo)
    late = behind(world.terway, world.config)
    unread = {pod.uid for pod in late}
    read = [pod for pod in world.terway if pod.uid not in unread]
    restore = None if any(pod.ready for pod in read) else undo_recorded(world.config)
    if knobs.force_restart:
        return Rollout(world.terway, "requested by --force-restart", restore)
    suspects = tuple(pod for pod in read if not pod.ready) if late or restore is not None else ()
    reason = "it is not Ready since it read eni_conf" if suspects else "it started before eni_conf was changed"
    return Rollout((*suspects, *late), reason, restore, frozenset(pod.uid for pod in suspects))
