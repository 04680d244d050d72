"""One Pod's story: what it asks for, who serves it, what it has, why, what happened, and one next command."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.domain import ownership
from eipctl.planners.status import next_step
from eipctl.planners.status.order import harm
from eipctl.planners.status.report import Manager, PodState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from eipctl.domain.facts import Eip, Pod
    from eipctl.planners.status.data import PastData, StoryData, StoryEipData
    from eipctl.planners.status.leftovers import OrphanRow
    from eipctl.planners.status.report import PodRow, StatusReport

DELETED, NOT_ASKING = "Deleted", "NotAsking"
"""States of what status has no row for: a Pod that is gone and left an EIP, one that asks for none and has none."""
_ALIASES = {"po": "pod", "deploy": "deployment", "sts": "statefulset", "ds": "daemonset", "rs": "replicaset"}
_ALIASES |= {"cj": "cronjob"}


@dataclass(frozen=True, slots=True)
class Subject:
    """What a story is wanted of: ``pod``, ``deployment``, … in lower case, in any of these namespaces."""

    kind: str
    name: str
    namespaces: tuple[str, ...]

    @classmethod
    def of(cls, kind: str, name: str, namespaces: tuple[str, ...]) -> Subject:
        """With the kind in any of kubectl's spellings."""
        plain = kind.partition(".")[0].lower()
        return cls(_ALIASES.get(plain, plain), name, namespaces)

    def is_pod(self, pod: Pod) -> bool:
        """Whether it means this Pod, or what the Pod is a part of."""
        if pod.namespace not in self.namespaces:
            return False
        if self.kind in ("pod", "pods"):
            return self.name == pod.name
        owners = [ownership.controller_of(pod.owner, pod.labels)]
        owners += [(pod.owner.kind, pod.owner.name)] if pod.owner else []
        return any(self._is(*owner) for owner in owners if owner)

    def left(self, row: OrphanRow) -> bool:
        """The same of an EIP that has no Pod any more."""
        if row.namespace not in self.namespaces:
            return False
        if self.kind in ("pod", "pods"):
            return self.name == row.pod.partition("/")[2]
        kind, _, name = row.workload.partition("/")
        return self._is(kind, name)

    def _is(self, kind: str, name: str) -> bool:
        if self.kind in ("cronjob", "cronjobs"):
            made, _, number = name.rpartition("-")
            return kind == "Job" and made == self.name and number.isdigit()
        return self.kind in (kind.lower(), f"{kind.lower()}s") and self.name == name


@dataclass(frozen=True, slots=True)
class StoryEip:
    """An EIP of a story: ``bound``, ``not bound``, bound ``elsewhere``, or ``left`` by a Pod that is gone.

    `per_month` is without traffic.
    """

    eip: Eip
    how: str
    per_month: float

    def as_data(self) -> StoryEipData:
        """JSON-ready."""
        eip = self.eip
        return {
            "allocation_id": eip.allocation_id,
            "eip_address": eip.address,
            "how": self.how,
            "status": str(eip.status),
            "instance_id": eip.instance_id or None,
            "private_ip": eip.private_ip or None,
            "bandwidth": eip.bandwidth,
            "internet_charge_type": eip.internet_charge_type,
            "cost_per_month": round(self.per_month, 2),
        }


@dataclass(frozen=True, slots=True)
class Past:
    """Something that happened: `when` in RFC 3339, `source` is ``event`` or the command of a run."""

    when: str
    source: str
    what: str

    def as_data(self) -> PastData:
        """JSON-ready."""
        return {"when": self.when, "source": self.source, "what": self.what}


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """All that is known of one Pod; `state` is that of status, DELETED or NOT_ASKING."""

    namespace: str
    name: str
    uid: str
    workload: str
    state: str
    reason: str
    next: str
    asks: tuple[tuple[str, str], ...] = ()
    """The annotations about EIPs, as written."""
    wanted: str | None = None
    served_by: Manager | None = None
    managed_by: Manager | None = None
    node: str = ""
    private_ip: str = ""
    eni_id: str = ""
    eips: tuple[StoryEip, ...] = ()
    past: tuple[Past, ...] = ()

    @property
    def object(self) -> str:
        """``pod/default/web-0``."""
        return f"pod/{self.namespace}/{self.name}"

    @property
    def per_month(self) -> float:
        """USD of its EIPs, without traffic."""
        return sum(held.per_month for held in self.eips)

    @property
    def ids(self) -> frozenset[str]:
        """Allocation IDs of its EIPs."""
        return frozenset(held.eip.allocation_id for held in self.eips)

    def with_past(self, past: Iterable[Past]) -> Story:
        """The same with what happened, the last one last."""
        return replace(self, past=tuple(past))

    def as_data(self) -> StoryData:
        """JSON-ready."""
        return {
            "namespace": self.namespace,
            "name": self.name,
            "uid": self.uid,
            "workload": self.workload,
            "state": self.state,
            "reason": self.reason,
            "next": self.next or None,
            "annotations": dict(self.asks),
            "wanted": self.wanted,
            "served_by": self.served_by.value if self.served_by else None,
            "managed_by": self.managed_by.value if self.managed_by else None,
            "node": self.node or None,
            "private_ip": self.private_ip or None,
            "eni_id": self.eni_id or None,
            "eips": [held.as_data() for held in self.eips],
            "cost_per_month": round(self.per_month, 2),
            "past": [past.as_data() for past in self.past],
        }


def narrowed(report: StatusReport, subjects: Sequence[Subject]) -> StatusReport:
    """The report of these Pods and of what they left alone."""
    pods = tuple(row for row in report.pods if any(subject.is_pod(row.pod) for subject in subjects))
    orphans, kept = (
        tuple(row for row in rows if any(subject.left(row) for subject in subjects))
        for rows in (report.orphans, report.kept)
    )
    prices = {row.eip.allocation_id: row.per_month for row in (*orphans, *kept)}
    bound = {row.eip.allocation_id for row in pods if row.eip}
    per_month = sum(row.per_month for row in pods) + sum(
        price for allocation_id, price in prices.items() if allocation_id not in bound
    )
    unlisted = tuple(pod for pod in report.unlisted if any(subject.is_pod(pod) for subject in subjects))
    return replace(report, pods=pods, orphans=orphans, kept=kept, per_month=per_month, unlisted=unlisted)


def stories(report: StatusReport) -> list[Story]:
    """One for each Pod of the report and each Pod that is gone and left an EIP, the worst first."""
    left = [*report.orphans, *report.kept]
    rows = sorted(report.pods, key=lambda row: (harm(row.state), row.pod.key))
    found = [_of_row(row, [each for each in left if _of_pod(each, row.pod)]) for row in rows]
    living = {(story.namespace, story.name, story.uid) for story in found}
    gone: dict[tuple[str, str], list[OrphanRow]] = {}
    for each in left:
        owner = each.eip.owner
        if owner is None or (owner.namespace, owner.pod, owner.pod_uid) not in living:
            gone.setdefault((each.pod, owner.pod_uid if owner else ""), []).append(each)
    found += [_of_gone(rows) for _, rows in sorted(gone.items())]
    return found + [_not_asking(pod) for pod in sorted(report.unlisted, key=lambda pod: pod.key)]


def _of_pod(left: OrphanRow, pod: Pod) -> bool:
    return left.eip.owner is not None and left.eip.owner.pod_uid == pod.uid


def _of_row(row: PodRow, left: list[OrphanRow]) -> Story:
    return Story(
        namespace=row.namespace,
        name=row.pod.name,
        uid=row.pod.uid,
        workload=row.workload,
        state=row.state.value,
        reason=row.reason,
        next=next_step.next_step(row),
        asks=tuple(sorted(row.pod.eip_annotations.items())),
        wanted=row.wanted,
        served_by=row.served_by,
        managed_by=row.managed_by,
        node=row.pod.node,
        private_ip=row.pod.ip,
        eni_id=row.eni_id,
        eips=tuple(_held(row, left)),
    )


def _held(row: PodRow, left: list[OrphanRow]) -> Iterator[StoryEip]:
    unbound = sum(one.per_month for one in row.unbound)
    if row.eip is not None:
        yield StoryEip(row.eip, "bound", row.per_month - unbound)
    for one in row.unbound:
        yield StoryEip(one.eip, "elsewhere" if one.eip.bound else "not bound", one.per_month)
    shown = row.eip.allocation_id if row.eip else ""
    for each in left:
        if each.eip.allocation_id != shown:
            yield StoryEip(each.eip, "left", each.per_month)


def _of_gone(rows: list[OrphanRow]) -> Story:
    first = rows[0]
    why = "; ".join(dict.fromkeys(row.reason for row in rows if row.reason))
    paid = "its EIPs still cost money" if rows[1:] else "its EIP still costs money"
    uid = first.eip.owner.pod_uid if first.eip.owner else ""
    return Story(
        namespace=first.namespace,
        name=first.pod.partition("/")[2],
        uid=uid,
        workload=first.workload,
        state=DELETED,
        reason="; ".join(filter(None, (f"the Pod is deleted, and {paid}", why))),
        next=next_step.let_go(next((row for row in rows if not row.reason), first)),
        eips=tuple(StoryEip(row.eip, "left", row.per_month) for row in rows),
    )


def _not_asking(pod: Pod) -> Story:
    return Story(
        namespace=pod.namespace,
        name=pod.name,
        uid=pod.uid,
        workload=ownership.workload_title(ownership.workload_of(pod)),
        state=NOT_ASKING,
        reason="no annotation of the Pod asks for an EIP",
        next=next_step.ask_for_one(pod),
        asks=tuple(sorted(pod.eip_annotations.items())),
        node=pod.node,
        private_ip=pod.ip,
    )


def well(story: Story) -> bool:
    """Whether it has what it asks for."""
    return story.state in (PodState.BOUND.value, NOT_ASKING)
