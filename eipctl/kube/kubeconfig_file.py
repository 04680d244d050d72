"""One kubeconfig file as kubectl decodes it: YAML or JSON, UTF-8 or UTF-16, each field with its type.

What is wrong is said without quoting the file: it holds tokens and keys. Fields: client-go, tools/clientcmd/api/v1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import field

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Unusable(ValueError):
    """Why a file can't be used, in words that follow "it"."""


class Extension(msgspec.Struct, frozen=True):
    """What others keep in a kubeconfig."""

    name: str = ""
    extension: Any = None


class Cluster(msgspec.Struct, frozen=True, rename="kebab"):
    """How a cluster is reached."""

    server: str = ""
    tls_server_name: str = ""
    insecure_skip_tls_verify: bool = False
    certificate_authority: str = ""
    certificate_authority_data: bytes = b""
    proxy_url: str = ""
    disable_compression: bool = False
    extensions: list[Extension] = []


class Variable(msgspec.Struct, frozen=True):
    """A variable for a command."""

    name: str = ""
    value: str = ""


class Exec(msgspec.Struct, frozen=True, rename="camel"):
    """The command that gives credentials."""

    command: str = ""
    args: list[str] = []
    env: list[Variable] = []
    api_version: str = ""
    install_hint: str = ""
    provide_cluster_info: bool = False
    interactive_mode: str = ""


class Provider(msgspec.Struct, frozen=True):
    """A login that is built into kubectl."""

    name: str = ""
    config: dict[str, str] = {}


class User(msgspec.Struct, frozen=True, rename="kebab"):
    """Who calls, and as whom."""

    client_certificate: str = ""
    client_certificate_data: bytes = b""
    client_key: str = ""
    client_key_data: bytes = b""
    token: str = ""
    token_file: str = field(default="", name="tokenFile")
    as_user: str = field(default="", name="as")
    as_uid: str = ""
    as_groups: list[str] = []
    as_user_extra: dict[str, list[str]] = {}
    username: str = ""
    password: str = ""
    auth_provider: Provider | None = None
    exec_: Exec | None = field(default=None, name="exec")
    extensions: list[Extension] = []


class Context(msgspec.Struct, frozen=True):
    """A cluster, a user and a namespace."""

    cluster: str = ""
    user: str = ""
    namespace: str = ""
    extensions: list[Extension] = []


class _NamedCluster(msgspec.Struct, frozen=True):
    name: str = ""
    cluster: Cluster = Cluster()


class _NamedUser(msgspec.Struct, frozen=True):
    name: str = ""
    user: User = User()


class _NamedContext(msgspec.Struct, frozen=True):
    name: str = ""
    context: Context = Context()


class _Listed(msgspec.Struct, frozen=True, rename="kebab"):
    current_context: str = ""
    clusters: list[_NamedCluster] = []
    users: list[_NamedUser] = []
    contexts: list[_NamedContext] = []


class File(msgspec.Struct, frozen=True):
    """What a file holds, by name; `unknown` are the fields of an entry that kubectl does not know either."""

    path: Path
    current_context: str
    clusters: dict[str, Cluster]
    users: dict[str, User]
    contexts: dict[str, Context]
    unknown: dict[tuple[str, str], tuple[str, ...]]
    """By section and name: ``("users", "admin")``."""


_KNOWN: dict[str, tuple[str, type[msgspec.Struct]]] = {
    "clusters": ("cluster", Cluster),
    "users": ("user", User),
    "contexts": ("context", Context),
}
Entry = TypeVar("Entry")
_MOST_VALUES = 200_000
"""Of all lists and mappings together; a file of 10,000 contexts has some 130,000."""


def parse(path: Path, content: bytes) -> File:
    """The file's content. Unusable for what kubectl doesn't take."""
    loaded = _loaded(content)
    raw = {} if loaded is None else _decoded(loaded)
    if not isinstance(raw, dict):
        raise Unusable("is not a mapping")
    if raw.get("kind", "Config") not in ("Config", "") or raw.get("apiVersion", "v1") not in ("v1", ""):
        raise Unusable("is not a Config of apiVersion v1")
    try:
        listed = msgspec.convert(raw, _Listed)
    except msgspec.ValidationError as error:
        raise Unusable(f"is not a kubeconfig: {error}") from None
    return File(
        path,
        listed.current_context,
        _by_name("cluster", [(entry.name, entry.cluster) for entry in listed.clusters]),
        _by_name("user", [(entry.name, entry.user) for entry in listed.users]),
        _by_name("context", [(entry.name, entry.context) for entry in listed.contexts]),
        dict(_unknown(raw)),
    )


def _loaded(content: bytes) -> Any:
    """Of several documents the first."""
    import yaml

    if content.lstrip().startswith(b"{"):
        try:
            return json.loads(content)
        except (ValueError, RecursionError):
            pass  # YAML has such mappings, too.
    try:
        return next(iter(yaml.load_all(content, Loader=_loader())), None)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise Unusable(f"is not YAML (line {line})") from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise Unusable("is not YAML") from None


def _loader() -> Any:
    """One that makes no dates: to kubectl they are text."""
    import yaml

    base = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the one in C takes a tenth of the time
    resolvers = {
        first: [(tag, pattern) for tag, pattern in found if not tag.endswith(":timestamp")]
        for first, found in base.yaml_implicit_resolvers.items()
    }
    return type("Loader", (base,), {"yaml_implicit_resolvers": resolvers})


def _decoded(loaded: Any) -> Any:
    """As Go's decoder sees it: ``null`` is nothing, and lines don't matter in Base64.

    YAML can refer to a part of itself again and again (aliases), or from within that part.
    """
    left = iter(range(_MOST_VALUES))

    def seen(value: Any, key: str = "") -> Any:
        if next(left, None) is None:
            raise Unusable("repeats itself too often (YAML aliases)")
        if isinstance(value, dict):
            return {str(name): seen(item, str(name)) for name, item in value.items() if item is not None}
        if isinstance(value, list):
            return [seen(item) for item in value if item is not None]
        return "".join(value.splitlines()) if key.endswith("-data") and isinstance(value, str) else value

    try:
        return seen(loaded)
    except RecursionError:
        raise Unusable("is nested too deeply") from None


def _by_name(kind: str, entries: list[tuple[str, Entry]]) -> dict[str, Entry]:
    result: dict[str, Entry] = {}
    for name, entry in entries:
        if name in result:
            raise Unusable(f"has two entries for {kind} {name!r}")
        result[name] = entry
    return result


def _unknown(raw: Mapping[str, Any]) -> list[tuple[tuple[str, str], tuple[str, ...]]]:
    found = []
    for section, (key, kind) in _KNOWN.items():
        for entry in raw.get(section, ()):
            content = entry.get(key, {})
            fields = [*sorted(entry.keys() - {"name", key}), *_strange(content, kind)]
            if section == "users":
                fields += [f"exec.{name}" for name in _strange(content.get("exec", {}), Exec)]
            found.append(((section, str(entry.get("name", ""))), tuple(fields)))
    return found


def _strange(content: Mapping[str, Any], kind: type[msgspec.Struct]) -> list[str]:
    return sorted(content.keys() - {known.encode_name for known in msgspec.structs.fields(kind)})
