"""EIPs of an uninstalled ack-extend-network-controller: the table of :mod:`eipctl.planners.pod_eips`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.domain import ownership
from eipctl.domain.actions.eips import Adopt, Tag
from eipctl.domain.actions.pod_eips import RemovePodEip
from eipctl.domain.facts import EipStatus, EniAddress
from eipctl.domain.ownership import Role
from eipctl.domain.pod_eips import PodEip
from eipctl.domain.strategy import FOLLOW, Strategy
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.pod_eips import PodEipWorld, plan_pod_eips
from tests.unit.planners.bind_facts import AUTO, CLUSTER, NAMES_X, OTHER, eip, lent, ours, pod, world

if TYPE_CHECKING:
    from eipctl.domain.facts import Eip, Pod
    from eipctl.domain.plan import Plan

A = pod("a")
HELD = eip("eip-1", at="10.0.0.10")
FREE = eip("eip-1")
NEVER = Strategy(None)


def recorded(found: Eip = HELD, **facts: Any) -> PodEip:
    """As the controller wrote it of an EIP at the address of Pod a."""
    known: dict[str, Any] = {
        "namespace": "default",
        "name": "a",
        "uid": "of-the-object",
        "allocation_id": found.allocation_id,
        "allocation_type": "Auto",
        "eni_id": "eni-10.0.0.10",
        "private_ip": "10.0.0.10",
        "address": found.address,
    }
    return PodEip(**known | facts)


def view(pods: list[Pod], eips: list[Eip], *pod_eips: PodEip, **facts: Any) -> PodEipWorld:
    places = {one.uid: EniAddress(f"eni-{one.ip}", one.ip, primary=False, vpc_id="vpc-1") for one in pods if one.ip}
    known: dict[str, Any] = {"cluster": CLUSTER, "places": places}
    return PodEipWorld(eips=tuple(eips), pods=tuple(pods), pod_eips=pod_eips, **known | facts)


def plan(pods: list[Pod], eips: list[Eip], *pod_eips: PodEip, remove: bool = False, **facts: Any) -> Plan:
    return plan_pod_eips(view(pods, eips, *pod_eips, **facts), remove=remove)


def kinds(found: Plan) -> list[type]:
    return [type(action) for action in found.actions]


def tagged(found: Plan) -> dict[str, str]:
    (action,) = found.actions
    assert isinstance(action, Adopt | Tag)
    return dict(action.tags)


def left_to_bind(pods: list[Pod], found: Eip, tags: dict[str, str], grace: float = 0.0) -> list[str]:
    """What bind does next with `--prune`, once the objects are gone."""
    after = replace(found, **ownership.tag_fields(tags))
    pods = [replace(one, recorded=after.address) for one in pods]
    return [
        action.verb.value for action in plan_bind(world(pods, [after]), Knobs(prune=True, grace=grace)).plan.actions
    ]


@pytest.mark.parametrize(
    ("one", "of", "role"),
    [
        (A, recorded(), Role.ALLOCATED),
        (pod("a", annotations=NAMES_X), recorded(eip("eip-x", at="10.0.0.10"), allocation_type="Static"), Role.GIVEN),
        (pod("a", annotations=NAMES_X), recorded(eip("eip-x", at="10.0.0.10")), Role.GIVEN),
    ],
    ids=["the controller bought it", "the Pod names it", "the Pod names what the object says was bought"],
)
def test_an_eip_at_the_address_of_its_pod_is_taken_over(one: Pod, of: PodEip, role: Role) -> None:
    """As allocated only if the controller bought it; and then bind has nothing to do."""
    found = eip(of.allocation_id, at="10.0.0.10")
    made = plan([one], [found], of)
    tags = tagged(made)
    assert kinds(made) == [Adopt]
    assert (tags[ownership.ROLE], tags[ownership.POD_UID]) == (role.value, "u-uid-a")
    assert left_to_bind([one], found, tags) == []


@pytest.mark.parametrize("kind", ["", "Static", "auto"])
def test_only_what_was_surely_bought_is_ever_released(kind: str) -> None:
    """Anything but the word Auto makes it somebody's EIP, which eipctl never releases."""
    assert tagged(plan([A], [HELD], recorded(allocation_type=kind)))[ownership.ROLE] == Role.GIVEN.value


def test_the_release_strategy_is_kept() -> None:
    """That of an EIP which the controller bought; a given one has none."""
    assert tagged(plan([A], [HELD], recorded(strategy=NEVER)))[ownership.STRATEGY] == "s-Never"
    static = recorded(strategy=NEVER, allocation_type="Static")
    assert tagged(plan([A], [HELD], static))[ownership.STRATEGY] == "s-Follow"


NOT_OURS: dict[str, tuple[list[Pod], Eip, PodEip, Code]] = {
    "locked": ([A], replace(HELD, locked=True), recorded(), Code.EIP_HELD_BACK),
    "not understood": ([A], replace(HELD, odd="new"), recorded(), Code.EIP_HELD_BACK),
    "tagged for another cluster": ([A], ours(HELD, A, cluster=OTHER), recorded(), Code.UNTAGGED_EIP),
    "tagged, but no owner": ([A], replace(HELD, tagged=True), recorded(), Code.UNTAGGED_EIP),
    "lent to a pool": ([A], lent(HELD), recorded(), Code.UNTAGGED_EIP),
    "the Pod asks for none": ([pod("a", annotations={})], HELD, recorded(), Code.UNTAGGED_EIP),
    "at another address": ([pod("a", ip="10.0.0.11")], HELD, recorded(), Code.EIP_ELSEWHERE),
    "the Pod has no address": ([pod("a", ip="")], HELD, recorded(), Code.EIP_ELSEWHERE),
    "free": ([A], FREE, recorded(), Code.EIP_ELSEWHERE),
    "still being bound": ([A], replace(HELD, status=EipStatus.ASSOCIATING), recorded(), Code.EIP_ELSEWHERE),
    "another ENI recorded": ([A], HELD, recorded(eni_id="eni-other"), Code.UNTAGGED_EIP),
    "another IP recorded": ([A], HELD, recorded(private_ip="10.0.0.9"), Code.UNTAGGED_EIP),
    "another address recorded": ([A], HELD, recorded(address="47.9.9.9"), Code.UNTAGGED_EIP),
    "only an address recorded": ([A], HELD, recorded(allocation_id=""), Code.UNTAGGED_EIP),
    "another EIP has the address": ([A], HELD, recorded(allocation_id="eip-old"), Code.UNTAGGED_EIP),
    "no room for tags": ([A], replace(HELD, tags={f"tag-{n}": "x" for n in range(10)}), recorded(), Code.EIP_HELD_BACK),
    "gone, named": ([], FREE, recorded(allocation_type="Static"), Code.UNTAGGED_EIP),
    "gone, kept": ([], FREE, recorded(strategy=NEVER), Code.UNTAGGED_EIP),
    "gone, bound": ([], HELD, recorded(), Code.UNTAGGED_EIP),
    "gone, in transition": ([], replace(FREE, status=EipStatus.UNKNOWN), recorded(), Code.UNTAGGED_EIP),
    "gone, another address": ([], FREE, recorded(address="47.9.9.9"), Code.UNTAGGED_EIP),
}


@pytest.mark.parametrize("case", NOT_OURS)
@pytest.mark.parametrize("remove", [False, True])
def test_what_is_not_proven_is_told_and_left_alone(case: str, remove: bool) -> None:
    """Neither the EIP nor the object, its only record, is touched; the reason names the object and the EIP."""
    pods, found, of, code = NOT_OURS[case]
    made = plan(pods, [found], of, remove=remove)
    assert made.empty
    (skip,) = made.skips
    assert (skip.object, skip.code) == ("podeip/default/a", code)
    assert found.allocation_id in skip.reason


def test_terway_keeps_what_it_may_release() -> None:
    """On a node with Terway's own EIP mode nothing is taken over."""
    made = plan([A], [HELD], recorded(), native_nodes=frozenset({"n1"}))
    assert made.empty
    assert "n1" in made.skips[0].reason


def test_an_eip_that_two_objects_name_is_nobodys() -> None:
    """Which of the two Pods it belongs to is not said."""
    made = plan([A], [HELD], recorded(), recorded(name="b"))
    assert made.empty
    assert [skip.object for skip in made.skips] == ["podeip/default/a", "podeip/default/b"]


@pytest.mark.parametrize("pods", [[], [pod("a", phase="Succeeded")]], ids=["gone", "finished"])
def test_an_eip_that_was_bought_for_a_pod_that_is_gone_becomes_an_orphan(pods: list[Pod]) -> None:
    """The controller would have released it; bind --prune does."""
    made = plan(pods, [FREE], recorded())
    tags = tagged(made)
    assert kinds(made) == [Tag]
    assert tags[ownership.ROLE] == Role.ALLOCATED.value
    assert left_to_bind([], FREE, tags) == ["release"]
    assert left_to_bind([], FREE, tags, grace=600.0) == ["tag"]


def test_objects_are_removed_only_when_asked_and_after_the_tag() -> None:
    """In the same Lane: an EIP that can't be tagged keeps its record."""
    assert kinds(plan([A], [HELD], recorded())) == [Adopt]
    made = plan([A], [HELD], recorded(), remove=True)
    assert kinds(made) == [Adopt, RemovePodEip]
    assert len(made.stages[0].lanes) == 1
    assert [action.object for action in made.actions][1] == "podeip/default/a"


@pytest.mark.parametrize("eips", [[ours(HELD, A)], []], ids=["ours already", "no such EIP"])
def test_an_object_that_records_nothing_of_use_may_go(eips: list[Eip]) -> None:
    """Nothing is to be done about its EIP."""
    assert plan([A], eips, recorded()).empty
    assert kinds(plan([A], eips, recorded(), remove=True)) == [RemovePodEip]


def test_the_notes_say_when_bind_serves_the_pods() -> None:
    """It does when no object is left; until then they name what is in the way."""
    assert plan([A], []).notes == ("there are no PodEIP objects in this cluster",)
    (kept,) = plan([A], [HELD], recorded()).notes
    assert kept.endswith("eipctl adopt --from ack-extend --podeips remove")
    assert plan([A], [HELD], recorded(), remove=True).notes == (
        "once the PodEIP objects are gone, eipctl bind serves the Pods",
    )
    (some,) = plan([], [FREE], recorded(strategy=NEVER), remove=True).notes
    assert "default/a" in some


def test_a_controller_that_works_is_left_alone() -> None:
    """Its EIPs are its own."""
    with pytest.raises(Refused) as raised:
        plan([A], [HELD], recorded(), controller=True)
    assert raised.value.code is Code.ACK_EXTEND


def test_a_pod_that_asks_for_one_is_all_it_takes() -> None:
    """AUTO alone, without any address told on the Pod."""
    assert kinds(plan([pod("a", annotations=AUTO)], [HELD], recorded(strategy=FOLLOW))) == [Adopt]


def test_what_terways_migration_has_recorded_is_taken_over_by_where_the_eip_is() -> None:
    """It makes PodEIP objects without a status, and a controller that was never started fills none in."""
    bare = recorded(eni_id="", private_ip="", address="")
    assert kinds(plan([A], [HELD], bare, remove=True)) == [Adopt, RemovePodEip]
    assert plan([A], [FREE], bare).skips[0].code is Code.EIP_ELSEWHERE
