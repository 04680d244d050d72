"""Which Pods can't be served until somebody changes something."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.planners.bind.unserved import unserved
from tests.unit.planners.bind_facts import ASKS, AUTO, NAMES_X, eip, lent, plan, pod, world

BROKEN = {**AUTO, "k8s.aliyun.com/eip-bandwidth": "5M"}


def test_conflicts_and_unusable_annotations_are_told_with_their_pods() -> None:
    """Not what waits, what can never have an EIP, what has ended, and what was not selected."""
    pods = [
        pod("broken", annotations=BROKEN),
        pod("lost", ip="10.0.0.11", annotations=NAMES_X),
        pod("early", ip=""),
        pod("host", ip="10.0.0.12", host_network=True),
        pod("ended", annotations=BROKEN, phase="Succeeded"),
        pod("well", ip="10.0.0.13"),
    ]
    found = unserved(world(pods, []), plan(pods, []).plan)
    assert [(one.pod.name, one.code) for one in found] == [
        ("broken", Code.ANNOTATION_VALUE),
        ("lost", Code.EIP_NOT_FOUND),
    ]
    assert "5M" in found[0].reason
    assert unserved(world(pods, [], selected=frozenset()), plan(pods, []).plan) == ()


def test_what_is_said_of_an_eip_is_not_about_a_pod() -> None:
    """An EIP that is held back makes no Pod one that can't be served."""
    kept = eip("eip-1", locked=True)
    assert unserved(world([], [kept]), plan([], [kept]).plan) == ()


def test_a_pod_that_waits_for_its_pool_is_told_so_by_the_same_words_whoever_has_the_eips() -> None:
    """An Event for each change of the holders would fill the Pod's Events in every rollout."""
    pods = [pod(name, ip=f"10.0.0.2{number}", annotations=ASKS) for number, name in enumerate("abc")]
    (one, other) = unserved(world(pods, [lent(eip("eip-1"))]), plan(pods, [lent(eip("eip-1"))]).plan)
    assert (one.waits, one.reason) == (True, "none of the 1 EIPs of pool partners is free")
    assert (other.pod.name, other.reason) == ("c", one.reason)
