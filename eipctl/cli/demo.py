"""`eipctl demo`."""

from __future__ import annotations

import typer

from eipctl.cli.options import Common, takes


@takes(Common)
def demo(options: Common) -> None:
    """The whole story on the sandbox in under a minute: no account, no cluster, no root.

    \b
    eipctl demo
    """
    from eipctl.demo.story import tell

    raise typer.Exit(tell(options.console))
