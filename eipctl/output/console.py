"""stdout is the answer; everything else goes to stderr. Colour only where it is wanted, our data never as markup."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, TextIO

from eipctl.base.json_lines import json_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rich.console import Console as RichConsole


class Color(StrEnum):
    """--color."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class LogFormat(StrEnum):
    """--log-format."""

    TEXT = "text"
    JSON = "json"


class Style(StrEnum):
    """What a piece of text is, as rich spells its look."""

    PLAIN = ""
    TITLE = "bold"
    GOOD = "green"
    CAUTION = "yellow"
    BAD = "bold red"
    QUIET = "dim"
    COMMAND = "none"
    """Plain, and never broken: a line for pasting."""


Piece = tuple[str, Style]
Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """What an answer is made for: a terminal of `width` columns, or None for a pipe or a file, which is never cut."""

    width: int | None = None
    colored: bool = False


PIPE = Screen()


@dataclass(frozen=True, slots=True)
class Console:
    """Where a command writes. `quiet` keeps everything but answers and errors back; `verbose` counts -v.

    With `log_format` json, all that goes to stderr is JSON: an object a line with time, level and message.
    """

    color: Color = Color.AUTO
    quiet: bool = False
    verbose: int = 0
    log_format: LogFormat = LogFormat.TEXT

    def answer(self, text: str) -> None:
        """The answer, as it is."""
        _write(sys.stdout, text)

    def document(self, text: str) -> None:
        """An answer that is a file in UTF-8, whatever the encoding of stdout."""
        binary = getattr(sys.stdout, "buffer", None)
        if binary is None:
            self.answer(text)
        else:
            sys.stdout.flush()
            binary.write(text.encode())
            binary.flush()

    @property
    def on_terminal(self) -> bool:
        """Whether the answer goes to a screen that can be drawn on."""
        return draws(sys.stdout)

    def screen(self, stream: TextIO | None = None) -> Screen:
        """How wide a stream is (stdout if none is given), and whether it gets colour."""
        import shutil

        stream = stream or sys.stdout
        width = shutil.get_terminal_size().columns if draws(stream) else None
        return Screen(width, self.colored(stream))

    def still_read(self) -> None:
        """BrokenPipeError once the reader of the answer is gone, without waiting for the next write."""
        import select

        poll = select.poll()
        poll.register(sys.stdout.fileno(), select.POLLERR)
        if any(event & select.POLLERR for _, event in poll.poll(0)):
            raise BrokenPipeError

    def answer_lines(self, lines: list[Line]) -> None:
        """The answer; on a terminal coloured, and broken between words."""
        self._paint(sys.stdout, lines)

    def say(self, *lines: Line) -> None:
        """Something to know beside the answer."""
        for line in lines:
            self.log("info", line)

    def warn(self, message: str, **facts: object) -> None:
        """Something to look at, beside the answer."""
        self.log("warning", (("warning: ", Style.CAUTION), (message, Style.PLAIN)), message=message, **facts)

    def complain(self, *lines: Line, message: str = "", level: str = "error", **facts: object) -> None:
        """An error or another message that is shown even with -q."""
        if self.log_format is LogFormat.JSON:
            self._write_log(level, message or " ".join(map(_text, lines)), facts)
        else:
            self._paint(sys.stderr, list(lines))

    def log(self, level: str, line: Line, *, message: str = "", **facts: object) -> None:
        """A line for people, or its message (the line's text if none is given) and facts as JSON."""
        if self.quiet:
            return
        if self.log_format is LogFormat.JSON:
            self._write_log(level, message or _text(line), facts)
        else:
            self._paint(sys.stderr, [line])

    def _write_log(self, level: str, message: str, facts: Mapping[str, object]) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        content = {"time": now, "level": level, "message": message.strip(), **facts}
        _write(sys.stderr, json_line(content))

    def terminal(self) -> RichConsole:
        """stderr for what moves on a terminal, coloured or not."""
        from rich.console import Console as RichConsole

        return RichConsole(file=sys.stderr, force_terminal=True, no_color=not self.colored(sys.stderr), markup=False)

    def colored(self, stream: TextIO) -> bool:
        """Whether a stream gets colour."""
        if self.color is Color.AUTO:
            return draws(stream) and not os.environ.get("NO_COLOR")
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
        from eipctl.output.wrapping import fitted

        lines = fitted(lines, self.screen(stream).width)
        if not self.colored(stream):
            _write(stream, "".join("".join(printable(text) for text, _ in line) + "\n" for line in lines))
            return
        from rich.text import Text

        console = self.rich(stream)
        with _best_effort(stream):
            for line in lines:
                console.print(Text.assemble(*((printable(text), style.value) for text, style in line)))


def painted(text: str, style: Style) -> str:
    """A text with the codes of its look around it, for a screen that is coloured."""
    from rich.style import Style as Look

    return Look.parse(style.value).render(text)


def draws(stream: TextIO) -> bool:
    """Whether it is a screen that can be drawn on."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """Text without control characters that a terminal would obey; line ends, tabs and spaces of any kind stay."""
    return text if text.isprintable() else "".join(map(_printable, text))


def _printable(char: str) -> str:
    import unicodedata

    if char.isprintable() or char in "\n\t" or unicodedata.category(char) == "Zs":
        return char
    return "\N{REPLACEMENT CHARACTER}"


def _text(line: Line) -> str:
    return "".join(text for text, _ in line)


def _write(stream: TextIO, text: str) -> None:
    with _best_effort(stream):
        stream.write(text)
        stream.flush()


@contextmanager
def _best_effort(stream: TextIO) -> Iterator[None]:
    """A full or closed stderr is no reason to stop the work."""
    try:
        yield
    except OSError:
        if stream is not sys.stderr:
            raise


def plain(text: str) -> Line:
    """A line without any look."""
    return ((text, Style.PLAIN),)
