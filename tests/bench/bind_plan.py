"""How planning grows: CPU microseconds per Pod, at several sizes side by side. Linear is a row of equal numbers.

Then how often annotations and tags are parsed, while the facts are made and while the plan is.

python -m tests.bench.bind_plan [PODS ...]        10000 and 100000 by default
"""

from __future__ import annotations

import cProfile
import gc
import pstats
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from eipctl.domain import ownership, pod_annotations
from eipctl.domain.facts import ClusterId, Eip, EipStatus, EniAddress, OwnerRef, Pod
from eipctl.domain.ownership import Role
from eipctl.domain.pod_annotations import annotation_fields
from eipctl.domain.settings import RESULT
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs, World

if TYPE_CHECKING:
    from collections.abc import Callable

CLUSTER = ClusterId("c1", "u1")
NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
AUTO = {"k8s.aliyun.com/pod-with-eip": "true"}
SET = OwnerRef("StatefulSet", "web", "uid-set")
SIZES = (10_000, 100_000)
PARSERS = ("wanted", "owner_of", "parse_strategy", "parse_moment")
REMEMBERED: tuple[Any, ...] = (pod_annotations._asked, ownership._strategy)


def new(count: int) -> World:
    """Nobody has an EIP yet."""
    return world([pod(number) for number in range(count)], [])


def settled(count: int) -> World:
    """Everybody has one: what a cron job finds every five minutes."""
    pods = [pod(number, {RESULT: address(number)}) for number in range(count)]
    return world(pods, [bound(item, number) for number, item in enumerate(pods)])


def replaced(count: int) -> World:
    """All Pods of one StatefulSet are new, and all EIPs are those of the Pods before."""
    before = [replace(pod(number), uid=f"before-{number}", owner=SET) for number in range(count)]
    after = [replace(pod(number), owner=SET) for number in range(count)]
    return world(after, [free(bound(item, number)) for number, item in enumerate(before)])


def gone(count: int) -> World:
    """One Pod is left; the EIPs of all others are to be released."""
    pods = [pod(number) for number in range(count)]
    return world(pods[:1], [bound(item, number) for number, item in enumerate(pods)])


CASES: tuple[Callable[[int], World], ...] = (new, settled, replaced, gone)


def pod(number: int, told: dict[str, str] | None = None) -> Pod:
    """A Pod that asks for an EIP."""
    ip = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    asks = annotation_fields(AUTO | (told or {}))
    return Pod("default", f"web-{number}", f"uid-{number}", NOW, ip=ip, phase="Running", **asks)


def address(number: int) -> str:
    """A public address."""
    return f"198.{18 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


def bound(holder: Pod, number: int) -> Eip:
    """The Pod's own EIP, at its IP."""
    eni = f"eni-{number // 10}"
    place = EniAddress(eni, holder.ip, primary=False, vpc_id="vpc-1")
    own = (*ownership.tags_for(CLUSTER, holder, Role.ALLOCATED), ownership.binding_tag(place))
    held: dict[str, Any] = {"instance_id": eni, "instance_type": "NetworkInterface", "private_ip": holder.ip}
    return Eip(f"eip-{number}", address(number), EipStatus.IN_USE, **held, **ownership.tag_fields(dict(own)))


def free(eip: Eip) -> Eip:
    """The same, bound to nothing."""
    return replace(eip, status=EipStatus.AVAILABLE, instance_id="", instance_type="", private_ip="")


def world(pods: list[Pod], eips: list[Eip]) -> World:
    """All Pods are selected, ten of them on each ENI."""
    places = {
        item.uid: EniAddress(f"eni-{number // 10}", item.ip, primary=False, vpc_id="vpc-1")
        for number, item in enumerate(pods)
    }
    return World(
        cluster=CLUSTER,
        now=NOW,
        eips=tuple(eips),
        pods=tuple(pods),
        selected=frozenset(places),
        enis=places,
    )


def microseconds_per_pod(observed: World, count: int) -> float:
    """CPU time, the best of five."""
    knobs = Knobs(prune=True, grace=0.0)
    spent = []
    for _ in range(5):
        gc.collect()
        began = time.process_time()
        plan_bind(observed, knobs)
        spent.append(time.process_time() - began)
    return min(spent) * 1e6 / count


def parsed(work: Callable[[], object]) -> dict[str, int]:
    """How often each parser runs while this is done; what is remembered from an equal text is not parsed."""
    profile = cProfile.Profile()
    profile.runcall(work)
    stats: Any = pstats.Stats(profile)
    calls = {name: count for (_, _, name), (_, count, *_) in stats.stats.items()}
    return {name: calls.get(name, 0) for name in PARSERS}


def main(sizes: tuple[int, ...]) -> None:
    """Print the tables: one line per case, one column per size, and the last column by the first."""
    heads = "".join(f"{f'{size:,} Pods':>16}" for size in sizes)
    sys.stdout.write(f"{'CPU us a Pod':<18}{heads}{'ratio':>9}\n")
    for case in CASES:
        found = [microseconds_per_pod(case(size), size) for size in sizes]
        cells = "".join(f"{value:>16.1f}" for value in found)
        sys.stdout.write(f"{case.__name__:<18}{cells}{found[-1] / found[0]:>9.2f}\n")
    for function in REMEMBERED:
        function.cache_clear()
    made: list[World] = []
    door = parsed(lambda: made.append(settled(sizes[0])))
    plan = parsed(lambda: plan_bind(made[0], Knobs()))
    sys.stdout.write(f"\n{f'calls, {sizes[0]:,} settled':<26}{'facts':>10}{'plan':>10}\n")
    for name in PARSERS:
        sys.stdout.write(f"{name:<26}{door[name]:>10}{plan[name]:>10}\n")


if __name__ == "__main__":
    main(tuple(int(word) for word in sys.argv[1:]) or SIZES)
