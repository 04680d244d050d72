"""The data of other answers. The annotation of a field is its description in the schema."""

from __future__ import annotations

from typing import Annotated, NotRequired, Required

from eipctl.domain.action_data import ActionData, CostData, Data, ErrorCode, HeldBackData, SkippedData
from eipctl.planners.annotate.data import LintData


class AppliedCostData(CostData):
    """What the command says of money."""

    unpriced: NotRequired[Annotated[list[str], "EIPs that are in no sum, because no price is known."]]


class AppliedData(Data, total=False):
    """What the command says that made the plan, and which it is."""

    command: Required[Annotated[str, "What made the plan: bind, release, setup, …"]]
    dry_run: Required[Annotated[bool, "Whether the plan is only shown."]]
    actions: Required[list[ActionData]]
    skipped: Required[list[SkippedData]]
    notes: Annotated[list[str], "What to know about the plan."]
    complete: Annotated[bool, "Whether everything was read."]
    counts: Annotated[dict[str, int], "Pods selected, eligible, satisfied; Actions by verb, skipped, failed."]
    held_back: list[HeldBackData]
    api_calls: Annotated[dict[str, int], "Calls of Alibaba Cloud by API."]
    lints: list[LintData]
    cost: AppliedCostData


class VersionData(Data):
    """Of eipctl."""

    version: str


class ExplanationData(Data):
    """A code of a finding or an error."""

    code: ErrorCode
    title: str
    meaning: str
    matters: Annotated[str, "Why it matters."]
    fix: Annotated[str, "What to do."]


class ExplainData(Data):
    """Codes, in their order."""

    codes: list[ExplanationData]
