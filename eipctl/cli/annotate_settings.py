"""The options of `eipctl annotate` that say what to ask for, made from the table of settings."""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from typing import Annotated, Any

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.settings import OPTIONS, Option
from eipctl.planners.annotate.settings import EipSettings

ASK = "What to ask for"


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command take an option for each setting where it has a parameter `settings`; it gets them as that."""
    signature = inspect.signature(command, eval_str=True)
    asked = {option.dest: _parameter(option) for _, option in OPTIONS}

    @functools.wraps(command)
    def wrapper(*args: Any, **given: Any) -> None:
        texts = {option.dest: _text(option, given.pop(option.dest)) for _, option in OPTIONS}
        command(*args, settings=EipSettings.of(**texts), **given)

    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += asked.values() if parameter.name == "settings" else [parameter]
    wrapper.__signature__ = signature.replace(parameters=parameters)  # type: ignore[attr-defined] # `takes` reads it
    return wrapper


def _parameter(option: Option) -> inspect.Parameter:
    kind: Any = bool if option.switch else list[str] | None if option.repeats else str | None
    declared = typer.Option(option.flag, help=option.help, metavar=option.metavar, rich_help_panel=ASK)
    return inspect.Parameter(
        option.dest,
        inspect.Parameter.POSITIONAL_OR_KEYWORD,
        default=False if option.switch else None,
        annotation=Annotated[kind, declared],
    )


def _text(option: Option, given: Any) -> str | None:
    """As the annotation spells it."""
    if option.switch:
        return "true" if given else None
    return _object(option.flag, given or ()) if option.repeats else given


def _object(flag: str, texts: list[str] | tuple[()]) -> str | None:
    """KEY=VALUE pairs as a JSON object."""
    pairs = [text.partition("=") for text in texts]
    wrong = next(("".join(parts) for parts in pairs if not (parts[0] and parts[1])), None)
    if wrong is not None:
        raise UsageError(Code.USAGE, f"{flag} {wrong!r} is not KEY=VALUE", hint=f"write it like {flag} team=games")
    found: dict[str, str] = {}
    for key, _, value in pairs:
        if found.setdefault(key, value) != value:
            raise UsageError(Code.USAGE, f"{flag} {key} is given twice, with two values", hint="give each key once")
    return json.dumps(found, ensure_ascii=False) if found else None
