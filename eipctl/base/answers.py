"""Reading the answer to an HTTP request: bounded on the wire and unpacked, and whole or not at all."""

from __future__ import annotations

import os
import zlib
from dataclasses import dataclass
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from urllib3 import BaseHTTPResponse, HTTPConnectionPool, PoolManager

VARIABLE = "EIPCTL_MAX_ANSWER_MIB"
MEBIBYTES = 64
_CHUNK = 1 << 16
_GZIP = 16 + zlib.MAX_WBITS


class UnusableAnswer(OSError):
    """Something came back, but no answer that can be used."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """Status, headers (by any spelling) and the unpacked body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def longest() -> int:
    """Bytes that an answer may have, packed and unpacked. UsageError when the variable is not a number of MiB."""
    told = os.environ.get(VARIABLE) or str(MEBIBYTES)
    if not (told.isascii() and told.isdigit() and 0 < int(told) <= 1 << 20):
        raise UsageError(Code.USAGE, f"{VARIABLE}={told!r} is not a number of MiB", hint=f"such as {MEBIBYTES}")
    return int(told) << 20


def fetch(server: PoolManager | HTTPConnectionPool, method: str, url: str, **how: Any) -> HttpAnswer:
    """Send a request once. UnusableAnswer, or an exception of urllib3 or the operating system, for no answer."""
    limit = longest()
    try:
        response = server.urlopen(method, url, retries=False, redirect=False, preload_content=False, **how)
    except (ValueError, LookupError, HTTPException) as error:
        raise UnusableAnswer(f"the answer is not HTTP ({type(error).__name__})") from error
    try:
        body = _body(response, limit)
    except BaseException:
        response.close()
        raise
    response.release_conn()
    return HttpAnswer(response.status, response.headers, body)


def lines(response: BaseHTTPResponse) -> Iterator[bytes]:
    """The lines of an answer without end, which must not be packed."""
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise UnusableAnswer("the answer is compressed, which was not requested")
    limit, rest = longest(), b""
    while chunk := response.read1(_CHUNK, decode_content=False):
        *whole, rest = (rest + chunk).split(b"\n")
        yield from whole
        if len(rest) > limit:
            raise _too_long(limit)
    if rest:
        yield rest


def _body(response: BaseHTTPResponse, limit: int) -> bytes:
    packed = bytearray()
    while chunk := response.read(_CHUNK, decode_content=False):
        packed += chunk
        if len(packed) > limit:
            raise _too_long(limit)
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding in ("", "identity"):
        return bytes(packed)
    if encoding != "gzip":
        raise UnusableAnswer("the answer uses a compression that was not requested")
    return _unpacked(bytes(packed), limit)


def _unpacked(packed: bytes, limit: int) -> bytes:
    unpacked = b""
    while packed:
        member = zlib.decompressobj(_GZIP)
        try:
            unpacked += member.decompress(packed, limit + 1 - len(unpacked))
        except zlib.error as error:
            raise UnusableAnswer("the answer is marked as gzip but is not") from error
        if len(unpacked) > limit:
            raise _too_long(limit)
        if not member.eof:
            raise UnusableAnswer("the answer is truncated")
        packed = member.unused_data
    return unpacked


def _too_long(limit: int) -> UnusableAnswer:
    return UnusableAnswer(f"the answer is longer than {limit >> 20} MiB ({VARIABLE})")
