"""What a kubeconfig says about reaching a cluster: address, authority, client certificate or token."""

from __future__ import annotations

import base64
import binascii
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.sandbox import files
from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from pathlib import Path


_CLUSTER = frozenset(
    {"server", "certificate-authority", "certificate-authority-data", "insecure-skip-tls-verify", "extensions"}
)
_USER = frozenset(
    {
        "client-certificate",
        "client-certificate-data",
        "client-key",
        "client-key-data",
        "token",
        "tokenFile",
        "extensions",
    }
)
"""Any other field, such as ``as`` or ``proxy-url``, narrows rights or leads elsewhere."""


@dataclass(frozen=True, slots=True)
class Access:
    """How to reach an API server; certificates and keys are PEM."""

    server: str
    authority: bytes = b""
    certificate: bytes = b""
    key: bytes = b""
    token: str = ""
    insecure: bool = False

    def tls(self, folder: Path) -> ssl.SSLContext:
        """A context for it. OpenSSL reads a client certificate from files only: they are in `folder` meanwhile."""
        context = ssl.create_default_context(cadata=self.authority.decode() if self.authority else None)
        if self.insecure:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.certificate:
            self._show(context, folder / "followed.crt", folder / "followed.key")
        return context

    def _show(self, context: ssl.SSLContext, certificate: Path, key: Path) -> None:
        try:
            files.write(certificate, self.certificate)
            files.write(key, self.key)
            context.load_cert_chain(certificate, key)
        finally:
            certificate.unlink(missing_ok=True)
            key.unlink(missing_ok=True)


def read(path: Path) -> Access:
    """The access that its current context gives; SandboxError says what is missing."""
    import yaml

    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
        chosen = _named(document, "context", document["current-context"])
        cluster = _named(document, "cluster", chosen["cluster"])
        user = _named(document, "user", chosen["user"])
        return _access(path.parent, cluster, user)
    except (OSError, yaml.YAMLError, UnicodeDecodeError, binascii.Error) as error:
        raise SandboxError(f"kubeconfig {path} can't be read: {' '.join(str(error).split())}") from None
    except (KeyError, TypeError) as error:
        raise SandboxError(f"kubeconfig {path} can't be used: it has no {error}") from None


def _named(document: dict[str, Any], kind: str, name: str) -> dict[str, Any]:
    for entry in document[f"{kind}s"]:
        if entry["name"] == name:
            found: dict[str, Any] = entry[kind]
            return found
    raise KeyError(f"{kind} {name}")


def _access(folder: Path, cluster: dict[str, Any], user: dict[str, Any]) -> Access:
    for plugin in ("exec", "auth-provider"):
        if plugin in user:
            raise SandboxError(
                f"the kubeconfig's user logs in with {plugin}, which the sandbox does not run",
                "give it one with a token or a client certificate",
            )
    for entry, known in ((cluster, _CLUSTER), (user, _USER)):
        for name in sorted(entry.keys() - known):
            raise SandboxError(
                f"the kubeconfig has {name}, which the sandbox does not carry out", "give it one without this field"
            )
    return Access(
        server=cluster["server"],
        authority=_content(folder, cluster, "certificate-authority"),
        certificate=_content(folder, user, "client-certificate"),
        key=_content(folder, user, "client-key"),
        token=_token(folder, user),
        insecure=bool(cluster.get("insecure-skip-tls-verify")),
    )


def _content(folder: Path, entry: dict[str, Any], name: str) -> bytes:
    """Inline (base64), or of a file named relative to the kubeconfig."""
    if entry.get(f"{name}-data"):
        return base64.b64decode(entry[f"{name}-data"])
    return (folder / entry[name]).read_bytes() if entry.get(name) else b""


def _token(folder: Path, user: dict[str, Any]) -> str:
    if user.get("token"):
        return str(user["token"])
    return (folder / user["tokenFile"]).read_text(encoding="utf-8").strip() if user.get("tokenFile") else ""
