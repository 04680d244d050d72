"""What the bind planner looks at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from eipctl.domain import ownership
from eipctl.domain.facts import ClusterId, Eip, EipStatus, EniAddress, Node, Pod

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What was observed. `pods` is unfiltered (of `namespaces`, if some were given); `selected` are UIDs."""

    cluster: ClusterId
    now: datetime
    eips: tuple[Eip, ...]
    pods: tuple[Pod, ...]
    selected: frozenset[str]
    enis: Mapping[str, EniAddress]
    """Pod UID to where its IP is."""
    prefixed: frozenset[str] = frozenset()
    """UIDs of Pods whose IP comes from a prefix of an ENI."""
    nodes: Mapping[str, Node] = field(default_factory=dict)
    native_nodes: frozenset[str] = frozenset()
    """Nodes on which Terway's own EIP mode is active, or may be."""
    undecided_nodes: frozenset[str] = frozenset()
    """Those of them whose Terway may have read a flag that is not there any more."""
    ack_extend: bool = False
    failures: Mapping[str, str] = field(default_factory=dict)
    """Pod UID to when buying or binding its EIP failed last, RFC 3339, UTC; absent for never, or not known."""
    namespaces: frozenset[str] | None = None
    """Those that were looked at; None for all."""
    complete: bool = True
    """Whether absence from `eips` and `pods` means anything."""

    def workloads(self) -> dict[str, str]:
        """By UID what each Pod is a part of, ``Deployment/web``."""
        return {pod.uid: ownership.workload_title(ownership.workload_of(pod)) for pod in self.pods}

    def covers(self, namespace: str) -> bool:
        """Whether the observation says anything about this namespace."""
        return self.namespaces is None or namespace in self.namespaces


@dataclass(frozen=True, slots=True)
class Knobs:
    """`grace` in seconds; `reuse` lets a Pod have what another workload left; `instance_ids` lets Pods name EIPs."""

    prune: bool = False
    grace: float = 600.0
    reuse: bool = False
    stateful_kinds: frozenset[str] = frozenset()
    instance_ids: bool = True


def bindings(eips: Iterable[Eip]) -> dict[tuple[str, str], Eip]:
    """EIPs by (ENI id, private IP), "" for the primary; one that is on its way out is not bound."""
    found: dict[tuple[str, str], Eip] = {}
    for eip in eips:
        if eip.instance_id and eip.status is not EipStatus.UNASSOCIATING:
            other = found.setdefault((eip.instance_id, eip.private_ip), eip)
            if other is not eip and _holds(eip) > _holds(other):
                found[eip.instance_id, eip.private_ip] = eip
    return found


def _holds(eip: Eip) -> tuple[bool, str]:
    """Of two EIPs that are shown at one address, the greater one has it."""
    return (eip.status is EipStatus.IN_USE, eip.allocation_id)


def at(address: EniAddress, bound: Mapping[tuple[str, str], Eip]) -> Eip | None:
    """The EIP bound to a Pod's address; the primary IP of an ENI may be shown as "" or in full."""
    return bound.get(address.binding) or bound.get((address.eni_id, address.private_ip))


def terways_mode(world: World, node: str) -> str:
    """Why Pods of this node, one of `native_nodes`, are left to Terway."""
    if node not in world.undecided_nodes:
        return f"Terway's own EIP mode is active on node {node}"
    return (
        f"Terway's own EIP mode may be active on node {node}: Terway started before eni_conf was changed; "
        "restart it: eipctl setup restart --force-restart"
    )
