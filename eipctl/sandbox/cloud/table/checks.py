"""Holding a call's parameters to the table."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.refusal import CloudRefusal
    from eipctl.sandbox.cloud.table.kinds import Parameter

MISSING = 'The input parameter "{}" that is mandatory for processing this request is not supplied.'
_STRICT_KEY = re.compile(r"[A-Za-z][A-Za-z0-9._\-]{0,63}")
_LABEL = "it has up to 128 characters, begins with neither aliyun nor acs: and holds no link"
_RESERVED = ("aliyun", "acs:")
_LINKS = ("http://", "https://")


def check(call: ApiCall) -> None:
    """Refuse the first parameter that is missing or wrong, in the table's order."""
    raw = call.params.raw
    for parameter in call.api.parameters:
        if parameter.kind in ("list", "tags"):
            first = f"{parameter.stem}.1" if parameter.kind == "list" else f"{parameter.stem}.1.Key"
            there = first in raw
        else:
            there = bool(raw.get(parameter.name))
        if there:
            _CHECKS[parameter.kind](call, parameter)
        elif parameter.need:
            raise call.refusal(parameter.missing, MISSING.format(parameter.name))


def _wrong(call: ApiCall, parameter: Parameter, why: str = "", code: str = "") -> CloudRefusal:
    text = f"The specified parameter {parameter.name} is not valid{': ' + why if why else ''}."
    return call.refusal(code or parameter.code, text)


def _text(call: ApiCall, parameter: Parameter) -> None:
    text = call.params.raw[parameter.name]
    if len(text) < parameter.low or (parameter.high and len(text) > parameter.high):
        raise _wrong(call, parameter, f"it has {parameter.low} to {parameter.high} characters", parameter.many)
    if parameter.shape and not re.fullmatch(parameter.shape, text):
        raise _wrong(call, parameter)


def _number(call: ApiCall, parameter: Parameter) -> None:
    text = call.params.raw[parameter.name]
    if not (text.isascii() and text.isdigit()):
        raise _wrong(call, parameter, "it is a whole number")
    high = parameter.high or int(text)
    if not parameter.clamped and not parameter.low <= int(text) <= high:
        raise _wrong(call, parameter, f"it is a number from {parameter.low} to {parameter.high or 'any'}")


def _flag(call: ApiCall, parameter: Parameter) -> None:
    if call.params.raw[parameter.name].lower() not in ("true", "false"):
        raise _wrong(call, parameter, "it is true or false")


def _choice(call: ApiCall, parameter: Parameter) -> None:
    text = call.params.raw[parameter.name]
    if (text.upper() if parameter.any_case else text) not in parameter.among:
        raise _wrong(call, parameter, f"it is one of {', '.join(parameter.among)}")


def _several(call: ApiCall, parameter: Parameter, values: list[str]) -> None:
    if parameter.high and len(values) > parameter.high:
        raise _wrong(call, parameter, f"at most {parameter.high} values", parameter.many)
    if parameter.twice and len(set(values)) < len(values):
        raise _wrong(call, parameter, "a value is given twice", parameter.twice)
    if parameter.among and not set(values) <= set(parameter.among):
        raise _wrong(call, parameter, f"they are among {', '.join(parameter.among)}")
    if parameter.shape and not all(re.fullmatch(parameter.shape, value) for value in values):
        raise _wrong(call, parameter)


def _list(call: ApiCall, parameter: Parameter) -> None:
    _several(call, parameter, call.params.listing(parameter.stem))


def _commas(call: ApiCall, parameter: Parameter) -> None:
    _several(call, parameter, call.params.commas(parameter.name))


def _json(call: ApiCall, parameter: Parameter) -> None:
    try:
        values = json.loads(call.params.raw[parameter.name])
    except ValueError:
        values = None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise _wrong(call, parameter, "it is a JSON array of texts")
    _several(call, parameter, values)


def _tags(call: ApiCall, parameter: Parameter) -> None:
    pairs = call.params.pairs(parameter.stem)
    _several(call, parameter, [key for key, _ in pairs])
    strict = call.state.switches.strict_tag_keys
    for key, value in pairs:
        if not key or _bad_label(key) or (strict and not _STRICT_KEY.fullmatch(key)):
            raise _wrong(call, parameter, _LABEL)
        if parameter.low and not value:
            raise call.refusal(parameter.missing, "The tag value is not supplied.")
        if _bad_label(value or ""):
            raise _wrong(call, parameter, _LABEL, parameter.value)


def _bad_label(text: str) -> bool:
    return len(text) > 128 or text.lower().startswith(_RESERVED) or any(link in text.lower() for link in _LINKS)


def _region(_call: ApiCall, _parameter: Parameter) -> None:
    """Looked up before, by :func:`eipctl.sandbox.cloud.regions.check_region`."""


_CHECKS: dict[str, Callable[[ApiCall, Parameter], None]] = {
    "text": _text,
    "number": _number,
    "flag": _flag,
    "choice": _choice,
    "list": _list,
    "commas": _commas,
    "json": _json,
    "tags": _tags,
    "region": _region,
}
