"""The envelope as text."""

from __future__ import annotations

import json

import pytest

from eipctl.errors import ExitCode
from eipctl.output.envelope import Format, envelope, render
from eipctl.planners.status import PodState


@pytest.mark.parametrize("text", ["plain", 'ü\x1b\n"\\\u2028\x7f/😀', "no-utf-8-\udc80"])
def test_json_holds_any_text(text: str) -> None:
    """It can be written as UTF-8 and read back, indented by two."""
    data = {"text": text, "state": PodState.BOUND, "none": None, "rows": [{}, [], 4.53]}
    written = render(envelope("status", ExitCode.OK, data, ()), Format.JSON)
    assert json.loads(written.encode())["data"] == data
    assert written.startswith('{\n  "schema": "eipctl.status/v1",\n')
    assert written.endswith("}\n")
