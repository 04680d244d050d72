"""Prices of one's own, instead of the list's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.cli.app import run
from tests.faults.stage import AUTO, Stage

if TYPE_CHECKING:
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


@pytest.fixture
def yuan(prices: str) -> str:
    """The same EIP costs CNY 14.60 a month."""
    Path(prices).write_text(
        "{as_of: 2026-11-01, currency: CNY, regions: {cn-hangzhou: {configuration_per_hour: 0.02}}}"
    )
    return prices


def test_all_money_is_in_the_currency_of_the_file(
    yuan: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Plans, budgets, status, check, metrics: one sum."""
    monkeypatch.setenv("EIPCTL_PRICE_FILE", yuan)
    assert run(["annotate", "pod/a", "--bandwidth", "8", "--dry-run"]) == 0
    assert "CNY 14.60 a month now, 14.60 after (prices in prices.yaml of 2026-11-01)" in capsys.readouterr().out
    assert run(["bind", "-A", "--dry-run", "--budget", "20"]) == 5
    told = capsys.readouterr()
    assert "would cost CNY 29.20 a month, the budget is 20.00" in told.err
    assert "CNY +29.20 a month" in told.out
    metrics = tmp_path / "eipctl.prom"
    assert run(["bind", "-A", "--yes", "-q", "--metrics-file", str(metrics)]) == 0
    assert 'eipctl_cost_per_month{cluster="' in metrics.read_text()
    assert 'currency="CNY"} 29.2\n' in metrics.read_text()
    capsys.readouterr()
    assert run(["status", "-A", "-o", "wide"]) == 0
    shown = capsys.readouterr().out
    assert "CNY/MONTH" in shown
    assert "CNY 29.20 a month" in shown
    assert run(["check", "-v"]) == 0
    assert "CNY 29.20 a month without traffic (prices in prices.yaml of 2026-11-01)" in capsys.readouterr().out


def test_status_and_plans_agree_on_own_eips(
    prices: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever their state: bound, allocated and not bound, of a gone Pod."""
    monkeypatch.setenv("EIPCTL_PRICE_FILE", prices)
    assert run(["bind", "-A", "--yes", "-q", "--max-allocate", "2"]) == 0
    for words in (["status", "-A"], ["bind", "-A", "--dry-run"]):
        capsys.readouterr()
        assert run([*words, "-o", "json"]) == 0
        cost = told(capsys)["cost"]
        assert cost["currency"] == "USD"
        assert cost.get("per_month", cost.get("per_month_before")) == 146.0


def test_a_budget_is_not_kept_by_prices_that_are_not_known(
    yuan: str, capsys: pytest.CaptureFixture[str], modern: User
) -> None:
    """An EIP that is paid by bandwidth has none in this file: nothing is allocated, and why is said."""
    Stage(modern.sandbox).add_pod("dear", AUTO | {"k8s.aliyun.com/eip-internet-charge-type": "PayByBandwidth"})
    assert run(["bind", "-A", "--dry-run", "--budget", "100", "--price-file", yuan]) == 5
    assert (
        "no price is known for pod/default/dear, so a budget of CNY 100.00 can't be checked" in capsys.readouterr().err
    )
    assert run(["bind", "-A", "--dry-run", "--price-file", yuan]) == 0
    assert "no price is known for pod/default/dear" in capsys.readouterr().out


def test_a_budget_is_kept_by_the_file(prices: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What the list would allow is refused."""
    assert run(["bind", "-A", "--dry-run", "--budget", "100"]) == 0
    assert run(["bind", "-A", "--dry-run", "--budget", "100", "--price-file", prices]) == 5
    assert "budget" in capsys.readouterr().err
