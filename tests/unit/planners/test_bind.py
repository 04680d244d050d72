"""The decision tables of the bind planner, row by row."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Allocate, AnnotatePod, Associate, Release, Tag, Unassociate, Untag
from eipctl.domain.facts import ClusterId, Eip, EipStatus, EniAddress, Node, OwnerRef
from eipctl.domain.ownership import Role
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.settings import RESULT
from eipctl.planners.bind.draft import ref
from eipctl.planners.bind.world import Knobs, bindings
from tests.unit.planners.bind_facts import (
    AUTO,
    NAMES_X,
    NOW,
    OTHER,
    PRUNE_NOW,
    eip,
    ours,
    plan,
    pod,
    reasons,
    steps,
)


def test_a_pod_that_asks_for_nothing_gets_nothing() -> None:
    """No annotation, no action, no skip."""
    planned = plan([pod("a", annotations={})], [])
    assert (planned.plan.empty, planned.plan.skips, planned.eligible) == (True, (), 0)


def test_a_pod_without_eip_gets_one_allocated_bound_and_told() -> None:
    """Allocate, associate, annotate, in one lane that works on the Pod's ENI."""
    planned = plan([pod("a")], [])
    assert steps(planned) == [("allocate", "a"), ("associate", "a"), ("annotate", "a")]
    (lane,) = planned.plan.stages[0].lanes
    assert lane.eni_id == "eni-10.0.0.10"


def test_who_failed_last_is_served_last() -> None:
    """Those that never failed first; a Pod that names an EIP waits its turn as well."""
    pods = [pod(name, ip=f"10.0.0.{number}") for number, name in enumerate("abc", 10)]
    pods.append(pod("x", ip="10.0.0.20", annotations=NAMES_X))
    failed = {"uid-a": "2026-11-23T08:00:02Z", "uid-x": "2026-11-23T08:00:01Z"}
    lanes = plan(pods, [eip("eip-x")], failures=failed).plan.stages[0].lanes
    assert [lane.actions[0].object for lane in lanes] == [f"pod/default/{name}" for name in "bcxa"]


def test_the_allocation_carries_cluster_and_pod_in_its_tags() -> None:
    """Ownership is written by the allocating call itself."""
    (first, *_) = plan([pod("a")], []).plan.actions
    assert isinstance(first, Allocate)
    owner = ownership.owner_of(dict(first.ownership))
    assert owner is not None
    assert (owner.cluster, owner.cluster_uid, owner.pod_uid, owner.role) == ("c1", "kube-uid", "uid-a", Role.ALLOCATED)


@pytest.mark.parametrize("primary", [False, True])
def test_a_pod_whose_own_eip_is_bound_is_satisfied(primary: bool) -> None:
    """Also on an ENI's primary IP, where the cloud shows no private IP."""
    a = pod("a")
    mine = ours(eip("eip-1", at=a.ip, primary=primary), a)
    a = replace(a, **annotation_fields(AUTO | {RESULT: mine.address}))
    places = {a.uid: EniAddress(f"eni-{a.ip}", a.ip, primary=primary, vpc_id="vpc-1")}
    planned = plan([a], [mine], enis=places)
    assert (planned.plan.empty, planned.satisfied) == (True, ("default/a",))


def test_a_readiness_gate_is_served_and_mended() -> None:
    """B6: a Pod that waits for its EIP to be ready is told, and told again if somebody has changed the condition."""
    waits = pod("a", eip_gate=True)
    last = list(plan([waits], []).plan.actions)[-1]
    assert isinstance(last, AnnotatePod)
    assert last.gate
    mine = ours(eip("eip-1", at=waits.ip), waits)
    waits = replace(waits, **annotation_fields(AUTO | {RESULT: mine.address}), eip_condition="False")
    assert steps(plan([waits], [mine])) == [("annotate", "eip-1")]
    assert plan([replace(waits, eip_condition="True")], [mine]).plan.empty


def test_a_wrong_result_annotation_is_mended() -> None:
    """What the Pod tells is what is true in the cloud."""
    a = pod("a", annotations=AUTO | {RESULT: "1.2.3.4"})
    assert steps(plan([a], [ours(eip("eip-1", at=a.ip), a)])) == [("annotate", "eip-1")]


BANDWIDTH = {"k8s.aliyun.com/eip-bandwidth": "10"}


def test_a_bandwidth_that_an_annotation_names_is_corrected() -> None:
    """Without waiting for a new Pod; one that no annotation names is left as it is."""
    a = pod("a", annotations=AUTO | BANDWIDTH)
    mine = ours(eip("eip-1", at=a.ip), a)
    a = replace(a, **annotation_fields(AUTO | BANDWIDTH | {RESULT: mine.address}))
    assert steps(plan([a], [mine])) == [("modify", "eip-1")]
    assert plan([a], [replace(mine, bandwidth=10)]).plan.empty
    silent = replace(a, **annotation_fields(AUTO | {RESULT: mine.address}))
    assert plan([silent], [replace(mine, bandwidth=77)]).plan.empty


def test_the_bandwidth_of_an_eip_in_a_bandwidth_package_is_the_packages() -> None:
    """And a given EIP is its owner's."""
    a = pod("a", annotations=AUTO | BANDWIDTH)
    mine = replace(ours(eip("eip-1", at=a.ip), a), bandwidth_package_id="cbwp-1")
    a = replace(a, **annotation_fields(AUTO | BANDWIDTH | {RESULT: mine.address}))
    assert plan([a], [mine]).plan.empty
    b = pod("b", annotations=NAMES_X | BANDWIDTH)
    given = ours(eip("eip-x", at=b.ip), b, Role.GIVEN)
    b = replace(b, **annotation_fields(NAMES_X | BANDWIDTH | {RESULT: given.address}))
    assert plan([b], [given]).plan.empty


def test_what_the_cloud_cannot_change_is_reported() -> None:
    """The Pod keeps its EIP."""
    charge = {"k8s.aliyun.com/eip-internet-charge-type": "PayByBandwidth"}
    a = pod("a", annotations=AUTO | charge)
    mine = ours(eip("eip-1", at=a.ip), a)
    a = replace(a, **annotation_fields(AUTO | charge | {RESULT: mine.address}))
    planned = plan([a], [mine])
    assert planned.plan.empty
    assert "can't be changed to PayByBandwidth" in reasons(planned)


def test_an_eip_without_eipctl_tags_at_the_pod_satisfies_it_and_is_reported() -> None:
    """It was bound by a user or by Terway; it is never changed."""
    planned = plan([pod("a")], [eip("eip-hand", at="10.0.0.10")], PRUNE_NOW)
    assert planned.plan.empty
    assert "not managed by eipctl" in reasons(planned)


def test_a_pod_tells_the_eip_that_somebody_put_in_place_of_its_own() -> None:
    """As long as it tells eipctl's, that one looks needed and could never be released."""
    web = pod("web", annotations=AUTO | {RESULT: "47.1.5.1"})
    planned = plan([web], [eip("eip-theirs", at=web.ip), ours(eip("eip-1"), web)], PRUNE_NOW)
    assert steps(planned) == [("annotate", "eip-theirs"), ("release", "eip-1")]


def test_an_own_eip_at_an_old_address_comes_off_though_the_pod_is_served_by_another() -> None:
    """The Pod still asks, so the proof before it is the Pod's new address."""
    web = pod("web", annotations=AUTO | {RESULT: "47.1.10.1"})
    planned = plan([web], [eip("eip-theirs", at=web.ip), ours(eip("eip-1", at="10.0.0.99"), web)], PRUNE_NOW)
    (off, *_) = planned.plan.actions
    assert isinstance(off, Unassociate)
    assert (off.allocation_id, off.living, off.moved_to) == ("eip-1", False, web.ip)


def test_an_own_unbound_eip_is_bound_instead_of_buying_another() -> None:
    """The recovery of a run that was killed after its allocation: tags are enough."""
    a = pod("a")
    assert steps(plan([a], [ours(eip("eip-1"), a)])) == [("associate", "eip-1"), ("annotate", "eip-1")]


def test_of_two_own_eips_the_bound_one_is_kept_and_the_other_released() -> None:
    """A second EIP on a living Pod is an orphan too."""
    a = pod("a")
    kept = ours(eip("eip-bound", at=a.ip), a)
    a = replace(a, **annotation_fields(AUTO | {RESULT: kept.address}))
    planned = plan([a], [ours(eip("eip-spare"), a), kept], PRUNE_NOW)
    assert steps(planned) == [("release", "eip-spare")]


def test_of_two_unbound_own_eips_the_oldest_is_kept() -> None:
    """The choice is deterministic."""
    a = pod("a")
    old = replace(ours(eip("eip-z"), a), allocated_at=NOW - timedelta(hours=2))
    new = replace(ours(eip("eip-a"), a), allocated_at=NOW - timedelta(hours=1))
    assert steps(plan([a], [new, old], PRUNE_NOW)) == [
        ("associate", "eip-z"),
        ("annotate", "eip-z"),
        ("release", "eip-a"),
    ]


def test_an_own_eip_bound_to_an_address_the_pod_no_longer_has_is_moved() -> None:
    """First off the old address, then on the new one."""
    a = pod("a")
    planned = plan([a], [ours(eip("eip-1", at="10.0.0.99"), a)])
    assert steps(planned) == [(verb, "eip-1") for verb in ("unassociate", "tag", "associate", "annotate")]
    (first, *_) = planned.plan.actions
    assert isinstance(first, Unassociate)
    assert (first.living, first.moved_to) == (False, a.ip)


def test_an_own_eip_that_the_cloud_has_locked_is_waited_for() -> None:
    """No second one is bought, and nothing is tried that the cloud refuses."""
    web = pod("web")
    planned = plan([web], [ours(eip("eip-1", locked=True), web)])
    assert steps(planned) == []
    assert "the Pod's EIP eip-1 is locked by the cloud" in reasons(planned)


def test_a_binding_that_is_on_its_way_is_seen_through() -> None:
    """A run that was killed while the EIP was Associating: the next one waits for it and tells the address."""
    web = pod("web")
    coming = ours(eip("eip-1", at=web.ip, status=EipStatus.ASSOCIATING), web)
    assert steps(plan([web], [coming])) == [("associate", "eip-1"), ("annotate", "eip-1")]


def test_a_reused_ip_does_not_keep_the_eip_of_the_pod_before_it() -> None:
    """B4: unbound in the first stage, prune or not, before the new Pod gets its own."""
    gone, fresh = pod("old"), pod("new")
    planned = plan([fresh], [ours(eip("eip-old", at=fresh.ip), gone)])
    assert steps(planned) == [
        ("unassociate", "eip-old"),
        ("allocate", "new"),
        ("associate", "new"),
        ("annotate", "new"),
        ("tag", "eip-old"),
    ]


def test_a_later_pod_of_the_same_name_is_another_pod() -> None:
    """The UID tells a StatefulSet's Pod from its successor: the EIP of the one before goes."""
    before, after = pod("db-0", uid="uid-1"), pod("db-0", uid="uid-2", ip="10.0.0.11", annotations={})
    planned = plan([after], [ours(eip("eip-1", at=before.ip), before)], PRUNE_NOW)
    assert steps(planned) == [("unassociate", "eip-1"), ("release", "eip-1")]
    (first, *_) = planned.plan.actions
    assert isinstance(first, Unassociate)
    assert (first.uid, first.living) == ("uid-1", False)


def test_two_pods_that_swapped_their_ips_get_their_own_eips_back() -> None:
    """After a node's reboot Pods keep their UIDs and may get each other's IP; neither waits for the other."""
    a, b = pod("a", ip="10.0.0.1"), pod("b", ip="10.0.0.2")
    planned = plan([a, b], [ours(eip("eip-a", at=b.ip), a), ours(eip("eip-b", at=a.ip), b)])
    assert steps(planned) == [
        ("unassociate", "eip-a"),
        ("unassociate", "eip-b"),
        ("tag", "eip-a"),
        ("associate", "eip-a"),
        ("annotate", "eip-a"),
        ("tag", "eip-b"),
        ("associate", "eip-b"),
        ("annotate", "eip-b"),
    ]


def test_an_eip_stays_where_it_is_while_its_pod_is_refused_at_its_own_address() -> None:
    """b can't be served, for another cluster's EIP is at its IP, and keeps its own: nothing is bought for a."""
    a, b = pod("a", ip="10.0.0.1"), pod("b", ip="10.0.0.2")
    foreign = ours(eip("eip-22", at=b.ip), pod("c"), cluster=OTHER)
    planned = plan([a, b], [ours(eip("eip-b", at=a.ip), b), foreign])
    assert steps(planned) == []
    assert "the Pod's IP already has eip-b of Pod default/b" in reasons(planned)
    assert "the Pod's IP already has eip-22 of cluster c2" in reasons(planned)


def test_an_eip_leaves_an_ip_if_somebody_elses_serves_its_pod() -> None:
    """b has what a person bound at its IP: its own is taken off a's IP, which gets one."""
    a, b = pod("a", ip="10.0.0.1"), pod("b", ip="10.0.0.2")
    planned = plan([a, b], [ours(eip("eip-b", at=a.ip), b), eip("eip-22", at=b.ip)])
    assert steps(planned)[:2] == [("unassociate", "eip-b"), ("allocate", "a")]


def test_an_ip_that_carries_the_eip_of_a_pod_that_asks_for_none_is_free() -> None:
    """That EIP is unbound in the first stage of the same plan."""
    asks_none, a = pod("x", ip="", annotations={}), pod("a")
    planned = plan([asks_none, a], [ours(eip("eip-x", at=a.ip), asks_none)])
    assert steps(planned)[:2] == [("unassociate", "eip-x"), ("allocate", "a")]


def test_an_ip_that_carries_another_clusters_eip_is_a_conflict() -> None:
    """B2: never touched, and said."""
    planned = plan([pod("a")], [ours(eip("eip-1", at="10.0.0.10"), pod("b"), cluster=OTHER)], PRUNE_NOW)
    assert planned.plan.empty
    assert "cluster c2" in reasons(planned)


def test_another_clusters_orphans_are_not_ours_to_release() -> None:
    """A second cluster in the same account, even with the same ACK id (a re-created cluster)."""
    same_name = ClusterId("c1", "other-uid")
    eips = [ours(eip("eip-1"), pod("b"), cluster=OTHER), ours(eip("eip-2"), pod("b"), cluster=same_name)]
    assert plan([pod("a", annotations={})], eips, PRUNE_NOW).plan.empty


def test_a_gone_pods_eip_is_unbound_at_once_and_marked() -> None:
    """B4 and B7: without --prune it is unbound and marked, never released."""
    planned = plan([pod("a", annotations={})], [ours(eip("eip-1", at="10.0.0.9"), pod("gone"))])
    assert steps(planned) == [("unassociate", "eip-1"), ("tag", "eip-1")]
    mark = list(planned.plan.actions)[-1]
    assert isinstance(mark, Tag)
    assert dict(mark.tags) == {ownership.ORPHAN_SINCE: "t-20261123T080000Z"}


@pytest.mark.parametrize(("age", "released"), [(599, False), (600, True)])
def test_grace_counts_from_the_orphan_mark(age: int, released: bool) -> None:
    """Default grace is ten minutes."""
    since = ownership.moment(NOW - timedelta(seconds=age))
    orphan = ours(eip("eip-1"), pod("gone"), since=since)
    planned = plan([pod("a", annotations={})], [orphan], Knobs(prune=True))
    assert steps(planned) == ([("release", "eip-1")] if released else [])


def test_without_prune_nothing_is_released_however_old() -> None:
    """B7."""
    since = ownership.moment(NOW - timedelta(days=30))
    orphan = ours(eip("eip-1"), pod("gone"), since=since)
    assert plan([pod("a", annotations={})], [orphan]).plan.empty


def test_zero_grace_unbinds_and_releases_in_one_run() -> None:
    """The unbinding stage ends before the releasing one begins."""
    planned = plan([pod("a", annotations={})], [ours(eip("eip-1", at="10.0.0.9"), pod("gone"))], PRUNE_NOW)
    assert steps(planned) == [("unassociate", "eip-1"), ("release", "eip-1")]
    assert [stage.title for stage in planned.plan.stages] == ["undo wrong bindings", "release"]


@pytest.mark.parametrize("knobs", [Knobs(), PRUNE_NOW])
def test_on_a_partial_observation_nothing_is_unbound_marked_or_released(knobs: Knobs) -> None:
    """B7: absence is not proven; binding goes on."""
    eips = [ours(eip("eip-1", at="10.0.0.9"), pod("gone")), ours(eip("eip-2"), pod("gone2"))]
    planned = plan([pod("a")], eips, knobs, complete=False)
    assert {type(action) for action in planned.plan.actions}.isdisjoint({Unassociate, Release, Untag, Tag})


def test_an_eip_of_another_namespace_is_out_of_scope_with_n() -> None:
    """Pods of other namespaces were not listed, so nothing is known of them."""
    gone = pod("gone", namespace="other")
    assert plan(
        [pod("a", annotations={})], [ours(eip("eip-1"), gone)], PRUNE_NOW, namespaces=frozenset({"default"})
    ).plan.empty


def test_a_selector_limits_what_is_bound_not_what_is_alive() -> None:
    """An unselected living Pod gets nothing and loses nothing."""
    a, b = pod("a"), pod("b", ip="10.0.0.11")
    bound = ours(eip("eip-b", at=b.ip), b)
    planned = plan([a, b, pod("c", ip="10.0.0.12")], [bound], PRUNE_NOW, selected=frozenset({a.uid}))
    assert steps(planned) == [("allocate", "a"), ("associate", "a"), ("annotate", "a")]


def test_a_pod_that_is_leaving_keeps_its_eip_and_gets_none() -> None:
    """Until its object is gone."""
    leaving = pod("a", terminating=True)
    assert plan([leaving], [ours(eip("eip-1", at=leaving.ip), leaving)], PRUNE_NOW).plan.empty
    assert plan([leaving], []).plan.empty


def test_a_leaving_pod_loses_its_eip_when_its_ip_is_anothers() -> None:
    """B4 does not wait for the old object to go."""
    leaving, fresh = pod("a", terminating=True), pod("b")
    planned = plan([leaving, fresh], [ours(eip("eip-1", at=fresh.ip), leaving)])
    assert steps(planned)[:2] == [("unassociate", "eip-1"), ("allocate", "b")]


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_finished_pod_is_gone(phase: str) -> None:
    """Its IP is stale and may be another's."""
    done = pod("a", phase=phase)
    assert steps(plan([done], [ours(eip("eip-1", at=done.ip), done)], PRUNE_NOW)) == [
        ("unassociate", "eip-1"),
        ("release", "eip-1"),
    ]


def test_an_annotation_taken_off_a_living_pod_unbinds_its_eip() -> None:
    """And the EIP becomes an orphan; the Pod's result annotation goes with it."""
    a = pod("a", annotations={})
    bound = ours(eip("eip-1", at=a.ip), a)
    a = replace(a, **annotation_fields({RESULT: bound.address}))
    assert steps(plan([a], [bound])) == [("unassociate", "eip-1"), ("annotate", "eip-1"), ("tag", "eip-1")]


def test_a_pod_that_came_back_loses_its_orphan_mark() -> None:
    """Grace starts anew if it goes again."""
    a = pod("a")
    mine = ours(eip("eip-1", at=a.ip), a, since="t-20261101T000000Z")
    a = replace(a, **annotation_fields(AUTO | {RESULT: mine.address}))
    assert steps(plan([a], [mine], PRUNE_NOW)) == [("untag", "eip-1")]


# EIPs named by id


def test_a_named_free_eip_is_tagged_as_given_before_it_is_bound() -> None:
    """B2: the tag says whose it is before anything changes."""
    planned = plan([pod("a", annotations=NAMES_X)], [eip("eip-x")])
    assert steps(planned) == [("tag", "eip-x"), ("associate", "eip-x"), ("annotate", "eip-x")]


def test_a_named_eip_that_does_not_exist_is_reported() -> None:
    """And nothing is bought instead."""
    planned = plan([pod("a", annotations=NAMES_X)], [])
    assert planned.plan.empty
    assert "there is no EIP eip-x" in reasons(planned)


@pytest.mark.parametrize(
    ("holder", "said"),
    [
        (eip("eip-x", at="10.0.0.77"), "is bound to eni-10.0.0.77"),
        (ours(eip("eip-x"), pod("b"), Role.GIVEN, OTHER), "cluster c2"),
        (ours(eip("eip-x"), pod("b"), Role.ALLOCATED), "allocated by eipctl"),
        (replace(eip("eip-x"), locked=True), "locked"),
    ],
)
def test_a_named_eip_that_is_not_free_is_a_conflict(holder: Eip, said: str) -> None:
    """Never taken from whoever has it."""
    planned = plan([pod("a", annotations=NAMES_X)], [holder])
    assert Associate not in {type(action) for action in planned.plan.actions}
    assert said in reasons(planned)


def test_of_two_pods_that_name_one_eip_the_holder_keeps_it() -> None:
    """One EIP, one Pod; the other is told."""
    old = pod("z", annotations=NAMES_X, created=NOW)
    new = pod("a", ip="10.0.0.11", annotations=NAMES_X, created=NOW - timedelta(days=1))
    held = ours(eip("eip-x", at=old.ip), old, Role.GIVEN)
    old = replace(old, **annotation_fields(NAMES_X | {RESULT: held.address}))
    planned = plan([old, new], [held])
    assert planned.plan.empty
    assert "another Pod names eip-x" in reasons(planned)


def test_of_two_pods_that_name_a_free_eip_the_oldest_gets_it() -> None:
    """Deterministic, whatever the order of the list."""
    first = pod("z", annotations=NAMES_X, created=NOW - timedelta(hours=1))
    second = pod("a", ip="10.0.0.11", annotations=NAMES_X)
    for pods in ([first, second], [second, first]):
        assert [action.object for action in plan(pods, [eip("eip-x")]).plan.actions] == ["pod/default/z"] * 3


def test_a_given_eip_moves_from_a_gone_pod_to_the_next_that_names_it() -> None:
    """Unbound from the gone one, tagged for the new one, then bound."""
    gone, fresh = pod("old", ip="10.0.0.9"), pod("new", annotations=NAMES_X)
    planned = plan([fresh], [ours(eip("eip-x", at=gone.ip), gone, Role.GIVEN)])
    assert steps(planned) == [
        ("unassociate", "eip-x"),
        ("tag", "eip-x"),
        ("associate", "eip-x"),
        ("annotate", "eip-x"),
    ]


def test_a_given_eip_is_not_taken_from_a_living_pod() -> None:
    """Even one that eipctl itself bound there."""
    holder = pod("b", ip="10.0.0.11")
    planned = plan([pod("a", annotations=NAMES_X), holder], [ours(eip("eip-x", at=holder.ip), holder, Role.GIVEN)])
    assert not any(isinstance(action, Associate) and action.pod == "a" for action in planned.plan.actions)
    assert "is lent to Pod default/b" in reasons(planned)


def test_a_given_eip_of_a_gone_pod_goes_back_to_its_owner_untagged() -> None:
    """Unbound and untagged, never released."""
    planned = plan([pod("a", annotations={})], [ours(eip("eip-x", at="10.0.0.9"), pod("gone"), Role.GIVEN)], PRUNE_NOW)
    assert steps(planned) == [("unassociate", "eip-x"), ("untag", "eip-x")]
    last = list(planned.plan.actions)[-1]
    assert isinstance(last, Untag)
    assert set(last.keys) == set(ownership.ALL_KEYS) - {ownership.ORPHAN_SINCE}


def test_a_pod_that_names_an_eip_while_another_is_at_its_ip_is_a_conflict() -> None:
    """B3: its own allocated EIP stays until a person decides."""
    a = pod("a", annotations=NAMES_X)
    planned = plan([a], [ours(eip("eip-1", at=a.ip), a), eip("eip-x")], PRUNE_NOW)
    assert planned.plan.empty
    assert "the Pod's IP already has eip-1" in reasons(planned)


def test_a_living_pods_eip_at_anothers_ip_is_a_conflict() -> None:
    """Its Pod was not selected, so this run can't move it: the other waits, and is told why."""
    web, other = pod("web"), pod("other", ip="10.0.0.11")
    planned = plan([web, other], [ours(eip("eip-1", at=web.ip), other)], selected=frozenset({web.uid}))
    assert steps(planned) == []
    assert "the Pod's IP already has eip-1 of Pod default/other" in reasons(planned)


def test_a_locked_eip_of_a_gone_pod_stays_in_the_way() -> None:
    """The cloud refuses to unbind it, so nothing is bought for an address that can't be had."""
    planned = plan([pod("web")], [ours(eip("eip-1", at="10.0.0.10", locked=True), pod("gone"))])
    assert steps(planned) == []
    assert "the Pod's IP already has eip-1 of Pod default/gone" in reasons(planned)


def test_a_named_eip_replaces_the_one_that_a_gone_pod_left_at_the_address() -> None:
    """First off, then on: the cloud binds one EIP per address."""
    web = pod("web", annotations=NAMES_X)
    planned = plan([web], [eip("eip-x"), ours(eip("eip-1", at=web.ip), pod("gone"))])
    assert steps(planned)[:2] == [("unassociate", "eip-1"), ("tag", "eip-x")]
    assert ("associate", "eip-x") in steps(planned)


def test_a_named_eip_that_was_tagged_and_not_bound_is_bound() -> None:
    """A run that ended between the two: the tags say already whose it is."""
    web = pod("web", annotations=NAMES_X)
    planned = plan([web], [ours(eip("eip-x"), web, Role.GIVEN)])
    assert steps(planned) == [("associate", "eip-x"), ("annotate", "eip-x")]


ODD = "its Status is 'Melting'"


@pytest.mark.parametrize("place", [None, "10.0.0.10"])
def test_an_own_eip_that_is_not_understood_is_left_alone_and_told(place: str | None) -> None:
    """Its Pod gone or alive: it is neither unbound, marked, released, corrected nor replaced by another one."""
    web = pod("web", annotations=AUTO | BANDWIDTH)
    for holder in (web, pod("gone")):
        mine = ours(eip("eip-1", at=place, odd=ODD), holder)
        planned = plan([web] if holder is web else [], [mine], PRUNE_NOW)
        assert all(verb == "annotate" for verb, _ in steps(planned))
        assert (ODD in reasons(planned)) is (holder is not web or place is None)


def test_a_pod_that_names_an_eip_that_is_not_understood_is_told() -> None:
    """It is not tagged and not bound."""
    planned = plan([pod("web", annotations=NAMES_X)], [eip("eip-x", odd=ODD)])
    assert planned.plan.empty
    assert ODD in reasons(planned)


def test_what_can_not_be_obeyed_and_costs_nothing_is_told() -> None:
    """A name that is no text, and anything about an EIP to buy beside the id of one."""
    bell = plan([pod("web", annotations=AUTO | {"k8s.aliyun.com/eip-name": "a\x07"})], [])
    assert [verb for verb, _ in steps(bell)] == ["allocate", "associate", "annotate"]
    named = plan([pod("web", annotations=NAMES_X | {"k8s.aliyun.com/eip-bandwidth": "5M"})], [eip("eip-x")])
    assert [verb for verb, _ in steps(named)] == ["tag", "associate", "annotate"]
    assert [skip.code for skip in (*bell.plan.skips, *named.plan.skips)] == [Code.IGNORED_KEY] * 2


def test_a_name_that_the_cloud_may_have_refused_is_not_asked_for_again() -> None:
    """An EIP without name keeps none (B5); one that has another name is to get the new one."""
    for name, has, expected in [("a/b", "", []), ("a/b", "old", ["modify"]), ("plain", "", ["modify"])]:
        web = pod("web", annotations=AUTO | {"k8s.aliyun.com/eip-name": name})
        mine = ours(eip("eip-1", at=web.ip, name=has), web)
        planned = plan([replace(web, recorded=mine.address)], [mine])
        assert [verb for verb, _ in steps(planned)] == expected
        assert [skip.code for skip in planned.plan.skips] == ([] if expected else [Code.IMMUTABLE_DRIFT])


def test_a_locked_eip_is_not_corrected() -> None:
    """The cloud refuses every change of it; it is bound, and that is all that can be had."""
    web = pod("web", annotations=AUTO | {"k8s.aliyun.com/eip-bandwidth": "9", RESULT: "47.1.5.1"})
    assert steps(plan([web], [ours(eip("eip-1", at=web.ip, locked=True), web)])) == []


def test_a_tag_that_somebody_took_off_comes_back() -> None:
    """The tags for people are kept true as well."""
    web = pod("web", annotations=AUTO | {RESULT: "47.1.5.1"})
    found = ours(eip("eip-1", at=web.ip), web)
    tags = {key: value for key, value in found.tags.items() if key != ownership.POD}
    spoilt = replace(found, **ownership.tag_fields(tags))
    assert steps(plan([web], [spoilt])) == [("tag", "eip-1")]


def test_a_pod_that_terway_has_served_is_satisfied() -> None:
    """Where Terway's own EIP mode is active, its EIP is what the Pod asked for."""
    planned = plan([pod("a")], [eip("eip-terways", at="10.0.0.10")], PRUNE_NOW, native_nodes=frozenset({"n1"}))
    assert (planned.plan.empty, planned.plan.skips, planned.satisfied) == (True, (), ("default/a",))


def test_of_two_eips_at_one_address_the_one_in_use_has_it() -> None:
    """Whatever the order of the list; of two in use it is always the same one."""
    coming = replace(eip("eip-9", at="10.0.0.9"), status=EipStatus.ASSOCIATING)
    first, second = eip("eip-1", at="10.0.0.9"), eip("eip-2", at="10.0.0.9")
    for listed, holder in (([coming, first], first), ([first, coming], first), ([second, first], second)):
        assert bindings(listed) == bindings(listed[::-1]) == {("eni-10.0.0.9", "10.0.0.9"): holder}


# Pods that can't have one


N1 = frozenset({"n1"})


@pytest.mark.parametrize(
    ("facts", "world_facts", "said"),
    [
        ({"host_network": True}, {}, "hostNetwork"),
        ({"ip": ""}, {}, "no IP address yet"),
        ({"ip": "2408::1"}, {}, "IPv6"),
        ({"labels": {"k8s.aliyun.com/ignore-by-terway": "true"}}, {}, "ignore-by-terway"),
        ({"labels": {"alibabacloud.com/eci": "true"}}, {}, "virtual node"),
        ({}, {"nodes": {"n1": Node("n1", {"type": "virtual-kubelet"})}}, "virtual node"),
        ({}, {"nodes": {"n1": Node("n1", {"alibabacloud.com/lingjun-worker": "true"})}}, "Lingjun"),
        ({}, {"native_nodes": frozenset({"n1"})}, "Terway's own EIP mode"),
        ({}, {"native_nodes": N1, "undecided_nodes": N1}, "restart it: eipctl setup restart --force-restart"),
        ({}, {"ack_extend": True}, "ack-extend-network-controller"),
        ({}, {"enis": {}}, "no ENI"),
        ({}, {"prefixed": frozenset({"uid-a"})}, "IPv4 prefix"),
        ({"annotations": AUTO | {"network.alibabacloud.com/pod-with-eip": "false"}}, {}, "says"),
        ({"annotations": AUTO | {"k8s.aliyun.com/eip-bandwidth": "5M"}}, {}, "eip-bandwidth is '5M'"),
        ({"annotations": AUTO | {"k8s.aliyun.com/eip-bandwidth": "201"}}, {}, "from 1 to 200"),
        ({"annotations": AUTO | {"k8s.aliyun.com/eip-tags": '{"eipctl-x":"y"}'}}, {}, "eip-tags"),
    ],
)
def test_a_pod_that_cannot_have_an_eip_is_told_why(
    facts: dict[str, Any], world_facts: dict[str, Any], said: str
) -> None:
    """Never silent, and what it has stays."""
    a = pod("a", **facts)
    planned = plan([a], [ours(eip("eip-1", at="10.0.0.9"), a)], PRUNE_NOW, **world_facts)
    assert planned.plan.empty
    assert said in reasons(planned)


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"protected": True}, "deletion protection"),
        ({"service_managed": True}, "service manages"),
        ({"instance_charge_type": "PrePaid"}, "the EIP is prepaid"),
        ({"locked": True}, "locked"),
    ],
)
def test_an_orphan_that_cannot_be_released_is_reported(facts: dict[str, Any], said: str) -> None:
    """B1."""
    planned = plan([pod("a", annotations={})], [replace(ours(eip("eip-1"), pod("gone")), **facts)], PRUNE_NOW)
    assert planned.plan.empty
    assert said in reasons(planned)


def test_a_never_strategy_keeps_the_eip_of_a_gone_stateful_pod() -> None:
    """And one declared on a Deployment's Pod has no effect, as in ack-extend-network-controller."""
    strategy = {"k8s.aliyun.com/pod-eip-release-strategy": "Never"}
    stateful = pod("db-0", annotations=AUTO | strategy, owner=OwnerRef("StatefulSet", "db", "u"))
    (first, *_) = plan([stateful], []).plan.actions
    assert isinstance(first, Allocate)
    kept = replace(eip("eip-1"), **ownership.tag_fields(dict(first.ownership)))
    planned = plan([pod("x", annotations={})], [kept], PRUNE_NOW)
    assert planned.plan.empty
    assert "Never" in reasons(planned)
    (first, *_) = plan([pod("web", annotations=AUTO | strategy)], []).plan.actions
    assert isinstance(first, Allocate)
    assert dict(first.ownership)[ownership.STRATEGY] == "s-Follow"


def test_an_action_may_be_about_no_pod() -> None:
    """A released EIP that is bought back is nobody's at first."""
    assert (ref(None)["pod"], ref(None, None, eip("eip-1"))["allocation_id"]) == ("", "eip-1")


def test_the_order_of_the_lists_is_irrelevant() -> None:
    """The same World gives the same fingerprint."""
    pods = [pod(f"p{number}", ip=f"10.0.1.{number}") for number in range(20)]
    eips = [ours(eip(f"eip-{number}", at=f"10.0.1.{number + 10}"), pods[number]) for number in range(10)]
    forward = plan(pods, eips, PRUNE_NOW).plan.fingerprint
    assert plan(pods[::-1], eips[::-1], PRUNE_NOW).plan.fingerprint == forward
