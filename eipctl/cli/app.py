"""The command tree, and what becomes of errors. Commands import what they need when they run."""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import typer
import typer.core
import typer.main
from typer.exceptions import TyperException

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, ExitCode, Failed, Interrupted, UsageError
from eipctl.cli import commands, streams
from eipctl.cli.command_line import apart, readable
from eipctl.cli.help_groups import Tree, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from eipctl.output.console import Console
    from eipctl.output.envelope import Format

ORDER = (
    "check",
    "setup",
    "adopt",
    "teardown",
    "annotate",
    "bind",
    "release",
    "apply",
    "status",
    "history",
    "manifest",
    "sandbox",
    "demo",
    "explain",
    "version",
)


app = Tree(
    name="eipctl",
    cls=in_order(ORDER),
    help="Gives Pods in Alibaba Cloud ACK clusters (Terway) their own public IP (EIP), and never leaks one.",
    epilog="Try it without an account: eipctl demo",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
commands.register(app)


@functools.cache
def tree() -> Callable[..., object]:
    """The commands as the parser takes them: building them is most of the work for a wrong command line."""
    return typer.main.get_command(app)


def run(arguments: Sequence[str]) -> int:
    """Carry out a command line; never raises, never shows a traceback without -vv."""
    streams.complete()
    try:
        return _run(list(arguments))
    except BrokenPipeError:
        return int(ExitCode.OK)  # Whoever read our answer has read enough.
    finally:
        streams.settle()


def _run(arguments: list[str]) -> int:
    try:
        readable(arguments, os.environ)
        found = tree()(args=arguments, prog_name="eipctl", standalone_mode=False)
    except BrokenPipeError:
        raise
    except SystemExit as ended:
        # click turns a closed pipe into exit 1.
        raise (ended.__context__ if isinstance(ended.__context__, BrokenPipeError) else ended) from None
    except (KeyboardInterrupt, typer.Abort):
        return _failed(arguments, Interrupted(signal.SIGINT))
    except TyperException as error:
        return _failed(arguments, _usage(arguments, error))
    except EipctlError as error:
        return _failed(arguments, error)
    except Exception as error:  # noqa: BLE001 - the last net: a bug ends in a sentence and exit 1
        return _failed(arguments, streams.unwritten(error) or _internal(error))
    return found if isinstance(found, int) else int(ExitCode.OK)


def _usage(arguments: list[str], error: TyperException) -> UsageError:
    """A wrong command line; exit 2."""
    # The validation library speaks of its input; a user gave a value.
    message = error.format_message().replace("Value error, ", "").replace("Input should be", "it should be")
    where = getattr(getattr(error, "ctx", None), "command_path", "") or _path(arguments)
    return UsageError(Code.USAGE, message.rstrip("."), hint=f"see {where} --help")


def _path(arguments: list[str]) -> str:
    """``eipctl bind`` where the parser does not say how far it came."""
    return " ".join(dict.fromkeys(("eipctl", _command(arguments))))


def _internal(error: Exception) -> Failed:
    message = f"internal error: {type(error).__name__}: {error}"
    failure = Failed(Code.INTERNAL, message, hint="run again with -vv for the traceback, and report it")
    failure.__cause__ = error
    return failure


def _failed(arguments: list[str], error: EipctlError) -> int:
    console = _console(arguments)
    if not _enveloped(arguments, error):
        from eipctl.output.errors import tell

        tell(console, error)
    if _very_verbose(arguments):
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
    """Whether the failure is told as the answer: in JSON or YAML, as far as stdout takes it."""
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
    """-o json or -o yaml, also where the command line as a whole is wrong."""
    from eipctl.output.envelope import Format

    asked = os.environ.get("EIPCTL_OUTPUT", "")
    words = [*apart(arguments), ""]
    for word, following in itertools.pairwise(words):
        if word in ("-o", "--output"):
            asked = following
        elif word.startswith("--output="):
            asked = word.removeprefix("--output=")
    return Format(asked) if asked in tuple(Format) else None


def _value(arguments: list[str], option: str, variable: str) -> str:
    """What a long option says; what its variable says where it is not given."""
    for at, word in enumerate(arguments):
        if word == option:
            return next(iter(arguments[at + 1 : at + 2]), "")
        if word.startswith(f"{option}="):
            return word.partition("=")[2]
    return os.environ.get(variable, "")


def _command(arguments: list[str]) -> str:
    return next((word for word in arguments if word in ORDER), "eipctl")


def _very_verbose(arguments: list[str]) -> bool:
    return sum(word in ("-v", "--verbose") for word in apart(arguments)) > 1
