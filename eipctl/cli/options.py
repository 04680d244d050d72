"""The options that commands share, each declared once: accepted after the command, and as EIPCTL_… variables."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, fields
from typing import Annotated, Any, TypeVar, get_type_hints

import typer

from eipctl.base.durations import seconds
from eipctl.base.text import LABEL
from eipctl.cli import complete
from eipctl.cli.command_line import usable
from eipctl.cli.help_groups import COMMON
from eipctl.cli.record import Record, recorded
from eipctl.output.console import Color, Console, LogFormat
from eipctl.output.envelope import Format


def duration(text: str | float) -> float:
    """``90s``, ``5m``, ``1h30m`` in seconds."""
    found = text if isinstance(text, float) else seconds(text)
    if found is None:
        raise typer.BadParameter("a duration is a number with its unit, such as 90s, 5m or 1h30m")
    return found


def real_duration(text: str | float) -> float:
    """The same, and longer than nothing."""
    found = duration(text)
    if not found:
        raise typer.BadParameter("it must be longer than nothing, such as 90s or 5m")
    return found


def _option(help_text: str, *names: str, variable: str = "", **more: Any) -> Any:
    envvar = f"EIPCTL_{variable}" if variable else None
    return typer.Option(*names, help=help_text, envvar=envvar, rich_help_panel=COMMON, **more)


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What every command takes."""

    quiet: Annotated[bool, _option("Print nothing but answers and errors.", "-q", "--quiet", variable="QUIET")] = False
    verbose: Annotated[
        int,
        _option("Say more: -v steps and changing calls, -vv all calls, tracebacks.", "-v", "--verbose", count=True),
    ] = 0
    log_format: Annotated[LogFormat, _option("Of all that goes to stderr.", "--log-format", variable="LOG_FORMAT")] = (
        LogFormat.TEXT
    )
    color: Annotated[Color, _option("When to colour.", "--color", variable="COLOR")] = Color.AUTO

    @property
    def console(self) -> Console:
        """Where the command writes."""
        return Console(self.color, self.quiet, self.verbose, self.log_format)

    def around(self, _ctx: typer.Context) -> AbstractContextManager[None]:
        """What the command runs in."""
        return nullcontext()


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Common):
    """What every command takes that talks to a cluster and an account."""

    kubeconfig: Annotated[str | None, _option("The kubeconfig file.", "--kubeconfig", variable="KUBECONFIG")] = None
    context: Annotated[
        str | None,
        _option("The kubeconfig context.", "--context", variable="CONTEXT", autocompletion=complete.contexts),
    ] = None
    profile: Annotated[
        str | None,
        _option(
            "A profile of the aliyun CLI (~/.aliyun/config.json).",
            "--profile",
            variable="PROFILE",
            autocompletion=complete.profiles,
        ),
    ] = None
    region: Annotated[
        str | None,
        _option("The region; else the environment's, the profile's or the nodes'.", "--region", variable="REGION"),
    ] = None
    endpoint_url: Annotated[
        str | None,
        _option(
            "Send every Alibaba Cloud call there (the sandbox, a gateway).", "--endpoint-url", variable="ENDPOINT_URL"
        ),
    ] = None
    timeout: Annotated[
        float | None,
        _option(
            "Stop between two calls after this long, such as 5m.",
            "--timeout",
            variable="TIMEOUT",
            parser=real_duration,
            metavar="DURATION",
        ),
    ] = None
    price_file: Annotated[
        str | None,
        _option(
            "Prices of your own; see eipctl explain EIP915.",
            "--price-file",
            variable="PRICE_FILE",
            metavar="FILE",
        ),
    ] = None
    metrics_file: Annotated[
        str | None,
        _option(
            "Tell Prometheus there how the run went (.prom).", "--metrics-file", variable="METRICS_FILE", metavar="FILE"
        ),
    ] = None
    record: Record = field(default_factory=Record, init=False)

    def namespace_of(self, given: str | None) -> str:
        """The one that is given, else that of the context."""
        from eipctl.engine.session import Session, Settings

        return given or Session(Settings(kubeconfig=self.kubeconfig, context=self.context)).namespace

    def around(self, ctx: typer.Context) -> AbstractContextManager[None]:
        """A command's metrics are written however it ends; a group's are those of its subcommand."""
        words = ctx.command_path.split()[1:]
        return nullcontext() if ctx.invoked_subcommand else recorded(" ".join(words), self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing(Connected):
    """What every command takes that changes something."""

    yes: Annotated[bool, _option("Don't ask.", "--yes", "-y", variable="YES")] = False
    dry_run: Annotated[bool, _option("Only show the plan.", "--dry-run")] = False
    out: Annotated[
        str | None,
        _option("Save the plan there and do nothing else; see eipctl apply.", "--out", metavar="FILE"),
    ] = None
    exit_code: Annotated[bool, _option("With --dry-run: exit 3 if there is something to do.", "--exit-code")] = False
    audit_log: Annotated[
        str | None,
        _option("Record every change there, before and after (- for stderr).", "--audit-log", variable="AUDIT_LOG"),
    ] = None
    output: Annotated[Format | None, _option("The answer's format.", "--output", "-o", variable="OUTPUT")] = None

    @property
    def only_plans(self) -> bool:
        """Whether nothing is to be changed."""
        return self.dry_run or self.out is not None


Words = TypeVar("Words", str | None, list[str] | None)


def spelled(pattern: str, expected: str) -> Callable[[Words], Words]:
    """Refuses what can't be meant; None and "" are told apart from it."""

    def check(value: Words) -> Words:
        for text in [value] if isinstance(value, str) else value or ():
            if text and not re.fullmatch(pattern, text):
                raise typer.BadParameter(f"{text!r} is no {expected}")
        return value

    return check


a_namespace = spelled(LABEL, "namespace: small letters, digits and -")

Namespace = Annotated[
    str | None,
    typer.Option(
        "--namespace",
        "-n",
        help="The namespace; else the context's, or default.",
        autocompletion=complete.namespaces,
        envvar="EIPCTL_NAMESPACE",
        callback=a_namespace,
    ),
]
ClusterId = Annotated[
    str | None,
    typer.Option(
        "--cluster-id",
        envvar="EIPCTL_CLUSTER_ID",
        help="Own EIPs under this ACK cluster id.",
        callback=spelled(r"[A-Za-z0-9][\w.-]{0,62}", "cluster id such as c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"),
    ),
]
AllNamespaces = Annotated[bool, typer.Option("--all-namespaces", "-A", help="All namespaces.")]
Selector = Annotated[str, typer.Option("--selector", "-l", help="Only objects with these labels, as kubectl takes it.")]


def takes(kind: type[Common]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Let a command take the options of `kind` besides its own; it gets them as its first argument."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        signature = inspect.signature(command, eval_str=True)
        own = {parameter.name: parameter for parameter in list(signature.parameters.values())[1:]}
        context = inspect.Parameter("ctx", inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
        shared = _shared(kind)

        @functools.wraps(command)
        def wrapper(**given: Any) -> None:
            usable(given["ctx"])
            common = kind(**{name: given.pop(name) for name in shared})
            with common.around(given["ctx"]):
                command(common, **{name: given[name] for name in own})

        named = {"ctx": context} | own | shared
        parameters = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in named.values()]
        wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # typer reads it
        wrapper.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
        return wrapper

    return decorate


def _shared(kind: type[Common]) -> dict[str, inspect.Parameter]:
    """The options that `kind` declares."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        option.name: inspect.Parameter(
            option.name, inspect.Parameter.KEYWORD_ONLY, default=option.default, annotation=hints[option.name]
        )
        for option in fields(kind)
        if option.init
    }
