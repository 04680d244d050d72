"""Plan `teardown`: what `setup` did is taken back in the order that leaks nothing, and nothing else is touched.

Refused while Terway holds EIPs: a Terway that starts without the flag forgets them and never releases them. Then the
flag, Terway's restart, and last the RAM policy, which Terway needs to release what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain.actions.policies import RecordEdits
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.terway.eni_conf import FlagState
from eipctl.domain.terway.startup import flag_on, may_give_eips, still_on
from eipctl.planners.terway.eni_config import dated, forget_record, take_back, undo_of
from eipctl.planners.terway.eni_config_values import none_would_stop
from eipctl.planners.terway.held import Held, holds
from eipctl.planners.terway.restart import Pace, Rollout, reachable, restart_stages
from eipctl.planners.terway.revoke import Granted, kept, revoke

if TYPE_CHECKING:
    from eipctl.domain.actions.terway import WriteEniConfig
    from eipctl.domain.plan import Action, Skip
    from eipctl.domain.terway.installation import EniConfig, TerwayPod


@dataclass(frozen=True, slots=True, kw_only=True)
class TeardownWorld:
    """What was observed."""

    terway: tuple[TerwayPod, ...]
    config: EniConfig
    granted: Granted = field(default_factory=Granted)
    held: tuple[Held, ...] = ()
    silent: frozenset[str] = frozenset()
    """Nodes whose kubelet has stopped reporting."""


@dataclass(frozen=True, slots=True)
class TeardownKnobs:
    """What was asked for."""

    pace: Pace = field(default_factory=Pace)


def plan_teardown(world: TeardownWorld, knobs: TeardownKnobs) -> Plan:
    """Flag off, restart, RAM, and last the record. Refused while Terway holds EIPs that would leak."""
    config = world.config
    change = take_back(config)
    ram = revoke(world.granted)
    ours = bool(change.write or ram or config.record)
    late = still_on(world.terway, config) if ours else ()
    if world.held and (change.write or late or ram) and any(may_give_eips(pod, config) for pod in world.terway):
        raise holds(world.held)
    _stays_off(world, change.write, ram)
    off, skips = flags_off(Reach(world.terway, world.silent, "eipctl teardown"), config, knobs.pace, change.write, late)
    stages = (*off, *ram)
    forget = _forget(world, change.write, all_reached=not skips)
    stages += (Stage("forget", (Lane(forget),)),) if forget else ()
    return Plan("teardown", stages, skips, (*change.notes, *kept(world.granted)))


def _stays_off(world: TeardownWorld, write: WriteEniConfig | None, ram: tuple[Stage, ...]) -> None:
    """Refused where the flag stays on, for it is not setup's: Terway would go on without its rights."""
    after = replace(world.config, text=write.after) if write else world.config
    on = [pod for pod in world.terway if pod.may_support_eip and flag_on(pod, after)]
    if not ram or not on:
        return
    own = next((each.config_map for each in after.overrides if on[0].node in each.nodes), "eni-config")
    name = "eni-config" if after.conf.enable_eip_pool.state is FlagState.ON else own
    raise Refused(
        Code.FLAG_NOT_SET,
        f"enable_eip_pool stays on in ConfigMap {name}: no record says that setup set it; without setup's RAM policy "
        f"annotated Pods on {first_few(sorted(pod.node for pod in on))} would hang in ContainerCreating",
        hint=f"remove the flag (kubectl -n kube-system edit configmap {name}), then run the same command again",
        obj=f"configmap/kube-system/{name}",
    )


def _forget(world: TeardownWorld, write: WriteEniConfig | None, *, all_reached: bool) -> tuple[Action, ...]:
    """The record stays for the next teardown as long as some Terway Pod has not been restarted."""
    actions: list[Action] = list(forgotten(world.terway, world.config, write)) if all_reached else []
    if world.config.edits:
        actions.append(RecordEdits(edits=(), reason="setup's record of edited policies is no longer needed"))
    return tuple(actions)


def forgotten(
    terway: tuple[TerwayPod, ...], config: EniConfig, write: WriteEniConfig | None
) -> tuple[WriteEniConfig, ...]:
    """Drop the record, unless it alone says that Terway's Pods have read eni_conf."""
    record, written = config.record, config.written
    if write is None and record is not None and written is not None:
        restarted = {pod.uid for pod in still_on(terway, config)}
        running = [pod for pod in terway if pod.may_support_eip and pod.uid not in restarted]
        if any(pod.created <= written.when for pod in running):
            return ()
    text = write.after if write else config.text
    return (forget_record(config, text),) if write is not None or record is not None else ()


@dataclass(frozen=True, slots=True)
class Reach:
    """Terway's Pods, the nodes whose kubelet has stopped reporting, and the command that goes on once they are back."""

    terway: tuple[TerwayPod, ...]
    silent: frozenset[str]
    command: str


def flags_off(
    reach: Reach, config: EniConfig, pace: Pace, write: WriteEniConfig | None, late: tuple[TerwayPod, ...]
) -> tuple[tuple[Stage, ...], tuple[Skip, ...]]:
    """Write eni_conf, then restart every Terway Pod; without a write those that may work with the flag (`late`)."""
    if write is None and not late:
        return (), ()
    none_would_stop(write.after if write else config.text, config, reach.terway)
    pods, skips = reachable(late if write is None else reach.terway, reach.silent, reach.command)
    if write is None:
        change, rollout = dated(config) if pods else None, Rollout(pods, "it may have read that the flag is on")
    else:
        change = write
        rollout = Rollout(pods, "Terway reads eni_conf only when it starts", undo_of(write, config))
    first = (Stage("eni-config", (Lane((change,)),), stop_on_failure=True),) if change else ()
    return (*first, *restart_stages(rollout, len(reach.terway), pace)), skips
