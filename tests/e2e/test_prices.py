"""Prices of one's own, instead of the list's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.cli.app import run
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.user import User


@pytest.fixture
def prices(modern: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An EIP costs USD 73 a month; two Pods ask for one."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    stage = Stage(modern.sandbox)
    stage.add_pod("a", AUTO)
    stage.add_pod("b", AUTO)
    path = tmp_path / "prices.yaml"
    path.write_text("{as_of: 2026-11-01, regions: {cn-hangzhou: {configuration_per_hour: 0.1}}}")
    return str(path)


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    """`data` of the envelope on stdout."""
    found: dict[str, Any] = json.loads(capsys.readouterr().out)["data"]
    return found


def test_plans_and_status_count_by_the_file(
    prices: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And say where their prices are from."""
    monkeypatch.setenv("EIPCTL_PRICE_FILE", prices)
    assert run(["annotate", "pod/a", "--bandwidth", "8", "--dry-run", "-o", "json"]) == 0
    cost = told(capsys)["cost"]
    assert (cost["per_month_before"], cost["per_month_after"], cost["prices_as_of"]) == (73.0, 73.0, "2026-11-01")
    assert run(["bind", "-A", "--dry-run"]) == 0
    assert "USD 0.00 a month now, 146.00 after (prices in prices.yaml of 2026-11-01)" in capsys.readouterr().out
    assert run(["bind", "-A", "--yes", "-q"]) == 0
    assert run(["status", "-A", "-o", "json"]) == 0
    found = told(capsys)
    assert (found["cost"]["per_month"], found["cost"]["prices_as_of"]) == (146.0, "2026-11-01")
    assert [row["cost_per_month"] for row in found["pods"]] == [73.0, 73.0]


def test_a_budget_is_kept_by_the_file(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the list would allow is refused."""
    assert run(["bind", "-A", "--dry-run", "--budget", "100"]) == 0
    assert run(["bind", "-A", "--dry-run", "--budget", "100", "--price-file", prices]) == 5
    assert "budget" in capsys.readouterr().err
