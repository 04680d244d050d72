"""What a watching run keeps in memory: EIPs as its own steps leave them, and everything as it is after a full read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.domain.actions.eips import Allocate, AnnotatePod, Associate, Release
from eipctl.domain.plan import Step, StepState
from eipctl.domain.settings import EipSpec
from eipctl.observe.kept import Kept
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.facts import Pod
    from tests.e2e.user import User

WHO: dict[str, Any] = {"namespace": "default", "pod": "web", "uid": "u-1", "reason": ""}


@pytest.fixture
def kept(modern: User) -> Iterator[Kept]:
    """Nothing is read yet; what it watches is not watched any longer than the test."""
    kept = Kept(modern.session(), lambda _before, _now: None)
    yield kept
    kept.kube.close()


def _ids(kept: Kept) -> list[str]:
    return sorted(eip.allocation_id for eip in kept.look().vpc.list_eips().eips)


def test_eips_are_read_once_and_again_when_everything_is(modern: User, kept: Kept) -> None:
    """Between two full reads what others do is not seen, and costs no call."""
    first = modern.cloud.add_eip()
    kept.read()
    modern.sandbox.calls.clear()
    second = modern.cloud.add_eip()
    assert _ids(kept) == [first]
    assert modern.sandbox.calls.listing() == []
    kept.read()
    assert _ids(kept) == sorted((first, second))


def test_an_eip_just_bought_stays_although_a_list_does_not_show_it_yet(modern: User, kept: Kept) -> None:
    """Lists lag by minutes; without it a plan would buy a second one."""
    kept.read()
    name = modern.cloud.add_eip()
    bought = Step(
        Allocate(**WHO, spec=EipSpec(), ownership=()),
        StepState.DONE,
        learned=(("allocation_id", name), ("eip_address", "198.18.0.9")),
    )
    kept.learn(bought, {})
    modern.sandbox.faults.add({"do": "stale", "api": "DescribeEipAddresses", "times": 0})
    kept.read()
    modern.sandbox.faults.clear()
    assert _ids(kept) == [name]


def test_steps_change_what_is_kept_as_they_changed_the_cloud(modern: User, kept: Kept) -> None:
    """A bound EIP is bound, a released one is gone, and what failed has changed nothing."""
    name = modern.cloud.add_eip()
    kept.read()
    bind = Associate(**WHO, allocation_id=name, eni_id="eni-1", private_ip="10.0.0.1")
    kept.learn(Step(bind, StepState.FAILED), {})
    assert not kept.eips.get(name).bound  # type: ignore[union-attr] # it is there
    kept.learn(Step(bind, StepState.DONE), {})
    found = kept.eips.get(name)
    assert found is not None
    assert (found.instance_id, found.private_ip) == ("eni-1", "10.0.0.1")
    kept.learn(Step(Release(**WHO, allocation_id=name), StepState.DONE), {})
    assert _ids(kept) == []


def test_an_address_that_was_just_recorded_counts_before_the_watch_reports_it(modern: User, kept: Kept) -> None:
    """So that the next plan does not record it again."""
    name = modern.cloud.add_eip()
    found = Stage(modern.sandbox).add_pod("web", AUTO)
    kept.read()
    assert _pod(kept).recorded == ""
    who = {**WHO, "uid": found["metadata"]["uid"]}
    kept.learn(Step(AnnotatePod(**who, allocation_id=name, eip_address="198.18.0.9"), StepState.DONE), {})
    assert _pod(kept).recorded == "198.18.0.9"


def _pod(kept: Kept) -> Pod:
    return next(pod for pod in kept.look().kube.pods(None).pods if pod.name == "web")
