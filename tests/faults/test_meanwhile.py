"""What others do while a run is at work: counterexamples that test_bind_runs.py has found, made small."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.sandbox.cloud.cloud import ROOT
from tests.faults.stage import AUTO, named
from tests.faults.worlds import RESULT

if TYPE_CHECKING:
    from tests.faults.lab import Lab


def test_a_named_eip_that_somebody_binds_meanwhile_is_theirs(lab: Lab) -> None:
    """B2: eipctl still sees it free and tags it; when it sees it bound, its tags go and the binding stays."""
    mine = lab.sandbox.cloud.add_eip(name="mine", tags={"team": "games"})
    other = lab.stage.add_pod("other", {})
    lab.stage.add_pod("web", named(mine))
    lab.sandbox.cloud.set_switches(stale_describes=4)
    lab.stage.bind_by_hand(mine, other["status"]["podIP"])
    assert [error.code for error in lab.run()] == [Code.EIP_CHANGED]
    lab.catch_up()
    lab.complete()
    (row,) = lab.sandbox.cloud.eips()
    assert (row.status, row.private_ip, dict(row.tags)) == ("InUse", other["status"]["podIP"], {"team": "games"})


def test_an_own_eip_whose_place_somebody_has_taken_is_let_go(lab: Lab) -> None:
    """A person puts theirs in its place: the Pod tells that one, and eipctl's is released, not refused for ever."""
    mine = lab.sandbox.cloud.add_eip(name="mine")
    ip = lab.stage.add_pod("web", AUTO)["status"]["podIP"]
    assert lab.run() == []
    (own,) = lab.stage.own()
    lab.sandbox.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": own.allocation_id})
    lab.stage.until(lambda: lab.stage.own()[0].status == "Available")
    lab.stage.bind_by_hand(mine, ip)
    lab.complete()
    (row,) = lab.sandbox.cloud.eips()
    pod = lab.stage.pod("web")
    assert pod is not None
    assert (row.allocation_id, row.private_ip) == (mine, ip)
    assert pod["metadata"]["annotations"][RESULT] == row.address


def test_an_own_eip_is_left_behind_where_somebody_else_serves_the_pod(lab: Lab) -> None:
    """The Pod moves to an IP that carries a person's EIP: its own comes off the old IP, not refused for ever."""
    mine = lab.sandbox.cloud.add_eip(name="mine")
    node = lab.stage.add_pod("web", AUTO)["spec"]["nodeName"]
    other = lab.stage.add_pod("other", {}, node)
    assert lab.run() == []
    lab.stage.bind_by_hand(mine, other["status"]["podIP"])
    lab.stage.swap_ips("web", "other")
    lab.complete()
    (row,) = lab.sandbox.cloud.eips()
    assert (row.allocation_id, row.private_ip) == (mine, other["status"]["podIP"])


@pytest.mark.parametrize("api", ["AllocateEipAddress", "AssociateEipAddress"])
def test_a_pod_that_goes_while_its_call_waits_for_the_rate_limit_gets_no_eip(lab: Lab, api: str) -> None:
    """B4: its IP may be another Pod's by then; the proof is made when the call may go out, not before it waits."""
    for name in ("first", "second"):
        lab.stage.add_pod(name, AUTO)

    def called() -> list[str]:
        """UIDs of the Pods for which that call was made."""
        tags = {row.allocation_id: dict(row.tags) for row in lab.stage.own()}
        calls = [call["object"] for call in lab.sandbox.calls.listing() if call["api"] == api]
        names = tags if api == "AllocateEipAddress" else calls
        return [tags[name]["eipctl-pod-uid"].removeprefix("u-") for name in names]

    moments: list[None] = []

    def pass_by() -> None:
        """One call was made, the other one waits, which takes a hundred moments: its Pod goes in the middle of that."""
        moments.extend([None] * len(called()))
        for pod in lab.sandbox.objects.list("pods", "default") if len(moments) > 20 else ():
            if pod["metadata"]["uid"] not in called():
                lab.sandbox.objects.delete("pods", "default", pod["metadata"]["name"])
                lab.settle()

    errors = lab.run(session=lab.session(pass_by, limits={api: (1, 2.0)}))
    assert [error.code for error in errors] == [Code.POD_CHANGED]
    assert len(called()) == 1
