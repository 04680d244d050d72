"""check's lines: grouped, short where all is well, detailed where it isn't."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.output.findings import finding_lines

WELL = Finding(Code.KUBE_OK, Level.OK, "the API server answers", "in 3 ms")
KNOWN = Finding(Code.EIP_QUOTA, Level.INFO, "4 EIPs", "the quota is not known")
WRONG = Finding(Code.ORPHANS, Level.WARNING, "2 EIPs of gone Pods", "eip-1, eip-2", "eipctl release --orphans -A")
BROKEN = Finding(Code.TERWAY_NOT_FOUND, Level.ERROR, "no Terway")
HINT = "exit code 0; with --exit-code it would be 3"


def text(*findings: Finding, verbose: bool = False, exit_code: bool = False) -> list[str]:
    lines = finding_lines(findings, verbose=verbose, exit_code=exit_code)
    return ["".join(piece for piece, _ in line) for line in lines]


def test_what_is_well_is_one_line_under_the_name_of_its_group() -> None:
    """Its detail is told with -v only."""
    assert text(WELL) == ["cluster", "-------", "✓ EIP111 the API server answers", "", "1 ok"]
    assert text(WELL, verbose=True)[3] == "    in 3 ms"


def test_what_is_wrong_has_its_detail_its_fix_and_where_to_read_more() -> None:
    """Each code once, and each group once, whatever order the findings come in."""
    assert text(KNOWN, WELL, WRONG, WRONG) == [
        "cluster",
        "-------",
        "✓ EIP111 the API server answers",
        "",
        "money and leaks",
        "---------------",
        "i EIP602 4 EIPs",
        "    the quota is not known",
        "! EIP601 2 EIPs of gone Pods",
        "    eip-1, eip-2",
        "    fix: eipctl release --orphans -A",
        "! EIP601 2 EIPs of gone Pods",
        "    eip-1, eip-2",
        "    fix: eipctl release --orphans -A",
        "",
        "1 ok, 1 info, 2 warning",
        "more on these: eipctl explain EIP601",
    ]


def test_who_reads_red_learns_that_a_script_would_not() -> None:
    """The last line names --exit-code when there is an error that it would report, and only then."""
    assert text(WELL, BROKEN)[-1] == HINT
    assert HINT not in text(WELL, BROKEN, exit_code=True)
    assert HINT not in text(WELL, WRONG)


def test_every_code_has_a_group() -> None:
    """By its hundred."""
    for code in Code:
        assert text(Finding(code, Level.OK, "well"))[0]


def test_nothing_is_told_as_nothing() -> None:
    """Such as for a code that nothing reported."""
    assert text() == ["nothing was checked"]


def test_a_code_that_was_asked_for_and_not_found_was_checked() -> None:
    """Not to be mistaken for nothing being looked at."""
    lines = finding_lines((), codes=(Code.STALE_BINDING,))
    assert ["".join(piece for piece, _ in line) for line in lines] == ["checked; nothing to report under EIP513"]
