"""What `annotate` makes of one workload: the Action, what follows from it, and its money."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from eipctl.domain.actions.workloads import AnnotateWorkload, AwaitPods
from eipctl.domain.wish import Wanted, wanted
from eipctl.domain.workloads.rollout import in_place, restarts, why_none_restarts
from eipctl.planners.annotate.lints import Target, misplaced
from eipctl.planners.annotate.settings import OURS, EipSettings, said
from eipctl.planners.annotate.surroundings import Surroundings, is_early, is_late, terway_of, what_follows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a person asks of `annotate`; `lifted` are the codes of lints that shall not refuse."""

    settings: EipSettings = field(default_factory=EipSettings)
    remove: bool = False
    fix: bool = False
    recreate: bool = False
    force_conflicts: bool = False
    lifted: frozenset[str] = frozenset()
    wait: bool = False
    """Whether to wait until the Pods have what the annotations ask for."""


@dataclass(frozen=True, slots=True)
class AnnotateDraft:
    """A workload, what shall be done with it, and what the plan says of it."""

    target: Target
    action: AnnotateWorkload
    late: bool = False
    """Whether it is a Pod that no longer gets or loses an EIP."""

    @property
    def changes(self) -> bool:
        """Whether anything is to be written."""
        action = self.action
        return bool(action.set or action.remove or action.own_remove or action.recreate)

    @property
    def now(self) -> Mapping[str, str]:
        """The annotations of the Pod template, or of the Pod."""
        return self.target.workload.annotations

    @property
    def after(self) -> dict[str, str]:
        """The same, once they are written."""
        kept = {key: value for key, value in self.now.items() if key not in self.action.remove}
        return {**kept, **dict(self.action.set)}

    def wait(self, *, removed: bool) -> AwaitPods | None:
        """None where the Pods have what they need, or will not come by themselves."""
        workload, action = self.target.workload, self.action
        comes = bool(action.restarts) or (bool(action.set or action.remove) and in_place(workload))
        if self.late or not (comes or self.target.behind):
            return None
        return AwaitPods(
            plural=action.plural,
            api_version=action.api_version,
            kind=workload.kind,
            namespace=workload.namespace,
            name=workload.name,
            removed=removed,
            reason=_until(workload, removed=removed),
        )

    def cost(self, annotations: Mapping[str, str], rates: Rates, pods: int) -> float:
        """Price per month of what these annotations buy: no named or lent EIP, none for Pods that can't have one."""
        asked = wanted(annotations)
        if not isinstance(asked, Wanted) or asked.instance_id or asked.pool or self.target.workload.host_network:
            return 0.0
        return pods * rates.per_month(asked.spec)


def draft_of(target: Target, wish: Wish, around: Surroundings) -> AnnotateDraft:
    """What is to be done with one workload in these surroundings."""
    terway = terway_of(around.actors)
    network, early = bool(around.actors) and terway is None, bool(terway and is_early(terway.version))
    action, follows = (
        action_for(target, wish, network=network, early=early),
        what_follows(target, around, removing=wish.remove),
    )
    told = replace(action, reason=f"nothing restarts; {follows}") if follows else action
    return AnnotateDraft(target, told, late=is_late(target, around))


def action_for(target: Target, wish: Wish, *, network: bool = False, early: bool = False) -> AnnotateWorkload:
    """What has to change on one workload, if anything; `network` and `early` as :func:`said` has them."""
    workload, now = target.workload, target.workload.annotations
    strays = misplaced(workload) if wish.fix else ()
    moved = {key: workload.own_annotations[key] for key in strays if key not in now}
    spelled = {key: value for key, value in target.unquoted if key in OURS}
    pairs = {} if wish.remove else {**spelled, **moved, **dict(wish.settings.pairs)}
    return _with_reason(
        target,
        AnnotateWorkload(
            api_version=workload.api_version,
            kind=workload.kind,
            plural=workload.plural,
            namespace=workload.namespace,
            name=workload.name,
            resource_version=workload.resource_version,
            set=tuple(
                (key, value)
                for key, value in pairs.items()
                if key in spelled or not said(now, key, value, network=network, early=early)
            ),
            remove=tuple(key for key in OURS if key in now) if wish.remove else (),
            annotations_path=workload.where,
            before=tuple(sorted((key, value) for key, value in now.items() if key in OURS)),
            own_remove=tuple((key, workload.own_annotations[key]) for key in strays),
            recreate=wish.recreate and not wish.remove and _would_wait(workload, {**now, **pairs}),
            reason="",
        ),
    )


def _would_wait(workload: Workload, after: Mapping[str, str]) -> bool:
    """Whether it is a Deployment whose new Pod would wait for the EIP by id that its old Pod keeps."""
    asked = wanted(after)
    return workload.kind == "Deployment" and workload.surges and isinstance(asked, Wanted) and bool(asked.instance_id)


def _with_reason(target: Target, action: AnnotateWorkload) -> AnnotateWorkload:
    if not (action.set or action.remove):
        return replace(action, reason="nothing restarts; the Pod template is not changed")
    count = restarts(target.workload, target.pods)
    if count:
        return replace(action, restarts=count, reason=f"{count} {'Pod restarts' if count == 1 else 'Pods restart'}")
    return replace(action, reason=f"nothing restarts; {why_none_restarts(target.workload)}")


def _until(workload: Workload, *, removed: bool) -> str:
    if workload.is_pod:
        return "until it has no EIP" if removed else "until it has its EIP"
    return "until no Pod of it has an EIP" if removed else "until each Pod of it has its EIP"
