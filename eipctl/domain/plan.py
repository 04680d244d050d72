"""Plan: what will be done, in which order, and why. Every command that changes something makes one.

A Plan is a sequence of Stages; a Stage is a set of Lanes that may run at the same time; a Lane is a sequence of
Actions that run one after the other, where a failure skips the rest of its Lane.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar

from eipctl.domain.action_data import ActionData, HeldBackData, SkippedData, public

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.base.codes import Code

Pairs = tuple[tuple[str, str], ...]
"""A mapping that is hashable and keeps its order: tags, annotations."""

Named = tuple[str, ...]
"""Resources of the account that an Action asks for by name, such as ``eip-isp ChinaTelecom``."""


class Verb(StrEnum):
    """What an Action does; the counts of `bind` carry the same names."""

    ALLOCATE = "allocate"
    ASSOCIATE = "associate"
    UNASSOCIATE = "unassociate"
    RELEASE = "release"
    MODIFY = "modify"
    TAG = "tag"
    UNTAG = "untag"
    ANNOTATE = "annotate"
    EDIT = "edit"
    DELETE = "delete"
    CREATE_POLICY = "create-policy"
    UPDATE_POLICY = "update-policy"
    DESCRIBE_POLICY = "describe-policy"
    RESTORE_POLICY = "restore-policy"
    DELETE_POLICY = "delete-policy"
    ATTACH_POLICY = "attach-policy"
    DETACH_POLICY = "detach-policy"
    RECORD = "record"
    WRITE_ENI_CONFIG = "write-eni-config"
    RESTART = "restart"
    WAIT = "wait"


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One small step with its reason. Subclasses add what it needs; all of it is shown, saved and audited."""

    verb: ClassVar[Verb]
    reason: str

    @property
    def object(self) -> str:
        """What it acts on, as kubectl would name it: ``pod/default/web-0``, ``eip-…``, ``policy/eipctl-terway-eip``."""
        raise NotImplementedError

    @property
    def place(self) -> tuple[str, str] | None:
        """The ENI id and the private IP that it works on in the cloud: no two Actions do that at a time; None: none."""
        return None

    @property
    def named(self) -> Named:
        """Resources of the account that it asks for by name: a refusal may be about these alone."""
        return ()

    @property
    def frees(self) -> str:
        """What it frees for Actions of later Stages; "" for nothing."""
        return ""

    @property
    def needs(self) -> str:
        """What it can do nothing with until that is free; "" for nothing."""
        return ""

    def as_data(self) -> dict[str, Any]:
        """All fields, JSON-ready, `verb` and `object` first."""
        return {"verb": self.verb.value, "object": self.object, **asdict(self)}


@dataclass(frozen=True, slots=True)
class Skip:
    """Something that was looked at and is left alone, and why. Never silent."""

    object: str
    code: Code
    reason: str

    def as_data(self) -> SkippedData:
        """For an answer."""
        return {"object": self.object, "code": self.code.value, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Lane:
    """Actions that run in this order."""

    actions: tuple[Action, ...]

    @property
    def eni_id(self) -> str:
        """The ENI that it works on first; "" for none."""
        return next((action.place[0] for action in self.actions if action.place), "")


@dataclass(frozen=True, slots=True)
class Stage:
    """Lanes that may run side by side; the next Stage starts when all of them have ended."""

    title: str
    lanes: tuple[Lane, ...]
    width: int | None = None
    """At most so many Lanes at once; None leaves it to the engine."""
    stop_on_failure: bool = False
    """Whether a failed Lane keeps the Lanes and Stages after it from starting."""
    needed: bool = False
    """Whether a failed Lane keeps the Stages after it from starting, while the Lanes beside it are carried out."""


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Actions that guards hold back: due, and not carried out in this run. `guards` are all that have to be lifted."""

    guards: tuple[str, ...]
    reason: str
    actions: tuple[Action, ...]
    per_month: float = 0.0
    """By how much they would change what own EIPs cost, without traffic."""
    currency: str = ""
    """Of `per_month`."""

    def as_data(self) -> HeldBackData:
        """For an answer; each Action with the state "skipped" and the reason as its error."""
        return {
            "guards": list(self.guards),
            "reason": self.reason,
            "counts": dict(Counter(action.verb.value for action in self.actions)),
            "per_month_change": round(self.per_month, 2),
            "actions": [Step(action, StepState.SKIPPED, self.reason).as_data() for action in self.actions],
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """Stages in order, what is left alone or held back, and what a person should know before saying yes."""

    command: str
    stages: tuple[Stage, ...] = ()
    skips: tuple[Skip, ...] = ()
    notes: tuple[str, ...] = ()
    held: tuple[HeldBack, ...] = ()

    @property
    def actions(self) -> Iterator[Action]:
        """All Actions in order."""
        return (action for stage in self.stages for lane in stage.lanes for action in lane.actions)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to do."""
        return next(iter(self.actions), None) is None

    def count(self, *verbs: Verb) -> int:
        """How many Actions have one of `verbs`."""
        return sum(action.verb in verbs for action in self.actions)

    @property
    def fingerprint(self) -> str:
        """The same for the same Actions in the same order, else different; 16 hexadecimal digits."""
        text = json.dumps([self.command, [action.as_data() for action in self.actions]], sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class StepState(StrEnum):
    """How far an Action came."""

    PLANNED = "planned"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """An Action and what became of it; `learned` holds fields known only afterwards (an allocation id)."""

    action: Action
    state: StepState
    error: str = ""
    code: str = ""
    learned: tuple[tuple[str, str], ...] = ()

    def record(self) -> dict[str, Any]:
        """The Action's fields, what was learned, `state` and `error`."""
        return {**self.action.as_data(), **dict(self.learned), "state": self.state.value, "error": self.error or None}

    def as_data(self) -> ActionData:
        """The same for an answer."""
        return public(self.record())
