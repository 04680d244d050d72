"""`eipctl version`."""

from __future__ import annotations

import eipctl
from eipctl.cli.options import Answering, takes
from eipctl.output.answer import CommandAnswer


@takes(Answering)
def version(options: Answering) -> None:
    """
    \b
    eipctl version
    eipctl version -o json
    """
    if options.output.for_people:
        options.console.answer(f"eipctl {eipctl.__version__}\n")
    else:
        options.answer(CommandAnswer(command="version", data={"version": eipctl.__version__}, named="version"))
