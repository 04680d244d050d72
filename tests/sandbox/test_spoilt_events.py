"""Each fault of events does to the lines of a watch what the list of faults says."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.faults import Fault, checked
from eipctl.sandbox.spoilt_events import PAGE, spoilt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.sandbox.faults import Rule


def event(version: int) -> bytes:
    found = {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": str(version)}}
    return json.dumps({"type": "MODIFIED", "object": found}).encode() + b"\n"


A, B, C = map(event, (7, 8, 9))


def delivered(rule: dict[str, Any]) -> Iterator[bytes]:
    """What comes of three events when the rule spoils the second one."""
    fault = Fault(checked({"service": "kube", "api": "event", "nth": 2, **rule}))

    def rules() -> list[Rule]:
        return [fault.rule] if fault.hits("kube", "event", "pods") else []

    return spoilt([A, B, C], rules, lambda rule: json.dumps({"code": rule.status, "reason": rule.code}).encode())


@pytest.mark.parametrize(
    ("does", "comes"),
    [
        ("drop", [A, C]),
        ("repeat", [A, B + B, C]),
        ("late", [A, C, B]),
        ("garble", [A, PAGE, B, C]),
    ],
)
def test_events_are_lost_repeated_late_or_among_other_lines(does: str, comes: list[bytes]) -> None:
    """The rest comes as it is."""
    assert list(delivered({"do": does})) == comes


def test_the_last_event_is_delivered_late_when_the_watch_ends() -> None:
    """It is not lost."""
    assert list(delivered({"do": "late", "nth": 3})) == [A, B, C]


def test_an_error_is_an_event_and_the_last_one() -> None:
    """As after a compaction: what it stands for is not delivered."""
    first, last = delivered({"do": "error", "status": 410, "code": "Expired"})
    assert first == A
    assert json.loads(last) == {"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}


def test_a_line_that_is_cut_off_ends_the_connection() -> None:
    """In its middle."""
    lines = delivered({"do": "truncate"})
    assert next(lines) == A
    assert B.startswith(half := next(lines))
    assert 0 < len(half) < len(B)
    with pytest.raises(ConnectionAbortedError):
        next(lines)


def test_a_bookmark_that_lies_behind_is_of_the_kind_that_is_watched() -> None:
    """Its version is older than all that was delivered."""
    assert [json.loads(line)["type"] for line in delivered({"do": "behind"})] == [
        "MODIFIED",
        "MODIFIED",
        "BOOKMARK",
        "MODIFIED",
    ]
    (bookmark,) = (json.loads(line)["object"] for line in delivered({"do": "behind"}) if b"BOOKMARK" in line)
    assert bookmark == {"kind": "Pod", "apiVersion": "v1", "metadata": {"resourceVersion": "1"}}
