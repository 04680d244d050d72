"""Findings: what `check` found, each with the fix as a command to paste."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

from eipctl.domain.action_data import Data, ErrorCode

if TYPE_CHECKING:
    from eipctl.base.codes import Code


class Level(StrEnum):
    """How much a finding matters; only ERROR counts for `--exit-code`."""

    OK = "ok"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class FindingData(Data):
    """One thing that was looked at."""

    code: ErrorCode
    level: Annotated[str, "ok, info, warning or error."]
    title: str
    detail: str
    fix: Annotated[str, "A command; empty when nothing has to be done."]
    object: str


class CheckData(Data):
    """What was found."""

    findings: list[FindingData]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `fix` is a command, or "" when nothing has to be done."""

    code: Code
    level: Level
    title: str
    detail: str = ""
    fix: str = ""
    object: str = ""

    def as_data(self) -> FindingData:
        """All fields, JSON-ready."""
        return {
            "code": self.code.value,
            "level": self.level.value,
            "title": self.title,
            "detail": self.detail,
            "fix": self.fix,
            "object": self.object,
        }
