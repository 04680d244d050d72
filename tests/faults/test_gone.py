"""What is gone is an answer, and what is refused for good is not asked again and again."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.commands.adopt import AdoptOptions, prepare_adopt
from eipctl.engine.run import carry_out
from eipctl.sandbox.cloud.cloud import ROOT
from tests.faults.stage import AUTO, named
from tests.faults.worlds import RESULT, annotate

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.rows import EipRow
    from tests.faults.lab import Lab


def calls(lab: Lab, api: str) -> int:
    """How many calls of an API were made."""
    return sum(call["api"] == api for call in lab.sandbox.calls.listing())


def vanishes_after(lab: Lab, api: str, allocation_id: str) -> Callable[[], None]:
    """Somebody unbinds and releases the EIP, once a call of the API has been made."""
    cloud, stage = lab.sandbox.cloud, lab.stage
    alone, over = threading.Lock(), threading.Event()

    def vanish() -> None:
        if over.is_set() or not calls(lab, api) or not alone.acquire(blocking=False):
            return
        over.set()
        stage.until(lambda: not row_of(lab, allocation_id).settles_at)
        if row_of(lab, allocation_id).status == "InUse":
            cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": allocation_id})
            stage.until(lambda: not row_of(lab, allocation_id).settles_at)
        stage.release_by_hand(allocation_id)

    return vanish


def row_of(lab: Lab, allocation_id: str) -> EipRow:
    """The EIP in the sandbox's own state."""
    return next(row for row in lab.sandbox.cloud.eips() if row.allocation_id == allocation_id)


def test_an_eip_that_vanishes_while_it_is_adopted_costs_nothing_but_itself(lab: Lab) -> None:
    """The others are adopted, and nobody waits until its list can't lag any more."""
    ids = []
    for name in ("a", "b"):
        pod = lab.stage.add_pod(name, AUTO)
        ids.append(lab.sandbox.cloud.add_eip())
        lab.stage.bind_by_hand(ids[-1], pod["status"]["podIP"])
        annotate(lab, name, {RESULT: lab.stage.bound_to(name)[0].address})
    lab.sandbox.calls.clear()
    session = lab.session(vanishes_after(lab, "TagResources", ids[0]))
    result = carry_out(session, prepare_adopt(session, AdoptOptions()), concurrency=1)
    assert [error.message for error in result.errors] == []
    assert [row.allocation_id for row in lab.stage.own()] == [ids[1]]
    assert calls(lab, "DescribeEipAddresses") < 20


def test_a_given_eip_that_vanishes_while_it_is_bound_costs_its_pod_alone(lab: Lab) -> None:
    """It is told as gone, at once."""
    lent = lab.sandbox.cloud.add_eip()
    lab.stage.add_pod("web", named(lent))
    lab.sandbox.calls.clear()
    session = lab.session(vanishes_after(lab, "AssociateEipAddress", lent))
    assert [error.code for error in lab.run(session=session)] == [Code.EIP_NOT_FOUND]
    assert calls(lab, "DescribeEipAddresses") < 20


def test_an_ip_that_has_another_eip_is_tried_once_more_and_no_longer(lab: Lab) -> None:
    """The refusal stands; the run does not spend half a minute on it."""
    lab.stage.add_pod("web", AUTO)
    rule = {"do": "error", "api": "AssociateEipAddress", "status": 400, "code": "InvalidAssociation.Duplicated"}
    lab.sandbox.faults.add({**rule, "times": 0})
    assert [error.code for error in lab.run()] == [Code.IP_HAS_EIP]
    lab.sandbox.faults.clear()
    assert calls(lab, "AssociateEipAddress") == 2
    lab.complete()
    lab.stage.holds_promises("web")
