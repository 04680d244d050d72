"""PodEIP objects of ack-extend-network-controller, as the reader tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import KubeError
from eipctl.domain.pod_eips import FINALIZER, PodEip
from eipctl.domain.strategy import FOLLOW, Strategy
from eipctl.kube.reader import KubeReader
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Scripted

POD_EIPS = "/apis/alibabacloud.com/v1beta1/podeips"
NEVER = Strategy(None)


@pytest.fixture
def reader(client: KubeClient) -> KubeReader:
    """The reader, as the engine sees it."""
    return KubeReader(client)


def test_what_an_object_tells(api: Scripted, reader: KubeReader) -> None:
    """EIP, type, strategy, place and finalizers; an object that tells nothing is one, too."""
    meta = {"namespace": "shop", "name": "web", "uid": "u", "resourceVersion": "7", "finalizers": [FINALIZER]}
    full = {
        "metadata": {**meta, "deletionTimestamp": "2026-11-23T08:00:00Z"},
        "spec": {"allocationID": "eip-1", "allocationType": {"type": "Auto", "releaseStrategy": "Never"}},
        "status": {"networkInterfaceID": "eni-1", "privateIPAddress": "10.0.0.1", "eipAddress": "47.1.1.1"},
    }
    api.routes = {POD_EIPS: {"items": [full, {"metadata": {"namespace": "shop", "name": "bare"}}]}}
    assert reader.pod_eips() == (
        PodEip(
            namespace="shop",
            name="web",
            uid="u",
            resource_version="7",
            finalizers=(FINALIZER,),
            leaving=True,
            allocation_id="eip-1",
            allocation_type="Auto",
            strategy=NEVER,
            eni_id="eni-1",
            private_ip="10.0.0.1",
            address="47.1.1.1",
        ),
        PodEip(namespace="shop", name="bare"),
    )


@pytest.mark.parametrize(
    ("kind", "strategy"),
    [
        ({}, FOLLOW),
        ({"releaseStrategy": "Follow", "releaseAfter": "10m"}, FOLLOW),
        ({"releaseStrategy": "TTL", "releaseAfter": "10m"}, Strategy(600.0)),
        ({"releaseStrategy": "TTL", "releaseAfter": "soon"}, NEVER),
        ({"releaseStrategy": "TTL"}, NEVER),
        ({"releaseStrategy": "Never"}, NEVER),
        ({"releaseStrategy": "Later"}, NEVER),
    ],
)
def test_a_strategy_that_can_not_be_read_keeps_the_eip(
    api: Scripted, reader: KubeReader, kind: dict[str, Any], strategy: Strategy
) -> None:
    """Only Follow, which is the default, and a TTL that is a duration ever let it go."""
    item = {"metadata": {"namespace": "shop", "name": "web"}, "spec": {"allocationType": {"type": "Auto", **kind}}}
    api.routes = {POD_EIPS: {"items": [item]}}
    assert [found.strategy for found in reader.pod_eips()] == [strategy]


def test_the_kind_may_be_absent(api: Scripted, reader: KubeReader) -> None:
    """That is no error, also where RBAC answers before it."""
    api.routes = {}
    assert reader.pod_eips() == ()
    api.routes = {POD_EIPS: Answer(403, {"message": "no"})}
    assert reader.pod_eips() == ()


@pytest.mark.parametrize(
    ("served", "unread"), [(("v2",), "alibabacloud.com/v2"), (("v2", "v1beta1"), ""), (("v1beta1",), "")]
)
def test_objects_of_another_version_are_not_taken_for_none(
    api: Scripted, reader: KubeReader, served: tuple[str, ...], unread: str
) -> None:
    """adopt says so; of both versions the known one is read."""
    versions = [{"groupVersion": f"alibabacloud.com/{name}"} for name in served]
    kinds = {"resources": [{"name": "podeips", "kind": "PodEIP", "namespaced": True, "singularName": ""}]}
    group = {"name": "alibabacloud.com", "preferredVersion": versions[0], "versions": versions}
    api.routes = {"/apis/alibabacloud.com": group} | {f"/apis/{each['groupVersion']}": kinds for each in versions}
    assert reader.unread_pod_eips() == unread


def test_objects_that_may_not_be_read(api: Scripted, reader: KubeReader) -> None:
    """Who may not list PodEIPs that exist can't know whether Pods are another controller's: that is an error."""
    group = {"name": "alibabacloud.com", "preferredVersion": {"groupVersion": "alibabacloud.com/v1beta1"}}
    kinds = {"resources": [{"name": "podeips", "kind": "PodEIP", "namespaced": True, "singularName": ""}]}
    api.routes = {
        POD_EIPS: Answer(403, {"message": "no"}),
        "/apis/alibabacloud.com": group,
        "/apis/alibabacloud.com/v1beta1": kinds,
    }
    with pytest.raises(KubeError):
        reader.pod_eips()
