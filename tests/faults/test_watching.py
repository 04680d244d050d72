"""bind --watch through what may happen to its watches, its Lease and its calls: the promises hold, and soon.

Most of it without a full read: what is put right is put right because it was heard.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.commands.watch.backoff import Failure
from eipctl.commands.watch.watcher import Watcher, WatchOptions
from eipctl.domain.ownership import ORPHAN_SINCE, moment
from eipctl.sandbox.cloud.cloud import ROOT
from eipctl.sandbox.server import Sandbox
from tests.faults.lab import PRUNE, Lab
from tests.faults.people import People
from tests.faults.stage import AUTO
from tests.faults.watched import LISTENS, NEVER, OFTEN, PODS, Watches, pass_by, watch
from tests.faults.worlds import annotate

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LEASE = ("leases", "kube-system", "eipctl")
EVERY_OTHER: dict[str, Any] = {**PODS, "every": 2, "times": 6}


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """One for all tests of this file."""
    with Sandbox(tmp_path_factory.mktemp("watching") / "sandbox", scenario="modern", speed=1000.0) as found:
        yield found


@pytest.fixture
def lab(sandbox: Sandbox) -> Lab:
    """As new."""
    sandbox.reset("modern")
    sandbox.faults.clear()
    sandbox.calls.clear()
    return Lab(sandbox)


def changed_meanwhile(lab: Lab, resync: float) -> None:
    """Pods come, change their mind, go, and come back while a run watches."""
    people = People(lab)

    def served() -> None:
        pass_by(lab)
        lab.stage.until(lambda: not lab.planned())

    deeds = [
        lambda: people.create(0, 0),
        served,
        lambda: people.create(1, 3),
        lambda: people.do("want", 0, 6),
        lambda: people.do("return", 0, 0),
        served,
        lambda: people.do("delete", 1, 0),
        lambda: people.do("reuse", 0, 0),
    ]
    watch(lab, Watches(resync=resync), deeds)
    people.nothing_was_taken(pruned=True)
    people.judge()


@pytest.mark.parametrize("does", LISTENS, ids=[f"{rule['do']}{rule.get('status', '')}" for rule in LISTENS])
def test_events_that_are_repeated_late_or_broken_cost_nothing(lab: Lab, does: dict[str, Any]) -> None:
    """Every other event of Pods is spoilt, and everything is served without a full read."""
    lab.sandbox.faults.add({**EVERY_OTHER, **does})
    changed_meanwhile(lab, NEVER)


def test_events_that_are_lost_are_made_good_by_the_next_full_read(lab: Lab) -> None:
    """No event of Pods arrives at all, neither of those that come nor of those that go."""
    lab.sandbox.faults.add({**PODS, "do": "drop", "times": 0})
    changed_meanwhile(lab, OFTEN)


def test_what_people_did_in_the_cloud_is_put_right_by_the_next_full_read(lab: Lab) -> None:
    """No watch reports it, and nothing else was there to be done."""

    def unbound() -> None:
        lab.stage.unbind_by_hand(*lab.stage.bound_to("web"))

    lab.stage.add_pod("web", AUTO)
    assert lab.run() == []
    lab.sandbox.calls.clear()
    watch(lab, Watches(resync=OFTEN), [unbound])
    lab.stage.holds_promises("web")


def test_the_end_of_a_grace_wakes_a_run_that_has_nothing_else_to_do(lab: Lab) -> None:
    """Another run has marked the EIP almost ten minutes ago, and nothing happens any more."""
    stage, grace = lab.stage, 600.0
    stage.add_pod("web", AUTO)
    assert lab.run() == []
    stage.delete_pod("web")
    assert lab.run(replace(PRUNE, grace=grace)) == []
    (row,) = stage.own()
    since = moment(datetime.fromtimestamp(lab.sandbox.clock.now(), UTC) - timedelta(seconds=grace - 3))
    with lab.sandbox.store.transaction():
        lab.sandbox.cloud.state.put_eip(replace(row, tags=tuple({**dict(row.tags), ORPHAN_SINCE: since}.items())))
    lab.sandbox.calls.clear()
    watch(lab, Watches(resync=NEVER, grace=grace), [lambda: stage.until(lambda: stage.own() == [])])


def test_full_reads_of_a_settled_cluster_write_nothing(lab: Lab) -> None:
    """B5: neither to the cloud nor to the cluster."""
    stage = lab.stage

    def settled() -> None:
        stage.until(lambda: not lab.planned())
        lab.sandbox.calls.clear()
        stage.until(lambda: [call["api"] for call in _calls(lab)].count("DescribeEipAddresses") > 2)
        assert stage.writes() == []

    stage.add_pod("web", AUTO, gate=True)
    watch(lab, Watches(resync=OFTEN), [settled])


def test_a_leader_that_has_lost_its_lease_writes_nothing_and_begins_anew_when_it_has_it_again(lab: Lab) -> None:
    """B8: what others did in the cloud meanwhile is seen although no full read was due."""
    stage = lab.stage

    def lose() -> None:
        stage.until(lambda: not lab.planned())
        _hand_over(lab, "elsewhere/1/1/1")
        lab.sandbox.calls.clear()
        stage.until(lambda: any(_reads_lease(call) for call in lab.sandbox.calls.listing()))
        stage.unbind_by_hand(*stage.bound_to("web"))
        lab.sandbox.calls.clear()
        stage.add_pod("late", AUTO)
        stage.until(lambda: sum(map(_reads_lease, lab.sandbox.calls.listing())) > 3)
        assert stage.writes() == []
        _hand_over(lab, "")

    stage.add_pod("web", AUTO)
    watch(lab, Watches(resync=NEVER), [lose])
    stage.holds_promises("web", "late")
    lease = stage.objects.get(*LEASE)
    assert lease is not None
    assert lease["spec"]["holderIdentity"] == "", "it was not given back at the end"


def _hand_over(lab: Lab, holder: str) -> None:
    with lab.sandbox.store.transaction():
        lease = lab.stage.objects.get(*LEASE)
        assert lease is not None
        lab.stage.objects.update("leases", {**lease, "spec": {**lease["spec"], "holderIdentity": holder}})


def _reads_lease(call: dict[str, Any]) -> bool:
    return bool(call["api"] == "get" and call["object"].startswith("leases"))


def test_what_is_done_or_under_way_is_not_planned_again(lab: Lab, tmp_path: Path) -> None:
    """B5: while the purchase for one Pod takes long, other Pods come and are served; each action is begun once."""
    log = tmp_path / "audit.jsonl"
    lab.sandbox.faults.add({"do": "latency", "api": "AllocateEipAddress", "nth": 2, "seconds": 1.5})
    for name in ("web-0", "web-1"):
        lab.stage.add_pod(name, AUTO)

    def others_come() -> None:
        lab.stage.add_pod("web-2", AUTO)
        lab.stage.until(lambda: bool(lab.stage.bound_to("web-2")))
        lab.stage.add_pod("web-3", AUTO)

    watch(lab, Watches(resync=NEVER, audit_log=str(log)), [others_come])
    lab.stage.holds_promises(*(f"web-{number}" for number in range(4)))
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    begun = Counter((line["action"]["verb"], line["action"]["pod"]) for line in lines if line["event"] == "begin")
    assert begun == dict.fromkeys(
        ((verb, f"web-{number}") for verb in ("allocate", "associate", "annotate") for number in range(4)), 1
    )


def test_what_a_pod_asks_for_is_read_again_before_its_eip_is_unbound(lab: Lab) -> None:
    """Its annotation was taken off and is back, and the second event is lost: what is kept is no proof."""
    stage, faults = lab.stage, lab.sandbox.faults

    def change_its_mind() -> None:
        stage.until(lambda: not lab.planned())
        lab.sandbox.calls.clear()
        slow = faults.add({"do": "latency", "api": "DescribeEipAddresses", "seconds": 1.0})
        annotate(lab, "web", dict.fromkeys(AUTO))
        stage.until(lambda: any(rule["id"] == slow and rule["spoilt"] for rule in faults.listing()))
        faults.add({**PODS, "do": "drop", "times": 0})
        annotate(lab, "web", {**AUTO})
        stage.until(lambda: any(call["api"] == "get" and call["object"].endswith("/web") for call in _calls(lab)))

    stage.add_pod("web", AUTO)
    watch(lab, Watches(resync=NEVER), [change_its_mind])
    assert [call["api"] for call in _calls(lab) if call["api"].startswith("Unassociate")] == []
    stage.holds_promises("web")


def test_what_somebody_does_to_an_eip_is_read_again_before_it_is_released(lab: Lab) -> None:
    """B2: a person lends it to a pool while it is being unbound."""
    stage, cloud = lab.stage, lab.sandbox.cloud
    ((key, value),) = stage.consent("partners").items()

    def lend() -> None:
        stage.until(lambda: not lab.planned())
        (row,) = stage.bound_to("web")
        slow = lab.sandbox.faults.add({"do": "latency", "api": "UnassociateEipAddress", "seconds": 1.0})
        stage.delete_pod("web")
        stage.until(lambda: any(rule["id"] == slow and rule["spoilt"] for rule in lab.sandbox.faults.listing()))
        which = {"ResourceType": "EIP", "ResourceId.1": row.allocation_id, "Tag.1.Key": key, "Tag.1.Value": value}
        cloud.call(ROOT, "vpc", "TagResources", which)

    stage.add_pod("web", AUTO)
    watch(lab, Watches(resync=NEVER), [lend])
    assert [row.status for row in stage.own()] == ["Available"]


def _calls(lab: Lab) -> list[dict[str, Any]]:
    return lab.sandbox.calls.listing()


def test_a_pod_that_changes_is_tried_at_once_however_often_it_has_failed(lab: Lab) -> None:
    """Its pause would have lasted for minutes."""
    pod = lab.stage.add_pod("web", AUTO)
    uid = pod["metadata"]["uid"]
    watcher = Watcher(lab.session(), WatchOptions(bind=PRUNE))
    _ = watcher.kept.look().kube.pods(None)
    for _ in range(10):
        watcher.backoffs.failed(Failure(uid, "default", "web", "EIP501", "no stock"))
    assert watcher.backoffs.waiting() == {uid}
    annotate(lab, "web", {"k8s.aliyun.com/eip-bandwidth": "7"})
    lab.stage.until(lambda: not watcher.backoffs.waiting())
    watcher.kept.kube.close()


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("api", ["AllocateEipAddress", "AssociateEipAddress", "patch"])
def test_a_leader_that_is_killed_in_the_middle_of_its_work_leaves_nothing_behind(lab: Lab, api: str, when: str) -> None:
    """B1, B3: whichever call it was killed at, the standby goes on, and each Pod has one EIP."""
    names = ("web-0", "web-1")
    killed = {"api": api, "when": when, "object": ".*" if api != "patch" else "pods/.*"}
    deeds = [partial(lab.stage.add_pod, name, AUTO) for name in names]
    assert watch(lab, Watches(runs=2, resync=NEVER, killed=killed), deeds) == 1
    lab.stage.holds_promises(*names)
