"""Text that others wrote (annotations of tenants, policies, files), and lists in sentences."""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

LABEL = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
"""How Kubernetes spells the name of a namespace (RFC 1123 label)."""


def tame(text: str) -> bool:
    """Whether it holds no control character and nothing that can't be written as UTF-8."""
    return text.isprintable() or not any(unicodedata.category(char) in ("Cc", "Cs") for char in text)


def first_few(texts: Sequence[str], most: int = 5, separator: str = ", ") -> str:
    """``a, b, c and 4 more``."""
    rest = f" and {len(texts) - most} more" if len(texts) > most else ""
    return separator.join(texts[:most]) + rest


_OF_ONE_OBJECT = re.compile(
    r"(?P<id>\b(?:eip|eni|i|vpc|vsw|cbwp)-(?=[a-z]*\d)[a-z0-9]+)"
    r"|(?P<address>\b\d+\.\d+\.\d+\.\d+\b)"
    r"|(?P<uuid>\b[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\b)"
    r"|(?<=\bPod )(?P<pod>[a-z0-9.-]+/[a-z0-9.-]*[a-z0-9])"
    r"|(?P<seconds>\b\d+(?:\.\d+)? ?m?s\b)"
)


def cause_of(text: str) -> str:
    """The same for the same cause: without ids, addresses, UUIDs, Pods and seconds, which are of one object alone."""
    return _OF_ONE_OBJECT.sub("…", text)


def one_per_cause(texts: Iterable[str]) -> list[str]:
    """The first text of each cause, in order."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(cause_of(text), text)
    return list(found.values())


def readable(text: str) -> bool:
    """Whether a terminal shows it as it is: no control or format character; line ends and blanks of any kind are."""
    return text.isprintable() or all(map(_readable, text))


def escaped(text: str, escape: Callable[[str], str] | None = None) -> str:
    """JSON, or YAML's double-quoted text, with every character that is not readable as its escape.

    JSON itself escapes only what is below a blank: DEL, C1 and characters that turn the writing direction are left.
    """
    if readable(text):
        return text
    escape = escape or _json_escape
    return "".join(char if _readable(char) else escape(char) for char in text)


def _readable(char: str) -> bool:
    return char.isprintable() or char == "\n" or unicodedata.category(char) == "Zs"


def from_json(text: str) -> Any:
    """What it says; ValueError when it is not JSON, also for what is nested too deeply to be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def with_characters(content: bytes) -> bytes:
    """The same JSON, where halves of characters, and bytes that are not UTF-8, are replaced. ValueError for no JSON."""
    return json.dumps(from_json(content.decode("utf-8", "replace")), ensure_ascii=False).encode("utf-8", "replace")


def _json_escape(char: str) -> str:
    """The standard library leaves DEL as it is."""
    return "\\u007f" if char == "\x7f" else json.dumps(char)[1:-1]
