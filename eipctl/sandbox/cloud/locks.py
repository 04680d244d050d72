"""What keeps an EIP from being changed whatever its status is."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.rows import EipRow


def refuse_locked(call: ApiCall, row: EipRow) -> None:
    """Refuse to change an EIP that is overdue (``financial``) or locked for another reason."""
    if "financial" in row.locks:
        raise call.refusal("Forbidden.FinancialLocked", "The EIP is locked for an overdue payment.")
    if row.locks:
        raise call.refusal("InvalidEIPStatus.BizDisabled", f"The EIP is locked: {', '.join(row.locks)}.")
