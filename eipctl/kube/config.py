"""Where the cluster is, over which way it is reached and who calls it, as kubectl has it; or the Pod's own cluster.

The kubeconfig's fields are carried out here and beside (`kubeconfig`, `user`, `tls`), not by the official client: it
drops some of them without a word, impersonation among them.
"""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING

from eipctl.base import proxies
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import read_file
from eipctl.base.hosts import is_host, on_loopback, url_of_host
from eipctl.domain.impersonation import Impersonation
from eipctl.kube import kubeconfig as files
from eipctl.kube.connection import Connection, Route
from eipctl.kube.login import Credential, Fixed, TokenFile
from eipctl.kube.namespace import SERVICE_ACCOUNT
from eipctl.kube.tls import Trust, context
from eipctl.kube.user import Entry, check

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from eipctl.base.stop import Stop
    from eipctl.kube.kubeconfig_file import Cluster
    from eipctl.kube.login import Login

IN_CLUSTER = "in-cluster"


def bring_in() -> None:
    """Import what a connection takes, for who has no time for that later."""
    import urllib3  # noqa: F401 - that is all it does
    import yaml  # noqa: F401


def connect(kubeconfig: str | None, wanted: str | None, stop: Stop, acting: Impersonation | None = None) -> Connection:
    """Read the configuration; nothing is sent yet. UsageError when there is none, or it has no such context.

    `acting` is what the command line says; it goes before what the kubeconfig says.
    """
    acting = acting or Impersonation()
    paths = files.paths(kubeconfig)
    in_pod = "KUBERNETES_SERVICE_HOST" in os.environ
    if in_pod and wanted is None and not (paths and files.any_chosen(paths, None)):
        return in_cluster(acting)
    if not paths:
        raise UsageError(
            Code.KUBECONFIG,
            f"there is no kubeconfig at {files.location()}, and this is not a Pod",
            hint="give --kubeconfig FILE or set KUBECONFIG",
        )
    explicit = f" --kubeconfig {shlex.quote(kubeconfig)}" if kubeconfig else ""
    return _from_files(paths, wanted, f"kubectl{explicit}", stop, acting)


def in_cluster(acting: Impersonation, mounted: Path = SERVICE_ACCOUNT) -> Connection:
    """The cluster that this Pod is in, as its ServiceAccount."""
    check((), IN_CLUSTER, acting)
    host, port = os.environ.get("KUBERNETES_SERVICE_HOST", ""), os.environ.get("KUBERNETES_SERVICE_PORT", "443")
    try:
        authorities = read_file(mounted / "ca.crt")
        read_file(mounted / "token")
    except OSError as error:
        raise UsageError(
            Code.KUBECONFIG,
            f"this Pod's ServiceAccount can't be used: {error.filename}: {error.strerror}",
            hint="set automountServiceAccountToken: true, or give --kubeconfig",
        ) from error
    server = f"https://[{host}]:{port}" if ":" in host else f"https://{host}:{port}"
    login = TokenFile(mounted / "token", Fixed(Credential))
    route = Route(server, proxies.proxy_for(server, os.environ), Trust(authorities))
    return Connection(IN_CLUSTER, " ".join(["kubectl", *map(shlex.quote, acting.options())]), route, login, acting)


def _from_files(
    paths: Sequence[Path], wanted: str | None, kubectl: str, stop: Stop, asked: Impersonation
) -> Connection:
    chosen = files.choose(paths, wanted)
    kubectl = " ".join([kubectl, "--context", *map(shlex.quote, (chosen.name, *asked.options()))])
    user = chosen.user
    acting = asked.over(Impersonation(user.as_user, user.as_uid, tuple(user.as_groups), user.as_user_extra))
    check(paths, chosen.name, acting)
    route = _route(paths, chosen)
    login = _login(paths, chosen, kubectl, stop)
    connection = Connection(chosen.name, kubectl, route, login, acting)
    _check_certificate(paths, chosen.name, login)
    return connection


def _login(paths: Sequence[Path], chosen: files.Chosen, kubectl: str, stop: Stop) -> Login:
    return Entry(paths, chosen.name, chosen.user, chosen.user_folder, kubectl).login(chosen, stop)


def _check_certificate(paths: Sequence[Path], name: str, login: Login) -> None:
    """Here, where its owner can be named: TLS itself would only fail."""
    certificate = login.now().certificate
    if certificate is None:
        return
    try:
        context(Trust(insecure=True), certificate)
    except (OSError, ValueError) as error:
        files.unusable(paths, f"the client certificate of context {name!r} and its key can't be used", error)


def _route(paths: Sequence[Path], chosen: files.Chosen) -> Route:
    cluster, name = chosen.cluster, chosen.name
    server = _server(paths, cluster, name)
    proxy = cluster.proxy_url
    if proxy and not proxies.is_proxy(proxy):
        schemes = ", ".join(proxies.SCHEMES)
        files.unusable(
            paths, f"proxy-url of context {name!r} is not a URL of a proxy ({schemes}) such as http://10.0.0.1:3128"
        )
    if cluster.tls_server_name and not is_host(cluster.tls_server_name):
        files.unusable(paths, f"tls-server-name of context {name!r} is not the name of a host")
    trust = _trust(paths, cluster, name, chosen.cluster_folder)
    return Route(
        server,
        proxy or proxies.proxy_for(server, os.environ),
        trust,
        server_name=cluster.tls_server_name,
        compressed=not cluster.disable_compression,
    )


def _server(paths: Sequence[Path], cluster: Cluster, name: str) -> str:
    """Without a scheme it is http, as with kubectl; a query and a fragment don't count."""
    server = cluster.server
    if not server:
        files.unusable(paths, f"the cluster of context {name!r} has no server")
    server = server if "://" in server else f"http://{server}"
    parts = url_of_host(server)
    if parts is None or parts.scheme not in ("https", "http"):
        files.unusable(paths, f"server of context {name!r} is not a URL such as https://10.0.0.1:6443")
    if parts.username is not None:
        files.unusable(paths, f"server of context {name!r} contains a user name, which belongs in the user's entry")
    if parts.scheme != "https" and not on_loopback(parts.hostname or ""):
        raise UsageError(
            Code.KUBECONFIG,
            f"the API server of context {name} is {server}: only https is allowed, except for this machine",
            hint="correct the cluster's server in the kubeconfig",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def _trust(paths: Sequence[Path], cluster: Cluster, name: str, folder: Path) -> Trust:
    if cluster.certificate_authority and cluster.certificate_authority_data:
        files.unusable(
            paths, f"the cluster of context {name!r} has certificate-authority and its -data: only one is allowed"
        )
    authorities = cluster.certificate_authority_data
    if cluster.certificate_authority:
        path = folder / cluster.certificate_authority
        try:
            authorities = read_file(path)
        except OSError as error:
            files.unusable(
                paths, f"the certificate authority of context {name!r}, {path}, can't be read: {error.strerror}"
            )
        if not authorities:
            files.unusable(paths, f"the certificate authority of context {name!r}, {path}, is empty")
    if authorities and cluster.insecure_skip_tls_verify:
        files.unusable(
            paths, f"the cluster of context {name!r} has a certificate authority and insecure-skip-tls-verify"
        )
    trust = Trust(authorities, cluster.insecure_skip_tls_verify)
    try:
        context(trust)
    except (OSError, ValueError) as error:
        files.unusable(paths, f"the certificate authority of context {name!r} is not a certificate", error)
    return trust
