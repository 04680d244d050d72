"""A wrong command line in eipctl's words, where the parser has its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from typer.exceptions import TyperException

_SENTENCES = (
    (re.compile(r"Value error, |, unable to parse string as an? \w+"), ""),
    (re.compile(r" \(Possible options: (.*)\)"), r"; did you mean \1?"),
    (re.compile(r"Input should be"), "it should be"),
    (re.compile(r"Got unexpected extra arguments? \((.*)\)"), r"unexpected argument: \1"),
    (re.compile(r"Got unexpected extra argument\(s\) \((.*)\)"), r"unexpected argument: \1"),
    (re.compile(r"Option '(\S+)' does not take a value"), r"\1 takes no value"),
    (re.compile(r"Option '(\S+)' requires an argument"), r"\1 needs a value"),
    (re.compile(r"No such option: (\S+?)(?=[. ]|$)"), r"there is no option \1"),
    (re.compile(r"No such command '(.*?)'"), r"there is no command '\1'"),
    (re.compile(r"Missing argument '(.*?)'"), r"\1 is missing"),
)
_HINTS = (
    (re.compile(r"^--dry-run takes no value"), "write --dry-run alone: it reads everything and changes nothing"),
    (re.compile(r"^--namespace: '[^']*,"), "repeat the option for each namespace: -n NAME -n NAME"),
)


def is_help(error: TyperException) -> bool:
    """Whether no command was given, and the message is the help that lists the commands."""
    return type(error).__name__ == "NoArgsIsHelpError"


def usage_error(error: TyperException, where: str) -> UsageError:
    """`where` is the command as it was called; exit 2."""
    message = _message(error)
    for pattern, words in _SENTENCES:
        message = pattern.sub(words, message)
    message = message.rstrip(".")
    hint = next((text for pattern, text in _HINTS if pattern.search(message)), f"see {where} --help")
    return UsageError(Code.USAGE, message, hint=hint)


def _message(error: TyperException) -> str:
    """Of a value: with the option, or the variable that gave it, and without its other spellings."""
    param, text = getattr(error, "param", None), getattr(error, "message", "")
    if param is None or not text:
        return error.format_message()
    ctx = getattr(error, "ctx", None)
    source = getattr(ctx and ctx.get_parameter_source(param.name or ""), "name", "")
    if source == "ENVIRONMENT":
        return f"{param.envvar}: {text}"
    name = max((name for name in param.opts if name.startswith("-")), key=len, default="")
    return f"{name or param.metavar or param.name}: {text}"
