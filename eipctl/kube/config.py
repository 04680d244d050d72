"""Where the cluster is and who calls it: kubeconfig as kubectl reads it, or the ServiceAccount inside a Pod.

The official client does what it is good at: kubeconfig files, token refresh and TLS.
"""

from __future__ import annotations

import ipaddress
import os
import shlex
import ssl
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, UsageError
from eipctl.kube import kubeconfig as files

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from kubernetes.client import Configuration
    from urllib3 import PoolManager

    from eipctl.base.stop import Stop
    from eipctl.kube.exec_plugin import ExecPlugin

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
        value = str(setting["value"] or "").strip() if setting else ""
        if not (value.isascii() and value.isprintable()):
            raise UsageError(
                Code.KUBECONFIG,
                f"the token of context {self.context} holds characters that no token has",
                hint="log in again, or correct the user's entry in the kubeconfig",
            )
        return value


def bring_in() -> None:
    """Import what a connection takes, for who has no time for that later."""
    import kubernetes.client
    import kubernetes.config  # noqa: F401 - that is all it does


def connect(kubeconfig: str | None, context: str | None, stop: Stop) -> Connection:
    """Read the configuration; nothing is sent yet. UsageError when there is none, or it has no such context."""
    paths = files.paths(kubeconfig)
    if not paths and "KUBERNETES_SERVICE_HOST" in os.environ and context is None:
        return _in_cluster()
    if not paths:
        raise UsageError(
            Code.KUBECONFIG,
            f"there is no kubeconfig at {files.location()}, and this is not a Pod",
            hint="give --kubeconfig FILE or set KUBECONFIG",
        )
    explicit = f" --kubeconfig {shlex.quote(kubeconfig)}" if kubeconfig else ""
    return _from_files(paths, context, f"kubectl{explicit}", stop)


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


def _from_files(paths: Sequence[Path], context: str | None, kubectl: str, stop: Stop) -> Connection:
    chosen = files.choose(paths, context)
    kubectl = f"{kubectl} --context {shlex.quote(chosen.name)}"
    plugin = None
    if "exec" in chosen.user:
        from eipctl.kube.exec_plugin import ExecPlugin

        whose = f"context {chosen.name!r}"
        plugin = ExecPlugin(chosen.user["exec"], chosen.cluster, chosen.folder, whose, kubectl, stop)
    configuration = _loaded(paths, chosen.name, plugin)
    if not chosen.cluster.get("proxy-url") and _loopback(configuration.host):
        configuration.proxy = None
    _check_certificates(configuration, chosen.name, paths)
    return _connection(chosen.name, kubectl, configuration)


def _loaded(paths: Sequence[Path], context: str, plugin: ExecPlugin | None) -> Configuration:
    from kubernetes.client import Configuration
    from kubernetes.config import ConfigException

    from eipctl.kube.loader import load

    configuration = Configuration()
    incomplete = f"context {context!r} or what it refers to is incomplete"
    try:
        load(os.pathsep.join(map(str, paths)), context, plugin, configuration)
    except EipctlError:
        raise
    except OSError as error:
        files.unusable(paths, f"{incomplete}: {error.filename}: {error.strerror}", error)
    except ConfigException as error:
        # The loader may quote an entry, and that may hold a token: neither its words nor the error itself go on then.
        files.unusable(paths, incomplete + (f": {error}" if "{" not in str(error) else ""))
    except Exception:  # noqa: BLE001 - the loader raises whatever a malformed entry makes it raise
        files.unusable(paths, incomplete)
    return configuration


def _check_certificates(configuration: Configuration, context: str, paths: Sequence[Path]) -> None:
    """Here, where their owner can be named: TLS itself would only fail."""
    probe = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        if configuration.ssl_ca_cert:
            probe.load_verify_locations(configuration.ssl_ca_cert)
    except (OSError, ValueError) as error:
        files.unusable(paths, f"the certificate authority of context {context!r} is no certificate", error)
    try:
        if configuration.cert_file:
            probe.load_cert_chain(configuration.cert_file, configuration.key_file, password="")
    except (OSError, ValueError) as error:
        files.unusable(paths, f"the client certificate of context {context!r} and its key can't be used", error)


def _connection(context: str, kubectl: str, configuration: Configuration) -> Connection:
    from kubernetes.client import ApiClient
    from urllib3.exceptions import HTTPError

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
    try:
        pool = ApiClient(configuration).rest_client.pool_manager
    except (HTTPError, ValueError) as error:
        raise UsageError(
            Code.KUBECONFIG,
            f"the proxy to the API server of context {context} can't be used: it is no URL",
            hint="correct HTTPS_PROXY, or name the server in NO_PROXY",
        ) from error
    return Connection(context, kubectl, host, pool, configuration, threading.Lock())


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
