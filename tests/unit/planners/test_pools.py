"""Lending EIPs and taking them back: the tables of :mod:`eipctl.planners.pools`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, Refused
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Lend, Withdraw
from eipctl.domain.cost import list_rates
from eipctl.domain.facts import EipStatus
from eipctl.domain.ownership import Role
from eipctl.domain.pools import POOL, pool_in, pool_of
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.pools import EipChoice, plan_lend, plan_withdraw, pools_of, unknown_pool
from tests.unit.planners.bind_facts import CLUSTER, EARLY, OTHER, asking, eip, had, lent, ours, pod, world

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.planners.pools import PoolReport

SHOP = (("team", "shop"),)
GONE = pod("x", uid="old")


def crowd(found: Eip, count: int) -> Eip:
    """With so many tags of its owner."""
    return replace(found, **ownership.tag_fields({**found.tags, **{f"tag-{n}": "x" for n in range(count)}}))


def tagged(found: Eip) -> Eip:
    """One of the team's."""
    return replace(found, **ownership.tag_fields({**found.tags, **dict(SHOP)}))


def test_the_tag_is_read_as_it_is_written() -> None:
    """Also with a cluster id that has dots; a value that says less lends nothing."""
    pool = pool_in(replace(CLUSTER, ack_id="my.cluster"), "partners")
    assert pool_of(dict([pool.tag])) == pool
    assert pool_of({}) is None
    assert pool_of({POOL: "p-partners.c1"}) is None
    assert pool_of({POOL: "p-Partners.c1.u"}) is None


def test_an_eip_is_lent_by_id_by_address_or_by_a_filter_and_once() -> None:
    """What is in the pool already is left as it is; one that is bound is told to be free later."""
    eips = [eip("eip-1"), eip("eip-22", at="10.9.9.9"), lent(eip("e3"))]
    plan = plan_lend(world([], eips), "partners", EipChoice(names=("eip-1", "47.1.5.1", "47.1.6.1", "e3")))
    assert [(type(action), action.object) for action in plan.actions] == [(Lend, "eip-1"), (Lend, "eip-22")]
    assert plan.notes == ("eip-22 is bound to eni-10.9.9.9: it is free once its owner unbinds it",)
    filtered = plan_lend(world([], [tagged(eip("eip-1")), eip("eip-22")]), "partners", EipChoice(tags=SHOP))
    assert [action.object for action in filtered.actions] == ["eip-1"]
    assert plan_lend(world([], [lent(eip("eip-1"))]), "partners", EipChoice(names=("eip-1",))).empty


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (lent(eip("eip-1"), "others"), "is in pool others"),
        (lent(eip("eip-1"), cluster=OTHER), "is in pool partners of cluster c2"),
        (ours(eip("eip-1"), GONE, cluster=OTHER), "is tagged for cluster c2"),
        (ours(eip("eip-1"), GONE, Role.POOLED), "is still used by Pod default/x"),
        (crowd(eip("eip-1"), 9), "tags, and eipctl needs 12 of the 20"),
        (eip("eip-1", status=EipStatus.RELEASING), "is being released"),
        (ours(eip("eip-1"), GONE, Role.GIVEN), "is given to Pod default/x"),
        (replace(eip("eip-1"), **ownership.tag_fields({POOL: "odd"})), "has tags of eipctl that can't be understood"),
        (eip("eip-1", locked=True), "is locked by the cloud"),
        (eip("eip-1", service_managed=True), "is managed by another cloud service"),
    ],
)
def test_what_is_not_the_persons_to_lend_is_refused_or_left_out(found: Eip, why: str) -> None:
    """Refused when it is named; left out, with the reason, when a filter finds it."""
    with pytest.raises(Refused, match=why):
        plan_lend(world([], [found]), "partners", EipChoice(names=("eip-1",)))
    plan = plan_lend(world([], [tagged(found)]), "partners", EipChoice(tags=SHOP))
    assert plan.empty
    assert [why in skip.reason for skip in plan.skips] == [True]


def test_an_eip_that_is_not_there_is_named() -> None:
    """Before anything is planned."""
    with pytest.raises(Failed) as raised:
        plan_lend(world([], []), "partners", EipChoice(names=("eip-9",)))
    assert (raised.value.code, raised.value.object) == (Code.EIP_NOT_FOUND, "eip-9")


@pytest.mark.parametrize(
    ("pods", "found", "keys", "note"),
    [
        ([], lent(eip("eip-1")), 1, ""),
        ([], had(eip("eip-1"), GONE, EARLY), 12, ""),
        ([], had(eip("eip-1", at="10.0.0.10"), GONE), 1, "Pod default/x is gone: the next bind unbinds eip-1"),
        ([asking("a")], had(eip("eip-1", at="10.0.0.10"), asking("a")), 1, "stays with Pod default/a"),
        ([], lent(eip("eip-1", at="10.9.9.9")), 1, ""),
    ],
    ids=["never-used", "unused", "pod-gone-and-bound", "in-use", "bound-by-a-person"],
)
def test_consent_is_taken_back_and_nothing_from_a_living_pod(pods: list[Pod], found: Eip, keys: int, note: str) -> None:
    """All of eipctl's tags go with it where no Pod has the EIP."""
    plan = plan_withdraw(world(pods, [found]), "partners", EipChoice(names=("eip-1",)))
    (action,) = plan.actions
    assert isinstance(action, Withdraw)
    assert (len(action.keys), POOL in action.keys) == (keys, True)
    assert note in "".join(plan.notes)
    assert bool(note) is bool(plan.notes)


def test_what_is_in_no_pool_can_not_be_taken_back() -> None:
    """Failed when it is named; a filter passes it over."""
    for found in (eip("eip-1"), lent(eip("eip-1"), "others"), lent(eip("eip-1"), cluster=OTHER)):
        with pytest.raises(Failed):
            plan_withdraw(world([], [found]), "partners", EipChoice(names=("eip-1",)))
        assert plan_withdraw(world([], [tagged(found)]), "partners", EipChoice(tags=SHOP)).empty


def report(pods: list[Pod], eips: list[Eip]) -> tuple[PoolReport, ...]:
    view = world(pods, eips)
    return pools_of(view, plan_bind(view, Knobs()).plan, list_rates("cn-hangzhou"))


def test_a_report_says_of_each_eip_who_has_it() -> None:
    """In use, free, leaving, or unavailable, and why."""
    alive = asking("a")
    eips = [
        had(eip("eip-1", at="10.0.0.10"), alive),
        lent(eip("eip-22")),
        had(eip("eip-333"), GONE, EARLY),
        had(eip("eip-4444", at="10.0.0.99"), GONE),
        lent(eip("eip-55555", at="10.9.9.9")),
        lent(eip("eip-666666", locked=True)),
        lent(ours(eip("eip-7777777"), GONE, Role.GIVEN)),
        had(eip("eip-88888888", at="10.0.0.10", locked=True), alive),
        lent(crowd(eip("eip-999999999"), 9)),
    ]
    (found,) = report([alive], eips)
    assert [(each.state, each.pod) for each in found.eips] == [
        ("used", "default/a"),
        ("free", ""),
        ("free", "default/x"),
        ("leaving", "default/x"),
        ("unavailable", ""),
        ("unavailable", ""),
        ("unavailable", "default/x"),
        ("used", "default/a"),
        ("unavailable", ""),
    ]
    data = found.as_data()
    assert (data["size"], data["used"], data["free"], data["waiting"]) == (9, 2, 2, [])
    assert data["eips"][2]["unused_since"] == "2026-11-23T07:00:00+00:00"
    assert data["cost_per_month"] == pytest.approx(9 * list_rates("cn-hangzhou").per_month(eip("eip-1")), abs=0.01)


def test_who_waits_is_part_of_the_report_also_of_a_pool_without_eips() -> None:
    """A pool is there as soon as somebody asks for it."""
    full = report([asking("a"), asking("b", ip="10.0.0.11"), pod("c", ip="10.0.0.12")], [lent(eip("eip-1"))])
    assert [(pool.name, pool.waiting) for pool in full] == [("partners", ("default/b",))]
    empty = report([asking("a")], [])
    assert [(pool.name, pool.eips, pool.waiting) for pool in empty] == [("partners", (), ("default/a",))]
    assert report([], []) == ()


def test_an_unknown_pool_names_those_that_are_there() -> None:
    """Or none."""
    error: EipctlError = unknown_pool("partner", ["partners"])
    assert error.hint == "pools: partners; eipctl pool add partner EIP… makes it"
    assert "pools: none" in unknown_pool("partner", []).hint


def test_a_filter_wants_all_of_its_tags() -> None:
    """Two values of one key match nothing; and an empty choice says so."""
    eips = [tagged(eip("eip-1"))]
    for tags in ((*SHOP, ("team", "other")), (("team", "other"), *SHOP)):
        found = plan_lend(world([], eips), "partners", EipChoice(tags=tags))
        assert found.empty
        assert found.notes[0].startswith("no EIP of this region has tag team=")
    back = plan_withdraw(world([], eips), "partners", EipChoice(tags=SHOP))
    assert back.notes == ("no EIP of pool partners has tag team=shop",)


def test_what_can_not_be_lent_says_what_helps() -> None:
    """The command that takes it back, or the tags to remove where the cluster that had it is no more."""
    for found, hint in (
        (lent(eip("eip-1"), "others"), "eipctl pool remove others eip-1"),
        (
            lent(ours(eip("eip-1"), GONE, Role.POOLED, cluster=OTHER), cluster=OTHER),
            "remove the tags eipctl-binding, eip",
        ),
        (replace(eip("eip-1"), **ownership.tag_fields({POOL: "odd"})), "remove the tags eipctl-pool of eip-1"),
    ):
        with pytest.raises(Refused) as raised:
            plan_lend(world([], [found]), "partners", EipChoice(names=("eip-1",)))
        assert hint in raised.value.hint


def test_an_eip_that_eipctl_bought_is_lent_and_stays_with_its_pod() -> None:
    """For an allow-list that names it already: it is never released from then on."""
    alive = replace(pod("a"), recorded="47.1.5.1")
    held = ours(eip("eip-1", at="10.0.0.10"), alive)
    plan = plan_lend(world([alive], [held]), "partners", EipChoice(names=("eip-1",)))
    (action,) = plan.actions
    assert isinstance(action, Lend)
    assert (action.uid, action.tags) == ("uid-a", (pool_in(CLUSTER, "partners").tag,))
    assert plan.notes == ("eip-1 is the pool's once Pod default/a no longer has it; eipctl never releases it",)
