"""What a request asks for besides its path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import selectors
from eipctl.sandbox.kube.statuses import bad_request

if TYPE_CHECKING:
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.resources import Resource

_TRUE = ("1", "t", "T", "true", "TRUE", "True")


@dataclass(frozen=True, slots=True)
class Query:
    """Query parameters and the form of answer that is accepted."""

    labels: selectors.Matches | None
    fields: selectors.Matches | None
    limit: int
    token: str
    watch: bool
    version: str
    timeout: float
    bookmarks: bool
    initial: bool
    """Whether a watch begins with what is there, ended by a marked bookmark (sendInitialEvents)."""
    dry_run: bool
    manager: str
    force: bool
    as_kind: str
    """``Table``, ``PartialObjectMetadata``, ``PartialObjectMetadataList`` or ""."""
    include: str
    validation: str
    """What becomes of fields that are not known: ``Ignore``, ``Warn`` or ``Strict``."""
    warnings: list[str] = field(default_factory=list)
    """What the answer warns of."""

    def matches(self, obj: dict[str, Any]) -> bool:
        """Whether both selectors choose the object."""
        return (self.labels is None or self.labels(obj)) and (self.fields is None or self.fields(obj))


def read(request: Request, resource: Resource) -> Query:
    """Of a request on a resource; 400 for what can't be understood."""
    accept = request.headers.get("accept", "")
    as_kind = re.search(r"as=(\w+)", accept)
    dry_run = request.first("dryRun")
    if dry_run not in ("", "All"):
        raise bad_request(f'dryRun: Unsupported value: {dry_run!r}: supported values: "All"')
    return Query(
        labels=selectors.labels(request.first("labelSelector")),
        fields=selectors.fields(request.first("fieldSelector"), resource),
        limit=_number(request.first("limit")),
        token=request.first("continue"),
        watch=request.first("watch") in _TRUE,
        version=request.first("resourceVersion"),
        timeout=float(_number(request.first("timeoutSeconds"))),
        bookmarks=request.first("allowWatchBookmarks") in _TRUE,
        initial=request.first("sendInitialEvents") in _TRUE,
        dry_run=bool(dry_run),
        manager=request.first("fieldManager") or request.headers.get("user-agent", "unknown").partition("/")[0],
        force=request.first("force") in _TRUE,
        as_kind=as_kind[1] if as_kind else "",
        include=request.first("includeObject", "Metadata"),
        validation=request.first("fieldValidation") or "Warn",
    )


def _number(text: str) -> int:
    if not text:
        return 0
    if not text.isdigit():
        raise bad_request(f"strconv.ParseInt: parsing {text!r}: invalid syntax")
    return int(text)
