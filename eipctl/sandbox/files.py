"""The files in a sandbox's folder: all private to their owner, all replaced in one step."""

from __future__ import annotations

import fcntl
import os
import stat
from typing import TYPE_CHECKING

import msgspec

from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path

METADATA_VARIABLE = "EIPCTL_SANDBOX_METADATA_URL"
DATABASE, KUBECONFIG, LOG, STATE = "state.db", "kubeconfig", "sandbox.log", "sandbox.json"


class Record(msgspec.Struct, frozen=True):
    """What others must know to reach a sandbox; `identity` is that of the process that wrote it."""

    identity: str
    pid: int
    scenario: str
    speed: float
    quota: int | None
    kube_port: int
    cloud_port: int
    admin_token: str
    kube_token: str
    access_key_id: str
    access_key_secret: str
    region: str
    cluster_id: str
    metadata_port: int = 0
    pods: int | None = None
    follows: str = ""
    """The kubeconfig of the cluster that is followed, at `kube_server`; "" when the sandbox has its own."""
    kube_server: str = ""

    @property
    def kube_url(self) -> str:
        """The Kubernetes API."""
        return self.kube_server or f"https://127.0.0.1:{self.kube_port}"

    @property
    def cloud_url(self) -> str:
        """The Alibaba Cloud endpoint."""
        return f"http://127.0.0.1:{self.cloud_port}"

    @property
    def metadata_url(self) -> str:
        """The ECS metadata service."""
        return f"http://127.0.0.1:{self.metadata_port}"


def make_folder(directory: Path) -> None:
    """Make it, for its owner only."""
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise SandboxError(f"folder {directory} can't be made: {error.strerror}", "choose another with --dir") from None
    refuse_shared(directory)


def refuse_shared(directory: Path) -> None:
    """SandboxError for a folder into which others may have put links, or what clients are led by."""
    try:
        place, link = directory.stat(), directory.lstat()
    except OSError:
        return  # There is none yet.
    if not {place.st_uid, link.st_uid} <= {os.geteuid(), 0}:
        raise SandboxError(f"folder {directory} belongs to another user", "choose another with --dir")
    if place.st_mode & stat.S_IWOTH:
        raise SandboxError(f"anybody may write to folder {directory}", "choose another with --dir, or one inside it")


def write(path: Path, content: bytes) -> None:
    """Replace a file in one step, mode 0600."""
    beside = path.with_name(f".{path.name}.new")
    beside.unlink(missing_ok=True)
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    beside.replace(path)


def write_record(directory: Path, record: Record) -> None:
    """Tell others."""
    write(directory / STATE, msgspec.json.format(msgspec.json.encode(record)) + b"\n")


def read_record(directory: Path) -> Record | None:
    """What was told last; None if nothing (usable) was. SandboxError where others may have told it."""
    refuse_shared(directory)
    try:
        return msgspec.json.decode((directory / STATE).read_bytes(), type=Record)
    except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
        return None


def environment(directory: Path, record: Record) -> dict[str, str]:
    """The environment that leads clients to a sandbox."""
    return {
        "KUBECONFIG": record.follows or str(directory / KUBECONFIG),
        "EIPCTL_ENDPOINT_URL": record.cloud_url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": record.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": record.access_key_secret,
        "ALIBABA_CLOUD_REGION_ID": record.region,
    }


class Lock:
    """Held by the process that runs the sandbox of a folder, as long as it lives."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / "lock"
        self._fd: int | None = None

    def take(self) -> bool:
        """Whether it is ours now."""
        fd = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(fd)
            return False
        self._fd = fd
        return True

    def drop(self) -> None:
        """Let go."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def in_use(directory: Path) -> bool:
    """Whether a sandbox runs in that folder."""
    if not directory.is_dir():
        return False
    lock = Lock(directory)
    taken = lock.take()
    lock.drop()
    return not taken
