"""The walk-throughs of the README and the pages: each line works when it is pasted after the one before."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "eipctl" / "docs").glob("*.md"))]
BLOCK = re.compile(r"^<!-- walk: \w+ -->\n```sh\n(.*?)^```", re.DOTALL | re.MULTILINE)
ACTIVATE = ". .venv/bin/activate"
PATIENCE = 300
SHOWN = {"README": [("Bound", "eipctl")] * 2, "setup": [("Bound", "terway")] * 2 + [("Bound", "eipctl")] * 2}
"""What `eipctl status` tells on the way."""


def lines(page: Path) -> list[str]:
    """What a user pastes, in the order of the page."""
    found = [line for block in BLOCK.findall(page.read_text("utf-8")) for line in block.splitlines()]
    return [line for line in found if line != ACTIVATE]


WALKS = [page for page in PAGES if lines(page)]


def test_there_are_walks_in_the_readme_and_for_the_older_way() -> None:
    """With a marker that this file reads; the README's first line enters the environment."""
    assert [page.stem for page in WALKS] == ["README", "pools", "setup"]
    assert BLOCK.findall(README.read_text("utf-8"))[0].startswith(f"{ACTIVATE}\n")


@pytest.mark.parametrize("page", WALKS, ids=lambda page: page.stem)
def test_each_line_works_after_the_one_before(page: Path, tmp_path: Path) -> None:
    """In a shell in the checkout, at the sandbox's usual pace, without waiting in between."""
    programs = tmp_path / "bin"
    programs.mkdir()
    eipctl = programs / "eipctl"
    eipctl.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m eipctl "$@"\n')
    eipctl.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("ALIBABA_", "EIPCTL_", "KUBE"))}
    path = f"{programs}:{Path(sys.executable).parent}:{kept['PATH']}"
    environ = {**kept, "HOME": str(tmp_path), "XDG_STATE_HOME": str(tmp_path / "state"), "PATH": path}
    script = "".join(f"{line}\n[ $? = 0 ] || {{ echo {number}; exit 1; }} >&3\n" for number, line in _numbered(page))
    script = re.sub(r"(?m)^(eipctl status\b[^#\n]*).*$", r"\g<0>\n\1 -o json >>$HOME/shown", script)
    try:
        ended = subprocess.run(
            ["bash", "-c", f"exec 3>{tmp_path / 'failed'}\n{script}"],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )
    finally:
        subprocess.run([eipctl, "sandbox", "down"], env=environ, capture_output=True, check=False)
    failed = (tmp_path / "failed").read_text().strip()
    assert not failed, f"{lines(page)[int(failed)]}\n{ended.stdout}{ended.stderr}"
    assert ended.returncode == 0, ended.stderr
    assert _shown(tmp_path / "shown") == SHOWN.get(page.stem, [])


def _shown(path: Path) -> list[tuple[str, str]]:
    """State of each Pod and who manages its EIP, as each status tells it."""
    text, rows = path.read_text("utf-8").strip() if path.exists() else "", []
    while text:
        answer, end = json.JSONDecoder().raw_decode(text)
        text = text[end:].lstrip()
        rows += [(pod["state"], pod["managed_by"]) for pod in answer["data"]["pods"]]
    return rows


def _numbered(page: Path) -> list[tuple[int, str]]:
    return list(enumerate(lines(page)))
