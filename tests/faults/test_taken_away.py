"""What must not be taken: an EIP that somebody has bound to something else, and one whose Pod is not proven gone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eipctl.base.codes import Code
from eipctl.commands.bind import prepare_bind
from eipctl.sandbox.cloud.cloud import ROOT
from tests.faults.gate import together
from tests.faults.lab import PRUNE, Lab
from tests.faults.stage import AUTO, named
from tests.faults.worlds import RESULT

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.rows import EipRow

INSTANCE = {"InstanceId": "i-bp1sandbox00000000001", "InstanceType": "EcsInstance"}


def bind_to_instance(lab: Lab, allocation_id: str) -> None:
    """What a person does in the console."""
    cloud, stage = lab.sandbox.cloud, lab.stage
    cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": allocation_id})
    stage.until(lambda: row_of(lab, allocation_id).status == "Available")
    cloud.call(ROOT, "vpc", "AssociateEipAddress", {"AllocationId": allocation_id, **INSTANCE})
    stage.until(lambda: row_of(lab, allocation_id).status == "InUse")


def row_of(lab: Lab, allocation_id: str) -> EipRow:
    """The EIP in the sandbox's own state."""
    return next(row for row in lab.sandbox.cloud.eips() if row.allocation_id == allocation_id)


def is_theirs(lab: Lab, allocation_id: str) -> bool:
    """Whether it is at the instance."""
    return row_of(lab, allocation_id).instance_id == INSTANCE["InstanceId"]


@pytest.mark.parametrize("lent", [False, True])
@pytest.mark.parametrize("alive", [False, True])
def test_what_somebody_bound_to_an_instance_stays_there(lab: Lab, lent: bool, alive: bool) -> None:
    """B2: allocated or lent, its Pod gone or alive; it is reported, and a living Pod is told in an Event, once."""
    mine = lab.sandbox.cloud.add_eip(name="mine") if lent else ""
    lab.stage.add_pod("web", named(mine) if lent else AUTO, gate=True)
    assert lab.run() == []
    (own,) = lab.stage.own()
    bind_to_instance(lab, own.allocation_id)
    if not alive:
        lab.stage.delete_pod("web")
    lab.sandbox.calls.clear()
    assert lab.run(PRUNE) == []
    assert is_theirs(lab, own.allocation_id)
    assert {call for call in lab.stage.writes() if call.endswith("Address")} == set()
    skips = {skip.object: skip.code for skip in prepare_bind(lab.session(), PRUNE).plan.skips}
    assert skips == {"pod/default/web" if alive else own.allocation_id: Code.EIP_ELSEWHERE}
    assert lab.planned(PRUNE) == []
    assert [row.allocation_id for row in lab.stage.own()] == [own.allocation_id]
    if alive:
        pod = lab.stage.pod("web")
        assert pod is not None
        assert RESULT not in pod["metadata"]["annotations"]
        assert lab.stage.condition("web") == "False"
        told = [event["message"] for event in lab.sandbox.objects.list("events") if event["reason"] == "EIPElsewhere"]
        (message,) = told
        assert message.startswith(f"{own.allocation_id} is bound to i-bp1sandbox00000000001, where eipctl did not bind")


def test_its_pod_is_served_again_when_it_is_given_back(lab: Lab) -> None:
    """The person unbinds it: it is this Pod's own and bound again, and no other was bought meanwhile."""
    lab.stage.add_pod("web", AUTO)
    assert lab.run() == []
    (own,) = lab.stage.own()
    bind_to_instance(lab, own.allocation_id)
    assert lab.run(PRUNE) == []
    lab.sandbox.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": own.allocation_id})
    lab.stage.until(lambda: row_of(lab, own.allocation_id).status == "Available")
    lab.complete()
    lab.stage.holds_promises("web")
    assert [row.allocation_id for row in lab.stage.own()] == [own.allocation_id]


@pytest.mark.parametrize("step", range(1, 40))
def test_what_somebody_takes_while_eipctl_unbinds_it_is_not_taken_back(lab: Lab, step: int) -> None:
    """Between any two calls of the run that would have unbound and released it."""
    lab.stage.add_pod("web", AUTO)
    assert lab.run() == []
    (own,) = lab.stage.own()
    lab.stage.delete_pod("web")
    taken: list[bool] = []

    def take() -> None:
        row = next((row for row in lab.stage.own() if row.status == "InUse"), None)
        taken.append(row is not None)
        if row is not None:
            with lab.sandbox.store.transaction():
                held = replace(row, instance_id=INSTANCE["InstanceId"], instance_type="EcsInstance", private_ip="")
                lab.sandbox.cloud.state.put_eip(held)

    together(lab, [PRUNE], deeds={step: take})
    for _ in range(2):
        lab.run(PRUNE)
    assert not any(taken) or is_theirs(lab, own.allocation_id)


def test_what_somebody_takes_as_soon_as_it_is_unbound_is_not_waited_for(lab: Lab) -> None:
    """It will not get free: the Action ends with where it is now, not after two minutes with what it is not."""
    lab.stage.add_pod("web", AUTO)
    assert lab.run() == []
    (own,) = lab.stage.own()
    lab.stage.delete_pod("web")

    def take() -> None:
        row = row_of(lab, own.allocation_id)
        if row.status == "Available":
            with lab.sandbox.store.transaction():
                held = replace(row, status="InUse", instance_id=INSTANCE["InstanceId"], instance_type="EcsInstance")
                lab.sandbox.cloud.state.put_eip(held)

    (error, *_) = lab.run(session=lab.session(take))
    assert error.code is Code.EIP_ELSEWHERE
    assert INSTANCE["InstanceId"] in error.message
    assert is_theirs(lab, own.allocation_id)


def test_a_gateways_404_is_no_proof_that_a_pod_is_gone(lab: Lab) -> None:
    """Nothing is unbound or released while it lasts; afterwards the API server's own answer is."""
    lab.stage.add_pod("web", AUTO)
    assert lab.run() == []
    lab.stage.delete_pod("web")
    before = lab.stage.own()
    rule = {"do": "error", "service": "kube", "api": "get", "object": "pods/default/web", "status": 404, "times": 0}
    lab.sandbox.faults.add({**rule, "code": "NotFound", "message": "404 page not found"})
    errors = lab.run(PRUNE)
    lab.sandbox.faults.clear()
    assert errors[0].code is Code.KUBE_ERROR
    assert lab.stage.own() == before
    lab.complete()
    assert lab.stage.own() == []


def test_an_eip_that_could_not_be_unbound_keeps_its_record(lab: Lab) -> None:
    """Else eipctl would take its own binding for somebody else's, and never move the EIP to its Pod's new address."""
    node = lab.stage.add_pod("web", AUTO)["spec"]["nodeName"]
    lab.stage.add_pod("other", {}, node)
    assert lab.run() == []
    lab.stage.swap_ips("web", "other")
    rule = {"do": "error", "api": "UnassociateEipAddress", "status": 400, "code": "OperationDenied", "times": 0}
    lab.sandbox.faults.add(rule)
    assert lab.run() != []
    lab.sandbox.faults.clear()
    lab.complete()
    lab.stage.holds_promises("web")
