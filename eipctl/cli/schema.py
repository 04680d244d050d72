"""`eipctl schema`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.options import Common, takes
from eipctl.commands.registry import ANSWERING


def answering(incomplete: str) -> list[str]:
    """What a shell may complete `incomplete` to."""
    return [name for name in ANSWERING if name.startswith(incomplete)]


@takes(Common)
def schema(
    options: Common,
    command: Annotated[str, typer.Argument(metavar="COMMAND", help="Such as bind.", autocompletion=answering)],
) -> None:
    """
    Of what the command answers with -o json or -o yaml: the envelope, and its data.

    \b
    eipctl schema status
    eipctl schema bind > bind.schema.json
    """
    from eipctl.commands.schemas import shipped

    if command not in ANSWERING:
        message = f"{command} has no answer with a schema"
        raise UsageError(Code.USAGE, message, hint=f"one of {', '.join(ANSWERING)}")
    options.console.answer(shipped(command))
