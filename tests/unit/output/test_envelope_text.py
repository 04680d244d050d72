"""The envelope as text."""

from __future__ import annotations

import json

import pytest
import yaml

from eipctl.base.errors import ExitCode
from eipctl.output.envelope import Format, envelope, render
from eipctl.planners.status.report import PodState

TEXTS = ["plain", 'ü\x1b\n"\\\u2028\x7f/😀', "no-utf-8-\udc80"]


@pytest.mark.parametrize("text", TEXTS)
def test_json_holds_any_text(text: str) -> None:
    """It can be written as UTF-8 and read back, indented by two."""
    data = {"text": text, "state": PodState.BOUND, "none": None, "rows": [{}, [], 4.53]}
    written = render(envelope("status", ExitCode.OK, data, ()), Format.JSON)
    assert json.loads(written.encode())["data"] == data
    assert written.startswith('{\n  "schema": "eipctl.status/v1",\n')
    assert written.endswith("}\n")


@pytest.mark.parametrize("text", [*TEXTS, "1e3", "yes", "2026-01-02", "- a: b #c"])
def test_yaml_and_json_lines_hold_any_text(text: str) -> None:
    """The same, on one line where it is a line: nobody sees the end of a line within it."""
    content = envelope("status", ExitCode.OK, {"text": text, "state": PodState.BOUND}, ())
    assert yaml.safe_load(render(content, Format.YAML).encode())["data"] == content["data"]
    (line,) = render(content, Format.JSONL).encode().decode().splitlines()
    assert json.loads(line)["data"] == content["data"]
