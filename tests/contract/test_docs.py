"""`eipctl docs`: the pages that are shipped, for a terminal and for a pipe."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from eipctl.cli.app import run
from eipctl.cli.docs import topics_from
from eipctl.commands.pages import FOLDER, topics

FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
COLOUR = re.compile(r"\x1b\[[\d;]*m")
TERMINAL = 80


def test_without_a_topic_the_pages_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each file of the folder, with its title, on a line that fits a terminal."""
    assert run(["docs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == sorted(path.stem for path in FOLDER.glob("*.md"))
    assert all(len(line.split(maxsplit=1)) == 2 and len(line) <= TERMINAL for line in lines)


@pytest.mark.parametrize("topic", topics())
def test_in_a_pipe_a_page_is_its_markdown(topic: str, capsys: pytest.CaptureFixture[str]) -> None:
    """As in the repository, except for comments that are meant for tests."""
    assert run(["docs", topic]) == 0
    shown = capsys.readouterr().out
    written = (FOLDER / f"{topic}.md").read_text("utf-8")
    assert shown == "".join(line for line in written.splitlines(keepends=True) if not line.startswith("<!--"))


@pytest.mark.parametrize("columns", [60, TERMINAL])
@pytest.mark.parametrize("topic", topics())
def test_on_a_terminal_no_word_is_cut(
    topic: str, columns: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is laid out in colour, every character of the text is there, and lines of code stay whole, to be pasted."""
    monkeypatch.setenv("COLUMNS", str(columns))
    assert run(["docs", topic, "--color", "always"]) == 0
    shown = capsys.readouterr().out
    assert "\x1b[" in shown
    bare = COLOUR.sub("", shown)
    code = {
        f"  {line}"
        for _, text in FENCE.findall((FOLDER / f"{topic}.md").read_text("utf-8"))
        for line in text.split("\n")
    }
    assert code - {"  "} <= set(bare.splitlines())
    assert all(len(line) <= columns for line in bare.splitlines() if line not in code)
    assert "…" not in re.sub(r"…", "", bare, count=(FOLDER / f"{topic}.md").read_text("utf-8").count("…"))


@pytest.mark.parametrize("topic", topics())
def test_a_command_of_a_page_fits_a_line(topic: str) -> None:
    """What is to be pasted is not folded on a terminal of 80 columns."""
    blocks = FENCE.findall((FOLDER / f"{topic}.md").read_text("utf-8"))
    long = [line for kind, text in blocks if kind == "sh" for line in text.splitlines() if len(line) > TERMINAL - 2]
    assert not long


@pytest.mark.parametrize("topic", topics())
def test_a_page_begins_with_its_title(topic: str) -> None:
    """A heading of the first level, and only one."""
    lines = FENCE.sub("", (FOLDER / f"{topic}.md").read_text("utf-8")).splitlines()
    assert [number for number, line in enumerate(lines) if line.startswith("# ")] == [0]


def test_an_unknown_topic_is_refused_with_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit 2, and every topic is named."""
    assert run(["docs", "binding"]) == 2
    said = capsys.readouterr().err
    assert "there is no page 'binding'" in said
    assert all(topic in said for topic in topics())


def test_topics_are_completed() -> None:
    """By their first letters."""
    assert topics_from("s") == [topic for topic in topics() if topic.startswith("s")]
    assert "bind" in topics_from("B")


def test_the_pages_are_files_of_the_package() -> None:
    """They are installed with it."""
    import eipctl

    assert FOLDER.is_relative_to(Path(eipctl.__file__).parent)
