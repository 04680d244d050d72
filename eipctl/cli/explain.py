"""`eipctl explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.options import Answering, takes
from eipctl.output.answer import CommandAnswer


def code_of(text: str) -> Code:
    """A code in any case, also its number alone; UsageError for anything else."""
    try:
        return Code(f"EIP{text}" if text.isdecimal() else text.upper())
    except ValueError:
        raise UsageError(
            Code.USAGE, f"{text} is not a code of eipctl", hint="see all: eipctl explain", obj=text
        ) from None


def codes_from(start: str) -> list[str]:
    """What a shell may complete `start` to."""
    return [code.value for code in Code if code.value.startswith(start.upper())]


@takes(Answering)
def explain(
    options: Answering,
    codes: Annotated[
        list[str] | None, typer.Argument(metavar="CODE", help="Code, such as EIP206 or 206.", autocompletion=codes_from)
    ] = None,
) -> None:
    """
    \b
    eipctl explain EIP206
    eipctl explain
    """
    from eipctl.output.explanations import explanation_data, explanation_lines, index_lines

    asked = [code_of(text) for text in codes or ()]
    if options.output.for_people:
        options.console.answer_lines(
            explanation_lines(asked, options.console.screen().width) if asked else index_lines()
        )
    else:
        data = {"codes": [explanation_data(code) for code in asked or Code]}
        options.answer(CommandAnswer(command="explain", data=data, rows="codes", named="code"))
