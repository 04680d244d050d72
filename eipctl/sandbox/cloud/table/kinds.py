"""How the table describes an API: its parameters, the codes it may answer with, and what does it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, Literal, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

C = TypeVar("C")
"""What a handler is given."""
Kind = Literal["text", "number", "flag", "choice", "list", "commas", "json", "tags", "region"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One request parameter, named as it is published; ``.N`` marks a list, or pairs of Key and Value (`kind` tags).

    `low` and `high` bound a number, the characters of a text, or how many values a list has (0: no bound).
    """

    name: str
    kind: Kind = "text"
    need: bool = False
    default: str = ""
    low: int = 0
    high: int = 0
    among: tuple[str, ...] = ()
    shape: str = ""
    """What a text must be, as a regular expression."""
    code: str = "InvalidParameter"
    """The refusal of a value; of pairs, that of a key."""
    many: str = ""
    """The refusal of too many values or characters, where it is another one."""
    twice: str = ""
    """The refusal of a value, or key, that is given twice; "" lets it pass."""
    value: str = ""
    """The refusal of a tag's value."""
    missing: str = "MissingParameter"
    any_case: bool = False
    """Whether words count in any case of letters."""
    clamped: bool = False
    """Whether a number outside the bounds counts as the nearest one inside."""

    @property
    def stem(self) -> str:
        """The name without ``.N``."""
        return self.name.removesuffix(".N")


class Code(NamedTuple):
    """A published refusal; `meaning` is the class of what a caller can do about it."""

    status: int
    code: str
    meaning: str


def codes(text: str) -> tuple[Code, ...]:
    """Lines of ``<status> <class> <code> <code> …``; of two statuses of a code the first one is the usual one."""
    found: list[Code] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        status, meaning, *names = line.split()
        found += (Code(int(status), name, meaning) for name in names)
    return tuple(found)


@dataclass(frozen=True)
class Api(Generic[C]):
    """One API."""

    handler: Callable[[C], dict[str, Any]]
    resources: tuple[str, ...] = ("*",)
    """What the right to call it is needed on."""
    parameters: tuple[Parameter, ...] = ()
    codes: tuple[Code, ...] = ()
    token: bool = False
    """Whether it remembers a ClientToken."""
    free: bool = False
    """No right is needed."""
    otherwise: str = ""
    """What it answers where a code that it shares with other APIs is not published for it."""
    conditions: tuple[str, ...] = ()
    """Condition keys of its own that are published for RAM policies."""
    usual: dict[str, Code] = field(init=False, repr=False, compare=False, default_factory=dict)
    """Code to the first line that has it."""

    def __post_init__(self) -> None:
        self.usual.update({entry.code: entry for entry in reversed(self.codes)})

    @cached_property
    def defaults(self) -> dict[str, str]:
        """Parameter to what is meant when it is not sent."""
        return {parameter.name: parameter.default for parameter in self.parameters if parameter.default}

    @cached_property
    def by_name(self) -> dict[str, Parameter]:
        """Parameter by its name without ``.N``."""
        return {parameter.stem: parameter for parameter in self.parameters}

    def entry(self, code: str) -> Code | None:
        """How a code is published; ``Mismatch.%sAnd%s`` stands for any text in place of ``%s``."""
        found = self.usual.get(code)
        if found is not None:
            return found
        shapes = (entry for entry in self.codes if "%s" in entry.code and entry.code != "%s")
        return next((entry for entry in shapes if _stands_for(entry.code, code)), None)


def _stands_for(template: str, code: str) -> bool:
    return re.fullmatch(re.escape(template).replace("%s", r"[^.]+"), code) is not None
