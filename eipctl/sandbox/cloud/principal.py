"""Who calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Principal:
    """The account itself (``root``), a RAM user, or a session of a role with, perhaps, a policy of its own."""

    kind: Literal["root", "user", "role"]
    name: str
    session: str = ""
    session_policy: str = ""

    def arn(self, account: str) -> str:
        """As GetCallerIdentity shows it."""
        if self.kind == "root":
            return f"acs:ram::{account}:root"
        if self.kind == "user":
            return f"acs:ram::{account}:user/{self.name}"
        return f"acs:ram::{account}:assumed-role/{self.name.lower()}/{self.session}"


ROOT = Principal("root", "root")
ANONYMOUS = Principal("user", "")
"""Whoever calls AssumeRoleWithOIDC, which is not signed."""
