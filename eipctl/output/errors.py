"""Errors as people read them: one sentence, then what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.output.console import Line, Style
from eipctl.output.pasted import aimed

if TYPE_CHECKING:
    from eipctl.base.errors import EipctlError
    from eipctl.output.console import Console


def tell(console: Console, error: EipctlError) -> None:
    """On stderr, also with -q."""
    facts = {"code": error.code.value, "hint": aimed(error.hint), "object": error.object}
    console.complain(*error_lines(error), message=_one_line(error.message), **facts)


def error_lines(error: EipctlError) -> list[Line]:
    """``error[EIP101]: sentence`` and, on a line of its own, the hint; what others say in several lines is joined."""
    about = f" ({error.object})" if error.object and error.object not in error.message else ""
    head: Line = ((f"error[{error.code.value}]: ", Style.BAD), (_one_line(error.message + about), Style.PLAIN))
    return [head, (("  do: ", Style.QUIET), (_one_line(aimed(error.hint)), Style.PLAIN))] if error.hint else [head]


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
