"""A browser, and pages open in it."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import pytest

from eipctl.output.pasted import PasteTarget, aim_at
from eipctl.output.report.render import render_html
from tests.report import chromium

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

    from eipctl.commands.report.fleet import FleetReport

IN_A_BROWSER = "test_page.py"


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the tests in a browser out where there is none and no CI, and say how to get it."""
    if collection_path.name != IN_A_BROWSER or chromium.required() or not chromium.lacking():
        return None
    warnings.warn(f"{IN_A_BROWSER} is left out: {chromium.lacking()}", stacklevel=1)
    return True


@dataclass
class Opened:
    """A page in a browser, what its console said, and what it asked the world for."""

    page: Page
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def rows(self, place: str) -> list[list[str]]:
        """The texts of the rows that a list shows, without details."""
        texts: list[list[str]] = self.page.eval_on_selector_all(
            f"#{place} tbody tr:not(.detail-row)",
            "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))",
        )
        return texts

    def column(self, place: str, title: str) -> list[str]:
        """The texts of one column."""
        titles = self.page.locator(f"#{place} thead th").all_inner_texts()
        at = next(at for at, text in enumerate(titles) if title in text)
        return [row[at] for row in self.rows(place)]


Open = Callable[..., Opened]


@pytest.fixture(autouse=True)
def _no_target() -> None:
    """Commands to paste name nothing but what the report does, whatever ran in this process before."""
    aim_at(PasteTarget())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        launched = driver.chromium.launch(executable_path=chromium.program(), chromium_sandbox=os.geteuid() != 0)
        yield launched
        launched.close()


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens a report as a file, as somebody who got it by mail does; no console message and no request may follow."""
    seen: list[Opened] = []

    def open_report(
        report: FleetReport, width: int = 1000, theme: Literal["light", "dark"] = "light", *, scripts: bool = True
    ) -> Opened:
        path = tmp_path / f"report-{len(seen)}.html"
        path.write_text(render_html(report, named=True), "utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=scripts
        )
        found = Opened(context.new_page())
        seen.append(found)
        found.page.on("console", lambda message: found.console.append(message.text))
        found.page.on("pageerror", lambda error: found.console.append(str(error)))
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.goto(path.as_uri())
        return found

    yield open_report
    for found in seen:
        assert found.console == []
        assert [url for url in found.requests if not url.startswith(("file:", "data:"))] == []
        found.page.context.close()
