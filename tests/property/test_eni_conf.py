"""eni_conf editing, over any JSON object text."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from eipctl.base.errors import UsageError
from eipctl.domain.terway.eni_conf import read, remove_flags, set_flags
from eipctl.domain.terway.installation import EniConfig, parse_record
from eipctl.planners.terway.eni_config import switch_on, take_back, undo_of

FLAGS = ("enable_eip_pool", "allow_eip_rob")
space = st.text(" \t\r\n", max_size=4)
number = st.sampled_from(["0", "-0", "1.0", "1e5", "-1E+05", "12345678901234567890", "0.10"])
literal = st.sampled_from(["true", "false", "null"])


@st.composite
def string(draw: st.DrawFn) -> str:
    """A JSON string, each character raw or escaped."""
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), max_size=6))
    parts = []
    for character in text:
        raw = json.dumps(character, ensure_ascii=False)[1:-1]
        parts.append(draw(st.sampled_from([raw, json.dumps(character)[1:-1], _escaped(character)])))
    return f'"{"".join(parts)}"'


def _escaped(character: str) -> str:
    units = character.encode("utf-16-be")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02X}" for i in range(0, len(units), 2))


@st.composite
def array(draw: st.DrawFn, items: st.SearchStrategy[str]) -> str:
    """A JSON array with any spacing."""
    parts = [f"{draw(space)}{item}{draw(space)}" for item in draw(st.lists(items, max_size=3))]
    return f"[{','.join(parts) or draw(space)}]"


@st.composite
def mapping(draw: st.DrawFn, values: st.SearchStrategy[str], size: int = 3) -> str:
    """A JSON object with any spacing and distinct keys."""
    keys = draw(st.lists(string(), max_size=size, unique_by=json.loads))
    parts = [f"{draw(space)}{key}{draw(space)}:{draw(space)}{draw(values)}{draw(space)}" for key in keys]
    return f"{{{','.join(parts) or draw(space)}}}"


value = st.recursive(string() | number | literal, lambda inner: array(inner) | mapping(inner), max_leaves=8)


@st.composite
def document(draw: st.DrawFn) -> str:
    """A JSON object text, written by hand or by a machine."""
    if draw(st.booleans()):
        return f"{draw(space)}{draw(mapping(value, 5))}{draw(space)}"
    loaded = json.loads(draw(mapping(value, 5)))
    text = json.dumps(loaded, indent=draw(st.sampled_from([None, 1, 2, 4, "\t"])), ensure_ascii=draw(st.booleans()))
    return text + draw(st.sampled_from(["", "\n"]))


def _parsed(text: str) -> Any:
    return json.loads(text, parse_float=str, parse_int=str)


@given(document(), st.permutations(FLAGS), st.permutations(FLAGS))
def test_setting_adds_the_keys_and_removing_gives_every_byte_back(
    text: str, added: list[str], removed: list[str]
) -> None:
    """The result parses to the same plus the flags; taking them back in any order gives the original text."""
    after = set_flags(text, dict.fromkeys(added, "true"))
    assert _parsed(after) == {**_parsed(text), **dict.fromkeys(FLAGS, "true")}
    assert list(_parsed(after)) == [*_parsed(text), *added]
    assert set_flags(after, dict.fromkeys(added, "true")) == after
    assert remove_flags(after, removed) == text


@given(document(), value, space, space, st.data())
def test_a_value_is_replaced_in_place(text: str, wrong: str, left: str, right: str, data: st.DataObject) -> None:
    """Whatever a flag was before, only its own bytes change."""
    marked = set_flags(text, {FLAGS[0]: "MARK"})
    trailing = set_flags(marked, {"later": "x"}) if data.draw(st.booleans()) else marked
    before = trailing.replace('"MARK"', f"{left}{wrong}{right}")
    expected = trailing.replace('"MARK"', f'{left}"true"{right}')
    if json.loads(wrong) == "true":
        expected = before
    assert set_flags(before, {FLAGS[0]: "true"}) == expected


@given(st.text())
def test_no_text_is_taken_that_a_json_parser_refuses(text: str) -> None:
    """What `read` accepts is a JSON object."""
    try:
        read(text)
    except UsageError:
        return
    assert isinstance(json.loads(text), dict)


@given(document(), st.booleans(), st.booleans())
def test_setup_and_teardown_with_an_edit_between_leave_the_edit_alone(text: str, rob: bool, between: bool) -> None:
    """Three-way: what setup wrote goes, what somebody else wrote meanwhile stays, and alone every byte comes back."""
    write = switch_on(EniConfig(text, "1"), allow_eip_rob=rob).write
    assert write is not None
    record = parse_record(write.record or "")
    theirs = {"theirs": "x"} if between else {}
    taken = take_back(EniConfig(set_flags(write.after, theirs), "2", record)).write
    assert taken is not None
    assert _parsed(taken.after) == {**_parsed(text), **theirs}
    if not between:
        assert taken.after == text
    undone = undo_of(write, EniConfig(text, "1"))
    assert (undone.after, undone.record) == (text, None)
