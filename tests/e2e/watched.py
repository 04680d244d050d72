"""A `bind --watch` in a process of its own, what it writes while it runs, and what its pages answer."""

from __future__ import annotations

import re
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from tests.children import child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

PATIENCE = 60.0
"""Seconds for what is to happen: many times what it takes."""


class Watched:
    """One that was started. It listens on a free port, which its first line tells."""

    def __init__(self, running: subprocess.Popen[str]) -> None:
        self.running = running
        self.out: list[str] = []
        self.err: list[str] = []
        streams = ((running.stdout, self.out), (running.stderr, self.err))
        self._readers = [threading.Thread(target=_read, args=each, daemon=True) for each in streams]
        for reader in self._readers:
            reader.start()

    @property
    def at(self) -> str:
        """Where it listens."""
        found: list[str] = []

        def told() -> bool:
            found.extend(re.findall(r"listening on (http://[\d.:]+)", "".join(self.err)))
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
        end = time.monotonic() + PATIENCE
        while not happened():
            assert self.running.poll() is None, f"ended with {self.running.returncode}: {''.join(self.err)}"
            assert time.monotonic() < end, f"not in time: {''.join(self.err)}"
            time.sleep(0.02)

    def leads(self) -> None:
        """Wait until it does, and has read everything."""
        self.until(lambda: self.ask("/readyz") == (200, "ok: leader\n"))

    def stop(self) -> int:
        """Its exit code after SIGTERM."""
        self.running.terminate()
        code = self.running.wait(PATIENCE)
        for reader in self._readers:
            reader.join()
        return code


def _read(stream: Iterator[str], lines: list[str]) -> None:
    for line in stream:
        lines.append(line)


@contextmanager
def watched(command: Sequence[str], environ: Mapping[str, str], folder: Path | None = None) -> Iterator[Watched]:
    """Run it during the block."""
    with child(
        command,
        env=environ,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        yield Watched(running)
