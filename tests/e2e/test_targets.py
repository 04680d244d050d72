"""Wrong account, wrong cluster: every plan and every question says where it is about to change something."""

from __future__ import annotations

import json
import os
import pty
from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run
from eipctl.commands.bind import BindOptions, prepare_bind
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User

CLUSTER = "c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"


@pytest.fixture
def stage(modern: User, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A bound Pod and one that waits, and a terminal on which every question is answered with no."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(modern.sandbox)
    stage.add_pod("bound", AUTO)
    modern.done(lambda session: prepare_bind(session, BindOptions()))
    modern.objects.delete("leases", "kube-system", "eipctl", now=True)
    stage.add_pod("waits", AUTO)
    ours, theirs = pty.openpty()
    os.write(ours, b"n\n")
    monkeypatch.setattr("sys.stdin", os.fdopen(theirs))
    return stage


@pytest.mark.parametrize("words", [("bind", "-A"), ("release", "pod/bound")])
@pytest.mark.usefixtures("stage")
def test_plan_and_question_name_cluster_context_account_region_and_endpoint(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str], stage: Stage
) -> None:
    """A no changes nothing."""
    assert run(list(words)) == 2
    told = capsys.readouterr().err
    url = stage.sandbox.cloud_url
    question = next(line for line in told.splitlines() if line.startswith("Go ahead"))
    assert f"on cluster {CLUSTER} in context eipctl-sandbox of account 1234567890123456" in question
    assert f"in region cn-hangzhou at {url}" in question
    shown = dict(line.split(None, 1) for line in told.splitlines() if line.startswith("  ") and " " in line.strip())
    assert (shown["context"], shown["cluster"], shown["region"], shown["endpoint"]) == (
        "eipctl-sandbox",
        CLUSTER,
        "cn-hangzhou",
        url,
    )


@pytest.mark.usefixtures("stage")
def test_annotate_names_the_context(capsys: pytest.CaptureFixture[str]) -> None:
    """It changes nothing in any account."""
    assert run(["annotate", "pod/waits", "--remove"]) == 2
    assert "Go ahead in context eipctl-sandbox?" in capsys.readouterr().err


@pytest.mark.usefixtures("stage")
def test_a_saved_plan_says_where_it_is_for(tmp_path: Path) -> None:
    """And apply refuses it elsewhere (test_apply)."""
    plan = tmp_path / "plan.json"
    assert run(["bind", "-A", "--out", str(plan), "-q"]) == 0
    where = ("context", "cluster", "account", "region", "endpoint", "namespace")
    assert tuple(json.loads(plan.read_text())["target"]) == where
