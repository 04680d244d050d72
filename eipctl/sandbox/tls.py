"""A certificate for loopback, made once per folder; its authority's key is thrown away."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

from eipctl.sandbox import files

if TYPE_CHECKING:
    from pathlib import Path

_CA, _CERTIFICATE, _KEY = "ca.crt", "tls.crt", "tls.key"
_DAYS = 3650


def server_context(directory: Path) -> tuple[ssl.SSLContext, bytes]:
    """What a TLS server needs, and the authority's certificate (PEM) that clients are to trust."""
    paths = [directory / name for name in (_CA, _CERTIFICATE, _KEY)]
    if not all(path.exists() for path in paths):
        for path, content in zip(paths, _made(), strict=True):
            files.write(path, content)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(paths[1], paths[2])
    return context, paths[0].read_bytes()


def _made() -> tuple[bytes, bytes, bytes]:
    """(authority's certificate, certificate, its key), PEM."""
    # Slow to import, and needed once per folder.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    from eipctl.sandbox import certificates

    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority = certificates.authority(authority_key, _DAYS)
    certificate = certificates.leaf(authority, authority_key, key, _DAYS)
    pem = serialization.Encoding.PEM
    return (
        authority.public_bytes(pem),
        certificate.public_bytes(pem),
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
    )
