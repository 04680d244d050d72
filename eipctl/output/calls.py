"""-v and -vv: the calls to the cloud and to the Kubernetes API, as they are answered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.output.console import Style

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.engine.calls import Call
    from eipctl.output.console import Console


def call_log(console: Console) -> Callable[[Call], None]:
    """Logs write calls, with -vv all calls."""

    def tell(call: Call) -> None:
        if not call.changes and console.verbose < 2:
            return
        outcome = call.code or "ok"
        parts = [call.object, outcome, f"{call.seconds:.3f} s", f"request {call.request_id}" if call.request_id else ""]
        console.log(
            "error" if call.code else "info",
            ((f"{call.api} ", Style.QUIET), ("  ".join(filter(None, parts)), Style.PLAIN)),
            message=f"{call.api} {call.object}".strip(),
            service=call.service.value,
            api=call.api,
            object=call.object,
            error_code=call.code,
            request_id=call.request_id,
            seconds=round(call.seconds, 3),
            changes=call.changes,
        )

    return tell
