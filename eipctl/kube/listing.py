"""Lists in pages: all of them, or an honest word on what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, KubeError
from eipctl.kube import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.kube.client import KubeClient

PAGE = 500
_STARTS = 3
_GONE = 410

T = TypeVar("T")
W = TypeVar("W")


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """The items of all pages that came; `complete` unless one is missing, `why` says which."""

    items: tuple[T, ...]
    complete: bool
    why: str = ""
    version: str = ""
    """The resourceVersion that all items are of."""


def read(client: KubeClient, path: str, item: type[T], query: Mapping[str, str] | None = None) -> Listing[T]:
    """A whole list. A first page that fails raises; a list that changes too fast is read again, up to three times."""
    return made(client, path, item, lambda found: found, query)


def made(
    client: KubeClient, path: str, item: type[W], make: Callable[[W], T], query: Mapping[str, str] | None = None
) -> Listing[T]:
    """The same of what `make` makes of the items: page by page, so that only the facts of a long list are kept."""
    for _ in range(_STARTS):
        listing, expired = _once(client, path, item, make, query or {})
        if not expired:
            return listing
    return Listing(listing.items, complete=False, why=f"{listing.why}, {_STARTS} times")


def whole(client: KubeClient, path: str, item: type[T], query: Mapping[str, str] | None = None) -> tuple[T, ...]:
    """A whole list; Failed unless it is complete."""
    return complete(read(client, path, item, query), path)


def complete(listing: Listing[T], path: str) -> tuple[T, ...]:
    """The items of the list of `path`; Failed unless it is complete."""
    if not listing.complete:
        raise Failed(Code.PARTIAL_READ, f"the list of {path} is not complete: {listing.why}", hint="try again")
    return listing.items


def _once(
    client: KubeClient, path: str, item: type[W], make: Callable[[W], T], query: Mapping[str, str]
) -> tuple[Listing[T], bool]:
    """The pages that came, and whether the continue token had expired."""
    items: list[T] = []
    token = version = ""
    number, seen = 0, set[str]()
    while token or not number:
        number += 1
        more = {"continue": token} if token else {}
        try:
            raw = client.get(path, {**query, "limit": str(PAGE), **more})
            page = wire.decode_page(raw, item)
        except Failed as error:
            expired = isinstance(error, KubeError) and error.status == _GONE
            if number == 1:
                raise
            why = f"page {number} expired" if expired else f"page {number}: {error.message}"
            return Listing(tuple(items), complete=False, why=why), expired
        items += map(make, page.items or ())
        token = page.metadata.continue_ or ""
        if token in seen:
            why = f"page {number} leads back to an earlier one"
            return Listing(tuple(items), complete=False, why=why), False
        seen.add(token)
        version = version or page.metadata.resource_version or ""
    return Listing(tuple(items), complete=True, version=version), False
