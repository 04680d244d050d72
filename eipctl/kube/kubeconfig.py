"""Kubeconfig files as kubectl finds and merges them, and the rules by which it takes a context, a cluster and a user.

What is wrong is said without quoting the files: they hold tokens and keys. The rules: client-go, tools/clientcmd,
loader.go and validation.go.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn, TypeVar

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import read_file
from eipctl.kube.kubeconfig_file import Cluster, Context, File, Unusable, User, parse

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Entry = TypeVar("Entry")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A context, and the cluster and the user it refers to, each with the folder of its file."""

    name: str
    cluster: Cluster
    user: User
    cluster_folder: Path
    user_folder: Path


def paths(kubeconfig: str | None) -> tuple[Path, ...]:
    """The files there are; none is not an error, unless it was named."""
    if kubeconfig is not None:
        path = _home(kubeconfig)
        if path is None or not path.exists():
            raise UsageError(Code.KUBECONFIG, f"there is no kubeconfig file at {kubeconfig}", hint="check --kubeconfig")
        return (path,)
    listed = os.environ.get("KUBECONFIG")
    parts = listed.split(os.pathsep) if listed else []
    found = dict.fromkeys(Path(part) for part in parts if part) if listed else (_home(location()),)
    return tuple(path for path in found if path is not None and path.exists())


def location() -> str:
    """Where kubectl looks, as the user writes it."""
    return os.environ.get("KUBECONFIG") or "~/.kube/config"


def _home(path: str) -> Path | None:
    """None if the home directory is unknown."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return None


def contexts_of(files: Sequence[Path]) -> tuple[str, ...]:
    """Their names. UsageError for a file that can't be read."""
    return tuple(_merged(_all(files), lambda file: file.contexts))


def any_chosen(files: Sequence[Path], wanted: str | None) -> bool:
    """Whether the files choose a context at all; without one kubectl looks for the cluster it runs in."""
    return bool(wanted or _current(_all(files)))


def namespace_of(files: Sequence[Path], wanted: str | None) -> tuple[str, str]:
    """The chosen context's name and the namespace it names, "" for none. UsageError where there is no such context."""
    name, context = _context(_all(files), files, wanted)
    return name, context.namespace


def choose(files: Sequence[Path], wanted: str | None) -> Chosen:
    """The context that is wanted, else the current one. UsageError for what can't be connected to."""
    found = _all(files)
    name, context = _context(found, files, wanted)
    clusters, users = _merged(found, lambda file: file.clusters), _merged(found, lambda file: file.users)
    if context.cluster not in clusters:
        unusable(files, f"context {name!r} names cluster {context.cluster!r}, which does not exist")
    if context.user and context.user not in users:
        unusable(files, f"context {name!r} names user {context.user!r}, which does not exist")
    cluster_file, cluster = clusters[context.cluster]
    user_file, user = users.get(context.user, (cluster_file, User()))
    for file, section, entry in (
        (_merged(found, lambda file: file.contexts)[name][0], "contexts", name),
        (cluster_file, "clusters", context.cluster),
        (user_file, "users", context.user),
    ):
        _refuse_unknown(files, file, section, entry)
    return Chosen(name, cluster, user, cluster_file.path.absolute().parent, user_file.path.absolute().parent)


def unusable(files: Sequence[Path], why: str, cause: BaseException | None = None) -> NoReturn:
    """Raise UsageError."""
    names = os.pathsep.join(map(str, files))
    raise UsageError(
        Code.KUBECONFIG, f"the kubeconfig {names} can't be used: {why}", hint="compare: kubectl config view"
    ) from cause


_READ_ONCE: dict[Path, bytes] = {}
"""What came out of pipes (``--kubeconfig <(…)``): they say it once."""


def _all(files: Sequence[Path]) -> list[File]:
    return [_file(path) for path in files]


def _file(path: Path) -> File:
    try:
        content = _READ_ONCE.get(path)
        if content is None:
            content = read_file(path)
            if not path.is_file():
                _READ_ONCE[path] = content
        return parse(path, content)
    except OSError as error:
        unusable([path], f"it can't be read: {error.strerror}")
    except Unusable as error:
        unusable([path], f"it {error}")


def _merged(files: Sequence[File], section: Callable[[File], Mapping[str, Entry]]) -> dict[str, tuple[File, Entry]]:
    """The entries of a section by name; of two files that have one the first counts, as a whole."""
    result: dict[str, tuple[File, Entry]] = {}
    for file in files:
        for name, entry in section(file).items():
            result.setdefault(name, (file, entry))
    return result


def _current(files: Sequence[File]) -> str:
    return next((file.current_context for file in files if file.current_context), "")


def _context(found: Sequence[File], files: Sequence[Path], wanted: str | None) -> tuple[str, Context]:
    """The context's name and what it says: the one wanted, else the first file's current-context."""
    contexts = _merged(found, lambda file: file.contexts)
    name = wanted or _current(found)
    if name in contexts:
        return name, contexts[name][1]
    if not contexts:
        unusable(files, "it has no context")
    raise UsageError(
        Code.CONTEXT,
        f"the kubeconfig has no context {name!r}" if name else "the kubeconfig has no current context",
        hint=f"give --context with one of: {', '.join(sorted(contexts))}",
    )


def _refuse_unknown(files: Sequence[Path], file: File, section: str, name: str) -> None:
    """An unknown field may narrow rights or change the target: it is not dropped."""
    fields = file.unknown.get((section, name), ())
    if fields:
        what, named = section.removesuffix("s"), " and the field ".join(fields)
        unusable(files, f"{what} {name!r} has the field {named}, which eipctl does not know and would ignore")
