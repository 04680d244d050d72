"""A sandbox as new for each test of the fault suite, and the table of what was spoilt."""

from __future__ import annotations

import os
from collections import defaultdict
from typing import TYPE_CHECKING

import pytest

from tests.conftest import reset
from tests.faults.stage import Stage

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox
    from tests.faults.lab import Lab


@pytest.fixture
def stage(sandbox: Sandbox) -> Stage:
    """Three nodes with Terway v1.13; no Pods that ask for an EIP yet."""
    return Stage(reset(sandbox, "modern"))


@pytest.fixture
def lab(new_lab: Lab) -> Lab:
    """As new; waiting is cut short."""
    return new_lab


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """With EIPCTL_FAULTS=all: API x fault, with the number of cases that hold."""
    if os.environ.get("EIPCTL_FAULTS") != "all":
        return
    rows: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for report in (*terminalreporter.getreports("passed"), *terminalreporter.getreports("failed")):
        for name, value in report.user_properties:
            if name == "cell" and report.when == "call":
                *row, fault = value
                rows[", ".join(row)][fault].append(report.passed)
    faults = list(dict.fromkeys(fault for row in rows.values() for fault in row))
    if rows:
        terminalreporter.section("cases that hold, of all: API x fault")
        width = max(map(len, rows))
        terminalreporter.line(" " * width + "".join(f"  {fault}" for fault in faults))
    for name, row in rows.items():
        cells = (f"{sum(row[f])}/{len(row[f])}".rjust(len(f)) if f in row else " " * len(f) for f in faults)
        terminalreporter.line(f"{name:<{width}}" + "".join(f"  {cell}" for cell in cells))
