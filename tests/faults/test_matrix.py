"""Every call of one reconcile, spoilt in every way: then at most three clean runs must finish the work.

The world has one of each: a Pod that wants an EIP, a Pod that names one, a gone Pod whose EIP is to be released, a gone
Pod whose named EIP goes back to its owner. The engine runs in this process, through the real SDKs and over real HTTP;
kills are in test_kill.py, where eipctl is a process of its own.

A slice runs with the suite; all of it, with the table API x fault, by

    EIPCTL_FAULTS=all pytest tests/faults/test_matrix.py -n 2
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.engine.bind import BindOptions, prepare_bind
from eipctl.engine.run import carry_out
from eipctl.engine.session import Session, Settings
from eipctl.errors import EipctlError
from eipctl.sandbox.server import Sandbox
from tests.faults.stage import AUTO, Stage, named

if TYPE_CHECKING:
    from collections.abc import Iterator

READS = ("DescribeEipAddresses", "DescribeNetworkInterfaces", "GetCallerIdentity")
WRITES = (
    "AllocateEipAddress",
    "AssociateEipAddress",
    "UnassociateEipAddress",
    "ReleaseEipAddress",
    "TagResources",
    "UnTagResources",
)
KUBE_READS = (
    ("list", "pods"),
    ("list", "nodes"),
    ("get", "pods/.*"),
    ("get", "configmaps/.*"),
    ("get", "namespaces/.*"),
)
KUBE_WRITES = (
    ("patch", "pods/.*"),
    ("create", "leases/.*"),
    ("patch", "leases/.*"),
    ("create", "events/.*"),
)

BROKEN: dict[str, dict[str, Any]] = {
    "lost reply": {"do": "lose"},
    "truncated": {"do": "truncate"},
    "reset": {"do": "reset"},
    "503 after commit": {"do": "after", "status": 503, "code": "ServiceUnavailable"},
    "500": {"do": "error", "status": 500, "code": "InternalError"},
}
CLOUD: dict[str, dict[str, Any]] = {
    **BROKEN,
    "throttled x3": {"do": "error", "status": 400, "code": "Throttling.User", "times": 3},
    "forbidden": {"do": "error", "status": 403, "code": "Forbidden.RAM"},
}
REFUSED: dict[str, dict[str, Any]] = {
    code: {"do": "error", "status": 400, "code": code}
    for code in (
        "IncorrectEipStatus",
        "TaskConflict",
        "OperationConflict",
        "InvalidAssociation.Duplicated",
        "InvalidAllocationId.NotFound",
        "QuotaExceeded.Eip",
        "FrequentPurchase.EIP",
        "InsufficientBalance",
        "IdempotentParameterMismatch",
        "LastTokenProcessing",
    )
}
KUBE: dict[str, dict[str, Any]] = {
    **BROKEN,
    "409": {"do": "error", "status": 409, "code": "Conflict"},
    "410": {"do": "error", "status": 410, "code": "Expired"},
    "429 x2": {"do": "error", "status": 429, "code": "TooManyRequests", "times": 2},
}


def cases() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(API, fault, rule) of every cell of the table."""
    for api in READS + WRITES:
        for name, fault in (CLOUD | REFUSED if api in WRITES else CLOUD).items():
            yield api, name, {"service": "cloud", "api": api, **fault}
    for verb, obj in KUBE_READS + KUBE_WRITES:
        for name, fault in KUBE.items():
            yield f"{verb} {obj.partition('/')[0]}", name, {"service": "kube", "api": verb, "object": obj, **fault}


ALL = list(cases())
SLICE = ALL if os.environ.get("EIPCTL_FAULTS") == "all" else ALL[::6]


class Cell:
    """The world of one case, reset for each."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.stage = Stage(sandbox)

    def begin(self) -> None:
        """Two Pods have come and gone, two others are new."""
        stage = self.stage
        stage.sandbox.reset("modern")
        self.lent = [stage.cloud.add_eip(name=f"lent-{number}", tags={"team": "games"}) for number in range(2)]
        stage.add_pod("gone-auto", AUTO)
        stage.add_pod("gone-given", named(self.lent[0]))
        assert self.run() == []
        stage.delete_pod("gone-auto")
        stage.delete_pod("gone-given")
        stage.add_pod("auto", AUTO)
        stage.add_pod("given", named(self.lent[1]))
        stage.objects.delete("leases", "kube-system", "eipctl")

    def run(self) -> list[EipctlError]:
        """One reconcile with --prune --grace 0s; what it complains about."""
        session = self.session()
        try:
            prepared = prepare_bind(session, BindOptions(prune=True, grace=0.0))
            if prepared.plan.empty:
                return list(prepared.problems)
            return [*prepared.problems, *carry_out(session, prepared).errors]
        except EipctlError as error:
            return [error]

    def session(self) -> Session:
        """A new one, as every process has."""
        environ = self.stage.sandbox.env()
        kubeconfig, endpoint_url = environ["KUBECONFIG"], environ["EIPCTL_ENDPOINT_URL"]
        return Session(Settings(kubeconfig=kubeconfig, endpoint_url=endpoint_url, timeout=60.0, environ=environ))

    def nothing_left(self) -> bool:
        """Whether a further reconcile would do nothing."""
        session = self.session()
        return prepare_bind(session, BindOptions(prune=True, grace=0.0)).plan.empty

    def holds_promises(self) -> None:
        """Both Pods have their EIP; the gone ones' are released and given back; nothing else is in the account."""
        self.stage.holds_promises("auto", "given")
        rows = {row.allocation_id: row for row in self.stage.cloud.eips() if row.status != "Releasing"}
        assert len(rows) == 3
        back = rows[self.lent[0]]
        assert (back.status, dict(back.tags)) == ("Available", {"team": "games"})
        assert self.stage.bound_to("given")[0].allocation_id == self.lent[1]


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cell]:
    """One sandbox for all cases of this process."""
    with Sandbox(tmp_path_factory.mktemp("matrix") / "sandbox", scenario="modern", speed=50.0) as sandbox:
        yield Cell(sandbox)


@pytest.mark.parametrize(("api", "fault", "rule"), SLICE, ids=[f"{api}-{fault}" for api, fault, _ in SLICE])
def test_a_spoilt_call_harms_nothing(cell: Cell, api: str, fault: str, rule: dict[str, Any]) -> None:
    """B1 to B7: after at most three clean runs all is as promised, whatever the spoilt run made of it."""
    cell.begin()
    cell.stage.sandbox.faults.add(rule)
    cell.run()
    hit = any(entry["matched"] for entry in cell.stage.sandbox.faults.listing())
    cell.stage.sandbox.faults.clear()
    assert hit, f"{api} was not called: the cell of {fault} is empty"
    runs = 0
    while not cell.nothing_left():
        runs += 1
        assert runs <= 3, "three clean runs were not enough"
        assert cell.run() == []
    cell.holds_promises()


def test_every_call_that_bind_makes_is_in_the_table(cell: Cell) -> None:
    """A call that is added to the engine must be added here."""
    cell.begin()
    cell.stage.sandbox.calls.clear()
    assert cell.run() == []
    made = {(call["service"], call["api"], call["object"]) for call in cell.stage.sandbox.calls.listing()}
    cloud = {api for service, api, _ in made if service == "cloud"}
    assert cloud == set(READS + WRITES)
    kube = {(api, obj.partition("/")[0]) for service, api, obj in made if service == "kube"}
    listed = {(verb, obj.partition("/")[0]) for verb, obj in KUBE_READS + KUBE_WRITES}
    discovery = {("get", ""), ("get", "leases"), ("list", "deployments"), ("get", "deployments"), ("list", "podenis")}
    assert listed <= kube
    assert kube <= listed | discovery
