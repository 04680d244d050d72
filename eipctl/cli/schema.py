"""`eipctl schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli import complete
from eipctl.cli.options import Common, takes
from eipctl.commands.registry import ANSWERS


@takes(Common)
def schema(
    options: Common,
    words: Annotated[
        list[str], typer.Argument(metavar="COMMAND", help="Such as bind.", autocompletion=complete.answering)
    ],
) -> None:
    """
    Of what the command answers with -o json or -o yaml: the envelope, and its data.

    \b
    eipctl schema status
    eipctl schema bind > bind.schema.json
    eipctl schema sandbox calls
    """
    from eipctl.commands.schemas import shipped

    command = " ".join(words)
    if command not in ANSWERS:
        message = f"{command} has no answer with a schema"
        raise UsageError(Code.USAGE, message, hint=f"one of {', '.join(ANSWERS)}")
    options.console.answer(shipped(command))
