"""Builds a scenario: first the account, then the cluster."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import limits
from eipctl.sandbox.world import fleet, holdings
from eipctl.sandbox.world.terway import CONFIG_MAP, KEY

if TYPE_CHECKING:
    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.kube.objects import Objects
    from eipctl.sandbox.world.scenario import Node, Scenario
    from eipctl.sandbox.world.world import World

_NAMESPACES = ("default", "kube-system", "kube-public", "kube-node-lease")
_DAY = 86400.0
_VERSION = "v1.32.4-aliyun.1"


def account(cloud: Cloud, scenario: Scenario) -> None:
    """Network, instances, identities."""
    cluster = scenario.cluster
    for vswitch in scenario.vswitches:
        cloud.add_vswitch(vswitch.id, vswitch.vpc or cluster.vpc, vswitch.cidr)
    for policy in scenario.policies:
        cloud.add_policy(policy.name, policy.document, system=policy.system)
    for role in scenario.roles:
        cloud.add_role(role.name, policies=role.policies)
    for key in scenario.keys:
        cloud.add_access_key(key.id, key.secret, user=key.user, policies=key.policies)
    for one in (cluster, *scenario.other_clusters):
        cloud.add_cluster(one.id, name=one.name, vpc_id=one.vpc, worker_role=one.worker_role)
    for node in fleet.all_nodes(scenario):
        cloud.add_instance(node.instance, cluster.vpc, role=cluster.worker_role)
        cloud.add_eni(
            node.instance.replace("i-", "eni-", 1),
            vpc_id=cluster.vpc,
            vswitch_id=node.vswitch,
            instance_id=node.instance,
            primary_ip=node.ip,
            type="Primary",
            tags={"ack.aliyun.com": cluster.id},
        )
    for package, bandwidth in scenario.packages.items():
        cloud.add_bandwidth_package(package, bandwidth)
    cloud.add_names(resource_groups=scenario.resource_groups, pools=scenario.pools)
    holdings.enis(cloud, scenario)
    if scenario.quota is not None:
        cloud.set_quota(scenario.quota)
    cloud.set_switches(**scenario.switches)
    for api, text in scenario.limits.items():
        cloud.set_limit(api, *limits.parse(text))


def cluster(objects: Objects, clock: Clock, region: str, scenario: Scenario) -> None:
    """Namespaces, nodes and the scenario's own objects."""
    for name in _NAMESPACES:
        if objects.get("namespaces", "", name) is None:
            objects.create("namespaces", _namespace(name, scenario.cluster.uid if name == "kube-system" else ""))
    for node in fleet.all_nodes(scenario):
        objects.create("nodes", _node(node, region, clock.timestamp()))
    for manifest in scenario.objects:
        made = _adapted(manifest, scenario)
        if manifest["kind"] == "ConfigMap":
            made["metadata"]["managedFields"] = [_installed(made, clock.timestamp(clock.now() - _DAY))]
        objects.create(plural_of(manifest), made)


def history(world: World, scenario: Scenario) -> None:
    """What the account and the cluster have been through already; once the cluster has settled."""
    ctx = world.context
    if scenario.upgrade is not None:
        holdings.upgrade(ctx, scenario.upgrade)
        world.settle()
    for manifest in scenario.later:
        ctx.objects.create(plural_of(manifest), manifest)
    world.settle()
    if scenario.fleet is not None:
        fleet.run(ctx, scenario.fleet)
    holdings.eips(ctx, scenario.eips)


def plural_of(manifest: dict[str, Any]) -> str:
    """``configmaps`` for a ConfigMap; ``podenis.network.alibabacloud.com`` for a kind of a CRD."""
    kind: str = manifest["kind"].lower()
    plural = f"{kind[:-1]}ies" if kind.endswith("y") else kind if kind.endswith("s") else f"{kind}s"
    group = manifest["apiVersion"].rpartition("/")[0]
    return f"{plural}.{group}" if "." in group and not group.endswith(".k8s.io") else plural


def _adapted(manifest: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    """With the scenario's image of Terway and its own keys of eni_conf."""
    made = copy.deepcopy(manifest)
    if scenario.eni_conf and made["metadata"]["name"] == CONFIG_MAP:
        made["data"][KEY] = json.dumps({**json.loads(made["data"][KEY]), **scenario.eni_conf}, indent=2) + "\n"
    spec = (made.get("spec", {}).get("template") or {}).get("spec") or {}
    for container in (*spec.get("initContainers", ()), *spec.get("containers", ())):
        if container.get("image") == "terway":
            container["image"] = scenario.terway_image
    return made


def _installed(config_map: dict[str, Any], at: str) -> dict[str, Any]:
    """Who wrote a ConfigMap, when the cluster was made: long before its Terway started last."""
    fields: dict[str, Any] = {"f:data": {f"f:{key}": {} for key in config_map.get("data") or ()}}
    return {
        "manager": "addon-manager",
        "operation": "Update",
        "apiVersion": "v1",
        "time": at,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }


def _namespace(name: str, uid: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": name, "uid": uid, "labels": {"kubernetes.io/metadata.name": name}},
        "spec": {"finalizers": ["kubernetes"]},
        "status": {"phase": "Active"},
    }


def _node(node: Node, region: str, at: str) -> dict[str, Any]:
    labels = {
        "kubernetes.io/hostname": node.name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/region": region,
        "topology.kubernetes.io/zone": f"{region}-h",
        **node.labels,
    }
    capacity = {"cpu": "4", "memory": "16Gi", "pods": "110"}
    healthy = {"lastHeartbeatTime": at, "lastTransitionTime": at, "reason": "KubeletReady"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": node.name, "labels": labels},
        "spec": {"providerID": f"{region}.{node.instance}"},
        "status": {
            "addresses": [{"type": "InternalIP", "address": node.ip}, {"type": "Hostname", "address": node.name}],
            "capacity": capacity,
            "allocatable": capacity,
            "conditions": [{"type": "Ready", "status": "True", **healthy}],
            "nodeInfo": {
                "kubeletVersion": _VERSION,
                "osImage": "Alibaba Cloud Linux 3",
                "operatingSystem": "linux",
                "architecture": "amd64",
                "containerRuntimeVersion": "containerd://1.6.36",
                "kernelVersion": "5.10.134",
            },
        },
    }
