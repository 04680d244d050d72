"""EIPs of eipctl that somebody else has bound to something: nobody's business but theirs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.domain import ownership
from eipctl.domain.actions.eips import AnnotatePod, Tag
from eipctl.domain.facts import Eip, EipStatus, EniAddress, Pod
from eipctl.domain.ownership import Role
from eipctl.domain.plan import Verb
from eipctl.planners.bind.world import Knobs
from eipctl.planners.release import Choice, plan_release
from tests.unit.planners.bind_facts import AUTO, NAMES_X, PRUNE_NOW, eip, ours, plan, pod, reasons, steps, world

if TYPE_CHECKING:
    from eipctl.planners.bind.plan import BindPlan

PLACES: dict[str, dict[str, Any]] = {
    "an ECS instance": {"instance_type": "EcsInstance", "instance_id": "i-1", "private_ip": ""},
    "a NAT gateway": {"instance_type": "Nat", "instance_id": "ngw-1", "private_ip": ""},
    "a load balancer": {"instance_type": "SlbInstance", "instance_id": "lb-1", "private_ip": ""},
    "another ENI": {"instance_type": "NetworkInterface", "instance_id": "eni-other", "private_ip": "10.0.0.10"},
    "another IP": {"instance_type": "NetworkInterface", "instance_id": "eni-10.0.0.10", "private_ip": "10.0.0.77"},
    "the primary IP": {"instance_type": "NetworkInterface", "instance_id": "eni-10.0.0.10", "private_ip": ""},
}
places = pytest.mark.parametrize("place", PLACES)


def taken(found: Eip, holder: Pod, place: str, role: Role = Role.ALLOCATED) -> Eip:
    """An EIP that eipctl bound for a Pod, and that somebody has bound to something else since."""
    return replace(ours(found, holder, role), status=EipStatus.IN_USE, **PLACES[place])


@places
@pytest.mark.parametrize("knobs", [PRUNE_NOW, Knobs(prune=True, grace=0.0, reuse=True)])
def test_the_eip_of_a_gone_pod_is_left_where_somebody_bound_it(place: str, knobs: Knobs) -> None:
    """Neither unbound nor marked, reused or released; a Pod of the same workload buys; the EIP is reported."""
    for role in Role:
        planned = plan([pod("other", ip="10.0.0.20")], [taken(eip("eip-x"), pod("a"), place, role)], knobs)
        assert [verb for verb, _ in steps(planned)] == ["allocate", "associate", "annotate"]
        (skip,) = planned.plan.skips
        assert (skip.object, skip.code) == ("eip-x", Code.EIP_ELSEWHERE)


@places
@pytest.mark.parametrize(("annotations", "role"), [(AUTO, Role.ALLOCATED), (NAMES_X, Role.GIVEN)])
def test_a_living_pod_is_told_and_gets_no_second_eip(place: str, annotations: dict[str, str], role: Role) -> None:
    """Its annotation is taken back once, with an Event; a further run does nothing."""
    a = pod("a", annotations=annotations)
    x = taken(eip("eip-x"), a, place, role)
    planned = plan([replace(a, recorded=x.address)], [x], PRUNE_NOW)
    (step,) = planned.plan.actions
    assert isinstance(step, AnnotatePod)
    assert (step.remove, step.lost) == (True, True)
    again = plan([a], [x], PRUNE_NOW)
    assert again.plan.empty
    assert [(skip.object, skip.code) for skip in again.plan.skips] == [("pod/default/a", Code.EIP_ELSEWHERE)]


def test_a_pod_that_asks_for_nothing_any_more_does_not_tell_it() -> None:
    """Its EIP is not unbound for its sake, and reported as an EIP that is left alone."""
    a = pod("a", annotations={})
    x = taken(eip("eip-x"), a, "a NAT gateway")
    planned = plan([replace(a, recorded=x.address)], [x], PRUNE_NOW)
    assert steps(planned) == [("annotate", "eip-x")]
    assert "eip-x is bound to ngw-1, where eipctl did not bind it" in reasons(planned)


@places
def test_an_eip_that_its_pod_no_longer_asks_for_is_reported(place: str) -> None:
    """The Pod names another one by now and is served with it: it has no word for the one that somebody bound."""
    a = pod("a", annotations={**NAMES_X})
    old = taken(eip("eip-old"), a, place)
    assert ("eip-old", Code.EIP_ELSEWHERE) in _told(plan([a], [old, eip("eip-x")], PRUNE_NOW))
    satisfied = plan([a], [old, ours(eip("eip-x", at=a.ip), a, Role.GIVEN)], PRUNE_NOW)
    assert (satisfied.satisfied, _told(satisfied)) == (("default/a",), [("eip-old", Code.EIP_ELSEWHERE)])


def _told(planned: BindPlan) -> list[tuple[str, Code]]:
    return [(skip.object, skip.code) for skip in planned.plan.skips]


def _without_record(eip: Eip) -> Eip:
    return replace(eip, **ownership.tag_fields({key: eip.tags[key] for key in eip.tags if key != ownership.BINDING}))


def test_without_a_record_a_bought_eip_is_unbound_from_an_eni() -> None:
    """Nobody but eipctl had it: a stale binding, which leads to the next Pod, is undone (promise B4)."""
    x = _without_record(ours(eip("eip-x", at="10.0.0.10"), pod("a")))
    assert next(iter(plan([], [x], PRUNE_NOW).plan.actions)).verb is Verb.UNASSOCIATE


@pytest.mark.parametrize("role", [Role.GIVEN, Role.POOLED])
def test_without_a_record_a_lent_eip_may_be_bound_by_its_owner(role: Role) -> None:
    """It is left where it is, and reported."""
    x = _without_record(ours(eip("eip-x", at="10.0.0.10"), pod("a"), role))
    planned = plan([], [x], PRUNE_NOW)
    assert planned.plan.empty
    assert [(skip.object, skip.code) for skip in planned.plan.skips] == [("eip-x", Code.EIP_ELSEWHERE)]


def test_a_pod_whose_eip_has_lost_its_record_keeps_it_with_a_new_one() -> None:
    """It is at the Pod's address: nothing is bought, and nothing is unbound."""
    a = pod("a")
    x = _without_record(ours(eip("eip-x", at="10.0.0.10"), a))
    planned = plan([replace(a, recorded=x.address)], [x], PRUNE_NOW)
    assert steps(planned) == [("tag", "eip-x")]


def test_an_eip_that_has_lost_its_record_while_it_is_free_is_bound_again() -> None:
    """With a new record: what is bound to nothing was taken from nobody."""
    a = pod("a")
    planned = plan([a], [_without_record(ours(eip("eip-x"), a))])
    assert [verb for verb, _ in steps(planned)] == ["tag", "associate", "annotate"]


@pytest.mark.parametrize("kind", ["EcsInstance", "SlbInstance", "HaVip", "Nat", "IpAddress", ""])
def test_what_is_not_an_eni_was_never_bound_by_eipctl(kind: str) -> None:
    """Also where its ID and address are those of the record."""
    x = replace(ours(eip("eip-x", at="10.0.0.10"), pod("a")), instance_type=kind)
    assert plan([], [x], PRUNE_NOW).plan.empty


@pytest.mark.parametrize(("annotations", "role"), [(AUTO, Role.ALLOCATED), (NAMES_X, Role.GIVEN)])
def test_a_pod_to_which_somebody_moved_its_own_eip_is_satisfied(annotations: dict[str, str], role: Role) -> None:
    """It is at the Pod's address, where eipctl did not bind it: recorded on the Pod, and never unbound."""
    a = pod("a", annotations=annotations)
    x = ours(eip("eip-x"), replace(a, ip="10.0.0.9"), role)
    x = replace(x, status=EipStatus.IN_USE, **PLACES["another IP"] | {"private_ip": a.ip})
    planned = plan([a], [x])
    assert (steps(planned), planned.satisfied) == ([("annotate", "eip-x")], ("default/a",))
    assert plan([], [x], PRUNE_NOW).plan.empty
    assert plan([pod("a", annotations={})], [x], PRUNE_NOW).plan.empty


@pytest.mark.parametrize("alive", [True, False])
def test_the_eip_of_another_pod_that_somebody_bound_to_this_one_is_in_the_way(alive: bool) -> None:
    """It stays there, and this Pod is a conflict, whether the other one lives or not."""
    a, b = pod("a", ip="10.0.0.10"), pod("b", ip="10.0.0.20")
    x = replace(ours(eip("eip-x"), a), status=EipStatus.IN_USE, instance_type="NetworkInterface")
    x = replace(x, instance_id="eni-10.0.0.20", private_ip="10.0.0.20")
    planned = plan([a, b] if alive else [b], [x], PRUNE_NOW)
    assert planned.plan.empty
    assert ("pod/default/b", Code.IP_HAS_EIP) in [(skip.object, skip.code) for skip in planned.plan.skips]


def test_a_given_eip_that_somebody_bound_to_the_pod_that_names_it_now_satisfies_that_one() -> None:
    """Its tags name a Pod that is gone, and it is neither tagged anew nor unbound."""
    before, b = pod("before", ip="10.0.0.9"), pod("b", annotations=NAMES_X)
    x = replace(ours(eip("eip-x"), before, Role.GIVEN), status=EipStatus.IN_USE, instance_type="NetworkInterface")
    planned = plan([b], [replace(x, instance_id="eni-10.0.0.10", private_ip="10.0.0.10")], PRUNE_NOW)
    assert (steps(planned), planned.satisfied) == ([], ("default/b",))
    assert ("eip-x", Code.EIP_ELSEWHERE) in _told(planned), "its tags still name the Pod before"


def test_a_pod_that_names_an_eip_of_a_gone_pod_that_somebody_bound_is_a_conflict() -> None:
    """It is not taken off the instance for it."""
    x = taken(eip("eip-x"), pod("before"), "an ECS instance", Role.GIVEN)
    planned = plan([pod("b", annotations=NAMES_X)], [x], PRUNE_NOW)
    assert planned.plan.empty
    assert ("pod/default/b", Code.EIP_ELSEWHERE) in [(skip.object, skip.code) for skip in planned.plan.skips]


@pytest.mark.parametrize("shown", ["", "10.0.0.10"])
def test_the_primary_ip_of_an_eni_is_recognised_however_it_is_shown(shown: str) -> None:
    """The cloud may show it as nothing or in full: the binding is eipctl's, and unbound when its Pod is gone."""
    place = EniAddress("eni-1", "10.0.0.10", primary=True, vpc_id="vpc-1")
    x = ours(eip("eip-x"), pod("a"))
    tags = ownership.tag_fields(dict(x.tags) | dict([ownership.binding_tag(place)]))
    held: dict[str, Any] = {"instance_type": "NetworkInterface", "instance_id": "eni-1", "private_ip": shown}
    x = replace(x, status=EipStatus.IN_USE, **held, **tags)
    assert steps(plan([], [x]))[0] == ("unassociate", "eip-x")


def test_every_purchase_and_every_takeover_records_where_it_binds() -> None:
    """In the tags that are written anyway: no call more."""
    a = pod("a", annotations=NAMES_X)
    (tag, *_) = plan([a], [eip("eip-x")]).plan.actions
    assert isinstance(tag, Tag)
    assert dict(tag.tags)[ownership.BINDING] == "s-eni-10.0.0.10.10.0.0.10"


@places
@pytest.mark.parametrize(
    "choice", [Choice(eips=("eip-x",)), Choice(pods=("default/a",)), Choice(everything=True), Choice(orphans=True)]
)
def test_release_leaves_it_alone_whoever_asks(place: str, choice: Choice) -> None:
    """It is reported."""
    planned = plan_release(world([], [taken(eip("eip-x"), pod("a"), place)]), choice)
    assert planned.empty
    assert [(skip.object, skip.code) for skip in planned.skips] == [("eip-x", Code.EIP_ELSEWHERE)]


def test_nothing_is_reported_of_what_was_not_looked_at() -> None:
    """Another namespace than the one that was listed, or a list with a page missing."""
    x = taken(eip("eip-x"), pod("a"), "an ECS instance")
    assert plan([], [x], namespaces=frozenset({"other"})).plan.skips == ()
    assert plan([], [x], complete=False).plan.skips == ()


def test_a_holder_of_another_type_is_another_holder() -> None:
    """Whatever its id: the type is a part of what holds an EIP."""
    x = replace(ours(eip("eip-x", at="10.0.0.10"), pod("a")), instance_type="HaVip")
    assert plan([], [x], PRUNE_NOW).plan.empty
