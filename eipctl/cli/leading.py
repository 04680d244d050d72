"""Options before the command, as kubectl takes them: ``eipctl --context prod status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args

from eipctl.cli.command_line import FLAGS
from eipctl.cli.connection import Changing
from eipctl.cli.options import shared

if TYPE_CHECKING:
    from collections.abc import Sequence


def behind_command(arguments: Sequence[str], tree: Any) -> list[str]:
    """The words of the command, then the options that were before it, then the rest."""
    flags = _flags()
    at = 0
    while at < len(arguments) and arguments[at].startswith("-"):
        at += 1 if "=" in arguments[at] or _is_flag(arguments[at], flags) else 2
    words = _words(arguments[at:], tree)
    return [*words, *arguments[:at], *arguments[at + len(words) :]]


def _is_flag(word: str, flags: frozenset[str]) -> bool:
    """``-n``, ``-o`` and ``-l`` take the next word, ``-ojson`` has its value in it."""
    return word in flags if word.startswith("--") else len(word) > 2 or word[1:] in FLAGS


def _words(rest: Sequence[str], command: Any) -> list[str]:
    """``setup ram`` of what follows; a command's own arguments are not subcommands."""
    words: list[str] = []
    for word in rest:
        command = getattr(command, "commands", {}).get(word)
        if command is None:
            break
        words.append(word)
    return words


def _flags() -> frozenset[str]:
    """The long options without a value that commands share."""
    declared = [get_args(option.annotation) for option in shared(Changing).values()]
    # The first name stands where a default does when it is not annotated.
    flags = ((info.default, *info.param_decls) for kind, info in declared if kind is bool or info.count)
    return frozenset(name for names in flags for name in names) | {"--all-namespaces"}
