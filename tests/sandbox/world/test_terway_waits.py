"""Terway's waits, tries and roll-backs have the numbers of its pkg/backoff, and its Events their reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.cloud.cloud import ROOT
from eipctl.sandbox.world import scenario
from tests.sandbox.world.stage import AUTO, EIP_ACTIONS, bare_pod, ready

if TYPE_CHECKING:
    from tests.sandbox.world.stage import Stage

RESULT, NAMED = "k8s.aliyun.com/allocated-eipAddress", "k8s.aliyun.com/pod-eip-instanceid"
FAILED = "FailedCreatePodSandBox"


@pytest.fixture
def terway(legacy_world: Stage) -> Stage:
    """Terway v1.6.3 after all three steps, and nothing in its call log."""
    legacy_world.set_up()
    return legacy_world


def _calls(stage: Stage, api: str) -> list[float]:
    return [call["at"] for call in stage.world.context.calls.listing() if call["api"] == api]


def _image(stage: Stage, version: str) -> None:
    def change(obj: dict[str, Any]) -> None:
        for container in obj["spec"]["template"]["spec"]["containers"]:
            container["image"] = f"acs/terway:{version}"

    stage.edit("daemonsets", "terway-eniip", change, "kube-system")
    stage.restart()


def test_an_eip_that_never_comes_into_use_is_waited_for_and_released(terway: Stage) -> None:
    """Eight looks within 161 to 241 s; the CNI has given up after 120 s; the roll-back leaks the EIP."""
    terway.cloud.set_switches(associate_seconds=10_000.0)
    terway.apply("pods", bare_pod("p", AUTO))
    terway.play(125)
    assert "context deadline exceeded" in terway.events(FAILED)[0]
    assert len(terway.eips()) == 1
    terway.play(120)
    looks = _calls(terway, "DescribeEipAddresses")[1:9]
    assert 161 <= looks[-1] - looks[0] <= 241
    assert _calls(terway, "UnassociateEipAddress")
    assert [row.status for row in terway.eips()] == ["Associating"]


@pytest.mark.parametrize(("refusals", "bought"), [(5, 1), (6, 2)])
def test_a_busy_eni_is_tried_six_times_and_then_rolled_back(terway: Stage, refusals: int, bought: int) -> None:
    """TaskConflict on AssociateEipAddress: six tries, then the EIP is released and CNI ADD fails."""
    terway.spoil("AssociateEipAddress", code="TaskConflict", times=refusals)
    assert ready([terway.pod(annotations=AUTO)])
    assert len(_calls(terway, "AllocateEipAddress")) == bought
    assert len(_calls(terway, "ReleaseEipAddress")) == bought - 1
    assert ["TaskConflict" in told for told in terway.events(FAILED)] == [True] * (bought - 1)


def test_t14_a_busy_eni_is_not_tried_again_when_robbing(terway: Stage) -> None:
    """With switch eni_conflicts another EIP in transition makes robbing fail at once: no second try within CNI ADD."""
    terway.configure(allow_eip_rob="true")
    terway.restart()
    node = terway.objects.list("nodes")[0]["metadata"]["name"]
    holder, other = (terway.pod(name, nodeName=node) for name in ("holder", "other"))
    (place, beside) = (next(row for row in terway.world.pods() if row.name == name) for name in ("holder", "other"))
    assert (holder["status"]["podIP"], other["status"]["podIP"]) == (place.ip, beside.ip)
    eip = terway.cloud.add_eip(
        status="InUse", instance_id=place.eni_id, instance_type="NetworkInterface", private_ip=place.ip
    )
    terway.cloud.set_switches(associate_seconds=300.0)
    binding = {"InstanceId": beside.eni_id, "InstanceType": "NetworkInterface", "PrivateIpAddress": beside.ip}
    terway.cloud.call(ROOT, "vpc", "AssociateEipAddress", {"AllocationId": terway.cloud.add_eip(), **binding})
    terway.apply("pods", bare_pod("p", {NAMED: eip}))
    terway.play(3)
    assert "TaskConflict" in terway.events(FAILED)[0]
    assert len(_calls(terway, "UnassociateEipAddress")) == 1
    terway.cloud.set_switches(eni_conflicts=False, associate_seconds=1.0)
    terway.play()
    assert ready([terway.get("pods", "p")])


@pytest.mark.parametrize(("version", "starts"), [("v1.5.5", False), ("v1.5.6", True)])
def test_a_pod_that_tells_another_address(terway: Stage, version: str, starts: bool) -> None:
    """Up to v1.5.5 it is refused, its EIP released, and tried again; later ones overwrite the annotation."""
    _image(terway, version)
    pod = terway.pod(annotations={**AUTO, RESULT: "192.0.2.1"})
    assert (pod["metadata"]["annotations"][RESULT] != "192.0.2.1") is starts
    assert bool(ready([pod])) is starts
    assert (len(_calls(terway, "ReleaseEipAddress")) > 1) is not starts
    assert any("Pod already have eip annotation" in told for told in terway.events(FAILED)) is not starts


def test_events_have_terways_own_reasons(terway: Stage) -> None:
    """AllocIPFailed and AllocIPSucceed, from the daemon, about the Pod."""
    terway.spoil("AssociateEipAddress", code="OperationConflict")
    terway.pod(annotations=AUTO)
    told = [event for event in terway.objects.list("events") if event["reason"].startswith("AllocIP")]
    assert [(event["reason"], event["type"]) for event in told] == [
        ("AllocIPFailed", "Warning"),
        ("AllocIPSucceed", "Normal"),
    ]
    assert {event["source"]["component"] for event in told} == {"terway-daemon"}
    assert "OperationConflict" in told[0]["message"]


def test_a_missing_token_of_credential_path_ends_terway(terway: Stage) -> None:
    """The file is mounted from Secret addon.network.token; without it Terway does not start on any node."""
    terway.objects.delete("secrets", "kube-system", "addon.network.token")
    terway.restart()
    waiting = [pod["status"]["containerStatuses"][0]["state"]["waiting"] for pod in terway.pods("kube-system")]
    assert [state["reason"] for state in waiting] == ["CrashLoopBackOff"] * 3
    assert "failed to read config /var/addon/token-config" in waiting[0]["message"]


def test_a_label_that_names_no_config_map_means_the_default(terway: Stage) -> None:
    """The daemon warns and starts with eni-config."""
    node = terway.objects.list("nodes")[0]["metadata"]["name"]
    terway.edit("nodes", node, lambda obj: obj["metadata"]["labels"].update({"terway-config": "nowhere"}), "")
    terway.restart()
    daemon = terway.world.context.rows.daemons[node]
    assert (daemon.manages_eips, "fallback to default config" in daemon.warning) == (True, True)
    assert terway.bound(terway.pod(annotations=AUTO, nodeName=node))


@pytest.mark.parametrize("reservation", ["1", "T", "True", "true"])
def test_reservations_are_parsed_as_go_parses_them(terway: Stage, reservation: str) -> None:
    """strconv.ParseBool decides about k8s.aliyun.com/pod-ip-reservation."""
    terway.pod(annotations={**AUTO, "k8s.aliyun.com/pod-ip-reservation": reservation})
    terway.delete_pod()
    assert [row.status for row in terway.eips()] == ["InUse"]


def test_the_open_source_installation_gives_eips_too(open_source_world: Stage) -> None:
    """DaemonSet and label "terway" with -daemon-mode ENIMultiIP: the mode is what its arguments say, not its name."""
    open_source_world.grant(*EIP_ACTIONS, role=scenario.load("legacy").cluster.worker_role)
    open_source_world.configure(enable_eip_pool="true")
    open_source_world.restart()
    assert open_source_world.bound(open_source_world.pod(annotations=AUTO))
