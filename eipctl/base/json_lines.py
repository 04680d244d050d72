"""JSON Lines, as logs, streams and the audit log have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def json_line(content: Mapping[str, Any]) -> str:
    """An object on a line of its own, in any language; all is escaped if something in it is no plain text.

    That is: control characters, other line ends than ours, bytes of a file's name that are no UTF-8.
    """
    text = json.dumps(content, ensure_ascii=False, default=str)
    return f"{text if text.isprintable() else json.dumps(content, default=str)}\n"
