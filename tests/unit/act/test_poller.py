"""Waiting for EIPs: nobody waits in vain, whatever happens to the thread that asks for all of them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from eipctl.act.poller import Poller
from eipctl.aliyun.vpc import VpcReader
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, TimedOut
from eipctl.base.stop import Stop
from eipctl.domain.facts import Eip, EipStatus
from tests.unit.act.conftest import Hurried

if TYPE_CHECKING:
    from eipctl.aliyun.client import CloudClient
    from eipctl.sandbox.cloud.cloud import Cloud
    from tests.unit.aliyun.conftest import Place

FOR_EVER = 60.0
"""Seconds; no test is waited for so long."""


class Broken(Stop):
    """Fails in a way that nobody expected, in whichever thread waits."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self._error = error

    def wait(self, seconds: float) -> None:
        raise self._error


def never(_eip: Eip | None) -> bool:
    return False


@pytest.mark.parametrize("error", [RuntimeError("a bug"), MemoryError("no memory"), SystemExit(3), RecursionError()])
def test_whatever_its_thread_dies_of_ends_the_waiting(client: CloudClient, error: BaseException) -> None:
    """At once, and as an error with a sentence."""
    with pytest.raises(Failed, match=f"internal error: {type(error).__name__}") as caught:
        Poller(VpcReader(client), Broken(error)).wait("eip-1", never, FOR_EVER)
    assert (caught.value.code, caught.value.__cause__) == (Code.INTERNAL, error)


def test_after_that_the_next_one_is_waited_for_again(client: CloudClient) -> None:
    """No thread that is gone is relied on."""
    poller = Poller(VpcReader(client), Broken(RuntimeError("a bug")))
    for _ in range(2):
        with pytest.raises(Failed, match="a bug"):
            poller.wait("eip-1", never, FOR_EVER)


def test_a_refusal_is_told_to_all_that_wait(client: CloudClient, place: Place) -> None:
    """They ask in one call."""
    place.faults.add({"do": "error", "api": "DescribeEipAddresses", "status": 403, "code": "Forbidden.RAM", "times": 0})
    poller = Poller(VpcReader(client), Hurried())
    with ThreadPoolExecutor(2) as pool:
        waits = [pool.submit(poller.wait, name, never, FOR_EVER) for name in ("eip-1", "eip-2")]
        errors = [wait.exception() for wait in waits]
    assert [type(error) for error in errors] == [CloudError, CloudError]


def test_a_bug_in_one_wait_does_not_end_another(client: CloudClient, cloud: Cloud) -> None:
    """One is told of it, the other gets its EIP."""
    mine = cloud.add_eip(name="mine")
    poller = Poller(VpcReader(client), Hurried())

    def buggy(_eip: Eip | None) -> bool:
        raise ZeroDivisionError("a bug")

    with ThreadPoolExecutor(2) as pool:
        bad = pool.submit(poller.wait, mine, buggy, FOR_EVER)
        good = pool.submit(poller.wait, mine, lambda eip: bad.done() and eip is not None, FOR_EVER)
        found = good.result()
    assert (found and found.status, type(bad.exception())) == (EipStatus.AVAILABLE, Failed)


def test_what_does_not_settle_in_time_is_told_with_its_state(client: CloudClient, cloud: Cloud) -> None:
    """For how long it was waited."""
    mine = cloud.add_eip(name="mine")
    with pytest.raises(Failed, match=f"{mine} is still (Available|not listed) after 0.05 s") as caught:
        Poller(VpcReader(client), Hurried()).wait(mine, never, 0.05)
    assert caught.value.code is Code.NOT_SETTLED


def test_a_timeout_ends_the_waiting(client: CloudClient) -> None:
    """In the middle of it."""
    with pytest.raises(TimedOut):
        Poller(VpcReader(client), Hurried(0.2)).wait("eip-1", never, FOR_EVER)
