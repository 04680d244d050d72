"""The data of annotations, as programs read it. The annotation of a field is its description in the schema."""

from __future__ import annotations

from typing import Annotated, NotRequired

from eipctl.domain.action_data import Data, ErrorCode, Object


class LintData(Data):
    """What can't work, or surprises."""

    code: ErrorCode
    level: Annotated[str, "info, warning or error."]
    object: Object
    place: NotRequired[Annotated[str, "File and line of a manifest."]]
    problem: str
    instead: Annotated[str, "What to do instead."]


class SettingData(Data):
    """A setting in effect."""

    setting: str
    value: str
    key: Annotated[str, "The annotation that it comes from; empty for a default."]
    note: str


class WorkloadData(Data):
    """An annotated workload."""

    object: Object
    asks: Annotated[str | None, "auto, an allocation ID, invalid, or null when it asks for no EIP."]
    settings: list[SettingData]
    lints: list[LintData]
