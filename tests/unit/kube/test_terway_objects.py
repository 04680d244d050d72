"""ENI ids from Terway's own objects."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.domain.terway.eni_records import AddressRecord, TerwayRecords
from eipctl.kube.reader import KubeReader
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Scripted


TERWAY = "/apis/network.alibabacloud.com/v1beta1/"
SYNCED = "2026-11-23T08:00:00Z"


@pytest.fixture
def reader(client: KubeClient) -> KubeReader:
    """The reader, as the engine sees it."""
    return KubeReader(client)


def pod_eni(uid: str, phase: str, *allocations: Any) -> dict[str, Any]:
    """A PodENI."""
    return {
        "metadata": {"name": uid, "annotations": {"k8s.aliyun.com/pod-uid": uid} if uid else None},
        "spec": {"allocations": list(allocations)},
        "status": {"phase": phase},
    }


def test_pod_enis(api: Scripted, reader: KubeReader) -> None:
    """Only bound PodENIs with a Pod's UID count; of several ENIs the default route's."""
    eth0 = {"ipv4": "10.0.0.1", "eni": {"id": "eni-0"}}
    eth1 = {"ipv4": "10.0.0.2", "eni": {"id": "eni-1"}, "defaultRoute": True}
    items = [
        pod_eni("one", "Bind", eth0),
        pod_eni("two", "Bind", eth0, eth1),
        pod_eni("leaving", "Detaching", eth0),
        pod_eni("", "Bind", eth0),
        pod_eni("none", "Bind"),
        pod_eni("half", "Bind", {"eni": {"id": "eni-0"}}),
    ]
    api.routes = {TERWAY + "podenis": {"items": items}}
    assert reader.terway_records().addresses == (
        AddressRecord(eni_id="eni-0", private_ip="10.0.0.1", primary=True, pod_uid="one"),
        AddressRecord(eni_id="eni-1", private_ip="10.0.0.2", primary=True, pod_uid="two"),
    )


def test_network_interfaces(api: Scripted, reader: KubeReader) -> None:
    """A bound NetworkInterface names its Pod by name, and counts as synced when it was made."""

    def item(phase: str, **spec: Any) -> dict[str, Any]:
        return {
            "metadata": {"name": "eni-7", "creationTimestamp": SYNCED},
            "spec": {"eni": {"id": "eni-7"}, "podENIRef": {"namespace": "shop", "name": "web"}, **spec},
            "status": {"phase": phase},
        }

    bound, going, empty = item("Bind", ipv4="10.0.0.7"), item("Unbind", ipv4="10.0.0.8"), item("Bind")
    api.routes = {TERWAY + "networkinterfaces": {"items": [bound, going, empty]}}
    synced = datetime(2026, 11, 23, 8, tzinfo=UTC)
    expected = AddressRecord(eni_id="eni-7", private_ip="10.0.0.7", primary=True, pod="shop/web", synced=synced)
    assert reader.terway_records().addresses == (expected,)


def test_nodes(api: Scripted, reader: KubeReader) -> None:
    """Valid IPs of ENIs in use count, with the Pod that Terway names; prefixes are told apart."""
    shared = {
        "status": "InUse",
        "ipv4": {
            "10.0.0.1": {"ip": "10.0.0.1", "primary": True, "status": "Valid"},
            "10.0.0.2": {"ip": "10.0.0.2", "status": "Valid", "podID": "shop/web", "podUID": "u-web"},
            "10.0.0.3": {"ip": "10.0.0.3", "status": "Deleting", "podID": "shop/old"},
        },
        "ipv4Prefix": [{"prefix": "10.0.1.0/28", "status": "Valid"}, {"prefix": "10.0.2.0/28", "status": "Deleting"}],
    }
    going = {"status": "Detaching", "ipv4": {"10.0.0.9": {"status": "Valid", "podID": "shop/x", "podUID": "u-x"}}}
    status = {"networkInterfaces": {"eni-1": shared, "eni-2": going}, "lastSyncOpenAPITime": SYNCED}
    api.routes = {TERWAY + "nodes": {"items": [{"metadata": {"name": "n"}, "status": status}]}}
    record = AddressRecord(
        eni_id="eni-1",
        private_ip="10.0.0.2",
        primary=False,
        pod="shop/web",
        pod_uid="u-web",
        synced=datetime(2026, 11, 23, 8, tzinfo=UTC),
    )
    assert reader.terway_records() == TerwayRecords((record,), ("10.0.1.0/28",))


def test_records_that_may_not_be_read(api: Scripted, reader: KubeReader) -> None:
    """Without the right to read them the ENI ids are asked of the cloud: they only save calls."""
    api.routes = {TERWAY + "podenis": Answer(403, {"message": "no"})}
    assert reader.terway_records() == TerwayRecords()
