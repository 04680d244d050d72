"""Requests, and what becomes of every way in which they fail."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

import pytest

import eipctl
from eipctl.base.codes import Code
from eipctl.base.errors import Failed, Interrupted, KubeError, OutcomeUnknown, TimedOut
from eipctl.base.stop import Stop
from tests.unit.kube.conftest import Answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from eipctl.kube.client import KubeClient
    from tests.unit.kube.conftest import Connect, Scripted

AT_ONCE = {"Retry-After": "0"}
OK = Answer(body={"ok": True})
READS: list[Callable[[KubeClient], bytes]] = [lambda c: c.get("/x"), lambda c: c.ask("/x", {"spec": {}})]
WRITES = ["PATCH", "POST", "PUT", "DELETE"]


@pytest.mark.parametrize("read", READS)
@pytest.mark.parametrize(
    "failure",
    [
        Answer(429, {}, AT_ONCE),
        Answer(500, {}, AT_ONCE),
        Answer(503, b"<html>", AT_ONCE),
        Answer(do="reset"),
        Answer(body={"long": "x" * 1000}, do="cut"),
    ],
    ids=["429", "500", "503", "reset", "cut"],
)
def test_a_read_is_repeated(api: Scripted, client: KubeClient, failure: Answer, read: Any) -> None:
    """A read survives throttling, server errors, resets and truncated bodies."""
    api.plan(failure, failure, OK)
    assert json.loads(read(client)) == {"ok": True}
    assert len(api.seen) == 3


def test_a_read_gives_up(api: Scripted, client: KubeClient) -> None:
    """After five attempts the last answer is the error."""
    api.plan(*[Answer(503, {"kind": "Status", "message": "etcd is gone"}, AT_ONCE)] * 5, OK)
    with pytest.raises(KubeError, match="etcd is gone") as raised:
        client.get("/x")
    assert (raised.value.status, len(api.seen)) == (503, 5)


def test_a_read_of_a_broken_connection_gives_up(api: Scripted, client: KubeClient, tmp_path: Path) -> None:
    """A connection that always breaks is an unreachable API server, named with its context."""
    api.plan(*[Answer(do="reset")] * 5)
    with pytest.raises(Failed, match=r"http://127\.0\.0\.1:\d+ of context test") as raised:
        client.get("/x")
    assert raised.value.code is Code.KUBE_UNREACHABLE
    assert f"kubectl --kubeconfig {tmp_path}/kubeconfig --context test get" in raised.value.hint


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize(
    "failure",
    [Answer(500, {}), Answer(503, {}, AT_ONCE), Answer(504, b""), Answer(do="reset"), Answer(body="x" * 99, do="cut")],
    ids=["500", "503", "504", "reset", "cut"],
)
def test_a_write_without_a_usable_answer(api: Scripted, client: KubeClient, failure: Answer, method: str) -> None:
    """The outcome is unknown, and the call was sent exactly once."""
    api.plan(failure, OK)
    with pytest.raises(OutcomeUnknown, match=f"{method} /x may or may not"):
        client.write(method, "/x", {})
    assert len(api.seen) == 1


@pytest.mark.parametrize("method", WRITES)
@pytest.mark.parametrize("status", [302, 400, 403, 404, 409, 422, 429])
def test_a_write_that_was_refused(api: Scripted, client: KubeClient, status: int, method: str) -> None:
    """A definitive status is a KubeError: nothing was changed, nothing is repeated, no redirect is followed."""
    api.plan(Answer(status, {"kind": "Status", "reason": "R", "message": "m"}, {**AT_ONCE, "Location": "/y"}), OK)
    with pytest.raises(KubeError) as raised:
        client.write(method, "/x", {})
    assert (raised.value.status, raised.value.reason, len(api.seen)) == (status, "R", 1)


@pytest.mark.parametrize("call", [*READS, lambda c: c.write("PATCH", "/api/v1/nodes/x", {})])
def test_nobody_listens(api: Scripted, client: KubeClient, call: Callable[[KubeClient], bytes]) -> None:
    """What was never sent is no unknown outcome, but an unreachable API server."""
    api.close()
    with pytest.raises(Failed, match="refused") as raised:
        call(client)
    assert type(raised.value) is Failed
    assert raised.value.code is Code.KUBE_UNREACHABLE


def test_what_is_sent(api: Scripted, client: KubeClient) -> None:
    """The product's name and, for changes, the field manager go with a request."""
    api.plan(OK, OK, OK)
    client.get("/x", {"labelSelector": "a=b,c in (d)"})
    client.write("PATCH", "/api/v1/nodes/x", {"a": None})
    client.write("DELETE", "/api/v1/nodes/x", {"kind": "DeleteOptions"})
    get, patch, delete = api.seen
    assert get.query == {"labelSelector": "a=b,c in (d)"}
    assert get.headers["user-agent"] == f"eipctl/{eipctl.__version__}"
    assert (patch.headers["content-type"], patch.query) == ("application/merge-patch+json", {"fieldManager": "eipctl"})
    assert patch.body == {"a": None}
    assert (delete.body, delete.query) == ({"kind": "DeleteOptions"}, {})


def status(reason: str, message: str) -> dict[str, Any]:
    """A Status object."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": reason, "message": message}


DENIED = 'pods "web-0" is forbidden: User "bob" cannot patch resource "pods" in API group "" in the namespace "shop"'
DENIED_ALL = (
    'leases.coordination.k8s.io is forbidden: User "bob" cannot list resource "leases" '
    'in API group "coordination.k8s.io" at the cluster scope'
)


@pytest.mark.parametrize(
    ("answer", "code", "sentence", "hint"),
    [
        (
            Answer(401, status("Unauthorized", "Unauthorized")),
            Code.KUBE_UNAUTHORIZED,
            "the API server doesn't accept the credentials of the kubeconfig (401)",
            "--context test auth whoami",
        ),
        (
            Answer(403, status("Forbidden", DENIED)),
            Code.KUBE_FORBIDDEN,
            'User "bob" may not patch pods in namespace shop (403)',
            "--context test auth can-i patch pods -n shop",
        ),
        (
            Answer(403, status("Forbidden", DENIED_ALL)),
            Code.KUBE_FORBIDDEN,
            'User "bob" may not list leases.coordination.k8s.io in the whole cluster (403)',
            "--context test auth can-i list leases.coordination.k8s.io -A",
        ),
        (
            Answer(403, status("Forbidden", "exceeded quota")),
            Code.KUBE_FORBIDDEN,
            "the API server forbids it: exceeded quota",
            "--context test auth can-i --list",
        ),
        (
            Answer(409, status("Conflict", "object has been modified")),
            Code.KUBE_CONFLICT,
            "someone else changed it in the meantime: object has been modified",
            "run the same command again",
        ),
        (Answer(418, b"<html>"), Code.KUBE_ERROR, "was answered with status 418", ""),
    ],
)
def test_refusals_in_words(
    api: Scripted, client: KubeClient, answer: Answer, code: Code, sentence: str, hint: str
) -> None:
    """Each refusal names who may not do what, and what to do next."""
    api.plan(answer)
    with pytest.raises(KubeError) as raised:
        client.write("PATCH", "/api/v1/namespaces/shop/pods/web-0", {})
    assert raised.value.code is code
    assert sentence in raised.value.message
    assert hint in raised.value.hint
    assert raised.value.object == "pods/shop/web-0"
    assert "sesame" not in raised.value.message + raised.value.hint


def test_a_stopped_run_sends_nothing(api: Scripted, connect: Connect) -> None:
    """After a signal neither reads nor writes go out."""
    stop = Stop()
    client = connect(api.url, stop)
    stop.interrupt(signal.SIGTERM)
    with pytest.raises(Interrupted):
        client.get("/x")
    with pytest.raises(Interrupted):
        client.write("PATCH", "/api/v1/nodes/x", {})
    assert api.seen == []


def test_the_timeout_ends_a_hanging_call(api: Scripted, connect: Connect) -> None:
    """--timeout ends a call that gets no answer: a read is timed out, a write's outcome unknown."""
    api.plan(Answer(do="hang"), Answer(do="hang"))
    with pytest.raises(TimedOut):
        connect(api.url, Stop(0.2)).get("/x")
    with pytest.raises(OutcomeUnknown, match="no answer in time"):
        connect(api.url, Stop(1.0)).write("PATCH", "/api/v1/nodes/x", {})


def test_the_timeout_ends_the_wait_between_attempts(api: Scripted, connect: Connect) -> None:
    """A server's long Retry-After doesn't outlive --timeout."""
    api.plan(Answer(429, {}, {"Retry-After": "3600"}))
    with pytest.raises(TimedOut):
        connect(api.url, Stop(0.2)).get("/x")


def test_threads_get_their_own_answers(api: Scripted, client: KubeClient) -> None:
    """One client serves many threads without mixing up answers."""
    api.routes = {f"/x/{n}": {"n": n} for n in range(200)}
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda n: json.loads(client.get(f"/x/{n}"))["n"], range(200)))
    assert answers == list(range(200))


def test_a_proxy_is_not_used_for_loopback(api: Scripted, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox on loopback is reached past any proxy of the environment."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    api.plan(OK)
    assert connect(api.url).get("/x")


def test_a_proxy_is_used_unless_no_proxy_says_otherwise(
    api: Scripted, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cluster elsewhere is reached through the proxy, but not with NO_PROXY."""
    monkeypatch.setenv("https_proxy", api.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    with pytest.raises(Failed, match="the proxy refuses the connection"):
        connect("https://cluster.invalid:6443").get("/x", attempts=1)
    monkeypatch.setenv("no_proxy", "cluster.invalid")
    with pytest.raises(Failed, match="name can't be resolved"):
        connect("https://cluster.invalid:6443").get("/x")


def test_importing_the_client_costs_nothing() -> None:
    """Neither the official client nor its helpers are loaded before a cluster is asked for."""
    program = "import sys, eipctl.kube.client, eipctl.kube.config; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"kubernetes", "urllib3", "yaml"} & set(loaded)


@pytest.mark.parametrize(
    ("answer", "heard"),
    [
        (Answer(body={}), True),
        (Answer(403, {"kind": "Status", "code": 403, "reason": "Forbidden"}), True),
        (Answer(404, b"404 page not found"), False),
        (Answer(404, {"error": "no such route"}), False),
        (Answer(302, b""), False),
        (Answer(200, b"<html>log in"), False),
    ],
)
def test_the_time_is_the_api_servers_own(api: Scripted, client: KubeClient, answer: Answer, *, heard: bool) -> None:
    """A gateway that answers in its place may tell any time: by it, graces would end that have just begun."""
    date = format_datetime(datetime(2040, 1, 1, tzinfo=UTC), usegmt=True)
    api.plan(Answer(answer.status, answer.body, {"Date": date}))
    with suppress(KubeError):
        client.get("/api/v1/nodes")
    assert (client.now().year == 2040) is heard
