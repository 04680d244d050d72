"""The Lease as client-go has it: own records are recognised, others are watched, nobody works past the end."""

from __future__ import annotations

import json
import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import Interrupted, TryLater
from eipctl.base.stop import Stop
from eipctl.engine.lock import NAME, NAMESPACE, Lock
from eipctl.kube.client import KubeClient
from eipctl.kube.lease import Leases
from tests.unit.kube.conftest import Answer, Scripted, kubeconfig

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OTHER = "other-host/0badcafe/4026531836/77/123"
PATH = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases/{NAME}"
BUSY = Answer(429, {"kind": "Status", "code": 429, "reason": "TooManyRequests"}, {"Retry-After": "1"})
CONFLICT = Answer(409, {"kind": "Status", "code": 409, "reason": "Conflict", "message": "the object has been modified"})
LOST = Answer(do="reset")
GONE = Answer(404, {"kind": "Status", "code": 404, "reason": "NotFound", "details": {"name": NAME, "kind": "leases"}})
OLD = "2020-01-01T00:00:00.000000Z"


@pytest.fixture
def api() -> Iterator[Scripted]:
    """A scripted API server."""
    server = Scripted()
    yield server
    server.close()


@pytest.fixture
def stop() -> Stop:
    return Stop(60)


def lock(api: Scripted, stop: Stop, folder: Path, **how: Any) -> Lock:
    path = folder / "kubeconfig"
    path.write_text(json.dumps(kubeconfig(api.url)))
    return Lock(Leases(KubeClient.connect(str(path), None, stop), NAMESPACE, NAME), stop, **how)


def record(holder: str, version: int, *, ago: float = 0.0, seconds: int = 30, clock: float = 0.0) -> Answer:
    """The Lease, renewed `ago` seconds before now by the API server's clock, which is `clock` ahead of ours."""
    now = datetime.now(UTC) + timedelta(seconds=clock)
    renewed = (now - timedelta(seconds=ago)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    spec = {"holderIdentity": holder, "renewTime": renewed, "leaseDurationSeconds": seconds}
    body = {"kind": "Lease", "metadata": {"name": NAME, "resourceVersion": str(version)}, "spec": spec}
    return Answer(body=body, headers={"Date": format_datetime(now, usegmt=True)})


def me(api: Scripted) -> str:
    """The holder that the first write named."""
    return next(str(seen.body["spec"]["holderIdentity"]) for seen in api.seen if seen.body)


def holders(api: Scripted) -> list[str]:
    """What was written, in order."""
    return [str(seen.body["spec"]["holderIdentity"]) for seen in api.seen if seen.body]


def ours(api: Scripted, version: int) -> Answer:
    """The record with our own name, known after the first write."""
    return record(me(api), version)


@pytest.mark.parametrize("trouble", [BUSY, CONFLICT, LOST, Answer(503, {})], ids=["429", "409", "lost", "503"])
def test_a_take_that_is_not_answered_well_is_tried_again(
    api: Scripted, stop: Stop, tmp_path: Path, trouble: Answer
) -> None:
    """The Lease is read again and taken, also when it names us already: then the reply alone was lost."""
    api.plan(record("", 1), trouble)
    begun = lock(api, stop, tmp_path)
    api.routes[PATH] = record("", 2)
    with begun.held(0.0):
        stop.check()
    assert [bool(holder) for holder in holders(api)] == [True, True, False]


def test_our_own_record_is_not_another_run(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """A renewal whose reply was lost has changed the version: the conflict that follows is with ourselves."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, renew_every=0.05)
    api.routes[PATH] = record("", 2)
    with taken.held(0.0):
        api.plan(LOST, ours(api, 7), CONFLICT, ours(api, 8))
        api.routes[PATH] = ours(api, 9)
        api.reached(8, 10)
        stop.check()


def test_a_lease_that_another_run_has_taken_ends_this_one(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """The conflict is with another holder: every later check raises."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, renew_every=0.05)
    api.routes[PATH] = record("", 2)

    def work() -> None:
        with taken.held(0.0):
            api.plan(CONFLICT, record(OTHER, 7))
            stop.wait(20)

    with pytest.raises(TryLater):
        work()


@pytest.mark.parametrize(
    "shape", [b"null", b"[" * 100_000, b'{"spec": 7}', b"<html>"], ids=["null", "deep", "text", "html"]
)
def test_an_answer_of_any_shape_ends_no_renewer_in_silence(
    api: Scripted, stop: Stop, tmp_path: Path, shape: bytes
) -> None:
    """Either it renews on, or the run ends; it never goes on without a renewer."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, seconds=3, renew_every=0.05)
    api.routes[PATH] = record("", 2)

    def work() -> None:
        with taken.held(0.0):
            api.routes[PATH] = Answer(body=shape)
            stop.wait(20)

    with pytest.raises(TryLater):
        work()


def test_nobody_works_past_the_end_of_a_lease_that_is_not_renewed(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """The renewer hangs in a call; the check before each write counts by itself."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, seconds=3, renew_every=0.05)
    api.routes[PATH] = record("", 2)
    began = time.monotonic()

    def work() -> None:
        with taken.held(0.0):
            api.routes[PATH] = Answer(do="hang")
            while time.monotonic() < began + 20:
                stop.check()
                time.sleep(0.05)

    with pytest.raises(TryLater):
        work()


def test_a_holder_that_renews_is_alive_whatever_its_clock_says(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """Its record is an hour old by every clock, and changes while it is watched."""
    api.plan(record(OTHER, 1, seconds=1), *(record(OTHER, number, ago=3600, seconds=1) for number in range(2, 20)))
    with pytest.raises(TryLater) as caught, lock(api, stop, tmp_path).held(4.0):
        pass
    assert OTHER in caught.value.message


def test_a_dead_holder_of_another_host_is_seen_by_its_silence(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """Its clock was far ahead: the record is from the future, but it does not change."""
    api.routes[PATH] = record(OTHER, 5, ago=-600, seconds=1)
    with lock(api, stop, tmp_path).held(15.0):
        assert holders(api) == [me(api)]


def test_a_record_from_the_future_locks_nobody_out(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """No clock tells its age: also who would not wait watches it for as long as it holds, and takes it then."""
    api.routes[PATH] = record(OTHER, 5, ago=-1e9, seconds=1)
    with lock(api, stop, tmp_path).held(0.0):
        assert holders(api) == [me(api)]


def test_a_holder_from_the_future_that_renews_is_alive(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """Two API servers may have different clocks."""
    api.plan(*(record(OTHER, number, ago=-600 - number, seconds=1) for number in range(1, 20)))
    with pytest.raises(TryLater), lock(api, stop, tmp_path).held(0.0):
        pass
    assert holders(api) == []


EDITED: dict[str, dict[str, Any]] = {
    "nothing": {},
    "no spec": {"spec": None},
    "no holder": {"spec": {"holderIdentity": None, "renewTime": "2026-01-01T00:00:00Z"}},
    "a holder alone": {"spec": {"holderIdentity": OTHER}},
    "no time": {"spec": {"holderIdentity": OTHER, "renewTime": None, "leaseDurationSeconds": 30}},
    "an old time without a zone": {"spec": {"holderIdentity": OTHER, "renewTime": "2020-01-01T00:00:00"}},
    "the first of all times": {"spec": {"holderIdentity": OTHER, "renewTime": "0001-01-01T00:00:00Z"}},
    "a time of no length": {"spec": {"holderIdentity": OTHER, "renewTime": OLD, "leaseDurationSeconds": 0}},
    "less than no time": {"spec": {"holderIdentity": OTHER, "renewTime": OLD, "leaseDurationSeconds": -5}},
}


@pytest.mark.parametrize("edit", EDITED)
def test_a_record_that_a_person_has_edited_can_be_taken(api: Scripted, stop: Stop, tmp_path: Path, edit: str) -> None:
    """Fields that are missing, empty or no use are no error, and no lock for ever."""
    api.routes[PATH] = Answer(body={"metadata": {"name": NAME, "resourceVersion": "3"}, **EDITED[edit]})
    with lock(api, stop, tmp_path).held(0.0):
        stop.check()
    assert holders(api) == [me(api), ""]


@pytest.mark.parametrize("seconds", [0, -5])
def test_a_fresh_record_of_no_length_holds_as_one_of_eipctls(
    api: Scripted, stop: Stop, tmp_path: Path, seconds: int
) -> None:
    """Its holder may be alive."""
    api.routes[PATH] = record(OTHER, 5, seconds=seconds)
    with pytest.raises(TryLater), lock(api, stop, tmp_path).held(0.0):
        pass


def test_a_lease_that_a_person_holds_for_long_is_theirs(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """The error says for how long, and how to end it."""
    api.routes[PATH] = record("maintenance", 5, seconds=86_400, ago=3600)
    with pytest.raises(TryLater) as caught, lock(api, stop, tmp_path).held(0.0):
        pass
    assert "holds for 86400 s" in caught.value.hint
    assert "kubectl -n kube-system delete lease eipctl" in caught.value.hint


def test_a_lease_that_a_person_deletes_is_made_anew(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """The run that holds it goes on, as with client-go, and the next one finds it held."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, renew_every=0.05)
    api.routes[PATH] = record("", 2)
    with taken.held(0.0):
        api.plan(GONE, GONE, ours(api, 7))
        api.routes[PATH] = ours(api, 8)
        api.reached(7, 10)
        stop.check()
    assert "POST" in [seen.method for seen in api.seen]


def test_a_deleted_lease_that_another_run_has_made_ends_this_one(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """It was the quicker one."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, renew_every=0.05)
    api.routes[PATH] = record("", 2)

    def work() -> None:
        with taken.held(0.0):
            api.plan(GONE, GONE, CONFLICT, record(OTHER, 7))
            stop.wait(20)

    with pytest.raises(TryLater):
        work()


@pytest.mark.parametrize("clock", [-840.0, 840.0])
def test_the_first_look_counts_by_the_api_servers_clock(
    api: Scripted, stop: Stop, tmp_path: Path, clock: float
) -> None:
    """This host's may be off by fourteen minutes: a fresh record is held, an old one is free."""
    api.routes[PATH] = record(OTHER, 5, ago=5, clock=clock)
    with pytest.raises(TryLater), lock(api, stop, tmp_path).held(0.0):
        pass
    api.routes[PATH] = record(OTHER, 5, ago=45, clock=clock)
    with lock(api, stop, tmp_path).held(0.0):
        written = next(seen.body["spec"]["renewTime"] for seen in api.seen if seen.body)
    off = datetime.fromisoformat(written) - datetime.now(UTC) - timedelta(seconds=clock)
    assert abs(off.total_seconds()) < 30


def test_a_run_that_was_stopped_gives_its_lease_back(api: Scripted, stop: Stop, tmp_path: Path) -> None:
    """The next one, on any host, need not wait."""
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path)
    api.routes[PATH] = record("", 2)
    with taken.held(0.0):
        stop.interrupt(15)
    assert holders(api)[-1] == ""


class Heard(Stop):
    """Tells when it was asked after a signal."""

    def __init__(self) -> None:
        super().__init__(60)
        self.asked = threading.Event()

    def check(self) -> None:
        if self.interrupted:
            self.asked.set()
        super().check()


def test_a_run_that_takes_its_time_to_stop_gives_its_lease_back(api: Scripted, tmp_path: Path) -> None:
    """Calls under way are waited for, and meanwhile the Lease is to be renewed, which is no longer allowed."""
    stop = Heard()
    api.plan(record("", 1))
    taken = lock(api, stop, tmp_path, renew_every=0.05)
    api.routes[PATH] = record("", 2)
    with taken.held(0.0):
        stop.interrupt(15)
        assert stop.asked.wait(20)
    assert holders(api)[-1] == ""
    with pytest.raises(Interrupted):
        stop.check()
