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
        list[str] | None,
        typer.Argument(metavar="NAME", help="A command or a stream, such as bind.", autocompletion=complete.answering),
    ] = None,
) -> None:
    """
    A command's schema describes the whole answer with -o json or -o yaml: the envelope and its data. A stream's schema
    describes one line of it. Without NAME, lists what has a schema.

    \b
    eipctl schema status
    eipctl schema bind > bind.schema.json
    eipctl schema sandbox calls
    eipctl schema events          # lines of -o jsonl
    """
    from eipctl.commands.schemas import STREAMS, shipped
    from eipctl.output.tables import columns

    known = {name: f"eipctl {name} -o json" for name in ANSWERS}
    known |= {name: lines.about for name, lines in STREAMS.items()}
    name = " ".join(words or ())
    if not name:
        options.console.answer(columns(("NAME", "DESCRIBES"), list(known.items())))
    elif name in known:
        options.console.answer(shipped(name))
    else:
        raise UsageError(Code.USAGE, f"{name} has no schema", hint=f"one of {', '.join(known)}")
