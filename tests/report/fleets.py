"""Made-up fleets to look at: of any size, in every state, with names that are markup."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.commands.history import Done, PastRun
from eipctl.commands.report.fleet import ClusterReport, FleetReport
from eipctl.domain.facts import Eip, EipStatus, OwnerRef, Pod
from eipctl.planners.pools import PooledEip, PoolReport
from eipctl.planners.status.leftovers import OrphanRow
from eipctl.planners.status.report import BY_BIND, Manager, PodRow, PodState, Remedy, StatusReport
from eipctl.planners.status.unbound import Unbound

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
MARKUP = "<img src=x onerror=window.injected=1></script><!--|`*_[a](b)\u202e"
PRICE = 14.6
APPS = (("game", "lobby"), ("game", "match"), ("shop", "checkout"), ("edge", "relay"), ("media", "transcode"))
REASONS = {
    PodState.PENDING: f"the Pod asks for an EIP and has none{BY_BIND}",
    PodState.DRIFTED: "asks for 10 Mbit/s and has 5",
    PodState.CONFLICT: "eip-bandwidth is '5M': not a whole number of Mbit/s",
    PodState.INELIGIBLE: "its network is the host's (hostNetwork)",
}


def eip(number: int, *, bound: bool = True) -> Eip:
    status = EipStatus.IN_USE if bound else EipStatus.AVAILABLE
    address = f"47.{96 + number // 65536}.{number // 256 % 256}.{number % 256}"
    return Eip(f"eip-bp1{number:017d}", address, status, instance_id=f"eni-{number // 10}" if bound else "")


def state_of(number: int) -> PodState:
    """Mostly Bound."""
    odd = {7: PodState.PENDING, 19: PodState.DRIFTED, 23: PodState.CONFLICT, 31: PodState.INELIGIBLE}
    return odd.get(number % 97, PodState.BOUND)


def pod_row(number: int, reason: str = "") -> PodRow:
    namespace, app = APPS[number * number % 13 % len(APPS)]
    state = state_of(number)
    has = state in (PodState.BOUND, PodState.DRIFTED)
    pod = Pod(
        namespace,
        f"{app}-{number}",
        f"uid-{number}",
        NOW,
        node=f"cn-hangzhou.10.0.0.{number % 40}",
        ip=f"10.0.{number // 256 % 256}.{number % 256}",
        phase="Running",
        owner=OwnerRef("StatefulSet", app, f"uid-{app}"),
    )
    waiting = state is PodState.PENDING and number % 2 == 1
    unbound = (Unbound(eip=eip(500_000 + number, bound=False), per_month=PRICE, age=1500.0, currency="CNY"),)
    return PodRow(
        pod=pod,
        wanted="auto",
        eip=eip(number) if has else None,
        eni_id=f"eni-bp1{number // 10:017d}",
        managed_by=Manager.EIPCTL if has else None,
        state=state,
        reason=reason or REASONS.get(state, ""),
        code=Code.ANNOTATION_CONFLICT if state is PodState.CONFLICT else None,
        unbound=unbound if waiting else (),
        remedy=Remedy.BIND if state in (PodState.PENDING, PodState.DRIFTED) else Remedy.NONE,
        per_month=PRICE if has or waiting else 0.0,
    )


def orphan_row(number: int) -> OrphanRow:
    age = 900.0 * (number + 1) ** 3
    return OrphanRow(
        eip=eip(900_000 + number, bound=False),
        pod=f"game/lobby-old-{number}",
        workload="StatefulSet/lobby",
        since=NOW - timedelta(seconds=age),
        per_month=PRICE,
        age=age,
        reason="deletion protection is on" if number % 5 == 4 else "",
    )


def pool(name: str) -> PoolReport:
    """Two EIPs, one in use, and a Pod that waits for no reason but the test's."""
    eips = (PooledEip(eip(1), "used", pod="game/lobby-1"), PooledEip(eip(2, bound=False), "free"))
    return PoolReport(name, eips, waiting=("game/lobby-2",), per_month=2 * PRICE)


def status(pods: list[PodRow], orphans: list[OrphanRow], pools: tuple[PoolReport, ...] = ()) -> StatusReport:
    money = sum(row.per_month for row in pods) + sum(row.per_month for row in orphans)
    return StatusReport(
        pods=tuple(pods),
        orphans=tuple(orphans),
        pools=pools,
        per_month=money,
        currency="CNY",
        prices_as_of="2026-11-01",
        prices="prices in prices.yaml of 2026-11-01",
    )


def runs(count: int) -> tuple[PastRun, ...]:
    """Newest first, every three hours."""
    found = []
    for number in range(count):
        begun = NOW - timedelta(hours=3 * number + 1)
        run = PastRun(
            f"{number:012x}", "bind", "f" * 12, begun.isoformat(), (begun + timedelta(seconds=41)).isoformat()
        )
        for step in range(number * 7 % 11):
            failed = (number + step) % 9 == 0
            done = Done("associate", f"pod/game/lobby-{step}", "the new EIP goes to its private IP", run.begun)
            done.state, done.error = ("failed", "IncorrectEipStatus") if failed else ("done", "")
            run.actions.append(done)
        found.append(run)
    return tuple(found)


def fleet(
    pods: int = 400, others: int = 40, orphans: int = 9, *, unreachable: bool = True, past: int = 60
) -> FleetReport:
    """Two clusters, one of them small, and one that does not answer."""
    error = Failed(
        Code.KUBE_UNREACHABLE,
        "the API server of context shanghai does not answer: connection refused",
        hint="check the network path, then run: kubectl cluster-info",
    )
    clusters = [
        ClusterReport(
            context="hangzhou",
            cluster_id="c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013",
            status=status(
                [pod_row(number) for number in range(pods)],
                [orphan_row(number) for number in range(orphans)],
                (pool("partners"),) if pods else (),
            ),
        ),
        ClusterReport(
            context="beijing",
            cluster_id="c1f90b5d2e4c6a8b0137c3f2a1d8e94b6",
            status=status([pod_row(200_000 + number) for number in range(others)], []),
        ),
    ]
    if unreachable:
        clusters.append(ClusterReport(context="shanghai", error=error))
    return FleetReport(generated=NOW, clusters=tuple(clusters), runs=runs(past) if past else None)


def hostile() -> FleetReport:
    """Whatever a stranger may name is markup."""
    row = pod_row(23, reason=MARKUP)
    pod = Pod("default", MARKUP, MARKUP, NOW, node=MARKUP, owner=OwnerRef(MARKUP, MARKUP, MARKUP))
    odd = PodRow(
        pod=pod, wanted=MARKUP, eip=None, eni_id=MARKUP, managed_by=None, state=PodState.CONFLICT, reason=MARKUP
    )
    left = OrphanRow(eip=eip(1), pod=f"default/{MARKUP}", workload=MARKUP, since=NOW, per_month=1, age=1, reason=MARKUP)
    run = PastRun(MARKUP, MARKUP, MARKUP, MARKUP, MARKUP, [Done(MARKUP, MARKUP, MARKUP, MARKUP, error=MARKUP)])
    found = status([row, odd], [left], (pool(MARKUP),))
    clusters = (
        ClusterReport(context=MARKUP, cluster_id=MARKUP, status=found),
        ClusterReport(context="other", error=Failed(Code.KUBE_UNREACHABLE, MARKUP, hint=MARKUP)),
    )
    return FleetReport(generated=NOW, clusters=clusters, runs=(run,), broken=(MARKUP,))
