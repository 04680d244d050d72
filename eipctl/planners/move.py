"""Plan `move`: the EIP of one Pod becomes another Pod's, by a person's word (fail-over).

the EIP of the first Pod            the second Pod asks for            then
----------------------------------  ---------------------------------  ---------------------------------------------
bought by eipctl                    an EIP (not by id, no pool)        moved
lent to a pool                      an EIP of that pool                moved
given (named by id)                 that very EIP                      moved
any                                 something else, or nothing         refused: the next bind would take it away
bound, and not by eipctl            anything                           refused: it is somebody else's

the second Pod has                  then
----------------------------------  --------------------------------------------------------------------------------
no EIP                              it gets the first one's
an own EIP                          refused, unless that one is to be replaced: the first Pod gets it, if it lives and
                                    may have it; else it goes back to its pool or its owner, or is an orphan
an EIP that is not eipctl's         refused

The order is unbind, record, tag, bind, record; what makes way goes first, so that the address which moves is away for
the shortest time. After each step the next `bind` goes on: up to the tag the EIP is the
first Pod's, from then on the second one's. One that is replaced is marked as left before that, so that no run takes it
for the one that the second Pod keeps. The first Pod may be gone; if it lives and asks, the next bind gives it another
EIP.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, Refused
from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, Associate, Heir, Tag, Untag
from eipctl.domain.ownership import ORPHAN_SINCE, Role, held_elsewhere
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.strategy import FOLLOW
from eipctl.domain.wish import Wanted
from eipctl.planners.bind.draft import BindDraft, Parting, ref, role_tags, strategy_of
from eipctl.planners.bind.pods import may_keep, not_eligible
from eipctl.planners.bind.world import Knobs, at

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Action
    from eipctl.planners.bind.world import World

ASKED = "the EIP is moved on request"
MAKES_WAY = "another EIP takes its place on request"


@dataclass(frozen=True, slots=True)
class Move:
    """From one Pod to another, as ``namespace/name``; `replace`: whatever EIP of eipctl's the other one has."""

    source: str
    target: str
    replace: bool = False


def plan_move(world: World, move: Move) -> Plan:
    """The tables above. Failed for a Pod or an EIP that is not there, Refused where the next bind would not agree."""
    draft = BindDraft(world, Knobs())
    if not world.complete:
        raise Refused(Code.PARTIAL_READ, "not everything was read, so nothing is moved", hint="run the command again")
    target = _target(draft, move.target)
    eip = _eip_of(draft, move.source)
    source = draft.living(draft.owner(eip))
    if source is target:
        raise Refused(Code.USAGE, f"{eip.allocation_id} already belongs to Pod {target.key}", hint="name two Pods")
    wish = _must_fit(draft, eip, target)
    replaced = _replaced(draft, target, move)
    heir = Heir(namespace=target.namespace, pod=target.name, uid=target.uid, private_ip=target.ip)
    steps = [
        *([_mark(draft, replaced, target)] if replaced else []),
        *(draft.parting(replaced, Parting(target, MAKES_WAY, asked=True, heir=heir)).actions if replaced else ()),
        *draft.parting(eip, Parting(source, ASKED, asked=True, heir=heir)).actions,
        *_put_on(draft, eip, target, wish),
    ]
    exchanged = replaced is not None and source is not None and _may_have(draft, replaced, source)
    if replaced is not None:
        steps += _passed_on(draft, replaced, source if exchanged else None)
    lane = Lane(tuple(steps))
    return Plan("move", (Stage("move", (lane,)),), notes=() if exchanged else _notes(source, replaced))


def _target(draft: BindDraft, key: str) -> Pod:
    pod = next((pod for pod in draft.alive.values() if pod.key == key), None)
    if pod is None:
        raise _no_pod(key)
    if pod.terminating or pod.uid not in draft.world.enis:
        why = "is being deleted" if pod.terminating else "has no private IP that an EIP can be bound to"
        raise Refused(Code.POD_NOT_READY_FOR_EIP, f"Pod {key} {why}", hint="name another Pod", obj=f"pod/{key}")
    return pod


def _replaced(draft: BindDraft, target: Pod, move: Move) -> Eip | None:
    """The EIP of the second Pod, which makes way; Refused where that is not asked for, or not eipctl's to decide."""
    there = at(draft.world.enis[target.uid], draft.bound)
    own = there or next(iter(draft.own_of_pod.get(target.uid, ())), None)
    if own is None:
        return None
    hint = "with --replace that one makes way: the first Pod gets it, if it may have it"
    if not draft.owned(own) or held_elsewhere(own) or own.untouchable:
        hint = "whoever bound that one unbinds it"
    elif draft.owner(own).pod_uid != target.uid:
        hint = "it is another Pod's; once eipctl bind has unbound it, run the command again"
    elif move.replace:
        return own
    raise Refused(
        Code.IP_HAS_EIP, f"Pod {target.key} has {own.allocation_id} already", hint=hint, obj=f"pod/{target.key}"
    )


def _eip_of(draft: BindDraft, key: str) -> Eip:
    """The EIP of that Pod, a bound one first, a living Pod's before one that a gone Pod of the name left."""
    found = draft.of_pod(key)
    if not found:
        hint = "eipctl status shows which Pod has which EIP; eipctl bind finishes a move that was interrupted"
        raise Failed(Code.EIP_NOT_FOUND, f"Pod {key} has no EIP that eipctl manages", hint=hint, obj=f"pod/{key}")
    eip = min(found, key=lambda eip: (draft.living(draft.owner(eip)) is None, not eip.bound, eip.allocation_id))
    if held_elsewhere(eip):
        message = f"{eip.allocation_id} is bound to {eip.instance_id}, not by eipctl"
        raise Refused(Code.EIP_ELSEWHERE, message, hint="whoever bound it unbinds it", obj=eip.allocation_id)
    if eip.untouchable:
        raise Refused(Code.EIP_HELD_BACK, f"{eip.allocation_id} is {eip.untouchable}", hint="see the console")
    return eip


def _must_fit(draft: BindDraft, eip: Eip, target: Pod) -> Wanted:
    """What the second Pod asks for; Refused where bind would not serve it, or not with this EIP."""
    if isinstance(target.wish, Wanted) and _suits(draft, eip, target.wish):
        if (obstacle := not_eligible(draft, target, target.wish)) is not None:
            code, why = obstacle
            message = f"Pod {target.key} is not served by eipctl: {why}"
            raise Refused(code, message, hint="name another Pod", obj=f"pod/{target.key}")
        return target.wish
    role = draft.owner(eip).role
    raise Refused(
        Code.ANNOTATION_CONFLICT,
        f"Pod {target.key} does not ask for {_what(eip, role)}, so the next bind would take it away",
        hint=f"annotate it first: eipctl annotate pod/{target.name} -n {target.namespace} {_option(eip, role)}",
        obj=f"pod/{target.key}",
    )


def _suits(draft: BindDraft, eip: Eip, wish: Wanted) -> bool:
    """Whether the next bind would leave the EIP with a Pod that asks for this."""
    role = draft.owner(eip).role
    if role is Role.GIVEN or wish.instance_id:
        return role is Role.GIVEN and wish.instance_id == eip.allocation_id
    return may_keep(wish, eip) and (role is not Role.POOLED or eip.pool is not None)


def _may_have(draft: BindDraft, eip: Eip, pod: Pod) -> bool:
    """Whether a Pod that has just lost its EIP may have another one's."""
    wish = pod.wish
    placed = pod.uid in draft.world.enis and not pod.terminating
    return isinstance(wish, Wanted) and placed and _suits(draft, eip, wish) and not_eligible(draft, pod, wish) is None


def _what(eip: Eip, role: Role) -> str:
    if role is Role.GIVEN:
        return eip.allocation_id
    return f"an EIP of pool {eip.pool.name}" if eip.pool else "an EIP of its own"


def _option(eip: Eip, role: Role) -> str:
    if role is Role.GIVEN:
        return f"--instance-id {eip.allocation_id}"
    return f"--pool-of-eips {eip.pool.name}" if eip.pool else "--eip"


def _put_on(draft: BindDraft, eip: Eip, target: Pod, wish: Wanted) -> list[Action]:
    owner, address = draft.owner(eip), draft.world.enis[target.uid]
    strategy = strategy_of(draft, target, wish) if owner.role is Role.ALLOCATED else FOLLOW
    tags = role_tags(draft, target, owner.role, strategy)
    consent = (eip.pool.tag,) if eip.pool and owner.role is Role.POOLED else ()
    fields = ref(target, address, eip)
    steps: list[Action] = [
        Tag(
            **fields,
            tags=(*ownership.due_tags(eip, tags), *consent),
            moved_from=owner.pod_uid,
            reason=f"it was Pod {owner.key}'s",
        )
    ]
    if owner.orphan_since is not None:
        steps.append(Untag(**fields, keys=(ORPHAN_SINCE,), reason="the EIP is no longer orphaned"))
    return [
        *steps,
        Associate(**fields, primary=address.primary, reason=ASKED),
        AnnotatePod(**fields, gate=target.eip_gate, reason="record the address on the Pod"),
    ]


def _mark(draft: BindDraft, eip: Eip, target: Pod) -> Action:
    mark = ((ORPHAN_SINCE, ownership.moment(draft.world.now)),)
    return Tag(**ref(target, None, eip), tags=mark, reason=MAKES_WAY)


def _passed_on(draft: BindDraft, eip: Eip, source: Pod | None) -> list[Action]:
    """What becomes of the EIP that has made way: the first Pod's, its pool's or its owner's, or an orphan."""
    owner = draft.owner(eip)
    if source is not None and isinstance(source.wish, Wanted):
        tag, *others = _put_on(draft, eip, source, source.wish)
        unmark = Untag(**ref(source, None, eip), keys=(ORPHAN_SINCE,), reason="the EIP is no longer orphaned")
        return [tag, unmark, *(step for step in others if not isinstance(step, Untag))]
    if owner.role is Role.ALLOCATED:
        return []
    keys = tuple(dict.fromkeys((*ownership.own_keys(eip), ORPHAN_SINCE)))
    return [Untag(**ref(owner, None, eip), keys=keys, reason=f"{MAKES_WAY}; the EIP itself is kept")]


def _notes(source: Pod | None, replaced: Eip | None) -> tuple[str, ...]:
    notes = []
    if replaced is not None and replaced.owner is not None:
        left = "is an orphan then" if replaced.owner.role is Role.ALLOCATED else "is kept and free then"
        notes.append(f"{replaced.allocation_id} {replaced.address} {left}: the first Pod can't have it")
    if source is not None and isinstance(source.wish, Wanted):
        notes.append(f"Pod {source.key} still asks for an EIP: the next bind gives it another one")
    return tuple(notes)


def _no_pod(key: str) -> EipctlError:
    return Failed(Code.WORKLOAD_NOT_FOUND, f"there is no Pod {key}", hint="see: kubectl get pods -A", obj=f"pod/{key}")
