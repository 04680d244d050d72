"""Many Pods at once: made as they are after hours of life, instead of living through those."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world import deployments, pod_status, replicasets, terway_eni
from eipctl.sandbox.world.meta import Obj, controlled_by, name_of, pod_from, uid_of
from eipctl.sandbox.world.rows import PodRow, Stage
from eipctl.sandbox.world.scenario import Node
from eipctl.sandbox.world.view import View

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.world.context import Context
    from eipctl.sandbox.world.scenario import Fleet, Scenario


def all_nodes(scenario: Scenario) -> tuple[Node, ...]:
    """The scenario's nodes, and as many more as its fleet needs."""
    if scenario.fleet is None:
        return scenario.nodes
    wanted = -(-scenario.fleet.pods // scenario.fleet.per_node)
    first, vswitch = len(scenario.nodes), scenario.nodes[0].vswitch
    return (*scenario.nodes, *(_node(number, vswitch) for number in range(first, wanted)))


def _node(number: int, vswitch: str) -> Node:
    ip = f"10.1.{number // 250}.{number % 250 + 1}"
    return Node(f"cn-hangzhou.{ip}", f"i-bp1sandboxfleet{number:06}", ip, vswitch)


def run(ctx: Context, fleet: Fleet) -> None:
    """Deployments with all their Pods Running and Ready."""
    with ctx.store.transaction():
        for number in range(-(-fleet.pods // fleet.per_deployment)):
            here = min(fleet.per_deployment, fleet.pods - number * fleet.per_deployment)
            ctx.objects.create("deployments", _deployment(f"web-{number:03}", here, fleet.annotations))
        view = View(ctx.objects)
        for controller in (deployments, replicasets, deployments):  # made, seen, scaled up
            controller.sync(ctx, view)
        places = _places(ctx)
        for replica_set in ctx.objects.list("replicasets"):
            for number in range(replica_set["spec"]["replicas"]):
                _run_pod(ctx, replica_set, number, next(places))


def _deployment(name: str, replicas: int, annotations: dict[str, str]) -> Obj:
    labels = {"app": name}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": name, "namespace": "default"},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {
                "metadata": {"labels": labels, "annotations": annotations},
                "spec": {"containers": [{"name": "main", "image": "nginx"}]},
            },
        },
    }


def _places(ctx: Context) -> Iterator[Obj]:
    """The nodes, one after another, again and again."""
    nodes = ctx.objects.list("nodes")
    while True:
        yield from nodes


def _run_pod(ctx: Context, replica_set: Obj, number: int, node: Obj) -> None:
    """One Pod as its ReplicaSet, the scheduler, Terway and its kubelet would have left it."""
    daemon = ctx.rows.daemons[node["metadata"]["name"]]
    address = terway_eni.take(ctx, node, daemon)
    namespace, name = name_of(replica_set)
    pod = pod_from(replica_set["spec"]["template"], controlled_by(replica_set, "apps/v1", "ReplicaSet"), namespace, {})
    pod["metadata"]["name"] = f"{name}-{number:05}"
    pod["metadata"]["uid"] = f"{uid_of(replica_set)[:24]}{number:012x}"
    pod["spec"]["nodeName"] = node["metadata"]["name"]
    pod["status"] = pod_status.of_running(pod, node, address.ip, ctx.clock.timestamp())
    made = ctx.objects.create("pods", pod)
    row = PodRow(
        namespace,
        made["metadata"]["name"],
        uid_of(made),
        node["metadata"]["name"],
        Stage.RUNNING,
        eni_id=address.eni_id,
        ip=address.ip,
    )
    ctx.rows.pods.put(row.uid, row)
