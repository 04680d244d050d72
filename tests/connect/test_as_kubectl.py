"""Wherever kubectl connects, eipctl connects, over the same way, as the same caller; and refuses what kubectl does."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from eipctl.sandbox.server import Sandbox
from tests.connect.place import Place, Told
from tests.connect.table import ROWS, Row

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """One sandbox, and everything around it, for all rows."""
    with Sandbox(tmp_path_factory.mktemp("connect") / "sandbox", scenario="modern", speed=50.0) as sandbox:
        made = Place(sandbox, tmp_path_factory.mktemp("place"))
        yield made
        made.close()


def test_there_are_enough_rows() -> None:
    """And none stands for another."""
    assert len(ROWS) >= 80
    assert len({row.name for row in ROWS}) == len(ROWS)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_both_clients_end_alike(place: Place, row: Row, tmp_path: Path) -> None:
    """How it ends, as whom the server sees the caller, and over which way; a refusal is one sentence and no secret."""
    environ = _prepared(place, row, tmp_path)
    cwd = tmp_path / row.cwd
    cwd.mkdir(exist_ok=True)
    kubectl, eipctl = (client(row.words, environ, cwd) for client in (place.kubectl, place.eipctl))
    assert eipctl.outcome.ends == row.ends, (eipctl.err, kubectl.err)
    if row.alike:
        assert eipctl.outcome == kubectl.outcome, (eipctl.err, kubectl.err)
    else:
        assert kubectl.outcome.ends == "ok", kubectl.err
    assert row.says in eipctl.err
    _told_well(eipctl)


def _prepared(place: Place, row: Row, home: Path) -> dict[str, str]:
    """The row's files in a home directory, and the environment with it."""
    for name, content in row.files.items():
        path = home / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(_filled(place, content, home))
        path.chmod(0o755 if name == "plugin" else 0o600)
    environ = {"PATH": os.environ["PATH"], "HOME": str(home), "KUBECONFIG": str(home / "config"), **row.environ}
    return {name: place.filled(value).replace("$HOME", str(home)) for name, value in environ.items()}


def _filled(place: Place, content: str | bytes, home: Path) -> bytes:
    if isinstance(content, str):
        return place.decoded(place.filled(content).replace("$HOME", str(home))).encode()
    for encoding in ("utf-16", "utf-8"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "$" in text:
            mark = content[:2] == b"\xfe\xff"
            return b"\xfe\xff" + place.filled(text).encode("utf-16-be") if mark else place.filled(text).encode(encoding)
    return content


def _told_well(told: Told) -> None:
    assert "Traceback" not in told.err
    assert "internal error" not in told.err
    assert "secret" not in told.err
    assert not [token for token in ("a-good-token", "not-good", "PRIVATE KEY") if token in told.out + told.err]
