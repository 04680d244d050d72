"""The worlds that the fault tests spoil, and the promises that must hold in the end, seen in its own state."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.faults.stage import AUTO, GATE, named

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from eipctl.sandbox.cloud.rows import EipRow
    from tests.faults.lab import Lab

RESULT = "k8s.aliyun.com/allocated-eipAddress"
PACKAGE = "cbwp-shared"
IN_PACKAGE = AUTO | {"k8s.aliyun.com/eip-common-bandwidth-package-id": PACKAGE}
NEVER = AUTO | {"k8s.aliyun.com/pod-eip-release-strategy": "Never"}
WIDE = AUTO | {"k8s.aliyun.com/eip-bandwidth": "9"}
LENT = {"team": "games"}
POOL = "eipctl-pool"
OF_POOL = {"eipctl.io/pool": "partners"}
CROWD = {"team": "web"}


def everyday(lab: Lab) -> None:
    """Pods that have come, gone and changed their mind: every changing call of bind is made."""
    stage, cloud = lab.stage, lab.sandbox.cloud
    cloud.add_bandwidth_package(PACKAGE)
    lab.lent = lent = [cloud.add_eip(name=f"lent-{number}", tags=LENT) for number in range(2)]
    stage.add_pod("gone-auto", AUTO)
    stage.add_pod("gone-given", named(lent[0]))
    stage.add_pod("gone-packaged", IN_PACKAGE)
    stage.add_pod("wide", AUTO)
    assert lab.run() == []
    for name in ("gone-auto", "gone-given", "gone-packaged"):
        stage.delete_pod(name)
    annotate(lab, "wide", WIDE)
    stage.add_pod("auto", AUTO, gate=True)
    stage.add_pod("given", named(lent[1]))
    stage.add_pod("packaged", IN_PACKAGE)
    lab.sandbox.objects.delete("leases", "kube-system", "eipctl")


def handed_on(lab: Lab) -> None:
    """A stateful Pod returns, two Pods have each other's IP, one has the IP of a gone Pod."""
    stage, lab.lent = lab.stage, []
    stage.deploy("db", 1, NEVER, kind="StatefulSet")
    for name in ("left", "right"):
        stage.add_pod(name, AUTO)
    before = stage.add_pod("before", AUTO)
    assert lab.run() == []
    stage.replace_pod("db-0")
    stage.swap_ips("left", "right")
    stage.delete_pod("before")
    stage.reuse_ip(before, "after", AUTO)


def pooled(lab: Lab) -> None:
    """Three EIPs are lent to a pool; two Pods that had one are gone, one has returned elsewhere, two are new."""
    stage, cloud = lab.stage, lab.sandbox.cloud
    consent = stage.consent("partners")
    lab.lent = [cloud.add_eip(name=f"lent-{number}", tags=LENT | consent) for number in range(3)]
    stage.deploy("db", 1, OF_POOL, kind="StatefulSet")
    before = stage.add_pod("gone", OF_POOL)
    stage.add_pod("earlier", OF_POOL)
    assert lab.run() == []
    stage.delete_pod("earlier")
    assert lab.run() == []
    stage.delete_pod("gone")
    stage.replace_pod("db-0")
    stage.reuse_ip(before, "after", AUTO)
    stage.add_pod("new", OF_POOL, gate=True)
    stage.add_pod("last", OF_POOL)


WORLDS: dict[str, Callable[[Lab], None]] = {"everyday": everyday, "handed on": handed_on, "pooled": pooled}


def crowd(lab: Lab) -> None:
    """So many other EIPs that a list of all has a second page."""
    lab.sandbox.cloud.set_quota(200)
    for _ in range(100):
        lab.sandbox.cloud.add_eip(tags=CROWD)


def annotate(lab: Lab, name: str, annotations: Mapping[str, str | None]) -> None:
    """Somebody changes a Pod's annotations; None takes one off."""
    with lab.sandbox.store.transaction():
        pod = lab.stage.pod(name)
        assert pod is not None
        merged = {**pod["metadata"].get("annotations", {}), **annotations}
        kept = {key: value for key, value in merged.items() if value is not None}
        lab.sandbox.objects.update("pods", {**pod, "metadata": {**pod["metadata"], "annotations": kept}})


def broken(lab: Lab) -> list[str]:
    """Which promises do not hold (B1, B2, B3, B4, B6)."""
    pods = [pod for pod in lab.sandbox.objects.list("pods") if asks(pod)]
    rows = [row for row in lab.sandbox.cloud.eips() if row.status != "Releasing"]
    return [*_unserved(pods, rows), *_astray(lab, pods, rows)]


def asks(pod: dict[str, Any]) -> bool:
    """Whether a living Pod wants an EIP."""
    annotations = pod["metadata"].get("annotations", {})
    return pod["status"].get("phase") == "Running" and any(key in annotations for key in (*AUTO, *OF_POOL, *named("")))


def _unserved(pods: Iterable[dict[str, Any]], rows: list[EipRow]) -> Iterable[str]:
    """Pods without exactly one EIP that is tagged for them, and those that tell another address."""
    for pod in pods:
        name, annotations = pod["metadata"]["name"], pod["metadata"].get("annotations", {})
        bound = [row for row in rows if row.status == "InUse" and row.private_ip == pod["status"]["podIP"]]
        if [dict(row.tags).get("eipctl-pod-uid") for row in bound] != ["u-" + pod["metadata"]["uid"]]:
            yield f"B3: {name} has {bound}"
        elif annotations.get(RESULT) != bound[0].address:
            yield f"B6: {name} tells {annotations.get(RESULT)} and has {bound[0].address}"
        elif annotations.get(next(iter(named(""))), bound[0].allocation_id) != bound[0].allocation_id:
            yield f"B2: {name} names another EIP than {bound[0].allocation_id}"
        gates = [item["status"] for item in pod["status"]["conditions"] if item["type"] == GATE]
        if pod["spec"].get("readinessGates") and gates != ["True"]:
            yield f"B6: the gate of {name} is {gates}"


def _without_pool(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key != POOL}


def _astray(lab: Lab, pods: Iterable[dict[str, Any]], rows: list[EipRow]) -> Iterable[str]:
    """EIPs of ours that no living Pod has, and lent ones that are not as they were."""
    places = {"u-" + pod["metadata"]["uid"]: pod["status"]["podIP"] for pod in pods}
    for row in rows:
        tags = dict(row.tags)
        if tags.get("eipctl-cluster") == lab.sandbox.cluster_id:
            unused = tags["eipctl-role"] == "pooled" and POOL in tags and row.status == "Available"
            kept = unused or (tags["eipctl-strategy"] == "s-Never" and tags["eipctl-pod-uid"] not in places)
            if not kept and (places.get(tags["eipctl-pod-uid"]) != row.private_ip or row.status != "InUse"):
                yield f"B1, B4: {row}"
        elif (tags, row.status) != (CROWD, "Available") and (_without_pool(tags) != LENT or row.status != "Available"):
            yield f"B2: {row}"
    lent = [row for row in rows if ("team", "games") in row.tags]
    if len(lent) != len(lab.lent):
        yield f"B2: of the lent {lab.lent} only {lent} are left"
