"""Rights that are lacking, and objects that are missing, half there or not what they should be."""

from __future__ import annotations

from dataclasses import replace

from tests.contract.bad_input.world import ANNOTATE, BIND, SETUP, STATUS, TEARDOWN, Break, Case, World


def few_rights_in_kubernetes(world: World, environ: dict[str, str]) -> None:
    world.sandbox.put_token("bobs-token", "bob")
    world.edited_kubeconfig(environ, world.sandbox.record.kube_token, "bobs-token")


def few_rights_in_ram(world: World, environ: dict[str, str]) -> None:
    world.sandbox.cloud.add_access_key("LTAI5tCarolHasNoRights00", "carols-secret", user="carol")
    environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAI5tCarolHasNoRights00"
    environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "carols-secret"


def eni_conf(text: str) -> Break:
    """Put this text into eni_conf."""

    def put(world: World, _environ: dict[str, str]) -> None:
        found = world.sandbox.objects.get("configmaps", "kube-system", "eni-config")
        assert found is not None
        world.change("configmaps", "kube-system", "eni-config", data={**found["data"], "eni_conf": text})

    return put


def no_config_map(world: World, _environ: dict[str, str]) -> None:
    world.sandbox.objects.delete("configmaps", "kube-system", "eni-config")


def no_terway(world: World, _environ: dict[str, str]) -> None:
    with world.sandbox.world.paused(), world.sandbox.store.transaction():
        world.sandbox.objects.delete("daemonsets", "kube-system", "terway-eniip")
        for pod in world.sandbox.objects.list("pods", "kube-system"):
            world.sandbox.objects.delete("pods", "kube-system", pod["metadata"]["name"], now=True)


def denied(action: str) -> Break:
    """Take one right from the operator."""

    def put(world: World, _environ: dict[str, str]) -> None:
        cloud = world.sandbox.cloud
        statement = {"Effect": "Deny", "Action": action, "Resource": "*"}
        cloud.add_policy("denied", {"Version": "1", "Statement": [statement]})
        with world.sandbox.store.transaction():
            for name, user in cloud.state.users.items():
                cloud.state.users.put(name, replace(user, policies=(*user.policies, "Custom/denied")))

    return put


def config_map(data: object) -> Break:
    """Have this for the data of eni-config."""
    return lambda world, _environ: world.change("configmaps", "kube-system", "eni-config", data=data)


def no_daemon_set(world: World, _environ: dict[str, str]) -> None:
    """Its Pods are still there, for a moment."""
    with world.sandbox.world.paused(), world.sandbox.store.transaction():
        world.sandbox.objects.delete("daemonsets", "kube-system", "terway-eniip")


def leaving(world: World, plural: str, namespace: str, name: str) -> None:
    """Delete an object that somebody's finalizer holds."""
    found = world.sandbox.objects.get(plural, namespace, name)
    assert found is not None
    world.change(plural, namespace, name, metadata={**found["metadata"], "finalizers": ["example.com/never"]})
    world.sandbox.objects.delete(plural, namespace, name)


def leaving_daemon_set(world: World, _environ: dict[str, str]) -> None:
    with world.sandbox.world.paused():
        leaving(world, "daemonsets", "kube-system", "terway-eniip")


def leaving_namespace(world: World, _environ: dict[str, str]) -> None:
    meta = {"name": "leaving"}
    world.sandbox.objects.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": meta})
    leaving(world, "namespaces", "", "leaving")


def other_api(status: int, kind: str, body: bytes) -> Break:
    """Something else answers where the API server should be."""

    def put(world: World, environ: dict[str, str]) -> None:
        world.edited_kubeconfig(environ, world.sandbox.kube_url, world.answering(status, kind, body))

    return put


def forbidden(words: tuple[str, ...], action: str) -> Case:
    """A command that may not call one API that it reads."""
    return Case(f"{words[0]} without {action}", words, 1, f"may not call {action}", "RAM policy", denied(action))


def conf(name: str, text: str, says: str) -> Case:
    """An eni_conf that setup can't read."""
    return Case(f"eni_conf {name}", SETUP, 2, says, "edit configmap eni-config", eni_conf(text))


RELEASE = ("release", "--orphans", "--yes")
ADOPT = ("adopt", "--yes")
KIND_WITHOUT_PODS = ("annotate", "configmap/eni-config", "-n", "kube-system")
LEAVING = ("annotate", "deployment/web", "-n", "leaving", "--eip", "--yes")

RIGHTS = (
    Case("forbidden in Kubernetes", BIND, 1, 'User "bob" may not', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, annotate", ANNOTATE, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, teardown", TEARDOWN, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, status", STATUS, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, release", RELEASE, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, adopt", ADOPT, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, setup", SETUP, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in RAM", BIND, 1, "vpc:DescribeEipAddresses", "RAM policy", few_rights_in_ram),
    Case("forbidden in RAM, setup", SETUP, 1, "may not call", "RAM policy", few_rights_in_ram),
    forbidden(BIND, "vpc:DescribeEipAddresses"),
    forbidden(RELEASE, "vpc:DescribeEipAddresses"),
    forbidden(ADOPT, "vpc:DescribeEipAddresses"),
    forbidden(SETUP, "ram:GetRole"),
    forbidden(SETUP, "ram:ListPoliciesForRole"),
    forbidden(SETUP, "ram:GetPolicy"),
)

TERWAY = (
    Case("malformed eni_conf, bind", BIND, 5, "eni_conf", "--cluster-id", eni_conf("{")),
    Case("eni_conf without cluster id", BIND, 5, "ack.aliyun.com", "--cluster-id", eni_conf("{}")),
    Case("malformed eni_conf, teardown", TEARDOWN, 2, "not one JSON object", "edit configmap", eni_conf("{")),
    conf("truncated", '{"version":"1",', "eni_conf"),
    conf("of nothing", "", "expected '{'"),
    conf("that is a list", "[]", "expected '{'"),
    conf("with the flag twice", '{"enable_eip_pool":"false","enable_eip_pool":"no"}', "enable_eip_pool"),
    conf("with a comma too many", '{"version":"1",}', "line 1, column 16"),
    conf("with NaN", '{"version":"1","max_pool_size":NaN}', "NaN is not JSON"),
    conf("nested 5,000 times", '{"a":' * 5000 + "1" + "}" * 5000, "nested too deeply"),
    Case("no ConfigMap", SETUP, 2, "eni-config", "configmaps", no_config_map),
    Case("no ConfigMap, bind", BIND, 5, "identity", "--cluster-id", no_config_map),
    Case("ConfigMap without its key", SETUP, 2, "has no key eni_conf", "configmaps", config_map({"a": "b"})),
    Case("ConfigMap without data", SETUP, 2, "has no key eni_conf", "configmaps", config_map(None)),
    Case("no Terway", SETUP, 5, "no Pod of Terway", "eipctl check", no_terway),
    Case("no DaemonSet", SETUP, 5, "no Pod of Terway", "eipctl check", no_daemon_set),
    Case("DaemonSet that is leaving", SETUP, 5, "is being deleted", "get daemonset", leaving_daemon_set),
)

OBJECTS = (
    Case("missing role", (*SETUP, "--role", "NoSuchRole"), 1, "NoSuchRole", "--role"),
    Case("role with markup", (*SETUP, "--role", "[/nginx]"), 1, "no RAM role [/nginx]", "--role"),
    Case("missing policy", (*SETUP, "--edit-policy", "NoSuchPolicy"), 2, "NoSuchPolicy", "--edit-policy"),
    Case("unknown workload", ANNOTATE, 1, "there is no Deployment 'web'", "kubectl"),
    Case("namespace that is leaving", LEAVING, 1, "no Deployment 'web' in namespace leaving", "get", leaving_namespace),
    Case("unknown kind", ("annotate", "gadget/web", "--eip", "--yes"), 1, "gadget", "api-resources"),
    Case("unknown ConfigMap", ("annotate", "configmap/web", "--eip", "--yes"), 1, "'web'", "get configmaps"),
    Case("kind without Pods", (*KIND_WITHOUT_PODS, "--eip", "--yes"), 1, "ConfigMap", ""),
)

SERVERS = (
    Case(
        "page for an API server",
        BIND,
        1,
        "can't be read",
        "not a login page",
        other_api(200, "text/html", b"<html>hello"),
    ),
    Case(
        "list for an API server", BIND, 1, "got `array`", "not a login page", other_api(200, "application/json", b"[]")
    ),
    Case(
        "other object of an API server", BIND, 1, "`metadata`", "not a login page", other_api(200, "text/json", b"{}")
    ),
    Case("page that forbids", STATUS, 1, "forbids", "auth can-i", other_api(403, "text/html", b"<html>no</html>")),
    Case(
        "way to somewhere else", SETUP, 1, "status 302", "not a login page", other_api(302, "text/html", b"<html>there")
    ),
)

CASES = (*RIGHTS, *TERWAY, *OBJECTS, *SERVERS)
