"""As whom the API server is asked, when not as oneself."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_IN_HEADER_NAMES = "!#$&'*+-.^_`|~"
"""What may stand in a header's name besides letters and digits (RFC 9110); ``%`` starts an escape."""


@dataclass(frozen=True, slots=True)
class Impersonation:
    """As whom to act; "" and nothing stand for as oneself."""

    user: str = ""
    uid: str = ""
    groups: tuple[str, ...] = ()
    extra: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @classmethod
    def asked(
        cls, user: str | None, uid: str | None, groups: Sequence[str] | None, extra: Sequence[str] | None
    ) -> Impersonation:
        """As the options say it; extra fields as ``KEY=VALUE``."""
        fields: dict[str, list[str]] = {}
        for key, _, value in (item.partition("=") for item in extra or ()):
            fields.setdefault(key, []).append(value)
        return cls(user or "", uid or "", tuple(groups or ()), fields)

    def over(self, entry: Impersonation) -> Impersonation:
        """The entry's, with what is given here in its place, as kubectl's options have it."""
        return Impersonation(
            self.user or entry.user, self.uid or entry.uid, self.groups or entry.groups, {**entry.extra, **self.extra}
        )

    def headers(self) -> list[tuple[str, str]]:
        """What says so to the API server (client-go, transport/round_trippers.go)."""
        given = [("User", self.user), ("Uid", self.uid), *(("Group", group) for group in self.groups)]
        for key, values in self.extra.items():
            given += [(f"Extra-{quote(key, safe=_IN_HEADER_NAMES)}", value) for value in values]
        return [(f"Impersonate-{name}", value) for name, value in given if value or name.startswith("Extra-")]

    def options(self) -> list[str]:
        """The same as options of kubectl and eipctl."""
        extra = [f"--as-user-extra={key}={value}" for key, values in self.extra.items() for value in values]
        groups = [f"--as-group={group}" for group in self.groups]
        return [
            *([f"--as={self.user}"] if self.user else []),
            *([f"--as-uid={self.uid}"] if self.uid else []),
            *groups,
            *extra,
        ]
