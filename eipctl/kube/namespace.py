"""The namespace that is meant where none is named, as kubectl takes it.

The one of the kubeconfig's context; inside a Pod, without a kubeconfig, POD_NAMESPACE or the ServiceAccount's
(client-go, tools/clientcmd/client_config.go); else ``default``.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.text import LABEL
from eipctl.kube import kubeconfig as files

DEFAULT = "default"
SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


def meant(kubeconfig: str | None, context: str | None, mounted: Path = SERVICE_ACCOUNT) -> str:
    """Its name. UsageError for a kubeconfig that can't be read, or whose context names what is no namespace."""
    paths = files.paths(kubeconfig)
    in_pod = "KUBERNETES_SERVICE_HOST" in os.environ and context is None
    if not paths or (in_pod and not files.any_chosen(paths, None)):
        return (in_pod and _of_pod(mounted)) or DEFAULT
    name, namespace = files.namespace_of(paths, context)
    if namespace and not re.fullmatch(LABEL, namespace):
        files.unusable(paths, f"context {name!r} names namespace {namespace!r}, which is not a valid name")
    return namespace or DEFAULT


def _of_pod(mounted: Path) -> str:
    try:
        found = os.environ.get("POD_NAMESPACE") or (mounted / "namespace").read_text("ascii").strip()
    except (OSError, ValueError):
        return ""
    if not re.fullmatch(LABEL, found):
        raise UsageError(Code.KUBECONFIG, f"this Pod's namespace can't be {found!r}", hint="name one with -n")
    return found
