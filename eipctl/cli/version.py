"""`eipctl version`."""

from __future__ import annotations

import eipctl
from eipctl.cli.options import Common, takes


@takes(Common)
def version(options: Common) -> None:
    """
    \b
    eipctl version
    """
    options.console.answer(f"eipctl {eipctl.__version__}\n")
