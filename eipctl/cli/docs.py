"""`eipctl docs`."""

from __future__ import annotations

import difflib
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.options import Common, takes


def topics_from(start: str) -> list[str]:
    """What a shell may complete `start` to."""
    from eipctl.commands.pages import topics

    return [topic for topic in topics() if topic.startswith(start.lower())]


@takes(Common)
def docs(
    options: Common,
    topic: Annotated[
        str | None, typer.Argument(metavar="TOPIC", help="Page to show, such as bind.", autocompletion=topics_from)
    ] = None,
) -> None:
    """
    \b
    eipctl docs                  # list the pages
    eipctl docs bind
    eipctl docs setup | less
    """
    from eipctl.commands.pages import page, topics
    from eipctl.output.pages import index_lines, show

    known = topics()
    if topic is None:
        options.console.answer_lines(index_lines([page(each) for each in known]))
    elif topic.lower() in known:
        show(options.console, page(topic.lower()))
    else:
        near = difflib.get_close_matches(topic.lower(), known, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise UsageError(Code.USAGE, f"there is no page {topic!r}", hint=f"{hint}The pages are {', '.join(known)}")
