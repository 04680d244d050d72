"""What stands in the answers, for clients that are less forgiving than kubectl."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.kube import objects as objects_module
from tests.sandbox.kube.conftest import config_map, deployment, pod

if TYPE_CHECKING:
    from tests.sandbox.kube.conftest import Cluster, Http

Obj = dict[str, Any]
PODS, MAPS = "/api/v1/namespaces/shop/pods", "/api/v1/namespaces/shop/configmaps"
DEPLOYMENTS = "/apis/apps/v1/namespaces/shop/deployments"
MERGE = {"content_type": "application/merge-patch+json"}
AS = "application/json;as={};g=meta.k8s.io;v=v1"


@pytest.mark.parametrize("path", ["/version/", "/api/", "/apis/", "/api/v1/", f"{PODS}/"])
def test_trailing_slashes(http: Http, path: str) -> None:
    """The official client asks with a slash at the end."""
    assert http("GET", path)[0] == 200


@pytest.mark.parametrize(
    ("method", "path", "status", "reason"),
    [
        ("GET", "/apis/apps/v2", 404, "NotFound"),
        ("GET", "/api/v1/gadgets", 404, "NotFound"),
        ("GET", f"{PODS}/a/nope", 404, "NotFound"),
        ("POST", f"{PODS}/a", 405, "MethodNotAllowed"),
        ("PUT", PODS, 405, "MethodNotAllowed"),
        ("GET", f"{PODS}/a/eviction", 405, "MethodNotAllowed"),
        ("GET", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", 405, "MethodNotAllowed"),
        ("GET", f"{PODS}?limit=x", 400, "BadRequest"),
        ("GET", f"{PODS}?continue=x", 400, "BadRequest"),
        ("GET", f"{PODS}?labelSelector=a%20b", 400, "BadRequest"),
        ("GET", f"{MAPS}?fieldSelector=spec.nodeName%3Dx", 400, "BadRequest"),
        ("POST", f"{MAPS}?dryRun=Some", 422, "Invalid"),
        ("PATCH", f"{PODS}/a", 415, "UnsupportedMediaType"),
    ],
)
def test_refusals(http: Http, method: str, path: str, status: int, reason: str) -> None:
    """What can't be answered is refused with a Status of the right code and reason."""
    found, answer = http(method, path, None if method == "GET" else {"metadata": {"name": "x"}})
    assert (found, answer["kind"], answer["code"], answer["reason"]) == (status, "Status", status, reason)


@pytest.mark.parametrize("body", [b"{", b"[]", b'"x"', b'{"metadata":[]}', b'{"metadata":{"name":"a"},"spec":"x"}'])
def test_broken_bodies(http: Http, body: bytes) -> None:
    """What is no object of the kind is a bad request, never a lost connection."""
    assert http("POST", PODS, body)[0] == 400


def test_protobuf_of_an_unknown_kind(http: Http) -> None:
    """Protobuf that can't be decoded here is answered with 415, so that nobody takes it for stored."""
    raw = b"k8s\x00\x0a\x0c\x0a\x02v1\x12\x06Gadget"
    assert http("POST", PODS, raw, content_type="application/vnd.kubernetes.protobuf")[0] == 415


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"annotations": {"a": True}}, "ObjectMeta.metadata.annotations of type string"),
        ({"annotations": {"a": 5}}, "ObjectMeta.metadata.annotations of type string"),
        ({"labels": ["a"]}, "ObjectMeta.metadata.labels of type map[string]string"),
        ({"name": 5}, "ObjectMeta.metadata.name of type string"),
    ],
)
def test_types_are_those_of_go(http: Http, change: Obj, field: str) -> None:
    """Create and replace refuse a wrong type with 400, a patch with 422, both in Go's words."""
    wrong = {"metadata": {"name": "a", "namespace": "shop", **change}}
    status, answer = http("POST", MAPS, wrong)
    assert (status, field in answer["message"]) == (400, True)
    http.ok("POST", MAPS, config_map("a"))
    assert http("PUT", f"{MAPS}/a", wrong)[0] == 400
    status, answer = http("PATCH", f"{MAPS}/a", {"metadata": change}, **MERGE)
    assert (status, field in answer["message"]) == (422, True)


def test_types_inside_a_template(http: Http) -> None:
    """The Pod template's annotations and a container's fields are checked as deep as they are."""
    wrong = deployment()
    wrong["spec"]["template"]["metadata"]["annotations"] = {"k8s.aliyun.com/eip-bandwidth": 5}
    assert (
        "ObjectMeta.spec.template.metadata.annotations of type string" in http("POST", DEPLOYMENTS, wrong)[1]["message"]
    )
    assert "of type int32" in http("POST", DEPLOYMENTS, deployment(replicas=True))[1]["message"]
    wrong = deployment()
    wrong["spec"]["template"]["spec"]["containers"][0]["name"] = False
    assert (
        "Container.spec.template.spec.containers.name of type string" in http("POST", DEPLOYMENTS, wrong)[1]["message"]
    )


def test_what_a_client_may_not_choose(http: Http, cluster: Cluster) -> None:
    """uid, creation time and status of a new Pod are the server's; a resourceVersion is refused."""
    manifest = {**pod("a", uid="mine", creationTimestamp="2000-01-01T00:00:00Z"), "status": {"phase": "Running"}}
    made = http.ok("POST", PODS, manifest)
    assert made["metadata"]["uid"] != "mine"
    assert not made["metadata"]["creationTimestamp"].startswith("2000")
    assert made["status"]["phase"] == "Pending"
    status, answer = http("POST", PODS, pod("b", resourceVersion="7"))
    assert (status, answer["message"]) == (500, "resourceVersion should not be set on objects to be created")


def test_names_must_agree(http: Http) -> None:
    """A body that names another object, namespace or kind than the URL is a bad request."""
    http.ok("POST", MAPS, config_map("a"))
    wrongs = ({"name": "b"}, {"name": "a", "namespace": "other"})
    assert [http("PUT", f"{MAPS}/a", {"metadata": wrong})[0] for wrong in wrongs] == [400, 400]
    assert http("POST", MAPS, pod("x"))[0] == 400
    assert http("POST", MAPS, config_map("x") | {"metadata": {"name": "x", "namespace": "default"}})[0] == 400


def test_writes_that_change_nothing(http: Http) -> None:
    """A PUT or patch without effect keeps the resourceVersion."""
    made = http.ok("POST", MAPS, config_map("a", k="1"))
    again = http.ok("PUT", f"{MAPS}/a", made)
    patched = http.ok("PATCH", f"{MAPS}/a", {"data": {"k": "1"}}, **MERGE)
    assert again["metadata"] == patched["metadata"] == made["metadata"]


def test_versions_in_patches(http: Http) -> None:
    """A patch that carries a resourceVersion is only for that version, in every kind of patch."""
    made = http.ok("POST", MAPS, config_map("a", k="1"))
    http.ok("PATCH", f"{MAPS}/a", {"data": {"k": "2"}}, **MERGE)
    old = made["metadata"]["resourceVersion"]
    stale: dict[str, Any] = {
        "application/merge-patch+json": {"metadata": {"resourceVersion": old}, "data": {"k": "3"}},
        "application/strategic-merge-patch+json": {"metadata": {"resourceVersion": old}, "data": {"k": "3"}},
        "application/json-patch+json": [
            {"op": "replace", "path": "/metadata/resourceVersion", "value": old},
            {"op": "replace", "path": "/data/k", "value": "3"},
        ],
    }
    for kind, patch in stale.items():
        status, answer = http("PATCH", f"{MAPS}/a", patch, content_type=kind)
        assert (status, answer["reason"]) == (409, "Conflict")
    assert http.ok("GET", f"{MAPS}/a")["data"] == {"k": "2"}


def _deep(path: str, value: Any) -> Obj:
    for part in reversed(path.split(".")):
        value = {part: value}
    return value  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("kind", "change", "status"),
    [
        ("jobs", _deep("spec.template.metadata.annotations", {"a": "b"}), 422),
        ("jobs", _deep("metadata.annotations", {"a": "b"}), 200),
        ("jobs", _deep("spec.suspend", True), 200),
        ("pods", _deep("spec.nodeName", "n2"), 422),
        ("pods", _deep("metadata.annotations", {"a": "b"}), 200),
        ("statefulsets", _deep("spec.serviceName", "x"), 422),
        ("statefulsets", _deep("spec.template.metadata.annotations", {"a": "b"}), 200),
    ],
)  # fmt: skip
def test_what_can_not_change(http: Http, cluster: Cluster, kind: str, change: Obj, status: int) -> None:
    """A Job's template, a Pod's and most of a StatefulSet's spec are immutable; annotations of objects are not."""
    base = {"jobs": "/apis/batch/v1", "pods": "/api/v1", "statefulsets": "/apis/apps/v1"}[kind]
    manifest = pod("web") if kind == "pods" else {key: deployment()[key] for key in ("metadata", "spec")}
    if kind == "jobs":
        manifest["spec"].pop("selector")
        manifest["spec"]["template"]["spec"]["restartPolicy"] = "Never"
    cluster.objects.create(kind, manifest)
    assert http("PATCH", f"{base}/namespaces/shop/{kind}/web", change, **MERGE)[0] == status


def test_a_suspended_jobs_template_takes_annotations(http: Http, cluster: Cluster) -> None:
    """Annotations of a Job's template may change while it is suspended."""
    spec = {"suspend": True, "template": deployment()["spec"]["template"]}
    spec["template"]["spec"]["restartPolicy"] = "Never"
    cluster.objects.create("jobs", {"metadata": {"name": "j", "namespace": "shop"}, "spec": spec})
    change = _deep("spec.template.metadata.annotations", {"a": "b"})
    assert http("PATCH", "/apis/batch/v1/namespaces/shop/jobs/j", change, **MERGE)[0] == 200


def test_an_immutable_config_map(http: Http) -> None:
    """The data of a ConfigMap marked immutable can't change, its annotations can."""
    http.ok("POST", MAPS, {**config_map("a", k="1"), "immutable": True})
    assert http("PATCH", f"{MAPS}/a", {"data": {"k": "2"}}, **MERGE)[0] == 422
    assert http("PATCH", f"{MAPS}/a", {"metadata": {"annotations": {"a": "b"}}}, **MERGE)[0] == 200


def test_metadata_only_and_tables(http: Http) -> None:
    """The forms of answers that Accept names, for one object and for lists."""
    http.ok("POST", PODS, pod("a"))
    one = http.ok("GET", f"{PODS}/a", accept=AS.format("PartialObjectMetadata"))
    many = http.ok("GET", PODS, accept=AS.format("PartialObjectMetadataList"))
    assert (one["kind"], "spec" in one) == ("PartialObjectMetadata", False)
    assert (many["kind"], many["items"][0].keys()) == ("PartialObjectMetadataList", {"kind", "apiVersion", "metadata"})
    table = http.ok("GET", f"{PODS}?includeObject=Object", accept=AS.format("Table"))
    assert table["rows"][0]["object"]["spec"]["containers"][0]["image"] == "nginx:1"
    assert table["columnDefinitions"][0]["name"] == "Name"


def test_pages_say_how_many_are_left(http: Http) -> None:
    """A page tells how many items are left, unless a selector makes that unknown."""
    for name in ("a", "b", "c"):
        http.ok("POST", MAPS, config_map(name))
    assert http.ok("GET", f"{MAPS}?limit=1")["metadata"]["remainingItemCount"] == 2
    selected = http.ok("GET", f"{MAPS}?limit=1&fieldSelector=metadata.namespace%3Dshop")["metadata"]
    assert (bool(selected["continue"]), "remainingItemCount" in selected) == (True, False)


def test_watch_as_go_or_python_writes_it(http: Http) -> None:
    """watch=true, watch=True and watch=1 are the same."""
    http.ok("POST", PODS, pod("a"))
    for text in ("true", "True", "1"):
        assert [line["type"] for line in http.lines(f"{PODS}?watch={text}&timeoutSeconds=1")] == ["ADDED"]


def test_initial_events_end_with_a_bookmark(http: Http) -> None:
    """sendInitialEvents tells what is there, then marks the end of it."""
    http.ok("POST", PODS, pod("a"))
    query = "watch=1&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true"
    lines = http.lines(f"{PODS}?{query}&resourceVersionMatch=NotOlderThan")
    assert [line["type"] for line in lines] == ["ADDED", "BOOKMARK"]
    assert lines[1]["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}


def test_objects_move_in_and_out_of_a_selector(http: Http, cluster: Cluster) -> None:
    """A watch with a selector tells of an object that comes to match as ADDED, and that no longer does as DELETED."""
    version = http.ok("GET", PODS)["metadata"]["resourceVersion"]
    http.ok("POST", PODS, pod("a"))
    for label in ("web", "api"):
        http.ok("PATCH", f"{PODS}/a", {"metadata": {"labels": {"app": label}}}, **MERGE)
    lines = http.lines(f"{PODS}?watch=1&timeoutSeconds=1&labelSelector=app%3Dweb&resourceVersion={version}")
    assert [line["type"] for line in lines] == ["ADDED", "DELETED"]


def test_a_watch_from_too_long_ago(http: Http, cluster: Cluster) -> None:
    """A version whose changes are forgotten is 410 Expired."""
    version = http.ok("GET", MAPS)["metadata"]["resourceVersion"]
    with cluster.store.transaction():
        for number in range(objects_module.HISTORY // 100 + 1):
            made = cluster.objects.create("configmaps", config_map(f"c{number}"))
            for _ in range(99):
                made = cluster.objects.patch_metadata("configmaps", "shop", made["metadata"]["name"], {"n": str(_)})
    status, answer = http("GET", f"{MAPS}?watch=1&resourceVersion={version}")
    assert (status, answer["reason"]) == (410, "Expired")


def test_a_watch_over_a_reset(http: Http, cluster: Cluster) -> None:
    """A watch whose history is taken away ends with an ERROR that says 410, so that clients list again."""
    lines = http.stream(f"{PODS}?watch=1&timeoutSeconds=20")
    cluster.objects.create("pods", pod("a"))
    assert next(lines)["type"] == "ADDED"
    cluster.objects.clear()
    (last,) = lines
    assert (last["type"], last["object"]["code"]) == ("ERROR", 410)


def test_server_side_apply_without_change(http: Http) -> None:
    """Applying the same again keeps the resourceVersion."""
    path = f"{MAPS}/a?fieldManager=me"
    first = http.ok("PATCH", path, config_map("a", k="1"), content_type="application/apply-patch+yaml")
    again = http.ok("PATCH", path, config_map("a", k="1"), content_type="application/apply-patch+yaml")
    assert again["metadata"] == first["metadata"]


def test_faults_name_verb_and_object(http: Http, cluster: Cluster) -> None:
    """A fault rule finds a call by its verb and plural/namespace/name, and answers in the API's own shape."""
    http.ok("POST", PODS, pod("a"))
    rule = {"do": "error", "service": "kube", "api": "patch", "object": "pods/shop/a", "status": 429}
    cluster.faults.add({**rule, "code": "TooManyRequests", "retry_after": 3})
    status, answer = http("PATCH", f"{PODS}/a", {}, **MERGE)
    assert (status, answer["reason"], answer["details"]) == (429, "TooManyRequests", {"retryAfterSeconds": 3})
    assert http("PATCH", f"{PODS}/a", {}, **MERGE)[0] == 200


def test_many_writers(http: Http) -> None:
    """Of writers that read, add one and write back, none loses what another wrote."""
    http.ok("POST", MAPS, config_map("a", n="0"))

    def count() -> None:
        for _ in range(10):
            while True:
                found = http.ok("GET", f"{MAPS}/a")
                found["data"]["n"] = str(int(found["data"]["n"]) + 1)
                if http("PUT", f"{MAPS}/a", found)[0] == 200:
                    break

    writers = [threading.Thread(target=count) for _ in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert http.ok("GET", f"{MAPS}/a")["data"]["n"] == "40"


@pytest.mark.parametrize(("moment", "status"), [("2026-01-01T00:00:00.123456Z", 200), ("2026-01-01T00:00:00Z", 422)])
def test_a_lease_has_microseconds(http: Http, moment: str, status: int) -> None:
    """renewTime is a MicroTime, whose six digits Go demands."""
    leases = "/apis/coordination.k8s.io/v1/namespaces/shop/leases"
    http.ok("POST", leases, {"metadata": {"name": "a"}, "spec": {"holderIdentity": "me"}})
    assert http("PATCH", f"{leases}/a", {"spec": {"renewTime": moment}}, **MERGE)[0] == status


@pytest.mark.parametrize(("size", "status"), [(1_000_000, 201), (1_100_000, 422), (3_200_000, 413)])
def test_what_is_too_large(http: Http, size: int, status: int) -> None:
    """A ConfigMap holds 1 MiB, a request 3 MiB."""
    assert http("POST", MAPS, config_map("big", k="x" * size))[0] == status


def test_a_list_as_it_was(http: Http) -> None:
    """resourceVersionMatch=Exact lists what was there at that version."""
    http.ok("POST", MAPS, config_map("a", k="1"))
    version = http.ok("GET", MAPS)["metadata"]["resourceVersion"]
    http.ok("PATCH", f"{MAPS}/a", {"data": {"k": "2"}}, **MERGE)
    http.ok("POST", MAPS, config_map("b"))
    then = http.ok("GET", f"{MAPS}?resourceVersion={version}&resourceVersionMatch=Exact")
    assert [(item["metadata"]["name"], item["data"]) for item in then["items"]] == [("a", {"k": "1"})]
    assert [item["metadata"]["name"] for item in http.ok("GET", MAPS)["items"]] == ["a", "b"]


def test_an_absent_kind_is_told_to_those_only_who_may_ask(http: Http, cluster: Cluster) -> None:
    """Rights are asked for first: without them a kind that is not served is forbidden, not unknown."""
    cluster.service.put_token("poor", "poor")
    assert http("GET", "/apis/nosuch.io/v1/things", token="poor")[0] == 403
    assert http("GET", "/apis/apps/v1/nosuch")[0] == 404
