"""Faults on purpose: rules that match calls and spoil them.

A rule is a JSON object. What it matches (all given parts must match; every text is a regular expression, full match):

    service   "cloud", "kube" or "metadata"; "terway", only if named, for the simulated Terway's own calls
    api       cloud: the Action (``AssociateEipAddress``); kube: the verb (get list watch create update patch delete),
              or, only if named, ``event``: each line of a watch, where `object` is that of the watch;
              metadata: method and path (``GET /latest/meta-data/region-id``); terway: as cloud
    object    cloud: the AllocationId, PolicyName or role; kube: ``<plural>/<namespace>/<name>``
    nth       the first matching call that is spoilt, counted from 1 (default 1)
    every     from then on each such one only (default 1)
    times     how many are spoilt in all (default 1; 0 for all)
    probability   of those, this share (default 1.0), drawn with `seed` (default 0): the same seed spoils the same calls

What it does (`do`):

    error      answer `status`, `code`, `message` (and header Retry-After: `retry_after`) without doing the work;
               without `status` a cloud API answers with the one published for the code, anything else with 503
    after      do the work, then answer as in error
    throttle   refuse as the API does when it is asked too often: 400 Throttling.User, 429 TooManyRequests
    latency    wait `seconds` first, then go on as usual
    lose       do the work, then close the connection without an answer
    reset      close the connection without doing the work
    truncate   do the work, send only the first half of the body, then close the connection
    stale      cloud lists of EIPs: as a reading replica that lags would answer, without the newest EIP;
               ``do=stale,api=DescribeEipAddresses,times=3`` hides a new EIP for three reads
    shift      cloud lists of EIPs: a page after the first one begins an EIP too late, as when another EIP was released
               while the pages were read
    drop       events: never delivered
    repeat     events: delivered twice
    late       events: delivered after the next one
    behind     events: delivered, and then a bookmark of a version long before it
    garble     events: delivered after the lines of an error page, which are no events
               events, besides: ``error`` sends an ERROR event with a Status instead of the event and ends the watch
               (``do=error,api=event,status=410,code=Expired``), ``truncate`` closes the connection within the line,
               ``latency`` holds up all that comes after it as well
    kill       send SIGKILL to process `pid` before the work (`when`: "before") or after it ("after"); of terway: the
               daemon on that node ends, and its container is started again
    crash      end the sandbox itself at once, before or after the work
"""

from __future__ import annotations

import json
import random
import re
import threading
from typing import Annotated, Any, Literal, get_args

import msgspec

from eipctl.sandbox.cloud import table

TERWAY, EVENT = "terway", "event"
_UNPUBLISHED, _LOWEST = 503, 400
Kind = Literal[
    "error", "after", "throttle", "latency", "lose", "reset", "truncate", "stale", "shift", "drop", "repeat", "late",
    "behind", "garble", "kill", "crash",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
Ordinal = Annotated[int, msgspec.Meta(ge=1)]


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to match and what to do to it."""

    do: Kind
    service: str = ".*"
    api: str = ".*"
    object: str = ".*"
    nth: Ordinal = 1
    every: Ordinal = 1
    times: Annotated[int, msgspec.Meta(ge=0)] = 1
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] = 1.0
    seed: int = 0
    status: Annotated[int, msgspec.Meta(ge=0, le=599)] = 0
    """0 for the published one."""
    code: str = "ServiceUnavailable"
    message: str = "injected by a fault rule"
    retry_after: Annotated[int, msgspec.Meta(ge=0)] = 0
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0.0
    pid: Annotated[int, msgspec.Meta(ge=0)] = 0
    when: Literal["before", "after"] = "before"

    def speaks_of(self, service: str, api: str, obj: str) -> bool:
        """Whether a call is one of those that the rule is about."""
        if service == TERWAY and re.fullmatch(self.service, "cloud"):
            return False
        if api == EVENT and re.fullmatch(self.api, "watch"):
            return False
        wanted = ((self.service, service), (self.api, api), (self.object, obj))
        return all(re.fullmatch(pattern, text) for pattern, text in wanted)


class Fault:
    """A rule in force, and how often it has matched and spoilt."""

    def __init__(self, rule: Rule, number: int = 0) -> None:
        self.rule, self.number = rule, number
        self.matched = self.spoilt = 0
        self._dice = random.Random(rule.seed)  # noqa: S311 - repeatable, not secret

    def hits(self, service: str, api: str, obj: str) -> bool:
        """Count a call that matches, and say whether it is one of those to spoil."""
        rule = self.rule
        if not rule.speaks_of(service, api, obj):
            return False
        self.matched += 1
        late = self.matched - rule.nth
        if late < 0 or late % rule.every or (rule.times and self.spoilt >= rule.times):
            return False
        if self._dice.random() >= rule.probability:
            return False
        self.spoilt += 1
        return True

    def as_data(self) -> dict[str, Any]:
        """The rule with all its parts, JSON-ready."""
        rule = {name: getattr(self.rule, name) for name in Rule.__struct_fields__}
        return {"id": self.number, **rule, "matched": self.matched, "spoilt": self.spoilt}


class Faults:
    """The rules in force; they live in memory only and are gone after a restart."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._next = 1
        self.worlds = 0
        """How often everything began anew: a call that is held up does nothing in a later world than its own."""

    def add(self, raw: dict[str, Any]) -> int:
        """Put a rule in force; its id. ValueError says what is wrong with it."""
        rule = checked(raw)
        with self._lock:
            number, self._next = self._next, self._next + 1
            self._faults.append(Fault(rule, number))
            return number

    def clear(self) -> None:
        """Remove all fault rules."""
        with self._lock:
            self._faults.clear()

    def begin_anew(self) -> None:
        """Remove all fault rules, and the calls that they hold up."""
        self.clear()
        self.worlds += 1

    def listing(self) -> list[dict[str, Any]]:
        """The rules in force, JSON-ready."""
        with self._lock:
            return [fault.as_data() for fault in self._faults]

    def pick(self, service: str, api: str, obj: str) -> list[Rule]:
        """The rules that spoil this very call."""
        with self._lock:
            return [_with_status(fault.rule, api) for fault in self._faults if fault.hits(service, api, obj)]


def _with_status(rule: Rule, api: str) -> Rule:
    """The rule with the status that its code has in this very API."""
    if rule.status:
        return rule
    known = table.published(api, rule.code)
    return msgspec.structs.replace(rule, status=known.status if known else _UNPUBLISHED)


def checked(raw: dict[str, Any], *, texts: bool = False) -> Rule:
    """A rule from its parts, whose numbers may be `texts`; ValueError says what is wrong with it."""
    if raw.get("do") not in KINDS:
        raise ValueError(f"'do' must be one of {', '.join(KINDS)}")
    try:
        rule = msgspec.convert(raw, Rule, strict=not texts)
        for pattern in (rule.service, rule.api, rule.object):
            re.compile(pattern)
        _check_code(rule)
    except (msgspec.ValidationError, re.error) as error:
        raise ValueError(str(error)) from None
    return rule


def _check_code(rule: Rule) -> None:
    """Refuse a status that is none, and a code that no cloud API of the rule publishes and that has no status."""
    if 0 < rule.status < _LOWEST:
        raise ValueError(f"status {rule.status} is not an error status")
    clouds = [service for service in ("cloud", TERWAY) if re.fullmatch(rule.service, service)]
    if not clouds or rule.status or rule.do not in ("error", "after"):
        return
    meant = {action for _, action in table.APIS if re.fullmatch(rule.api, action)}
    if meant and not any(table.published(action, rule.code) for action in meant):
        raise ValueError(f"{rule.code} is not published for {rule.api}; also set status")


def parse(text: str) -> dict[str, Any]:
    """A rule from JSON, or from ``do=kill,api=AssociateEipAddress,pid=12``."""
    if text.lstrip().startswith("{"):
        loaded = json.loads(text)
        if not isinstance(loaded, dict):
            raise ValueError("a fault rule is a JSON object")
        return loaded
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    words: dict[str, Any] = msgspec.to_builtins(checked(pairs, texts=True))
    return words
