"""`eipctl help`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.cli import complete
from eipctl.cli.options import Common, takes


@takes(Common)
def help(  # noqa: A001 - the command's name
    options: Common,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="COMMAND", help="Such as bind, or setup ram.", autocompletion=complete.commands),
    ] = None,
) -> None:
    """
    \b
    eipctl help
    eipctl help setup ram
    """
    from eipctl.cli.app import tree
    from eipctl.output.pasted import program

    tree()(args=[*(words or ()), "--help"], prog_name=program(), standalone_mode=False)
