"""What status, check and the figures say of pools."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.cost import list_rates
from eipctl.domain.findings import Level
from eipctl.output.envelope import Format
from eipctl.output.status_text import status_text
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.check.pods import bindings
from eipctl.planners.status.counts import census
from eipctl.planners.status.join import report
from eipctl.planners.status.report import PodState
from tests.unit.planners.bind_facts import EARLY, asking, eip, had, lent, pod, world

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.planners.status.report import StatusReport

HOLDER = replace(asking("a"), recorded="47.1.5.1")
TAKEN = had(eip("eip-1", at="10.0.0.10"), HOLDER)
UNUSED = had(eip("eip-22"), pod("x", uid="old"), EARLY)


def view(pods: list[Pod], eips: list[Eip]) -> StatusReport:
    seen = world(pods, eips)
    return report(seen, plan_bind(seen, Knobs()).plan, list_rates("cn-hangzhou"))


def test_an_unused_eip_of_a_pool_is_no_orphan() -> None:
    """It is its owner's, and waits for the next Pod."""
    shown = view([HOLDER], [TAKEN, UNUSED])
    assert (shown.orphans, shown.kept) == ((), ())
    assert [(pool.name, pool.count("used"), pool.count("free")) for pool in shown.pools] == [("partners", 1, 1)]
    assert not shown.drifted


def test_a_waiting_pod_is_pending_and_check_names_the_pool_once() -> None:
    """Not as a Pod that another controller serves."""
    shown = view([HOLDER, asking("b", ip="10.0.0.11")], [TAKEN])
    assert [(row.wanted, row.state) for row in shown.pods] == [
        ("pool/partners", PodState.BOUND),
        ("pool/partners", PodState.PENDING),
    ]
    (found,) = [finding for finding in bindings(shown) if finding.level is not Level.OK]
    assert (found.code, found.level, found.object) == (Code.POOL_FULL, Level.WARNING, "pod/default/b")
    assert found.title == "1 Pod waiting for an EIP of pool partners: default/b"
    assert found.detail == "EIPs in the pool: 1, in use: 1, not usable: 0; lend more: eipctl pool add partners EIP"


def test_a_pool_without_eips_is_an_error_once_with_what_to_do() -> None:
    """Not as Pods whose annotations contradict each other."""
    shown = view([asking("a"), asking("b", ip="10.0.0.11")], [])
    assert {row.state for row in shown.pods} == {PodState.CONFLICT}
    (found,) = [finding for finding in bindings(shown) if finding.level is not Level.OK]
    assert (found.code, found.level, found.object) == (Code.POOL_UNKNOWN, Level.ERROR, "pod/default/a")
    assert found.title == "2 Pods waiting for pool partners, which has no EIP: default/a, default/b"
    assert "eipctl pool add partners EIP" in found.detail


def test_the_figures_count_every_state_of_every_pool() -> None:
    """Also those that are 0, so that a series does not end."""
    counted = census(view([HOLDER, asking("b", ip="10.0.0.11")], [TAKEN, lent(eip("eip-22", locked=True))])).pools
    assert counted == {
        ("partners", "used"): 1,
        ("partners", "free"): 0,
        ("partners", "leaving"): 0,
        ("partners", "unavailable"): 1,
        ("partners", "waiting"): 1,
    }


def test_the_listing_has_a_row_for_each_pool() -> None:
    """And none where there are no pools."""
    lines = status_text(view([HOLDER], [TAKEN, UNUSED]), Format.TABLE).splitlines()
    assert "partners  1     1     0        0            0" in lines
    assert "POOL" not in status_text(view([], []), Format.TABLE)
