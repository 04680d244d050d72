"""Answers in XML, for clients that ask for it or do not say."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape


def encode(root: str, answer: dict[str, Any]) -> bytes:
    """A document: objects are elements, the values of a list elements of its name, booleans in lower case."""
    return f"<?xml version='1.0' encoding='UTF-8'?>{_element(root, answer)}".encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, dict):
        inner = "".join(_element(key, one) for key, one in value.items())
    elif isinstance(value, list):
        return "".join(_element(name, one) for one in value)
    else:
        inner = escape(str(value).lower() if isinstance(value, bool) else str(value))
    return f"<{name}>{inner}</{name}>"
