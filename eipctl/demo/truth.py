"""What is true in the simulated cloud and cluster before and after a scene, whatever eipctl says of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.demo.stage import DemoCluster
    from eipctl.sandbox.client import Client

READS = ("Describe", "List", "Get", "get", "list", "watch")
POD_TAG = "eipctl-pod"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """`answer` is what the scene's commands printed, `code` the exit code of the last one."""

    eips: Mapping[str, str]
    """Addresses by allocation ID."""
    reached: Mapping[str, str]
    """The Pod's name by the allocation ID of the EIP that leads to it."""
    tagged: Mapping[str, str]
    """The Pod's name in eipctl's tag by allocation ID."""
    pods: frozenset[str]
    """The example's Pods that are not being deleted."""
    asking: frozenset[str]
    """Those of them with an EIP annotation."""
    terway: frozenset[str]
    """Terway's Pods by UID."""
    eni_conf: str
    calls: tuple[str, ...]
    """Write calls of both APIs since the scene began: ``AllocateEipAddress``, ``patch pods``."""
    answer: str = ""
    code: int = 0


def look(client: Client, cluster: DemoCluster, answer: str, code: int) -> Truth:
    """Ask the simulation itself."""
    eips = client.eips()
    leads = {eip["allocation_id"]: client.reach(eip["allocation_id"])["pod"] for eip in eips}
    pods = [pod["metadata"] for pod in cluster.pods() if "deletionTimestamp" not in pod["metadata"]]
    tags = {eip["allocation_id"]: dict(eip["tags"]).get(POD_TAG, "") for eip in eips}
    return Truth(
        eips={eip["allocation_id"]: eip["address"] for eip in eips},
        reached={name: pod["name"] for name, pod in leads.items() if pod},
        tagged={name: tag.removeprefix("p-") for name, tag in tags.items() if tag},
        pods=frozenset(pod["name"] for pod in pods),
        asking=frozenset(pod["name"] for pod in pods if _asks(pod)),
        terway=frozenset(cluster.terway()),
        eni_conf=cluster.eni_conf(),
        calls=tuple(filter(None, map(_write, client.calls()))),
        answer=answer,
        code=code,
    )


def _asks(pod: Mapping[str, Any]) -> bool:
    return any(key.endswith("/pod-with-eip") for key in pod.get("annotations") or ())


def _write(call: Mapping[str, Any]) -> str:
    """ "" for a read call, and for the Lease that says who is at work."""
    if call["api"].startswith(READS) or call["object"].startswith("leases/"):
        return ""
    return f"{call['api']} {call['object'].split('/')[0]}" if call["service"] == "kube" else str(call["api"])
