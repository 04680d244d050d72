"""A unified diff in time that grows with the texts: difflib's own takes minutes for a megabyte with many small edits.

Where the texts part, difflib compares a few lines of both, and more until some in a row are the same again.
"""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Lines = tuple[str, ...]
Step = tuple[Literal["equal", "insert", "delete", "replace"], int, int, int, int]
"""As difflib has it: ``equal``, ``insert``, ``delete`` or ``replace``; from and to in the old text, and in the new."""

WINDOWS = (16, 128, 1024)
IN_A_ROW = 3


def line_diff(old: Lines, new: Lines, name: str, around: int) -> tuple[str, ...]:
    """The lines of a unified diff of one file, with as many lines `around` each change; none of equal texts."""
    if old == new:
        return ()
    hunks = (_hunk(steps, old, new) for steps in _Matched(list(_steps(old, new))).get_grouped_opcodes(around))
    return (f"--- {name}", f"+++ {name}", *(line for hunk in hunks for line in hunk))


class _Matched(SequenceMatcher[str]):
    """Groups steps that have been found."""

    def __init__(self, steps: list[Step]) -> None:
        super().__init__()
        self._steps = steps

    def get_opcodes(self) -> list[Step]:
        return self._steps


def _steps(old: Lines, new: Lines) -> Iterator[Step]:
    at, there = 0, 0
    while at < len(old) or there < len(new):
        same = _same(old, new, at, there)
        if same:
            yield "equal", at, at + same, there, there + same
            at, there = at + same, there + same
        else:
            for step in _change(old, new, at, there):
                yield step
                at, there = step[2], step[4]


def _same(old: Lines, new: Lines, at: int, there: int) -> int:
    """How many lines from here on."""
    most = min(len(old) - at, len(new) - there)
    return next((count for count in range(most) if old[at + count] != new[there + count]), most)


def _change(old: Lines, new: Lines, at: int, there: int) -> list[Step]:
    """The steps from where the texts part to where they are surely the same again."""
    found: list[Step] = []
    for window in WINDOWS:
        pieces = old[at : at + window], new[there : there + window]
        found = [
            (kind, at + old_from, at + old_to, there + new_from, there + new_to)
            for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, *pieces, autojunk=False).get_opcodes()
        ]
        sure = next((n for n, step in enumerate(found) if step[0] == "equal" and step[2] - step[1] >= IN_A_ROW), None)
        if sure is not None:
            return found[:sure]
    return found


def _hunk(steps: Sequence[tuple[str, int, int, int, int]], old: Lines, new: Lines) -> Iterator[str]:
    (_, old_from, _, new_from, _), (_, _, old_to, _, new_to) = steps[0], steps[-1]
    yield f"@@ -{_range(old_from, old_to)} +{_range(new_from, new_to)} @@"
    for kind, old_from, old_to, new_from, new_to in steps:
        if kind == "equal":
            yield from (f" {line}" for line in old[old_from:old_to])
        else:
            yield from (f"-{line}" for line in old[old_from:old_to])
            yield from (f"+{line}" for line in new[new_from:new_to])


def _range(start: int, end: int) -> str:
    """As `patch` reads it: an empty range is given by the line before it."""
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + bool(count)},{count}"
