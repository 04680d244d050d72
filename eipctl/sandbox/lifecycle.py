"""Starting, finding and stopping the sandbox process of a folder."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.sandbox import files, shell
from eipctl.sandbox.client import Client
from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.sandbox.files import Record

__all__ = ["Client", "SandboxError", "default_directory", "down", "env_lines", "running", "up"]

START_SECONDS = 20.0
STOP_SECONDS = 5.0
DIRECTORY_VARIABLE = "EIPCTL_SANDBOX_DIR"
_VARIABLES = (
    "KUBECONFIG",
    "EIPCTL_ENDPOINT_URL",
    "ALIBABA_CLOUD_ACCESS_KEY_ID",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_REGION_ID",
    DIRECTORY_VARIABLE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a sandbox is asked to be; None, and port 0, leave it open."""

    port: int = 0
    seed: str | None = None
    speed: float | None = None
    quota: int | None = None
    pods: int | None = None
    follow: Path | None = None
    """The kubeconfig of a cluster to follow."""

    @property
    def followed(self) -> str | None:
        """The same in full."""
        return str(self.follow.absolute()) if self.follow else None


def default_directory() -> Path:
    """EIPCTL_SANDBOX_DIR, else a folder in the user's state folder."""
    given = os.environ.get(DIRECTORY_VARIABLE)
    if given:
        return Path(given).absolute()
    from platformdirs import user_state_path

    return user_state_path("eipctl") / "sandbox"


def running(directory: Path) -> Record | None:
    """How to reach the sandbox that runs in a folder; None if none does.

    A state file alone proves nothing: the lock must be held, and who answers must be who wrote the file.
    """
    record = files.read_record(directory)
    if record is None or not files.in_use(directory):
        return None
    return record if Client(record).answers() else None


def up(
    directory: Path,
    *,
    port: int = 0,
    seed: str | None = None,
    speed: float | None = None,
    quota: int | None = None,
    pods: int | None = None,
    follow: Path | None = None,
    foreground: bool = False,
    on_ready: Callable[[Record], None] | None = None,
) -> Record:
    """Start it, or find it started with the same options; returns when both APIs answer.

    With `foreground` it runs in this process, and this returns when it was stopped; `on_ready` is called in between.
    """
    directory = directory.absolute()
    options = Options(port=port, seed=seed, speed=speed, quota=quota, pods=pods, follow=follow)
    there = running(directory)
    if there is not None:
        _same_options(there, options)
        if foreground:
            raise SandboxError(
                f"a sandbox is already running in {directory} (pid {there.pid})", "stop it with eipctl sandbox down"
            )
        return _ready(there, on_ready)
    if foreground:
        return serve(directory, options, on_ready)
    return _ready(_spawn(directory, _arguments(options)), on_ready)


def _ready(record: Record, on_ready: Callable[[Record], None] | None) -> Record:
    if on_ready is not None:
        on_ready(record)
    return record


def _same_options(there: Record, options: Options) -> None:
    """Refuse if the sandbox that runs is not the one that was asked for."""
    asked = (
        ("--port", options.port or None, there.kube_port or there.cloud_port),
        ("--seed", options.seed, there.scenario),
        ("--speed", options.speed, there.speed),
        ("--quota", options.quota, there.quota),
        ("--pods", options.pods, there.pods),
        ("--kubeconfig", options.followed, there.follows),
    )
    for option, wanted, has in asked:
        if wanted is not None and wanted != has:
            raise SandboxError(
                f"a sandbox is already running with {option} {_plain(has)}, not {_plain(wanted)}",
                "stop it first with eipctl sandbox down, or choose another folder with --dir",
            )


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _arguments(options: Options) -> list[str]:
    given = (
        ("--port", options.port or None),
        ("--seed", options.seed),
        ("--speed", options.speed),
        ("--quota", options.quota),
        ("--pods", options.pods),
        ("--kubeconfig", options.followed),
    )
    return [word for option, value in given if value is not None for word in (option, str(value))]


def _spawn(directory: Path, arguments: list[str]) -> Record:
    """A detached process of its own session, which says on a pipe when it is ready."""
    files.make_folder(directory)
    log_path = directory / files.LOG
    listening, telling = os.pipe()
    with os.fdopen(os.open(log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        command = [sys.executable, "-m", "eipctl.sandbox", "--dir", str(directory), "--ready-fd", str(telling)]
        child = subprocess.Popen(  # noqa: S603 - our own interpreter and our own words
            [*command, *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            pass_fds=(telling,),
        )
    os.close(telling)
    try:
        said = _heard(listening)
    finally:
        os.close(listening)
    record = files.read_record(directory)
    if said != b"ready" or record is None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        child.wait()
        raise _failure(log_path)
    return record


def _heard(fd: int) -> bytes:
    """What the child says, until it ends or the time is over."""
    readable, _, _ = select.select([fd], [], [], START_SECONDS)
    return os.read(fd, 100) if readable else b""


def _failure(log_path: Path) -> SandboxError:
    lines = log_path.read_text(encoding="utf-8", errors="replace").splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "it printed nothing")
    message, _, hint = last.partition("\t")
    return SandboxError(f"the sandbox does not start: {message}", hint or f"its log is {log_path}")


def serve(directory: Path, options: Options, on_ready: Callable[[Record], None] | None = None) -> Record:
    """Run it in this process until SIGINT, SIGTERM or :func:`down` (main thread only)."""
    from eipctl.sandbox.server import Sandbox

    with Sandbox(
        directory,
        scenario=options.seed,
        speed=options.speed,
        quota=options.quota,
        pods=options.pods,
        port=options.port,
        follow=options.follow,
    ) as sandbox:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda _number, _frame: sandbox.stopping.set())
        record = _ready(sandbox.record, on_ready)
        sandbox.stopping.wait()
    return record


def down(directory: Path, *, patience: float = STOP_SECONDS) -> bool:
    """Stop the sandbox of a folder, by force after `patience` seconds; False if none runs. Its state stays."""
    record = files.read_record(directory)
    if record is None or not files.in_use(directory):
        return False
    with contextlib.suppress(SandboxError):
        Client(record, seconds=patience).stop()
    if not _ended(directory, patience):
        with contextlib.suppress(ProcessLookupError):
            os.kill(record.pid, signal.SIGKILL)
        _ended(directory, patience)
    return True


def _ended(directory: Path, patience: float) -> bool:
    deadline = time.monotonic() + patience
    while files.in_use(directory):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def env_lines(
    directory: Path, *, unset: bool = False, metadata: bool = False, environ: Mapping[str, str] = os.environ
) -> list[str]:
    """Lines for a shell's eval that lead clients to the sandbox, or back; `metadata` adds where that service is.

    `environ` is the shell's, as it is now.
    """
    if unset:
        return shell.leave((*_VARIABLES, files.METADATA_VARIABLE), environ)
    directory = directory.absolute()
    record = running(directory)
    if record is None:
        raise SandboxError(f"no sandbox is running in {directory}", "start one with eipctl sandbox up")
    values = {**files.environment(directory, record), DIRECTORY_VARIABLE: str(directory)}
    if metadata:
        values[files.METADATA_VARIABLE] = record.metadata_url
    return shell.enter(values, str(directory), environ)
