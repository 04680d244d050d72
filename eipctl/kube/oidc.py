"""The login oidc, which is built into kubectl: an ID token that the official client renews.

What it renews is kept in memory: the kubeconfig is not written.
"""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.kube import kubeconfig as files
from eipctl.kube.login import Credential, token_ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_AUTHORITIES = ("idp-certificate-authority-data", "idp-certificate-authority")


def id_token(config: dict[str, str], plain: Credential, context: str, paths: Sequence[Path]) -> Credential:
    """A token that is good now, with the certificate of `plain`; `config` keeps what is renewed.

    UsageError when there is none to be had.
    """
    given = config.get("id-token", "")
    if given and token_ended(given) is None:
        return Credential(f"Bearer {given}", plain.certificate, _end(given))
    if not config.get("refresh-token"):
        files.unusable(paths, f"the user of context {context!r} has no valid id-token and no refresh-token")
    renewed = _renewed(config)
    if not renewed or token_ended(renewed) is not None:
        files.unusable(paths, f"the id-token of context {context!r} has expired and could not be renewed")
    return Credential(f"Bearer {renewed}", plain.certificate, _end(renewed))


def _renewed(config: dict[str, str]) -> str:
    """The token endpoint's new ID token; "" for none. Without an authority the client would trust anybody."""
    from kubernetes.config.kube_config import KubeConfigLoader

    own: dict[str, str] = {"client-secret": "", **config}
    if not any(own.get(name) for name in _AUTHORITIES):
        own["idp-certificate-authority"] = (
            os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile or ""
        )
    provider = {"name": "oidc", "config": own}
    loader = KubeConfigLoader(  # type: ignore[no-untyped-call] # the whole module is untyped
        {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [{"name": "it", "cluster": {}}],
            "users": [{"name": "it", "user": {"auth-provider": provider}}],
        }
    )
    try:
        loader._load_authentication()  # type: ignore[no-untyped-call] # noqa: SLF001 - the official client has no public way to this
    except Exception:  # noqa: BLE001 - it raises whatever the network or a malformed answer makes it raise
        return ""
    config.update({name: own[name] for name in ("id-token", "refresh-token")})
    return str(getattr(loader, "token", "")).removeprefix("Bearer ")


def _end(token: str) -> datetime | None:
    import base64
    import json

    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, OSError):
        return None
