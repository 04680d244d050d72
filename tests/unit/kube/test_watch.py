"""A watch of Pods through everything that ends one."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.kube.watch import ObjectWatch, PodWatch, WatchingReader, pods_of
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Scripted

IN_TIME = 20.0
"""Seconds; only a failure lasts so long."""
HANGS = Answer(do="hang")


def listed(version: str) -> Answer:
    return Answer(body={"items": [], "metadata": {"resourceVersion": version}})


def pod(version: str, ip: str = "10.0.0.1") -> dict[str, Any]:
    meta = {"name": "a", "namespace": "shop", "uid": "u-a", "resourceVersion": version}
    return {"kind": "Pod", "metadata": meta, "spec": {}, "status": {"podIP": ip}}


def lines(*events: tuple[str, dict[str, Any]], do: str = "send") -> Answer:
    """A watch that tells these and ends."""
    text = "".join(json.dumps({"type": kind, "object": item}) + "\n" for kind, item in events)
    return Answer(body=text.encode(), do=do)


def expired() -> dict[str, Any]:
    return {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old resource version"}


def versions(api: Scripted) -> list[str]:
    """From where each watch was begun; ``list`` for a list."""
    return [seen.query.get("resourceVersion", "list") for seen in api.seen]


@pytest.fixture
def started(api: Scripted, client: KubeClient) -> Any:
    """Starts a watch that hears these answers and then nothing more; returns it once it has come so far."""

    def start(*answers: Answer) -> PodWatch:
        api.plan(listed("7"), *answers, HANGS)
        found = PodWatch(client, "shop", "")
        found.start()
        api.reached(len(answers) + 2, IN_TIME)
        return found

    return start


@pytest.mark.parametrize(
    "end",
    [
        lines(("BOOKMARK", {"metadata": {"resourceVersion": "9"}})),
        lines(("ADDED", pod("9"))),
    ],
    ids=["bookmark", "event"],
)
def test_a_watch_that_ends_goes_on_from_its_last_version(api: Scripted, started: Any, end: Answer) -> None:
    """Without a list."""
    started(end)
    assert versions(api) == ["list", "7", "9"]


@pytest.mark.parametrize(
    "failure",
    [
        Answer(do="reset"),
        Answer(503, {}),
        Answer(429, {}),
        lines(("ADDED", pod("9")), do="cut"),
        Answer(body=b"<html>"),
    ],
    ids=["reset", "503", "429", "cut", "html"],
)
def test_a_watch_that_breaks_goes_on_where_it_was(api: Scripted, started: Any, failure: Answer) -> None:
    """What was not heard in full is told again."""
    found = started(failure)
    assert versions(api) == ["list", "7", "7"]
    assert (found.error, found.changed.is_set()) == (None, False)


@pytest.mark.parametrize("gone", [Answer(410, expired()), lines(("ERROR", expired()))], ids=["answer", "event"])
def test_an_expired_version_is_replaced(api: Scripted, started: Any, gone: Answer) -> None:
    """And as anything may have happened meanwhile, that counts as a change."""
    found = started(gone, listed("20"))
    assert versions(api) == ["list", "7", "list", "20"]
    assert found.changed.is_set()


@pytest.mark.parametrize(("ip", "counts"), [("10.0.0.1", False), ("10.0.0.2", True)])
def test_only_what_matters_is_a_change(api: Scripted, client: KubeClient, ip: str, counts: bool) -> None:
    """The same Pod with a new version is none, with another IP it is."""
    api.plan(listed("7"), lines(("ADDED", pod("8"))), Answer(503, {}), lines(("MODIFIED", pod("9", ip))), HANGS)
    found = PodWatch(client, "shop", "")
    found.start()
    api.reached(3, IN_TIME)
    assert found.changed.is_set()
    found.changed.clear()
    api.reached(5, IN_TIME)
    assert found.changed.is_set() is counts


def test_a_refusal_is_final(api: Scripted, client: KubeClient) -> None:
    """Who may not watch is told so, once; a watch is a call, too."""
    told: list[tuple[str, int]] = []
    client.heard = lambda method, _path, status, _seconds: told.append((method, status))
    forbidden = {"kind": "Status", "reason": "Forbidden", "message": "no"}
    api.plan(listed("7"), Answer(403, forbidden))
    found = PodWatch(client, "shop", "")
    found.start()
    assert found.changed.wait(IN_TIME)
    assert found.error is not None
    assert len(api.seen) == 2
    assert told == [("GET", 200), ("GET", 403)]


def test_pods_are_kept_up_without_another_list(api: Scripted, client: KubeClient) -> None:
    """What was listed, what came, changed and went: read from memory; another namespace has a watch of its own."""
    gone, stays = pod("5"), {**pod("6"), "metadata": {**pod("6")["metadata"], "name": "b", "uid": "u-b"}}
    first = Answer(body={"items": [gone, stays], "metadata": {"resourceVersion": "7"}})
    moved = {**stays, "metadata": {**stays["metadata"], "resourceVersion": "9"}, "status": {"podIP": "10.0.0.9"}}
    api.plan(first, lines(("DELETED", pod("8")), ("MODIFIED", moved)), HANGS)
    reader = WatchingReader(client)
    assert [found.name for found in reader.pods("shop").pods] == ["a", "b"]
    api.reached(3, IN_TIME)
    listing = reader.pods("shop")
    assert [(found.name, found.ip, listing.complete) for found in listing.pods] == [("b", "10.0.0.9", True)]
    assert versions(api)[:2] == ["list", "7"]
    assert (reader.changed.is_set(), reader.error) == (True, None)
    api.plan(listed("30"))
    assert reader.pods("game").pods == ()
    assert [seen.path for seen in api.seen if "watch" not in seen.query] == [
        "/api/v1/namespaces/shop/pods",
        "/api/v1/namespaces/game/pods",
    ]


def test_a_list_by_a_field_is_read_anew(api: Scripted, client: KubeClient) -> None:
    """It has no watch."""
    api.plan(listed("7"), listed("8"))
    reader = WatchingReader(client)
    for _ in range(2):
        assert reader.pods("shop", field_selector="spec.nodeName=n1").pods == ()
    assert versions(api) == ["list", "list"]


def one(version: str, ip: str) -> Answer:
    """A list of one Pod."""
    return Answer(body={"items": [pod(version, ip)], "metadata": {"resourceVersion": version}})


@pytest.fixture
def heard(api: Scripted, client: KubeClient) -> Any:
    """Starts an enduring watch on a list of one Pod, which hears these answers; the watch, and what it told."""

    def start(*answers: Answer) -> tuple[ObjectWatch[Any, Any], list[tuple[str, str]]]:
        told: list[tuple[str, str]] = []
        api.plan(one("7", "10.0.0.7"), *answers, HANGS)
        watch = ObjectWatch(
            client, pods_of(None), lambda before, now: told.append((_ip(before), _ip(now))), enduring=True
        )
        watch.start()
        api.reached(len(answers) + 2, IN_TIME)
        return watch, told

    return start


def _ip(found: Any) -> str:
    return found.ip if found else ""


def test_of_two_states_the_newer_one_counts_whichever_comes_first(heard: Any) -> None:
    """Events that come twice or out of order change nothing; a deleted Pod does not come back."""
    late = lines(("MODIFIED", pod("9", "10.0.0.9")), ("MODIFIED", pod("8", "10.0.0.8")), ("MODIFIED", pod("9", "x")))
    watch, told = heard(late, lines(("DELETED", pod("11")), ("MODIFIED", pod("10", "10.0.0.10"))))
    assert watch.listing().items == ()
    assert told == [("10.0.0.7", "10.0.0.9"), ("10.0.0.9", "")]


def test_a_bookmark_that_lies_behind_takes_nothing_back(api: Scripted, heard: Any) -> None:
    """The watch goes on from the newest version that it knows."""
    heard(lines(("MODIFIED", pod("9")), ("BOOKMARK", {"metadata": {"resourceVersion": "3"}})))
    assert versions(api) == ["list", "7", "9"]


def test_what_a_watch_has_lost_is_found_by_reading_everything(api: Scripted, heard: Any) -> None:
    """A lost change and a lost deletion; what the watch knows to be newer than the list stays."""
    watch, told = heard()
    api.plan(one("9", "10.0.0.9"), listed("12"))
    watch.relist()
    assert [found.ip for found in watch.listing().items] == ["10.0.0.9"]
    watch.relist()
    assert watch.listing().items == ()
    assert told == [("", ""), ("", "")]


def test_an_enduring_watch_outlives_every_refusal(api: Scripted, heard: Any) -> None:
    """A right that is missing for a while; why it does not hear is known, and no longer once it does."""
    forbidden = {"kind": "Status", "reason": "Forbidden", "message": "no"}
    watch, _ = heard(Answer(403, forbidden), lines(("MODIFIED", pod("9", "10.0.0.9"))))
    assert [found.ip for found in watch.listing().items] == ["10.0.0.9"]
    assert watch.error is None


def test_what_was_just_written_counts_until_the_watch_reports_it(heard: Any) -> None:
    """So that a plan made in between does not write it again."""
    watch, _ = heard()
    watch.assume("u-a", lambda found: replace(found, recorded="47.0.0.1"))
    assert [found.recorded for found in watch.listing().items] == ["47.0.0.1"]


def test_a_list_outranks_what_was_heard_before_it(api: Scripted, heard: Any) -> None:
    """A cluster that was restored from a backup counts from an older version, and what it lacks is gone."""
    watch, _ = heard(lines(("MODIFIED", pod("90", "10.0.0.90"))))
    api.plan(one("50", "10.0.0.50"))
    watch.relist()
    assert [found.ip for found in watch.listing().items] == ["10.0.0.50"]
    api.plan(listed("60"))
    watch.relist()
    assert watch.listing().items == ()


def test_after_a_restore_a_watch_goes_on_from_the_lists_version(api: Scripted, heard: Any) -> None:
    """From the version before, the API server would report nothing for as long as it takes to get there again."""
    watch, _ = heard(lines(("MODIFIED", pod("90", "10.0.0.90"))))
    api.plan(one("50", "10.0.0.50"))
    watch.relist()
    assert versions(api)[-2:] == ["90", "list"]
    api.over.set()
    api.reached(5, IN_TIME)
    assert versions(api)[4] == "50"


def test_an_object_that_was_gone_before_the_list_does_not_come_back(api: Scripted, heard: Any) -> None:
    """A late event of it says nothing new."""
    late = lines(("MODIFIED", pod("8", "10.0.0.8")), ("BOOKMARK", {"metadata": {"resourceVersion": "13"}}))
    expired_ = lines(("ERROR", expired()))
    watch, _ = heard(expired_, listed("12"), late)
    assert watch.listing().items == ()


@pytest.mark.parametrize("code", [500, 504, 200])
def test_a_version_at_which_a_watch_breaks_again_and_again_is_given_up(api: Scripted, started: Any, code: int) -> None:
    """Once it goes on where it was; the second time in a row everything is listed, as client-go does."""
    broken = lines(("ERROR", {"kind": "Status", "code": code, "reason": "InternalError", "message": "no"}))
    started(broken, broken, listed("20"))
    assert versions(api) == ["list", "7", "7", "list", "20"]
