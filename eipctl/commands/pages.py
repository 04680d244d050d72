"""The pages of the documentation: each a Markdown file of the folder, its topic the file's name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "docs"
_MARKER = re.compile(r"^<!--.*?-->\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class DocPage:
    """One page. `title` is its first heading, `text` its Markdown without comments for tools."""

    topic: str
    title: str
    text: str


def topics() -> list[str]:
    """The names of the pages, in alphabetical order."""
    return sorted(path.stem for path in FOLDER.glob("*.md"))


def page(topic: str) -> DocPage:
    """A page by its topic."""
    text = _MARKER.sub("", (FOLDER / f"{topic}.md").read_text("utf-8"))
    return DocPage(topic, text.partition("\n")[0].removeprefix("# "), text)
