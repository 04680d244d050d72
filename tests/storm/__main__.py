"""Random faults on both APIs beside random deeds of people, and then calm: nothing leaks, is stolen or misplaced.

    python -m tests.storm --seconds 60 --seed 1

A storm begins from the same sandbox with a number of its own; a failure names the number that repeats it:
`--seed N --seconds 0` is that storm alone. The judge reads what the sandbox holds, by no code of eipctl's.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.commands.bind import BindOptions
from eipctl.sandbox.server import Sandbox
from tests.faults.gate import together
from tests.faults.lab import PRUNE, Lab
from tests.faults.people import DEEDS, WISHES, People

if TYPE_CHECKING:
    from collections.abc import Collection

OPTIONS = (BindOptions(), PRUNE, replace(PRUNE, reuse=True))
FAULTS: tuple[dict[str, Any], ...] = (
    {"do": "lose"},
    {"do": "reset"},
    {"do": "truncate"},
    {"do": "after", "status": 503, "code": "ServiceUnavailable"},
    {"do": "error", "status": 500, "code": "InternalError"},
    {"do": "error", "status": 429, "code": "TooManyRequests"},
    {"do": "throttle"},
    {"do": "latency", "seconds": 0.05},
)
ROUNDS = 3
STEPS = 120
"""Moments of a run at which something may happen."""


def storm(lab: Lab, seed: int) -> Counter[str]:
    """One history and the calm after it; what happened, counted. AssertionError for a broken promise."""
    chance, seen = random.Random(seed), Counter[str]()
    lab.restore()
    people = People(lab)
    for _ in range(ROUNDS):
        for _ in range(chance.randint(1, 3)):
            people.create(chance.randrange(4), chance.randrange(len(WISHES)))
        _spoil(lab, chance, seen)
        deeds = {chance.randint(1, STEPS): _deed(people, chance, seen) for _ in range(chance.randint(0, 3))}
        runs = [chance.choice(OPTIONS) for _ in range(chance.choice((1, 1, 2)))]
        errors = together(lab, runs, deeds=deeds, lease=chance.random() < 0.8)
        bugs = [error.message for error in errors if "internal error" in error.message]
        assert not bugs, f"a bug: {bugs}"
        seen += Counter(runs=len(runs), errors=len(errors), faults=_hits(lab))
        people.nothing_was_taken(pruned=any(options.prune for options in runs) or seen["pruned"] > 0)
        seen["pruned"] += any(options.prune for options in runs)
        lab.sandbox.faults.clear()
        lab.sandbox.calls.clear()
    people.calm_down()
    judge(lab, people)
    return seen


def _spoil(lab: Lab, chance: random.Random, seen: Counter[str]) -> None:
    for service in ("cloud", "kube"):
        for fault in chance.sample(FAULTS, 2):
            rule = {**fault, "service": service, "probability": 0.05, "times": 0, "seed": chance.randrange(1 << 30)}
            lab.sandbox.faults.add(rule)
            seen["rules"] += 1


def _hits(lab: Lab) -> int:
    return sum(rule["spoilt"] for rule in lab.sandbox.faults.listing())


def _deed(people: People, chance: random.Random, seen: Counter[str]) -> Any:
    what, one, two = chance.choice(DEEDS), chance.randrange(8), chance.randrange(8)

    def do() -> None:
        seen["deeds"] += 1
        people.do(what, one, two)

    return do


def judge(lab: Lab, people: People, told: Collection[str] = ()) -> None:
    """By the sandbox's own state: no EIP of eipctl's without its Pod, and none at another Pod's IP.

    Of two Pods that have each other's IP and of which one is `told` (``pod/default/a``) why nothing is done for it, the
    other one may still have its EIP.
    """
    pods = {pod["metadata"]["uid"]: pod for pod in lab.sandbox.objects.list("pods", "default")}
    homes = {pod["status"].get("podIP"): uid for uid, pod in pods.items()}
    for row in lab.sandbox.cloud.eips():
        tags = dict(row.tags)
        if tags.get("eipctl-cluster") != lab.sandbox.cluster_id or row.status == "Releasing":
            continue
        uid, moved = tags.get("eipctl-pod-uid", "").removeprefix("u-"), row.allocation_id in people.held
        if tags.get("eipctl-role") == "allocated":
            assert uid in pods or moved, f"a leak: {row}"
        owner, there = pods.get(uid, {"metadata": {"name": ""}})["metadata"]["name"], homes.get(row.private_ip)
        if row.status == "InUse" and there is not None and not moved and f"pod/default/{owner}" not in told:
            assert there == uid, f"misplaced: {row} is at the IP of Pod {there}"


def main(arguments: list[str]) -> int:
    """Storms until the time is over; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(prog="python -m tests.storm")
    parser.add_argument("--seconds", type=float, default=60.0, help="no storm begins after so long")
    parser.add_argument("--seed", type=int, default=1, help="of the first storm; each next one has the next number")
    asked = parser.parse_args(arguments)
    end, seed, total = time.monotonic() + asked.seconds, asked.seed, Counter[str]()
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(Path(folder) / "sandbox", scenario="modern", speed=50.0) as sandbox,
    ):
        lab = Lab(sandbox)
        lab.remember()
        while seed == asked.seed or time.monotonic() < end:
            try:
                total += storm(lab, seed) + Counter(storms=1)
            except Exception:  # noqa: BLE001 - whatever it is, the number that repeats it is told
                traceback.print_exc()
                sys.stderr.write(f"storm {seed} broke a promise: python -m tests.storm --seconds 0 --seed {seed}\n")
                return 1
            seed += 1
    sys.stdout.write(
        ", ".join(f"{total[name]} {name}" for name in ("storms", "runs", "deeds", "faults", "errors")) + "\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
