"""Pods, EIPs and worlds for the tables of what is planned about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from eipctl.domain import ownership
from eipctl.domain.actions.eips import BindAction
from eipctl.domain.facts import ClusterId, Eip, EipStatus, EniAddress, Node, Pod
from eipctl.domain.ownership import Role
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.pools import pool_in
from eipctl.domain.strategy import FOLLOW, Strategy
from eipctl.planners.bind.plan import BindPlan, plan_bind
from eipctl.planners.bind.world import Knobs, World

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
CLUSTER = ClusterId("c1", "kube-uid")
OTHER = ClusterId("c2", "kube-uid-2")
PRUNE_NOW = Knobs(prune=True, grace=0.0)

AUTO = {"k8s.aliyun.com/pod-with-eip": "true"}
NAMES_X = {"k8s.aliyun.com/pod-eip-instanceid": "eip-x"}
ASKS = {"eipctl.io/pool": "partners"}
EARLY, LATE = "t-20261123T070000Z", "t-20261123T075500Z"
"""Values of the tag that says since when an EIP is an orphan."""


def pod(name: str = "a", *, ip: str = "10.0.0.10", annotations: dict[str, str] | None = None, **facts: Any) -> Pod:
    known: dict[str, Any] = {
        "namespace": "default",
        "uid": f"uid-{name}",
        "created": NOW,
        "node": "n1",
        "phase": "Running",
    }
    return Pod(name=name, ip=ip, **annotation_fields(AUTO if annotations is None else annotations), **known | facts)


def eip(allocation_id: str = "eip-1", *, at: str | None = None, primary: bool = False, **facts: Any) -> Eip:
    status = EipStatus.AVAILABLE if at is None else EipStatus.IN_USE
    bound: dict[str, Any] = {} if at is None else {"instance_id": f"eni-{at}", "private_ip": "" if primary else at}
    if at is not None:
        bound |= {"instance_type": "NetworkInterface", "vpc_id": "vpc-1"}
    return replace(Eip(allocation_id, f"47.1.{len(allocation_id)}.1", status, **bound), **facts)


def ours(
    found: Eip,
    holder: Pod,
    role: Role = Role.ALLOCATED,
    cluster: ClusterId = CLUSTER,
    strategy: Strategy = FOLLOW,
    since: str = "",
) -> Eip:
    mark = {ownership.ORPHAN_SINCE: since} if since else {}
    tags = dict(ownership.tags_for(cluster, holder, role, strategy)) | dict([record(found, holder)])
    return replace(found, **ownership.tag_fields(tags | mark))


def record(found: Eip, holder: Pod) -> tuple[str, str]:
    """The record of where an EIP is bound, or is to be bound for its Pod."""
    if found.bound:
        ip = found.private_ip or found.instance_id.removeprefix("eni-")
        return ownership.binding_tag(EniAddress(found.instance_id, ip, primary=not found.private_ip, vpc_id="vpc-1"))
    return ownership.binding_tag(EniAddress(f"eni-{holder.ip}", holder.ip, primary=False, vpc_id="vpc-1"))


def world(pods: list[Pod], eips: list[Eip], **facts: Any) -> World:
    places = {
        item.uid: EniAddress(f"eni-{item.ip}", item.ip, primary=False, vpc_id="vpc-1") for item in pods if item.ip
    }
    known: dict[str, Any] = {
        "cluster": CLUSTER,
        "now": NOW,
        "eips": tuple(eips),
        "pods": tuple(pods),
        "selected": frozenset(item.uid for item in pods),
        "enis": places,
        "nodes": {"n1": Node("n1")},
    }
    return World(**known | facts)


def steps(planned: BindPlan) -> list[tuple[str, str]]:
    """(verb, Pod or EIP) of each Action in order."""
    found = []
    for action in planned.plan.actions:
        assert isinstance(action, BindAction)
        found.append((action.verb.value, action.allocation_id or action.pod))
    return found


def plan(pods: list[Pod], eips: list[Eip], knobs: Knobs | None = None, **facts: Any) -> BindPlan:
    return plan_bind(world(pods, eips, **facts), knobs or Knobs())


def reasons(planned: BindPlan) -> str:
    return "; ".join(skip.reason for skip in planned.plan.skips)


def kept(found: Eip, before: Pod, strategy: Strategy = FOLLOW, since: str = "") -> Eip:
    """An EIP of ours that this Pod had."""
    return ours(found, before, strategy=strategy, since=since)


def lent(found: Eip, name: str = "partners", cluster: ClusterId = CLUSTER) -> Eip:
    """The EIP with its owner's consent."""
    return replace(found, **ownership.tag_fields({**found.tags, **dict([pool_in(cluster, name).tag])}))


def had(found: Eip, before: Pod, since: str = "", name: str = "partners") -> Eip:
    """An EIP of the pool that this Pod has, or had."""
    return lent(ours(found, before, Role.POOLED, since=since), name)


def asking(name: str, **facts: Any) -> Pod:
    return pod(name, annotations=ASKS, **facts)
