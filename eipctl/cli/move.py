"""`eipctl move`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli import complete
from eipctl.cli.connection import Changing, ClusterId, Namespaces
from eipctl.cli.flow import change
from eipctl.cli.options import takes


@takes(Changing)
def move(
    options: Changing,
    source: Annotated[
        str,
        typer.Argument(metavar="FROM", help="Pod that has the EIP; it may be deleted.", autocompletion=complete.pods),
    ],
    target: Annotated[str, typer.Argument(metavar="TO", help="Pod that gets the EIP.", autocompletion=complete.pods)],
    replace: Annotated[
        bool,
        typer.Option("--replace", help="If TO has an EIP from eipctl, swap: FROM gets it, where its settings allow."),
    ] = False,
    namespace: Namespaces = None,
    cluster_id: ClusterId = None,
) -> None:
    """
    \b
    eipctl move pod/web-a pod/web-b
    eipctl move pod/web-a pod/web-b --replace    # exchange their EIPs
    eipctl move pod/blue/web-0 pod/green/web-0 --dry-run
    """
    from eipctl.commands.move import MoveOptions, prepare_move
    from eipctl.commands.release import is_pod, key_of

    for name in (source, target):
        if not is_pod(name):
            hint = "write pod/NAME or pod/NAMESPACE/NAME"
            raise UsageError(Code.USAGE, f"{name!r} is not a Pod", hint=hint)
    here = options.namespaces_of(namespace) or ()
    if len(here) != 1 and any(name.count("/") == 1 for name in (source, target)):
        raise UsageError(Code.USAGE, "several namespaces are given", hint="write pod/NAMESPACE/NAME")
    one, other = (key_of(name.partition("/")[2], here[0]) for name in (source, target))
    change("move", options, prepare_move, MoveOptions(source=one, target=other, replace=replace, cluster_id=cluster_id))
