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
from eipctl.domain.actions.eips import Untag
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.planners.bind.draft import BindDraft, Parting, held_elsewhere, ref
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
    named, meant = _named_eips(draft, choice), _meant(draft, choice)
    names = {eip.allocation_id for eip in named}
    for name, eip in sorted({eip.allocation_id: eip for eip in (*named, *meant)}.items()):
        _let_go(draft, eip, named=choice.never or name in names)
    stages = (Stage("unbind", tuple(draft.undo)), Stage("release", tuple(draft.release)))
    return Plan("release", tuple(stage for stage in stages if stage.lanes), tuple(draft.skips))


def _named_eips(draft: BindDraft, choice: Choice) -> list[Eip]:
    """By themselves, or by their Pods."""
    found = [_named(draft, name) for name in choice.eips]
    found += [eip for key in choice.pods for eip in _of_pod(draft, key)]
    return found if draft.world.complete else []


def _meant(draft: BindDraft, choice: Choice) -> list[Eip]:
    """The orphans, or all, of the namespaces."""
    asked = (choice.orphans or choice.everything) and draft.world.complete
    own = [eip for eip in (*draft.own, *draft.elsewhere) if asked and choice.covers(draft.owner(eip).namespace)]
    return [eip for eip in own if choice.everything or _orphan(draft, eip)]


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
    found = draft.of_pod(key)
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


def _let_go(draft: BindDraft, eip: Eip, *, named: bool) -> None:
    owner = draft.owner(eip)
    if ownership.held_elsewhere(eip):
        draft.hold(eip, Code.EIP_ELSEWHERE, held_elsewhere(eip))
        return
    if eip.untouchable or (owner.role is Role.ALLOCATED and not eip.releasable):
        draft.hold(eip, Code.EIP_HELD_BACK, why_held(eip))
        return
    if owner.role is Role.ALLOCATED and owner.strategy.keep is None and not named:
        draft.hold(eip, Code.EIP_HELD_BACK, "kept: the release strategy is Never; --force never lets it go")
        return
    pod = draft.living(owner)
    undo = draft.parting(eip, Parting(pod, ASKED, asked=True))
    if undo.actions:
        draft.undo.append(undo)
    draft.release.append(Lane(_last(eip, owner, pod)))


def _last(eip: Eip, owner: Owner, pod: Pod | None) -> tuple[Action, ...]:
    if owner.role is Role.ALLOCATED:
        return release_steps(eip, pod or owner, ASKED, asked=True)
    keys = ownership.own_keys(eip)
    return (Untag(**ref(pod or owner, None, eip), keys=keys, reason=f"{ASKED}; the EIP itself is kept"),)
