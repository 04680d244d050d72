"""Whatever clusters and accounts look like: each own EIP is in one row, and the rows add up to the sum."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from eipctl.commands.eip_cost import Money
from eipctl.domain import ownership
from eipctl.domain.cost import Rates
from eipctl.domain.ownership import Role
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs, World
from eipctl.planners.status.counts import census
from eipctl.planners.status.join import report
from eipctl.planners.status.totals import by_namespace, by_workload
from tests.property.test_bind_plan import OURS, worlds

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip
    from eipctl.planners.status.report import StatusReport

RATES = Rates()
CHARGES = ("PayByTraffic", "PayByBandwidth")


@st.composite
def accounts(draw: st.DrawFn) -> World:
    """Worlds whose EIPs have other prices, and of whose Pods only some may be selected."""
    world = draw(worlds())
    eips = tuple(
        replace(eip, internet_charge_type=draw(st.sampled_from(CHARGES)), bandwidth=draw(st.integers(1, 200)))
        for eip in world.eips
    )
    selected = frozenset(uid for uid in world.selected if draw(st.sampled_from([True, True, True, False])))
    return replace(world, eips=eips, selected=selected)


def view(world: World) -> StatusReport:
    return report(world, plan_bind(world, Knobs()).plan, RATES)


def shown(found: StatusReport) -> Counter[str]:
    """In how many rows each EIP is; one that is still bound to a Pod may be an orphan as well."""
    rows = [row.eip.allocation_id for row in (*found.orphans, *found.kept)]
    rows += [one.eip.allocation_id for row in found.pods for one in row.unbound]
    at_pods = {row.eip.allocation_id for row in found.pods if row.eip}
    return Counter([*rows, *(at_pods - set(rows))])


def owned(world: World) -> list[Eip]:
    """Those that eipctl bought here."""
    return [
        eip
        for eip in world.eips
        if eip.owner and eip.owner.role is Role.ALLOCATED and ownership.belongs_to(eip.owner, OURS)
    ]


def cents(amount: float) -> int:
    return round(amount * 1_000_000)


@settings(max_examples=400, deadline=None)
@given(accounts())
def test_each_own_eip_is_in_one_row_and_in_the_sum(world: World) -> None:
    """Whatever its state; only those of Pods that were not selected are left out."""
    found = view(world)
    rows = shown(found)
    assert set(rows.values()) <= {1}
    others = {pod.uid for pod in world.pods} - world.selected
    due = {eip.allocation_id for eip in owned(world) if eip.owner and eip.owner.pod_uid not in others}
    assert due <= set(rows)
    assert cents(found.per_month) == cents(sum(RATES.per_month(eip) for eip in world.eips if eip.allocation_id in rows))


@settings(max_examples=400, deadline=None)
@given(accounts())
def test_the_parts_are_the_sum(world: World) -> None:
    """Rows, namespaces, workloads, the metrics and the plan tell one amount."""
    found = view(world)
    left = {row.eip.allocation_id: row.per_month for row in (*found.orphans, *found.kept)}
    at_pods = {row.eip.allocation_id for row in found.pods if row.eip}
    alone = sum(price for name, price in left.items() if name not in at_pods)
    assert cents(found.per_month) == cents(sum(row.per_month for row in found.pods) + alone)
    for totals in (by_namespace(found), by_workload(found)):
        assert cents(found.per_month) == cents(sum(total.per_month for total in totals))
    assert census(found).per_month == found.per_month
    everybody = replace(world, selected=frozenset(pod.uid for pod in world.pods))
    listed = shown(view(everybody))
    plan = plan_bind(everybody, Knobs()).plan
    assert cents(Money.of(everybody, plan, RATES).before) == cents(
        sum(RATES.per_month(eip) for eip in owned(everybody) if eip.allocation_id in listed)
    )
