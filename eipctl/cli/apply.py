"""`eipctl apply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import read_own
from eipctl.cli.connection import Changing
from eipctl.cli.flow import change
from eipctl.cli.options import takes


@takes(Changing)
def apply(
    options: Changing,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="Plan file written by --out; - for stdin.")],
) -> None:
    """
    Actions that an earlier apply has already carried out are not repeated.

    \b
    eipctl bind -A --out plan.json    # save the plan, change nothing
    eipctl apply plan.json --yes      # carry it out
    """
    from eipctl.commands.apply import ApplyOptions, prepare_apply

    change("apply", options, prepare_apply, ApplyOptions(text=_text(plan), name=plan))


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else read_own(Path(name))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not a text file"
        raise UsageError(
            Code.PLAN_FILE, f"the plan {name} can't be read: {why}", hint="name a file written by --out"
        ) from error
