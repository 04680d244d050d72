"""Pod IPs come from ENIs, and are used again."""

from __future__ import annotations

import pytest

from tests.sandbox.world.stage import Stage, bare_pod


def _fill(stage: Stage, count: int) -> list[str]:
    """Pods on the first node; their IPs."""
    node = stage.objects.list("nodes")[0]["metadata"]["name"]
    for number in range(count):
        stage.apply("pods", bare_pod(f"p{number}", nodeName=node))
        stage.play(5)
    return [stage.get("pods", f"p{number}")["status"]["podIP"] for number in range(count)]


def test_a_second_eni_comes_when_the_first_is_full(modern_world: Stage) -> None:
    """An ENI gives ten IPs, its primary one included; the eleventh Pod gets one of another ENI with the cluster tag."""
    ips = _fill(modern_world, 11)
    enis = [eni for eni in modern_world.cloud.state.enis.values() if eni.type == "Secondary"]
    assert [eni.primary_ip for eni in enis] == [ips[0], ips[10]]
    assert all(dict(eni.tags)["ack.aliyun.com"].startswith("c7c3") for eni in enis)


def test_a_freed_ip_is_used_last(modern_world: Stage) -> None:
    """A freed IP goes to the end of the pool."""
    (first,) = _fill(modern_world, 1)
    modern_world.delete_pod("p0")
    assert first not in _fill(modern_world, 9)
    node = modern_world.objects.list("nodes")[0]["metadata"]["name"]
    assert modern_world.pod("again", nodeName=node)["status"]["podIP"] == first


def test_the_only_free_ip_is_used_again_at_once(modern_world: Stage) -> None:
    """On a full ENI a new Pod gets the IP of the Pod that has just gone, whatever is bound to it."""
    ips = _fill(modern_world, 10)
    modern_world.delete_pod("p4")
    node = modern_world.objects.list("nodes")[0]["metadata"]["name"]
    assert modern_world.pod("heir", nodeName=node)["status"]["podIP"] == ips[4]


def test_a_removed_node_takes_its_enis_and_pods_along(modern_world: Stage) -> None:
    """When a node goes, its ENIs and Pods go, and EIPs on them become Available."""
    (ip,) = _fill(modern_world, 1)
    node = modern_world.get("pods", "p0")["spec"]["nodeName"]
    eni = next(row for row in modern_world.cloud.state.enis.values() if ip == row.primary_ip)
    eip = modern_world.cloud.add_eip(
        status="InUse", instance_id=eni.eni_id, instance_type="NetworkInterface", private_ip=ip
    )
    modern_world.objects.delete("nodes", "", node)
    modern_world.play()
    assert modern_world.objects.get("pods", "default", "p0") is None
    assert len(modern_world.cloud.state.enis) == 2
    assert [(row.allocation_id, row.status) for row in modern_world.eips()] == [(eip, "Available")]


def test_no_pod_gets_an_ip_where_terway_is_down(modern_world: Stage) -> None:
    """Without a running Terway on its node a Pod hangs in ContainerCreating, with the CNI's words in an Event."""
    modern_world.configure(eni_tags="not a map")
    modern_world.restart()
    pod = modern_world.pod()
    assert pod["status"]["phase"] == "Pending"
    assert "connection refused" in modern_world.events("FailedCreatePodSandBox")[0]


@pytest.mark.parametrize(("switch", "status"), [("unbinds", "Available"), ("stays", "InUse")])
def test_an_idle_ip_goes_with_an_eip_still_on_it(switch: str, status: str) -> None:
    """Terway unassigns an IP that no Pod has used for idle_ip_reclaim_after; what the EIP then is, the switch says."""
    stage = Stage("idle-ips")
    stage.cloud.set_switches(unassigned_ip=switch)
    node = stage.objects.list("nodes")[0]["metadata"]["name"]
    ip = stage.pod("third", nodeName=node)["status"]["podIP"]
    place = next(row for row in stage.world.pods() if row.name == "third")
    allocation_id = stage.cloud.add_eip(
        status="InUse", instance_id=place.eni_id, instance_type="NetworkInterface", private_ip=ip
    )
    stage.delete_pod("third")
    assert ip in stage.cloud.state.enis[place.eni_id].secondary_ips
    stage.play(120)
    assert ip not in stage.cloud.state.enis[place.eni_id].secondary_ips
    found = stage.cloud.state.eip(allocation_id)
    assert found is not None
    assert found.status == status
