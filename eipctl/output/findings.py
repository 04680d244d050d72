"""`eipctl check`: short when green, detailed when red."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from eipctl.domain.findings import Finding, Level
from eipctl.output.console import Line, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.base.codes import Code

_WRONG = (Level.WARNING, Level.ERROR)
_MARKS = {Level.OK: "✓", Level.INFO: "i", Level.WARNING: "!", Level.ERROR: "✗"}
_STYLES = {Level.OK: Style.GOOD, Level.INFO: Style.QUIET, Level.WARNING: Style.CAUTION, Level.ERROR: Style.BAD}


def finding_lines(findings: Sequence[Finding], *, verbose: bool = False, codes: Sequence[Code] = ()) -> list[Line]:
    """A line per finding; what is not well also tells why and how to mend it, `verbose` all that is known.

    `codes` are the only ones that were asked for; () is all.
    """
    lines: list[Line] = []
    for finding in findings:
        mark = f"{_MARKS[finding.level]} {finding.code.value} "
        lines.append(((mark, _STYLES[finding.level]), (finding.title, Style.PLAIN)))
        if finding.detail and (verbose or finding.level is not Level.OK):
            lines.append(((f"    {finding.detail}", Style.PLAIN),))
        if finding.fix:
            lines.append((("    fix: ", Style.QUIET), (finding.fix, Style.PLAIN)))
    counts = Counter(finding.level for finding in findings)
    told = ", ".join(f"{counts[level]} {level.value}" for level in Level if counts[level])
    nothing = f"checked; nothing to report under {', '.join(code.value for code in codes)}" if codes else ""
    lines.append(((told or nothing or "nothing was checked", Style.TITLE),))
    wrong = dict.fromkeys(finding.code.value for finding in findings if finding.level in _WRONG)
    if wrong:
        lines.append((("more on these: ", Style.QUIET), (f"eipctl explain {' '.join(wrong)}", Style.PLAIN)))
    return lines
