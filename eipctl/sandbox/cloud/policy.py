"""RAM policy documents: what they allow.

Case doesn't matter, ``*`` stands for any text and ``?`` for one character, an explicit Deny wins. Where nobody can say
whether a condition is met, the worst is assumed: an Allow grants nothing, a Deny denies.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import conditions
from eipctl.sandbox.cloud.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.sandbox.cloud.conditions import Condition, Facts


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement; `negated` when the document says NotAction."""

    allow: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    negated: bool = False
    condition: Condition = ()

    def covers(self, action: str, resource: str) -> bool:
        """Whether it speaks of this action on this resource."""
        named = any(matches(pattern, action) for pattern in self.actions)
        return named != self.negated and any(matches(pattern, resource) for pattern in self.resources)


def decide(
    documents: Iterable[str], action: str, resources: Iterable[str], facts: Callable[[str], Facts] = lambda _: {}
) -> bool:
    """Whether the documents together allow `action` on every one of `resources`, of which `facts` tells."""
    statements = [statement for document in documents for statement in parse(document)]
    return all(_decide_one(statements, action, resource, facts) for resource in resources)


def _decide_one(statements: list[Statement], action: str, resource: str, facts: Callable[[str], Facts]) -> bool:
    about = [statement for statement in statements if statement.covers(action, resource)]
    known = facts(resource) if any(statement.condition for statement in about) else {}
    met = [(statement.allow, conditions.met(statement.condition, known)) for statement in about]
    if any(not allow and applies is not False for allow, applies in met):
        return False
    return any(allow and applies for allow, applies in met)


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
        condition=conditions.parse(raw.get("Condition")),
    )


def _texts(raw: Any) -> tuple[str, ...]:
    values = [raw] if isinstance(raw, str) else raw
    if not isinstance(values, list) or not values or not all(isinstance(value, str) and value for value in values):
        raise ValueError("Action and Resource are a text or a list of texts")
    return tuple(values)
