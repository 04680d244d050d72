"""Which sandbox a command is about, and how it answers."""

from __future__ import annotations

import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.output.answer import CommandAnswer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.cli.options import Answering
    from eipctl.sandbox.client import Client

Directory = Annotated[
    Path | None,
    typer.Option("--dir", envvar="EIPCTL_SANDBOX_DIR", help="Folder of the sandbox (default: in your state folder)."),
]


@contextmanager
def translated() -> Iterator[None]:
    """With the sandbox's errors as eipctl's."""
    from eipctl.sandbox.errors import SandboxError

    try:
        yield
    except SandboxError as error:
        code = Code.PORT_IN_USE if " is in use" in error.message else Code.SANDBOX
        raise Failed(code, error.message, hint=error.hint) from error


def folder_of(directory: Path | None) -> Path:
    """The one that is given, else the usual one."""
    from eipctl.sandbox.lifecycle import default_directory

    return directory or default_directory()


def scenario_at(given: str) -> str:
    """A file is looked for in the current folder, not in the sandbox's."""
    from eipctl.sandbox.world.scenario import names

    return given if given in names() or not Path(given).exists() else str(Path(given).absolute())


def tell(
    options: Answering, command: str, data: dict[str, Any], text: str, *, rows: str | None = None, named: str = "name"
) -> None:
    """The text for people; for programs the data, whose rows are its one list unless `rows` says otherwise."""
    if options.output.for_people:
        options.console.answer(text)
    else:
        listed = next(iter(data)) if rows is None else rows
        options.answer(CommandAnswer(command=f"sandbox {command}", data=data, rows=listed, named=named))


def words_for(command: str, directory: Path | None) -> str:
    """``eipctl sandbox env --dir FOLDER``: what to type for this sandbox."""
    place = f" --dir {shlex.quote(str(directory))}" if directory else ""
    return f"eipctl sandbox {command}{place}"


def client_of(directory: Path | None) -> Client:
    """Of the sandbox that runs there; Failed when none does."""
    from eipctl.sandbox.client import Client
    from eipctl.sandbox.lifecycle import running

    record = running(folder_of(directory))
    if record is None:
        hint = f"start one: {words_for('up', directory)}"
        raise Failed(Code.SANDBOX, f"no sandbox runs in {folder_of(directory)}", hint=hint)
    return Client(record)
