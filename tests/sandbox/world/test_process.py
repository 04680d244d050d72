"""The sandbox as a process: started, found, stopped, killed and started again."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox import files, lifecycle
from eipctl.sandbox.client import Client
from eipctl.sandbox.errors import SandboxError
from tests.children import child
from tests.sandbox.conftest import FAST, WORKLOADS, Kubectl
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from eipctl.sandbox.files import Record


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    """A folder whose sandbox is stopped in the end."""
    yield tmp_path / "sandbox"
    lifecycle.down(tmp_path / "sandbox")


def _kill(record: Record, directory: Path) -> None:
    os.kill(record.pid, signal.SIGKILL)
    until(lambda: not files.in_use(directory), "the end of the sandbox")


def test_up_returns_when_both_apis_answer(directory: Path) -> None:
    """After up both ports answer, the kubeconfig is there, and all files are private."""
    record = lifecycle.up(directory, speed=FAST)
    assert Client(record).info()["scenario"] == "legacy"
    with socket.create_connection(("127.0.0.1", record.kube_port), timeout=5):
        pass
    assert (directory / "kubeconfig").exists()
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in directory.iterdir()} == {0}
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_up_finds_what_already_runs(directory: Path) -> None:
    """A second up with the same options changes nothing; with other options it is refused."""
    record = lifecycle.up(directory, speed=FAST)
    assert lifecycle.up(directory, speed=FAST, seed="legacy") == record
    with pytest.raises(SandboxError, match="already running with --seed legacy, not modern"):
        lifecycle.up(directory, seed="modern")
    with pytest.raises(SandboxError, match="already running in"):
        lifecycle.up(directory, foreground=True)


def test_a_restart_loses_nothing(directory: Path, tmp_path: Path) -> None:
    """Killed and started again, it has the same ports, tokens, objects and Pods, and goes on."""
    record = lifecycle.up(directory, speed=FAST, seed="modern")
    before = Client(record).pods()
    _kill(record, directory)
    again = lifecycle.up(directory, speed=FAST)
    assert again.pid != record.pid
    assert (again.scenario, again.kube_url, again.cloud_url) == ("modern", record.kube_url, record.cloud_url)
    assert (again.kube_token, again.admin_token) == (record.kube_token, record.admin_token)
    assert Client(again).pods() == before
    kubectl = Kubectl(directory / "kubeconfig", tmp_path)
    assert len(kubectl("get", "pods", "-A", "-o", "name").split()) == 3
    kubectl("apply", "-f", str(WORKLOADS / "nginx-deployment-basic.yaml"))
    kubectl("rollout", "status", "deployment/nginx-deployment-basic", "--timeout=30s")


def test_down_stops_it_and_says_whether_it_ran(directory: Path) -> None:
    """After down nothing runs and the state stays; a second down has nothing to do."""
    record = lifecycle.up(directory, speed=FAST)
    assert lifecycle.down(directory)
    assert lifecycle.running(directory) is None
    assert not Client(record).answers()
    assert not lifecycle.down(directory)
    assert (directory / "state.db").exists()


def test_down_kills_what_does_not_stop(directory: Path) -> None:
    """A sandbox that hangs is killed."""
    record = lifecycle.up(directory, speed=FAST)
    os.kill(record.pid, signal.SIGSTOP)
    assert lifecycle.down(directory, patience=0.5)
    assert not files.in_use(directory)


def test_sigterm_ends_it_well(directory: Path) -> None:
    """SIGTERM ends it as down does."""
    record = lifecycle.up(directory, speed=FAST)
    os.kill(record.pid, signal.SIGTERM)
    until(lambda: not files.in_use(directory), "the end of the sandbox")


def test_a_state_file_of_a_dead_process_is_no_sandbox(directory: Path) -> None:
    """A state file left behind, even with the pid of a process that lives, is not taken for a running sandbox."""
    record = lifecycle.up(directory, speed=FAST)
    _kill(record, directory)
    import msgspec

    files.write_record(directory, msgspec.structs.replace(record, pid=os.getpid()))
    assert lifecycle.running(directory) is None
    assert not lifecycle.down(directory)
    with pytest.raises(SandboxError, match="no sandbox is running"):
        lifecycle.env_lines(directory)


def test_another_process_behind_the_lock_is_no_sandbox(directory: Path) -> None:
    """When the lock is held but nobody answers who wrote the state file, no sandbox runs."""
    record = lifecycle.up(directory, speed=FAST)
    _kill(record, directory)
    lock = files.Lock(directory)
    assert lock.take()
    assert lifecycle.running(directory) is None
    lock.drop()


def test_the_client_speaks_of_faults_calls_and_reach(directory: Path) -> None:
    """Faults, calls, EIPs and their ends can be asked for and changed from another process."""
    client = Client(lifecycle.up(directory, speed=FAST))
    number = client.add_fault({"do": "lose", "api": "AllocateEipAddress"})
    assert [(rule["id"], rule["do"]) for rule in client.faults()] == [(number, "lose")]
    client.clear_faults()
    client.clear_calls()
    assert (client.faults(), client.calls(), client.eips()) == ([], [], [])
    assert client.switch(associate_seconds=3.0)["associate_seconds"] == 3.0
    with pytest.raises(SandboxError, match="there is no EIP eip-none"):
        client.reach("eip-none")
    with pytest.raises(SandboxError, match="'do' must be one of"):
        client.add_fault({"do": "nothing"})
    assert client.reset()["scenario"] == "legacy"


def test_port_in_use_is_said(directory: Path) -> None:
    """A port that something else listens on is named, with the way out."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(SandboxError, match=f"port {port} of 127.0.0.1 is in use") as caught:
            lifecycle.up(directory, port=port)
    assert "--port" in caught.value.hint
    assert lifecycle.running(directory) is None


def test_old_ports_that_are_taken_are_left(directory: Path) -> None:
    """When its old ports are taken by others, a restart finds new ones."""
    record = lifecycle.up(directory, speed=FAST)
    lifecycle.down(directory)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", record.cloud_port))
        other.listen()
        again = lifecycle.up(directory, speed=FAST)
    assert again.cloud_port != record.cloud_port
    assert again.kube_port == record.kube_port


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("nodes: [", "can't be read"),
        ("[]", "not a YAML mapping"),
        ("base: legacy\nnodez: []", "unknown field `nodez`"),
        ("base: legacy\nnodes: [{name: n}]", "missing required field `instance` - at `$.nodes[0]`"),
        ("base: legacy\noperator: LTAInobody", "operator LTAInobody is not one of its keys"),
        ("base: nowhere", "there is no scenario nowhere"),
        ("about: x", "missing required field"),
    ],
)
def test_a_wrong_scenario_is_explained(directory: Path, tmp_path: Path, text: str, words: str) -> None:
    """A scenario file that can't be used is refused with what is wrong in it."""
    scenario = tmp_path / "mine.yaml"
    scenario.write_text(text)
    with pytest.raises(SandboxError) as caught:
        lifecycle.up(directory, seed=str(scenario))
    assert words in caught.value.message
    assert lifecycle.running(directory) is None


def test_an_own_scenario_builds_on_another(directory: Path, tmp_path: Path) -> None:
    """A file that names a base replaces only what it gives."""
    scenario = tmp_path / "quota.yaml"
    scenario.write_text("base: modern\nabout: few EIPs\nquota: 3\n")
    record = lifecycle.up(directory, seed=str(scenario), speed=FAST)
    assert Client(record).limit({})["quota"] == 3


def test_another_scenario_does_not_wipe_a_folder(directory: Path) -> None:
    """A folder that holds one scenario is not silently replaced by another; seed does it on request."""
    lifecycle.up(directory, speed=FAST)
    lifecycle.down(directory)
    with pytest.raises(SandboxError, match="holds scenario legacy, not modern"):
        lifecycle.up(directory, seed="modern")
    record = lifecycle.up(directory, speed=FAST)
    assert Client(record).seed("modern")["scenario"] == "modern"
    found = lifecycle.running(directory)
    assert found is not None
    assert found.scenario == "modern"


def test_env_lines_are_for_a_shell(directory: Path) -> None:
    """A shell that evaluates the lines has the variables, knows where it is, and speaks to this sandbox only."""
    odd = directory.with_name("it's a folder")
    names = ("KUBECONFIG", "EIPCTL_ENDPOINT_URL", "EIPCTL_SANDBOX", "EIPCTL_SANDBOX_DIR")
    show = "printf '%s|%s|%s|%s' " + " ".join(f'"${name}"' for name in names)
    try:
        record = lifecycle.up(odd, speed=FAST)
        script = "\n".join([*lifecycle.env_lines(odd), show])
        said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
        assert said == f"{odd}/kubeconfig|{record.cloud_url}|{odd}|{odd}"
        (more,) = set(lifecycle.env_lines(odd, metadata=True)) - set(lifecycle.env_lines(odd))
        assert more == f"export EIPCTL_SANDBOX_METADATA_URL={record.metadata_url}"
    finally:
        lifecycle.down(odd)


def test_default_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """EIPCTL_SANDBOX_DIR names the folder; without it the user's state folder does."""
    monkeypatch.setenv("EIPCTL_SANDBOX_DIR", str(tmp_path))
    assert lifecycle.default_directory() == tmp_path
    monkeypatch.delenv("EIPCTL_SANDBOX_DIR")
    assert lifecycle.default_directory().parts[-2:] == ("eipctl", "sandbox")


def test_foreground_serves_until_told_to_stop(directory: Path) -> None:
    """`python -m eipctl.sandbox` serves until down, and ends with 0."""
    with child([sys.executable, "-m", "eipctl.sandbox", "--dir", str(directory), "--speed", "50"]) as serving:
        until(lambda: lifecycle.running(directory) is not None, "the start of the sandbox")
        assert lifecycle.down(directory)
        assert serving.wait(30) == 0


def test_starts_without_slow_imports() -> None:
    """What a start of a known folder imports has no certificate library, no SDK and no terminal library in it."""
    code = "import sys, eipctl.sandbox.__main__, eipctl.sandbox.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {"cryptography", "kubernetes", "aliyunsdkcore", "typer", "rich"}.isdisjoint(loaded)


def test_admin_paths_need_the_token(directory: Path) -> None:
    """Without the token of the state file the sandbox's own paths answer 401."""
    import msgspec

    record = lifecycle.up(directory, speed=FAST)
    stranger = Client(msgspec.structs.replace(record, admin_token="guess"))
    with pytest.raises(SandboxError, match="bearer token"):
        stranger.stop()
    assert Client(record).answers()


def test_up_is_not_fooled_by_two_at_once(directory: Path) -> None:
    """Of two starts in one folder one wins; the other is told that a sandbox runs there."""
    words = [sys.executable, "-m", "eipctl.sandbox", "--dir", str(directory)]
    with child(words, stderr=subprocess.PIPE) as one, child(words, stderr=subprocess.PIPE) as other:
        until(lambda: any(each.poll() is not None for each in (one, other)), "the end of the loser")
        loser, winner = (one, other) if one.poll() is not None else (other, one)
        assert "a sandbox is already running in" in loser.communicate()[1]
        until(lambda: lifecycle.running(directory) is not None, "the start of the sandbox")
        lifecycle.down(directory)
        assert winner.wait(30) == 0
