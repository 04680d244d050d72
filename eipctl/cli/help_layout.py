"""Help that fits the screen: lines break between words only, and an example stays a command that can be pasted."""

from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING, Any

import typer

from eipctl.output.pasted import called

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_EXAMPLES = "\b"
"""The first line of a paragraph whose lines are examples."""
_COMMENTED = re.compile(r"(?P<command>.*?\S) {2,}(?P<comment># .*)")
_WORD = re.compile(r"""(?:"[^"]*"|'[^']*'|\S)+""")
_NARROW, _LEFT = 70, 20
"""On a screen with fewer columns than _NARROW, names longer than _LEFT get a line of their own."""
_Formatter: Any = typer.Context.formatter_class


class Layout(_Formatter):  # type: ignore[misc] # the parser's own formatter has no public name
    """Writes the paragraphs and lists of a help text."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How the command is called."""
        head = f"{'Usage: ' if prefix is None else prefix}{prog} "
        others = " " * (len(head) if len(head) + _LEFT <= self.width else 4)
        self.write("\n".join(_filled(args, self.width, head, others)) + "\n")

    def write_text(self, text: str) -> None:
        """Paragraphs, and blocks of examples."""
        parts = [part for part in re.split(r"\n\s*\n", called(text)) if part.strip(" \n")]
        self.write("\n\n".join("\n".join(self._lines(part.strip("\n"))) for part in parts) + "\n")

    def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
        """Names with their texts, in two columns."""
        widest = max((len(name) for name, _ in rows), default=0)
        start = self.current_indent + min(widest, _LEFT if self.width < _NARROW else col_max) + col_spacing
        for name, text in rows:
            head = f"{'':{self.current_indent}}{name}"
            if len(head) + col_spacing > start and text:
                self.write(f"{head}\n")
                head = ""
            self.write("\n".join(_filled(text, self.width, head.ljust(start), " " * start)).rstrip() + "\n")

    def _lines(self, paragraph: str) -> Iterator[str]:
        indent = " " * self.current_indent
        first, *rest = paragraph.split("\n")
        if first.strip(" ") == _EXAMPLES:
            for line in rest:
                yield from _example(line.strip(), self.width, indent)
        else:
            yield from _filled(" ".join(paragraph.split()), self.width, indent, indent)


def _filled(text: str, width: int, first: str, others: str) -> list[str]:
    found = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=others, break_long_words=False, break_on_hyphens=False
    )
    return found or [first]


def _example(line: str, width: int, indent: str) -> Iterator[str]:
    """As it is where it fits; else its comment goes above it, and a long command continues behind a backslash."""
    if len(indent) + len(line) <= width:
        yield f"{indent}{line}"
        return
    found = _COMMENTED.fullmatch(line)
    command, comment = (found["command"], found["comment"]) if found else (line, "")
    if comment:
        yield from _filled(comment, width, indent, f"{indent}# ")
    deeper = f"{indent}    "
    current = indent
    for word in _WORD.findall(command):
        if current.strip() and len(current) + len(word) + 3 > width:
            yield f"{current} \\"
            current = deeper
        current += f" {word}" if current.strip() else word
    yield current
