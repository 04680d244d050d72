"""The official client's kubeconfig loader with our way to run an exec plugin."""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from kubernetes.config.kube_config import KubeConfigLoader, KubeConfigMerger

if TYPE_CHECKING:
    from kubernetes.client import Configuration

    from eipctl.kube.exec_plugin import ExecPlugin


class Loader(KubeConfigLoader):
    """Called again by the client when a token has expired."""

    plugin: ExecPlugin | None = None

    def _load_from_exec_plugin(self) -> bool:
        if self.plugin is None:
            return False
        given = self.plugin.credential()
        if given.token:
            self.token = f"Bearer {given.token}"
        else:
            data = {"client-certificate-data": given.certificate, "client-key-data": given.key}
            assert self._user is not None
            self._user.value.update({name: b64encode(pem.encode()).decode() for name, pem in data.items()})
        if given.expires is not None:
            self.expiry = given.expires
        return True


def load(paths: str, context: str, plugin: ExecPlugin | None, configuration: Configuration) -> None:
    """Put a context of the files (joined as in KUBECONFIG) into `configuration`."""
    merged = KubeConfigMerger(paths).config  # type: ignore[no-untyped-call] # the whole module is untyped
    loader = Loader(merged, context, config_base_path=None)  # type: ignore[no-untyped-call]
    loader.plugin = plugin
    loader.load_and_set(configuration)  # type: ignore[no-untyped-call]
