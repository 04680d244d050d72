"""Lines that fit a screen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from eipctl.output.console import Line, Style
from eipctl.output.tables import room
from eipctl.output.wrapping import fitted

LINE: Line = (("+ ", Style.GOOD), ("pod/default/web-0  new EIP, 5 Mbit/s", Style.PLAIN), ("  (a reason)", Style.QUIET))


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in line) for line in lines]


def test_a_line_is_broken_between_words_and_keeps_its_looks() -> None:
    """What is continued is indented; without a screen a line is never broken."""
    assert texts(fitted([LINE], 30)) == ["+ pod/default/web-0  new EIP,", "    5 Mbit/s  (a reason)"]
    assert fitted([LINE], 30)[1][-1][1] is Style.QUIET
    assert fitted([LINE], None) == [LINE] == fitted([LINE], 80)


@given(st.lists(st.text(alphabet="ab网", min_size=1, max_size=12), min_size=1, max_size=12), st.integers(8, 40))
def test_no_word_is_cut_or_lost(words: list[str], width: int) -> None:
    """And every line that can fits the screen."""
    lines = texts(fitted([((" ".join(words), Style.PLAIN),)], width))
    assert " ".join(lines).split() == words
    assert [line for line in lines if room(line) > width and len(line.split()) > 1] == []


def test_a_word_of_two_looks_is_not_cut_between_them() -> None:
    """Only a blank is a place to break."""
    line: Line = (("one two", Style.PLAIN), ("three", Style.GOOD))
    assert texts(fitted([line], 9)) == ["one twothree"]


def test_a_command_stays_on_one_line() -> None:
    """It is there to be pasted: a terminal that folds it shows one line all the same."""
    line: Line = (("  do: ", Style.QUIET), ("eipctl bind -A --prune --yes -q --timeout 4m", Style.COMMAND))
    assert fitted([line], 20) == [line]
