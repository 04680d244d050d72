"""The data of `eipctl annotate`, as programs read it."""

from __future__ import annotations

from typing import Annotated

from eipctl.commands.plan_data import PlanData
from eipctl.domain.action_data import CostData, Data
from eipctl.planners.annotate.data import LintData, WorkloadData


class AnnotateData(PlanData):
    """What is annotated."""

    lints: list[LintData]
    cost: CostData


class ListedData(Data):
    """With --list: what is annotated today."""

    workloads: list[WorkloadData]
    actors: Annotated[list[str], "Who gives the EIPs in this cluster."]
    warnings: Annotated[list[str], "What could not be read."]
