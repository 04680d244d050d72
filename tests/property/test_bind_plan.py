"""Whatever clusters and accounts look like: the plan takes nothing from others, and reconciling ends.

One run is the rule. An EIP of somebody else that is on its way off an address is free only for the next run, and where
living Pods hand named EIPs on to each other, each run hands on one: never by taking it from a Pod that has it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from eipctl.domain import ownership
from eipctl.domain.actions.eips import (
    Allocate,
    AnnotatePod,
    Associate,
    BindAction,
    JoinPackage,
    LeavePackage,
    Modify,
    Release,
    Tag,
    Unassociate,
    Untag,
)
from eipctl.domain.facts import ClusterId, Eip, EipStatus, EniAddress, OwnerRef, Pod
from eipctl.domain.ownership import Role, tag_fields
from eipctl.domain.plan import Step, StepState
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.pools import pool_in
from eipctl.domain.strategy import Strategy
from eipctl.planners.bind.outcome import aftermath
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs, World, at, bindings

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
OURS, THEIRS = ClusterId("c1", "u1"), ClusterId("c2", "u2")
IPS = [f"10.0.0.{number}" for number in range(1, 7)]
NAMES = ["a", "b", "c", "d"]
IDS = [f"eip-{letter}" for letter in "uvwxyz"]
SET = OwnerRef("StatefulSet", "set", "uid-set")
WISHES: list[dict[str, str]] = [
    {},
    {"k8s.aliyun.com/pod-with-eip": "true"},
    {"k8s.aliyun.com/pod-with-eip": "true", "k8s.aliyun.com/pod-eip-release-strategy": "Never"},
    {"k8s.aliyun.com/pod-with-eip": "true", "k8s.aliyun.com/pod-eip-release-strategy": "1h"},
    {"k8s.aliyun.com/pod-with-eip": "true", "k8s.aliyun.com/eip-bandwidth": "9"},
    {"k8s.aliyun.com/pod-with-eip": "true", "k8s.aliyun.com/eip-common-bandwidth-package-id": "cbwp-1"},
    {"k8s.aliyun.com/pod-with-eip": "yes"},
    *({"k8s.aliyun.com/pod-eip-instanceid": name} for name in IDS[:3]),
    {"eipctl.io/pool": "p"},
    {"eipctl.io/pool": "q", "eipctl.io/pool-overflow": "buy"},
]
POOLS = [None] * 4 + [pool_in(OURS, "p"), pool_in(OURS, "p"), pool_in(OURS, "q"), pool_in(THEIRS, "p")]

pods = st.builds(
    lambda annotations, **facts: Pod(**annotation_fields(annotations), **facts),
    st.sampled_from(WISHES),
    namespace=st.just("ns"),
    name=st.sampled_from(NAMES),
    uid=st.sampled_from([f"uid-{number}" for number in range(8)]),
    created=st.integers(0, 5).map(lambda hours: NOW - timedelta(hours=hours)),
    node=st.just("n"),
    ip=st.sampled_from(["", *IPS]),
    phase=st.sampled_from(["Running", "Running", "Running", "Succeeded"]),
    terminating=st.sampled_from([False, False, True]),
    owner=st.sampled_from([None, SET, SET]),
)


KNOBS = st.sampled_from([Knobs(), Knobs(prune=True, grace=0.0), Knobs(reuse=True)])


@st.composite
def eips(draw: st.DrawFn) -> Eip:
    """An EIP of ours, of another cluster, of a person; free, bound, or on its way."""
    status = draw(st.sampled_from(EipStatus))
    free = status in (EipStatus.AVAILABLE, EipStatus.RELEASING)
    ip = draw(st.sampled_from(IPS))
    found = Eip(
        draw(st.sampled_from(IDS)),
        "47.0.0.1",
        status,
        instance_id="" if free else f"eni-{ip}",
        instance_type="" if free else draw(st.sampled_from(["NetworkInterface"] * 7 + ["EcsInstance"])),
        private_ip="" if free or draw(st.booleans()) else ip,
        locked=draw(st.sampled_from([False, False, False, True])),
        protected=draw(st.sampled_from([False, False, False, True])),
        odd="its Status is 'Melting'" if status is EipStatus.UNKNOWN else "",
        bandwidth_package_id=draw(st.sampled_from(["", "", "", "cbwp-1", "cbwp-2"])),
    )
    pool = draw(st.sampled_from(POOLS))
    consent = dict([pool.tag]) if pool else {}
    cluster = draw(st.sampled_from([OURS, OURS, OURS, THEIRS, None]))
    if cluster is None:
        return replace(found, **tag_fields(consent))
    uid = draw(st.sampled_from([f"uid-{n}" for n in range(8)]))
    holder = Pod("ns", draw(st.sampled_from(NAMES)), uid, NOW, owner=draw(st.sampled_from([None, SET])))
    strategy = Strategy(draw(st.sampled_from([0.0, 0.0, 3600.0, None])))
    tags = dict(ownership.tags_for(cluster, holder, draw(st.sampled_from(Role)), strategy))
    if draw(st.sampled_from([True, True, True, False])):
        recorded = draw(st.sampled_from([ip, ip, ip, *IPS]))
        place = EniAddress(f"eni-{recorded}", recorded, primary=not found.private_ip, vpc_id="vpc-1")
        tags |= dict([ownership.binding_tag(place)])
    if draw(st.booleans()):
        tags[ownership.ORPHAN_SINCE] = "t-20261120T000000Z"
    return replace(found, **tag_fields(tags | consent))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """At most one Pod that stays per IP and per UID, at most one EIP per address: what a cluster and a cloud allow."""
    alive: dict[str, Pod] = {}
    taken: set[str] = set()
    for pod in draw(st.lists(pods, max_size=6, unique_by=lambda pod: pod.uid)):
        stays = not (pod.terminating or pod.finished)
        if stays and pod.ip in taken:
            continue
        taken |= {pod.ip} - {""} if stays else set()
        alive[pod.uid] = pod
    known = draw(st.lists(eips(), max_size=6, unique_by=lambda eip: eip.allocation_id))
    places: set[str] = set()
    kept = []
    for eip in known:
        if eip.instance_id not in places or not eip.instance_id:
            places.add(eip.instance_id)
            kept.append(eip)
    enis = {pod.uid: EniAddress(f"eni-{pod.ip}", pod.ip, primary=True, vpc_id="v") for pod in alive.values() if pod.ip}
    return World(
        cluster=OURS,
        now=NOW,
        eips=tuple(kept),
        pods=tuple(alive.values()),
        selected=frozenset(alive),
        enis=enis,
        complete=draw(st.sampled_from([True, True, True, False])),
    )


def carry_out(world: World, actions: list[BindAction]) -> World:
    """What the cloud and the cluster look like after the Actions; raises if the cloud would refuse one."""
    cloud = {eip.allocation_id: settled(eip) for eip in world.eips}
    cluster = {pod.uid: pod for pod in world.pods}
    bought: dict[str, str] = {}
    for action in actions:
        name = action.allocation_id or bought.get(action.uid, "")
        match action:
            case Allocate():
                bought[action.uid] = f"eip-new-{action.uid}"
                cloud[bought[action.uid]] = Eip(
                    bought[action.uid], "47.9.9.9", EipStatus.AVAILABLE, **tag_fields(dict(action.ownership))
                )
            case Associate() if cloud[name].status is EipStatus.IN_USE and cloud[name].instance_id == action.eni_id:
                pass  # the handler looks first, and finds it done
            case Associate():
                assert cloud[name].status is EipStatus.AVAILABLE, f"{name} is not free"
                assert not any(other.instance_id == action.eni_id for other in cloud.values()), "the IP has an EIP"
                cloud[name] = replace(
                    cloud[name], status=EipStatus.IN_USE, instance_id=action.eni_id, instance_type=ownership.ENI
                )
                assert not ownership.held_elsewhere(cloud[name]), "it was bound without a record of it"
            case Unassociate():
                assert cloud[name].instance_id in (action.eni_id, "")
                assert not ownership.held_elsewhere(cloud[name]), "somebody else bound it"
                cloud[name] = free(cloud[name])
            case Release():
                released = cloud.pop(name)
                assert released.pool is None, "somebody lends it"
                assert role_of(released) is Role.ALLOCATED, "it was not bought"
                assert not ownership.held_elsewhere(released), "somebody else bound it"
                assert (released.status, released.bandwidth_package_id) == (EipStatus.AVAILABLE, "")
            case Modify() | JoinPackage() | LeavePackage() | Tag() | Untag():
                cloud[name] = changed(cloud[name], action)
            case AnnotatePod():
                pod = cluster[action.uid]
                cluster[action.uid] = replace(pod, recorded="" if action.remove else cloud[name].address)
    return replace(world, eips=tuple(cloud.values()), pods=tuple(cluster.values()))


def changed(eip: Eip, action: Modify | JoinPackage | LeavePackage | Tag | Untag) -> Eip:
    """The EIP with other attributes; raises if the cloud would refuse."""
    match action:
        case Modify():
            assert eip.pool is None, "somebody lends it"
            return replace(eip, **dict(action.changes))
        case JoinPackage():
            assert eip.pool is None, "somebody lends it"
            assert eip.bandwidth_package_id == "", "it is in a package already"
            return replace(eip, bandwidth_package_id=action.package_id)
        case LeavePackage():
            assert eip.bandwidth_package_id == action.package_id
            return replace(eip, bandwidth_package_id="")
        case Tag():
            return replace(eip, **tag_fields({**eip.tags, **dict(action.tags)}))
        case Untag():
            return replace(eip, **tag_fields({key: value for key, value in eip.tags.items() if key not in action.keys}))


def role_of(eip: Eip) -> Role | None:
    """As what it serves, by its tags."""
    return eip.owner.role if eip.owner else None


def settled(eip: Eip) -> Eip:
    """The EIP after its transition: the handlers wait for it."""
    if eip.status is EipStatus.ASSOCIATING:
        return replace(eip, status=EipStatus.IN_USE)
    return free(eip) if eip.status is EipStatus.UNASSOCIATING else eip


def free(eip: Eip) -> Eip:
    return replace(eip, status=EipStatus.AVAILABLE, instance_id="", instance_type="", private_ip="")


def planned(world: World, knobs: Knobs) -> list[BindAction]:
    actions = list(plan_bind(world, knobs).plan.actions)
    assert all(isinstance(action, BindAction) for action in actions)
    return [action for action in actions if isinstance(action, BindAction)]


@settings(max_examples=600, deadline=None)
@given(worlds(), KNOBS)
def test_reconciling_ends_and_takes_nothing_from_others(world: World, knobs: Knobs) -> None:
    """B2, B3, B4, B5, B7 on the plan alone: the fault suite shows them for its execution."""
    if not world.complete:
        assert not any(isinstance(action, Unassociate | Release | Untag) for action in planned(world, knobs))
    after = world
    for _ in range(len(world.pods) + 2):
        after = carry_out(after, planned(after, knobs))
    same_again = plan_bind(after, knobs).plan
    assert same_again.empty, [action.as_data() for action in same_again.actions]
    _others_are_untouched(world, after)
    _every_pod_is_served_or_told(after, knobs)
    if world.complete:
        _no_stale_binding(after)
    if not knobs.prune:
        assert {eip.allocation_id for eip in world.eips} <= {eip.allocation_id for eip in after.eips}


@settings(max_examples=150, deadline=None)
@given(worlds(), KNOBS)
def test_the_aftermath_is_what_the_cloud_then_looks_like(world: World, knobs: Knobs) -> None:
    """What is told of a run is what the model of the cloud and the cluster, which knows nothing of it, has become."""
    world = replace(world, eips=tuple(settled(eip) for eip in world.eips))
    actions = planned(world, knobs)
    told = aftermath(world, [Step(action, StepState.DONE, learned=_learned(action)) for action in actions])
    assert _figures(told) == _figures(carry_out(world, actions))
    assert aftermath(world, [Step(action, StepState.FAILED, learned=_learned(action)) for action in actions]) == world


def _learned(action: BindAction) -> tuple[tuple[str, str], ...]:
    new = (("allocation_id", f"eip-new-{action.uid}"), ("eip_address", "47.9.9.9"))
    return new if isinstance(action, Allocate) else ()


def _figures(world: World) -> tuple[object, ...]:
    """What is shown of a World: EIPs and the annotations of Pods."""
    eips = {eip.allocation_id: (eip.status, eip.instance_id, eip.bandwidth_package_id, eip.tags) for eip in world.eips}
    return eips, {pod.uid: pod.recorded for pod in world.pods}


def _others_are_untouched(before: World, after: World) -> None:
    """An EIP without a tag for this cluster changes only by being given, or lent: bound, and tagged as such.

    Nobody's consent is added or taken off. An own one that somebody else has bound changes not at all.
    """
    now = {eip.allocation_id: eip for eip in after.eips}
    for eip in before.eips:
        assert eip.allocation_id not in now or now[eip.allocation_id].pool == eip.pool
        if eip.owner is not None and ownership.held_elsewhere(settled(eip)):
            assert now[eip.allocation_id] == settled(eip)
            continue
        if ownership.belongs_to(eip.owner, OURS):
            continue
        left = now[eip.allocation_id]
        owner = left.owner
        if owner is not None and ownership.belongs_to(owner, OURS):
            lends = eip.pool is not None and eip.pool.is_of(OURS) and eip.owner is None
            assert settled(eip).status is EipStatus.AVAILABLE
            assert owner.role is (Role.POOLED if lends else Role.GIVEN)
            assert lends or not eip.tags
        else:
            assert left == settled(eip)


def _every_pod_is_served_or_told(after: World, knobs: Knobs) -> None:
    """A Pod that asks has an EIP at its address, or a reason why not."""
    bound = bindings(after.eips)
    told = {skip.object for skip in plan_bind(after, knobs).plan.skips}
    for pod in after.pods:
        if pod.wish is not None and not pod.finished:
            served = pod.uid in after.enis and at(after.enis[pod.uid], bound) is not None
            assert served or f"pod/{pod.key}" in told


def _no_stale_binding(after: World) -> None:
    """Every own binding that eipctl made is a living Pod's (a locked EIP can't be unbound by anybody)."""
    alive = {pod.uid for pod in after.pods if not pod.finished}
    for eip in after.eips:
        owner = eip.owner
        if (
            owner
            and ownership.belongs_to(owner, OURS)
            and eip.bound
            and not (eip.untouchable or ownership.held_elsewhere(eip))
        ):
            assert owner.pod_uid in alive
