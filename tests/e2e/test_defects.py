"""The defects of other EIP controllers, each with a test that eipctl does not have it.

Terway's are numbered as in its code of v1.6.4 (daemon/eip.go, pkg/aliyun/client/vpc.go). `python -m tests.mutants` puts
each back into a copy of eipctl, under the same name, and sees the test fail.

defect              what happens there                                               test here, or why there is none
------------------  ---------------------------------------------------------------  ---------------------------------
T1                  a lost reply leaves an EIP that can't be told from any other      test_t1
T2                  what a node's file knew is lost with the node                     test_t2
T3, ack-extend      the record goes before the EIP: a failed release is a leak        test_t3
T4                  a failed attempt forgets the EIP that the Pod had                 test_t4
T5                  IncorrectEipStatus is taken for "unbound already"                 test_t5
T6                  a failure while cleaning up is swallowed                          test_t6
T7, k8s-aws         an EIP released by hand is an error for ever                      test_t7
T8                  an EIP released meanwhile is a nil dereference                    test_t8
T9                  an EIP bound by hand is adopted, and released with the Pod        test_t9
T10, k8s-eip        an EIP is taken from whatever it is bound to                      test_t10
T11                 a named EIP and a rolling update wait for each other              test_t11
T12                 a named EIP follows a StatefulSet's Pod after 5 to 10 minutes     test_t12
T13                 Associating and Unassociating fail instead of being waited for    test_t13
T14                 TaskConflict while unbinding is not tried again                   test_t14
T15                 of all passing refusals only TaskConflict is tried again          test_t15
T16                 one EIP that is busy holds up all Pods of the node                test_t16
T17, ack-extend,    Pods are known by name: a new Pod of the name is taken for the    test_t17
aws-pod-eip         old one, and its EIP for its own
T18, tke            an IP goes to the next Pod with the EIP of the one before         test_t18
T19                 one DescribeNetworkInterfaces per Pod                             test_t19
T20                 an unreadable bandwidth is silently 5 Mbit/s, drift stays         test_t20
T21                 the address pool is read and dropped                              test_t21
T22                 Pods that can't have an EIP are passed over in silence            test_t22
T23                 no dry run, list, cost, budget                                    features: tests/e2e/test_bind.py
T24                 a flag of the wrong JSON type stops Terway on every node          unit/domain/test_eni_conf.py
T25                 the EIP mode blocks Terway's upgrade                              e2e/test_setup.py, test_adopt.py
T26                 no test of EIPs at all                                            not a behaviour
aws-pod-eip         own EIPs that are not bound are overlooked, others bought         test_aws_1
external-dns        an empty or cut list deletes everything                           test_external_dns_1
external-dns        no threshold for deletions                                        unit/domain/test_guards.py
external-dns        a shared default owner: clusters undo each other's work           test_k8s_eip_operator_1
k8s-eip-operator    two clusters of one name release each other's EIPs                test_k8s_eip_operator_1
tke                 two Pods that got each other's IP wait for each other for ever    test_tke_1
tke                 only the first page of a list is read                             test_tke_2
tke                 an empty answer is taken for success                              unit/aliyun/test_client.py
ack-extend          a patch conflict, or another's conditions overwritten             test_ack_extend_2, unit/kube
ack-extend          the EIPs of deleted Pods stay when it was not running             test_ack_extend_3
k8s-aws-operator    NotFound is an error for ever; updates race (409)                 test_t7, test_ack_extend_2
kruise-game         a name with "/" is written, which the API refuses                 unit/domain (annotations)
"""

from __future__ import annotations

from typing import Any

import pytest

from eipctl.commands.bind import prepare_bind
from eipctl.engine.run import carry_out
from eipctl.sandbox.cloud.cloud import ROOT
from tests.faults.lab import PRUNE, Lab
from tests.faults.stage import AUTO, GATE, named
from tests.faults.worlds import RESULT, annotate

POOL = {"k8s.aliyun.com/eip-public-ip-address-pool-id": "pippool-1"}


@pytest.fixture
def lab(new_lab: Lab) -> Lab:
    """Instead of the one with a metrics file."""
    return new_lab


def refused(lab: Lab, api: str, code: str, times: int = 1, obj: str = ".*") -> None:
    """The next calls are refused."""
    rule = {"do": "error", "status": 400, "code": code, "service": "cloud", "api": api, "object": obj}
    lab.sandbox.faults.add({**rule, "times": times})


def served(lab: Lab, *names: str) -> None:
    """A run without complaint after which these Pods, and nobody else, have an EIP of ours."""
    assert [error.message for error in lab.run()] == []
    lab.stage.holds_promises(*names)


def gone(lab: Lab, *names: str) -> None:
    """Pods that had an EIP are deleted."""
    for name in names or ("web",):
        lab.stage.add_pod(name, AUTO)
    assert lab.run() == []
    for name in names or ("web",):
        lab.stage.delete_pod(name)


def test_t1(lab: Lab) -> None:
    """The reply to the purchase is lost, and the cloud forgets tokens: all that was bought is ours, and one is kept."""
    lab.sandbox.cloud.set_switches(token_seconds=0.0)
    lab.stage.add_pod("web", AUTO)
    lab.sandbox.faults.add({"do": "lose", "api": "AllocateEipAddress"})
    lab.run()
    assert len(lab.stage.own()) == len(lab.stage.cloud.eips())
    lab.complete()
    lab.stage.holds_promises("web")


def test_t2(lab: Lab) -> None:
    """The node goes with its ENI and its Pod, and the EIP is unbound by that: it is known by its tags, and released."""
    pod = lab.stage.add_pod("web", AUTO)
    assert lab.run() == []
    (row,) = lab.stage.own()
    lab.stage.delete_pod("web")
    lab.sandbox.objects.delete("nodes", "", pod["spec"]["nodeName"])
    lab.stage.until(lambda: lab.stage.own()[0].status == "Available")
    assert row.allocation_id == lab.stage.own()[0].allocation_id
    lab.complete()
    assert lab.stage.cloud.eips() == []


def test_t3(lab: Lab) -> None:
    """The release fails: the EIP is still ours, and the next run releases it."""
    gone(lab)
    refused(lab, "ReleaseEipAddress", "InternalError", times=0)
    assert lab.run() != []
    lab.sandbox.faults.clear()
    assert len(lab.stage.own()) == 1
    lab.complete()
    assert lab.stage.cloud.eips() == []


def test_t4(lab: Lab) -> None:
    """The Pod gets another IP and the new binding fails: it is given its own EIP again, and none is bought."""
    node = lab.stage.add_pod("web", AUTO)["spec"]["nodeName"]
    assert lab.run() == []
    (before,) = lab.stage.own()
    lab.stage.add_pod("other", {}, node)
    lab.stage.swap_ips("web", "other")
    refused(lab, "AssociateEipAddress", "Forbidden.RAM", times=0)
    assert lab.run() != []
    lab.sandbox.faults.clear()
    served(lab, "web")
    assert lab.stage.bound_to("web")[0].allocation_id == before.allocation_id


def test_t5(lab: Lab) -> None:
    """IncorrectEipStatus says that it is something else than it was taken for: it is looked at again, then unbound."""
    gone(lab)
    refused(lab, "UnassociateEipAddress", "IncorrectEipStatus")
    assert lab.run() == []
    assert lab.stage.own() == []


def test_t6(lab: Lab) -> None:
    """What failed is told, and the next run does it."""
    gone(lab)
    refused(lab, "UnassociateEipAddress", "Forbidden.RAM", times=0)
    assert "UnassociateEipAddress" in " ".join(error.message for error in lab.run())
    lab.sandbox.faults.clear()
    assert lab.run() == []
    assert lab.stage.own() == []


def test_t7(lab: Lab) -> None:
    """An EIP is released by hand between plan and work: no error, and the others are released all the same."""
    gone(lab, "web", "api")
    prepared = prepare_bind(session := lab.session(), PRUNE)
    first, _ = lab.stage.own()
    unbound_and_released(lab, first.allocation_id)
    assert carry_out(session, prepared).errors == ()
    assert lab.stage.own() == []


def unbound_and_released(lab: Lab, allocation_id: str) -> None:
    """By hand."""
    lab.stage.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": allocation_id})
    lab.stage.until(lambda: "Unassociating" not in {row.status for row in lab.stage.own()})
    lab.stage.release_by_hand(allocation_id)


def test_t8(lab: Lab) -> None:
    """A named EIP is released by its owner between plan and work: nothing to unbind, nothing to untag, no crash."""
    mine = lab.stage.cloud.add_eip(name="mine")
    lab.stage.add_pod("web", named(mine))
    assert lab.run() == []
    lab.stage.delete_pod("web")
    prepared = prepare_bind(session := lab.session(), PRUNE)
    unbound_and_released(lab, mine)
    assert carry_out(session, prepared).errors == ()
    lab.complete()


def test_t9(lab: Lab) -> None:
    """A person's EIP at the Pod's IP is theirs: it is left where it is, also when the Pod is gone."""
    mine = lab.stage.cloud.add_eip(name="mine", tags={"team": "games"})
    pod = lab.stage.add_pod("web", AUTO)
    lab.stage.bind_by_hand(mine, pod["status"]["podIP"])
    lab.complete()
    (before,) = lab.stage.cloud.eips()
    lab.stage.delete_pod("web")
    lab.complete()
    assert lab.stage.cloud.eips() == [before]


def test_t10(lab: Lab) -> None:
    """A Pod names an EIP that is bound to something else: told, and not taken."""
    mine = lab.stage.cloud.add_eip(name="mine")
    other = lab.stage.add_pod("other", {})
    lab.stage.bind_by_hand(mine, other["status"]["podIP"])
    before = lab.stage.cloud.eips()
    lab.stage.add_pod("web", named(mine))
    lab.complete()
    assert lab.stage.cloud.eips() == before


def test_t11(lab: Lab) -> None:
    """The new Pod of a rolling update runs and waits; when the old one is gone it gets the EIP that both name."""
    mine = lab.stage.cloud.add_eip(name="mine")
    lab.stage.add_pod("old", named(mine))
    served(lab, "old")
    lab.stage.add_pod("new", named(mine))
    served(lab, "old")
    lab.stage.delete_pod("old")
    served(lab, "new")


def test_t12(lab: Lab) -> None:
    """A stateful Pod returns at another address: one run moves the EIP that it names."""
    mine = lab.stage.cloud.add_eip(name="mine")
    nodes = [node["metadata"]["name"] for node in lab.sandbox.objects.list("nodes")]
    lab.stage.add_pod("db-0", named(mine), nodes[0])
    served(lab, "db-0")
    lab.stage.delete_pod("db-0")
    lab.stage.add_pod("db-0", named(mine), nodes[1])
    served(lab, "db-0")


def test_t13(lab: Lab) -> None:
    """An EIP that is being unbound by somebody is waited for, within the same run."""
    node = lab.stage.add_pod("web", AUTO)["spec"]["nodeName"]
    assert lab.run() == []
    (row,) = lab.stage.own()
    lab.stage.add_pod("other", {}, node)
    lab.stage.swap_ips("web", "other")
    lab.sandbox.cloud.set_switches(unassociate_seconds=300.0)
    lab.stage.cloud.call(ROOT, "vpc", "UnassociateEipAddress", {"AllocationId": row.allocation_id})
    served(lab, "web")


def test_t14(lab: Lab) -> None:
    """TaskConflict while unbinding is waited out."""
    gone(lab)
    refused(lab, "UnassociateEipAddress", "TaskConflict", times=2)
    assert lab.run() == []
    assert lab.stage.own() == []


@pytest.mark.parametrize(
    "code", ["OperationConflict", "LastTokenProcessing", "SystemBusy", "IncorrectEipStatus", "Throttling.User"]
)
def test_t15(lab: Lab, code: str) -> None:
    """Whatever passes by itself is waited out, whichever call it meets."""
    gone(lab)
    lab.stage.add_pod("new", AUTO)
    for api in ("AssociateEipAddress", "UnassociateEipAddress", "ReleaseEipAddress"):
        refused(lab, api, code)
    served(lab, "new")


def test_t16(lab: Lab) -> None:
    """An EIP that stays busy is given up for this run; the Pods after it are served in the same run."""
    gone(lab)
    refused(lab, "UnassociateEipAddress", "TaskConflict", times=0)
    for name in ("a", "b"):
        lab.stage.add_pod(name, AUTO)
    assert len(lab.run()) >= 1
    assert [len(lab.stage.bound_to(name)) for name in ("a", "b")] == [1, 1]


def test_t17(lab: Lab) -> None:
    """A Pod of the same name that asks for nothing is another Pod: the EIP of the first is released."""
    gone(lab)
    lab.stage.add_pod("web", {})
    lab.complete()
    assert lab.stage.cloud.eips() == []


def test_t18(lab: Lab) -> None:
    """The next Pod with the IP does not get the EIP of the Pod before it, with --prune or without."""
    before = lab.stage.add_pod("before", AUTO)
    assert lab.run() == []
    lab.stage.delete_pod("before")
    after = lab.stage.reuse_ip(before, "after", {})
    assert after["status"]["podIP"] == before["status"]["podIP"]
    assert lab.run() == []
    assert lab.stage.bound_to("after") == []


def test_t19(lab: Lab) -> None:
    """The ENIs of all Pods are looked up together."""
    for number in range(4):
        lab.stage.add_pod(f"web-{number}", AUTO)
    lab.sandbox.calls.clear()
    served(lab, *(f"web-{number}" for number in range(4)))
    calls = [call["api"] for call in lab.sandbox.calls.listing()]
    assert calls.count("DescribeNetworkInterfaces") == 2, "one for the VPC, one for the Pods"


def test_t20(lab: Lab) -> None:
    """A bandwidth that can't be read buys nothing and is told; one that changes is corrected."""
    lab.stage.add_pod("web", AUTO | {"k8s.aliyun.com/eip-bandwidth": "5M"})
    lab.complete()
    assert lab.stage.cloud.eips() == []
    assert "eip-bandwidth" in told(lab, "pod/default/web")
    annotate(lab, "web", {"k8s.aliyun.com/eip-bandwidth": "7"})
    served(lab, "web")
    annotate(lab, "web", {"k8s.aliyun.com/eip-bandwidth": "9"})
    served(lab, "web")
    assert lab.stage.own()[0].bandwidth == 9


def told(lab: Lab, obj: str) -> str:
    """What a run says of an object that it leaves alone."""
    return next(skip.reason for skip in prepare_bind(lab.session(), PRUNE).plan.skips if skip.object == obj)


def test_t21(lab: Lab) -> None:
    """The address pool that the Pod names reaches the cloud."""
    lab.sandbox.cloud.add_names(pools=("pippool-1",))
    lab.stage.add_pod("web", AUTO | POOL)
    served(lab, "web")
    assert lab.stage.own()[0].pool_id == "pippool-1"


def test_t22(lab: Lab) -> None:
    """A Pod that uses its node's network is told why it gets none."""
    spec: dict[str, Any] = {"containers": [{"name": "main", "image": "nginx"}], "hostNetwork": True}
    metadata = {"name": "web", "namespace": "default", "annotations": AUTO}
    lab.sandbox.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    lab.settle()
    assert "hostNetwork" in told(lab, "pod/default/web")


def test_aws_1(lab: Lab) -> None:
    """Bought but not bound: the next run binds that one instead of buying another."""
    lab.stage.add_pod("web", AUTO)
    refused(lab, "AssociateEipAddress", "Forbidden.RAM", times=0)
    assert lab.run() != []
    lab.sandbox.faults.clear()
    (bought,) = lab.stage.cloud.eips()
    served(lab, "web")
    assert lab.stage.own()[0].allocation_id == bought.allocation_id


def test_external_dns_1(lab: Lab) -> None:
    """A Pod list that is empty, though the cluster owns EIPs, releases nothing."""
    for name in ("a", "b"):
        lab.stage.add_pod(name, AUTO)
    served(lab, "a", "b")
    before = lab.stage.cloud.eips()
    with lab.sandbox.world.paused():
        pods = lab.sandbox.objects.list("pods")
        for pod in pods:
            lab.sandbox.objects.delete("pods", pod["metadata"]["namespace"], pod["metadata"]["name"], now=True)
        assert lab.run() != []
    assert lab.stage.cloud.eips() == before


def test_k8s_eip_operator_1(lab: Lab) -> None:
    """A cluster of the same ACK id that is another one (a restored copy) keeps its EIPs, orphans or not."""
    tags = {"eipctl-cluster": lab.sandbox.cluster_id, "eipctl-cluster-uid": "u-other", "eipctl-namespace": "n-x"}
    tags |= {"eipctl-pod": "p-x", "eipctl-pod-uid": "u-x", "eipctl-role": "allocated", "eipctl-strategy": "s-Follow"}
    lab.stage.cloud.add_eip(tags=tags | {"eipctl-orphan-since": "t-20200101T000000Z"})
    before = lab.stage.cloud.eips()
    lab.complete()
    assert lab.stage.cloud.eips() == before


def test_tke_1(lab: Lab) -> None:
    """Two Pods that got each other's IP have their own EIPs again after one run."""
    node = lab.stage.add_pod("left", AUTO)["spec"]["nodeName"]
    lab.stage.add_pod("right", AUTO, node)
    served(lab, "left", "right")
    lab.stage.swap_ips("left", "right")
    served(lab, "left", "right")


def test_tke_2(lab: Lab) -> None:
    """The Pod's EIP is on the second page: it is found, and none is bought."""
    lab.sandbox.cloud.set_quota(200)
    lab.stage.add_pod("web", AUTO)
    served(lab, "web")
    for _ in range(100):
        lab.stage.cloud.add_eip(name="other")
    assert lab.planned() == []


def test_ack_extend_2(lab: Lab) -> None:
    """Another writes to the Pod at the same time (409), and the Pod's other conditions stay as they are."""
    lab.stage.add_pod("web", AUTO, gate=True)
    before = other_conditions(lab, "web")
    lab.sandbox.faults.add(
        {"do": "error", "service": "kube", "api": "patch", "object": "pods/.*", "status": 409, "code": "Conflict"}
    )
    lab.run()
    lab.sandbox.faults.clear()
    served(lab, "web")
    assert lab.stage.condition("web") == "True"
    assert other_conditions(lab, "web") == before


def other_conditions(lab: Lab, name: str) -> set[str]:
    """The types of the Pod's conditions that are not eipctl's."""
    return {item["type"] for item in (lab.stage.pod(name) or {})["status"]["conditions"]} - {GATE}


def test_ack_extend_3(lab: Lab) -> None:
    """Pods that went while nobody looked are found by the tags of their EIPs: no event was needed."""
    gone(lab, "a", "b", "c")
    lab.complete()
    assert lab.stage.cloud.eips() == []


def test_an_address_that_is_told_is_true(lab: Lab) -> None:
    """T10's victim keeps a stale annotation for ever; here the next run takes it back."""
    lab.stage.add_pod("web", AUTO)
    served(lab, "web")
    annotate(lab, "web", dict.fromkeys(AUTO))
    lab.complete()
    pod = lab.stage.pod("web")
    assert pod is not None
    assert RESULT not in pod["metadata"].get("annotations", {})
