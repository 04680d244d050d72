"""`eipctl bind --watch` as a process of its own: what it writes while it runs, what its pages answer, and who leads."""

from __future__ import annotations

import os
import re
import subprocess
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.children import EIPCTL, child
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.faults.stage import Stage

LEASE = ("leases", "kube-system", "eipctl")
RESULT = "k8s.aliyun.com/allocated-eipAddress"
PATIENCE = 60.0
"""Seconds for what is to happen: many times what it takes."""


class Watching:
    """One process; all that it writes is read at once."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.out: list[str] = []
        self.err: list[str] = []
        streams = ((process.stdout, self.out), (process.stderr, self.err))
        self._readers = [threading.Thread(target=_read, args=each, daemon=True) for each in streams]
        for reader in self._readers:
            reader.start()

    @property
    def said(self) -> str:
        """All that it has written on stderr so far."""
        return "".join(self.err)

    @property
    def at(self) -> str:
        """Where it listens, which its first line tells."""
        found: list[str] = []

        def told() -> bool:
            found.extend(re.findall(r"listening on (http://[\d.:]+)", self.said))
            return bool(found)

        self.until(told)
        return found[0]

    def ask(self, path: str) -> tuple[int, str]:
        """Status and text of a page; 0 while nobody answers."""
        try:
            with urlopen(f"{self.at}{path}", timeout=PATIENCE) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except URLError:
            return 0, ""

    def until(self, happened: Callable[[], bool]) -> None:
        """Wait for it, as long as the process lives."""

        def alive_and_happened() -> bool:
            assert self.process.poll() is None, f"ended with {self.process.returncode}: {self.said}"
            return happened()

        until(alive_and_happened, seconds=PATIENCE)

    def until_it_leads(self) -> None:
        """Wait until its page says so: it has read everything by then."""
        self.until(lambda: self.ask("/readyz") == (200, "ok: leader\n"))

    def end(self) -> int:
        """As Kubernetes and systemd end it; its exit code."""
        self.process.terminate()
        return self._over()

    def kill(self) -> None:
        """Without a chance to give anything back."""
        self.process.kill()
        self._over()

    def _over(self) -> int:
        code = self.process.wait(PATIENCE)
        for reader in self._readers:
            reader.join()
        return code


def _read(stream: Iterator[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)


@contextmanager
def started(command: Sequence[str], environ: Mapping[str, str], folder: Path | None = None) -> Iterator[Watching]:
    """A command for as long as the block lasts."""
    with child(
        command,
        env=environ,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        yield Watching(process)


@contextmanager
def watching(stage: Stage, *options: str) -> Iterator[Watching]:
    """`eipctl bind -A --watch --yes` for as long as the block lasts."""
    command = [*EIPCTL, "bind", "-A", "--watch", "--yes", *options]
    with started(command, {**os.environ, **stage.sandbox.env(), "NO_COLOR": "1"}) as run:
        yield run


def holder(stage: Stage) -> str:
    """Who has the Lease; "" for nobody."""
    lease: dict[str, Any] = stage.objects.get(*LEASE) or {}
    return str(lease.get("spec", {}).get("holderIdentity", ""))


def leads(stage: Stage, run: Watching) -> bool:
    """Whether this process has the Lease."""
    return f"/{run.process.pid}/" in holder(stage)


def is_served(stage: Stage, name: str) -> bool:
    """Whether a Pod has an EIP in use and tells its address."""
    pod, bound = stage.pod(name), stage.pod(name) and stage.bound_to(name)
    return bool(pod and bound and pod["metadata"]["annotations"].get(RESULT) == bound[0].address)


def cloud_calls(stage: Stage, api: str = "") -> list[str]:
    """The calls of the cloud so far."""
    calls = stage.sandbox.calls.listing()
    return [call["api"] for call in calls if call["service"] == "cloud" and api in ("", call["api"])]
