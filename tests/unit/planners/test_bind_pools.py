"""Which EIP of its pool a Pod gets, and what becomes of it: the table of :mod:`eipctl.planners.bind.pools`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Associate, Modify, Release, Tag
from eipctl.domain.facts import EipStatus, OwnerRef
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Step, StepState
from eipctl.domain.pools import POOL
from eipctl.domain.strategy import Strategy
from eipctl.planners.bind.outcome import aftermath
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.release import Choice, plan_release
from tests.unit.planners.bind_facts import (
    ASKS,
    AUTO,
    CLUSTER,
    EARLY,
    LATE,
    NAMES_X,
    OTHER,
    asking,
    eip,
    had,
    lent,
    ours,
    plan,
    pod,
    reasons,
    steps,
    world,
)

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.planners.bind.plan import BindPlan

BUYS = ASKS | {"eipctl.io/pool-overflow": "buy"}
SET = OwnerRef("StatefulSet", "db", "uid-set")


def given(planned: BindPlan) -> dict[str, str]:
    """Pod to the EIP that it gets."""
    return {action.pod: action.allocation_id for action in planned.plan.actions if isinstance(action, Associate)}


def test_a_pod_gets_an_eip_of_its_pool_tagged_under_the_consent() -> None:
    """The tag names the Pod and carries the pool's tag, which is proven again before it is written."""
    planned = plan([asking("a")], [lent(eip("eip-1"))])
    assert steps(planned) == [("tag", "eip-1"), ("associate", "eip-1"), ("annotate", "eip-1")]
    tag = next(action for action in planned.plan.actions if isinstance(action, Tag))
    assert dict(tag.tags)[POOL] == "p-partners.c1.kube-uid"
    assert dict(tag.tags)[ownership.ROLE] == Role.POOLED
    assert dict(tag.tags)[ownership.POD_UID] == "u-uid-a"


def test_a_pod_that_has_one_is_satisfied() -> None:
    """A second run plans nothing, whatever else its annotations say that an EIP is like."""
    asks = asking("a", ip="10.0.0.10")
    asks = pod("a", annotations=ASKS | {"k8s.aliyun.com/eip-bandwidth": "50", "k8s.aliyun.com/eip-name": "x"})
    asks = replace(asks, recorded="47.1.5.1")
    planned = plan([asks], [had(eip("eip-1", at="10.0.0.10"), asks)])
    assert planned.plan.empty
    assert planned.satisfied == ("default/a",)


def test_the_order_is_address_name_workload_then_the_longest_unused() -> None:
    """Each row of the table before the next."""
    gone = [pod("x", uid="old", ip="10.0.0.10"), pod("db-0", owner=SET, uid="old-0", ip="10.0.0.30")]
    of_workload = pod("db-7", owner=SET, uid="old-7", ip="10.0.0.31")
    stranger = pod("y", uid="old-y", ip="10.0.0.32")
    eips = [
        had(eip("eip-here", at="10.0.0.10"), gone[0], EARLY),
        had(eip("eip-name"), gone[1], LATE),
        had(eip("eip-work"), of_workload, LATE),
        had(eip("eip-late"), stranger, LATE),
        had(eip("eip-early"), stranger, EARLY),
        lent(eip("eip-never")),
    ]

    def one(name: str, ip: str, owner: OwnerRef | None = None) -> Pod:
        return asking(name, ip=ip, owner=owner)

    pods = [
        one("a", "10.0.0.10"),
        one("db-0", "10.0.0.11", SET),
        one("db-9", "10.0.0.12", SET),
        *(one(name, f"10.0.0.2{name[1]}") for name in ("z1", "z2", "z3")),
    ]
    planned = plan(pods, eips)
    assert given(planned) == {
        "db-0": "eip-name",
        "db-9": "eip-work",
        "z1": "eip-never",
        "z2": "eip-early",
        "z3": "eip-late",
    }
    assert ("tag", "eip-here") in steps(planned)
    assert ("unassociate", "eip-here") not in steps(planned)


def test_no_two_pods_get_one_eip_and_the_last_waits() -> None:
    """Two EIPs, three Pods: the third is told who has them."""
    planned = plan([asking(name, ip=f"10.0.0.1{n}") for n, name in enumerate("abc")], [lent(eip("eip-1"))])
    assert list(given(planned).values()) == ["eip-1"]
    assert [skip.code for skip in planned.plan.skips] == [Code.POOL_FULL] * 2


def test_a_full_pool_names_its_holders() -> None:
    """Each with the Pod, or what it is bound to."""
    holder = replace(asking("a"), recorded="47.1.5.1")
    taken = [
        had(eip("eip-1", at="10.0.0.10"), holder),
        lent(eip("eip-22", at="10.9.9.9")),
        lent(eip("e3", locked=True)),
    ]
    planned = plan([holder, asking("b", ip="10.0.0.11")], taken)
    assert reasons(planned) == (
        "none of the 3 EIPs of pool partners is free: 47.1.2.1 is locked by the cloud, 47.1.5.1 is used by default/a,"
        " 47.1.6.1 is bound to eni-10.9.9.9"
    )


@pytest.mark.parametrize(
    "other",
    [
        lent(eip("eip-1"), "others"),
        lent(eip("eip-1"), cluster=OTHER),
        eip("eip-1"),
        lent(eip("eip-1", status=EipStatus.RELEASING)),
    ],
    ids=["another-pool", "another-cluster", "not-lent", "releasing"],
)
def test_what_is_not_lent_to_this_pool_is_no_part_of_it(other: Eip) -> None:
    """The Pod is told that the pool has nothing."""
    planned = plan([asking("a")], [other])
    assert planned.plan.empty
    assert [skip.code for skip in planned.plan.skips] == [Code.POOL_UNKNOWN]


def test_an_unreadable_consent_is_none() -> None:
    """A value that eipctl did not write lends nothing."""
    odd = replace(eip("eip-1"), **ownership.tag_fields({POOL: "partners"}))
    assert odd.pool is None
    assert plan([asking("a")], [odd]).plan.empty


def test_overflow_buys_only_when_the_pool_has_none() -> None:
    """And a Pod that has bought one is satisfied with it."""
    first, second = (pod(name, annotations=BUYS, ip=f"10.0.0.1{n}") for n, name in enumerate("ab"))
    assert steps(plan([first, second], [lent(eip("eip-1"))]))[-3:] == [
        ("allocate", "b"),
        ("associate", "b"),
        ("annotate", "b"),
    ]
    has = replace(first, recorded="47.1.5.1")
    planned = plan([has], [ours(eip("eip-1", at="10.0.0.10"), has), lent(eip("eip-22"))])
    assert planned.satisfied == ("default/a",)


def test_a_bought_eip_at_a_pod_that_asks_for_the_pool_alone_is_a_conflict() -> None:
    """And so is one of the pool at a Pod that asks for one of its own."""
    asks, automatic = asking("a"), pod("a", annotations=AUTO)
    for holder, found in (
        (asks, ours(eip("eip-1", at="10.0.0.10"), asks)),
        (asks, had(eip("eip-1", at="10.0.0.10"), asks, name="others")),
        (automatic, had(eip("eip-1", at="10.0.0.10"), automatic)),
    ):
        planned = plan([holder], [found])
        assert planned.plan.empty
        assert [skip.code for skip in planned.plan.skips] == [Code.IP_HAS_EIP]


def test_a_gone_pods_eip_is_unbound_and_marked_as_unused_and_never_released() -> None:
    """It goes on naming its last Pod; once it is marked, there is nothing more to do, prune or not."""
    before = pod("x", uid="old")
    prune = Knobs(prune=True, grace=0.0)
    planned = plan([], [had(eip("eip-1", at="10.0.0.10"), before)], prune)
    assert steps(planned) == [("unassociate", "eip-1"), ("tag", "eip-1")]
    assert plan([], [had(eip("eip-1"), before, EARLY)], prune).plan.empty


def test_what_a_living_pod_no_longer_asks_for_is_free_at_once() -> None:
    """It goes back without the Pod's tags: they would keep it from everybody for as long as that Pod lives."""
    changed, waits = pod("a", annotations={}), asking("b", ip="10.0.0.11")
    held = had(eip("eip-1", at="10.0.0.10"), changed)
    first = plan([changed, waits], [held])
    assert steps(first) == [("unassociate", "eip-1"), ("untag", "eip-1")]
    done = [Step(action, StepState.DONE) for action in first.plan.actions]
    after = aftermath(world([changed, waits], [held]), done)
    assert given(plan_bind(after, Knobs())) == {"b": "eip-1"}


def test_what_its_owner_no_longer_lends_leaves_with_its_pod() -> None:
    """A living Pod keeps it; of a gone one it is unbound and all our tags are taken off."""
    alive, gone = replace(asking("a"), recorded="47.1.5.1"), pod("x", uid="old")
    kept = plan([alive], [ours(eip("eip-1", at="10.0.0.10"), alive, Role.POOLED)])
    assert (kept.plan.empty, kept.satisfied) == (True, ("default/a",))
    left = plan([], [ours(eip("eip-1", at="10.0.0.10"), gone, Role.POOLED)])
    assert steps(left) == [("unassociate", "eip-1"), ("untag", "eip-1")]


def test_its_own_eip_follows_a_pod_to_its_address() -> None:
    """Unbound, or bound where it no longer is: no other EIP of the pool is taken."""
    asks = asking("a")
    unbound = plan([asks], [had(eip("eip-1"), asks), lent(eip("eip-22"))])
    assert given(unbound) == {"a": "eip-1"}
    elsewhere = plan([asks], [had(eip("eip-1", at="10.0.0.99"), asks), lent(eip("eip-22"))])
    assert given(elsewhere) == {"a": "eip-1"}
    assert steps(elsewhere)[0] == ("unassociate", "eip-1")


def test_on_a_partial_observation_nothing_is_lent() -> None:
    """The Pod's own EIP may be one that was not read."""
    planned = plan([asking("a")], [lent(eip("eip-1"))], complete=False)
    assert planned.plan.empty
    assert [skip.code for skip in planned.plan.skips] == [Code.PARTIAL_READ]


def test_an_eip_of_a_pool_is_not_for_those_who_name_it_or_buy() -> None:
    """Nor does another Pod take over one that eipctl had bought, if its owner lends it now; and none is released."""
    named = plan([pod("a", annotations=NAMES_X)], [lent(eip("eip-x"))])
    assert [skip.code for skip in named.plan.skips] == [Code.EIP_ELSEWHERE]
    left = lent(ours(eip("eip-1"), pod("x", uid="old"), since=EARLY))
    planned = plan([pod("b")], [left], Knobs(prune=True, grace=0.0, reuse=True))
    assert ("allocate", "b") in steps(planned)
    assert not [action for action in planned.plan.actions if isinstance(action, (Release, Modify))]


def test_a_bought_eip_that_is_lent_is_never_changed() -> None:
    """A person has put the pool's tag on the EIP of a living Pod: it stays, and no attribute is corrected."""
    asks = replace(pod("a", annotations=AUTO | {"k8s.aliyun.com/eip-bandwidth": "50"}), recorded="47.1.5.1")
    assert plan([asks], [lent(ours(eip("eip-1", at="10.0.0.10"), asks))]).plan.empty


def test_release_leaves_a_pool_alone_unless_it_is_named() -> None:
    """Unused EIPs of a pool are no orphans; one that is named leaves its Pod, and stays in the pool."""
    before, alive = pod("x", uid="old"), asking("a")
    eips = [had(eip("eip-1"), before, EARLY), had(eip("eip-22", at="10.0.0.10"), alive)]
    view = world([alive], eips)
    assert plan_release(view, Choice(orphans=True)).empty
    named = plan_release(view, Choice(pods=("default/a",)))
    assert [action.verb.value for action in named.actions] == ["unassociate", "untag"]
    assert POOL not in next(action.keys for action in named.actions if action.verb.value == "untag")  # type: ignore[attr-defined]


def test_what_an_annotation_says_an_eip_is_like_is_no_drift_of_a_pools_eip() -> None:
    """It is as its owner wants it: nothing is corrected, and nothing is reported again and again."""
    asks = pod("a", annotations=ASKS | {"k8s.aliyun.com/eip-isp": "BGP_PRO", "k8s.aliyun.com/eip-bandwidth": "9"})
    asks = replace(asks, recorded="47.1.5.1")
    for held in (had(eip("eip-1", at="10.0.0.10"), asks), ours(eip("eip-1", at="10.0.0.10"), asks, Role.POOLED)):
        planned = plan([asks], [held])
        assert (planned.plan.empty, planned.plan.skips) == (True, ())


def test_an_annotation_beside_a_pool_that_can_not_be_obeyed_costs_no_pod_its_eip() -> None:
    """It says what an EIP is like, and one of a pool stays as it is; where one may be bought instead, it counts."""
    odd = {"k8s.aliyun.com/eip-bandwidth": "plenty"}
    planned = plan([pod("a", annotations=ASKS | odd)], [lent(eip("eip-1"))])
    assert given(planned) == {"a": "eip-1"}
    assert [skip.code for skip in planned.plan.skips] == [Code.IGNORED_KEY]
    refused = plan([pod("a", annotations=BUYS | odd)], [lent(eip("eip-1"))])
    assert [skip.code for skip in refused.plan.skips] == [Code.ANNOTATION_VALUE]


def test_an_eip_without_room_for_the_tags_or_of_another_service_serves_nobody() -> None:
    """Its owner lent it in the console: the next one is taken, and the reason is told where there is none."""
    full = replace(eip("eip-1"), **ownership.tag_fields({f"tag-{n}": "x" for n in range(9)}))
    for unfit, why in ((lent(full), "has 9 tags"), (lent(eip("eip-1", service_managed=True)), "managed by another")):
        assert given(plan([asking("a")], [unfit, lent(eip("eip-22"))])) == {"a": "eip-22"}
        assert why in reasons(plan([asking("a")], [unfit]))


def test_what_eipctl_bought_and_a_person_lent_is_the_pools_once_its_pod_is_gone() -> None:
    """A Pod that asks gets it at once; else eipctl's tags are taken off. It is never released."""
    prune = Knobs(prune=True, grace=0.0)
    left = lent(ours(eip("eip-1", at="10.0.0.99"), pod("x", uid="old")))
    planned = plan([asking("a")], [left], prune)
    tag = next(action for action in planned.plan.actions if isinstance(action, Tag))
    assert (given(planned), dict(tag.tags)[ownership.ROLE]) == ({"a": "eip-1"}, Role.POOLED)
    assert steps(plan([], [left], prune)) == [("unassociate", "eip-1"), ("untag", "eip-1")]
    changed = pod("x", annotations={})
    assert steps(plan([changed], [lent(ours(eip("eip-1"), changed))], prune)) == [("untag", "eip-1")]


def test_a_run_of_one_namespace_lends_what_another_run_has_found_unused() -> None:
    """After those that it can judge itself; the Pod that had it is asked for again before it is tagged."""
    stranger = replace(pod("x", uid="old"), namespace="other")
    only = frozenset({"default"})
    marked, bound = had(eip("eip-1"), stranger, EARLY), had(eip("eip-22", at="10.0.0.99"), stranger, EARLY)
    assert given(plan([asking("a")], [marked], namespaces=only)) == {"a": "eip-1"}
    assert given(plan([asking("a")], [marked, lent(eip("eip-333"))], namespaces=only)) == {"a": "eip-333"}
    for unknown in (bound, had(eip("eip-1"), stranger)):
        planned = plan([asking("a")], [unknown], namespaces=only)
        assert given(planned) == {}
        assert "was lent to other/x, whose namespace was not read" in reasons(planned)


def test_a_pod_that_overflowed_gets_the_eip_back_that_is_kept_for_its_name() -> None:
    """Otherwise nobody would ever use it; a Pod that may not overflow gets no EIP that was bought."""
    never = BUYS | {"k8s.aliyun.com/pod-eip-release-strategy": "Never"}
    before = pod("db-0", annotations=never, owner=SET, uid="old")
    kept = replace(eip("eip-1"), **ownership.tag_fields(_kept(before)))
    back = pod("db-0", annotations=never, owner=SET)
    assert given(plan([back], [kept, lent(eip("eip-22"))])) == {"db-0": "eip-1"}
    strict = pod("db-0", annotations=ASKS, owner=SET)
    assert given(plan([strict], [kept, lent(eip("eip-22"))])) == {"db-0": "eip-22"}


def _kept(before: Pod) -> dict[str, str]:
    return dict(ownership.tags_for(CLUSTER, before, Role.ALLOCATED, Strategy(None)))
