"""Whatever comes back, an answer is the API server's or none: a bad read or an unknown outcome, never a success."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.answers import VARIABLE
from eipctl.base.errors import Failed, OutcomeUnknown, UsageError
from eipctl.domain.facts import ConfigMap
from eipctl.domain.rights import Right
from eipctl.kube.lease import Lease, Leases
from eipctl.kube.reader import KubeReader
from eipctl.kube.watch import PodWatch
from eipctl.kube.writer import EipCondition, KubeWriter
from tests.unit.kube.conftest import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.kube.client import KubeClient

DEEP = b"[" * 100_000 + b"]" * 100_000
GZIP = {"Content-Encoding": "gzip"}
SHAPES: dict[str, Answer] = {
    "null": Answer(body=b"null"),
    "a list": Answer(body=b"[]"),
    "empty": Answer(body=b""),
    "an object": Answer(body=b"{}"),
    "HTML": Answer(body=b"<html>log in</html>"),
    "deep": Answer(body=DEEP),
    "deep inside": Answer(body=b'{"kind":"Pod","metadata":{"name":"web-0","x":' + DEEP + b"}}"),
    "a Status Failure": Answer(body=b'{"kind":"Status","metadata":{},"status":"Failure","code":500}'),
    "another kind": Answer(body=b'{"kind":"Secret","metadata":{"name":"other"},"items":[]}'),
    "another list": Answer(body=b'{"kind":"SecretList","metadata":{},"items":[]}'),
    "items of text": Answer(body=b'{"kind":"PodList","metadata":{},"items":["text"]}'),
    "no gzip": Answer(body=b"{}", headers=GZIP),
    "cut gzip": Answer(body=gzip.compress(b'{"kind":"PodList"}' * 99)[:-9], headers=GZIP),
    "packed in another way": Answer(body=zlib.compress(b"{}"), headers={"Content-Encoding": "deflate"}),
    "packed twice": Answer(body=gzip.compress(gzip.compress(b"{}")), headers={"Content-Encoding": "gzip, gzip"}),
}
RIGHT = Right("list", "pods", "")
READS: dict[str, Callable[[KubeClient], Any]] = {
    "list of Pods": lambda client: KubeReader(client).pods("shop"),
    "Pod": lambda client: KubeReader(client).pod("shop", "web-0"),
    "list of nodes": lambda client: KubeReader(client).nodes(),
    "ConfigMap": lambda client: KubeReader(client).config_map("kube-system", "eni-config"),
    "namespace": lambda client: KubeReader(client).namespace_uid("shop"),
    "Deployment": lambda client: KubeReader(client).deployment_exists("shop", "web"),
    "Lease": lambda client: Leases(client, "kube-system", "eipctl").read(),
    "review": lambda client: KubeReader(client).can_i(RIGHT),
    "who": lambda client: KubeReader(client).whoami(),
    "kinds": lambda client: KubeReader(client).names("gadgets", "shop"),
}
MAP = ConfigMap("kube-system", "eni-config", "7", {}, {})
WRITES: dict[str, Callable[[KubeClient], Any]] = {
    "record on a Pod": lambda client: KubeWriter(client).record_eip("shop", "web-0", "u", {"a": "b"}, None),
    "condition": lambda client: KubeWriter(client).record_eip("shop", "web-0", "u", {}, EipCondition(True, "")),
    "Event": lambda client: KubeWriter(client).event("shop", "web-0", "u", "r", "m", warning=False),
    "ConfigMap": lambda client: KubeWriter(client).replace_config_key(MAP, "k", "v", {}),
    "delete a Pod": lambda client: KubeWriter(client).delete_pod("shop", "web-0", "u"),
    "take the Lease": lambda client: Leases(client, "kube-system", "eipctl").write(Lease("", None, 0, ""), "me", 30),
    "renew the Lease": lambda client: Leases(client, "kube-system", "eipctl").write(Lease("", None, 0, "1"), "me", 30),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("call", READS)
def test_a_read_of_any_shape_is_a_bad_read(api: Scripted, client: KubeClient, call: str, shape: str) -> None:
    """It is an error of the product with a sentence, and no facts; nothing is taken for absent."""
    api.plan(*[SHAPES[shape]] * 8)
    with pytest.raises(Failed) as raised:
        READS[call](client)
    assert raised.value.message
    assert "internal error" not in raised.value.message


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("call", WRITES)
def test_a_write_answered_with_any_shape_has_an_unknown_outcome(
    api: Scripted, client: KubeClient, call: str, shape: str
) -> None:
    """It is neither a success nor a refusal, and it is not sent again."""
    api.plan(SHAPES[shape])
    with pytest.raises(OutcomeUnknown):
        WRITES[call](client)
    assert len(api.seen) == 1


def test_a_bomb_is_not_unpacked(api: Scripted, client: KubeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Bytes on the wire and unpacked bytes have the same limit; no more than that is ever held."""
    monkeypatch.setenv(VARIABLE, "1")
    padding = b" " * (3 << 20)
    for answer in (Answer(body=padding), Answer(body=gzip.compress(padding), headers=GZIP)):
        api.plan(answer)
        with pytest.raises(Failed, match=f"longer than 1 MiB.*{VARIABLE}"):
            client.get("/x")
    assert len(api.seen) == 2


def test_the_limit_can_be_raised(api: Scripted, client: KubeClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """And nonsense is an error of the configuration."""
    monkeypatch.setenv(VARIABLE, "4")
    body = json.dumps({"ok": "x" * (3 << 20)}).encode()
    api.plan(Answer(body=gzip.compress(body), headers=GZIP))
    assert client.get("/x") == body
    for wrong in ("0", "many", "-1", "9999999999"):
        monkeypatch.setenv(VARIABLE, wrong)
        with pytest.raises(UsageError, match="is not a number of MiB"):
            client.get("/x")


@pytest.mark.parametrize("line", [b"null", b"[]", b'{"type":7}', DEEP, b'{"type":"ADDED","object":' + DEEP + b"}"])
def test_a_watch_survives_lines_of_any_shape(api: Scripted, client: KubeClient, line: bytes) -> None:
    """It looks again instead of dying: its Pods are there after the next list."""
    listed = {"kind": "PodList", "metadata": {"resourceVersion": "7"}, "items": []}
    api.plan(Answer(body=listed), Answer(body=line + b"\n"))
    api.routes["/api/v1/namespaces/shop/pods"] = listed
    watch = PodWatch(client, "shop", "")
    watch.start()
    api.reached(3, 30)
    assert (watch.error, watch.pods().complete) == (None, True)
