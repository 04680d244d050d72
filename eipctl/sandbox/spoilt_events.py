"""Lines of a watch, spoilt on purpose: what networks, gateways and API servers have been seen to do to them.

drop, repeat, late   lost between two API servers; sent again, and out of order (kubernetes#49745, airflow#21087)
error                an ERROR event, which ends the watch: 410 after a compaction, 504 from a server that lags
truncate             the connection is closed within a line (openshift/origin#420)
behind               a bookmark of an older version, from a restored or a lagging server (kubernetes#107457)
garble               the lines of an error page instead of events, as a gateway writes it (kube-rs#2061)
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from eipctl.sandbox.faults import Rule

ENDS = {"error", "truncate"}
OLD = "1"
PAGE = b'<html>\n<head><title>502 Bad Gateway</title></head>\n{\n  "kind": "Status",\n}\n'


def spoilt(
    lines: Iterable[bytes], rules_of: Callable[[], list[Rule]], status_of: Callable[[Rule], bytes]
) -> Iterator[bytes]:
    """The lines as rules want them; ConnectionAbortedError where the connection is to be closed within one.

    `rules_of` picks the rules for the next line, `status_of` makes the Status of one that is answered with an error.
    """
    held = b""
    for line in lines:
        rules = rules_of()
        does = {rule.do for rule in rules}
        if does & ENDS:
            yield from _ended(line, rules, status_of)
            return
        if "garble" in does:
            yield PAGE
        if "late" in does and not held:
            held = line
            continue
        if "drop" not in does:
            yield line * 2 if "repeat" in does else line
        if "behind" in does:
            yield _behind(line)
        if held:
            yield held
            held = b""
    if held:
        yield held


def _ended(line: bytes, rules: list[Rule], status_of: Callable[[Rule], bytes]) -> Iterator[bytes]:
    rule = next(rule for rule in rules if rule.do in ENDS)
    if rule.do == "error":
        yield _line({"type": "ERROR", "object": json.loads(status_of(rule))})
        return
    yield line[: len(line) // 2]
    raise ConnectionAbortedError


def _behind(line: bytes) -> bytes:
    """A bookmark of the kind of object that a line is about."""
    seen = json.loads(line)["object"]
    found = {"kind": seen.get("kind"), "apiVersion": seen.get("apiVersion"), "metadata": {"resourceVersion": OLD}}
    return _line({"type": "BOOKMARK", "object": found})


def _line(event: dict[str, object]) -> bytes:
    return json.dumps(event, separators=(",", ":")).encode() + b"\n"
