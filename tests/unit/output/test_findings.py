"""check's lines: short where all is well, detailed where it isn't."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.output.findings import finding_lines

WELL = Finding(Code.KUBE_OK, Level.OK, "the API server answers", "in 3 ms")
KNOWN = Finding(Code.EIP_QUOTA, Level.INFO, "4 EIPs", "the quota is not known")
WRONG = Finding(Code.ORPHANS, Level.WARNING, "2 EIPs of gone Pods", "eip-1, eip-2", "eipctl release --orphans -A")


def text(*findings: Finding, verbose: bool = False) -> list[str]:
    return ["".join(piece for piece, _ in line) for line in finding_lines(findings, verbose=verbose)]


def test_what_is_well_is_one_line() -> None:
    """Its detail is told with -v only."""
    assert text(WELL) == ["✓ EIP111 the API server answers", "1 ok"]
    assert text(WELL, verbose=True)[1] == "    in 3 ms"


def test_what_is_wrong_has_its_detail_its_fix_and_where_to_read_more() -> None:
    """Each code once."""
    assert text(WELL, KNOWN, WRONG, WRONG) == [
        "✓ EIP111 the API server answers",
        "i EIP602 4 EIPs",
        "    the quota is not known",
        "! EIP601 2 EIPs of gone Pods",
        "    eip-1, eip-2",
        "    fix: eipctl release --orphans -A",
        "! EIP601 2 EIPs of gone Pods",
        "    eip-1, eip-2",
        "    fix: eipctl release --orphans -A",
        "1 ok, 1 info, 2 warning",
        "more on these: eipctl explain EIP601",
    ]


def test_nothing_is_told_as_nothing() -> None:
    """Such as for a code that nothing reported."""
    assert text() == ["nothing was checked"]


def test_a_code_that_was_asked_for_and_not_found_was_checked() -> None:
    """Not to be mistaken for nothing being looked at."""
    lines = finding_lines((), codes=(Code.STALE_BINDING,))
    assert ["".join(piece for piece, _ in line) for line in lines] == ["checked; nothing to report under EIP513"]
