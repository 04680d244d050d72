"""What a run leaves on stderr and in the audit log, and what `history` makes of it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.cli.app import run
from eipctl.engine import audit_file
from tests.answers import read_lines
from tests.children import EIPCTL, child
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from tests.e2e.lab import Lab
    from tests.e2e.user import User

BIND = ("bind", "-A", "--yes")


@pytest.fixture
def stage(modern: User, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A Pod that asks for an EIP; eipctl in this process leads there."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(modern.sandbox)
    stage.add_pod("web", AUTO)
    return stage


def logged(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> list[dict[str, Any]]:
    """The lines on stderr of a run with --log-format json."""
    assert run([*words, "--log-format", "json"]) == code
    return read_lines("log", capsys.readouterr().err)


@pytest.mark.usefixtures("stage")
def test_every_line_on_stderr_is_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    """The plan, the steps, the changing calls with their request ids; -vv the reading ones too, of both APIs."""
    lines = logged(capsys, *BIND, "-v")
    calls = [line for line in lines if "api" in line]
    cloud = [line["api"] for line in calls if line["service"] == "cloud"]
    assert cloud[:2] == ["AllocateEipAddress", "AssociateEipAddress"]
    assert all(line["request_id"] for line in calls if line["service"] == "cloud")
    assert all(line["changes"] for line in calls)
    assert {line["verb"] for line in lines if "verb" in line} == {"allocate", "associate", "annotate"}
    every = [line for line in logged(capsys, *BIND, "-vv") if "api" in line]
    assert {"DescribeEipAddresses", "GET"} <= {line["api"] for line in every}


@pytest.mark.usefixtures("stage")
def test_text_names_calls_and_their_requests(capsys: pytest.CaptureFixture[str]) -> None:
    """-v is for people, too."""
    assert run([*BIND, "-v"]) == 0
    told = capsys.readouterr().err
    (line,) = [line for line in told.splitlines() if line.startswith("AllocateEipAddress")]
    assert line.split()[1] == "ok"
    assert "request " in line
    assert "DescribeEipAddresses" not in told


@pytest.mark.parametrize("words", [["annotate", "deployment/gone", "--eip", "--yes"], ["bind", "--nonsense"]])
@pytest.mark.usefixtures("stage")
def test_errors_are_objects_with_code_and_hint(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the command line, too; the variable does as the option does."""
    assert run([*words, "--log-format=json"]) != 0
    error = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert error["level"] == "error"
    assert error["code"].startswith("EIP")
    assert error["hint"]


@pytest.mark.usefixtures("stage")
def test_a_traceback_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    """On one line, as all that goes to stderr."""
    assert run(["annotate", "deployment/gone", "--eip", "--yes", "-vv", "--log-format=json"]) == 1
    *_, error, trace = map(json.loads, capsys.readouterr().err.splitlines())
    assert (error["level"], trace["level"]) == ("error", "debug")
    assert trace["traceback"].startswith("Traceback (most recent call last):\n")


def test_a_failed_call_is_an_error_with_its_code(stage: Stage, capsys: pytest.CaptureFixture[str]) -> None:
    """Refused once, then repeated."""
    stage.sandbox.faults.add({"do": "error", "api": "AllocateEipAddress", "code": "Throttling.User", "status": 400})
    lines = [line for line in logged(capsys, *BIND, "-v") if line.get("api") == "AllocateEipAddress"]
    assert [(line["level"], line["error_code"]) for line in lines] == [("error", "Throttling.User"), ("info", "")]


@pytest.mark.usefixtures("stage")
def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever the format."""
    assert logged(capsys, *BIND, "-q", "-v") == []


def test_history_tells_runs_actions_and_requests(
    modern: User, stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them, one of them, the last of them; as a table, as data, as names."""
    log = tmp_path / "audit.jsonl"
    monkeypatch.setenv("EIPCTL_AUDIT_LOG", str(log))
    assert run([*BIND, "-q"]) == 0
    assert run(["release", "pod/web", "--yes", "-q"]) == 0
    assert read_lines("audit-log", log.read_text())
    capsys.readouterr()
    assert run(["history", "-o", "json"]) == 0
    first, second = json.loads(capsys.readouterr().out)["data"]["runs"]
    assert (first["command"], first["states"], first["cloud_calls"]) == ("bind", {"done": 3}, 2)
    assert second["command"] == "release"
    assert run(["history", first["run"][:6], "-o", "json"]) == 0
    (whole,) = json.loads(capsys.readouterr().out)["data"]["runs"]
    assert [(action["verb"], action["state"]) for action in whole["actions"]] == [
        ("allocate", "done"),
        ("associate", "done"),
        ("annotate", "done"),
    ]
    assert whole["actions"][0]["allocation_id"].startswith("eip-")
    cloud = [answer for answer in whole["answers"] if answer["service"] == "cloud"]
    assert [answer["api"] for answer in cloud] == ["AllocateEipAddress", "AssociateEipAddress"]
    assert all(answer["request_id"] and not answer["code"] for answer in cloud)
    patches = [answer["target"] for answer in whole["answers"] if answer["api"] == "PATCH"]
    assert patches == ["/api/v1/namespaces/default/pods/web/status"]
    assert run(["history", "last"]) == 0
    table = capsys.readouterr().out
    assert second["run"] in table
    assert "REQUEST-ID" in table
    assert run(["history", "-o", "name"]) == 0
    assert capsys.readouterr().out.split() == [first["run"], second["run"]]
    assert run(["history", "-o", "csv"]) == 0
    assert capsys.readouterr().out.splitlines()[0].startswith("run,begun,ended,command,done,failed")
    stage.until(lambda: not stage.cloud.eips())


def test_history_knows_a_run_that_only_wrote_why_a_pod_is_not_served(
    lab: Lab, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It has no Action, and an Event."""
    log = str(tmp_path / "audit.jsonl")
    lab.stage.add_pod("odd", {**AUTO, "k8s.aliyun.com/eip-bandwidth": "fast"})
    run(["bind", "-A", "--yes", "-q", "--audit-log", log])
    capsys.readouterr()
    assert run(["history", "--audit-log", log, "-o", "json"]) == 0
    (only,) = json.loads(capsys.readouterr().out)["data"]["runs"]
    assert (only["command"], only["states"], only["cloud_calls"]) == ("bind", {}, 0)


def line(event: str, run_id: str = "r1", **more: Any) -> str:
    about = {"time": "2026-01-02T03:04:05.678+00:00", "run": run_id, "command": "bind", "plan": "p"}
    return json.dumps({"event": event, **about, **more}) + "\n"


RELEASE = {"verb": "release", "object": "eip-1", "reason": "the Pod is gone"}


def test_what_was_begun_and_not_ended_was_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A killed run shows; broken lines are named and do no harm; rotated files come first."""
    log = tmp_path / "audit.jsonl"
    (tmp_path / "audit.jsonl.1").write_text(line("begin", "old", action=RELEASE))
    log.write_text(line("begin", action=RELEASE) + "{half a li\n" + "[]\n" + line("begin", action={}))
    assert run(["history", "--audit-log", str(log), "-o", "json"]) == 0
    data = json.loads(capsys.readouterr().out)["data"]
    assert [(each["run"], each["states"]) for each in data["runs"]] == [
        ("old", {"interrupted": 1}),
        ("r1", {"interrupted": 1}),
    ]
    assert data["broken"] == [f"{log}:{number}" for number in (2, 3, 4)]
    assert run(["history", "--audit-log", str(log)]) == 0
    assert f"warning: {log}:2 is not an audit log entry" in capsys.readouterr().err


def test_a_call_without_an_answer_was_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As its Action was; the calls of two runs that wrote at the same time are told apart."""
    log = tmp_path / "audit.jsonl"
    about = {"call": 1, "object": "eip-1", "service": "cloud", "api": "ReleaseEipAddress", "target": "eip-1"}
    begun = [line(event, run_id, **facts) for event, facts in (("begin", {"action": RELEASE}), ("call", about))
             for run_id in ("r1", "r2")]  # fmt: skip
    log.write_text("".join([*begun, line("answer", "r2", **about, code="", request_id="R-1")]))
    for run_id, told in (("r1", ("interrupted", "")), ("r2", ("", "R-1"))):
        assert run(["history", run_id, "--audit-log", str(log), "-o", "json"]) == 0
        ((answer,),) = [each["answers"] for each in json.loads(capsys.readouterr().out)["data"]["runs"]]
        assert (answer["code"], answer["request_id"]) == told


def test_names_of_any_bytes_are_recorded(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Those that are no UTF-8, and those in which others see the end of a line."""
    name = os.fsdecode(b"\xff\xe2\x80\xa8.yaml")
    (tmp_path / name).write_text("apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec: {}\n")
    log = tmp_path / "audit.jsonl"
    words = ("annotate", "-f", str(tmp_path), "--eip", "--in-place", "--yes", "-q", "--audit-log", str(log))
    assert run(words) == 0
    assert run(["history", "last", "--audit-log", str(log), "-o", "json"]) == 0
    answer = json.loads(capsys.readouterr().out)["data"]
    assert answer["broken"] == []
    ((action,),) = [each["actions"] for each in answer["runs"]]
    assert (action["object"], action["state"]) == (str(tmp_path / name), "done")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ((), "none is named"),
        (("--audit-log", "-"), "none is named"),
        (("--audit-log", "other.txt"), "other.txt is not an audit log: none of its lines is an audit entry"),
        (("--audit-log", "gone.jsonl"), "gone.jsonl can't be read: No such file"),
        (("nothing", "--audit-log", "audit.jsonl"), "there is no run 'nothing'"),
        (("r", "--audit-log", "audit.jsonl"), "2 runs begin with 'r'"),
    ],
)
def test_wrong_use_of_history_is_told(
    words: tuple[str, ...],
    says: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Exit 2, one sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EIPCTL_AUDIT_LOG", raising=False)
    Path("other.txt").write_text("root:x:0:0\n")
    Path("audit.jsonl").write_text(line("begin", "r1", action=RELEASE) + line("begin", "r2", action=RELEASE))
    assert run(["history", *words]) == 2
    assert says in capsys.readouterr().err


@pytest.mark.usefixtures("stage")
def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    """The newest five are kept; a run begins with a file of its own, and all of its lines are in one file."""
    log = tmp_path / "audit.jsonl"
    for number in range(1, audit_file.KEPT + 1):
        (tmp_path / f"audit.jsonl.{number}").write_text(f"{number}\n")
    log.write_bytes(b"x" * audit_file.LARGEST + b"\n")
    assert run([*BIND, "-q", "--audit-log", str(log)]) == 0
    kept = sorted(path.name for path in tmp_path.glob("audit.jsonl*"))
    assert kept == ["audit.jsonl", *(f"audit.jsonl.{number}" for number in range(1, audit_file.KEPT + 1))]
    assert (tmp_path / "audit.jsonl.1").stat().st_size == audit_file.LARGEST + 1
    assert [(tmp_path / f"audit.jsonl.{number}").read_text() for number in (2, 5)] == ["1\n", "4\n"]
    events = [json.loads(text) for text in log.read_text().splitlines()]
    assert len({event["run"] for event in events}) == 1
    assert log.stat().st_mode & 0o777 == 0o600


def test_two_runs_rotate_once(tmp_path: Path) -> None:
    """However many begin at the same time, one file is put aside and none is lost."""
    log = tmp_path / "audit.jsonl"
    log.write_bytes(b"x" * audit_file.LARGEST + b"\n")
    threads = [threading.Thread(target=audit_file._rotate, args=(log,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (tmp_path / "audit.jsonl.1").stat().st_size == audit_file.LARGEST + 1
    assert not (tmp_path / "audit.jsonl.2").exists()


def test_a_terminal_has_a_bar(stage: Stage) -> None:
    """On stderr, with counts; stdout keeps the answer alone."""
    ours, theirs = pty.openpty()
    stage.sandbox.faults.add({"do": "latency", "api": "AllocateEipAddress", "seconds": 1.5})
    environ = {**os.environ, **stage.sandbox.env(), "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "100"}
    seen = b""
    with child([*EIPCTL, *BIND], env=environ, stdout=subprocess.PIPE, stderr=theirs) as running:
        os.close(theirs)
        with suppress(OSError):  # EIO: nobody writes any more
            while part := os.read(ours, 4096):
                seen += part
        out, _ = running.communicate(timeout=120)
    os.close(ours)
    assert running.returncode == 0
    assert "0/3" in seen.decode()
    served, ended = out.splitlines()
    assert served.startswith("✓ pod/default/web  ")
    assert ended == "bind: 1 allocate, 1 associate, 1 annotate done; 0 failed, 0 skipped"
