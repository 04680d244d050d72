"""Two watching runs through hours of churn, faults and kills: whenever it is calm, everything is as promised.

    python -m tests.soak --hours 24 --speed 100

An hour is one of the sandbox's time: at speed 100 it takes 36 s. Again and again people do what people do while both
APIs fail now and then, a leader is killed, and cron runs `bind` as well; then the faults end, and the watching runs
alone have to get everything right. The judge reads what the sandbox holds, by no code of eipctl's. Leaders are killed
in the first half only: a process of the second half lives to the end, so that memory which grows shows. Ends with 1 and
the number that repeats it when a promise was broken.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.sandbox.cloud.cloud import CloudRefusal
from eipctl.sandbox.server import Sandbox
from tests.e2e.watching import Watching, holder, watching
from tests.faults.lab import PRUNE, Lab
from tests.faults.people import DEEDS, WISHES, People
from tests.storm.__main__ import FAULTS, judge

if TYPE_CHECKING:
    from collections.abc import Iterator

OPTIONS = ("--prune", "--grace", "0s", "--resync", "5s", "--log-format", "json")
CRON = (sys.executable, "-m", "eipctl", "bind", "-A", "--yes", "-q", "--timeout", "20s")
CHURN = 6.0
"""Seconds of churn before each calm."""
PATIENCE = 400.0
"""Seconds in which it must be calm: a change that somebody undid is waited for during 120, the longest pause is 300."""
KILLED, CRONNED = 0.25, 0.3
"""How often in a turn a leader is killed, and cron runs bind."""


class Soak:
    """One sandbox and its watching runs."""

    def __init__(self, lab: Lab, chance: random.Random, stack: ExitStack) -> None:
        self.lab, self.people = lab, People(lab)
        self._chance, self._stack = chance, stack
        self._runs: list[Watching] = []
        self._kills = True
        self.seen: Counter[str] = Counter()
        self.memory: dict[int, list[float]] = {}
        """MiB of each process: when it has started, and turn by turn."""

    def turn(self, *, kills: bool) -> None:
        """Churn, calm, judgement."""
        self._kills = kills
        self._keep_two()
        self._spoil()
        crons = list(self._churn())
        self.seen["faults"] += sum(rule["spoilt"] for rule in self.lab.sandbox.faults.listing())
        self.lab.sandbox.faults.clear()
        for cron in crons:
            cron.wait(60)
        self._keep_two()
        self._await_calm()
        self._judge()
        self.lab.sandbox.calls.clear()
        self.seen["turns"] += 1

    def _keep_two(self) -> None:
        """Start what is not running, as Kubernetes or systemd does."""
        for run in [run for run in self._runs if run.process.poll() is not None]:
            assert run.process.returncode == -9, f"a watching run ended by itself: {run.said}"
            self._runs.remove(run)
        while len(self._runs) < 2:
            self.seen["starts"] += 1
            self._runs.append(self._stack.enter_context(watching(self.lab.stage, *OPTIONS)))

    def _spoil(self) -> None:
        for name in ("drop", "repeat", "late", "reset"):
            rule = {"do": name, "service": "kube", "api": "event", "probability": 0.02, "times": 0}
            self.lab.sandbox.faults.add({**rule, "seed": self._chance.randrange(1 << 30)})
        for service in ("cloud", "kube"):
            for fault in self._chance.sample(FAULTS, 2):
                rule = {**fault, "service": service, "probability": 0.05, "times": 0}
                self.lab.sandbox.faults.add({**rule, "seed": self._chance.randrange(1 << 30)})

    def _churn(self) -> Iterator[subprocess.Popen[bytes]]:
        ends = time.monotonic() + CHURN
        kills = [self._chance.uniform(0, CHURN)] if self._chance.random() < KILLED and self._kills else []
        crons = [self._chance.uniform(0, CHURN)] if self._chance.random() < CRONNED else []
        while (left := ends - time.monotonic()) > 0:
            self._deed()
            if kills and left < kills[0]:
                kills.clear()
                self._kill()
            if crons and left < crons[0]:
                crons.clear()
                self.seen["cron runs"] += 1
                env = {**os.environ, **self.lab.sandbox.env()}
                yield subprocess.Popen(CRON, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(self._chance.uniform(0.0, 0.4))

    def _deed(self) -> None:
        """What is no longer possible when somebody comes to do it is not done."""
        people, chance = self.people, self._chance
        with suppress(CloudRefusal, StopIteration, KeyError):
            if chance.random() < 0.4:
                people.create(chance.randrange(4), chance.randrange(len(WISHES)))
            else:
                people.do(chance.choice(DEEDS), chance.randrange(8), chance.randrange(8))
            self.seen["deeds"] += 1

    def _kill(self) -> None:
        leader = next((run for run in self._runs if f"/{run.process.pid}/" in holder(self.lab.stage)), None)
        if leader is not None:
            self.seen["kills"] += 1
            leader.kill()

    def _await_calm(self) -> None:
        """Until nothing is left to do, by a plan that reads everything afresh."""
        ends = time.monotonic() + PATIENCE
        while left := self._left():
            assert time.monotonic() < ends, f"not calm after {PATIENCE:g} s: {left}"
            time.sleep(0.3)
        for run in self._runs:
            with suppress(OSError, StopIteration):
                self.memory.setdefault(run.process.pid, []).append(_memory(run.process.pid))

    def _left(self) -> list[dict[str, Any]]:
        moving = [row for row in self.lab.sandbox.cloud.eips() if row.settles_at]
        return [{"moving": row} for row in moving] or self.lab.planned(PRUNE)

    def _judge(self) -> None:
        self.people.nothing_was_taken(pruned=True)
        plan = prepare_bind(self.lab.session(), BindOptions()).plan
        told = {skip.object: skip.reason for skip in plan.skips}
        self.people.all_as_promised(told)
        judge(self.lab, self.people, told)

    def last_words(self) -> Iterator[str]:
        """The ends of what the watching runs have logged."""
        for run in self._runs:
            yield from (f"{run.process.pid}:", *run.said.splitlines()[-60:])

    def table(self) -> Iterator[str]:
        """What happened, and what it came to."""
        for name in ("turns", "deeds", "faults", "kills", "cron runs", "starts"):
            yield f"{name:10} {self.seen[name]:8,}"
        yield "leaks             0\nthefts            0\nmisplaced         0"
        for pid, values in sorted(self.memory.items(), key=lambda item: -len(item[1]))[:3]:
            yield (
                f"memory of {pid}: {values[0]:.0f} MiB at first, {max(values):.0f} MiB at most, "
                f"{values[-1]:.0f} MiB after {len(values)} turns"
            )


def _memory(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024


def main(arguments: list[str]) -> int:
    """Turn after turn until the time is over."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("--hours", type=float, default=1.0, help="of the sandbox's time")
    parser.add_argument("--speed", type=float, default=100.0, help="how much faster the sandbox's time goes")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    length = asked.hours * 3600 / asked.speed
    half, ends = time.monotonic() + length / 2, time.monotonic() + length
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(Path(folder) / "sandbox", scenario="modern", speed=asked.speed) as sandbox,
        ExitStack() as stack,
    ):
        soak = Soak(Lab(sandbox), random.Random(asked.seed), stack)
        try:
            while not soak.seen["turns"] or time.monotonic() < ends:
                soak.turn(kills=time.monotonic() < half)
        except Exception:  # noqa: BLE001 - whatever it is, the number that repeats it is told
            traceback.print_exc()
            sys.stderr.write(f"turn {soak.seen['turns']}: python -m tests.soak --seed {asked.seed}\n")
            sys.stderr.write("\n".join(soak.last_words()) + "\n")
            return 1
        sys.stdout.write("\n".join(soak.table()) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
