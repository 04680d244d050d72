"""What the README and the pages show as output is what eipctl prints; EIPCTL_GOLDEN=write puts it there.

Names and addresses that the cluster and the cloud make up, and ports, differ from run to run: their shape is compared.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from eipctl.cli.app import run

if TYPE_CHECKING:
    from tests.e2e.user import User

ROOT = Path(__file__).parents[2]
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, *sorted((ROOT / "eipctl" / "docs").glob("*.md"))]
MADE_UP = [
    (re.compile(r"(?<=nginx-deployment-basic-)[a-z0-9]{8,10}-[a-z0-9]{5}"), "xxxxxxxxxx-xxxxx"),
    (re.compile(r"eip-bp1[a-z0-9]+"), "eip-bp1xxxxxxxxxxxxxxxxx"),
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1:10000"),
    (re.compile(r"(?<=10\.0\.)\d+\.\d+"), "0.100"),
    (re.compile(r"\d+ years old"), "5 years old"),
    (re.compile(r"(?<=198\.18\.0\.)\d+"), "100"),
]
ORDER = (
    "annotate deployment/nginx-deployment-basic --eip --bandwidth 5 --dry-run",
    "bind -A --dry-run",
    "status -A",
)
"""The commands whose output is shown, as they are run one after the other."""


def shape(text: str) -> str:
    """Without what is made up."""
    for pattern, instead in MADE_UP:
        text = pattern.sub(instead, text)
    return "\n".join(" ".join(line.split()) for line in text.splitlines())


def blocks(text: str) -> dict[str, str]:
    """The output blocks of a page by their command."""
    return dict(re.findall(r"<!-- output: eipctl (.*?) -->\n```text\n(.*?)```", text, re.DOTALL))


@pytest.fixture
def printed(modern: User, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What each of the commands prints on the documentation's Deployment."""
    for name, value in modern.sandbox.env().items():
        monkeypatch.setenv(name, value)
    modern.apply_example()
    found = {}
    for command in ORDER:
        capsys.readouterr()
        assert run(command.split()) == 0
        found[command] = capsys.readouterr().out
        if command == ORDER[0]:
            assert run([*command.removesuffix(" --dry-run").split(), "--yes", "-q"]) == 0
            modern.until(modern.rolled_out)
        if command == ORDER[1]:
            assert run(["bind", "-A", "--yes", "-q"]) == 0
    return found


def test_the_pages_show_what_is_printed(printed: dict[str, str]) -> None:
    """Each output block, in both languages; each command's output is shown, and nothing else is shown as output."""
    everywhere: set[str] = set()
    for page in PAGES:
        text = page.read_text("utf-8")
        if os.environ.get("EIPCTL_GOLDEN") == "write":
            for command, output in printed.items():
                pattern = re.compile(rf"(<!-- output: eipctl {re.escape(command)} -->\n```text\n).*?```", re.DOTALL)
                text = pattern.sub(lambda found, output=output: f"{found[1]}{output}```", text)  # type: ignore[misc]
            page.write_text(text, "utf-8")
        shown = blocks(text)
        assert {command: shape(block) for command, block in shown.items()} == {
            command: shape(printed[command]) for command in shown
        }
        assert text.count("```text\n") == len(shown)
        everywhere |= set(shown)
    assert everywhere == set(ORDER)
    assert len({tuple(blocks(page.read_text("utf-8"))) for page in READMES}) == 1
