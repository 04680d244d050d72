"""What it costs to render a status, beside writing the same bytes.

python -m tests.bench.status_rows [PODS]        10000 by default
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from eipctl.domain.cost import Rates
from eipctl.output.envelope import Format, envelope, render
from eipctl.output.status_text import status_text
from eipctl.planners.bind.plan import plan_bind
from eipctl.planners.bind.world import Knobs
from eipctl.planners.status.join import report
from tests.bench.bind_plan import settled

if TYPE_CHECKING:
    from collections.abc import Callable

REPEATS = 5


def best(work: Callable[[], object]) -> float:
    """Seconds of the fastest of some runs."""
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def piped(text: str) -> None:
    """Write it to a process that reads it, as `eipctl status | cat` does."""
    with os.popen("cat >/dev/null", "w") as pipe:
        pipe.write(text)


def main() -> None:
    """One line for each form."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    world = settled(count)
    found = report(world, plan_bind(world, Knobs()).plan, Rates())
    forms: dict[str, Callable[[], str]] = {
        form.value: lambda form=form: status_text(found, form)  # type: ignore[misc] # mypy infers no lambda default
        for form in (Format.TABLE, Format.WIDE, Format.CSV, Format.NAME)
    }
    forms["json"] = lambda: render(envelope("status", 0, found.as_data(), ()), Format.JSON)  # type: ignore[arg-type]
    for name, work in forms.items():
        text = work()
        rendering, writing = best(work), best(lambda text=text: piped(text))  # type: ignore[misc] # as above
        rate = f"{rendering / writing:5.1f} times the writing"
        sys.stdout.write(
            f"{name:<6} {len(text) / 1e6:6.2f} MB  rendered in {rendering:6.3f} s  {rate} ({writing:6.3f} s)\n"
        )


if __name__ == "__main__":
    main()
