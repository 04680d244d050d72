"""`eipctl report` against the sandbox: the file, several contexts, the audit log, and what can't be read or written."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.cli.app import run
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from tests.e2e.user import User


@pytest.fixture
def stage(modern: User, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A Pod that has its EIP, and one that waits for it."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(modern.sandbox)
    stage.add_pod("web", AUTO)
    assert run(["bind", "-A", "--yes", "-q"]) == 0
    stage.add_pod("late", AUTO)
    return stage


@pytest.fixture
def contexts(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three contexts: `here` and `there` lead to the sandbox, nothing answers at `dead`."""
    config = yaml.safe_load(Path(stage.sandbox.env()["KUBECONFIG"]).read_text())
    (context,) = config["contexts"]
    dead = {"name": "dead", "cluster": {"server": "https://127.0.0.1:9"}}
    config["clusters"].append(dead)
    config["contexts"] = [{**context, "name": name} for name in ("here", "there")]
    config["contexts"].append({"name": "dead", "context": {**context["context"], "cluster": "dead"}})
    config["current-context"] = "here"
    path = tmp_path / "kubeconfig"
    path.write_text(yaml.safe_dump(config))
    monkeypatch.setenv("KUBECONFIG", str(path))
    return path


def data_of(page: str) -> dict[str, Any]:
    """What the page holds for its script."""
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    data: dict[str, Any] = json.loads(found)
    return data


@pytest.mark.usefixtures("stage")
def test_the_page_shows_what_status_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Pod by Pod; the file is readable by all, stdout is empty, and nothing in the cluster or cloud is changed."""
    path = tmp_path / "report.html"
    assert run(["status", "-A", "-o", "json"]) == 0
    status = json.loads(capsys.readouterr().out)["data"]
    assert run(["report", str(path)]) == 0
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", f"report written to {path}\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    pods = {row[2]: row for row in data_of(path.read_text())["pods"]}
    assert {pod["name"]: pod["state"] for pod in status["pods"]} == {name: row[3] for name, row in pods.items()}
    assert {pod["name"]: pod["eip_address"] for pod in status["pods"]} == {name: row[5] for name, row in pods.items()}
    assert "EIP507" in path.read_text()
    assert "eipctl bind -A" in path.read_text()


def test_looking_changes_nothing(modern: User, stage: Stage, tmp_path: Path) -> None:
    """No write, neither to the cloud nor to the cluster."""
    stage.sandbox.calls.clear()
    assert run(["report", str(tmp_path / "report.html")]) == 0
    assert modern.writes() == []


@pytest.mark.usefixtures("stage")
def test_markdown_by_the_name_of_the_file_or_by_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o decides; else the name does. - is stdout, where the answer is the report alone."""
    assert run(["report", str(tmp_path / "report.md"), "-q"]) == 0
    assert (tmp_path / "report.md").read_text().startswith("# Public IPs of Pods\n")
    assert run(["report", "-o", "html", str(tmp_path / "odd.md"), "-q"]) == 0
    assert (tmp_path / "odd.md").read_text().startswith("<!doctype html>")
    capsys.readouterr()
    assert run(["report", "-o", "markdown", "-"]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("# Public IPs of Pods\n")
    assert said.err == ""


@pytest.mark.usefixtures("contexts")
def test_several_contexts_are_one_report(tmp_path: Path) -> None:
    """A context that is named twice is read once; each command leads to its own."""
    path = tmp_path / "report.html"
    assert run(["report", str(path), "--context", "here", "--context", "there", "--context", "here"]) == 0
    found = data_of(path.read_text())
    assert [cluster["name"] for cluster in found["clusters"]] == ["here", "there"]
    assert [row[0] for row in found["pods"] if row[2] == "late"] == ["here", "there"]
    for name in ("here", "there"):
        assert f"eipctl bind --context {name} -A" in path.read_text()


@pytest.mark.usefixtures("contexts")
def test_a_cluster_that_does_not_answer_costs_only_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The others are in the report, the error is in the report and on stderr, and the exit is 4."""
    path = tmp_path / "report.html"
    assert run(["report", str(path), "--context", "dead", "--context", "here"]) == 4
    found = data_of(path.read_text())
    assert [bool(cluster["error"]) for cluster in found["clusters"]] == [True, False]
    assert {row[0] for row in found["pods"]} == {"here"}
    assert "error[EIP102]" in capsys.readouterr().err


@pytest.mark.usefixtures("contexts")
def test_without_any_cluster_there_is_no_report(tmp_path: Path) -> None:
    """The old one stays."""
    path = tmp_path / "report.html"
    path.write_text("old")
    assert run(["report", str(path), "--context", "dead"]) == 1
    assert path.read_text() == "old"


@pytest.mark.usefixtures("stage")
def test_runs_are_those_of_the_audit_logs(tmp_path: Path) -> None:
    """All that are named, newest first; a log that is none ends it before anything is asked."""
    logs = [str(tmp_path / name) for name in ("one.jsonl", "two.jsonl")]
    assert run(["bind", "-A", "--yes", "-q", "--audit-log", logs[0]]) == 0
    assert run(["release", "pod/late", "--yes", "-q", "--audit-log", logs[1]]) == 0
    path = tmp_path / "report.html"
    assert run(["report", str(path), "--audit-log", logs[0], "--audit-log", logs[1]]) == 0
    runs = data_of(path.read_text())["runs"]
    assert [each["command"] for each in runs] == ["release", "bind"]
    assert [action[0] for action in runs[1]["actions"]] == ["allocate", "associate", "annotate"]
    assert run(["report", str(path), "--audit-log", str(tmp_path / "none")]) == 2


@pytest.mark.usefixtures("stage")
def test_a_variable_that_sends_the_audit_log_to_stderr_is_no_log_to_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is for the commands that write one."""
    monkeypatch.setenv("EIPCTL_AUDIT_LOG", "-")
    assert run(["report", str(tmp_path / "report.html")]) == 0
    assert data_of((tmp_path / "report.html").read_text())["runs"] is None


def test_a_file_that_can_not_be_written_is_told_before_anything_is_asked(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, and no call."""
    stage.sandbox.calls.clear()
    assert run(["report", str(tmp_path / "nowhere" / "report.html")]) == 2
    assert "the report can't be written to" in capsys.readouterr().err
    assert stage.sandbox.calls.listing() == []


@pytest.mark.usefixtures("contexts")
def test_a_cluster_id_is_that_of_one_cluster(tmp_path: Path) -> None:
    """Not of several."""
    words = ["report", str(tmp_path / "r.html"), "--cluster-id", "c1", "--context", "here"]
    assert run([*words, "--context", "there"]) == 2
    assert run(words) == 0


def test_a_report_of_chosen_namespaces_shows_these_alone(
    stage: Stage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """-n narrows Pods and sums, the page names the namespaces, and its commands stay within them."""
    stage.objects.create("namespaces", {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop"}})
    spec = {"containers": [{"name": "main", "image": "nginx"}]}
    metadata = {"name": "other", "namespace": "shop", "annotations": AUTO}
    stage.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    path = tmp_path / "report.html"
    assert run(["report", str(path), "-n", "default"]) == 0
    page = path.read_text()
    data = data_of(page)
    assert {row[1] for row in data["pods"]} == {"default"}
    assert "namespace default" in page
    assert data["clusters"][0]["status"].startswith("eipctl status -n default")
    assert run(["report", "-A", "-o", "markdown", "-"]) == 0
    assert "shop/other" in capsys.readouterr().out
    assert run(["report", str(path)]) == 0
    assert data_of(path.read_text())["clusters"][0]["status"] == "eipctl status -A"
