"""What `setup --edit-policy` did to policies of others, as an annotation of eni-config records it for `teardown`."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

from eipctl.base.text import from_json

MOST_VERSIONS = 5
"""Versions of a custom policy; RAM does not raise this limit."""


@dataclass(frozen=True, slots=True)
class PolicyEdit:
    """The actions that were added to one policy."""

    policy: str
    added: tuple[str, ...]
    before: str
    """The version that was the default before the first of them was added."""

    def with_more(self, actions: tuple[str, ...]) -> PolicyEdit:
        """With further actions added."""
        return replace(self, added=tuple(dict.fromkeys((*self.added, *actions))))


Edits = tuple[PolicyEdit, ...]


def of_policy(edits: Edits, policy: str) -> PolicyEdit | None:
    """The edit of one policy."""
    return next((edit for edit in edits if edit.policy == policy), None)


def parse(text: str) -> Edits:
    """The edits that an annotation records; none when it cannot be read."""
    try:
        found = from_json(text).items()
        return tuple(PolicyEdit(str(name), tuple(map(str, one["added"])), str(one["before"])) for name, one in found)
    except (ValueError, TypeError, AttributeError, KeyError):
        return ()


def text(edits: Edits) -> str:
    """The annotation's value."""
    found = {edit.policy: {"added": edit.added, "before": edit.before} for edit in edits}
    return json.dumps(found, separators=(",", ":"))
