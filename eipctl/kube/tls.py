"""TLS to an API server: whom it trusts, and the certificate it shows. Nothing is written to a disk."""

from __future__ import annotations

import os
import re
import ssl
import threading
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trust:
    """The trusted authorities (PEM), b"" for the system's; not verified if `insecure`."""

    authorities: bytes = b""
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Certificate:
    """A client certificate with its chain, and its key (PEM); `where` says where they come from."""

    chain: bytes
    key: bytes = field(repr=False)
    where: str = field(compare=False)

    def ended(self) -> datetime | None:
        """When it has expired; None while it has not, or when that can't be known."""
        from datetime import UTC, datetime

        from cryptography import x509

        try:
            end = x509.load_pem_x509_certificate(self.chain).not_valid_after_utc
        except ValueError:
            return None
        return end if end < datetime.now(UTC) else None


def context(trust: Trust, certificate: Certificate | None = None) -> ssl.SSLContext:
    """For a connection. ValueError or ssl.SSLError when a certificate or a key is none."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    # As Go: a name in the subject is none.
    made.hostname_checks_common_name = False
    # As Go: an authority that is given is trusted whoever has signed it.
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    if trust.insecure:
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    elif trust.authorities:
        _trust(made, trust.authorities)
    else:
        made.load_default_certs()
    if certificate is not None:
        with ExitStack() as stack:
            chain, key = (stack.enter_context(_named(pem)) for pem in (certificate.chain, certificate.key))
            made.load_cert_chain(chain, key, password=lambda: "")
    return made


def _trust(made: ssl.SSLContext, authorities: bytes) -> None:
    """What can't be read among them is passed over, as Go does."""
    taken = 0
    for block in _CERTIFICATE.findall(authorities):
        with suppress(ValueError, ssl.SSLError):
            made.load_verify_locations(cadata=ssl.PEM_cert_to_DER_cert(block.decode("ascii")))
            taken += 1
    if not taken:
        raise ValueError("it contains no certificate")


@contextmanager
def _named(content: bytes) -> Iterator[str]:
    """A file name for what OpenSSL reads only from a file: the end of a pipe, for there may be no place for files."""
    read, write = os.pipe()

    def fill() -> None:
        with suppress(BrokenPipeError), os.fdopen(write, "wb") as pipe:
            pipe.write(content)

    filling = threading.Thread(target=fill, daemon=True)
    filling.start()
    try:
        yield f"/dev/fd/{read}"
    finally:
        os.close(read)
        filling.join()
