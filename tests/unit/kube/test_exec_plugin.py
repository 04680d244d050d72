"""The command that gives credentials is run as kubectl runs it, and no longer than the run may last."""

from __future__ import annotations

import json
import os
import signal
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import Interrupted, TimedOut, UsageError
from eipctl.base.stop import Stop
from tests.unit.kube.conftest import Answer, Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.unit.kube.conftest import Connect

API = "client.authentication.k8s.io/v1beta1"
OK = Answer(body={})


def answer(**status: object) -> str:
    """What such a command prints."""
    return json.dumps({"apiVersion": API, "kind": "ExecCredential", "status": status})


@pytest.fixture
def plugin(tmp_path: Path) -> Any:
    """Writes the command, and gives the user's entry that names it."""

    def make(script: str, **section: Any) -> dict[str, Any]:
        path = tmp_path / "plugin"
        path.write_text(f"#!/bin/sh\n{script}\n", "utf-8")
        path.chmod(0o755)
        return {"exec": {"apiVersion": API, "command": str(path), **section}}

    return make


def test_it_gets_arguments_variables_and_the_cluster(
    plugin: Any, secure: Scripted, connect: Connect, certificate: Path, tmp_path: Path
) -> None:
    """As the protocol has it: KUBERNETES_EXEC_INFO tells the cluster only where the kubeconfig says so."""
    script = (
        f'cd {tmp_path}; echo "$1 $COLOUR" > seen; echo "$KUBERNETES_EXEC_INFO" > info; echo \'{answer(token="t")}\''
    )
    user = plugin(script, args=["one"], env=[{"name": "COLOUR", "value": "red"}], provideClusterInfo=True)
    extension = {"name": "client.authentication.k8s.io/exec", "extension": {"audience": "here"}}
    secure.plan(OK)
    connect(secure.url, user=user, **{"certificate-authority": str(certificate)}, extensions=[extension]).get("/x")
    assert (tmp_path / "seen").read_text() == "one red\n"
    info = json.loads((tmp_path / "info").read_text())
    assert (info["apiVersion"], info["kind"], info["spec"]["interactive"]) == (API, "ExecCredential", False)
    assert info["spec"]["cluster"]["server"] == secure.url
    assert info["spec"]["cluster"]["config"] == {"audience": "here"}
    assert secure.seen[0].headers["authorization"] == "Bearer t"


def test_a_relative_command_is_beside_its_kubeconfig(
    plugin: Any, secure: Scripted, connect: Connect, certificate: Path
) -> None:
    """Wherever the run was started."""
    user = plugin(f"echo '{answer(token='t')}'")
    user["exec"]["command"] = "./plugin"
    secure.plan(OK)
    connect(secure.url, user=user, **{"certificate-authority": str(certificate)}).get("/x")
    assert secure.seen[0].headers["authorization"] == "Bearer t"


def test_it_may_give_a_certificate(
    plugin: Any,
    connect: Connect,
    certificate: Path,
) -> None:
    """With its key, instead of a token; a server that asks for one is content."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.load_verify_locations(certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    server = Scripted(context)
    server.plan(OK)
    pem = certificate.read_text("utf-8")
    (certificate.parent / "answer").write_text(answer(clientCertificateData=pem, clientKeyData=pem), "utf-8")
    user = plugin(f"cat {certificate.parent / 'answer'}")
    try:
        assert connect(server.url, user=user, **{"certificate-authority": str(certificate)}).get("/x") == b"{}"
    finally:
        server.close()


def test_its_install_hint_is_told(connect: Connect) -> None:
    """When the command is not there."""
    section = {"apiVersion": API, "command": "no-such-plugin", "installHint": "get it\n  from its makers"}
    with pytest.raises(UsageError, match="'no-such-plugin' that gives context 'test'") as raised:
        connect("https://127.0.0.1:1", user={"exec": section})
    assert raised.value.hint == "get it from its makers"


def test_timeout_ends_it(plugin: Any, connect: Connect, tmp_path: Path) -> None:
    """And kills it: it does not go on behind our back."""
    user = plugin(f"echo $$ > {tmp_path}/pid; exec sleep 600")
    with pytest.raises(TimedOut):
        connect("https://127.0.0.1:1", Stop(timeout=0.5), user=user)
    assert gone(int((tmp_path / "pid").read_text()))


def test_a_signal_ends_it(plugin: Any, connect: Connect) -> None:
    """While nobody else listens."""
    stop = Stop()
    threading.Timer(0.3, stop.interrupt, (signal.SIGTERM,)).start()
    with pytest.raises(Interrupted):
        connect("https://127.0.0.1:1", stop, user=plugin("exec sleep 600"))


@pytest.fixture
def child(tmp_path: Path) -> Iterator[str]:
    """What a script starts with to leave a child running that keeps its streams; it ends with the test."""
    file = tmp_path / "child"
    yield f"sleep 600 & echo $! > {file}"
    os.kill(int(file.read_text()), signal.SIGKILL)


def test_timeout_ends_one_that_waits_for_another(plugin: Any, connect: Connect, child: str) -> None:
    """The other one goes on with its streams, and nobody waits for that."""
    with pytest.raises(TimedOut):
        connect("https://127.0.0.1:1", Stop(timeout=0.5), user=plugin(f"{child}; wait"))


def test_what_it_leaves_running_holds_nobody_up(
    plugin: Any, secure: Scripted, connect: Connect, certificate: Path, child: str
) -> None:
    """An agent that it starts may keep its streams for ever."""
    secure.plan(OK)
    user = plugin(f"{child}; echo '{answer(token='t')}'")
    connect(secure.url, Stop(timeout=60.0), user=user, **{"certificate-authority": str(certificate)}).get("/x")
    assert secure.seen[0].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize("printed", ['{"a":' * 100_000, "[" * 100_000, "\\377\\376"])
def test_what_is_no_answer_is_called_so(plugin: Any, connect: Connect, tmp_path: Path, printed: str) -> None:
    """Whatever it is."""
    (tmp_path / "answer").write_text(printed, "utf-8")
    with pytest.raises(UsageError, match="its answer is not an ExecCredential"):
        connect("https://127.0.0.1:1", user=plugin(f"cat {tmp_path / 'answer'}"))


def gone(pid: int) -> bool:
    """Whether no such process runs any more."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False
