"""Names for the completion of a shell: those that files on this machine have, and readiness to ask a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


def context_names(kubeconfig: str | None) -> Iterable[str]:
    """Contexts of a kubeconfig; None is where kubectl looks."""
    from eipctl.kube.kubeconfig import contexts_of, paths

    return contexts_of(paths(kubeconfig))


def profile_names(environ: Mapping[str, str]) -> Iterable[str]:
    """Profiles of the aliyun CLI."""
    from eipctl.aliyun.credentials import config_file
    from eipctl.aliyun.profiles import names

    return names(config_file(environ))


def load_readers() -> None:
    """Import what a question to the cluster needs, so that no time for the question is spent on it."""
    import eipctl.engine.session
    import eipctl.kube.reader  # noqa: F401 - as said
    from eipctl.kube.config import bring_in

    bring_in()
