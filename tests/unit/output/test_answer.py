"""One answer in every format."""

from __future__ import annotations

import csv
import io
import json

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Failed
from eipctl.output.answer import CommandAnswer, Output
from eipctl.output.envelope import Format

ROWS = [
    {"name": "a", "eip": "198.18.0.1", "tags": [["k", "v"]], "cost": 2.26, "reason": None},
    {"name": "b", "eip": None, "more": True},
]
ANSWER = CommandAnswer(command="status", data={"pods": ROWS, "n": 2}, rows="pods")


def text(form: str, *, headers: bool = True, answer: CommandAnswer = ANSWER) -> str:
    return answer.text(Output.of(form), headers=headers)


def test_the_envelope_has_three_notations() -> None:
    """JSON, YAML, and JSON on one line."""
    found = json.loads(text("json"))
    assert found["data"] == {"pods": ROWS, "n": 2}
    assert yaml.safe_load(text("yaml")) == found
    assert text("jsonl").count("\n") == 1
    assert json.loads(text("jsonl")) == found


def test_csv_has_a_row_for_each_and_a_column_for_each_field() -> None:
    """What is no text or number is JSON in its cell; nothing is an empty cell."""
    rows = list(csv.DictReader(io.StringIO(text("csv"))))
    assert list(rows[0]) == ["name", "eip", "tags", "cost", "reason", "more"]
    assert list(rows[0].values()) == ["a", "198.18.0.1", '[["k", "v"]]', "2.26", "", ""]
    assert (rows[1]["name"], rows[1]["eip"], rows[1]["more"]) == ("b", "", "true")
    assert text("csv", headers=False) == text("csv").partition("\n")[2]


def test_custom_columns_are_kubectls() -> None:
    """Headers as they are given, several values with commas, what is not there as <none>."""
    shown = text("custom-columns=POD:.name,EIP:eip,TAG:{.tags[0][*]},X:.nothing")
    assert [line.split() for line in shown.splitlines()] == [
        ["POD", "EIP", "TAG", "X"],
        ["a", "198.18.0.1", "k,v", "<none>"],
        ["b", "<none>", "<none>", "<none>"],
    ]
    assert text("custom-columns=POD:.name", headers=False) == "a\nb\n"


def test_jsonpath_looks_at_what_json_shows() -> None:
    """The whole envelope, as with -o json."""
    assert text("jsonpath={.data.pods[*].name} {.command}") == "a b status"


def test_names_are_a_line_each() -> None:
    """For xargs: each once, also where several actions are about one object."""
    assert text("name") == "a\nb\n"
    twice = CommandAnswer(command="bind", data={"actions": [{"object": "pod/a"}] * 2}, rows="actions", named="object")
    assert text("name", answer=twice) == "pod/a\n"


def test_an_answer_without_a_list_is_one_row() -> None:
    """Such as a version."""
    answer = CommandAnswer(command="version", data={"version": "1"}, named="version")
    assert [text(form, answer=answer) for form in ("csv", "name", "custom-columns=V:.version")] == [
        "version\n1\n",
        "1\n",
        "V\n1\n",
    ]


def test_errors_are_in_the_envelope() -> None:
    """With the exit code."""
    error = Failed(Code.WORKLOAD_NOT_FOUND, "there is no Pod x", hint="look", obj="pod/x")
    answer = CommandAnswer(command="bind", data={}, code=ExitCode.PARTIAL, errors=[error])
    found = json.loads(answer.text(Output(Format.JSON)))
    assert (found["status"], found["exit_code"], found["errors"][0]["object"]) == ("partial", 4, "pod/x")


@pytest.mark.parametrize(
    ("form", "why"),
    [
        ("xml", "'xml' is not a format: table, wide"),
        ("json=x", "json takes no template"),
        ("jsonpath", "jsonpath needs a template, such as"),
        ("custom-columns=", "custom-columns needs a template"),
        ("jsonpath={.a", "not closed"),
        ("custom-columns=NAME", "'NAME' is not a column"),
        ("custom-columns=A:.a[", "a bracket that is not closed"),
    ],
)
def test_what_is_no_format_says_why(form: str, why: str) -> None:
    """While the command line is read: before anything is done."""
    with pytest.raises(ValueError, match=why):
        Output.of(form)
