"""Plan `adopt`: EIPs that Terway bound come into eipctl's care, and Terway stops working with EIPs.

First the EIPs are tagged, for a Terway that starts without its flag forgets them and releases none; then the flag goes
and Terway is restarted, also where the flag is gone already but Terway may have read it. Nothing is unbound, so no
packet is lost.

the Pod                       EIP at its address, without a tag       then
----------------------------  --------------------------------------  -----------------------------------------
names this EIP by id          any                                     tagged as given: it stays its owner's
tells this EIP's address      any                                     tagged as allocated for it
asks, and tells none          any                                     reported: nobody says that Terway bound it
asks for nothing, tells none  any                                     a person's; nothing

Refused where PodEIP objects exist (their controller owns those EIPs) and where a node's own configuration sets the
flag, which is not eipctl's to take out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Adopt
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Skip, Stage
from eipctl.domain.strategy import FOLLOW
from eipctl.domain.terway.eni_conf import FlagState
from eipctl.domain.terway.startup import still_on
from eipctl.domain.wish import Wanted
from eipctl.planners.bind.draft import ref
from eipctl.planners.bind.world import at, bindings
from eipctl.planners.terway.eni_config import switch_off
from eipctl.planners.terway.restart import Pace
from eipctl.planners.terway.teardown import Reach, flags_off, forgotten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.facts import ClusterId, Eip, EniAddress, Pod
    from eipctl.domain.terway.installation import EniConfig, TerwayPod


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptWorld:
    """What was observed; `places` is Pod UID to address, for Pods that ask for an EIP or record one."""

    cluster: ClusterId
    eips: tuple[Eip, ...]
    pods: tuple[Pod, ...]
    places: Mapping[str, EniAddress]
    config: EniConfig
    terway: tuple[TerwayPod, ...]
    rivals: bool = False
    silent: frozenset[str] = frozenset()
    """Nodes whose kubelet has stopped reporting."""


@dataclass(frozen=True, slots=True)
class AdoptKnobs:
    """What was asked for."""

    pace: Pace = field(default_factory=Pace)


def plan_adopt(world: AdoptWorld, knobs: AdoptKnobs) -> Plan:
    """Tag, flag off, restart, and last the record of it."""
    _may_be_adopted(world)
    lanes, skips = _taken_over(world)
    change = switch_off(world.config, any_case=any(pod.any_case for pod in world.terway))
    stages: tuple[Stage, ...] = (Stage("take over", lanes, needed=True),) if lanes else ()
    late = still_on(world.terway, world.config)
    reach = Reach(world.terway, world.silent, "eipctl adopt")
    off, unreached = flags_off(reach, world.config, knobs.pace, change.write, late)
    stages += off
    forget = () if unreached else forgotten(world.terway, world.config, change.write)
    stages += (Stage("forget", (Lane(forget),)),) if forget else ()
    return Plan("adopt", stages, (*skips, *unreached), (*change.notes, *_notes(stages)))


def _may_be_adopted(world: AdoptWorld) -> None:
    if world.rivals:
        raise Refused(
            Code.ACK_EXTEND,
            "ack-extend-network-controller or its PodEIP objects are in this cluster, and they own their EIPs",
            hint="uninstall the controller, then: eipctl adopt --from ack-extend --podeips remove; "
            "or leave the EIPs to it",
        )
    for override in world.config.overrides:
        if override.conf and override.conf.enable_eip_pool.state is FlagState.ON:
            raise Refused(
                Code.NODE_OVERRIDE,
                f"ConfigMap {override.config_map} turns Terway's EIP mode on for {', '.join(override.nodes)}",
                hint=f"remove the flag there first: kubectl -n kube-system edit configmap {override.config_map}",
            )


def _taken_over(world: AdoptWorld) -> tuple[tuple[Lane, ...], tuple[Skip, ...]]:
    bound = bindings(world.eips)
    lanes: list[Lane] = []
    skips: list[Skip] = []
    for pod in sorted(world.pods, key=lambda pod: (pod.key, pod.uid)):
        place = world.places.get(pod.uid)
        eip = at(place, bound) if place and not pod.finished else None
        if place is None or eip is None or eip.status is not EipStatus.IN_USE or eip.tagged:
            continue
        if eip.odd:
            skips.append(Skip(f"pod/{pod.key}", Code.EIP_HELD_BACK, f"{eip.allocation_id} is {eip.untouchable}"))
            continue
        role = _role(pod, eip)
        if role is None:
            reason = f"{eip.allocation_id} at its IP is not recorded in any Terway annotation; it is left unchanged"
            skips.append(Skip(f"pod/{pod.key}", Code.UNTAGGED_EIP, reason))
            continue
        tags = (*ownership.tags_for(world.cluster, pod, role, FOLLOW), ownership.binding_tag(place))
        step = Adopt(**ref(pod, place, eip), primary=place.primary, tags=tags, reason=_REASONS[role])
        lanes.append(Lane((step,)))
    return tuple(lanes), tuple(skips)


_REASONS = {
    Role.ALLOCATED: "Terway allocated it for this Pod",
    Role.GIVEN: "the Pod names it; eipctl never releases it",
}


def _role(pod: Pod, eip: Eip) -> Role | None:
    """As what an EIP at a Pod's address is taken over; None if nothing says that Terway bound it."""
    if isinstance(pod.wish, Wanted) and pod.wish.instance_id == eip.allocation_id:
        return Role.GIVEN
    return Role.ALLOCATED if pod.recorded == eip.address else None


def _notes(stages: tuple[Stage, ...]) -> tuple[str, ...]:
    if not stages:
        return ()
    return (
        "EIPs that Terway binds until its restart are taken over in another round",
        "Terway can then be upgraded, and eipctl bind serves the Pods; eipctl teardown removes the RAM policy",
    )
