"""The sandbox's own paths that speak of the whole: info, seed, reset, pods, reach, stop."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud.admin import body, refuse, reply
from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.admin import Registry
    from eipctl.sandbox.cloud.cloud import EipRow
    from eipctl.sandbox.http import Reply, Request
    from eipctl.sandbox.server import Sandbox


def registry(sandbox: Sandbox) -> Registry:
    """What the sandbox answers."""
    return {
        ("GET", "/_sandbox/info"): lambda _: reply(info(sandbox)),
        ("POST", "/_sandbox/seed"): lambda request: _seed(sandbox, str(body(request)["scenario"])),
        ("POST", "/_sandbox/reset"): lambda _: _seed(sandbox, None),
        ("GET", "/_sandbox/pods"): lambda _: reply(pods(sandbox)),
        ("GET", "/_sandbox/reach"): lambda request: _reach(sandbox, request),
        ("POST", "/_sandbox/stop"): lambda _: _stop(sandbox),
    }


def info(sandbox: Sandbox) -> dict[str, Any]:
    """Who answers."""
    record = sandbox.record
    return {
        "identity": record.identity,
        "pid": os.getpid(),
        "scenario": sandbox.scenario,
        "speed": sandbox.speed,
        "kube_url": record.kube_url,
        "cloud_url": record.cloud_url,
        "metadata_url": record.metadata_url,
        "cluster_id": sandbox.cluster_id,
    }


def pods(sandbox: Sandbox) -> list[dict[str, Any]]:
    """What the kubelets know of each Pod."""
    return [
        {
            "namespace": row.namespace,
            "name": row.name,
            "uid": row.uid,
            "node": row.node,
            "stage": row.stage,
            "eni_id": row.eni_id,
            "private_ip": row.ip,
        }
        for row in sandbox.world.pods()
    ]


def reach(sandbox: Sandbox, row: EipRow) -> dict[str, Any]:
    """Where a packet to this EIP ends up."""
    bound = row.status == "InUse"
    there = [pod for pod in pods(sandbox) if bound and (pod["eni_id"], pod["private_ip"]) == _binding(row)]
    return {
        "allocation_id": row.allocation_id,
        "eip_address": row.address,
        "status": row.status,
        "eni_id": row.instance_id,
        "private_ip": row.private_ip,
        "pod": there[0] if there else None,
    }


def _binding(row: EipRow) -> tuple[str, str]:
    return row.instance_id, row.private_ip


def _reach(sandbox: Sandbox, request: Request) -> Reply:
    wanted = request.first("eip")
    for row in sandbox.cloud.eips():
        if wanted in (row.allocation_id, row.address):
            return reply(reach(sandbox, row))
    return refuse(404, f"there is no EIP {wanted}")


def _seed(sandbox: Sandbox, scenario: str | None) -> Reply:
    try:
        sandbox.reset(scenario)
    except SandboxError as error:
        return refuse(400, f"{error.message}; {error.hint}" if error.hint else error.message)
    return reply(info(sandbox))


def _stop(sandbox: Sandbox) -> Reply:
    sandbox.stopping.set()
    return reply({})
