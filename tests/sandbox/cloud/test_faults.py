"""Each kind of fault does to the caller and to the cloud what it says, and to no other call."""

from __future__ import annotations

import re
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from aliyunsdkcore.acs_exception.exceptions import ClientException, ServerException

from eipctl.sandbox import faults as faults_module
from eipctl.sandbox.cloud.cloud import Cloud
from eipctl.sandbox.faults import KINDS, Fault, Faults, Rule, parse
from eipctl.sandbox.kube.service import KubeService
from eipctl.sandbox.metadata import MetadataService
from eipctl.sandbox.store import Store
from tests.children import child
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.clock import Clock

ALLOCATE = ("Vpc", "AllocateEipAddress")
SILENT = {"reset": 0, "lose": 1, "truncate": 1}
"""Faults without a usable answer, and how many EIPs they leave."""


@pytest.mark.parametrize("kind", SILENT)
def test_no_usable_answer_comes(kind: str, cloud: Cloud, faults: Faults, call: Callable[..., Any]) -> None:
    """reset: not done; lose and truncate: done all the same. The next call is answered."""
    faults.add({"do": kind, "api": "AllocateEipAddress"})
    with pytest.raises((ClientException, ServerException, ValueError)):
        call(*ALLOCATE)
    assert len(cloud.eips()) == SILENT[kind]
    call(*ALLOCATE)
    assert len(cloud.eips()) == SILENT[kind] + 1


@pytest.mark.parametrize(("kind", "made"), [("error", 0), ("after", 1)])
def test_an_error_is_answered(
    kind: str, made: int, cloud: Cloud, faults: Faults, refusal: Callable[..., tuple[int, str]]
) -> None:
    """error: instead of the work; after: although the work was done."""
    faults.add({"do": kind, "api": "AllocateEipAddress", "status": 503, "code": "Busy"})
    assert refusal(*ALLOCATE) == (503, "Busy")
    assert len(cloud.eips()) == made


def test_latency_only_delays(cloud: Cloud, faults: Faults, call: Callable[..., Any]) -> None:
    """The call is carried out as usual, and the rule has counted it."""
    faults.add({"do": "latency", "api": "AllocateEipAddress", "seconds": 0.01})
    call(*ALLOCATE)
    assert (len(cloud.eips()), faults.listing()[0]["spoilt"]) == (1, 1)


def test_a_call_that_is_held_up_does_nothing_after_a_reset(
    cloud: Cloud, faults: Faults, call: Callable[..., Any]
) -> None:
    """Its world is gone: it would leave an EIP in one that has never asked for it."""
    faults.add({"do": "latency", "api": "AllocateEipAddress", "seconds": 0.3})

    def reset() -> None:
        until(lambda: bool(faults.listing()[0]["spoilt"]))
        faults.begin_anew()

    other = threading.Thread(target=reset)
    other.start()
    with pytest.raises((ClientException, ServerException)):
        call(*ALLOCATE)
    other.join()
    assert cloud.eips() == []


@pytest.mark.parametrize(("when", "made"), [("before", 0), ("after", 1)])
def test_the_client_is_killed(
    when: str, made: int, url: str, cloud: Cloud, faults: Faults, call: Callable[..., Any]
) -> None:
    """SIGKILL arrives before the work is done, or after it; the server lives on."""
    script = "import sys, time; time.sleep(60)"
    with child([sys.executable, "-c", script]) as client:
        faults.add({"do": "kill", "when": when, "api": "AllocateEipAddress", "pid": client.pid})
        with pytest.raises((ClientException, ServerException)):
            call(*ALLOCATE)
        assert client.wait(30) == -9
    assert len(cloud.eips()) == made
    call(*ALLOCATE)


def listed(answer: dict[str, Any]) -> list[str]:
    return [row["AllocationId"] for row in answer["EipAddresses"]["EipAddress"]]


def test_a_stale_list_lacks_the_newest_eip(
    faults: Faults, call: Callable[..., Any], advance: Callable[..., None]
) -> None:
    """For as many reads as the rule says; TotalCount fits what is shown: nothing gives it away."""
    old = call(*ALLOCATE)["AllocationId"]
    advance(1)
    new = call(*ALLOCATE)["AllocationId"]
    faults.add({"do": "stale", "api": "DescribeEipAddresses", "times": 2})
    answers = [call("Vpc", "DescribeEipAddresses") for _ in range(3)]
    assert [(sorted(listed(answer)), answer["TotalCount"]) for answer in answers] == [
        ([old], 1),
        ([old], 1),
        (sorted([old, new]), 2),
    ]


def test_a_page_shifts(faults: Faults, call: Callable[..., Any]) -> None:
    """The second page begins one too late: one EIP is on no page, though TotalCount counts it."""
    made = {call(*ALLOCATE)["AllocationId"] for _ in range(5)}
    faults.add({"do": "shift", "api": "DescribeEipAddresses", "times": 0})
    pages = [call("Vpc", "DescribeEipAddresses", PageSize="2", PageNumber=str(number)) for number in (1, 2, 3)]
    seen = [name for page in pages for name in listed(page)]
    assert (len(made - set(seen)), {page["TotalCount"] for page in pages}) == (1, {5})


def spoilt(**rule: Any) -> list[int]:
    """Which of twenty calls a rule spoils."""
    fault = Fault(Rule(do="error", **rule))
    return [number for number in range(1, 21) if fault.hits("cloud", "AllocateEipAddress", "")]


def test_which_calls_are_spoilt() -> None:
    """The nth, so many of them, each so-many-th, or a share of them."""
    assert spoilt() == [1]
    assert spoilt(nth=3, times=2) == [3, 4]
    assert spoilt(nth=2, every=5, times=0) == [2, 7, 12, 17]
    assert spoilt(every=5, times=2) == [1, 6]
    assert spoilt(times=0) == list(range(1, 21))


def test_chance_is_repeatable() -> None:
    """The same seed spoils the same calls, another one others; 0 spoils none."""
    some = spoilt(times=0, probability=0.5, seed=7)
    assert some == spoilt(times=0, probability=0.5, seed=7)
    assert some != spoilt(times=0, probability=0.5, seed=8)
    assert 4 <= len(some) <= 16
    assert spoilt(times=0, probability=0.0) == []


def test_what_a_rule_matches() -> None:
    """Service, API and object, each a regular expression for the whole text."""
    rule = Rule(do="error", service="cloud", api="Allocate.*|Release.*", object="eip-1.*")
    assert rule.speaks_of("cloud", "ReleaseEipAddress", "eip-12")
    for service, api, obj in (
        ("kube", "ReleaseEipAddress", "eip-12"),
        ("cloud", "Release", "x"),
        ("cloud", "", "eip-1"),
    ):
        assert not rule.speaks_of(service, api, obj)


@pytest.mark.parametrize(
    "text", ["do=explode", "do=error,colour=red", "[1]", "do=error,nth=many", "{", "do=error,every=0", "do=error,api=["]
)
def test_what_is_no_rule(text: str) -> None:
    """A ValueError says so."""
    with pytest.raises(ValueError, match=r"\w"):
        Faults().add(parse(text))


def test_a_rule_in_words() -> None:
    """As the command line takes it, with numbers where numbers belong."""
    found = parse("do=error,status=429,probability=0.25,seed=3,every=2")
    assert found == {"do": "error", "status": 429, "probability": 0.25, "seed": 3, "every": 2}


def test_a_rule_of_wrong_types_is_refused(faults: Faults) -> None:
    """It would spoil every later call in a way that nobody asked for."""
    for wrong in ({"nth": "2"}, {"status": 200}, {"probability": 2}, {"when": "never"}, {"api": 7}):
        with pytest.raises(ValueError, match=r"Expected|Invalid|not an error"):
            faults.add({"do": "error", **wrong})
    assert faults.listing() == []


def test_a_burst_of_throttling(cloud: Cloud, faults: Faults, refusal: Callable[..., tuple[int, str]]) -> None:
    """throttle: as many calls as the rule says are refused as the API refuses them, and nothing is done."""
    faults.add({"do": "throttle", "api": "AllocateEipAddress", "times": 2})
    assert [refusal(*ALLOCATE) for _ in range(2)] == [(400, "Throttling.User")] * 2
    assert cloud.eips() == []


def test_throttling_elsewhere(clock: Clock) -> None:
    """Kubernetes and the metadata service say 429, and when to ask again."""
    state = Cloud(Store(), clock, "cn-hangzhou", "1").state
    for service in (KubeService(Store(), clock), MetadataService(state)):
        reply = service.refuse(*service.throttled)
        assert (reply.status, reply.headers["Retry-After"]) == (429, "1")


def test_every_kind_is_explained() -> None:
    """In the table of this module's documentation, which is where people look."""
    table = str(faults_module.__doc__).partition("What it does")[2]
    assert [line.split()[0] for line in table.splitlines() if re.match(r" {4}\w", line)] == list(KINDS)
