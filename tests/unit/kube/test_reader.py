"""What the reader makes of the API server's answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError, UsageError
from eipctl.domain.facts import ConfigMap, Node, OwnerRef, Pod
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.rights import Right
from eipctl.domain.terway.eni_records import TerwayRecords
from eipctl.kube.reader import KubeReader
from eipctl.kube.writer import KubeWriter
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Scripted

PODS = "/api/v1/namespaces/shop/pods"
AT_ONCE = {"Retry-After": "0"}
EXPIRED = Answer(410, {"kind": "Status", "reason": "Expired", "message": "The provided continue parameter is too old"})


@pytest.fixture
def reader(client: KubeClient) -> KubeReader:
    """The reader, as the engine sees it."""
    return KubeReader(client)


def pod(name: str = "web-0", **parts: Any) -> dict[str, Any]:
    """A Pod as the API server writes it."""
    meta = {"name": name, "namespace": "shop", "uid": f"uid-{name}", "creationTimestamp": "2026-11-23T08:20:09Z"}
    return {
        "metadata": {**meta, **parts.get("metadata", {})},
        "spec": {"containers": [{"name": "c", "image": "nginx"}], **parts.get("spec", {})},
        "status": {"phase": "Running", **parts.get("status", {})},
    }


def page(*items: Any, token: str = "") -> Answer:
    """One page of a list."""
    return Answer(body={"kind": "List", "metadata": {"continue": token, "resourceVersion": "9"}, "items": [*items]})


FULL = pod(
    metadata={
        "resourceVersion": "12",
        "labels": {"app": "web"},
        "annotations": {"k8s.aliyun.com/pod-with-eip": "true", "empty": None},
        "managedFields": [{"fieldsV1": {"f:x": {}}}],
        "ownerReferences": [
            {"kind": "Backup", "name": "b", "uid": "1"},
            {"kind": "StatefulSet", "name": "web", "uid": "2", "controller": True},
        ],
    },
    spec={"nodeName": "node-1", "readinessGates": [{"conditionType": "k8s.aliyun.com/eip"}]},
    status={
        "podIP": "fd00::1",
        "podIPs": [{"ip": "fd00::1"}, {"ip": "10.0.0.9"}],
        "conditions": [{"type": "Ready", "status": "True"}],
        "initContainerStatuses": [{"state": {"waiting": {"reason": "CrashLoopBackOff"}}}],
        "containerStatuses": [{"state": {"running": {}}}, {"state": {"waiting": {"reason": "PodInitializing"}}}, {}],
    },
)


def test_a_pod_in_full(api: Scripted, reader: KubeReader) -> None:
    """Every field that eipctl knows is read; an IPv4 address is preferred, and only the controller owns."""
    api.routes = {f"{PODS}/web-0": FULL}
    assert reader.pod("shop", "web-0") == Pod(
        namespace="shop",
        name="web-0",
        uid="uid-web-0",
        created=datetime(2026, 11, 23, 8, 20, 9, tzinfo=UTC),
        node="node-1",
        ip="10.0.0.9",
        phase="Running",
        ready=True,
        labels={"app": "web"},
        **annotation_fields({"k8s.aliyun.com/pod-with-eip": "true", "empty": ""}),
        owner=OwnerRef("StatefulSet", "web", "2"),
        images=("nginx",),
        waiting=("CrashLoopBackOff", "PodInitializing"),
        resource_version="12",
        eip_gate=True,
    )


def test_a_pod_with_nothing(api: Scripted, reader: KubeReader) -> None:
    """Absent and null fields are empty, never an error."""
    nulls = {"podIP": None, "podIPs": None, "conditions": None, "containerStatuses": None, "phase": None}
    api.routes = {f"{PODS}/web-0": pod(spec={"nodeName": None, "hostNetwork": None}, status=nulls)}
    found = reader.pod("shop", "web-0")
    assert found is not None
    assert (found.ip, found.node, found.phase, found.ready, found.host_network) == ("", "", "Pending", False, False)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        ({"metadata": {"deletionTimestamp": "2026-11-23T08:30:00Z"}}, (True, False, False)),
        ({"status": {"phase": "Succeeded"}}, (False, True, False)),
        ({"status": {"phase": "Failed"}}, (False, True, False)),
        ({"spec": {"hostNetwork": True}}, (False, False, True)),
    ],
)
def test_pods_in_special_states(
    api: Scripted, reader: KubeReader, parts: dict[str, Any], expected: tuple[bool, bool, bool]
) -> None:
    """Leaving, finished and host-network Pods are told apart."""
    api.routes = {f"{PODS}/web-0": pod(**parts)}
    found = reader.pod("shop", "web-0")
    assert found is not None
    assert (found.terminating, found.finished, found.host_network) == expected


_STATUS = {"kind": "Status", "reason": "NotFound", "code": 404, "details": {"name": "web-0", "kind": "pods"}}


@pytest.mark.parametrize(
    "body",
    [
        b"404 page not found",
        b"",
        b"<html>404</html>",
        {"kind": "Status", "reason": "NotFound", "code": 404, "message": "the server could not find the resource"},
        _STATUS | {"details": {"name": "web-1", "kind": "pods"}},
        _STATUS | {"details": {"name": "web-0", "kind": "services"}},
        _STATUS | {"details": []},
        _STATUS | {"details": {"name": 7, "kind": "pods"}},
        _STATUS | {"reason": "Expired"},
        _STATUS | {"kind": "Pod"},
        [_STATUS],
    ],
)
def test_only_the_api_servers_own_word_about_this_pod_proves_its_absence(
    api: Scripted, reader: KubeReader, client: KubeClient, body: object
) -> None:
    """A gateway's 404, or one about another object, is a failed read: whoever asked must not take it for gone."""
    writer = KubeWriter(client)
    api.plan(Answer(404, body), Answer(404, body), Answer(404, _STATUS), Answer(404, _STATUS))
    with pytest.raises(KubeError) as raised:
        reader.pod("shop", "web-0")
    assert raised.value.status == 404
    with pytest.raises(KubeError):
        writer.delete_pod("shop", "web-0", "u-1")
    assert reader.pod("shop", "web-0") is None
    writer.delete_pod("shop", "web-0", "u-1")


def test_what_is_absent(api: Scripted, reader: KubeReader) -> None:
    """A Status NotFound is no Pod, no ConfigMap, no UID and no PodENI."""
    assert reader.pod("shop", "web-0") is None
    assert reader.config_map("kube-system", "eni-config") is None
    assert reader.namespace_uid("kube-system") == ""
    assert reader.terway_records() == TerwayRecords()
    assert len(api.seen) == 6


def test_a_name_is_quoted(api: Scripted, reader: KubeReader) -> None:
    """A name can't reach another path."""
    assert reader.pod("shop", "../../nodes/n?x=1") is None
    assert api.seen[0].path == f"{PODS}/..%2F..%2Fnodes%2Fn%3Fx%3D1"


def test_a_list_in_pages(api: Scripted, reader: KubeReader) -> None:
    """All pages are asked for, 500 objects each, with the selectors on every one."""
    api.plan(page(pod("a"), token="next"), page(pod("b"), token="last"), page(pod("c")))
    listing = reader.pods("shop", label_selector="app=web", field_selector="spec.nodeName=n")
    assert ([found.name for found in listing.pods], listing.complete) == (["a", "b", "c"], True)
    selectors = {"labelSelector": "app=web", "fieldSelector": "spec.nodeName=n", "limit": "500"}
    assert [seen.query for seen in api.seen] == [
        selectors,
        {**selectors, "continue": "next"},
        {**selectors, "continue": "last"},
    ]


def test_all_namespaces_and_an_empty_list(api: Scripted, reader: KubeReader) -> None:
    """None asks for all namespaces; null items are no Pods, completely."""
    api.plan(Answer(body={"items": None, "metadata": {}}))
    listing = reader.pods(None)
    assert (listing.pods, listing.complete, api.seen[0].path) == ((), True, "/api/v1/pods")


def test_a_list_whose_pages_expire_is_begun_anew(api: Scripted, reader: KubeReader) -> None:
    """410 in the middle starts the list again, without what the first start brought."""
    api.plan(page(pod("old"), token="t"), EXPIRED, page(pod("new"), token="t"), page(pod("newer")))
    listing = reader.pods("shop")
    assert ([found.name for found in listing.pods], listing.complete) == (["new", "newer"], True)


@pytest.mark.parametrize("tokens", [["t", "t"], ["t", "u", "t"]])
def test_a_list_whose_pages_go_round_in_a_circle_ends(api: Scripted, reader: KubeReader, tokens: list[str]) -> None:
    """A proxy that answers from a cache: what came is kept, and said to be incomplete."""
    api.plan(*(page(pod(f"p{number}"), token=token) for number, token in enumerate(tokens)))
    listing = reader.pods("shop")
    assert (len(listing.pods), listing.complete, len(api.seen)) == (len(tokens), False, len(tokens))
    assert listing.why == f"page {len(tokens)} leads back to an earlier one"


def test_a_list_that_always_expires_is_incomplete(api: Scripted, reader: KubeReader) -> None:
    """After three starts the list is given up, honestly."""
    api.plan(*[page(pod("a"), token="t"), EXPIRED] * 3)
    listing = reader.pods("shop")
    assert (listing.complete, listing.why, len(api.seen)) == (False, "page 2 expired, 3 times", 6)


@pytest.mark.parametrize("failure", [Answer(503, {}, AT_ONCE), Answer(403, {}), Answer(body=b"<html>")])
def test_a_later_page_that_fails_leaves_the_list_incomplete(api: Scripted, reader: KubeReader, failure: Answer) -> None:
    """What came is kept, and said to be incomplete."""
    api.plan(page(pod("a"), token="t"), *[failure] * 5)
    listing = reader.pods("shop")
    assert [found.name for found in listing.pods] == ["a"]
    assert not listing.complete
    assert listing.why.startswith("page 2: ")


def test_a_first_page_that_fails_is_an_error(api: Scripted, reader: KubeReader) -> None:
    """Without a first page there is no list at all."""
    api.plan(Answer(403, {}))
    with pytest.raises(KubeError):
        reader.pods("shop")


@pytest.mark.parametrize("body", [b"<html>login</html>", b"", b'{"items": [{"metadata": 5}]}', b'{"items": [{'])
def test_an_answer_that_is_no_list(api: Scripted, reader: KubeReader, body: bytes) -> None:
    """A login page or nonsense is an error, never an empty list."""
    api.plan(Answer(body=body))
    with pytest.raises(Failed) as raised:
        reader.pods("shop")
    assert raised.value.code is Code.KUBE_UNREACHABLE


def test_a_selector_that_the_server_refuses(api: Scripted, reader: KubeReader) -> None:
    """A wrong selector is the user's mistake."""
    api.plan(Answer(400, {"kind": "Status", "message": "unable to parse requirement"}))
    with pytest.raises(UsageError, match="unable to parse requirement") as raised:
        reader.pods("shop", label_selector="a==b==c")
    assert raised.value.code is Code.SELECTOR


def test_a_list_of_nodes_must_be_whole(api: Scripted, reader: KubeReader) -> None:
    """Other lists than Pods have no partial form."""
    api.plan(page(token="t"), Answer(500, {}, AT_ONCE), *[Answer(500, {}, AT_ONCE)] * 4)
    with pytest.raises(Failed) as raised:
        reader.nodes()
    assert raised.value.code is Code.PARTIAL_READ


@pytest.mark.parametrize(
    ("provider_id", "region", "instance"),
    [
        ("cn-hangzhou.i-bp1abc23", "cn-hangzhou", "i-bp1abc23"),
        ("alicloud://ap-southeast-1.i-t4n0x", "ap-southeast-1", "i-t4n0x"),
        ("kind://docker/kind/kind-control-plane", "", ""),
        ("aws:///eu-west-1a/i-0abc", "", ""),
        ("", "", ""),
        (None, "", ""),
    ],
)
def test_nodes(api: Scripted, reader: KubeReader, provider_id: str | None, region: str, instance: str) -> None:
    """Region and instance come from an ECS providerID, and from no other."""
    node = {
        "metadata": {"name": "n", "labels": {"type": "virtual-kubelet"}},
        "spec": {"providerID": provider_id},
        "status": {
            "addresses": [{"type": "Hostname", "address": "n"}, {"type": "InternalIP", "address": "192.168.0.4"}],
            "conditions": [{"type": "Ready", "status": "Unknown"}],
        },
    }
    api.plan(page(node))
    labels = {"type": "virtual-kubelet"}
    seen: dict[str, Any] = {"instance_id": instance, "region": region}
    expected = Node("n", labels, **seen, ready=False, silent=True)
    assert reader.nodes() == (expected,)


def test_config_maps(api: Scripted, reader: KubeReader) -> None:
    """Data, annotations and resourceVersion are kept."""
    meta = {"name": "eni-config", "namespace": "kube-system", "resourceVersion": "7", "annotations": {"a": "b"}}
    path = "/api/v1/namespaces/kube-system/configmaps/eni-config"
    api.routes = {path: {"metadata": meta, "data": {"eni_conf": "{}\n"}}}
    expected = ConfigMap("kube-system", "eni-config", "7", {"eni_conf": "{}\n"}, {"a": "b"})
    assert reader.config_map("kube-system", "eni-config") == expected


def test_namespaces(api: Scripted, reader: KubeReader) -> None:
    """A namespace's UID is read."""
    api.routes = {"/api/v1/namespaces/kube-system": {"metadata": {"name": "kube-system", "uid": "u-1"}}}
    assert reader.namespace_uid("kube-system") == "u-1"


def test_can_i(api: Scripted, reader: KubeReader) -> None:
    """The question is a SelfSubjectAccessReview of exactly what is asked; its answer is the server's."""
    api.plan(Answer(201, {"status": {"allowed": True}}), Answer(201, {"status": {"allowed": False, "denied": True}}))
    assert reader.can_i(Right("patch", "pods/status", namespace="shop"))
    assert not reader.can_i(Right("list", "podenis", "network.alibabacloud.com"))
    asked = [seen.body["spec"]["resourceAttributes"] for seen in api.seen]
    assert asked == [
        {"verb": "patch", "resource": "pods", "namespace": "shop", "subresource": "status"},
        {"verb": "list", "resource": "podenis", "group": "network.alibabacloud.com"},
    ]


def test_the_context(reader: KubeReader) -> None:
    """The context in use is known."""
    assert reader.context() == "test"
