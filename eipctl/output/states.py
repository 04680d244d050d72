"""How the state of a Pod looks: a colour, and a sign that says the same without colour."""

from __future__ import annotations

from eipctl.output.console import Style
from eipctl.planners.status.report import PodState

SIGNS = {
    PodState.MISPLACED: "✗",
    PodState.CONFLICT: "!",
    PodState.DRIFTED: "~",
    PodState.PENDING: "…",
    PodState.UNKNOWN: "?",
    PodState.INELIGIBLE: "-",
    PodState.BOUND: "✓",
}
STYLES = {
    PodState.MISPLACED: Style.BAD,
    PodState.CONFLICT: Style.BAD,
    PodState.DRIFTED: Style.CAUTION,
    PodState.PENDING: Style.CAUTION,
    PodState.UNKNOWN: Style.CAUTION,
    PodState.INELIGIBLE: Style.QUIET,
    PodState.BOUND: Style.GOOD,
}
