"""README.zh-CN.md says what README.md says: the same sections, commands, outputs, names and links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = tuple((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)
TITLES = re.compile(r"^(#+) (.*)$", re.MULTILINE)


def bare(text: str) -> str:
    """Without blocks of code."""
    return FENCE.sub("", text)


def sections(text: str) -> list[str]:
    """The text under each heading."""
    return re.split(r"^#+ .*$", bare(text), flags=re.MULTILINE)


def commands(text: str) -> list[str]:
    """Each line of the blocks, without comments."""
    return [re.sub(r"\s+# .*", "", line) for block in FENCE.findall(text) for line in block.splitlines()]


def tables(text: str) -> list[int]:
    """The number of bars in each row."""
    return [line.count("|") for line in bare(text).splitlines() if line.startswith("|")]


def test_headings_are_the_same_in_number_and_depth() -> None:
    """A section can't be added to one page only."""
    english, chinese = ([len(marks) for marks, _ in TITLES.findall(bare(page))] for page in PAGES)
    assert chinese == english


def test_commands_and_outputs_are_the_same() -> None:
    """Comments are translated, nothing else."""
    english, chinese = map(commands, PAGES)
    assert chinese == english


def test_tables_have_the_same_rows() -> None:
    """And each row as many cells."""
    english, chinese = map(tables, PAGES)
    assert chinese == english


@pytest.mark.parametrize("number", range(len(sections(PAGES[0]))))
def test_each_section_names_the_same_things(number: int) -> None:
    """Options, variables, keys, files and links."""
    english, chinese = (sections(page)[number] for page in PAGES)
    for pattern in (r"`([^`\n]+)`", r"\]\(([^)#]+)\)", r"\bB\d\b|\bv\d+\.\d+(?:\.\d+)*"):
        names = [sorted(set(re.findall(pattern, text))) for text in (english, chinese)]
        links = [[name for name in found if not name.startswith("README")] for found in names]
        assert links[1] == links[0]


def test_the_pages_lead_to_each_other() -> None:
    """In their first lines."""
    english, chinese = PAGES
    assert "(README.zh-CN.md)" in english[:100]
    assert "(README.md)" in chinese[:100]
    assert re.search(r"[\u4e00-\u9fff]", chinese.splitlines()[4])
