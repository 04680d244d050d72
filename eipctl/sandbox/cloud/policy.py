"""RAM policy documents: what they allow.

Case doesn't matter, ``*`` stands for any text and ``?`` for one character, an explicit Deny wins. Conditions are not
evaluated; the worst is assumed: an Allow with a Condition grants nothing, a Deny with one denies.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `negated` when the document says NotAction."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    negated: bool = False
    conditional: bool = False

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of this action on this resource."""
        named = any(matches(pattern, action) for pattern in self.actions)
        return named != self.negated and any(matches(pattern, resource) for pattern in self.resources)


def decide(documents: Iterable[str], action: str, resources: Iterable[str]) -> bool:
    """Whether the documents together allow `action` on every one of `resources`."""
    statements = [statement for document in documents for statement in parse(document)]
    return all(_decide_one(statements, action, resource) for resource in resources)


def _decide_one(statements: list[Statement], action: str, resource: str) -> bool:
    about = [statement for statement in statements if statement.covers(action, resource)]
    if any(not statement.allow for statement in about):
        return False
    return any(not statement.conditional for statement in about)


@lru_cache(maxsize=1024)
def parse(document: str) -> tuple[Statement, ...]:
    """The statements of a document; ValueError if it is none."""
    loaded = json.loads(document)
    if not isinstance(loaded, dict) or str(loaded.get("Version")) != "1":
        raise ValueError("a policy document is an object with Version 1")
    statements = loaded.get("Statement")
    statements = [statements] if isinstance(statements, dict) else statements
    if not isinstance(statements, list) or not statements:
        raise ValueError("Statement is missing")
    return tuple(_statement(raw) for raw in statements)


def _statement(raw: Any) -> Statement:
    if not isinstance(raw, dict) or raw.get("Effect") not in ("Allow", "Deny"):
        raise ValueError("a statement has the Effect Allow or Deny")
    if ("Action" in raw) == ("NotAction" in raw):
        raise ValueError("a statement has either Action or NotAction")
    actions = _texts(raw.get("Action", raw.get("NotAction")))
    if not all(pattern == "*" or ":" in pattern for pattern in actions):
        raise ValueError("an action is <service>:<action>")
    return Statement(
        allow=raw["Effect"] == "Allow",
        actions=actions,
        resources=_texts(raw.get("Resource")),
        negated="NotAction" in raw,
        conditional=bool(raw.get("Condition")),
    )


def _texts(raw: Any) -> tuple[str, ...]:
    values = [raw] if isinstance(raw, str) else raw
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        raise ValueError("Action and Resource are a text or a list of texts")
    return tuple(values)


@lru_cache(maxsize=4096)
def _compiled(pattern: str) -> re.Pattern[str]:
    text = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(text, re.IGNORECASE | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is what `pattern` stands for."""
    return pattern == "*" or _compiled(pattern).fullmatch(text) is not None
