"""The files that `eipctl annotate -f` names: each once, with what is left out of a directory."""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, UsageError
from eipctl.base.files import read_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ENDINGS = (".yaml", ".yml", ".json")
KUSTOMIZATIONS = ("kustomization.yaml", "kustomization.yml", "Kustomization")
_TYPED = frozenset({errno.ENOENT, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EINVAL})
"""What is wrong with a name, and not with the disk or the rights."""
_WIDE = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A file, or standard input, with its text; `listed`: whether a directory was named and not the file."""

    name: str
    text: str
    listed: bool = False


@dataclass(slots=True)
class Files:
    """What was read, what was left out and why, and the files that a kustomization names as its patches."""

    manifests: list[Manifest] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(names: Sequence[str], exclude: Sequence[str] = ()) -> Files:
    """The files, and those in directories at any depth, each once. UsageError or Failed for one that can't be read."""
    files = Files()
    seen: set[str] = set()
    for given in names:
        folder = is_folder(Path(given))
        paths = sorted(_inside(given, exclude, files.notes)) if folder else [given]
        if folder and not paths:
            raise unreadable(given, f"it has no file that ends in {', '.join(ENDINGS)}")
        for path in paths:
            real = os.path.realpath(path)
            if real not in seen:
                files.manifests.append(Manifest(path, _text(path), folder))
            seen.add(real)
    return files


def decoded(content: bytes, name: str) -> str:
    """UTF-8, with its line ends and byte order marks as they are."""
    if content.startswith(_WIDE) or content[:2].count(0) == 1:
        raise unreadable(name, "it is UTF-16, and kubectl reads UTF-8 only; save it as UTF-8")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise unreadable(name, f"it is not UTF-8 at byte {error.start}") from error


def is_folder(path: Path) -> bool:
    """False also for a name that no file can have."""
    try:
        return path.is_dir()
    except OSError:
        return False


def unreadable(name: str, why: str) -> UsageError:
    """Of a file that was named and can't be one."""
    hint = "give a file, a directory or - for standard input"
    return UsageError(Code.MANIFEST, f"{name} can't be read: {why}", hint=hint, obj=name)


def closed(name: str, error: OSError, *, what: str = "read") -> UsageError | Failed:
    """A name that was mistyped is a usage error; what the disk or the rights refuse is a failure."""
    why = error.strerror or str(error)
    if error.errno in _TYPED and what == "read":
        return unreadable(name, why)
    hint = "see its rights, and the free space beside it" if what == "written" else "see its rights"
    return Failed(Code.MANIFEST, f"{name} can't be {what}: {why}", hint=hint, obj=name)


def _text(name: str) -> str:
    try:
        return decoded(read_file(Path(name)), name)
    except OSError as error:
        raise closed(name, error) from error


def _inside(given: str, exclude: Sequence[str], notes: list[str]) -> Iterator[str]:
    """The manifests of a directory; symlinked folders are followed once."""
    seen: set[str] = set()

    def onerror(error: OSError) -> None:
        raise closed(str(error.filename), error) from error

    for folder, folders, names in os.walk(given, onerror=onerror, followlinks=True):
        real = os.path.realpath(folder)
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        if "Chart.yaml" in names:
            skipped = [each for each in folders if each == "templates"]
            skipped += sorted(each for each in names if each == "Chart.yaml" or each.startswith("values"))
            notes.append(
                f"{folder} is a Helm chart: skipped {', '.join(skipped)}; annotate the output of helm template"
            )
            folders[:] = [each for each in folders if each != "templates"]
        else:
            skipped = []
        folders[:] = [each for each in sorted(folders) if not _excluded(given, folder, each, exclude)]
        for name in (each for each in names if each not in skipped):
            path = Path(folder, name)
            if path.suffix.lower() in ENDINGS and path.is_file() and not _excluded(given, folder, name, exclude):
                yield str(path)


def _excluded(given: str, folder: str, name: str, exclude: Sequence[str]) -> bool:
    """By its name, or by its path from the directory that was named."""
    path = Path(folder, name).relative_to(given).as_posix()
    return any(fnmatch(name, each) or fnmatch(path, each.rstrip("/")) for each in exclude)
