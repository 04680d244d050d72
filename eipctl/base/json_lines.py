"""JSON Lines, as logs, streams and the audit log have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from eipctl.base.text import escaped

if TYPE_CHECKING:
    from collections.abc import Mapping


def json_line(content: Mapping[str, Any]) -> str:
    """One JSON object per line, in any language; unprintable characters are escaped."""
    return escaped(json.dumps(content, ensure_ascii=False, default=str)) + "\n"
