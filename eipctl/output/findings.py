"""`eipctl check`: grouped by what is looked at, short when green, detailed when red."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from eipctl.domain.findings import Finding, Level
from eipctl.output.console import Line, Style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.base.codes import Code

_WRONG = (Level.WARNING, Level.ERROR)
_MARKS = {Level.OK: "✓", Level.INFO: "i", Level.WARNING: "!", Level.ERROR: "✗"}
_STYLES = {Level.OK: Style.GOOD, Level.INFO: Style.QUIET, Level.WARNING: Style.CAUTION, Level.ERROR: Style.BAD}
_GROUPS = {
    "1": "cluster",
    "2": "RAM and credentials",
    "3": "Terway",
    "4": "workloads",
    "5": "bindings",
    "6": "money and leaks",
    "9": "eipctl",
}
"""By the hundred of the code."""


def finding_lines(
    findings: Sequence[Finding], *, verbose: bool = False, exit_code: bool = False, codes: Sequence[Code] = ()
) -> list[Line]:
    """The findings of each group under its name, then what they add up to.

    A finding is one line; what is wrong also has its reason and its fix, with `verbose` everything has. `exit_code`
    is whether the process ends with 3 when there is an error. `codes` are the only ones asked for; () is all.
    """
    lines: list[Line] = []
    for hundred, group in groupby(sorted(findings, key=_hundred), key=_hundred):
        name = _GROUPS[hundred]
        lines += [((name, Style.TITLE),), (("-" * len(name), Style.QUIET),)]
        lines += [line for finding in group for line in _finding(finding, verbose=verbose)]
        lines.append((("", Style.PLAIN),))
    return [*lines, *_summary(findings, codes, exit_code=exit_code)]


def _hundred(finding: Finding) -> str:
    return finding.code.value.removeprefix("EIP")[0]


def _finding(finding: Finding, *, verbose: bool) -> list[Line]:
    mark = f"{_MARKS[finding.level]} {finding.code.value} "
    lines: list[Line] = [((mark, _STYLES[finding.level]), (finding.title, Style.PLAIN))]
    if finding.detail and (verbose or finding.level is not Level.OK):
        lines.append(((f"    {finding.detail}", Style.PLAIN),))
    if finding.fix:
        lines.append((("    fix: ", Style.QUIET), (finding.fix, Style.COMMAND)))
    return lines


def _summary(findings: Sequence[Finding], codes: Sequence[Code], *, exit_code: bool) -> list[Line]:
    counts = Counter(finding.level for finding in findings)
    found = ", ".join(f"{counts[level]} {level.value}" for level in Level if counts[level])
    nothing = f"checked; nothing to report under {', '.join(code.value for code in codes)}" if codes else ""
    lines: list[Line] = [((found or nothing or "nothing was checked", Style.TITLE),)]
    wrong = dict.fromkeys(finding.code.value for finding in findings if finding.level in _WRONG)
    if wrong:
        lines.append((("more on these: ", Style.QUIET), (f"eipctl explain {' '.join(wrong)}", Style.COMMAND)))
    if counts[Level.ERROR] and not exit_code:
        lines.append((("exit code 0; with --exit-code it would be 3", Style.QUIET),))
    return lines
