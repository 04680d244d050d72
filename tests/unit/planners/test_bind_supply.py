"""Where an EIP comes from: kept for a name, left by the workload, or bought."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, Associate, JoinPackage, LeavePackage, Modify, Release, Tag, Untag
from eipctl.domain.facts import EipStatus, OwnerRef
from eipctl.domain.ownership import Role
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.strategy import Strategy
from eipctl.planners.bind.world import Knobs
from tests.unit.planners.bind_facts import (
    AUTO,
    NAMES_X,
    NOW,
    eip,
    kept,
    ours,
    plan,
    pod,
    reasons,
    steps,
)

if TYPE_CHECKING:
    from eipctl.domain.facts import Pod

SET = OwnerRef("StatefulSet", "db", "uid-set")
KEY = "k8s.aliyun.com/"
NEVER = AUTO | {KEY + "pod-eip-release-strategy": "Never"}
TEN_MINUTES = AUTO | {KEY + "pod-eip-release-strategy": "10m"}
MARK = "t-20261123T075500Z"
LONG_AGO = "t-20261123T070000Z"


def replica(name: str, template: str, **facts: Any) -> Pod:
    """A Pod of Deployment web."""
    owner = OwnerRef("ReplicaSet", f"web-{template}", f"uid-{template}")
    return pod(name, owner=owner, labels={"pod-template-hash": template}, **facts)


def test_a_stateful_pod_gets_its_own_address_back() -> None:
    """db-0 returns on another node with another UID: the EIP kept under Never is its again, and nothing is bought."""
    before, again = pod("db-0", owner=SET, uid="old"), pod("db-0", owner=SET, annotations=NEVER)
    left = kept(eip("eip-1"), before, Strategy(None))
    planned = plan([again], [left])
    assert steps(planned) == [("tag", "eip-1"), ("associate", "eip-1"), ("annotate", "eip-1")]
    (first, *_) = planned.plan.actions
    assert isinstance(first, Tag)
    assert dict(first.tags)[ownership.POD_UID] == "u-uid-db-0"


def test_never_is_kept_for_its_name_only() -> None:
    """db-1 doesn't get what is kept for db-0, nor does any Pod with --reuse."""
    before, other = pod("db-0", owner=SET, uid="old"), pod("db-1", owner=SET, annotations=NEVER)
    left = kept(eip("eip-1"), before, Strategy(None), LONG_AGO)
    assert steps(plan([other], [left], Knobs(reuse=True)))[0] == ("allocate", "db-1")


def test_a_ttl_ends_with_its_owner() -> None:
    """For TTL the StatefulSet must be the same one; one that was made anew has no claim before the time is over."""
    new = OwnerRef("StatefulSet", "db", "uid-new")
    before = pod("db-0", owner=SET, uid="old")
    left = kept(eip("eip-1"), before, Strategy(600.0), MARK)
    again, another = (pod("db-0", owner=owner, annotations=TEN_MINUTES) for owner in (SET, new))
    assert ("allocate", "db-0") not in steps(plan([again], [left]))
    assert ("allocate", "db-0") in steps(plan([another], [left]))
    assert ("allocate", "db-0") not in steps(plan([another], [kept(eip("eip-1"), before, Strategy(600.0), LONG_AGO)]))


def test_a_ttl_that_has_not_begun_keeps_it_from_the_siblings() -> None:
    """The Pod has just gone and nobody has marked its EIP yet: db-1 buys, and db-0 will find its own."""
    before, sibling = pod("db-0", owner=SET, uid="old"), pod("db-1", owner=SET)
    left = kept(eip("eip-1"), before, Strategy(600.0))
    assert ("allocate", "db-1") in steps(plan([sibling], [left]))


def test_one_eip_is_taken_over_once() -> None:
    """Two Pods of one name, in two namespaces, and one EIP that was left: the other one buys."""
    here, there = pod("web"), pod("web", namespace="other", uid="uid-there", ip="10.0.0.20")
    planned = plan([here, there], [kept(eip("eip-1"), pod("web", uid="old", namespace="third"))], Knobs(reuse=True))
    assert [verb for verb, _ in steps(planned)].count("allocate") == 1
    assert [name for verb, name in steps(planned) if verb == "associate"].count("eip-1") == 1


def test_what_is_kept_is_taken_off_the_old_address_first() -> None:
    """Stale binding first, then the tags, then the new binding; the mark of an orphan goes."""
    before, again = pod("db-0", owner=SET, uid="old"), pod("db-0", owner=SET, ip="10.0.0.20", annotations=NEVER)
    left = kept(eip("eip-1", at="10.0.0.10"), before, Strategy(None), MARK)
    verbs = [verb for verb, _ in steps(plan([again], [left]))]
    assert verbs == ["unassociate", "tag", "untag", "associate", "annotate"]


def test_at_the_same_address_it_stays_bound() -> None:
    """The returning Pod has the old IP: its EIP is only tagged anew, no packet is lost."""
    before, again = pod("db-0", owner=SET, uid="old"), pod("db-0", owner=SET, annotations=NEVER)
    planned = plan([again], [kept(eip("eip-1", at=again.ip), before, Strategy(None))])
    assert [verb for verb, _ in steps(planned)] == ["tag", "annotate"]


def test_a_rollout_takes_over_what_its_old_pods_left() -> None:
    """A Deployment's new ReplicaSet reuses: nothing is bought, nothing is left over."""
    old = [replica(f"web-a-{n}", "a", ip=f"10.0.0.1{n}") for n in range(3)]
    new = [replica(f"web-b-{n}", "b", ip=f"10.0.0.2{n}") for n in range(3)]
    planned = plan(new, [kept(eip(f"eip-{n}"), before) for n, before in enumerate(old)])
    assert [verb for verb, _ in steps(planned)] == ["tag", "associate", "annotate"] * 3
    assert {name for _, name in steps(planned)} == {"eip-0", "eip-1", "eip-2"}


def test_other_workloads_and_namespaces_are_asked_only_with_reuse() -> None:
    """By default a Pod gets only what its own workload left."""
    left = [kept(eip("eip-1"), replica("api-a-0", "a", namespace="other"))]
    assert steps(plan([replica("web-b-0", "b")], left))[0] == ("allocate", "web-b-0")
    assert steps(plan([replica("web-b-0", "b")], left, Knobs(reuse=True)))[0] == ("tag", "eip-1")


def test_only_what_could_have_been_bought_is_reused() -> None:
    """Another charge type, pool, package or bandwidth is another EIP; a named bandwidth is corrected."""
    before, new = replica("web-a-0", "a"), replica("web-b-0", "b")
    others: list[dict[str, Any]] = [
        {"internet_charge_type": "PayByBandwidth"},
        {"pool_id": "pippool-1"},
        {"isp": "BGP_PRO"},
        {"bandwidth": 50},
        {"bandwidth_package_id": "cbwp-1"},
        {"name": "somebody-called-it-so"},
    ]
    for facts in others:
        assert steps(plan([new], [kept(eip("eip-1", **facts), before)]))[0] == ("allocate", "web-b-0"), facts
    faster = replace(new, **annotation_fields(AUTO | {KEY + "eip-bandwidth": "20"}))
    planned = plan([faster], [kept(eip("eip-1", bandwidth=50), before)])
    assert [verb for verb, _ in steps(planned)] == ["tag", "modify", "associate", "annotate"]
    protected = replace(new, **annotation_fields(AUTO | {KEY + "eip-security-protection-types": "AntiDDoS_Enhanced"}))
    assert steps(plan([protected], [kept(eip("eip-1"), before)]))[0] == ("allocate", "web-b-0")


def test_each_pod_gets_its_own_before_any_takes_another() -> None:
    """db-0 and db-1 return: each gets what it had, though both are of one workload and db-1 is older."""
    old = [pod(f"db-{n}", owner=SET, uid=f"old-{n}") for n in (1, 0)]
    new = [pod(f"db-{n}", owner=SET, ip=f"10.0.0.2{n}") for n in (0, 1)]
    planned = plan(new, [kept(eip(f"eip-{before.name}"), before) for before in old])
    bound = {action.pod: action.allocation_id for action in planned.plan.actions if isinstance(action, Associate)}
    assert bound == {"db-0": "eip-db-0", "db-1": "eip-db-1"}


def test_a_living_pods_eip_is_nobodys_to_reuse() -> None:
    """Also while that Pod is terminating: it keeps its EIP until it is gone."""
    leaving = replica("web-a-0", "a", ip="10.0.0.11")
    leaving = replace(leaving, terminating=True)
    new = replica("web-b-0", "b")
    assert steps(plan([leaving, new], [kept(eip("eip-1", at=leaving.ip), leaving)]))[0] == ("allocate", "web-b-0")


def test_on_a_partial_observation_nothing_is_reused() -> None:
    """Absence is not proven, so a Follow Pod buys, and one for which an EIP may be kept waits."""
    before, again = pod("db-0", owner=SET, uid="old"), pod("db-0", owner=SET, annotations=NEVER)
    left = kept(eip("eip-1"), before, Strategy(None))
    waiting = plan([again], [left], complete=False)
    assert (waiting.plan.empty, [skip.code for skip in waiting.plan.skips]) == (True, [Code.PARTIAL_READ])
    bought = plan([replica("web-b-0", "b")], [kept(eip("eip-1"), replica("web-a-0", "a"))], complete=False)
    assert steps(bought)[0] == ("allocate", "web-b-0")


def test_a_named_kind_has_stable_names_too() -> None:
    """--stateful-kind CloneSet: its Pods' strategies count; a Deployment's never do."""
    clone = pod("game-0", owner=OwnerRef("CloneSet", "game", "uid-c"), annotations=NEVER)
    left = ours(eip("eip-1", at=clone.ip), clone)
    (retag,) = (
        action
        for action in plan([clone], [left], Knobs(stateful_kinds=frozenset({"CloneSet"}))).plan.actions
        if isinstance(action, Tag)
    )
    assert retag.tags == ((ownership.STRATEGY, "s-Never"),)
    assert not any(isinstance(action, Tag) for action in plan([clone], [left]).plan.actions)


def test_a_changed_strategy_is_tagged_on_the_living_pod() -> None:
    """The cloud's tags say what will happen when the Pod is gone; they must follow the annotation."""
    db = pod("db-0", owner=SET, annotations=TEN_MINUTES)
    planned = plan([db], [kept(eip("eip-1", at=db.ip), db, Strategy(None))])
    assert next(action for action in planned.plan.actions if isinstance(action, Tag)).tags == (
        (ownership.STRATEGY, "s-600s"),
    )


def test_what_an_annotation_names_is_corrected_on_a_living_eip() -> None:
    """Bandwidth, name, description in one call; a package is joined, another one left first."""
    wishes = {"eip-bandwidth": "20", "eip-name": "web", "eip-description": "for the web"}
    web = pod("web", annotations=AUTO | {KEY + key: value for key, value in wishes.items()})
    planned = plan([web], [ours(eip("eip-1", at=web.ip), web)])
    (modify,) = (action for action in planned.plan.actions if isinstance(action, Modify))
    assert dict(modify.changes) == {"bandwidth": 20, "name": "web", "description": "for the web"}
    packed = pod("web", annotations=AUTO | {KEY + "eip-common-bandwidth-package-id": "cbwp-1"})
    lone, elsewhere = (
        ours(eip("eip-1", at=web.ip, bandwidth_package_id=package), packed) for package in ("", "cbwp-2")
    )
    kinds = [[type(action) for action in plan([packed], [one]).plan.actions] for one in (lone, elsewhere)]
    assert kinds == [[AnnotatePod, JoinPackage], [AnnotatePod, LeavePackage, JoinPackage]]


def test_a_new_eip_joins_the_package_before_it_is_bound() -> None:
    """It is never bound outside the package that the Pod names."""
    packed = pod("web", annotations=AUTO | {KEY + "eip-common-bandwidth-package-id": "cbwp-1"})
    assert [verb for verb, _ in steps(plan([packed], []))] == ["allocate", "modify", "associate", "annotate"]


def test_an_eip_leaves_its_package_before_it_is_released() -> None:
    """The cloud releases none that is inside one."""
    left = ours(eip("eip-1", bandwidth_package_id="cbwp-1"), pod("gone"), since=MARK)
    planned = plan([pod("x", annotations={})], [left], Knobs(prune=True, grace=0))
    assert [type(action) for action in planned.plan.actions] == [LeavePackage, Release]


def test_pods_may_be_kept_from_naming_eips() -> None:
    """--no-instance-id: nothing is given, the Pod is told, and what it has stays."""
    wants, has = pod("a", annotations=NAMES_X), pod("b", annotations=NAMES_X, ip="10.0.0.11")
    planned = plan([wants], [eip("eip-x")], Knobs(instance_ids=False))
    assert (planned.plan.empty, [skip.code for skip in planned.plan.skips]) == (True, [Code.GUARD])
    bound = ours(eip("eip-x", at=has.ip), has, Role.GIVEN)
    assert plan([has], [bound], Knobs(instance_ids=False)).plan.empty


def test_an_address_told_by_mistake_is_taken_back() -> None:
    """A Pod that asks for nothing tells an address that is bound to nothing: the annotation goes."""
    told = pod("a", annotations={KEY + "allocated-eipAddress": "47.9.9.9"})
    (forget,) = plan([told], []).plan.actions
    assert isinstance(forget, AnnotatePod)
    assert forget.remove
    bound = replace(eip("eip-1", at="10.0.0.99"), address="47.9.9.9")
    assert plan([told], [bound]).plan.empty
    assert plan([told], [], ack_extend=True).plan.empty
    assert plan([told], [], native_nodes=frozenset({"n1"})).plan.empty
    assert plan([told], [], complete=False).plan.empty


def test_a_workload_is_known_over_rollouts() -> None:
    """ReplicaSets are named after their Deployment or Rollout; a name that is too long is cut and told apart."""
    assert ownership.workload_of(replica("web-b-0", "b")) == "Deployment.web"
    rollout = pod("r", owner=OwnerRef("ReplicaSet", "web-77", "u"), labels={"rollouts-pod-template-hash": "77"})
    assert ownership.workload_of(rollout) == "Rollout.web"
    assert ownership.workload_of(pod("lone")) == "Pod.lone"
    long = [pod("x", owner=OwnerRef("StatefulSet", "s" * 200 + end, "u")) for end in "ab"]
    texts = {ownership.workload_of(one) for one in long}
    assert (len(texts), max(map(len, texts))) == (2, ownership.LONGEST_NAME)


def test_a_reused_eip_is_no_orphan_any_more() -> None:
    """The mark is taken off by the Pod that takes over, once."""
    planned = plan([replica("web-b-0", "b")], [kept(eip("eip-1"), replica("web-a-0", "a"), since=LONG_AGO)])
    unmarked = [action for action in planned.plan.actions if isinstance(action, Untag)]
    assert [action.keys for action in unmarked] == [(ownership.ORPHAN_SINCE,)]
    assert reasons(planned) == ""
    assert NOW - timedelta(hours=1) == ownership.parse_moment(LONG_AGO)


def test_an_eip_on_its_way_off_is_bound_when_it_is_free() -> None:
    """Unassociating: nothing has to be undone, the handler waits for it."""
    before, new = replica("web-a-0", "a", ip="10.0.0.11"), replica("web-b-0", "b")
    going = replace(kept(eip("eip-1", at=before.ip), before), status=EipStatus.UNASSOCIATING)
    assert [verb for verb, _ in steps(plan([new], [going]))] == ["tag", "associate", "annotate"]


def test_on_a_partial_observation_nothing_is_unbound_to_be_moved() -> None:
    """An own EIP, given or allocated, that is bound elsewhere stays there: this may be a copy of its cluster."""
    moved, naming = pod("a", ip="10.0.0.20"), pod("b", ip="10.0.0.21", annotations=NAMES_X)
    bought, lent = ours(eip("eip-1", at="10.0.0.10"), moved), ours(eip("eip-x", at="10.0.0.11"), naming, Role.GIVEN)
    planned = plan([moved, naming], [bought, lent], complete=False)
    assert (planned.plan.empty, [skip.code for skip in planned.plan.skips]) == (True, [Code.PARTIAL_READ] * 2)
    verbs = [verb for verb, _ in steps(plan([moved, naming], [bought, lent]))]
    assert verbs.count("unassociate") == 2
