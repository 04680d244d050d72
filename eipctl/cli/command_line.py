"""What is wrong with any command line: unreadable text, empty values, contradictions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.text import tame
from eipctl.output.pasted import OPTIONS, PasteTarget

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import typer

EXCLUSIVE = (
    ("namespaces", "all_namespaces"),
    ("max_unavailable", "all_at_once"),
    ("names", "everything"),
    ("orphans", "everything"),
    ("pre", "commands"),
)
"""Parameters of which at most one may be given."""
_OPTION = {"as_user": "--as"}
FLAGS = "Ahqvwy"
"""Short options without a value."""


def readable(arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    """UsageError for bytes that are no UTF-8 and for control characters: names of objects have neither."""
    for text in arguments:
        if not tame(text):
            raise _unreadable(f"the argument {text!r}")
    for name, text in environ.items():
        if name.startswith(("EIPCTL_", "ALIBABA_CLOUD_")) and not tame(text.strip()):
            raise _unreadable(f"the variable {name}")


def apart(arguments: Sequence[str]) -> Iterator[str]:
    """Short options one by one, as the parser takes them: ``-Ao json`` and ``-Aojson`` are ``-A -o json``."""
    for word in arguments:
        bundle = word[1:] if word.startswith("-") and not word.startswith("--") else ""
        flags = bundle[: len(bundle) - len(bundle.lstrip(FLAGS))]
        last, value = bundle[len(flags) :][:1], bundle[len(flags) + 1 :].removeprefix("=")
        yield from (f"-{flag}" for flag in flags)
        yield from filter(None, (f"-{last}" if last else "", value if bundle else word))


def with_kind(words: Sequence[str] | None) -> list[str]:
    """``pod web-0 web-1``, as kubectl takes it too, as ``pod/web-0 pod/web-1``."""
    given = list(words or ())
    if len(given) < 2 or any("/" in word for word in given):
        return given
    kind, *names = given
    return [f"{kind}/{name}" for name in names]


def _unreadable(what: str) -> UsageError:
    return UsageError(
        Code.USAGE, f"{what} contains control characters or is not UTF-8", hint="retype it; a file name may be garbled"
    )


def told(ctx: typer.Context) -> dict[str, str]:
    """Parameters that the command line itself gives, not a variable or a default, and how they are written."""
    return {
        parameter.name: _spelling(parameter)
        for parameter in ctx.command.params
        if parameter.name and getattr(ctx.get_parameter_source(parameter.name), "name", "") == "COMMANDLINE"
    }


def target(ctx: typer.Context) -> PasteTarget:
    """Which cluster and account the command is for, as its options say."""
    on_line = told(ctx)
    given = []
    for name in OPTIONS:
        value = ctx.params.get(name)
        values = value if isinstance(value, list | tuple) else (value,)
        given += [(name, _OPTION.get(name, f"--{name.replace('_', '-')}"), str(each)) for each in values if each]
    return PasteTarget(tuple(given), frozenset(name for name in OPTIONS if name in on_line))


def _spelling(parameter: object) -> str:
    names = getattr(parameter, "opts", ())
    option = max(names, key=len, default="")
    return option if option.startswith("-") else str(getattr(parameter, "metavar", None) or option)


def usable(ctx: typer.Context) -> None:
    """UsageError for an empty value, such as that of an unset variable of a script, and for a contradiction."""
    given = told(ctx)
    for name, option in given.items():
        value = ctx.params[name]
        if value == "" or (isinstance(value, tuple | list) and "" in value):
            raise UsageError(
                Code.USAGE, f"{option} is empty", hint="omit it or give a value; a variable in a script may be unset"
            )
    for pair in EXCLUSIVE:
        if given.keys() >= set(pair):
            one, other = (given[name] for name in pair)
            raise UsageError(Code.USAGE, f"{one} and {other} can't be used together", hint="omit one of them")
