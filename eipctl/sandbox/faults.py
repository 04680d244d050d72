"""Faults on purpose: rules that match calls and spoil them.

A rule is a JSON object. What it matches (all given parts must match; every text is a regular expression, full match):

    service   "cloud", "kube" or "metadata"; "terway", only if named, for the simulated Terway's own calls
    api       cloud: the Action (``AssociateEipAddress``); kube: the verb (get list watch create update patch delete);
              metadata: method and path (``GET /latest/meta-data/region-id``); terway: as cloud
    object    cloud: the AllocationId, PolicyName or role; kube: ``<plural>/<namespace>/<name>``
    nth       the first matching call that is spoilt, counted from 1 (default 1)
    every     from then on each such one only (default 1)
    times     how many are spoilt in all (default 1; 0 for all)
    probability   of those, this share (default 1.0), drawn with `seed` (default 0): the same seed spoils the same calls

What it does (`do`):

    error      answer `status`, `code`, `message` (and header Retry-After: `retry_after`) without doing the work
    after      do the work, then answer `status`, `code`, `message`
    latency    wait `seconds` first, then go on as usual
    lose       do the work, then close the connection without an answer
    reset      close the connection without doing the work
    truncate   do the work, send only the first half of the body, then close the connection
    stale      cloud lists of EIPs: as a reading replica that lags would answer, without the newest EIP
    shift      cloud lists of EIPs: a page after the first one begins an EIP too late, as when another EIP was released
               while the pages were read
    kill       send SIGKILL to process `pid` before the work (`when`: "before") or after it ("after"); of terway: the
               daemon on that node ends, and its container is started again
    crash      end the sandbox itself at once, before or after the work
"""

from __future__ import annotations

import json
import random
import re
import threading
from dataclasses import dataclass, field
from typing import Any

TERWAY = "terway"
KINDS = ("error", "after", "latency", "lose", "reset", "truncate", "stale", "shift", "kill", "crash")
NUMBERS = {
    "nth": int,
    "every": int,
    "times": int,
    "probability": float,
    "seed": int,
    "status": int,
    "retry_after": int,
    "seconds": float,
    "pid": int,
}


@dataclass(slots=True)
class Fault:
    """One rule and how often it has matched."""

    do: str
    service: str = ".*"
    api: str = ".*"
    object: str = ".*"
    nth: int = 1
    every: int = 1
    times: int = 1
    probability: float = 1.0
    seed: int = 0
    status: int = 503
    code: str = "ServiceUnavailable"
    message: str = "injected by a fault rule"
    retry_after: int = 0
    seconds: float = 0.0
    pid: int = 0
    when: str = "before"
    id: int = 0
    matched: int = field(default=0)
    spoilt: int = field(default=0)
    dice: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Draw with the rule's own seed."""
        self.dice = random.Random(self.seed)  # noqa: S311 - repeatable, not secret

    def hits(self, service: str, api: str, obj: str) -> bool:
        """Count a call that matches, and say whether it is one of those to spoil."""
        if service == TERWAY and re.fullmatch(self.service, "cloud"):
            return False
        wanted = ((self.service, service), (self.api, api), (self.object, obj))
        if not all(re.fullmatch(pattern, text) for pattern, text in wanted):
            return False
        self.matched += 1
        late = self.matched - self.nth
        if late < 0 or late % self.every or (self.times and self.spoilt >= self.times):
            return False
        if self.dice.random() >= self.probability:
            return False
        self.spoilt += 1
        return True

    def as_data(self) -> dict[str, Any]:
        """The rule, JSON-ready."""
        return {name: getattr(self, name) for name in Fault.__slots__ if name != "dice"}


class Faults:
    """The rules in force; they live in memory only and are gone after a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Fault] = []
        self._next = 1

    def add(self, rule: dict[str, Any]) -> int:
        """Put a rule in force; its id. ValueError says what is wrong with it."""
        if rule.get("do") not in KINDS:
            raise ValueError(f"'do' must be one of {', '.join(KINDS)}")
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
            return [rule.as_data() for rule in self._rules]

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
    pairs = (part.partition("=")[::2] for part in text.split(","))
    return {key: NUMBERS.get(key, str)(value) for key, value in pairs}
