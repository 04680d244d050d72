"""What a request asks for besides its path."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.kube import selectors
from eipctl.sandbox.kube.statuses import bad_request, wrong_option

if TYPE_CHECKING:
    from eipctl.sandbox.http import Request
    from eipctl.sandbox.kube.resources import Resource

_TRUE = ("1", "t", "T", "true", "TRUE", "True")
APPLY = "application/apply-patch+yaml"
_OPTIONS = {"create": "CreateOptions", "update": "UpdateOptions", "patch": "PatchOptions", "delete": "DeleteOptions"}
_VALIDATIONS = ("Ignore", "Warn", "Strict")
_LONGEST_MANAGER = 128


@dataclass(frozen=True, slots=True)
class Query:
    """Query parameters and the form of answer that is accepted."""

    labels: selectors.Matches | None
    fields: selectors.Matches | None
    limit: int
    token: str
    watch: bool
    version: str
    exact: bool
    """Whether a list is to be as it was at that version."""
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


def watches(request: Request) -> bool:
    """Whether a list is to go on with what changes."""
    return request.first("watch") in _TRUE


def read(request: Request, resource: Resource, verb: str) -> Query:
    """Of a request on a resource; 400 or 422 for what can't be understood."""
    as_kind = re.search(r"as=(\w+)", request.headers.get("accept", ""))
    _check_options(request, _OPTIONS.get(verb, "ListOptions"))
    return Query(
        labels=selectors.labels(request.first("labelSelector")),
        fields=selectors.fields(request.first("fieldSelector"), resource),
        limit=_number(request.first("limit")),
        token=request.first("continue"),
        watch=watches(request),
        version=request.first("resourceVersion"),
        exact=request.first("resourceVersionMatch") == "Exact",
        timeout=float(_number(request.first("timeoutSeconds"))),
        bookmarks=request.first("allowWatchBookmarks") in _TRUE,
        initial=request.first("sendInitialEvents") in _TRUE,
        dry_run=bool(request.first("dryRun")),
        manager=request.first("fieldManager") or request.headers.get("user-agent", "unknown").partition("/")[0],
        force=request.first("force") in _TRUE,
        as_kind=as_kind[1] if as_kind else "",
        include=request.first("includeObject", "Metadata"),
        validation=request.first("fieldValidation") or "Warn",
    )


def _check_options(request: Request, options: str) -> None:
    applies = request.headers.get("content-type", "").startswith(APPLY)
    dry_run, validation, manager = (request.first(name) for name in ("dryRun", "fieldValidation", "fieldManager"))
    if dry_run not in ("", "All"):
        raise wrong_option(options, "dryRun", f'Unsupported value: "{dry_run}": supported values: "All"')
    if validation not in ("", *_VALIDATIONS):
        told = ", ".join(f'"{value}"' for value in ("", *_VALIDATIONS))
        raise wrong_option(options, "fieldValidation", f'Unsupported value: "{validation}": supported values: {told}')
    if len(manager) > _LONGEST_MANAGER:
        raise wrong_option(options, "fieldManager", f"Too long: may not be more than {_LONGEST_MANAGER} bytes")
    if options == "PatchOptions" and applies and not manager:
        raise wrong_option(options, "fieldManager", "Required value: is required for apply patch")
    if options == "PatchOptions" and not applies and request.first("force"):
        raise wrong_option(options, "force", "Forbidden: may not be specified for non-apply patch")
    if request.first("resourceVersionMatch") and not request.first("resourceVersion") and not request.first("watch"):
        why = "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"
        raise wrong_option(options, "resourceVersionMatch", why)


def _number(text: str) -> int:
    if not text:
        return 0
    if not text.isdigit():
        raise bad_request(f"strconv.ParseInt: parsing {text!r}: invalid syntax")
    return int(text)
