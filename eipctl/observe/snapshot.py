"""One look at the cluster and the account: each object is read once, and what could not be read is a note.

What is about to be changed is not looked up here: `act` proves it afresh right before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted, Refused, TimedOut
from eipctl.base.lazy import lazy
from eipctl.domain.facts import EipListing, PodListing

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Mapping

    from eipctl.aliyun.identity import IdentityReader
    from eipctl.aliyun.ram import RamReader
    from eipctl.aliyun.vpc import VpcReader
    from eipctl.domain.cost import Rates
    from eipctl.domain.facts import EniAddress, Node
    from eipctl.domain.terway.image_version import TerwayVersion
    from eipctl.engine.session import Session
    from eipctl.kube.reader import KubeReader

T = TypeVar("T")
FORBIDDEN = (Code.KUBE_FORBIDDEN, Code.CLOUD_FORBIDDEN)
UNREAD = "nothing is unbound or released after an incomplete read; run again"


@dataclass(frozen=True, slots=True)
class Note:
    """A question that was not answered, or only in part: the reader's method that was asked, and why."""

    asked: str
    error: EipctlError


class Snapshot:
    """What one look at everything finds; make a new one to look again."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._notes: dict[Hashable, Note] = {}
        self.places: dict[tuple[str, str], EniAddress] = {}
        """Pod UID and IP to where the cloud has said that this IP is."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What could not be read so far, in the order in which it was asked for."""
        return tuple(self._notes.values())

    @property
    def partial(self) -> tuple[EipctlError, ...]:
        """The lists of which a part did not come."""
        return tuple(note.error for note in self.notes if note.error.code is Code.PARTIAL_READ)

    @lazy
    def kube(self) -> KubeReader:
        """The cluster."""
        return self._once(self.session.kube)

    @lazy
    def vpc(self) -> VpcReader:
        """EIPs and ENIs."""
        return self._once(self._in_region().vpc)

    @lazy
    def ram(self) -> RamReader:
        """Roles and policies."""
        return self._once(self._in_region().ram)

    @lazy
    def identity(self) -> IdentityReader:
        """Who is calling."""
        return self._once(self._in_region().identity)

    @lazy
    def nodes(self) -> Mapping[str, Node]:
        """All nodes, by name."""
        return {node.name: node for node in self.kube.nodes()}

    @property
    def region(self) -> str:
        """Where the cloud is called."""
        return self._in_region().region

    @property
    def rates(self) -> Rates:
        """What EIPs cost there."""
        return self._in_region().rates

    @property
    def terway_version(self) -> TerwayVersion | None:
        """The version of a Terway whose image names none, where the user has said it."""
        return self.session.terway_version

    def allowed(self, read: Callable[[], T], unless: Callable[[EipctlError], bool] | None = None) -> T | None:
        """What `read` returns; None when a right is missing (or `unless` says so of the error), which is noted."""
        try:
            return read()
        except EipctlError as error:
            if not (unless(error) if unless else error.code in FORBIDDEN):
                raise
            return None

    def _in_region(self) -> Session:
        """The session, once it knows its region: where nothing else names one the nodes do."""
        session = self.session
        if not session.region_known:
            session.region_of_nodes = next((node.region for node in self.nodes.values() if node.region), "")
        return session

    def _once(self, reader: T) -> T:
        return cast("T", _Once(reader, self._notes))


class _Once:
    """A reader that asks each question once: a repeated question gets the same answer, or the same error."""

    def __init__(self, reader: object, notes: dict[Hashable, Note]) -> None:
        self._reader, self._notes = reader, notes
        self._answers: dict[Hashable, Any] = {}

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """The reader's method of that name."""

        def ask(*words: Any, **more: Any) -> Any:
            question = (name, *map(_fixed, words), *((key, _fixed(value)) for key, value in sorted(more.items())))
            if question not in self._answers:
                self._answers[question] = self._asked(question, lambda: getattr(self._reader, name)(*words, **more))
            answer = self._answers[question]
            if isinstance(answer, EipctlError):
                raise answer
            return answer

        return ask

    def _asked(self, question: tuple[Any, ...], read: Callable[[], Any]) -> Any:
        try:
            answer = read()
        except (Interrupted, TimedOut):
            raise
        except EipctlError as error:
            self._notes[question] = Note(question[0], error)
            return error
        if isinstance(answer, EipListing | PodListing) and not answer.complete:
            why = Refused(Code.PARTIAL_READ, f"partial read: {answer.why}", hint=UNREAD)
            self._notes[question] = Note(question[0], why)
        return answer


def _fixed(value: Any) -> Hashable:
    """Lists as tuples, so that they can be a part of a question."""
    return tuple(value) if isinstance(value, list) else cast("Hashable", value)
