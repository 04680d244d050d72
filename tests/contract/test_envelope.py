"""The JSON that scripts rely on: fields may be added, never renamed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode
from eipctl.output.envelope import envelope
from eipctl.sandbox.server import Sandbox
from tests import forked
from tests.answers import read

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.forked import Ended

ENVELOPE = {"schema", "command", "status", "exit_code", "data", "errors"}
ACTION = {"verb", "namespace", "pod", "uid", "allocation_id", "eip_address", "eni_id", "private_ip", "reason", "state"}
COUNTS = {"selected", "eligible", "satisfied", "allocate", "associate", "unassociate", "release", "modify", "tag"}
POD = {"namespace", "name", "uid", "node", "private_ip", "wanted", "eip_address", "allocation_id", "eni_id"}
BIND = {"dry_run", "complete", "counts", "actions", "api_calls", "cost"} | {"skipped", "held_back"}
STATUS = {"pods", "orphans", "summary", "cost"} | {"totals", "warnings", "kept", "complete", "pools"}
"""What the contract names, and what was added since."""

ORPHAN = {"allocation_id", "eip_address", "pod", "since", "cost_per_month"} | {"age_seconds", "workload", "reason"}
PLAN = {"dry_run", "actions", "skipped", "notes"}
STEP = {"verb", "object", "reason", "state", "error"}
STATUSES = {ExitCode.OK: "success", ExitCode.PENDING: "success", ExitCode.PARTIAL: "partial"}
FINDING = {"code", "level", "title", "detail", "fix", "object"}


DEPLOYMENT = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web", "namespace": "default"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "main", "image": "nginx"}]},
        },
    },
}


class Scripted:
    """A modern sandbox with one asking Pod, and eipctl as a script runs it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    def ended(self, *words: str, environ: dict[str, str] | None = None) -> Ended:
        return forked.run(words, {**os.environ, **self.sandbox.env(), **(environ or {})})

    def run(self, *words: str, environ: dict[str, str] | None = None) -> tuple[int, str]:
        ended = self.ended(*words, environ=environ)
        return ended.code, ended.out

    def answer(self, *words: str) -> dict[str, Any]:
        code, out = self.run(*words, "-o", "json")
        found = read(out)
        assert found.keys() >= ENVELOPE
        assert found["exit_code"] == code
        assert (found["schema"], found["command"]) == (f"eipctl.{words[0]}/v1", words[0])
        assert found["status"] == STATUSES.get(ExitCode(code), "error")
        return found


def sandbox_with_a_pod(directory: Path) -> Sandbox:
    """A modern cluster with one Pod that asks for an EIP."""
    sandbox = Sandbox(directory / "sandbox", scenario="modern", speed=50.0)
    add_pod(sandbox, "web")
    return sandbox


def add_pod(sandbox: Sandbox, name: str) -> None:
    """One that asks for an EIP, and runs."""
    annotations = {"k8s.aliyun.com/pod-with-eip": "true"}
    spec = {"containers": [{"name": "main", "image": "nginx"}]}
    metadata = {"name": name, "namespace": "default", "annotations": annotations}
    sandbox.objects.create("pods", {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    sandbox.world.settle()


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scripted]:
    """The Pod has no EIP, and no test gives it one."""
    with sandbox_with_a_pod(tmp_path_factory.mktemp("asking")) as sandbox:
        yield Scripted(sandbox)


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scripted, dict[str, Any]]]:
    """The Pod has its EIP; what bind answered."""
    with sandbox_with_a_pod(tmp_path_factory.mktemp("bound")) as sandbox:
        script = Scripted(sandbox)
        yield script, script.answer("bind", "-A", "--yes")["data"]


def test_a_dry_run_of_bind_tells_what_is_planned(script: Scripted) -> None:
    """`dry_run` is true, the Actions are planned, nothing is counted as done."""
    found = script.answer("bind", "-A", "--dry-run")
    assert (found["schema"], found["command"], found["status"]) == ("eipctl.bind/v1", "bind", "success")
    data = found["data"]
    assert data.keys() == BIND
    assert (data["dry_run"], data["counts"]["allocate"]) == (True, 1)
    assert data["counts"].keys() == COUNTS | {"untag", "annotate", "skipped", "failed"}
    assert data["cost"].keys() == {"currency", "per_month_before", "per_month_after", "prices_as_of", "unpriced"}
    for action in data["actions"]:
        assert action.keys() >= ACTION | {"error"}
        assert action["state"] == "planned"


def test_pending_changes_are_an_exit_code_of_their_own(script: Scripted) -> None:
    """3 with --exit-code, which is still a success."""
    found = script.answer("bind", "-A", "--dry-run", "--exit-code")
    assert (found["exit_code"], found["status"]) == (3, "success")


def test_bind_tells_what_was_done(bound: tuple[Scripted, dict[str, Any]]) -> None:
    """With the ids that were learned on the way, and the calls it took."""
    _, data = bound
    assert data.keys() == BIND
    assert data["dry_run"] is False
    assert all(action.keys() >= ACTION | {"error"} for action in data["actions"])
    assert {action["state"] for action in data["actions"]} == {"done"}
    assert all(action["allocation_id"].startswith("eip-") for action in data["actions"][:2])
    assert data["api_calls"]["AllocateEipAddress"] == 1


def test_status_tells_every_pod(bound: tuple[Scripted, dict[str, Any]]) -> None:
    """The fields of the contract."""
    script, _ = bound
    data = script.answer("status")["data"]
    assert data.keys() == STATUS
    (pod,) = data["pods"]
    assert pod.keys() == POD | {"bandwidth", "managed_by", "state", "reason"} | {
        "workload",
        "cost_per_month",
        "code",
        "unbound",
    }
    assert (pod["state"], pod["managed_by"]) == ("Bound", "eipctl")


def test_status_tells_every_orphan(tmp_path: Path) -> None:
    """An EIP whose Pod is gone, and what it costs."""
    with sandbox_with_a_pod(tmp_path) as sandbox:
        script = Scripted(sandbox)
        script.answer("bind", "-A", "--yes")
        sandbox.objects.delete("pods", "default", "web", now=True)
        sandbox.world.settle()
        (orphan,) = script.answer("status", "-A")["data"]["orphans"]
    assert orphan.keys() == ORPHAN
    assert orphan["pod"] == "default/web"


def test_a_run_that_is_held_back_or_half_done_tells_what_it_planned_and_did(tmp_path: Path) -> None:
    """5 for a guard, 4 where some Actions failed; the data is whole in both, and the error is in both places."""
    with sandbox_with_a_pod(tmp_path) as sandbox:
        script = Scripted(sandbox)
        script.answer("bind", "-A", "--yes")
        sandbox.objects.delete("pods", "default", "web", now=True)
        add_pod(sandbox, "next")
        held = script.answer("bind", "-A", "--prune", "--grace", "0s", "--yes", "--max-allocate", "0")
        assert (held["exit_code"], held["data"].keys()) == (5, BIND)
        actions = [(action["verb"], action["state"]) for action in held["data"]["actions"]]
        assert actions == [("unassociate", "done"), ("release", "done")]
        assert [error["code"] for error in held["errors"]] == [Code.GUARD.value]
        (apart,) = held["data"]["held_back"]
        assert apart.keys() == {"guards", "reason", "counts", "per_month_change", "actions"}
        assert {action["state"] for action in apart["actions"]} == {"skipped"}
        sandbox.faults.add({"do": "error", "api": "AssociateEipAddress", "times": 0, "status": 400, "code": "Wrong"})
        half = script.answer("bind", "-A", "--yes")
    assert (half["exit_code"], half["data"].keys()) == (4, BIND)
    assert {"done", "failed"} <= {action["state"] for action in half["data"]["actions"]}
    assert all(action["error"] for action in half["data"]["actions"] if action["state"] == "failed")
    assert half["errors"]


@pytest.mark.parametrize("code", ExitCode)
def test_every_exit_code_has_its_status(code: ExitCode) -> None:
    """success for 0 and 3, partial for 4, else error."""
    found = envelope("bind", code, {}, [])
    assert (found["status"], found["exit_code"]) == (STATUSES.get(code, "error"), int(code))


def test_the_steps_of_an_operator_tell_what_they_plan_and_do(tmp_path: Path) -> None:
    """setup, annotate and teardown have one shape of data: planned in a dry run, then done."""
    with Sandbox(tmp_path / "sandbox", scenario="legacy", speed=50.0) as sandbox:
        script = Scripted(sandbox)
        sandbox.objects.create("deployments", DEPLOYMENT)
        for words in (("setup",), ("teardown",), ("annotate", "deployment/web", "--eip")):
            planned = script.answer(*words, "--dry-run")["data"]
            done = script.answer(*words, "--yes")["data"]
            for data, dry_run, state in ((planned, True, "planned"), (done, False, "done")):
                assert data.keys() == PLAN | ({"lints", "cost"} if words[0] == "annotate" else set())
                assert data["dry_run"] is dry_run
                assert {action["state"] for action in data["actions"]} == {state}
                assert all(action.keys() >= STEP for action in data["actions"])


def test_status_has_other_forms(script: Scripted) -> None:
    """Tables for people and awk, names for xargs, CSV for spreadsheets; a pipe is neither cut nor coloured."""
    _, table = script.run("status")
    assert table.splitlines()[0].startswith("1 Pod: ")
    assert table.splitlines()[2].split()[:3] == ["NAMESPACE", "POD", "STATE"]
    assert "\x1b" not in table
    assert script.run("status", "-o", "name") == (0, "pod/web\n")
    assert script.run("status", "-A", "-o", "name") == (0, "pod/default/web\n")
    _, csv = script.run("status", "-o", "csv")
    assert csv.splitlines()[0].startswith("namespace,pod,state,eip,id")
    _, wide = script.run("status", "-o", "wide")
    assert script.sandbox.objects.list("pods", "default")[0]["metadata"]["uid"] in wide


def test_check_tells_findings(script: Scripted) -> None:
    """Code, level, sentence, fix."""
    data = script.answer("check")["data"]
    assert data.keys() == {"findings"}
    assert data["findings"]
    for finding in data["findings"]:
        assert finding.keys() == FINDING
        assert finding["level"] in {"ok", "info", "warning", "error"}


def test_check_tells_a_broken_world_as_a_finding(script: Scripted) -> None:
    """It has answered, so it ends in 0; with --exit-code in 3, which is a success too."""
    words = ("check", "--kubeconfig", "none")
    (finding,) = (found for found in script.answer(*words)["data"]["findings"] if found["level"] == "error")
    assert finding["code"] == "EIP101"
    assert script.answer(*words, "--exit-code")["exit_code"] == 3


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("setup", "--yes"), 5),
        (("annotate", "deployment/none", "--eip", "--yes"), 1),
        (("bind", "--no-such-option"), 2),
        (("bind", "-A"), 2),
        (("status", "--kubeconfig", "none"), 2),
        (("check", "--no-such-option"), 2),
        (("teardown", "--yes", "--kubeconfig", "none"), 2),
    ],
)
def test_a_failure_is_an_envelope_too(script: Scripted, words: tuple[str, ...], code: int) -> None:
    """Also one before the command starts."""
    found = script.answer(*words)
    assert (found["exit_code"], found["status"], found["command"]) == (code, "error", words[0])
    (error,) = found["errors"]
    assert error.keys() == {"code", "message", "hint", "object"}
    assert error["code"].startswith("EIP")


def test_yaml_says_the_same_as_json(script: Scripted) -> None:
    """One envelope, two notations."""
    _, text = script.run("check", "-o", "yaml")
    assert yaml.safe_load(text) == script.answer("check")
    wrong = ("bind", "--no-such-option")
    code, text = script.run(*wrong, "-o", "yaml")
    assert (code, yaml.safe_load(text)) == (2, script.answer(*wrong))


def test_a_quiet_success_prints_nothing(bound: tuple[Scripted, dict[str, Any]]) -> None:
    """Cron mails only when something is wrong."""
    script, _ = bound
    assert script.run("bind", "-A", "--yes", "-q") == (0, "")


FORMS = (
    *("table", "wide", "json", "yaml", "jsonl", "csv", "name"),
    *("jsonpath={.command}", "custom-columns=A:.object,B:.code,C:.name"),
)
ANSWERS = (
    ("bind", "-A", "--dry-run"),
    ("status", "-A"),
    ("check",),
    ("explain", "EIP206"),
    ("version",),
    ("annotate", "--list", "-A"),
    ("annotate", "pod/web", "--bandwidth", "7", "--dry-run"),
)


@pytest.mark.parametrize("words", ANSWERS, ids=" ".join)
def test_a_command_takes_every_format(script: Scripted, words: tuple[str, ...]) -> None:
    """On its line, and from the variable that all commands share: the same answer."""
    for form in FORMS:
        code, told = script.run(*words, "-o", form)
        assert (code, bool(told)) == (0, True), form
        if form not in ("json", "yaml", "jsonl", "table", "wide"):
            assert script.run(*words, environ={"EIPCTL_OUTPUT": form}) == (code, told), form
        if form.startswith("jsonpath"):
            assert told == words[0]


@pytest.mark.parametrize("words", [("manifest", "ram-policy"), ("manifest", "rbac"), ("completion", "bash")])
def test_a_variable_for_all_commands_breaks_none(script: Scripted, words: tuple[str, ...]) -> None:
    """One whose answer has a form of its own keeps it."""
    usual = script.run(*words)
    assert usual[0] == 0
    assert script.run(*words, environ={"EIPCTL_OUTPUT": "csv"}) == usual


def test_a_listing_without_headers_is_rows(script: Scripted) -> None:
    """For scripts that take columns by number."""
    _, table = script.run("status", "-A", "--no-headers")
    assert table.split()[:2] == ["default", "web"]
    _, csv = script.run("check", "-o", "csv", "--no-headers")
    assert csv.startswith("EIP")


def test_errors_are_told_beside_an_answer_that_has_no_room_for_them(script: Scripted) -> None:
    """On stderr; stdout holds rows alone."""
    done = script.ended("bind", "-A", "--yes", "--max-allocate", "0", "-o", "csv")
    assert (done.code, done.out) == (5, "")
    assert "error[EIP605]: guard max-allocate" in done.err
