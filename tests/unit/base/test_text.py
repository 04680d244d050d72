"""What can't be printed never reaches a terminal raw, and every reader still gets it whole."""

from __future__ import annotations

import json

import pytest
import yaml

from eipctl.base.errors import ExitCode
from eipctl.base.json_lines import json_line
from eipctl.output.envelope import Format, envelope, render

UNPRINTABLE = ["\x1b[2J", "\x9b2J", "\x7f", "\u202e", "\u2066", "\ufeff", "\x85", "\u2028", "\U000e0001", "\x00"]
READABLE = ["一号服", "é", "a\u3000b", "a\xa0b"]


def envelopes(text: str, form: Format) -> str:
    return render(envelope("status", ExitCode.OK, {text: [f"before {text} after"]}, []), form)


@pytest.mark.parametrize("form", [Format.JSON, Format.JSONL, Format.YAML])
@pytest.mark.parametrize("text", UNPRINTABLE, ids=ascii)
def test_unprintable_characters_are_escaped_and_read_back(text: str, form: Format) -> None:
    """In keys and values, of every format."""
    written = envelopes(text, form)
    assert not [char for char in written if not char.isprintable() and char != "\n"]
    read = yaml.safe_load(written) if form is Format.YAML else json.loads(written)
    assert read["data"] == {text: [f"before {text} after"]}


@pytest.mark.parametrize("form", [Format.JSON, Format.JSONL, Format.YAML])
@pytest.mark.parametrize("text", READABLE)
def test_text_of_any_language_stays_readable(text: str, form: Format) -> None:
    """Also beside a character that is escaped."""
    assert f"before {text}" in envelopes(text, form)
    assert text in envelopes(f"{text} \x9b", form)


def test_logs_escape_too() -> None:
    """A line stays a line."""
    line = json_line({"message": "a\u2028b\x7f 一"})
    assert line == '{"message": "a\\u2028b\\u007f 一"}\n'
