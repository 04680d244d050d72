"""Rights that are lacking, and objects that are missing, half there or not what they should be."""

from __future__ import annotations

from tests.contract.bad_input.world import ANNOTATE, BIND, SETUP, TEARDOWN, Break, Case, World


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


KIND_WITHOUT_PODS = ("annotate", "configmap/eni-config", "-n", "kube-system")

CASES = (
    Case("forbidden in Kubernetes", BIND, 1, 'User "bob" may not', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, annotate", ANNOTATE, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in RAM", BIND, 1, "vpc:DescribeEipAddresses", "RAM policy", few_rights_in_ram),
    Case("forbidden in RAM, setup", SETUP, 1, "may not call", "RAM policy", few_rights_in_ram),
    Case("forbidden in Kubernetes, teardown", TEARDOWN, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("malformed eni_conf", SETUP, 2, "eni_conf", "edit configmap", eni_conf('{"version":"1",')),
    Case("malformed eni_conf, bind", BIND, 5, "eni_conf", "--cluster-id", eni_conf("{")),
    Case("eni_conf without cluster id", BIND, 5, "ack.aliyun.com", "--cluster-id", eni_conf("{}")),
    Case("no ConfigMap", SETUP, 2, "eni-config", "configmaps", no_config_map),
    Case("no ConfigMap, bind", BIND, 5, "identity", "--cluster-id", no_config_map),
    Case("no Terway", SETUP, 5, "DaemonSet terway-eniip", "eipctl check", no_terway),
    Case("missing role", (*SETUP, "--role", "NoSuchRole"), 1, "NoSuchRole", "--role"),
    Case("missing policy", (*SETUP, "--edit-policy", "NoSuchPolicy"), 2, "NoSuchPolicy", "--edit-policy"),
    Case("unknown workload", ANNOTATE, 1, "there is no Deployment 'web'", "kubectl"),
    Case("unknown kind", ("annotate", "gadget/web", "--eip", "--yes"), 1, "gadget", "api-resources"),
    Case("unknown ConfigMap", ("annotate", "configmap/web", "--eip", "--yes"), 1, "'web'", "get configmaps"),
    Case("kind without Pods", (*KIND_WITHOUT_PODS, "--eip", "--yes"), 1, "ConfigMap", ""),
)
