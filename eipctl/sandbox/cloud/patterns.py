"""Texts with ``*`` for any text and ``?`` for one character, as RAM policies have them."""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(maxsize=4096)
def _compiled(pattern: str, flags: int) -> re.Pattern[str]:
    text = "".join({"*": ".*", "?": "."}.get(character, re.escape(character)) for character in pattern)
    return re.compile(text, flags | re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    """Whether `text` is what `pattern` stands for, in any case of letters."""
    return pattern == "*" or _compiled(pattern, re.IGNORECASE).fullmatch(text) is not None


def is_like(pattern: str, text: str) -> bool:
    """The same, where the case of letters matters."""
    return _compiled(pattern, 0).fullmatch(text) is not None
