"""Each command reads an object once: the exact list of its requests to both APIs, on a cluster of two Pods."""

from __future__ import annotations

import re
import signal
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Interrupted
from eipctl.cli.app import run
from eipctl.commands.registry import BY_NAME, CONNECTED
from eipctl.observe.snapshot import Snapshot
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from tests.e2e.user import User

MADE_UP = (
    (re.compile(r"eip-bp1[a-z0-9]+(,eip-bp1[a-z0-9]+)*"), "EIP"),
    (re.compile(r"web-\d"), "POD"),
)
LOOK = (
    "kube get namespaces/kube-system",
    "kube get configmaps/kube-system/eni-config",
    "kube get deployments/kube-system/ack-extend-network-controller",
    "kube list podeips",
    "kube list nodes",
    "kube list pods",
    "kube list pods/kube-system",
    "cloud DescribeEipAddresses",
)
"""The cluster's identity, Terway, who else gives EIPs, nodes and Pods, EIPs."""
PLACES = (
    "kube list podenis",
    "kube list networkinterfaces",
    "kube list nodes",
    "cloud DescribeNetworkInterfaces",
    "cloud DescribeNetworkInterfaces",
)
"""Terway's own objects, of which this cluster has none (its nodes are called as those of Kubernetes are); then the
cluster's VPC, and the Pods' ENIs in it."""
CALLER = ("cloud GetCallerIdentity",)
FAILURES = ("kube list events",)
"""Asked only while some Pod has no EIP: who failed last is served last."""
WORKLOADS = (
    "kube get /api/v1",
    "kube get /apis/apps",
    "kube get /apis/apps/v1",
    "kube get /apis/batch",
    "kube get /apis/batch/v1",
    "kube list deployments",
    "kube list statefulsets",
    "kube list daemonsets",
    "kube list cronjobs",
)
ROLE = (
    "cloud GetRole AliyunCSManagedNetworkRole",
    "cloud ListPoliciesForRole AliyunCSManagedNetworkRole",
    "cloud GetPolicy AliyunCSManagedNetworkRolePolicy",
)
REVIEWS = ("kube create selfsubjectaccessreviews",) * len(
    {right for name in CONNECTED for right in BY_NAME[name].kubernetes}
)
TERWAY = (
    "kube get namespaces/kube-system",
    "kube get configmaps/kube-system/eni-config",
    "kube get deployments/kube-system/ack-extend-network-controller",
    "kube list podeips",
    "kube list nodes",
    "kube list pods/kube-system",
    "cloud DescribeEipAddresses",
)
DAEMONSET = (
    "kube get /api/v1",
    "kube get /apis",
    "kube get /apis/apps/v1",
    "kube get daemonsets/kube-system/terway-eniip",
)
POLICY = ("cloud GetPolicy eipctl-terway-eip",)
LEASE = (
    "kube get leases/kube-system/eipctl",
    "kube create leases/kube-system",
    "kube patch leases/kube-system/eipctl",
)
EACH = (
    "kube get pods/default/POD",
    "cloud AllocateEipAddress",
    "kube get pods/default/POD",
    "cloud AssociateEipAddress EIP",
    "kube patch pods/default/POD/status",
    "kube create events/default",
)
"""Of a Pod that is given an EIP: looked at afresh before money is spent and before anything is bound."""
POLL = "cloud DescribeEipAddresses EIP"
TOGETHER = "cloud DescribeEipAddresses"
"""As often as it takes until the cloud has done what it was asked for."""


@pytest.fixture
def two(modern: User) -> User:
    """A cluster in which two Pods ask for EIPs."""
    stage = Stage(modern.sandbox)
    stage.add_pod("web-0", AUTO)
    stage.add_pod("web-1", AUTO)
    return modern


def requests(user: User, monkeypatch: pytest.MonkeyPatch, *words: str) -> Counter[str]:
    """What a command asks, and how often, with the names that are made up left out."""
    for name, value in user.sandbox.env().items():
        monkeypatch.setenv(name, value)
    user.sandbox.calls.clear()
    assert run(words) == 0
    found: Counter[str] = Counter()
    for call in user.sandbox.calls.listing():
        line = f"{call['service']} {call['api']} {call['object']}".strip()
        for pattern, instead in MADE_UP:
            line = pattern.sub(instead, line)
        found[line] += 1
    return found


@pytest.mark.parametrize("words", [("bind", "-A", "--dry-run"), ("bind", "-n", "default", "--dry-run")])
def test_a_dry_run_of_bind_reads_each_object_once(
    two: User, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """Also where only one namespace is asked for, whose Pods are then the only ones that are listed."""
    lists = ("kube list pods", "kube list events")
    where = {line: f"{line}/default" for line in lists} if "-n" in words else {}
    wanted = Counter(where.get(line, line) for line in (*LOOK, *PLACES, *CALLER, *FAILURES))
    assert requests(two, monkeypatch, *words) == wanted


def test_bind_adds_only_what_it_does(two: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Lease, and for each Pod fresh proof, two cloud calls, the record of the address and an Event."""
    found = requests(two, monkeypatch, "bind", "-A", "--yes", "-q")
    assert found.pop(POLL, 0) + found.pop(TOGETHER) >= 2  # one poll may ask for both EIPs, and looks like the list
    expected = Counter((*LOOK, *PLACES, *CALLER, *FAILURES, *LEASE, *EACH, *EACH))
    assert expected.pop(TOGETHER) == 1
    assert found == expected


def test_a_run_that_finds_nothing_to_do_asks_as_a_dry_run(two: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is written, and no Lease is taken."""
    requests(two, monkeypatch, "bind", "-A", "--yes", "-q")
    found = requests(two, monkeypatch, "bind", "-A", "--prune", "--yes", "-q")
    assert found == Counter((*LOOK, *PLACES, *CALLER))


def test_status_reads_each_object_once(two: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not even ask who is calling."""
    requests(two, monkeypatch, "bind", "-A", "--yes", "-q")
    assert requests(two, monkeypatch, "status", "-A") == Counter((*LOOK, *PLACES))


def test_check_reads_each_object_once(legacy: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many checks need it; each right is asked for once, whichever commands need it."""
    vpc = ("cloud DescribeNetworkInterfaces",)
    wanted = Counter((*LOOK, *CALLER, *vpc, *WORKLOADS, *ROLE, *REVIEWS, "kube get leases/kube-system/eipctl"))
    assert requests(legacy, monkeypatch, "check") == wanted


def test_a_dry_run_of_setup_reads_each_object_once(legacy: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terway and its role, whose nodes they are, eipctl's own EIPs, and the two rights that the plan's writes need."""
    nodes, rights = "cloud DescribeNetworkInterfaces", ("kube create selfsubjectaccessreviews",) * 2
    wanted = Counter((*TERWAY, nodes, *CALLER, *ROLE, *DAEMONSET, *POLICY, *rights))
    assert requests(legacy, monkeypatch, "setup", "--dry-run") == wanted


def nobody(user: User) -> Snapshot:
    """A look with the keys of somebody who has no right in the account."""
    user.cloud.add_access_key("LTAInobody000001", "nobody-secret", user="nobody")
    own = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAInobody000001", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "nobody-secret"}
    return Snapshot(user.session(environ={**user.sandbox.env(), **own}))


def test_a_refused_question_is_not_asked_again(modern: User) -> None:
    """Whoever repeats it gets the same error, and one note says what could not be read."""
    look = nobody(modern)
    errors = []
    for _ in range(2):
        with pytest.raises(CloudError) as caught:
            look.vpc.list_eips()
        errors.append(caught.value)
    assert errors[0] is errors[1]
    assert [(note.asked, note.error.code) for note in look.notes] == [("list_eips", Code.CLOUD_FORBIDDEN)]
    assert [call["api"] for call in modern.sandbox.calls.listing()].count("DescribeEipAddresses") == 1


def test_what_may_not_be_read_is_left_out(modern: User) -> None:
    """And nothing else is: an error that is no missing right still ends the run."""
    look = nobody(modern)
    assert look.allowed(look.vpc.list_eips) is None
    look.session.stop.interrupt(signal.SIGTERM)
    with pytest.raises(Interrupted):
        look.allowed(look.kube.nodes)
