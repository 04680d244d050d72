"""Faults on purpose: rules that match calls and spoil them.

A rule is a JSON object. What it matches (all given parts must match; every text is a regular expression, full match):

    service   "cloud", "kube" or "metadata"
    api       cloud: the Action (``AssociateEipAddress``); kube: the verb (get list watch create update patch delete);
              metadata: method and path (``GET /latest/meta-data/region-id``)
    object    cloud: the AllocationId, PolicyName or role; kube: ``<plural>/<namespace>/<name>``
    nth       the first matching call that is spoilt, counted from 1 (default 1)
    times     how many are spoilt from then on (default 1; 0 for all)

What it does (`do`):

    error      answer `status`, `code`, `message` (and header Retry-After: `retry_after`) without doing the work
    after      do the work, then answer `status`, `code`, `message`
    latency    wait `seconds` first, then go on as usual
    lose       do the work, then close the connection without an answer
    reset      close the connection without doing the work
    truncate   do the work, send only the first half of the body, then close the connection
    kill       send SIGKILL to process `pid` before the work (`when`: "before") or after it ("after")
    crash      end the sandbox itself at once, before or after the work
"""

from __future__ import annotations

import json
import re
import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Fault:
    """One rule and how often it has matched."""

    do: str
    service: str = ".*"
    api: str = ".*"
    object: str = ".*"
    nth: int = 1
    times: int = 1
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "injected by a fault rule"
    retry_after: int = 0
    seconds: float = 0.0
    pid: int = 0
    when: str = "before"
    id: int = 0
    matched: int = field(default=0)

    def hits(self, service: str, api: str, obj: str) -> bool:
        """Count a call that matches, and say whether it is one of those to spoil."""
        wanted = ((self.service, service), (self.api, api), (self.object, obj))
        if not all(re.fullmatch(pattern, text) for pattern, text in wanted):
            return False
        self.matched += 1
        return self.matched >= self.nth and (self.times == 0 or self.matched < self.nth + self.times)


class Faults:
    """The rules in force; they live in memory only and are gone after a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._next = 1

    def add(self, rule: dict[str, Any]) -> int:
        """Put a rule in force; its id. ValueError says what is wrong with it."""
        kinds = ("error", "after", "latency", "lose", "reset", "truncate", "kill", "crash")
        if rule.get("do") not in kinds:
            raise ValueError(f"'do' must be one of {', '.join(kinds)}")
        try:
            fault = Fault(**rule)
        except TypeError as error:
            raise ValueError(str(error).replace("Fault.__init__() got an unexpected", "unknown")) from None
        with self._lock:
            fault.id = self._next
            self._next += 1
            self._rules.append(fault)
            return fault.id

    def clear(self) -> None:
        """Take all rules back."""
        with self._lock:
            self._rules.clear()

    def listing(self) -> list[dict[str, Any]]:
        """The rules in force, JSON-ready."""
        with self._lock:
            return [{name: getattr(rule, name) for name in Fault.__slots__} for rule in self._rules]

    def pick(self, service: str, api: str, obj: str) -> list[Fault]:
        """The rules that spoil this very call."""
        with self._lock:
            return [rule for rule in self._rules if rule.hits(service, api, obj)]


def parse(text: str) -> dict[str, Any]:
    """A rule from JSON, or from ``do=kill,api=AssociateEipAddress,pid=12``."""
    if text.lstrip().startswith("{"):
        loaded = json.loads(text)
        if not isinstance(loaded, dict):
            raise ValueError("a fault rule is a JSON object")
        return loaded
    numbers = {"nth": int, "times": int, "status": int, "retry_after": int, "seconds": float, "pid": int}
    pairs = (part.partition("=")[::2] for part in text.split(","))
    return {key: numbers.get(key, str)(value) for key, value in pairs}
