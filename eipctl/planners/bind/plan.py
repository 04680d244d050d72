"""Plan one reconcile: what is bound now, what the Pods ask for, and the smallest steps from one to the other.

Pure: the same World gives the same Plan, whatever the order of its lists.

What a selected, eligible Pod gets (an EIP is *own* when its tags name this cluster; *at the Pod* when it is bound to
the Pod's ENI and private IP):

    asks for        at the Pod                       then
    --------------  -------------------------------  ------------------------------------------------------------
    nothing         own, allocated for it            unbind; the EIP is an orphan
    nothing         own, given to it                 unbind and untag
    nothing         anything else                    nothing; an address it tells that is bound to nothing is forgotten
    an EIP          own, of this Pod, allocated      satisfied; what an annotation names is corrected
                                                     (:mod:`eipctl.planners.bind.drift`)
    an EIP          own, given to this Pod           conflict: it named an EIP before and names none now
    an EIP          own, of a Pod that is gone       unbind that one, then as with nothing at the Pod
    an EIP          own, of another living Pod       conflict, unless that Pod has another address or asks for none
    an EIP          another cluster's                conflict
    an EIP          no eipctl tag                    satisfied, reported
    an EIP          nothing                          bind its own EIP (bound first, else oldest), else one that is kept
                                                     for it or left over (:mod:`eipctl.planners.bind.supply`), else buy
    EIP X by id     X, ours given to this Pod        satisfied
    EIP X by id     X, without eipctl tag            satisfied, reported
    EIP X by id     X, ours of a gone Pod            unbind, then as with nothing at the Pod
    EIP X by id     another EIP                      conflict, unless that one is own and its Pod is gone
    EIP X by id     nothing; X Available, untagged   tag as given, bind
    EIP X by id     nothing; X given, its Pod gone   (unbind,) tag as given, bind
    EIP X by id     nothing; X otherwise             conflict: missing, bound elsewhere, another Pod's, allocated by us

What happens to an own EIP whose Pod is gone, or that is not its Pod's chosen one:

    role       bound   then
    ---------  ------  --------------------------------------------------------------------------------------
    given      yes     unbind, untag
    given      no      untag
    allocated  yes     unbind, then as below
    allocated  no      another Pod's from now on, if one takes it over, else
    allocated  no      kept (strategy), else released with --prune after its grace, else marked as orphan

An own EIP that is bound where eipctl did not record that it binds it (its tag `eipctl-binding`: ENI and private IP) was
bound by somebody else. It is none of the own EIPs of these tables: nobody's but the binder's, and reported. Its Pod is
satisfied if it is at the Pod's address, a conflict otherwise: no second EIP is bought.

A Pod that is leaving keeps its EIP until its object is gone. On a partial observation nothing is unbound, untagged,
marked or released, for absence is not proven.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.planners.bind.draft import BindDraft
from eipctl.planners.bind.leftovers import report_elsewhere, settle
from eipctl.planners.bind.pods import decide
from eipctl.planners.bind.supply import supply

if TYPE_CHECKING:
    from eipctl.domain.plan import Plan
    from eipctl.planners.bind.world import Knobs, World


@dataclass(frozen=True, slots=True)
class BindPlan:
    """The Plan, the Pods (by key) that need nothing, and how many Pods were eligible."""

    plan: Plan
    satisfied: tuple[str, ...]
    eligible: int
    owned: int


def plan_bind(world: World, knobs: Knobs) -> BindPlan:
    """The tables above, for every selected Pod and every own EIP."""
    draft = BindDraft(world, knobs)
    for pod in draft.selected:
        decide(draft, pod)
    supply(draft, draft.needs)
    for eip in draft.own:
        settle(draft, eip)
    for eip in draft.elsewhere:
        report_elsewhere(draft, eip)
    return BindPlan(draft.plan(), tuple(draft.satisfied), draft.eligible, len(draft.own) + len(draft.elsewhere))
