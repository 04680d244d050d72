"""The gate of two runs itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.commands.bind import BindOptions
from eipctl.sandbox.server import Sandbox
from tests.faults.gate import together
from tests.faults.lab import Lab

if TYPE_CHECKING:
    from pathlib import Path


def test_what_a_run_raises_is_raised_where_it_was_started(tmp_path: Path) -> None:
    """A thread that dies with an exception of its own would else be a run without complaints."""

    def breaks() -> None:
        raise LookupError("nothing there")

    with Sandbox(tmp_path, scenario="modern") as sandbox, pytest.raises(LookupError, match="nothing there"):
        together(Lab(sandbox), [BindOptions()], deeds={1: breaks})
