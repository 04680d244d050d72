"""Plan `teardown`: what `setup` did is taken back in the order that leaks nothing, and nothing else is touched.

Refused while Terway holds EIPs: a Terway that starts without the flag forgets them and never releases them. Then the
flag, Terway's restart, and last the RAM policy, which Terway needs to release what it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.domain.actions.policies import RecordEdits
from eipctl.domain.cost import CURRENCY
from eipctl.domain.facts import EipStatus
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.terway.eni_conf import FlagState
from eipctl.domain.terway.installation import stale
from eipctl.planners.terway.eni_config import forget_record, take_back, undo_of
from eipctl.planners.terway.restart import Pace, Rollout, restart_stages
from eipctl.planners.terway.revoke import Granted, kept, revoke

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from eipctl.domain.actions.terway import WriteEniConfig
    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Action
    from eipctl.domain.terway.installation import EniConfig, TerwayPod

SHOWN = 20
GONE = "a deleted Pod"


@dataclass(frozen=True, slots=True)
class Held:
    """An EIP that Terway holds, the Pod it is for, and its price in USD per month."""

    eip: Eip
    pod: str
    per_month: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TeardownWorld:
    """What was observed."""

    terway: tuple[TerwayPod, ...]
    config: EniConfig
    granted: Granted = field(default_factory=Granted)
    held: tuple[Held, ...] = ()


@dataclass(frozen=True, slots=True)
class TeardownKnobs:
    """What was asked for."""

    pace: Pace = field(default_factory=Pace)


def plan_teardown(world: TeardownWorld, knobs: TeardownKnobs) -> Plan:
    """Flag off, restart, RAM, and last the record. Refused while Terway holds EIPs that would leak."""
    config = world.config
    change = take_back(config)
    late = stale(world.terway, config.record)
    ram = revoke(world.granted)
    if world.held and (change.write or late or ram) and may_hold(world.config, world.terway):
        raise holds(world.held)
    stages = (*flags_off(world.terway, world.config, knobs.pace, change.write), *ram)
    forget = _forget(config, change.write.after if change.write else config.text)
    stages += (Stage("forget", (Lane(forget),)),) if forget else ()
    return Plan("teardown", stages, notes=(*change.notes, *kept(world.granted)))


def _forget(config: EniConfig, text: str) -> tuple[Action, ...]:
    actions: list[Action] = [forget_record(config, text)] if config.record is not None else []
    if config.edits:
        actions.append(RecordEdits(edits=(), reason="setup's record of edited policies is no longer needed"))
    return tuple(actions)


def flags_off(
    terway: tuple[TerwayPod, ...], config: EniConfig, pace: Pace, write: WriteEniConfig | None
) -> tuple[Stage, ...]:
    """Write eni_conf, then restart every Terway Pod; without a write the Pods that have not read the last one."""
    if write is None:
        late = stale(terway, config.record)
        return restart_stages(Rollout(late, "it started before eni_conf was changed"), len(terway), pace)
    restore, reason = undo_of(write, config), "Terway reads eni_conf only when it starts"
    off = Stage("eni-config", (Lane((write,)),), stop_on_failure=True)
    return (off, *restart_stages(Rollout(terway, reason, restore), len(terway), pace))


def may_hold(config: EniConfig, pods: Iterable[TerwayPod]) -> bool:
    """Whether some Terway may still work in its EIP mode: the flag is on, or a Pod has not read that it is off."""
    confs = (config.conf, *(override.conf for override in config.overrides if override.conf is not None))
    return any(conf.enable_eip_pool.state is FlagState.ON for conf in confs) or bool(stale(pods, config.record))


def held_by_terway(
    eips: Iterable[Eip],
    results: Mapping[str, Pod],
    asking: Mapping[tuple[str, str], Pod],
    idle: Container[tuple[str, str]] = (),
) -> tuple[tuple[Eip, Pod | None], ...]:
    """EIPs that Terway bound: without eipctl tags, on an ENI, and told by a Pod or at the address of one that asks.

    `results` are Pods by the address in their result annotation, `asking` Pods by (ENI id, private IP). At an address
    of Terway's pool that no Pod has (`idle`) it is the EIP of a gone Pod, which Terway releases within two rounds of
    its garbage collection, some ten minutes (v1.6.4, daemon/daemon.go); None stands for that Pod.
    """
    found: list[tuple[Eip, Pod | None]] = []
    for eip in sorted(eips, key=lambda eip: eip.allocation_id):
        if eip.instance_type != "NetworkInterface" or eip.tagged or eip.status is EipStatus.RELEASING:
            continue
        place = (eip.instance_id, eip.private_ip)
        pod = results.get(eip.address) or asking.get(place)
        if pod is not None or place in idle:
            found.append((eip, pod))
    return tuple(found)


def holds(held: tuple[Held, ...]) -> Refused:
    """The refusal: which EIPs, what they cost, and the way out."""
    shown = first_few([f"{one.eip.allocation_id} {one.eip.address} ({one.pod})" for one in held], SHOWN)
    price = sum(one.per_month for one in held)
    count = "1 EIP" if len(held) == 1 else f"{len(held)} EIPs"
    return Refused(
        Code.TERWAY_HOLDS_EIPS,
        f"Terway holds {count} ({CURRENCY} {price:.2f} a month), which nothing would release afterwards: {shown}",
        hint="let Terway release them (eipctl annotate KIND/NAME --remove for each workload, then wait for the "
        f"rollout; those of {GONE} go within ten minutes), or keep them and their addresses: eipctl adopt",
    )
