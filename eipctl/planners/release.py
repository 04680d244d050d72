"""Plan `release`: EIPs that eipctl owns in this cluster are let go, because a person says so.

chosen by           which own EIPs
------------------  -----------------------------------------------------------------------------------------
a Pod               those whose tags name it, alive or gone
an id, an address   that one; refused if it is not own
orphans             those whose Pod is gone and that no strategy keeps (grace doesn't matter)
all                 every one

role       bound   then
---------  ------  ----------------------------------------------------------------------------------------
given      yes     unbind, untag: it stays its owner's
given      no      untag
allocated  yes     unbind, then as below; its Pod's annotation is taken back if that Pod is alive
allocated  no      release, unless its strategy is Never and neither the EIP was named nor `never` lifted

An EIP that is bound where eipctl did not record that it binds it was bound by somebody else: it is reported, whoever
asks. On a partial observation nothing is planned. Locked, protected, prepaid and service-managed EIPs are reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, Refused
from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, Unassociate, Untag
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.planners.bind.draft import BindDraft, held_elsewhere, place_of, ref
from eipctl.planners.bind.leftovers import release_steps, why_held
from eipctl.planners.bind.supply import is_kept
from eipctl.planners.bind.world import Knobs, World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.ownership import Owner
    from eipctl.domain.plan import Action

ASKED = "requested"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What was asked for. `pods` are ``namespace/name``, `eips` allocation ids or addresses."""

    pods: tuple[str, ...] = ()
    eips: tuple[str, ...] = ()
    orphans: bool = False
    everything: bool = False
    namespaces: tuple[str, ...] | None = None
    """Orphans and all: of these namespaces only; None is the whole cluster."""
    never: bool = False
    """Whether EIPs kept for ever may go too."""

    def covers(self, namespace: str) -> bool:
        """Whether it is one of the namespaces."""
        return self.namespaces is None or namespace in self.namespaces


def plan_release(world: World, choice: Choice) -> Plan:
    """The tables above. Failed for a Pod or EIP that is not there, Refused for an EIP that is not own."""
    draft = BindDraft(world, Knobs())
    for eip in _chosen(draft, choice):
        _let_go(draft, eip, choice)
    stages = (Stage("unbind", tuple(draft.undo)), Stage("release", tuple(draft.release)))
    return Plan("release", tuple(stage for stage in stages if stage.lanes), tuple(draft.skips))


def _chosen(draft: BindDraft, choice: Choice) -> list[Eip]:
    found = {eip.allocation_id: eip for name in choice.eips for eip in (_named(draft, name),)}
    for key in choice.pods:
        found |= {eip.allocation_id: eip for eip in _of_pod(draft, key)}
    if choice.orphans or choice.everything:
        found |= {eip.allocation_id: eip for eip in (*draft.own, *draft.elsewhere) if _meant(draft, eip, choice)}
    return sorted(found.values(), key=lambda eip: eip.allocation_id) if draft.world.complete else []


def _meant(draft: BindDraft, eip: Eip, choice: Choice) -> bool:
    """Whether it is one of the orphans, or of all, that were asked for."""
    in_scope = choice.covers(draft.owner(eip).namespace)
    return in_scope and (choice.everything or _orphan(draft, eip))


def _named(draft: BindDraft, name: str) -> Eip:
    eip = draft.by_id.get(name) or draft.by_address.get(name)
    if eip is None:
        raise Failed(
            Code.EIP_NOT_FOUND,
            f"there is no EIP {name} in this region",
            hint="eipctl status shows the EIPs of this cluster's Pods",
            obj=name,
        )
    if not draft.owned(eip):
        owner = eip.owner
        whose = f"tagged for cluster {owner.cluster}" if owner else "not eipctl's"
        raise Refused(
            Code.EIP_ELSEWHERE,
            f"{name} is {whose}, and eipctl releases EIPs of this cluster only",
            hint="release it from the cluster that owns it, or in the console",
            obj=name,
        )
    return eip


def _of_pod(draft: BindDraft, key: str) -> Iterable[Eip]:
    found = [eip for eip in (*draft.own, *draft.elsewhere) if draft.owner(eip).key == key]
    if not found:
        raise Failed(
            Code.EIP_NOT_FOUND,
            f"Pod {key} has no EIP that eipctl owns",
            hint="eipctl status shows who bound the Pod's EIP",
            obj=f"pod/{key}",
        )
    return found


def _orphan(draft: BindDraft, eip: Eip) -> bool:
    return draft.gone(eip) and draft.owner(eip).role is not Role.POOLED and not is_kept(draft, eip)


def _let_go(draft: BindDraft, eip: Eip, choice: Choice) -> None:
    owner = draft.owner(eip)
    if ownership.held_elsewhere(eip):
        draft.hold(eip, Code.EIP_ELSEWHERE, held_elsewhere(eip))
        return
    named = eip.allocation_id in choice.eips or eip.address in choice.eips or owner.key in choice.pods
    if eip.odd or (owner.role is Role.ALLOCATED and not eip.releasable):
        draft.hold(eip, Code.EIP_HELD_BACK, why_held(eip))
        return
    if owner.role is Role.ALLOCATED and owner.strategy.keep is None and not (named or choice.never):
        draft.hold(eip, Code.EIP_HELD_BACK, "kept: the release strategy is Never; --force never lets it go")
        return
    pod = draft.living(owner)
    undo = (*_unbind(eip, owner, pod), *_forget(eip, pod))
    if undo:
        draft.undo.append(Lane(undo))
    draft.release.append(Lane(_last(eip, owner, pod)))


def _unbind(eip: Eip, owner: Owner, pod: Pod | None) -> tuple[Action, ...]:
    if not eip.bound:
        return ()
    return (Unassociate(**ref(pod or owner, place_of(eip), eip), living=pod is not None, asked=True, reason=ASKED),)


def _forget(eip: Eip, pod: Pod | None) -> tuple[Action, ...]:
    """Also where an earlier run was stopped after it had unbound the EIP."""
    if pod is None or pod.recorded != eip.address:
        return ()
    reason = "the Pod no longer has the address"
    return (AnnotatePod(**ref(pod, place_of(eip), eip), remove=True, gate=pod.eip_gate, reason=reason),)


def _last(eip: Eip, owner: Owner, pod: Pod | None) -> tuple[Action, ...]:
    if owner.role is Role.ALLOCATED:
        return release_steps(eip, pod or owner, ASKED, asked=True)
    keys = ownership.own_keys(eip)
    return (Untag(**ref(pod or owner, None, eip), keys=keys, reason=f"{ASKED}; the EIP itself is kept"),)
