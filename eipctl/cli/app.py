"""The command tree, and what becomes of errors."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core
import typer.main
from typer.completion import completion_init  # type: ignore[attr-defined] # a re-export
from typer.exceptions import TyperException

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, ExitCode, Interrupted, internal
from eipctl.cli import streams
from eipctl.cli.command_line import apart, readable
from eipctl.cli.commands import Commands
from eipctl.cli.help_groups import Tree
from eipctl.cli.wrong_usage import is_help, usage_error
from eipctl.commands.registry import ANSWERS, BY_NAME
from eipctl.output.pasted import PROGRAM, call_it, program

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.output.console import Console
    from eipctl.output.envelope import Format

COMPLETE = "_EIPCTL_COMPLETE"
"""The variable by which a shell asks for completions."""
UNFOLDED = "10000"
"""Columns of what a shell shows beside a word: it takes one line each."""

app = Tree(
    name="eipctl",
    cls=Commands,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(asked: bool) -> None:
    if asked:
        import eipctl

        sys.stdout.write(f"eipctl {eipctl.__version__}\n")
        raise typer.Exit


@app.callback()
def root(
    _version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Gives Pods in Alibaba Cloud ACK clusters (Terway) their own public IP (EIP), and never leaks one.

    \b
    eipctl demo                        # try it without an account
    eipctl check                       # check the cluster and the account
    eipctl bind -A --dry-run           # show what bind would do
    eipctl --context prod status -A    # options may come before the command
    """


@functools.cache
def tree() -> Any:
    """The commands as the parser takes them."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str], name: str = PROGRAM) -> int:
    """Carry out a command line; never raises, never shows a traceback without -vv. `name` is what it was called by."""
    streams.complete()
    call_it(name)
    try:
        return _run(list(arguments))
    except BrokenPipeError:
        return int(ExitCode.OK)  # Whoever read our answer has read enough.
    finally:
        streams.settle()


def _run(arguments: list[str]) -> int:
    try:
        readable(arguments, os.environ)
        if COMPLETE in os.environ:
            completion_init()
            os.environ["COLUMNS"] = UNFOLDED
        found = tree()(args=arguments, prog_name=program(), complete_var=COMPLETE, standalone_mode=False)
    except BrokenPipeError:
        raise
    except SystemExit as ended:
        # click turns a closed pipe into exit 1.
        raise (ended.__context__ if isinstance(ended.__context__, BrokenPipeError) else ended) from None
    except (KeyboardInterrupt, typer.Abort):
        return _failed(arguments, Interrupted(signal.SIGINT))
    except TyperException as error:
        if is_help(error):
            sys.stderr.write(f"{error.format_message()}\n")
            return int(ExitCode.USAGE)
        where = getattr(getattr(error, "ctx", None), "command_path", "") or _path(arguments)
        return _failed(arguments, usage_error(error, where))
    except EipctlError as error:
        return _failed(arguments, error)
    except Exception as error:  # noqa: BLE001 - the last net: a bug ends in a sentence and exit 1
        return _failed(arguments, streams.unwritten(error) or internal(error))
    return found if isinstance(found, int) else int(ExitCode.OK)


def _path(arguments: list[str]) -> str:
    """``eipctl bind`` where the parser does not say how far it came."""
    command = _command(arguments)
    return program() if command == PROGRAM else f"{program()} {command}"


def _failed(arguments: list[str], error: EipctlError) -> int:
    console = _console(arguments)
    if not _enveloped(arguments, error):
        from eipctl.output.errors import tell

        tell(console, error)
    if _very_verbose(arguments):
        import traceback

        from eipctl.output.console import plain

        trace = "".join(traceback.format_exception(error)).rstrip()
        console.log("debug", plain(trace), message=f"traceback of {error.code.value}", traceback=trace)
    return int(error.exit)


def _console(arguments: list[str]) -> Console:
    """As the options ask, also where the command line as a whole is wrong."""
    from eipctl.output.console import Color, Console, LogFormat

    color = _value(arguments, "--color", "EIPCTL_COLOR")
    log_format = _value(arguments, "--log-format", "EIPCTL_LOG_FORMAT")
    return Console(
        Color(color) if color in tuple(Color) else Color.AUTO,
        log_format=LogFormat(log_format) if log_format in tuple(LogFormat) else LogFormat.TEXT,
    )


def _enveloped(arguments: list[str], error: EipctlError) -> bool:
    """Whether the failure was written as the answer: in JSON or YAML, if stdout takes it."""
    form = _format(arguments)
    if form is None or error.code is Code.ANSWER:
        return False
    from eipctl.output.envelope import Format, envelope, render

    # What has streamed an object a line ends in one.
    streamed = form is Format.JSON and any(word in ("-w", "--watch") for word in apart(arguments))
    content = envelope(_command(arguments), error.exit, {}, [error])
    try:
        sys.stdout.write(render(content, Format.JSONL if streamed else form))
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        return False
    return True


def _format(arguments: list[str]) -> Format | None:
    """One that has room for errors, also where the command line as a whole is wrong."""
    from eipctl.output.envelope import ENVELOPES, Format

    asked = os.environ.get("EIPCTL_OUTPUT", "")
    words = [*apart(arguments), ""]
    for word, following in itertools.pairwise(words):
        if word in ("-o", "--output"):
            asked = following
        elif word.startswith("--output="):
            asked = word.removeprefix("--output=")
    return Format(asked) if asked in ENVELOPES else None


def _value(arguments: list[str], option: str, variable: str) -> str:
    """What a long option says; what its variable says where it is not given."""
    for at, word in enumerate(arguments):
        if word == option:
            return next(iter(arguments[at + 1 : at + 2]), "")
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return os.environ.get(variable, "")


def _command(arguments: list[str]) -> str:
    at = next((at for at, word in enumerate(arguments) if word in BY_NAME), None)
    if at is None:
        return PROGRAM
    paths = (" ".join(arguments[at : at + size]) for size in (3, 2))
    return next((path for path in paths if path in ANSWERS), arguments[at])


def _very_verbose(arguments: list[str]) -> bool:
    return sum(word in ("-v", "--verbose") for word in apart(arguments)) > 1
