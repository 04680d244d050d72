"""What an edit of `eni_conf` changes, for people: a unified diff in which no AccessKey can be read."""

from __future__ import annotations

import difflib
import json
import re

LONG = 120
"""Characters of a line that nobody reads as a whole: a text with such lines is shown one member a line."""
MASK = "***"

_SECRET = re.compile(r'("[^"]*(?:access_key|secret|password|token)[^"]*"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE)


def masked(text: str) -> str:
    """`text` with the value of every key that names a secret hidden."""
    return _SECRET.sub(rf'\1"{MASK}"', text)


def unified(before: str, after: str) -> tuple[str, ...]:
    """The hunks of a unified diff with three lines of context; empty when nothing changes."""
    if before == after:
        return ()
    if any(len(line) > LONG for text in (before, after) for line in text.splitlines()):
        before, after = _spread(before), _spread(after)
    old, new = masked(before).splitlines(), masked(after).splitlines()
    return tuple(difflib.unified_diff(old, new, "eni_conf", "eni_conf", lineterm=""))


def _spread(text: str) -> str:
    return json.dumps(json.loads(text), indent=2, ensure_ascii=False)
