"""For any two texts: the diff leads from one to the other, and is difflib's own where little has changed."""

from __future__ import annotations

import difflib
import os
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from eipctl.base.line_diff import Lines, line_diff

EXAMPLES = int(os.environ.get("EIPCTL_EXAMPLES", "100"))
LINES: st.SearchStrategy[Lines] = st.lists(st.sampled_from("abc"), max_size=40).map(tuple)
HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@")


def patched(old: Lines, diff: tuple[str, ...]) -> Lines:
    """As `patch` does it, refusing a hunk that does not fit."""
    new: list[str] = []
    done = 0
    for line in diff[2:]:
        if found := HUNK.fullmatch(line):
            start = int(found[1]) - (found[2] != "0")
            new += old[done:start]
            done = start
            assert int(found[3]) - (found[4] != "0") == len(new)
        elif line[0] == "+":
            new.append(line[1:])
        else:
            assert old[done] == line[1:]
            new += line[1:] if line[0] == " " else ""
            done += 1
    return (*new, *old[done:])


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(LINES, LINES, st.integers(0, 3))
def test_a_diff_leads_from_one_text_to_the_other(old: Lines, new: Lines, around: int) -> None:
    """Whatever they have in common; equal texts have none."""
    diff = line_diff(old, new, "a.yaml", around)
    assert patched(old, diff) == new
    assert bool(diff) == (old != new)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.integers(0, 3000), st.lists(st.text("xyz", max_size=3), max_size=4), st.integers(0, 3), st.integers(0, 3))
def test_a_small_change_is_shown_as_difflib_shows_it(place: int, added: list[str], gone: int, around: int) -> None:
    """Lines that come and go somewhere in a long text."""
    old = tuple(map(str, range(3000)))
    new = (*old[:place], *added, *old[place + gone :])
    expected = difflib.unified_diff(old, new, "a.yaml", "a.yaml", lineterm="", n=around)
    assert line_diff(old, new, "a.yaml", around) == tuple(expected)
