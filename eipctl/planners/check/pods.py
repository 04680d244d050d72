"""Pods that are not as they should be, EIPs that nobody uses, and how many more there may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.text import one_per_cause
from eipctl.domain import ownership
from eipctl.domain.cost import amount
from eipctl.domain.findings import Finding, Level
from eipctl.planners.check.wording import count, some
from eipctl.planners.status.next_step import recreate
from eipctl.planners.status.report import Manager, PodState, Remedy

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from eipctl.planners.annotate.lints import Lint
    from eipctl.planners.status.leftovers import OrphanRow
    from eipctl.planners.status.report import PodRow, StatusReport
    from eipctl.planners.status.unbound import Unbound

BIND, RELEASE = "eipctl bind -A", "eipctl release --orphans -A"
SCARCE = 0.1
"""Share of the quota under which little is left."""

STATES = (
    (PodState.MISPLACED, Code.STALE_BINDING, Level.ERROR, "reachable under the wrong EIP"),
    (PodState.PENDING, Code.POD_NOT_READY_FOR_EIP, Level.WARNING, "waiting for an EIP"),
    (PodState.DRIFTED, Code.EIP_CHANGED, Level.WARNING, "that drift"),
    (PodState.CONFLICT, Code.ANNOTATION_CONFLICT, Level.ERROR, "in conflict"),
    (PodState.INELIGIBLE, Code.INELIGIBLE, Level.INFO, "that can't have an EIP"),
)
OF_POOLS = (Code.POOL_FULL, Code.POOL_UNKNOWN)
"""Reported for each pool, not for each Pod."""


def bindings(report: StatusReport) -> Iterator[Finding]:
    """Each state of Pods that is not Bound, what others bound, and what is left of gone Pods."""
    for why in report.warnings:
        yield Finding(Code.PARTIAL_READ, Level.WARNING, why, "unread objects are not checked")
    for state, code, level, what in STATES:
        rows = [row for row in report.pods if row.state is state and row.code not in OF_POOLS]
        if rows:
            reasons = "; ".join(one_per_cause(row.reason for row in rows if row.reason))
            title = f"{count(len(rows), 'Pod')} {what}: {some([row.pod.key for row in rows])}"
            fix = _fix(rows)
            served = state is PodState.PENDING and not fix
            yield Finding(code, Level.INFO if served else level, title, reasons, fix, f"pod/{rows[0].pod.key}")
    foreign = [row.pod.key for row in report.pods if row.managed_by is Manager.USER]
    if foreign:
        title = f"{count(len(foreign), 'Pod')} with an EIP that someone else bound: {some(foreign)}"
        yield Finding(Code.UNTAGGED_EIP, Level.INFO, title, "eipctl leaves it alone", object=f"pod/{foreign[0]}")
    yield from _pools(report)
    yield from _unbound(report)
    yield from _elsewhere(report)
    yield from _orphans(report)
    yield from _stale(report)


def forgotten(report: StatusReport, terways: Container[str]) -> Iterator[Finding]:
    """EIPs that Terway bound, on nodes where it does not, or no longer, work with EIPs: not one of `terways`."""
    rows = [row for row in report.pods if row.managed_by is Manager.TERWAY and row.pod.node not in terways]
    if rows:
        pods, price = count(len(rows), "Pod"), amount(sum(row.per_month for row in rows), report.currency)
        title = f"{pods} with an EIP that Terway has forgotten: {some([row.pod.key for row in rows])}"
        detail = f"nothing releases it when the Pod is deleted ({price} a month); adopt makes it eipctl's"
        yield Finding(Code.FORGOTTEN, Level.WARNING, title, detail, "eipctl adopt", f"pod/{rows[0].pod.key}")


def _fix(rows: Sequence[PodRow]) -> str:
    """The command that helps at least some of them; "" when a person has to decide first."""
    if any(row.remedy is Remedy.BIND for row in rows):
        return BIND
    late = next((row for row in rows if row.remedy is Remedy.RECREATE), None)
    return recreate(late.pod) if late else ""


def _pools(report: StatusReport) -> Iterator[Finding]:
    """Pools that have no EIP, or too few, for the Pods that ask."""
    for pool in report.pools:
        if not pool.waiting:
            continue
        pods, first = f"{count(len(pool.waiting), 'Pod')} waiting", f"pod/{pool.waiting[0]}"
        lend = f"eipctl pool add {pool.name} EIP"
        if not pool.eips:
            title = f"{pods} for pool {pool.name}, which has no EIP: {some(pool.waiting)}"
            detail = f"lend EIPs to the pool: {lend}; or correct the name of the pool in the annotation"
            yield Finding(Code.POOL_UNKNOWN, Level.ERROR, title, detail, object=first)
        else:
            title = f"{pods} for an EIP of pool {pool.name}: {some(pool.waiting)}"
            used, left = pool.count("used"), pool.count("unavailable")
            detail = f"EIPs in the pool: {len(pool.eips)}, in use: {used}, not usable: {left}; lend more: {lend}"
            yield Finding(Code.POOL_FULL, Level.WARNING, title, detail, object=first)


def _unbound(report: StatusReport) -> Iterator[Finding]:
    """EIPs that are paid for and bound to nothing; one that is bound elsewhere is reported as misplaced."""
    rows = [row for row in report.pods if row.idle]
    if not rows:
        return
    eips = [one for row in rows for one in row.idle]
    price = sum(one.per_month for one in eips)
    money = f"{amount(price, report.currency)} a month"
    title = f"{count(len(eips), 'EIP')} paid for and not bound, {money}: {some(_ids(eips))}"
    errors = "; ".join(one_per_cause(one.error for one in eips if one.error))
    yield Finding(Code.UNBOUND, Level.WARNING, title, errors, _fix(rows), f"pod/{rows[0].pod.key}")


def _elsewhere(report: StatusReport) -> Iterator[Finding]:
    """EIPs of deleted Pods that someone else has bound to something."""
    rows = [row for row in report.kept if ownership.held_elsewhere(row.eip)]
    if rows:
        title = f"{count(len(rows), 'EIP')} of deleted Pods, bound by someone else: {some(_ids(rows))}"
        reasons = "; ".join(row.reason for row in rows)
        yield Finding(Code.EIP_ELSEWHERE, Level.WARNING, title, reasons, object=rows[0].eip.allocation_id)


def _orphans(report: StatusReport) -> Iterator[Finding]:
    """What release can take back, and apart from it what only a person can."""
    free = [orphan for orphan in report.orphans if not orphan.reason]
    if free:
        title = f"{count(len(free), 'EIP')} of deleted Pods, {_money(free, report.currency)} a month"
        yield Finding(Code.ORPHANS, Level.WARNING, title, some(_ids(free)), RELEASE)
    held = [orphan for orphan in report.orphans if orphan.reason]
    if held:
        price = _money(held, report.currency)
        title = f"{count(len(held), 'EIP')} of deleted Pods that eipctl can't release, {price} a month"
        reasons = "; ".join(dict.fromkeys(f"{orphan.eip.allocation_id} {orphan.reason}" for orphan in held))
        detail = f"{reasons}; remove the obstacle in the EIP console, then run {RELEASE}"
        yield Finding(Code.EIP_HELD_BACK, Level.WARNING, title, detail, object=held[0].eip.allocation_id)
    bound = sum(row.state is PodState.BOUND for row in report.pods)
    if bound == len(report.pods) and not report.orphans:
        title = f"{count(bound, 'Pod')} with an EIP, no orphaned EIP"
        money = f"{amount(report.per_month, report.currency)} a month without traffic ({report.prices})"
        yield Finding(Code.ORPHANS, Level.OK, title, money)


def _money(orphans: Sequence[OrphanRow], currency: str) -> str:
    return amount(sum(orphan.per_month for orphan in orphans), currency)


def _stale(report: StatusReport) -> Iterator[Finding]:
    """Bindings of gone Pods: their EIP leads to whichever Pod gets the private IP."""
    used = {row.eip.allocation_id for row in report.pods if row.eip is not None}
    free = [orphan for orphan in report.orphans if orphan.eip.bound and orphan.eip.allocation_id not in used]
    if free:
        title = f"{count(len(free), 'EIP')} still bound to the address of a deleted Pod: {some(_ids(free))}"
        yield Finding(Code.STALE_BINDING, Level.WARNING, title, "the next Pod may get the address", BIND)


def _ids(rows: Iterable[OrphanRow | Unbound]) -> list[str]:
    return [row.eip.allocation_id for row in rows]


def quota(used: int, limit: int | None, region: str) -> Finding:
    """How many EIPs may still be bought; no API returns the limit."""
    there = f"{count(used, 'EIP')} in region {region}"
    if limit is None:
        detail = "the account's quota is unknown (20 by default, see Quota Center); set it with --eip-quota"
        return Finding(Code.EIP_QUOTA, Level.INFO, there, detail)
    left = max(0, limit - used)
    level = Level.OK if left > limit * SCARCE else Level.WARNING if left else Level.ERROR
    return Finding(Code.EIP_QUOTA, level, f"{there}, {left} more can be allocated")


RECREATE = """-p '{"spec":{"strategy":{"type":"Recreate","rollingUpdate":null}}}'"""


def workloads(lints: Iterable[Lint]) -> Iterator[Finding]:
    """Annotations of workloads that can't work."""
    for lint in lints:
        title = f"{lint.object}: {lint.problem}"
        level = Level.INFO if lint.level is Level.INFO else Level.WARNING
        yield Finding(lint.code, level, title, lint.instead, _mend(lint), lint.object)


def _mend(lint: Lint) -> str:
    kind, namespace, name = lint.object.split("/")
    if lint.code is Code.ID_WITH_REPLICAS and kind != "cronjob":
        return f"kubectl -n {namespace} scale {kind}/{name} --replicas 1"
    if lint.code is Code.ID_ROLLING_UPDATE:
        return f"kubectl -n {namespace} patch {kind} {name} {RECREATE}"
    what = lint.correction or ("--fix" if lint.code is Code.MISPLACED_KEY else "")
    if not what and lint.level is Level.ERROR and lint.code not in _TO_BE_CORRECTED:
        what = "--remove"
    return f"eipctl annotate {kind}/{name} -n {namespace} {what}" if what else ""


_TO_BE_CORRECTED = frozenset({Code.BANDWIDTH, Code.ANNOTATION_VALUE, Code.ANNOTATION_CONFLICT})
"""One value is wrong; to take all annotations off would take the EIP away with it."""
