"""Objects kept in memory by a watch: listed once, then every change is reported by the API server.

What a watch delivers twice, late or out of order changes nothing: of two states of an object the one with the greater
resourceVersion counts (since Kubernetes 1.35 clients may compare them). What it loses is found by :meth:`relist`.

A list outranks everything that was heard before it was begun, whatever the versions are: they go back when a cluster is
restored from a backup (kubernetes/kubernetes#107457).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed, Interrupted, KubeError, TimedOut, internal
from eipctl.domain.facts import Pod, PodListing
from eipctl.kube import failures, listing, wire
from eipctl.kube.discovery import object_path
from eipctl.kube.reader import KubeReader

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.kube.client import KubeClient

SECONDS = 300
"""After so long the server ends a watch, and it is begun anew."""
SILENCE = 100.0
"""Seconds without a byte after which a connection counts as stalled: API servers send a bookmark every minute."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_REMEMBERED = 10_000
"""How many deleted objects are remembered, so that a late event does not bring one back."""
_GONE = 410
_FINAL = (400, 401, 403, 404, 405)
"""Statuses that another attempt soon does not change."""

F = TypeVar("F")
W = TypeVar("W", bound=Any)
Told = Callable[[F | None, F | None], None]
"""Gets an object before and after a change that matters; None, None when any may have changed."""


@dataclass(frozen=True, slots=True)
class Collection(Generic[W, F]):
    """What is watched: objects of `kind` (with metadata) at `path`, the fact each makes, and what of it matters."""

    path: str
    kind: type[W]
    fact: Callable[[W], F]
    matters: Callable[[F], object]
    query: Mapping[str, str] = field(default_factory=dict)

    def entry(self, item: W) -> tuple[str, str, F]:
        """Key, version and fact."""
        return _key(item.metadata), item.metadata.resource_version or "", self.fact(item)


@dataclass(slots=True)
class _Kept(Generic[F]):
    version: str
    fact: F
    heard: int = 0
    """The number of the event that reported it; 0 for a list."""


class ObjectWatch(Generic[W, F]):
    """The objects of a collection.

    `told` is called by a thread of its own. An `enduring` watch outlives every refusal; another one ends with a final
    one. `error` is why it is not kept up now.
    """

    def __init__(
        self,
        client: KubeClient,
        what: Collection[W, F],
        told: Told[F],
        *,
        enduring: bool = False,
    ) -> None:
        self._client, self._what, self._told, self._enduring = client, what, told, enduring
        self._lock = threading.Lock()
        self._kept: dict[str, _Kept[F]] = {}
        self._gone: OrderedDict[str, str] = OrderedDict()
        """Key to version, of what was reported as deleted since the last list."""
        self._version = ""
        """Up to which everything is known; "" when it has to be listed."""
        self._listed = ""
        """The version of the last list."""
        self._heard_events = self._errors = 0
        """Since the start; ERROR events since the last other one."""
        self._complete, self._why = True, ""
        self._down_since: float | None = None
        self._ended = False
        self.error: EipctlError | None = None

    def start(self) -> None:
        """List them; every change from now on is received."""
        self._list()
        threading.Thread(target=self._run, daemon=True, name="watch").start()

    def close(self) -> None:
        """Stop; the thread ends with the next event."""
        self._ended = True

    def relist(self) -> None:
        """Read all of them again and find what the watch has lost."""
        before = self._facts_that_matter()
        self._list()
        if self._facts_that_matter() != before:
            self._told(None, None)

    def listing(self) -> listing.Listing[F]:
        """As they are now."""
        with self._lock:
            return listing.Listing(tuple([kept.fact for kept in self._kept.values()]), self._complete, self._why)

    def assume(self, key: str, change: Callable[[F], F]) -> None:
        """An object is as `change` makes it, until the API server reports something newer: it was just written so."""
        with self._lock:
            if key in self._kept:
                kept = self._kept[key]
                self._kept[key] = replace(kept, fact=change(kept.fact))

    def down_for(self) -> float:
        """Seconds since it is not kept up; 0 while it is."""
        since = self._down_since
        return 0.0 if since is None else time.monotonic() - since

    def _facts_that_matter(self) -> dict[str, object]:
        with self._lock:
            return {key: self._what.matters(kept.fact) for key, kept in self._kept.items()}

    def _list(self) -> None:
        """Read all of them. What an event reports meanwhile may be newer."""
        what = self._what
        with self._lock:
            before, begun, earlier = self._version, self._heard_events, set(self._gone)
        found = listing.made(self._client, what.path, what.kind, what.entry, what.query)
        with self._lock:
            listed = {key: _Kept(version, fact) for key, version, fact in found.items}
            for key, kept in self._kept.items():
                other = listed.get(key)
                if kept.heard > begun and _newer(kept.version, other.version if other else found.version):
                    listed[key] = kept
            self._gone = OrderedDict(item for item in self._gone.items() if item[0] not in earlier)
            for key, version in self._gone.items():
                if _newer(version, found.version):
                    listed.pop(key, None)
            self._kept, self._listed = listed, found.version
            self._complete, self._why = found.complete, found.why
            if not self._version or _newer(before, found.version):
                self._version = found.version

    def _run(self) -> None:
        pause = FIRST_PAUSE
        while not self._ended and (self._enduring or self.error is None):
            try:
                for event in self._events():
                    pause = FIRST_PAUSE
                    self._heard(event)
                    if self._ended:
                        return
            except Failed as error:
                self._refused(error)
            except (Interrupted, TimedOut):
                return
            except EipctlError as error:
                self._give_up(error)
            except failures.transport() as error:
                self._down(_unreachable(error))  # What was not heard is told again from the last version on.
            except Exception as error:  # noqa: BLE001 - whoever waits for a change must hear of it
                self._give_up(internal(error))
            threading.Event().wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    def _refused(self, error: Failed) -> None:
        """List again once the version has expired, or if nothing but errors arrives; some refusals are final."""
        status = error.status if isinstance(error, KubeError) else 0
        if status in _FINAL:
            self._give_up(error)
        else:
            self._down(error)
        if status == _GONE or self._errors > 1:
            self._version, self._errors = "", 0

    def _down(self, error: EipctlError) -> None:
        if self._down_since is None:
            self._down_since = time.monotonic()
        if self._enduring:
            self.error = error

    def _give_up(self, error: EipctlError) -> None:
        self._down(error)
        self.error = error
        self._told(None, None)

    def _events(self) -> Iterator[wire.Event]:
        if not self._version:
            self._list()
            self._told(None, None)  # In the gap anything may have changed.
        query = {"watch": "true", "resourceVersion": self._version, "allowWatchBookmarks": "true"}
        for line in self._client.lines(self._what.path, {**self._what.query, **query}, SECONDS, SILENCE):
            yield wire.decode(line, wire.Event)

    def _heard(self, event: wire.Event) -> None:
        """Learn it; KubeError for an event that reports one."""
        raw = bytes(event.object)
        told = wire.decode(raw, wire.Told)
        if event.type == "ERROR":
            self._errors += 1
            raise failures.refusal("WATCH", self._what.path, told.code or 500, raw, self._client.kubectl)
        self._errors = 0
        if self._enduring:
            self._down_since = self.error = None
        if event.type != "BOOKMARK":
            self._learn(event.type, *self._what.entry(wire.decode(raw, self._what.kind)))
        found = told.metadata.resource_version or ""
        with self._lock:
            if _newer(found, self._version):
                self._version = found

    def _learn(self, kind: str, key: str, version: str, fact: F) -> None:
        deleted = kind == "DELETED"
        with self._lock:
            self._heard_events += 1
            before = self._kept.get(key)
            known = before.version if before else self._gone.get(key, self._listed)
            if known and not (_newer(version, known) or (deleted and version == known)):
                return
            if deleted:
                self._kept.pop(key, None)
                self._gone[key] = version
                if len(self._gone) > _REMEMBERED:
                    self._gone.popitem(last=False)
            else:
                self._kept[key] = _Kept(version, fact, self._heard_events)
        matters = self._what.matters
        if deleted or before is None or matters(before.fact) != matters(fact):
            self._told(before.fact if before else None, None if deleted else fact)


class PodWatch(ObjectWatch[wire.PodObject, Pod]):
    """The Pods of a namespace (None: all) that selectors match; `changed` is set when some have, or may have."""

    def __init__(
        self,
        client: KubeClient,
        namespace: str | None,
        label_selector: str,
        changed: threading.Event | None = None,
    ) -> None:
        self.changed = changed or threading.Event()
        super().__init__(client, pods_of(namespace, label_selector), lambda _before, _now: self.changed.set())

    def pods(self) -> PodListing:
        """As they are now."""
        return as_pods(self.listing())


class WatchingReader(KubeReader):
    """Reads the cluster; each list of Pods is read once, and then kept up by a watch."""

    def __init__(self, client: KubeClient) -> None:
        super().__init__(client)
        self._watches: dict[tuple[str | None, str], PodWatch] = {}
        self.changed = threading.Event()

    @property
    def error(self) -> EipctlError | None:
        """Why a list is no longer kept up."""
        return next((watch.error for watch in self._watches.values() if watch.error), None)

    def pods(self, namespace: str | None, *, label_selector: str = "", field_selector: str = "") -> PodListing:
        """From memory; lists by a field are read from the API server."""
        if field_selector:
            return super().pods(namespace, label_selector=label_selector, field_selector=field_selector)
        key = (namespace, label_selector)
        if key not in self._watches:
            watch = PodWatch(self._client, namespace, label_selector, self.changed)
            watch.start()
            self._watches[key] = watch
        return self._watches[key].pods()


def pods_of(
    namespace: str | None, label_selector: str = "", field_selector: str = ""
) -> Collection[wire.PodObject, Pod]:
    """The Pods of a namespace (None: all) that selectors match."""
    selectors = {"labelSelector": label_selector, "fieldSelector": field_selector}
    query = {name: selector for name, selector in selectors.items() if selector}
    return Collection(object_path("v1", "pods", namespace), wire.PodObject, wire.PodObject.fact, _facts, query)


def as_pods(found: listing.Listing[Pod]) -> PodListing:
    """The same as a reader gives it."""
    return PodListing(found.items, found.complete, found.why)


def _facts(pod: Pod) -> tuple[object, ...]:
    """All of a Pod that a status depends on."""
    asked = (pod.eip_annotations, pod.recorded, pod.recorded_elsewhere)
    return (pod.ip, pod.node, pod.phase, pod.terminating, *asked, pod.labels, pod.eip_condition)


def _key(metadata: wire.Meta) -> str:
    return metadata.uid or f"{metadata.namespace}/{metadata.name}"


def _newer(version: str, other: str) -> bool:
    """Whether a resourceVersion is greater than another one; one that is not a number is taken for newer."""
    if not (version.isdecimal() and other.isdecimal()):
        return version != other
    return int(version) > int(other)


def _unreachable(error: Exception) -> Failed:
    return Failed(Code.KUBE_UNREACHABLE, f"a watch of the API server broke: {failures.why(error)}")
