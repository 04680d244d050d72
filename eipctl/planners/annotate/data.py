"""The data of annotations, as programs read it. The annotation of a field is its description in the schema."""

from __future__ import annotations

from typing import Annotated, NotRequired, TypedDict

from eipctl.domain.action_data import ErrorCode, Object


class LintData(TypedDict):
    """What can't work, or surprises."""

    code: ErrorCode
    level: Annotated[str, "info, warning or error."]
    object: Object
    place: NotRequired[Annotated[str, "File and line of a manifest."]]
    problem: str
    instead: Annotated[str, "What to do instead."]


class SettingData(TypedDict):
    """A setting in effect."""

    setting: str
    value: str
    key: Annotated[str, "The annotation that it comes from; empty for a default."]
    note: str


class WorkloadData(TypedDict):
    """An annotated workload."""

    object: Object
    asks: Annotated[str | None, "auto, an allocation ID, invalid, or null when it asks for no EIP."]
    settings: list[SettingData]
    lints: list[LintData]


class AnnotateCostData(TypedDict):
    """What the EIPs of these Pods cost a month, without traffic."""

    currency: str
    per_month_before: float
    per_month_after: float
