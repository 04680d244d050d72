"""Time is the servers': a host with a wrong clock, within what Alibaba Cloud accepts, counts ages as any other.

All that is written on an EIP is of the cloud's clock, whatever the API server's says: one is never compared with the
other.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from eipctl.commands.status.report import StatusOptions, observe_status
from eipctl.domain.ownership import ORPHAN_SINCE, STRATEGY, moment, parse_moment
from eipctl.observe.snapshot import Snapshot
from tests.faults.lab import PRUNE, Lab
from tests.faults.stage import AUTO

OFF = 14 * 60.0
REFUSED = {"status": 400, "code": "InvalidParameter"}
WITH_GRACE = replace(PRUNE, grace=600.0)
APART = [(0.0, 0.0), *((of_kube, of_cloud) for of_kube in (-OFF, OFF) for of_cloud in (-OFF, OFF))]


@pytest.fixture(
    params=APART, ids=[f"API server {kube / 60:+g} min, cloud {cloud / 60:+g} min" for kube, cloud in APART]
)
def lab(new_lab: Lab, request: pytest.FixtureRequest) -> Lab:
    """As new; each server's clock is 14 minutes behind this host's, right, or ahead: 28 minutes apart at most."""
    new_lab.sandbox.clock.ahead, new_lab.sandbox.cloud_clock.ahead = request.param
    new_lab.stage.add_pod("web", AUTO)
    assert new_lab.run() == []
    new_lab.stage.delete_pod("web")
    return new_lab


def now(lab: Lab) -> datetime:
    """The cloud's clock."""
    return datetime.fromtimestamp(lab.sandbox.cloud_clock.now(), UTC)


def mark(lab: Lab, age: float) -> None:
    """Another host, with a right clock, marked the EIP so many seconds ago."""
    (row,) = lab.stage.own()
    tags = {**dict(row.tags), ORPHAN_SINCE: moment(now(lab) - timedelta(seconds=age))}
    with lab.sandbox.store.transaction():
        lab.sandbox.cloud.state.put_eip(replace(row, tags=tuple(tags.items())))


def test_an_orphan_is_marked_with_the_servers_time(lab: Lab) -> None:
    """So that hosts with different clocks agree on its age."""
    assert lab.run(WITH_GRACE) == []
    (row,) = lab.stage.own()
    since = parse_moment(dict(row.tags)[ORPHAN_SINCE])
    assert since is not None
    assert abs((now(lab) - since).total_seconds()) < 60


@pytest.mark.parametrize(("age", "left"), [(300.0, 1), (900.0, 0)])
def test_a_grace_ends_by_the_servers_clock(lab: Lab, age: float, left: int) -> None:
    """Not earlier where this host is ahead, and not later where it is behind."""
    mark(lab, age)
    assert lab.run(WITH_GRACE) == []
    assert len([row for row in lab.stage.own() if row.status != "Releasing"]) == left


def test_status_counts_an_orphans_age_by_the_servers_clock(lab: Lab) -> None:
    """As prune does: who reads it sees how long its grace still lasts."""
    mark(lab, 300.0)
    (orphan,) = observe_status(Snapshot(lab.session()), StatusOptions()).orphans
    assert orphan.age == pytest.approx(300.0, abs=60.0)


@pytest.mark.parametrize(("age", "left"), [(1500.0, 1), (2100.0, 0)])
def test_a_time_to_live_ends_by_the_servers_clock(lab: Lab, age: float, left: int) -> None:
    """An address that a strategy keeps for half an hour is kept for that long, whatever this host's clock says."""
    (row,) = lab.stage.own()
    tags = {**dict(row.tags), STRATEGY: "s-30m"}
    with lab.sandbox.store.transaction():
        lab.sandbox.cloud.state.put_eip(replace(row, tags=tuple(tags.items())))
    mark(lab, age)
    assert lab.run(WITH_GRACE) == []
    assert len([row for row in lab.stage.own() if row.status != "Releasing"]) == left


def test_status_counts_since_when_an_eip_is_paid_for_by_the_clouds_clock(lab: Lab) -> None:
    """It is the cloud that says when the EIP was bought."""
    lab.stage.add_pod("late", AUTO)
    lab.sandbox.faults.add({"service": "cloud", "api": "AssociateEipAddress", "do": "error", "times": 0, **REFUSED})
    lab.run(WITH_GRACE)
    (row,) = [pod for pod in observe_status(Snapshot(lab.session()), StatusOptions()).pods if pod.pod.name == "late"]
    (unbound,) = row.unbound
    assert unbound.age == pytest.approx(0.0, abs=60.0)


def test_an_event_is_of_the_api_servers_clock(lab: Lab) -> None:
    """Whoever lists Events sorts them by it."""
    lab.stage.add_pod("web", AUTO)
    assert lab.run(WITH_GRACE) == []
    written = [event for event in lab.sandbox.objects.list("events", "default") if event["reason"] == "EIPBound"]
    ages = [lab.sandbox.clock.now() - datetime.fromisoformat(event["lastTimestamp"]).timestamp() for event in written]
    assert min(ages) == pytest.approx(0.0, abs=60.0)
