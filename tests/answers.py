"""Answers and lines against the schemas that eipctl ships: what a schema does not name must not be there."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator

from eipctl.commands.registry import ANSWERS
from eipctl.commands.schemas import shipped


@cache
def _validator(command: str) -> Draft202012Validator:
    return Draft202012Validator(_strict(json.loads(shipped(command))))


def _strict(part: Any) -> Any:
    """The same where fields that are not named are refused."""
    if isinstance(part, list):
        return [_strict(each) for each in part]
    if not isinstance(part, dict):
        return part
    closed = {"additionalProperties": False} if isinstance(part.get("properties"), dict) else {}
    return {**closed, **{name: _strict(value) for name, value in part.items()}}


def read(text: str) -> dict[str, Any]:
    """The answer that -o json has printed; it must be as its schema says."""
    answer: dict[str, Any] = json.loads(text)
    found = problems(answer)
    assert found == []
    return answer


def problems(answer: dict[str, Any]) -> list[str]:
    """What is wrong with an answer of -o json, by the schema of its command; a failure without a command has none."""
    if answer["command"] not in ANSWERS:
        return []
    return [f"{error.json_path}: {error.message[:300]}" for error in _validator(answer["command"]).iter_errors(answer)]


def read_lines(stream: str, text: str) -> list[dict[str, Any]]:
    """The lines of a stream; each must be as its schema says."""
    lines: list[dict[str, Any]] = [json.loads(line) for line in text.splitlines()]
    wrong = [(error.message[:300], line) for line in lines for error in _validator(stream).iter_errors(line)]
    assert wrong == []
    return lines
