"""Which parts of a plan a watching run carries out side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.commands.watch.parts import independent
from eipctl.domain.actions.eips import Allocate, Associate, Release, Unassociate
from eipctl.domain.plan import Action, Lane, Plan, Stage
from eipctl.domain.settings import EipSpec

if TYPE_CHECKING:
    from collections.abc import Iterable


def at(ip: str, eni: str = "eni-1") -> dict[str, Any]:
    return {"namespace": "default", "eni_id": eni, "private_ip": ip, "reason": "because"}


def unbind(uid: str, eip: str, ip: str) -> Lane:
    return Lane((Unassociate(pod=uid, uid=uid, allocation_id=eip, **at(ip)),))


def buy(uid: str, ip: str, *, primary: bool = False) -> Lane:
    first = Allocate(pod=uid, uid=uid, spec=EipSpec(), ownership=(), **at(ip))
    return Lane((first, Associate(pod=uid, uid=uid, primary=primary, **at(ip))))


def release(uid: str, eip: str) -> Lane:
    return Lane((Release(pod=uid, uid=uid, allocation_id=eip, namespace="default", reason="because"),))


def plan(undo: Iterable[Lane] = (), bind: Iterable[Lane] = (), let_go: Iterable[Lane] = ()) -> Plan:
    stages = (Stage("undo", tuple(undo)), Stage("bind", tuple(bind)), Stage("release", tuple(let_go)))
    return Plan("bind", tuple(stage for stage in stages if stage.lanes))


def parts(whole: Plan) -> list[list[Action]]:
    return [list(part.actions) for part in independent(whole)]


def test_a_pod_does_not_wait_until_an_eip_is_unbound_that_it_has_nothing_to_do_with() -> None:
    """Each stage is a part of its own when nothing stands in two of them."""
    whole = plan([unbind("gone", "eip-1", "10.0.0.1")], [buy("new", "10.0.0.2")], [release("old", "eip-3")])
    assert [len(part.stages) for part in independent(whole)] == [1, 1, 1]
    assert [action for part in parts(whole) for action in part] == list(whole.actions)


def test_what_depends_on_an_eip_that_is_unbound_waits_for_it() -> None:
    """The next Pod at its address, and its release; another Pod does not."""
    undo, reuse, other = unbind("gone", "eip-1", "10.0.0.1"), buy("next", "10.0.0.1"), buy("other", "10.0.0.9")
    whole = plan([undo], [reuse, other], [release("gone", "eip-1")])
    together, alone = independent(whole)
    assert [stage.title for stage in together.stages] == ["undo", "bind", "release"]
    assert list(alone.actions) == list(other.actions)


def test_a_primary_ip_is_the_same_address_however_the_cloud_shows_it() -> None:
    """DescribeEipAddresses shows none for it."""
    assert len(parts(plan([unbind("gone", "eip-1", "")], [buy("next", "10.0.0.1", primary=True)]))) == 1
    assert len(parts(plan([unbind("gone", "eip-1", "10.0.0.1")], [buy("next", "10.0.0.1", primary=True)]))) == 1


def test_what_is_linked_by_way_of_others_stays_together() -> None:
    """Two Pods that have each other's IP, each with its own EIP."""
    undo = [unbind("a", "eip-a", "10.0.0.2"), unbind("b", "eip-b", "10.0.0.1")]
    assert len(parts(plan(undo, [buy("a", "10.0.0.1"), buy("b", "10.0.0.2")]))) == 1


def test_an_empty_plan_has_no_parts() -> None:
    """Nothing is begun for it."""
    assert independent(Plan("bind")) == ()
