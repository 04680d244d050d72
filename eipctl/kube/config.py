"""Where the cluster is and who calls it: kubeconfig as kubectl reads it, or the ServiceAccount inside a Pod.

The official client does what it is good at: kubeconfig files, exec plugins, token refresh and TLS.
"""

from __future__ import annotations

import ipaddress
import os
import shlex
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn
from urllib.parse import urlsplit

from eipctl.domain.codes import Code
from eipctl.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from kubernetes.client import Configuration
    from urllib3 import PoolManager

IN_CLUSTER = "in-cluster"
_POOL_SIZE = 32


@dataclass(frozen=True, slots=True)
class Connection:
    """A TLS pool, the server's URL and a source of the Authorization header. Safe to share between threads."""

    context: str
    kubectl: str
    host: str
    pool: PoolManager
    _configuration: Configuration
    _lock: threading.Lock

    def authorization(self) -> str:
        """The header's value right now ("" for none): an expired token is renewed first."""
        with self._lock:
            setting = self._configuration.auth_settings().get("BearerToken")
        return str(setting["value"]) if setting and setting["value"] else ""


def connect(kubeconfig: str | None, context: str | None) -> Connection:
    """Read the configuration; nothing is sent yet. UsageError when there is none, or it has no such context."""
    paths = _paths(kubeconfig)
    if not paths and "KUBERNETES_SERVICE_HOST" in os.environ and context is None:
        return _in_cluster()
    if not paths:
        raise UsageError(
            Code.KUBECONFIG,
            f"there is no kubeconfig at {_default_location()}, and this is not a Pod",
            hint="give --kubeconfig FILE or set KUBECONFIG",
        )
    explicit = f" --kubeconfig {shlex.quote(kubeconfig)}" if kubeconfig else ""
    return _from_files(paths, context, f"kubectl{explicit}")


def _default_location() -> str:
    return os.environ.get("KUBECONFIG") or "~/.kube/config"


def _paths(kubeconfig: str | None) -> tuple[Path, ...]:
    if kubeconfig is not None:
        path = Path(kubeconfig).expanduser()
        if not path.is_file():
            raise UsageError(Code.KUBECONFIG, f"there is no kubeconfig at {path}", hint="check --kubeconfig")
        return (path,)
    candidates = (Path(part).expanduser() for part in _default_location().split(os.pathsep) if part)
    return tuple(path for path in candidates if path.is_file())


def _in_cluster() -> Connection:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException, load_incluster_config

    configuration = Configuration()
    try:
        load_incluster_config(client_configuration=configuration)  # type: ignore[no-untyped-call] # untyped there
    except (ConfigException, OSError) as error:
        raise UsageError(
            Code.KUBECONFIG,
            f"this Pod's ServiceAccount can't be used: {error}",
            hint="set automountServiceAccountToken: true, or give --kubeconfig",
        ) from error
    return _connection(IN_CLUSTER, "kubectl", configuration)


def _from_files(paths: Sequence[Path], context: str | None, kubectl: str) -> Connection:
    from kubernetes.client import Configuration
    from kubernetes.config import load_kube_config

    files = [_load(path) for path in paths]
    name, chosen = _context(files, context, paths)
    configuration = Configuration()
    names = os.pathsep.join(map(str, paths))
    try:
        load_kube_config(names, name, client_configuration=configuration)  # type: ignore[no-untyped-call] # untyped there
    except Exception as error:  # noqa: BLE001 - the loader raises whatever a malformed entry makes it raise
        _unusable(paths, f"context {name!r} or what it refers to is incomplete{_detail(error)}", error)
    user = _named(files, "users").get(str(chosen.get("user")), {})
    if "exec" in user and not configuration.api_key and not configuration.cert_file:
        _unusable(paths, f"the command that gives context {name!r} its credentials failed", None)
    cluster = _named(files, "clusters").get(str(chosen.get("cluster")), {})
    if not cluster.get("proxy-url") and _loopback(configuration.host):
        configuration.proxy = None
    return _connection(name, f"{kubectl} --context {shlex.quote(name)}", configuration)


def _load(path: Path) -> dict[str, Any]:
    import yaml

    try:
        loaded = yaml.safe_load(path.read_bytes())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _unusable([path], f"it is not YAML (line {line})", None)
    except (yaml.YAMLError, OSError, UnicodeError) as error:
        _unusable([path], f"it can't be read ({type(error).__name__})", None)
    if not isinstance(loaded, dict):
        _unusable([path], "it is empty or holds no mapping", None)
    return loaded


def _context(
    files: Sequence[Mapping[str, Any]], wanted: str | None, paths: Sequence[Path]
) -> tuple[str, Mapping[str, Any]]:
    """The context's name and what it says: the one wanted, else the first file's current-context."""
    contexts = _named(files, "contexts")
    name = wanted or next((str(file["current-context"]) for file in files if file.get("current-context")), "")
    if name in contexts:
        return name, contexts[name]
    if not contexts:
        _unusable(paths, "it has no context", None)
    raise UsageError(
        Code.CONTEXT,
        f"there is no context {name!r} in the kubeconfig" if name else "no context is chosen in the kubeconfig",
        hint=f"give --context with one of: {', '.join(sorted(contexts))}",
    )


def _named(files: Sequence[Mapping[str, Any]], section: str) -> dict[str, dict[str, Any]]:
    """The entries of a section by name; of two with one name the first counts."""
    result: dict[str, dict[str, Any]] = {}
    for file in files:
        entries = file.get(section)
        for entry in entries if isinstance(entries, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("name"), str):
                content = entry.get(section.removesuffix("s"))
                result.setdefault(entry["name"], content if isinstance(content, dict) else {})
    return result


def _unusable(paths: Sequence[Path], why: str, cause: BaseException | None) -> NoReturn:
    names = os.pathsep.join(map(str, paths))
    raise UsageError(
        Code.KUBECONFIG, f"the kubeconfig {names} can't be used: {why}", hint="compare: kubectl config view"
    ) from cause


def _detail(error: Exception) -> str:
    """The loader's words, unless they quote entries of the file: those may hold tokens."""
    text = str(error)
    return f": {text}" if text and "{" not in text else ""


def _connection(context: str, kubectl: str, configuration: Configuration) -> Connection:
    from kubernetes.client import ApiClient

    host = configuration.host.rstrip("/")
    if urlsplit(host).scheme != "https" and not _loopback(host):
        raise UsageError(
            Code.KUBECONFIG,
            f"the API server of context {context} is {host}: only https is used, except to this machine",
            hint="correct the cluster's server in the kubeconfig",
        )
    if not configuration.verify_ssl:
        import urllib3

        urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
    configuration.retries = False
    configuration.connection_pool_maxsize = _POOL_SIZE
    pool = ApiClient(configuration).rest_client.pool_manager
    return Connection(context, kubectl, host, pool, configuration, threading.Lock())


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
