"""Rights in Kubernetes that a plan for Terway will need, asked for before its first write.

A step that is refused in the midst of a plan would leave a flag on that the next restart of any node brings into force.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.lazy import lazy
from eipctl.domain.actions.policies import RecordEdits
from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
from eipctl.domain.rights import DELETE_TERWAY_PODS, PATCH_ENI_CONFIG
from eipctl.planners.check.access import grant, told

if TYPE_CHECKING:
    from eipctl.domain.plan import Action, Plan
    from eipctl.domain.rights import Right
    from eipctl.engine.execute import Handlers
    from eipctl.observe.snapshot import Snapshot

NEEDED: dict[type[Action], Right] = {
    WriteEniConfig: PATCH_ENI_CONFIG,
    RecordEdits: PATCH_ENI_CONFIG,
    RestartTerway: DELETE_TERWAY_PODS,
}


class Permits:
    """Whether the current user may carry out a plan of `command`."""

    def __init__(self, look: Snapshot, plan: Plan, command: str) -> None:
        self._look, self._plan, self._command = look, plan, command

    @lazy
    def lacking(self) -> tuple[Right, ...]:
        """What the API server says is missing."""
        needed = dict.fromkeys(NEEDED[type(action)] for action in self._plan.actions if type(action) in NEEDED)
        return tuple(right for right in needed if not self._look.kube.can_i(right))

    @property
    def noted(self) -> Plan:
        """The plan, with a note on what is missing."""
        if not self.lacking:
            return self._plan
        note = f"this plan can't be carried out: the current user may not {', '.join(map(told, self.lacking))}"
        return replace(self._plan, notes=(*self._plan.notes, note))

    def demanded(self, handlers: Handlers) -> Handlers:
        """The handlers; Refused, before any of them is used, when a right is missing."""
        if self.lacking:
            user = self._look.kube.whoami() or "USER"
            raise Refused(
                Code.KUBE_FORBIDDEN,
                f"the current user may not {', '.join(map(told, self.lacking))}, which this plan needs; "
                "nothing was changed",
                hint=f"an administrator grants it with: {grant(self._command, user)}",
            )
        return handlers
