"""The options of every command, and how a command takes them: after its name, or as EIPCTL_… variables."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, fields, replace
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from eipctl.base.durations import seconds
from eipctl.base.text import LABEL
from eipctl.cli import complete
from eipctl.cli.command_line import usable
from eipctl.cli.help_groups import COMMON
from eipctl.output.answer import KNOWN, CommandAnswer, Output
from eipctl.output.console import Color, Console, LogFormat


def duration(text: str | float) -> float:
    """``90s``, ``5m``, ``1h30m`` in seconds."""
    found = text if isinstance(text, float) else seconds(text)
    if found is None:
        raise typer.BadParameter("a duration is a number with a unit, such as 90s, 5m or 1h30m")
    return found


def real_duration(text: str | float) -> float:
    """The same, and longer than nothing."""
    found = duration(text)
    if not found:
        raise typer.BadParameter("the duration must be longer than zero, such as 90s or 5m")
    return found


def common_option(help_text: str, *names: str, variable: str = "", **more: Any) -> Any:
    """An option of the last group; EIPCTL_`variable` stands for it."""
    envvar = f"EIPCTL_{variable}" if variable else None
    return typer.Option(*names, help=help_text, envvar=envvar, rich_help_panel=COMMON, **more)


Words = TypeVar("Words", str | None, list[str] | None)


def spelled(pattern: str, expected: str) -> Callable[[Words], Words]:
    """Refuses what does not match; None and "" pass."""

    def check(value: Words) -> Words:
        for text in [value] if isinstance(value, str) else value or ():
            if text and not re.fullmatch(pattern, text):
                raise typer.BadParameter(f"{text!r} is not a valid {expected}")
        return value

    return check


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every command takes."""

    quiet: Annotated[bool, common_option("Print results and errors only.", "-q", "--quiet", variable="QUIET")] = False
    verbose: Annotated[
        int,
        common_option(
            "Log more: -v steps and write calls, -vv all calls and tracebacks.",
            "-v",
            "--verbose",
            count=True,
            show_default=False,
        ),
    ] = 0
    log_format: Annotated[
        LogFormat, common_option("Format of everything on stderr.", "--log-format", variable="LOG_FORMAT")
    ] = LogFormat.TEXT
    color: Annotated[Color, common_option("When to use colour.", "--color", variable="COLOR")] = Color.AUTO

    @property
    def console(self) -> Console:
        """Where the command writes."""
        return Console(self.color, self.quiet, self.verbose, self.log_format)

    def around(self, _ctx: typer.Context) -> AbstractContextManager[None]:
        """What the command runs in."""
        return nullcontext()


TABLE = Output()


def an_output(text: str | Output) -> Output:
    """What follows -o."""
    try:
        return text if isinstance(text, Output) else Output.of(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None


def _asked(ctx: typer.Context, param: typer.CallbackParam, value: Output) -> Output:
    """Told apart from what a variable says for all commands."""
    source = ctx.get_parameter_source(param.name or "")
    return replace(value, asked=getattr(source, "name", "") == "COMMANDLINE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering(Common):
    """What every command takes whose answer a program may read."""

    output: Annotated[
        Output,
        common_option(
            f"Output format: {KNOWN}.",
            "--output",
            "-o",
            variable="OUTPUT",
            parser=an_output,
            metavar="FORMAT",
            show_default="table",
            callback=_asked,
            autocompletion=complete.formats,
        ),
    ] = TABLE
    no_headers: Annotated[bool, common_option("Omit the header line of tables and CSV.", "--no-headers")] = False

    def answer(self, content: CommandAnswer) -> None:
        """For a program; errors beside it where it has no room for them."""
        self.console.answer(content.text(self.output, headers=not self.no_headers))
        if content.errors and not self.output.enveloped:
            from eipctl.output.errors import tell_all

            tell_all(self.console, content.errors)


a_namespace = spelled(LABEL, "namespace: lowercase letters, digits and -")


def takes(kind: type[Common]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command take the options of `kind` besides its own; it gets them as its first argument."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = {parameter.name: parameter for parameter in list(signature.parameters.values())[1:]}
        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        common_ones = shared(kind)

        @functools.wraps(command)
        def wrapper(**given: Any) -> None:
            usable(given["ctx"])
            common = kind(**{name: given.pop(name) for name in common_ones})
            with common.around(given["ctx"]):
                command(common, **{name: given[name] for name in own})

        named = {"ctx": context} | own | common_ones
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in named.values()]
        wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
        wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return wrapper

    return decorate


def shared(kind: type[Common]) -> dict[str, inspect.Parameter]:
    """The options that `kind` declares."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        option.name: inspect.Parameter(
            option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=hints[option.name]
        )
        for option in fields(kind)
        if option.init
    }
