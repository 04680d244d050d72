"""Plan `move`: the EIP of one Pod becomes another Pod's, by a person's word (fail-over).

the EIP of the first Pod            the second Pod asks for            then
----------------------------------  ---------------------------------  ---------------------------------------------
bought by eipctl                    an EIP (not by id, no pool)        moved
lent to a pool                      an EIP of that pool                moved
given (named by id)                 that very EIP                      moved
any                                 something else, or nothing         refused: the next bind would take it away
bound, and not by eipctl            anything                           refused: it is somebody else's

The order is unbind, record, tag, bind, record. After each step the next `bind` goes on: up to the tag the EIP is the
first Pod's, from then on the second one's. The first Pod may be gone; if it lives and asks, the next bind gives it
another EIP. The second Pod must have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, Refused
from eipctl.domain.actions.eips import AnnotatePod, Associate, Tag, Unassociate, Untag
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import ORPHAN_SINCE, Role, held_elsewhere
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.strategy import FOLLOW
from eipctl.domain.wish import Wanted
from eipctl.planners.bind.draft import BindDraft, place_of, ref, role_tags, strategy_of
from eipctl.planners.bind.pods import may_keep
from eipctl.planners.bind.world import Knobs, at

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Action
    from eipctl.planners.bind.world import World

ASKED = "the EIP is moved on request"


@dataclass(frozen=True, slots=True)
class Move:
    """From one Pod to another, as ``namespace/name``."""

    source: str
    target: str


def plan_move(world: World, move: Move) -> Plan:
    """The table above. Failed for a Pod or an EIP that is not there, Refused where the next bind would not agree."""
    draft = BindDraft(world, Knobs())
    if not world.complete:
        raise Refused(Code.PARTIAL_READ, "not everything was read, so nothing is moved", hint="run the command again")
    target = _target(draft, move.target)
    eip = _eip_of(draft, move.source)
    source = draft.living(draft.owner(eip))
    if source is target:
        raise Refused(Code.USAGE, f"{eip.allocation_id} already belongs to Pod {target.key}", hint="name two Pods")
    wish = _must_fit(draft, eip, target)
    steps = (*_taken_off(draft, eip, source), *_put_on(draft, eip, target, wish))
    return Plan("move", (Stage("move", (Lane(steps),)),), notes=_notes(source))


def _target(draft: BindDraft, key: str) -> Pod:
    pod = next((pod for pod in draft.alive.values() if pod.key == key), None)
    if pod is None:
        raise _no_pod(key)
    if pod.terminating or pod.uid not in draft.world.enis:
        why = "is being deleted" if pod.terminating else "has no private IP that an EIP can be bound to"
        raise Refused(Code.POD_NOT_READY_FOR_EIP, f"Pod {key} {why}", hint="name another Pod", obj=f"pod/{key}")
    there = at(draft.world.enis[pod.uid], draft.bound)
    own = there or next(iter(draft.own_of_pod.get(pod.uid, ())), None)
    if own is not None:
        hint = f"let it go first: eipctl release pod/{key}"
        raise Refused(Code.IP_HAS_EIP, f"Pod {key} has {own.allocation_id} already", hint=hint, obj=f"pod/{key}")
    return pod


def _eip_of(draft: BindDraft, key: str) -> Eip:
    """The EIP of that Pod, a bound one first, a living Pod's before one that a gone Pod of the name left."""
    found = [eip for eip in (*draft.own, *draft.elsewhere) if draft.owner(eip).key == key]
    if not found:
        hint = "eipctl status shows which Pod has which EIP"
        raise Failed(Code.EIP_NOT_FOUND, f"Pod {key} has no EIP that eipctl manages", hint=hint, obj=f"pod/{key}")
    eip = min(found, key=lambda eip: (draft.living(draft.owner(eip)) is None, not eip.bound, eip.allocation_id))
    if held_elsewhere(eip):
        message = f"{eip.allocation_id} is bound to {eip.instance_id}, not by eipctl"
        raise Refused(Code.EIP_ELSEWHERE, message, hint="whoever bound it unbinds it", obj=eip.allocation_id)
    if eip.untouchable:
        raise Refused(Code.EIP_HELD_BACK, f"{eip.allocation_id} is {eip.untouchable}", hint="see the console")
    return eip


def _must_fit(draft: BindDraft, eip: Eip, target: Pod) -> Wanted:
    wish, role = target.wish, draft.owner(eip).role
    if isinstance(wish, Wanted):
        named = wish.instance_id == eip.allocation_id if role is Role.GIVEN or wish.instance_id else True
        lent = role is not Role.POOLED or eip.pool is not None
        if named and lent and (role is Role.GIVEN or may_keep(wish, eip)):
            return wish
    raise Refused(
        Code.ANNOTATION_CONFLICT,
        f"Pod {target.key} does not ask for {_what(eip, role)}, so the next bind would take it away",
        hint=f"annotate it first: eipctl annotate pod/{target.name} -n {target.namespace} {_option(eip, role)}",
        obj=f"pod/{target.key}",
    )


def _what(eip: Eip, role: Role) -> str:
    if role is Role.GIVEN:
        return eip.allocation_id
    return f"an EIP of pool {eip.pool.name}" if eip.pool else "an EIP of its own"


def _option(eip: Eip, role: Role) -> str:
    if role is Role.GIVEN:
        return f"--instance-id {eip.allocation_id}"
    return f"--pool-of-eips {eip.pool.name}" if eip.pool else "--eip"


def _taken_off(draft: BindDraft, eip: Eip, source: Pod | None) -> list[Action]:
    who = source or draft.owner(eip)
    address = place_of(eip)
    steps: list[Action] = []
    if eip.bound and eip.status is not EipStatus.UNASSOCIATING:
        steps.append(Unassociate(**ref(who, address, eip), living=source is not None, asked=True, reason=ASKED))
    if source is not None and source.recorded == eip.address:
        reason = "the Pod no longer has this address"
        steps.append(AnnotatePod(**ref(source, address, eip), remove=True, gate=source.eip_gate, reason=reason))
    return steps


def _put_on(draft: BindDraft, eip: Eip, target: Pod, wish: Wanted) -> list[Action]:
    owner, address = draft.owner(eip), draft.world.enis[target.uid]
    strategy = strategy_of(draft, target, wish) if owner.role is Role.ALLOCATED else FOLLOW
    tags = role_tags(draft, target, owner.role, strategy)
    consent = (eip.pool.tag,) if eip.pool and owner.role is Role.POOLED else ()
    fields = ref(target, address, eip)
    steps: list[Action] = [
        Tag(**fields, tags=(*eip.lacks(tags), *consent), moved_from=owner.pod_uid, reason=f"it was Pod {owner.key}'s")
    ]
    if owner.orphan_since is not None:
        steps.append(Untag(**fields, keys=(ORPHAN_SINCE,), reason="the EIP is no longer orphaned"))
    return [
        *steps,
        Associate(**fields, primary=address.primary, reason=ASKED),
        AnnotatePod(**fields, gate=target.eip_gate, reason="record the address on the Pod"),
    ]


def _notes(source: Pod | None) -> tuple[str, ...]:
    if source is not None and isinstance(source.wish, Wanted):
        return (f"Pod {source.key} still asks for an EIP: the next bind gives it another one",)
    return ()


def _no_pod(key: str) -> EipctlError:
    return Failed(Code.WORKLOAD_NOT_FOUND, f"there is no Pod {key}", hint="see: kubectl get pods -A", obj=f"pod/{key}")
