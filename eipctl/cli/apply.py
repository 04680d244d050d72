"""`eipctl apply`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.flow import change
from eipctl.cli.options import Changing, takes


@takes(Changing)
def apply(
    options: Changing,
    plan: Annotated[str, typer.Argument(metavar="PLAN", help="A file that --out wrote; - for stdin.")],
) -> None:
    """Carry out a saved plan: exactly its Actions, and only while each object is as it was.

    What an earlier apply has done already is seen and not done again.

    \b
    eipctl bind -A --out plan.json    save the plan, change nothing
    eipctl apply plan.json --yes      carry it out
    """
    from eipctl.commands.apply import ApplyOptions, prepare_apply

    change("apply", options, prepare_apply, ApplyOptions(text=_text(plan), name=plan))


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise UsageError(
            Code.PLAN_FILE, f"the plan {name} can't be read: {why}", hint="give the file that --out wrote"
        ) from error
