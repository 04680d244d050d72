"""Kubeconfig files as kubectl merges them: what of them this product must know before the official client reads them.

What is wrong is said without quoting the files: they hold tokens and keys.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Entry = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A context, and the cluster and the user it refers to; `folder` is that of the file the user is in."""

    name: str
    cluster: Entry
    user: Entry
    folder: str


def paths(kubeconfig: str | None) -> tuple[Path, ...]:
    """The files there are; none is no error, unless it was named."""
    if kubeconfig is not None:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise UsageError(Code.KUBECONFIG, f"there is no kubeconfig file at {path}", hint="check --kubeconfig")
        return (path,)
    candidates = (Path(part).expanduser() for part in location().split(os.pathsep) if part)
    return tuple(path for path in candidates if path.is_file())


def location() -> str:
    """Where kubectl looks, as the user writes it."""
    return os.environ.get("KUBECONFIG") or "~/.kube/config"


def contexts_of(files: Sequence[Path]) -> tuple[str, ...]:
    """Their names. UsageError for a file that can't be read."""
    return tuple(_named([_load(file) for file in files], "contexts"))


def namespace_of(files: Sequence[Path], wanted: str | None) -> tuple[str, str]:
    """The chosen context's name and the namespace it names, "" for none. UsageError where there is no such context."""
    name, context = _context({file: _load(file) for file in files}, wanted)
    return name, str(context.get("namespace") or "")


def choose(files: Sequence[Path], wanted: str | None) -> Chosen:
    """The context that is wanted, else the current one. UsageError for what can't be connected to."""
    contents = {file: _load(file) for file in files}
    name, context = _context(contents, wanted)
    cluster_name, user_name = str(context.get("cluster") or ""), str(context.get("user") or "")
    clusters, users = (_named(list(contents.values()), section) for section in ("clusters", "users"))
    if cluster_name not in clusters:
        unusable(files, f"context {name!r} names cluster {cluster_name!r}, which is not in it")
    if user_name and user_name not in users:
        unusable(files, f"context {name!r} names user {user_name!r}, who is not in it")
    _check_server(clusters[cluster_name], name, files)
    _check_user(users.get(user_name, {}), name, files)
    home = next((file for file, content in contents.items() if user_name in _named([content], "users")), files[0])
    return Chosen(name, clusters[cluster_name], users.get(user_name, {}), str(home.parent))


def unusable(files: Sequence[Path], why: str, cause: BaseException | None = None) -> NoReturn:
    """Raise UsageError."""
    names = os.pathsep.join(map(str, files))
    raise UsageError(
        Code.KUBECONFIG, f"the kubeconfig {names} can't be used: {why}", hint="compare: kubectl config view"
    ) from cause


def _load(path: Path) -> Entry:
    import yaml

    try:
        loaded = yaml.safe_load(path.read_bytes())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        unusable([path], f"it is not YAML (line {line})")
    except (yaml.YAMLError, ValueError, RecursionError):
        unusable([path], "it is not YAML")
    except OSError as error:
        unusable([path], f"it can't be read: {error.strerror}")
    if not isinstance(loaded, dict):
        unusable([path], "it is empty or holds no mapping")
    return loaded


def _context(contents: Mapping[Path, Entry], wanted: str | None) -> tuple[str, Entry]:
    """The context's name and what it says: the one wanted, else the first file's current-context."""
    files = list(contents.values())
    contexts = _named(files, "contexts")
    name = wanted or next((str(file["current-context"]) for file in files if file.get("current-context")), "")
    if name in contexts:
        return name, contexts[name]
    if not contexts:
        unusable(list(contents), "it has no context")
    raise UsageError(
        Code.CONTEXT,
        f"there is no context {name!r} in the kubeconfig" if name else "no context is chosen in the kubeconfig",
        hint=f"give --context with one of: {', '.join(sorted(contexts))}",
    )


def _named(files: Sequence[Entry], section: str) -> dict[str, Entry]:
    """The entries of a section by name; of two with one name the first counts."""
    result: dict[str, Entry] = {}
    for file in files:
        entries = file.get(section)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                content = entry.get(section.removesuffix("s"))
                result.setdefault(entry["name"], content if isinstance(content, dict) else {})
    return result


def _check_server(cluster: Entry, context: str, files: Sequence[Path]) -> None:
    for key, schemes in (("server", ("https", "http")), ("proxy-url", ("http", "https", "socks5", "socks5h"))):
        url = cluster.get(key)
        if url is None and key == "proxy-url":
            continue
        if not isinstance(url, str) or not url:
            unusable(files, f"the cluster of context {context!r} has no {key}")
        if not _is_url(url, schemes):
            unusable(files, f"{key} of context {context!r} is no URL such as {schemes[0]}://10.0.0.1:6443")
    if urlsplit(cluster["server"]).username is not None:
        unusable(files, f"server of context {context!r} holds a user name: that belongs to the user's entry")


def _is_url(text: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(text)
        usable = parts.port is None or parts.port > 0
    except ValueError:
        return False
    host = parts.hostname or ""
    return usable and parts.scheme in schemes and bool(host) and not any(char.isspace() for char in host)


def _check_user(user: Entry, context: str, files: Sequence[Path]) -> None:
    provider = user.get("auth-provider")
    name = provider.get("name") if isinstance(provider, dict) else None
    if provider is not None and name != "oidc":
        unusable(
            files, f"the user of context {context!r} logs in by auth-provider {name!r}, which is obsolete; use exec"
        )
    if "exec" in user and not isinstance(user["exec"], dict):
        unusable(files, f"exec of the user of context {context!r} is no mapping")
