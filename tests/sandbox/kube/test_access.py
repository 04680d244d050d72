"""Who may do what: tokens and RBAC."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.sandbox.kube.conftest import Cluster, Http

Obj = dict[str, Any]
PODS = "/api/v1/namespaces/shop/pods"


def _grant(cluster: Cluster, *rules: Obj, namespace: str = "", subject: Obj | None = None) -> None:
    """Give user "eve" (or the subject) these rules, in a namespace or everywhere."""
    kind = "Role" if namespace else "ClusterRole"
    plural = f"{kind.lower()}s"
    meta = {"name": "r", **({"namespace": namespace} if namespace else {})}
    cluster.objects.create(plural, {"metadata": meta, "rules": list(rules)})
    binding = {"subjects": [subject or {"kind": "User", "name": "eve"}], "roleRef": {"kind": kind, "name": "r"}}
    cluster.objects.create(f"{kind.lower()}bindings", {"metadata": meta, **binding})
    cluster.service.put_token("eve", "eve", ("devs",))


def _rule(*verbs: str, resources: tuple[str, ...] = ("pods",), group: str = "", **more: Any) -> Obj:
    return {"verbs": list(verbs), "apiGroups": [group], "resources": list(resources), **more}


@pytest.mark.parametrize("authorization", ["", "Bearer wrong", "Basic cm9vdDpyb290"])
def test_unknown_callers(http: Http, authorization: str) -> None:
    """No token, or one that nobody has, is 401."""
    status, answer = http("GET", PODS, authorization=authorization)
    assert (status, answer["reason"], answer["message"]) == (401, "Unauthorized", "Unauthorized")


def test_without_rights(http: Http, cluster: Cluster) -> None:
    """A refusal names user, verb, resource, group and place, and the object if there is one."""
    cluster.service.put_token("eve", "eve")
    told = {path: http("GET", path, token="eve")[1]["message"] for path in (PODS, f"{PODS}/a", "/api/v1/nodes")}
    assert told == {
        PODS: 'pods is forbidden: User "eve" cannot list resource "pods" in API group "" in the namespace "shop"',
        f"{PODS}/a": (
            'pods "a" is forbidden: User "eve" cannot get resource "pods" in API group "" in the namespace "shop"'
        ),
        "/api/v1/nodes": (
            'nodes is forbidden: User "eve" cannot list resource "nodes" in API group "" at the cluster scope'
        ),
    }


def test_a_role_counts_in_its_namespace(http: Http, cluster: Cluster) -> None:
    """A Role grants its verbs on its resources in its namespace, and nothing else."""
    _grant(cluster, _rule("list"), namespace="shop")
    wanted = [("GET", PODS), ("GET", f"{PODS}/a"), ("GET", "/api/v1/pods"), ("GET", "/api/v1/namespaces/default/pods")]
    assert [http(method, path, token="eve")[0] for method, path in wanted] == [200, 403, 403, 403]


def test_a_cluster_role_counts_everywhere(http: Http, cluster: Cluster) -> None:
    """A ClusterRoleBinding grants in all namespaces and outside of them."""
    _grant(cluster, _rule("list", resources=("pods", "nodes")))
    for path in (PODS, "/api/v1/pods", "/api/v1/nodes"):
        assert http("GET", path, token="eve")[0] == 200


def test_subresources_are_granted_apart(http: Http, cluster: Cluster) -> None:
    """The right to patch pods is no right to patch pods/status."""
    _grant(cluster, _rule("patch"), namespace="shop")
    merge = {"content_type": "application/merge-patch+json"}
    assert http("PATCH", f"{PODS}/a", {}, token="eve", **merge)[0] == 404
    status, answer = http("PATCH", f"{PODS}/a/status", {}, token="eve", **merge)
    assert (status, 'cannot patch resource "pods/status"' in answer["message"]) == (403, True)


def test_names(http: Http, cluster: Cluster) -> None:
    """resourceNames limit a rule to objects of these names."""
    _grant(cluster, _rule("get", resourceNames=["a"]), namespace="shop")
    assert [http("GET", f"{PODS}/{name}", token="eve")[0] for name in ("a", "b")] == [404, 403]


def test_groups_and_wildcards(http: Http, cluster: Cluster) -> None:
    """A group's rules are its members', and * stands for everything."""
    rule = {"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}
    _grant(cluster, rule, subject={"kind": "Group", "name": "devs"})
    assert http("GET", "/apis/apps/v1/deployments", token="eve")[0] == 200


def test_a_namespace_is_inside_itself(http: Http, cluster: Cluster) -> None:
    """A Role in a namespace can grant reading that namespace, as eipctl does for kube-system."""
    _grant(cluster, _rule("get", resources=("namespaces",)), namespace="kube-system")
    assert http("GET", "/api/v1/namespaces/kube-system", token="eve")[0] == 200
    assert http("GET", "/api/v1/namespaces/shop", token="eve")[0] == 403


def test_everybody_may_look_around(http: Http, cluster: Cluster) -> None:
    """Discovery, the version and reviews of oneself need no rights; other paths do."""
    cluster.service.put_token("eve", "eve")
    for path in ("/api", "/api/v1", "/apis/apps/v1", "/openapi/v3", "/version"):
        assert http("GET", path, token="eve")[0] == 200
    status, answer = http("GET", "/metrics", token="eve")
    assert (status, answer["message"]) == (403, 'forbidden: User "eve" cannot get path "/metrics"')


def test_impersonation_is_a_right(http: Http, cluster: Cluster) -> None:
    """Only who may impersonate can act for others."""
    cluster.service.put_token("eve", "eve")
    status, answer = http("GET", PODS, token="eve", impersonate_user="root")
    assert (status, 'cannot impersonate resource "users"' in answer["message"]) == (403, True)
    assert http("GET", PODS, impersonate_user="x", impersonate_group="system:masters")[0] == 200


def test_reviews_say_what_the_requests_say(http: Http, cluster: Cluster) -> None:
    """A SelfSubjectAccessReview allows exactly what is then not refused."""
    _grant(cluster, _rule("list"), namespace="shop")
    allowed = {}
    for verb, namespace in (("list", "shop"), ("list", ""), ("get", "shop")):
        asked = {"verb": verb, "resource": "pods", "namespace": namespace}
        answer = http.ok(
            "POST",
            "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
            {"spec": {"resourceAttributes": asked}},
            token="eve",
        )
        allowed[verb, namespace] = answer["status"]["allowed"]
    assert allowed == {("list", "shop"): True, ("list", ""): False, ("get", "shop"): False}
