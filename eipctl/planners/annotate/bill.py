"""What the EIPs of one workload cost, before and after: by the Pods that the rollout will make."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.domain.workloads.rollout import pods_of, reached, why_none_restarts
from eipctl.planners.annotate.surroundings import scaler_of

if TYPE_CHECKING:
    from eipctl.planners.annotate.draft import AnnotateDraft
    from eipctl.planners.annotate.surroundings import Surroundings

KEDA_MOST = 100
"""maxReplicaCount of a ScaledObject that names none (KEDA's documentation)."""


@dataclass(frozen=True, slots=True)
class Bill:
    """Price per month without traffic; `notes` say which Pods are counted, where that is not plain."""

    before: float
    after: float
    notes: tuple[str, ...] = ()


def bill_of(draft: AnnotateDraft, around: Surroundings) -> Bill:
    """Of the Pods that follow now, and of those that stay as they are; an autoscaler may make as many as it may."""
    workload, rates = draft.target.workload, around.rates
    count, notes = pods_of(workload, draft.target.pods), []
    scaler = None if workload.is_pod else scaler_of(draft.target, around.scalers)
    if scaler:
        most = KEDA_MOST if scaler.most is None else scaler.most
        count = max(count, most)
        notes.append(f"the cost counts {count} Pods, which {scaler.kind} {scaler.name} may make")
    follow = 0 if draft.late else reached(workload, count)
    before = draft.cost(draft.now, rates, count)
    after = draft.cost(draft.after, rates, follow) + draft.cost(draft.now, rates, count - follow)
    later = draft.cost(draft.after, rates, count) - after
    if later and not draft.late:
        why = f"partition {workload.partition}" if follow else why_none_restarts(workload)
        notes.append(f"the cost leaves out {rates.amount(later)} a month of {count - follow} Pods ({why})")
    return Bill(before, after, tuple(f"{draft.target.label}: {note}" for note in notes))
