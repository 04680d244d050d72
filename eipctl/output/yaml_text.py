"""YAML that every reader understands alike: what Go and kubectl take for more than a text is quoted too."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any

import yaml

from eipctl.base.text import escaped, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

TAG = "tag:yaml.org,2002:"
MORE = {
    "bool": (r"[yYnN]", "yYnN"),
    "float": (r"[-+]?(\.[0-9_]+|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)", "-+.0123456789"),
    "int": (r"[-+]?0o[0-7_]+", "-+0"),
}
"""Texts such as ``y``, ``7e10`` and ``0o17``, which PyYAML would leave bare, and how they begin."""


def _dumper(base: Any) -> Any:
    """A kind of it that knows them, and that writes out what it has written before: people read and edit it."""
    made: Any = type("Dumper", (base,), {"ignore_aliases": lambda _self, _data: True})
    for kind, (pattern, first) in MORE.items():
        made.add_implicit_resolver(TAG + kind, re.compile(f"(?:{pattern})$"), list(first))
    made.add_representer(str, _represented)
    return made


def _represented(dumper: Any, text: str) -> Any:
    """Double quotes where a character is to be escaped."""
    return dumper.represent_scalar(f"{TAG}str", text, style=None if readable(text) else '"')


_SURE = _dumper(yaml.SafeDumper)
_FAST = _dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper))


def yaml_text(documents: Sequence[Any], *, width: int = 80) -> str:
    """Documents, one after the other; every text of any language stays readable, or is escaped if stdout lacks it."""
    try:
        return _dumped(documents, _FAST, width)
    except UnicodeEncodeError:
        # The writer in Python takes five times as long, but can write a file name that is no UTF-8 (escaped).
        return _dumped(documents, _SURE, width)


def _dumped(documents: Sequence[Any], dumper: Any, width: int) -> str:
    readable = (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"
    text: str = yaml.dump_all(documents, Dumper=dumper, sort_keys=False, allow_unicode=readable, width=width)
    return escaped(text, lambda char: f"\\U{ord(char):08X}")
