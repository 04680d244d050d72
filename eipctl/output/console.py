"""stdout is the answer; everything else goes to stderr. Colour only where it is wanted, our data never as markup."""

from __future__ import annotations

import os
import select
import sys
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console as RichConsole


class Color(StrEnum):
    """--color."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class Style(StrEnum):
    """What a piece of text is, as rich spells its look."""

    PLAIN = ""
    TITLE = "bold"
    GOOD = "green"
    CAUTION = "yellow"
    BAD = "bold red"
    QUIET = "dim"


Piece = tuple[str, Style]
Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes. `quiet` keeps everything but answers and errors back; `verbose` counts -v."""

    color: Color = Color.AUTO
    quiet: bool = False
    verbose: int = 0

    def answer(self, text: str) -> None:
        """The answer, as it is."""
        _write(sys.stdout, text)

    @property
    def on_terminal(self) -> bool:
        """Whether somebody looks at the answer as it comes."""
        return sys.stdout.isatty()

    def still_read(self) -> None:
        """BrokenPipeError once nobody can read the answer any more; a write would only tell it when there is one."""
        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLERR)
        if any(event & select.POLLERR for _, event in poll.poll(0)):
            raise BrokenPipeError

    def answer_lines(self, lines: list[Line]) -> None:
        """The answer, coloured on a terminal."""
        self._paint(sys.stdout, lines)

    def say(self, *lines: Line) -> None:
        """Something to know beside the answer."""
        if not self.quiet:
            self._paint(sys.stderr, list(lines))

    def complain(self, *lines: Line) -> None:
        """An error: shown even with -q."""
        self._paint(sys.stderr, list(lines))

    def colored(self, stream: TextIO) -> bool:
        """Whether a stream gets colour."""
        if self.color is Color.AUTO:
            return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        return self.color is Color.ALWAYS

    def rich(self, stream: TextIO) -> RichConsole:
        """A rich console on a stream, without markup and highlighting."""
        from rich.console import Console as RichConsole

        return RichConsole(
            file=stream,
            force_terminal=self.colored(stream),
            no_color=not self.colored(stream),
            markup=False,
            highlight=False,
            emoji=False,
            soft_wrap=True,
        )

    def _paint(self, stream: TextIO, lines: list[Line]) -> None:
        if not self.colored(stream):
            _write(stream, "".join("".join(printable(text) for text, _ in line) + "\n" for line in lines))
            return
        from rich.text import Text

        console = self.rich(stream)
        for line in lines:
            console.print(Text.assemble(*((printable(text), style.value) for text, style in line)))


def printable(text: str) -> str:
    """Text without control characters that a terminal would obey; line ends, tabs and spaces of any kind stay."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(char: str) -> str:
    if char.isprintable() or char in "\n\t" or unicodedata.category(char) == "Zs":
        return char
    return "\N{REPLACEMENT CHARACTER}"


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()


def plain(text: str) -> Line:
    """A line without any look."""
    return ((text, Style.PLAIN),)
