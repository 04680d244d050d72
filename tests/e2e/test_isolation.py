"""What one Pod, EIP, ENI or answer does wrong costs only itself (promise B10): the inputs of `tests/data/bind`.

Each is a scenario of the sandbox, often with fault rules in it; where a `.json` lies beside it, a front answers some
calls otherwise than the sandbox does.
"""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.release import ReleaseOptions, prepare_release
from eipctl.commands.status.report import StatusOptions, observe_status
from eipctl.domain.settings import K8S
from eipctl.engine.run import carry_out
from eipctl.observe.snapshot import Snapshot
from eipctl.output.envelope import Format
from eipctl.output.status_text import status_text
from tests.faults.lab import PRUNE, Lab, session_in
from tests.faults.worlds import annotate
from tests.front import front

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.engine.execute import Result
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from eipctl.planners.status.report import StatusReport
    from eipctl.sandbox.server import Sandbox

CASES = Path(__file__).parents[1] / "data" / "bind"
ALONE_OR_NOT = pytest.mark.parametrize("concurrency", [1, 16])


@dataclass
class Room:
    """One case: the sandbox in it, and how eipctl is led there."""

    lab: Lab
    environ: dict[str, str]

    def session(self) -> Session:
        """What one process of eipctl starts with."""
        return session_in(self.environ, lambda: None, None)

    def prepare(self, options: BindOptions | None = None) -> Prepared:
        """What bind would do."""
        return prepare_bind(self.session(), options or BindOptions())

    def bind(self, options: BindOptions | None = None, concurrency: int = 16) -> Result:
        """One run of bind."""
        session = self.session()
        return carry_out(session, prepare_bind(session, options or BindOptions()), concurrency=concurrency)

    def status(self) -> StatusReport:
        """What status shows."""
        return observe_status(Snapshot(self.session()), StatusOptions())

    def served(self) -> set[str]:
        """Pods whose private IP has an EIP in the cloud."""
        bound = {row.private_ip for row in self.lab.sandbox.cloud.eips() if row.status == "InUse"}
        pods = self.lab.sandbox.objects.list("pods", "default")
        return {pod["metadata"]["name"] for pod in pods if pod["status"].get("podIP") in bound}

    def order(self) -> list[str]:
        """Who is served after whom."""
        return [lane.actions[0].object for stage in self.prepare().plan.stages for lane in stage.lanes]

    def events(self, reason: str) -> list[dict[str, Any]]:
        """Events with this reason."""
        return [event for event in self.lab.sandbox.objects.list("events", "default") if event["reason"] == reason]

    def calls(self, api: str) -> int:
        """How often an API was called."""
        return sum(call["api"] == api for call in self.lab.sandbox.calls.listing())


@pytest.fixture
def enter(swift: Sandbox, tmp_path: Path) -> Iterator[Callable[..., Room]]:
    """Begin a case by its name; further rules may be added to those of its front."""
    with ExitStack() as leave:

        def begin(name: str, *more: dict[str, Any]) -> Room:
            swift.reset(str(CASES / f"{name}.yaml"))
            lab = Lab(swift)
            lab.settle()
            path = CASES / f"{name}.json"
            rules = [*more, *(json.loads(path.read_text("utf-8")) if path.exists() else ())]
            environ = swift.env()
            if rules:
                environ = leave.enter_context(front(environ, rules, tmp_path))
            return Room(lab, environ)

        yield begin


@ALONE_OR_NOT
def test_a_purchase_that_is_refused_for_its_resource_group_costs_its_own_pod_only(
    enter: Callable[..., Room], concurrency: int
) -> None:
    """The others are bought an EIP in the same run; the one is reported with what it asked for."""
    room = enter("one-bad-group")
    result = room.bind(concurrency=concurrency)
    assert {name.partition("-")[0] for name in room.served()} == {"web"}
    assert (len(room.served()), result.exit) == (3, ExitCode.PARTIAL)
    (error,) = result.errors
    assert (error.code, error.object) == (Code.CLOUD_FORBIDDEN, "pod/default/a-group-of-others")
    assert "rg-of-another-team" in error.message


@ALONE_OR_NOT
def test_a_right_that_is_missing_for_every_purchase_ends_them_after_a_few(
    enter: Callable[..., Room], concurrency: int
) -> None:
    """A plain purchase that is refused tells that no other can succeed."""
    room = enter("one-bad-group")
    room.lab.stage.deny("vpc:AllocateEipAddress")
    result = room.bind(concurrency=concurrency)
    assert (room.served(), {error.code for error in result.errors}) == (set(), {Code.CLOUD_FORBIDDEN})
    assert room.calls("AllocateEipAddress") <= 2


@ALONE_OR_NOT
def test_an_eip_that_is_refused_costs_the_pod_that_names_it(enter: Callable[..., Room], concurrency: int) -> None:
    """Forbidden with 400 is about one EIP: nobody is advised to change RAM, and nothing else stops."""
    room = enter("eip-of-another-account")
    result = room.bind(concurrency=concurrency)
    assert (len(room.served()), "a-named" in room.served()) == (3, False)
    (error,) = result.errors
    assert (error.code, error.object) == (Code.EIP_REFUSED, "eip-bp1notours000000000001")
    assert "RAM" not in error.hint


@ALONE_OR_NOT
def test_an_overdue_eip_keeps_its_place_and_the_others_are_unbound(
    enter: Callable[..., Room], concurrency: int
) -> None:
    """B4 for each stale binding that can be undone, in the first run."""
    room = enter("overdue-eip")
    result = room.bind(concurrency=concurrency)
    assert room.served() == {"heir-1"}
    assert [error.code for error in result.errors] == [Code.EIP_HELD_BACK]


@ALONE_OR_NOT
@pytest.mark.parametrize(
    ("case", "code", "exit_code"),
    [("no-money", Code.BALANCE, ExitCode.FAILED), ("no-quota", Code.EIP_QUOTA, ExitCode.TRY_LATER)],
)
def test_a_refusal_of_the_account_is_met_once(
    enter: Callable[..., Room], case: str, code: Code, exit_code: ExitCode, concurrency: int
) -> None:
    """Eight Pods, one purchase, one sentence."""
    room = enter(case)
    result = room.bind(concurrency=concurrency)
    assert ([error.code for error in result.errors], result.exit) == ([code], exit_code)
    assert room.calls("AllocateEipAddress") == 1


@ALONE_OR_NOT
def test_what_passes_by_itself_is_tried_again_in_the_same_run(enter: Callable[..., Room], concurrency: int) -> None:
    """Busy, and something that settles: no run ends for these."""
    room = enter("busy")
    assert room.bind(concurrency=concurrency).exit is ExitCode.OK
    assert len(room.served()) == 2


@ALONE_OR_NOT
def test_eips_that_were_released_by_hand_are_replaced(enter: Callable[..., Room], concurrency: int) -> None:
    """The remembered ClientToken brings back an id that is gone, and the cloud's own code for that is understood."""
    room = enter("released-by-hand")
    room.lab.sandbox.cloud.set_switches(token_seconds=1e6)
    room.bind()
    session = room.session()
    assert carry_out(session, prepare_release(session, ReleaseOptions(everything=True))).exit is ExitCode.OK
    result = room.bind(concurrency=concurrency)
    assert [error.message for error in result.errors] == []
    assert len(room.served()) == 2
    assert room.calls("TagResources") == 2, "nobody asked whether the remembered id is still there"


ROW = {"AllocationId": "eip-bp1odd0000000000000001"}
STRANGE: list[dict[str, Any]] = [
    {"set": {"Status": "Allocating"}},
    {"set": {"InstanceType": "Teapot", "InstanceId": "teapot-1"}},
    {"set": {"Bandwidth": "fast"}},
    {"set": {"Tags": "none"}},
    {"drop": ["Status"]},
    {"drop": ["AllocationId"]},
    {"drop": ["IpAddress", "InternetChargeType", "Tags"]},
]


@pytest.mark.parametrize("change", STRANGE, ids=str)
def test_an_eip_that_is_not_understood_stops_nobody(enter: Callable[..., Room], change: dict[str, Any]) -> None:
    """Somebody else's: the Pod gets its own, status is shown, and the odd one is not touched."""
    room = enter("odd-status", {"action": "DescribeEipAddresses", "row": ROW, **change})
    before = next(row for row in room.lab.sandbox.cloud.eips() if row.allocation_id == ROW["AllocationId"])
    assert room.bind().exit is ExitCode.OK
    assert room.served() == {"web-0"}
    assert room.status().summary["bound"] == 1
    assert before in room.lab.sandbox.cloud.eips()


@pytest.mark.parametrize("change", STRANGE[:1] + STRANGE[4:5], ids=str)
def test_an_own_eip_that_is_not_understood_costs_its_pod_only(
    enter: Callable[..., Room], change: dict[str, Any], tmp_path: Path
) -> None:
    """Nothing is done with it, also when its Pod is gone: not unbound, not marked, not released."""
    room = enter("no-quota")
    room.lab.sandbox.faults.clear()
    assert room.bind().exit is ExitCode.OK
    mine = min(room.lab.sandbox.cloud.eips(), key=lambda row: row.allocation_id)
    rule = {"action": "DescribeEipAddresses", "row": {"AllocationId": mine.allocation_id}, **change}
    room.lab.sandbox.objects.delete("deployments", "default", "web")
    room.lab.settle()
    with front(room.lab.sandbox.env(), [rule], tmp_path) as environ:
        behind = Room(room.lab, environ)
        assert behind.bind(PRUNE).exit is ExitCode.OK
        session = behind.session()
        assert carry_out(session, prepare_release(session, ReleaseOptions(everything=True))).exit is ExitCode.OK
    assert list(room.lab.sandbox.cloud.eips()) == [mine]


def test_an_eip_that_pays_by_dominant_traffic_has_no_price(enter: Callable[..., Room]) -> None:
    """It is not priced by its bandwidth, and trips no budget."""
    room = enter("dominant-traffic")
    report = room.status()
    assert report.cost["per_month"] == 0.0
    assert report.cost["unpriced"] == ["eip-bp1dom0000000000000001"]
    assert "no price is known for eip-bp1dom0000000000000001" in status_text(report, Format.TABLE)
    assert room.prepare(BindOptions(budget=1.0)).problems == ()


def test_who_failed_last_is_served_last(enter: Callable[..., Room]) -> None:
    """Without a file: the Pod's own Event tells. A Pod that spoils each run keeps nobody waiting."""
    room = enter("eip-of-another-account")
    assert room.order()[0] == "pod/default/a-named"
    room.lab.sandbox.cloud.set_quota(2)
    room.bind(concurrency=1)
    assert len(room.served()) == 1
    failed = {f"pod/default/{event['involvedObject']['name']}" for event in room.events("EIPFailed")}
    assert room.order()[-1] in failed
    assert room.order()[0] not in failed


def test_a_record_of_terway_that_is_out_of_date_is_checked_with_the_cloud(enter: Callable[..., Room]) -> None:
    """Bound in the first run, and left alone by the next."""
    room = enter("stale-node-object")
    result = room.bind()
    assert [error.message for error in result.errors] == []
    assert {name.partition("-")[0] for name in room.served()} == {"game", "web"}
    assert room.calls("AssociateEipAddress") == len(room.served()) == 5
    assert room.prepare().plan.empty
    assert room.status().summary["bound"] == 5


@pytest.mark.parametrize("strict", [False, True])
def test_a_name_never_costs_a_pod_its_eip(enter: Callable[..., Room], strict: bool) -> None:
    """It goes to the cloud as it is; where the cloud refuses it, the EIP is bought without it, and the Pod is told."""
    room = enter("names")
    room.lab.sandbox.cloud.set_switches(strict_names=strict)
    result = room.bind()
    assert result.exit is ExitCode.OK
    assert room.served() == {"room-0", "room-1"}
    assert {row.name for row in room.lab.sandbox.cloud.eips()} == {"" if strict else "default/room-0", "一号服"}
    notes = [dict(step.learned).get("note", "") for step in result.steps]
    assert sum("bought without its name" in note for note in notes) == (1 if strict else 0)
    assert len(room.events("EIPNotNamed")) == (1 if strict else 0)
    room.lab.sandbox.calls.clear()
    assert room.prepare().plan.empty, "B5: what the cloud has refused is not asked for again"


@pytest.mark.parametrize(
    "code", ["InvalidName.Malformed", "InvalidDescription.Malformed", "InvalidParameter", "New.Rule"]
)
def test_an_eip_is_bought_without_what_the_cloud_refuses_of_it(enter: Callable[..., Room], code: str) -> None:
    """Whichever code says so, known or not."""
    room = enter(
        "names", {"action": "AllocateEipAddress", "when": {"Name": "default/room-0"}, "status": 400, "code": code}
    )
    result = room.bind(concurrency=1)
    assert ([error.message for error in result.errors], room.served()) == ([], {"room-0", "room-1"})


def test_a_name_that_is_refused_later_costs_neither_the_bandwidth_nor_the_run(enter: Callable[..., Room]) -> None:
    """The rest of the change is made, and the Pod is told."""
    refusal = {"action": "ModifyEipAddressAttribute", "status": 400, "code": "InvalidEipAddressName.Malformed"}
    room = enter("names", {**refusal, "when": {"Name": "一号服"}})
    for name, wish in (("room-0", {"eip-name": "first"}), ("room-1", {"eip-name": "second"})):
        annotate(room.lab, name, {f"{K8S}{key}": value for key, value in wish.items()})
    assert room.bind().exit is ExitCode.OK
    annotate(room.lab, "room-0", {f"{K8S}eip-name": "一号服", f"{K8S}eip-bandwidth": "9"})
    assert room.bind().exit is ExitCode.OK
    assert {(row.name, row.bandwidth) for row in room.lab.sandbox.cloud.eips()} == {("first", 9), ("second", 5)}
    assert len(room.events("EIPNotNamed")) == 1


def test_what_describes_an_eip_has_no_meaning_beside_the_id_of_one(enter: Callable[..., Room]) -> None:
    """It is told, and the Pod gets the EIP that it names, as that is."""
    room = enter("bandwidth-of-a-named-eip")
    assert [skip.code for skip in room.prepare().plan.skips] == [Code.IGNORED_KEY]
    assert room.bind().exit is ExitCode.OK
    assert room.served() == {"mail-0"}
    assert [row.bandwidth for row in room.lab.sandbox.cloud.eips()] == [300]


def test_tags_that_the_cloud_refuses_are_found_before_the_purchase(enter: Callable[..., Room]) -> None:
    """Empty values, reserved beginnings and links: no call is made for them."""
    room = enter("tag-values")
    assert [skip.code for skip in room.prepare().plan.skips] == [Code.ANNOTATION_VALUE] * 3
    room.bind()
    assert room.calls("AllocateEipAddress") == 0


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_code_that_nobody_knows_is_told_with_api_code_and_request_id(enter: Callable[..., Room], status: int) -> None:
    """It costs its Pod, and a person can ask the vendor what it means."""
    refusal = {"action": "AssociateEipAddress", "status": status, "code": "Novel.Thing", "message": "No."}
    room = enter("one-bad-group", refusal)
    told = [error for error in room.bind().errors if "Novel.Thing" in error.message]
    assert told
    for error in told:
        assert "AssociateEipAddress" in error.message
        assert error.reference == "request ID FRONT-1"
        assert "FRONT-1" not in error.hint


@pytest.mark.parametrize(
    ("api", "status", "code", "concurrency"),
    [
        ("UnassociateEipAddress", 400, "Forbidden.FinancialLocked", 1),
        ("UnassociateEipAddress", 400, "Forbbiden", 16),
        ("ReleaseEipAddress", 400, "OperationUnsupported.ServiceManaged", 1),
        ("ReleaseEipAddress", 403, "Novel.Thing", 16),
        ("ReleaseEipAddress", 400, "TaskConflict", 1),
    ],
)
def test_release_lets_all_others_go(
    enter: Callable[..., Room], api: str, status: int, code: str, concurrency: int, tmp_path: Path
) -> None:
    """What the cloud says of one EIP costs this EIP."""
    room = enter("no-quota")
    room.lab.sandbox.faults.clear()
    assert room.bind().exit is ExitCode.OK
    bad = min(row.allocation_id for row in room.lab.sandbox.cloud.eips())
    rule = {"action": api, "when": {"AllocationId": bad}, "status": status, "code": code}
    with front(room.lab.sandbox.env(), [rule], tmp_path) as environ:
        session = Room(room.lab, environ).session()
        result = carry_out(session, prepare_release(session, ReleaseOptions(everything=True)), concurrency=concurrency)
    assert [row.allocation_id for row in room.lab.sandbox.cloud.eips()] == [bad]
    assert {bad} >= {error.object for error in result.errors if error.object.startswith("eip-")}
    assert result.errors
