"""The scenarios that come with the sandbox: what eipctl, as a process of its own, makes of each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.errors import SandboxError
from eipctl.sandbox.server import Sandbox
from eipctl.sandbox.world import scenario
from tests import forked
from tests.answers import read
from tests.sandbox.conftest import FAST

if TYPE_CHECKING:
    from collections.abc import Iterator

BIND = ("bind", "-A", "--dry-run", "-o", "json")
STATUS = ("status", "-A", "-o", "json")


class Place:
    """One sandbox, and eipctl in front of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def eipctl(self, *words: str) -> dict[str, Any]:
        """The envelope it prints."""
        return read(forked.run(words, {**os.environ, **self.sandbox.env()}).out)

    def planned(self, *words: str) -> set[tuple[str, str]]:
        """(verb, Pod or EIP) of every action that bind would take."""
        actions = self.eipctl(*BIND, *words)["data"]["actions"]
        return {(action["verb"], action["allocation_id"] or action["pod"]) for action in actions}

    def states(self) -> dict[str, tuple[str, str | None]]:
        """Pod to its state and who manages its EIP."""
        return {pod["name"]: (pod["state"], pod["managed_by"]) for pod in self.eipctl(*STATUS)["data"]["pods"]}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Each test seeds what it needs."""
    with Sandbox(tmp_path_factory.mktemp("scenarios") / "sandbox", speed=FAST) as sandbox:
        yield Place(sandbox)


def test_big_is_many_running_pods_that_ask(place: Place) -> None:
    """All Pods run on ENIs that the cloud knows; bind finds each of them and buys no more than it may."""
    place.sandbox.reset("big", 250)
    known = {ip for eni in place.sandbox.cloud.state.enis.values() for ip in (eni.primary_ip, *eni.secondary_ips)}
    assert {pod["status"]["podIP"] for pod in place.sandbox.objects.list("pods", "default")} < known
    envelope = place.eipctl(*BIND, "--max-allocate", "250")
    assert (envelope["data"]["counts"]["eligible"], envelope["data"]["counts"]["allocate"]) == (250, 250)
    assert place.eipctl(*BIND)["errors"][0]["code"] == "EIP605"


def test_the_controllers_agree_with_a_big_scenario(place: Place) -> None:
    """Its Pods are those that Deployments, ReplicaSets and DaemonSets want: nothing is made or deleted afterwards."""
    place.sandbox.reset("big", 120)
    before = {pod["metadata"]["uid"] for pod in place.sandbox.objects.list("pods")}
    place.sandbox.world.settle()
    assert {pod["metadata"]["uid"] for pod in place.sandbox.objects.list("pods")} == before
    (deployment,) = place.sandbox.objects.list("deployments")
    assert deployment["status"]["readyReplicas"] == 120


def test_two_clusters_keep_their_eips_apart(place: Place) -> None:
    """The neighbour's EIPs and hand-made ones are neither used nor called orphans, though its IPs are the same."""
    place.sandbox.reset("two-clusters")
    assert place.planned("--prune", "--grace", "0s") == {("allocate", "web"), ("associate", "web"), ("annotate", "web")}
    assert place.eipctl(*STATUS)["data"]["orphans"] == []


def test_mixed_versions_are_told_apart_by_node(place: Place) -> None:
    """In the midst of the upgrade Terway keeps the Pod of an old node; bind serves that of the new one."""
    place.sandbox.reset("mixed")
    assert place.states() == {"old-node": ("Bound", "terway"), "new-node": ("Pending", None)}
    assert {pod for _, pod in place.planned()} == {"new-node"}
    titles = [finding["title"] for finding in place.eipctl("check", "-o", "json")["data"]["findings"]]
    assert any("v1.13.0 on cn-hangzhou.10.0.0.13 has no EIP support" in title for title in titles)


def test_ack_extend_keeps_its_pods(place: Place) -> None:
    """Where ack-extend-network-controller works bind does nothing and says why for each Pod."""
    place.sandbox.reset("ack-extend")
    assert place.states() == {"web-0": ("Bound", "ack-extend"), "web-1": ("Pending", None)}
    data = place.eipctl(*BIND)["data"]
    assert (data["actions"], {skipped["code"] for skipped in data["skipped"]}) == ([], {"EIP313"})


def test_acs_serves_its_agent_sandboxes(place: Place) -> None:
    """bind leaves the Pod of an agent sandbox to ACS and says so; the Pod beside it is served."""
    place.sandbox.reset("acs")
    assert {pod for _, pod in place.planned()} == {"web"}
    skipped = {one["object"]: one["reason"] for one in place.eipctl(*BIND)["data"]["skipped"]}
    assert "the Pod runs on ACS" in skipped["pod/default/agent-0"]
    assert place.states()["agent-0"][0] == "Ineligible"


def test_terways_objects_tell_the_enis(place: Place) -> None:
    """With Terway's CRDs bind finds each Pod's ENI in them: shared ones, and the Pod's own behind a trunk."""
    place.sandbox.reset("trunk")

    def asked() -> int:
        """How often one plan asks ECS: whether this is the cluster's account, and what records no EIP confirms yet."""
        place.sandbox.calls.clear()
        place.planned()
        return sum(call["api"] == "DescribeNetworkInterfaces" for call in place.sandbox.calls.listing())

    assert {pod for _, pod in place.planned()} == {"own-eni", "web"}
    assert asked() == 2
    place.eipctl("bind", "-A", "--yes", "-o", "json")
    assert asked() == 1
    with place.sandbox.store.lock:
        enis = place.sandbox.cloud.state.enis
        bound = {(enis[row.instance_id].type, row.primary) for row in place.sandbox.cloud.eips()}
    assert ("Member", True) in bound
    assert {kind for kind, _ in bound} == {"Member", "Secondary"}


def test_terways_objects_follow_the_pods(place: Place) -> None:
    """They come and go with the Pod, and name its UID; the CRDs have the groups that clients look for."""
    place.sandbox.reset("trunk")
    with place.sandbox.world.paused():
        (pod_eni,) = place.sandbox.objects.list("podenis.network.alibabacloud.com")
        pod = place.sandbox.objects.get("pods", "default", "own-eni")
        assert pod is not None
        assert pod_eni["metadata"]["annotations"]["k8s.aliyun.com/pod-uid"] == pod["metadata"]["uid"]
        nodes = place.sandbox.objects.list("nodes.network.alibabacloud.com")
        holders = {
            ip["podID"]
            for node in nodes
            for interface in node["status"]["networkInterfaces"].values()
            for ip in interface["ipv4"].values()
            if "podID" in ip
        }
        assert holders == {"default/web"}
        place.sandbox.objects.delete("pods", "default", "own-eni", now=True)
        place.sandbox.world.settle()
        assert place.sandbox.objects.list("podenis.network.alibabacloud.com") == []
        assert place.sandbox.objects.list("networkinterfaces.network.alibabacloud.com") == []
        with place.sandbox.store.lock:
            assert all(eni.type != "Member" for eni in place.sandbox.cloud.state.enis.values())


def test_messy_is_put_in_order(place: Place) -> None:
    """Bind undoes the reused IP, starts and ends graces, leaves what can't be released, and touches nothing foreign."""
    place.sandbox.reset("messy")
    planned = place.planned("--prune")
    assert {
        ("unassociate", "eip-bp1reusedip00000000001"),
        ("tag", "eip-bp1orphannew0000000001"),
        ("release", "eip-bp1orphanold0000000001"),
        ("allocate", "heir"),
        ("annotate", "stale"),
    } <= planned
    unreleasable = {"locked0000001", "protected0001", "prepaid000001", "managed000001"}
    assert not {name for verb, name in planned if verb == "release" and name[13:] in unreleasable}
    assert not {name for _, name in planned if "foreign" in name or name == "by-hand"}
    assert place.states()["by-hand"] == ("Bound", "user")
    assert len(place.eipctl(*STATUS)["data"]["orphans"]) == 7


@pytest.mark.parametrize("name", scenario.names())
def test_reset_returns_to_the_beginning(place: Place, name: str) -> None:
    """After a reset every row is what it was, whatever was changed, and no resourceVersion is given twice."""
    place.sandbox.reset(name)
    rows = _rows(place.sandbox)
    version = place.sandbox.objects.version
    with place.sandbox.world.paused():
        place.sandbox.cloud.add_eip(name="more")
        place.sandbox.cloud.set_quota(3)
        place.sandbox.objects.delete("nodes", "", "cn-hangzhou.10.0.0.11")
        place.sandbox.reset()
        assert _rows(place.sandbox) == rows
        assert place.sandbox.objects.version > version


def _rows(sandbox: Sandbox) -> dict[str, Any]:
    tables = sandbox.store.snapshot()
    return {
        name: {key: repr(value) for key, value in rows.items()} for name, rows in tables.items() if name[:4] != "kube"
    }


def test_only_a_scenario_with_a_fleet_can_be_sized(place: Place) -> None:
    """--pods with another scenario is refused before anything is forgotten."""
    with pytest.raises(SandboxError, match="no adjustable number of Pods"):
        place.sandbox.reset("modern", 10)
