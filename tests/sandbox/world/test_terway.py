"""The simulated Terway gives EIPs only when every step was right, and takes them back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.world.terway_config import Unusable, read, version_of
from tests.sandbox.world.stage import AUTO, EIP_ACTIONS, ready

if TYPE_CHECKING:
    from tests.sandbox.world.stage import Stage

RESULT = "k8s.aliyun.com/allocated-eipAddress"


def _result(pod: dict[str, Any]) -> str | None:
    found: str | None = pod["metadata"].get("annotations", {}).get(RESULT)
    return found


def test_gives_an_eip_after_all_three_steps(legacy_world: Stage) -> None:
    """With rights, flag and restart, an annotated Pod starts with an EIP on its IP and is told the address."""
    legacy_world.set_up()
    pod = legacy_world.pod(annotations={**AUTO, "k8s.aliyun.com/eip-bandwidth": "7"})
    (eip,) = legacy_world.bound(pod)
    assert (_result(pod), eip.bandwidth, eip.internet_charge_type) == (eip.address, 7, "PayByTraffic")
    assert ready([pod])


def test_calls_in_terways_own_order(legacy_world: Stage) -> None:
    """The calls for one Pod are those of Terway v1.6.4, with no token and no tag."""
    legacy_world.set_up()
    legacy_world.pod(annotations=AUTO)
    calls = [call["api"] for call in legacy_world.world.context.calls.listing()]
    assert calls == [
        "DescribeNetworkInterfaces",
        "DescribeNetworkInterfaces",
        "DescribeEipAddresses",
        "AllocateEipAddress",
        "AssociateEipAddress",
        "DescribeEipAddresses",
    ]
    assert legacy_world.eips()[0].tags == ()


def test_gives_none_without_the_flag(legacy_world: Stage) -> None:
    """Without enable_eip_pool the Pod starts without an EIP."""
    legacy_world.grant(*EIP_ACTIONS)
    legacy_world.restart()
    assert (_result(legacy_world.pod(annotations=AUTO)), legacy_world.eips()) == (None, [])


@pytest.mark.parametrize("flag", ["false", "True", "1", "yes", ""])
def test_gives_none_for_another_text(legacy_world: Stage, flag: str) -> None:
    """Only the text true switches Terway's EIP mode on; any other text leaves it off without a word."""
    legacy_world.grant(*EIP_ACTIONS)
    legacy_world.configure(enable_eip_pool=flag)
    legacy_world.restart()
    assert len(ready(legacy_world.pods("kube-system"))) == 3
    assert (_result(legacy_world.pod(annotations=AUTO)), legacy_world.eips()) == (None, [])


def test_gives_none_before_the_restart(legacy_world: Stage) -> None:
    """A flag that was set after Terway's start is not known to it."""
    legacy_world.grant(*EIP_ACTIONS)
    legacy_world.configure(enable_eip_pool="true")
    assert (_result(legacy_world.pod(annotations=AUTO)), legacy_world.eips()) == (None, [])


@pytest.mark.parametrize("missing", [a for a in EIP_ACTIONS if a[4:12] in ("Allocate", "Associat", "Describe")][1:])
def test_pod_hangs_without_a_right(legacy_world: Stage, missing: str) -> None:
    """Without one of the rights the Pod stays in ContainerCreating with Terway's error; the right lets it start."""
    legacy_world.grant(*(action for action in EIP_ACTIONS if action != missing))
    legacy_world.configure(enable_eip_pool="true")
    legacy_world.restart()
    pod = legacy_world.pod(annotations=AUTO)
    state = pod["status"]["containerStatuses"][0]["state"]["waiting"]
    if missing != "vpc:DescribeEipAddresses" or legacy_world.events("FailedCreatePodSandBox"):
        assert "error allocate eip info: Forbidden.RAM" in legacy_world.events("FailedCreatePodSandBox")[0]
    assert (pod["status"]["phase"], state["reason"]) == ("Pending", "ContainerCreating")
    legacy_world.grant(missing)
    legacy_world.play()
    assert _result(legacy_world.get("pods", "p"))


def test_asks_with_the_rights_of_the_role_in_eni_conf(legacy_world: Stage) -> None:
    """Rights of the worker role count only when eni_conf names no credential_path."""
    worker = next(name for name in legacy_world.cloud.state.roles.keys() if name.startswith("KubernetesWorkerRole"))  # noqa: SIM118 - a table
    legacy_world.grant(*EIP_ACTIONS, role=worker)
    legacy_world.configure(enable_eip_pool="true")
    legacy_world.restart()
    assert legacy_world.pod("one", AUTO)["status"]["phase"] == "Pending"
    legacy_world.configure(credential_path=None)
    legacy_world.restart()
    assert _result(legacy_world.pod("two", AUTO))


def test_asks_with_the_access_key_in_eni_conf(legacy_world: Stage) -> None:
    """An access_key in eni_conf comes before any role; a wrong one ends Terway."""
    legacy_world.configure(
        enable_eip_pool="true", access_key="LTAI5tSandboxRoot0000001", access_secret="made-up-secret-of-the-account1"
    )
    legacy_world.restart()
    assert _result(legacy_world.pod(annotations=AUTO))
    legacy_world.configure(access_secret="wrong")
    legacy_world.restart()
    assert ready(legacy_world.pods("kube-system")) == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"enable_eip_pool": True}, "cannot unmarshal bool into Go struct field Config.enable_eip_pool of type string"),
        ({"allow_eip_rob": True}, "Config.allow_eip_rob of type string"),
        ({"enable_eip_migrate": "true"}, "cannot unmarshal string into Go struct field Config.enable_eip_migrate"),
        ({"max_pool_size": "5"}, "Config.max_pool_size of type int"),
        ({"eni_tags": {"ack.aliyun.com": 7}}, "cannot unmarshal number"),
        ({"vswitches": {"cn-hangzhou-h": "vsw-1"}}, "cannot unmarshal string"),
    ],
)
def test_crash_loops_on_a_wrong_json_type(legacy_world: Stage, settings: dict[str, Any], words: str) -> None:
    """A value of the wrong JSON type crash-loops Terway on every node, and a repaired one lets it run again."""
    legacy_world.configure(**settings)
    legacy_world.restart()
    pods = legacy_world.pods("kube-system")
    assert ready(pods) == []
    for pod in pods:
        waiting = pod["status"]["containerStatuses"][0]["state"]["waiting"]
        assert waiting["reason"] == "CrashLoopBackOff"
        assert words in waiting["message"]
    legacy_world.configure(**dict.fromkeys(settings))
    legacy_world.play(600)
    assert len(ready(legacy_world.pods("kube-system"))) == 3


def test_modern_terway_ignores_the_flag(modern_world: Stage) -> None:
    """From v1.7.0 on Terway gives no EIP whatever is set; from v1.9.6 on the flag is just an unknown key."""
    modern_world.grant(*EIP_ACTIONS)
    modern_world.configure(enable_eip_pool=True)
    modern_world.restart()
    assert len(ready(modern_world.pods("kube-system"))) == 3
    assert _result(modern_world.pod(annotations=AUTO)) is None


@pytest.mark.parametrize("image", ["terway:v1.7.0", "terway:v1.0.10.263-gdbe50a9-aliyun", "terway:v1.13.0", "terway"])
def test_versions_without_eip_code(image: str) -> None:
    """Outside the window, or without a version, the flag does nothing."""
    assert not read('{"enable_eip_pool": "true"}', "", version_of(image)).enable_eip_pool


@pytest.mark.parametrize(
    "image", ["terway:v1.6.3", "r.io/acs/terway:v1.0.10.280-gdc2cb6c-aliyun@sha256:00", "t:v1.2.3"]
)
def test_versions_with_eip_code(image: str) -> None:
    """Inside the window the flag must be the text true."""
    assert read('{"enable_eip_pool": "true"}', "", version_of(image)).enable_eip_pool
    with pytest.raises(Unusable):
        read('{"enable_eip_pool": true}', "", version_of(image))


def test_node_configuration_wins(legacy_world: Stage) -> None:
    """A node's terway-config is merged over eni-config, on that node only."""
    legacy_world.set_up()
    override = {"eni_conf": '{"enable_eip_pool": null}'}
    metadata = {"name": "no-eip", "namespace": "kube-system"}
    legacy_world.apply("configmaps", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": override})
    first, second, _ = (node["metadata"]["name"] for node in legacy_world.objects.list("nodes"))
    legacy_world.edit("nodes", first, lambda node: node["metadata"]["labels"].update({"terway-config": "no-eip"}), "")
    legacy_world.restart()
    assert _result(legacy_world.pod("one", AUTO, nodeName=first)) is None
    assert _result(legacy_world.pod("two", AUTO, nodeName=second))


def test_releases_the_eip_with_its_pod(legacy_world: Stage) -> None:
    """An EIP that Terway allocated is released when its Pod goes; one that the Pod named is only unbound."""
    legacy_world.set_up()
    given = legacy_world.cloud.add_eip()
    legacy_world.pod("auto", AUTO)
    named = legacy_world.pod("named", {"k8s.aliyun.com/pod-eip-instanceid": given})
    assert [row.allocation_id for row in legacy_world.bound(named)] == [given]
    legacy_world.delete_pod("auto")
    legacy_world.delete_pod("named")
    assert [(row.allocation_id, row.status) for row in legacy_world.eips()] == [(given, "Available")]


def test_named_eip_in_use_hangs_the_pod_or_is_robbed(legacy_world: Stage) -> None:
    """A named EIP that another Pod has keeps the new Pod waiting, until allow_eip_rob lets Terway take it."""
    legacy_world.set_up()
    given = {"k8s.aliyun.com/pod-eip-instanceid": legacy_world.cloud.add_eip()}
    first = legacy_world.pod("first", given)
    assert legacy_world.pod("second", given)["status"]["phase"] == "Pending"
    assert "status is not Available" in legacy_world.events("FailedCreatePodSandBox")[0]
    legacy_world.configure(allow_eip_rob="true")
    legacy_world.restart()
    legacy_world.play()
    assert legacy_world.bound(first) == []
    assert len(legacy_world.bound(legacy_world.get("pods", "second"))) == 1


def test_forgets_its_eips_when_started_without_the_flag(legacy_world: Stage) -> None:
    """After a start with the flag off the EIP stays bound, and is not released with its Pod."""
    legacy_world.set_up()
    pod = legacy_world.pod(annotations=AUTO)
    legacy_world.configure(enable_eip_pool=None)
    legacy_world.restart()
    assert len(legacy_world.bound(pod)) == 1
    legacy_world.delete_pod()
    assert len(legacy_world.eips()) == 1


def test_loses_its_eips_with_the_node(legacy_world: Stage) -> None:
    """A removed node's database is lost: the EIP of its Pod stays behind, Available."""
    legacy_world.set_up()
    pod = legacy_world.pod(annotations=AUTO)
    legacy_world.objects.delete("nodes", "", pod["spec"]["nodeName"])
    legacy_world.play()
    assert [row.status for row in legacy_world.eips()] == ["Available"]
    assert len(legacy_world.world.context.rows.database) == 0


def test_takes_over_an_eip_that_is_on_the_pods_ip(legacy_world: Stage) -> None:
    """An EIP found on the Pod's IP is taken for Terway's own, and released with the Pod."""
    legacy_world.set_up()
    node = legacy_world.objects.list("nodes")[0]["metadata"]["name"]
    legacy_world.pod("first", nodeName=node)
    eni = next(row for row in legacy_world.cloud.state.enis.values() if row.type == "Secondary")
    legacy_world.cloud.add_eip(
        status="InUse",
        instance_id=eni.eni_id,
        instance_type="NetworkInterface",
        private_ip=eni.secondary_ips[0],
    )
    pod = legacy_world.pod("second", AUTO, nodeName=node)
    assert pod["status"]["podIP"] == eni.secondary_ips[0]
    assert _result(pod) == legacy_world.eips()[0].address
    legacy_world.delete_pod("second")
    assert legacy_world.eips() == []


def test_quota_hangs_the_pod(legacy_world: Stage) -> None:
    """When the account has no EIPs left the Pod waits, and starts when there is one."""
    legacy_world.set_up()
    legacy_world.cloud.set_quota(0)
    assert legacy_world.pod(annotations=AUTO)["status"]["phase"] == "Pending"
    assert "QuotaExceeded.Eip" in legacy_world.events("FailedCreatePodSandBox")[0]
    legacy_world.cloud.set_quota(1)
    legacy_world.play()
    assert _result(legacy_world.get("pods", "p"))


def test_many_pods_at_once_leave_nothing_behind(legacy_world: Stage) -> None:
    """Pods that come and go together on one ENI, which takes one change at a time, all get EIPs and give them back."""
    legacy_world.set_up()
    node = legacy_world.objects.list("nodes")[0]["metadata"]["name"]
    for number in range(5):
        pod = {"name": f"p{number}", "namespace": "default", "annotations": AUTO}
        spec = {"containers": [{"name": "main", "image": "nginx"}], "nodeName": node}
        legacy_world.apply("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": pod, "spec": spec})
    legacy_world.play(300)
    assert len({row.private_ip for row in legacy_world.eips() if row.status == "InUse"}) == 5
    assert legacy_world.events("FailedCreatePodSandBox") == []
    for number in range(5):
        legacy_world.objects.delete("pods", "default", f"p{number}")
    legacy_world.play(300)
    assert (legacy_world.pods(), legacy_world.eips()) == ([], [])
