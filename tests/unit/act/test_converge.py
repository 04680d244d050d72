"""The one way to change anything, and what each error makes of it: error x what the world is like afterwards."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import pytest

from eipctl.act.converge import PAUSES, Change, converge
from eipctl.base.codes import Code
from eipctl.base.errors import (
    CloudError,
    EipctlError,
    Failed,
    KubeError,
    OutcomeUnknown,
    Reaction,
    TimedOut,
    UsageError,
)
from eipctl.base.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

WANTED = "wanted"


class Clock(Stop):
    """Remembers how long it was asked to wait, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.waited: list[float] = []

    def wait(self, seconds: float) -> None:
        self.waited.append(seconds)
        self.check()


@dataclass
class Thing:
    """An object that is changed by writes, of which the first ones fail: `errors`, each with what it leaves behind."""

    errors: list[tuple[EipctlError, str]] = field(default_factory=list)
    state: str = "as it was"
    told: list[str] = field(default_factory=list)
    """Each look, proof, write and settling, in order."""
    forbidden: bool = False
    becomes: str = WANTED

    def look(self) -> str:
        self.told.append("look")
        return self.state

    def proof(self, _seen: str) -> None:
        self.told.append("proof")
        if self.forbidden:
            raise Failed(Code.POD_CHANGED, "the Pod is gone")

    def write(self, _seen: str) -> None:
        self.told.append("write")
        if self.errors:
            error, self.state = self.errors.pop(0)
            raise error
        self.state = self.becomes

    def settle(self) -> str:
        self.told.append("settle")
        return self.state

    @property
    def change(self) -> Change[str]:
        return Change[str](
            look=self.look, done=lambda seen: seen == WANTED, proof=self.proof, write=self.write, settle=self.settle
        )


def cloud(reaction: Reaction) -> CloudError:
    return CloudError(Code.CLOUD_ERROR, "refused", api="X", cloud_code="X", reaction=reaction)


BUSY: list[EipctlError] = [cloud(Reaction.RETRY), KubeError(Code.KUBE_ERROR, "later", status=429)]
DOUBT: list[EipctlError] = [
    OutcomeUnknown("lost", api="X", code=Code.CLOUD_UNREACHABLE),
    cloud(Reaction.REREAD),
    cloud(Reaction.GONE),
    KubeError(Code.KUBE_CONFLICT, "changed", status=409),
]
FINAL: list[EipctlError] = [
    cloud(Reaction.FAIL),
    cloud(Reaction.STOP),
    KubeError(Code.KUBE_FORBIDDEN, "may not", status=403),
    Failed(Code.POD_CHANGED, "replaced"),
    UsageError(Code.AUDIT_LOG, "full"),
    TimedOut(Code.TIMEOUT, "--timeout"),
]
ONCE = ["proof", "write"]
AGAIN = ["look", "proof", "write", "settle"]


def ids(errors: list[EipctlError]) -> list[str]:
    return [f"{type(error).__name__} {getattr(error, 'reaction', '')}".strip() for error in errors]


def outcome(change: Change[str], clock: Clock) -> str:
    """What was seen last, or the sentence of the error."""
    try:
        return converge(change, clock)
    except EipctlError as error:
        return error.message


def test_what_is_as_wanted_is_not_written() -> None:
    """B5."""
    thing = Thing(state=WANTED)
    assert (outcome(thing.change, Clock()), thing.told) == (WANTED, ["look"])


def test_nothing_is_written_without_proof() -> None:
    """Right before the write, and of what was seen last."""
    thing = Thing(forbidden=True)
    assert (outcome(thing.change, Clock()), thing.told) == ("the Pod is gone", ["look", "proof"])


def test_what_was_seen_before_a_long_wait_is_no_proof() -> None:
    """The write waits for the rate limit: what it rests on is looked at after that, not before."""
    thing = Thing()

    @contextmanager
    def place() -> Iterator[None]:
        thing.told.append("place")
        yield

    change = replace(thing.change, place=place)
    assert converge(change, Clock(), fresh=0.0) == WANTED
    assert thing.told == ["look", "place", "look", *ONCE, "settle"]
    assert (outcome(change, Clock()), thing.told[6:]) == (WANTED, ["look"])


def test_what_has_become_as_wanted_during_a_long_wait_is_not_written() -> None:
    """Somebody else did it."""
    thing = Thing()

    @contextmanager
    def place() -> Iterator[None]:
        thing.state = WANTED
        yield

    assert converge(replace(thing.change, place=place), Clock(), fresh=0.0) == WANTED
    assert thing.told == ["look", "look"]


def test_a_write_is_waited_for_until_it_can_be_seen() -> None:
    """Without another look: the waiting is one."""
    thing = Thing()
    assert (outcome(thing.change, Clock()), thing.told) == (WANTED, ["look", *ONCE, "settle"])


def test_where_the_answer_is_enough_nothing_is_waited_for() -> None:
    """What was seen before the write is handed back."""
    thing = Thing()
    assert outcome(replace(thing.change, settle=None), Clock()) == "as it was"
    assert (thing.state, thing.told) == (WANTED, ["look", *ONCE])


def test_what_was_just_seen_is_not_looked_at_again() -> None:
    """But proven, and looked at after any doubt."""
    thing = Thing([(DOUBT[0], "as it was")])
    assert outcome(replace(thing.change, first=lambda: "as planned"), Clock()) == WANTED
    assert thing.told == [*ONCE, *AGAIN]


@pytest.mark.parametrize("error", BUSY + DOUBT, ids=ids(BUSY + DOUBT))
@pytest.mark.parametrize(("after", "told"), [("as it was", ["look", *ONCE, *AGAIN]), (WANTED, ["look", *ONCE, "look"])])
def test_after_an_error_that_may_pass_it_is_looked_at_and_proven_again(
    error: EipctlError, after: str, told: list[str]
) -> None:
    """Written again only when the look does not show it: a lost answer changes nothing twice."""
    thing = Thing([(error, after)])
    assert (outcome(thing.change, Clock()), thing.told) == (WANTED, told)


@pytest.mark.parametrize("error", BUSY + DOUBT, ids=ids(BUSY + DOUBT))
def test_proof_may_fail_after_an_error(error: EipctlError) -> None:
    """Then it is not written again."""
    thing = Thing([(error, "as it was")])

    def proof(_seen: str) -> None:
        if "write" in thing.told:
            raise Failed(Code.POD_CHANGED, "the Pod went meanwhile")

    assert outcome(replace(thing.change, proof=proof), Clock()) == "the Pod went meanwhile"
    assert thing.told.count("write") == 1


@pytest.mark.parametrize(("error", "first"), [*((e, ()) for e in BUSY), *((e, (0.0,)) for e in DOUBT)])
def test_an_error_that_does_not_pass_is_raised_in_the_end(error: EipctlError, first: tuple[float, ...]) -> None:
    """What is busy is waited for longer and longer; a doubt is looked into at once, and waited for after that."""
    thing, clock = Thing([(error, "as it was")] * 100), Clock()
    assert outcome(thing.change, clock) == error.message
    assert clock.waited == [*first, *PAUSES]
    assert thing.told.count("write") == len(clock.waited) + 1


def test_changing_errors_end_as_well() -> None:
    """Each kind has its own patience, and neither gives the other more."""
    thing, clock = Thing([(BUSY[0], ""), (DOUBT[0], "")] * 100), Clock()
    outcome(thing.change, clock)
    assert len(clock.waited) <= 2 * len(PAUSES) + 1


@pytest.mark.parametrize("error", FINAL, ids=ids(FINAL))
def test_any_other_error_is_raised_at_once(error: EipctlError) -> None:
    """Nothing is looked at, waited for or written after it."""
    thing, clock = Thing([(error, WANTED)]), Clock()
    assert (outcome(thing.change, clock), thing.told, clock.waited) == (error.message, ["look", *ONCE], [])


def test_what_settles_otherwise_is_tried_again_and_told_in_the_end() -> None:
    """A remembered token may name an old EIP again and again."""
    thing, clock = Thing(becomes="something else"), Clock()
    assert outcome(replace(thing.change, never="it keeps being another one"), clock) == "it keeps being another one"
    assert clock.waited == [0.0, *PAUSES]


@pytest.mark.parametrize("make", [lambda: cloud(Reaction.FAIL), lambda: TimedOut(Code.TIMEOUT, "too late")])
def test_what_a_look_raises_is_raised(make: Callable[[], EipctlError]) -> None:
    """Reads are repeated by the transport, which has had its patience."""
    thing = Thing()

    def look() -> str:
        raise make()

    assert outcome(replace(thing.change, look=look), Clock()) == make().message
    assert thing.told == []


def test_a_signal_ends_the_waiting() -> None:
    """Between two calls."""
    thing, clock = Thing([(BUSY[0], "as it was")]), Clock()
    clock.interrupt(15)
    assert "stopped by a signal" in outcome(thing.change, clock)
    assert thing.told == ["look", *ONCE]
