"""Who runs bind: what check says of workloads and the Lease, row by row."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from eipctl.base.codes import Code
from eipctl.domain.binders import Binder, LastRun
from eipctl.domain.findings import Level
from eipctl.planners.check.binders import binders

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


def ago(**age: float) -> datetime:
    return NOW - timedelta(**age)


def deployment(name: str = "eipctl", *, active: bool = True, ready: int = 2) -> Binder:
    return Binder(kind="Deployment", namespace="ops", name=name, active=active, ready=ready)


def cron_job(*, active: bool = True, failed: bool = False, succeeded: datetime | None = None) -> Binder:
    return Binder(kind="CronJob", namespace="ops", name="eipctl", active=active, failed=failed, succeeded=succeeded)


LEADS = LastRun("eipctl-6d9f8c7b5-x2x4z/1a2b/403/7/99", ago(seconds=4), 30)
ELSEWHERE = LastRun("bastion/1a2b/403/7/99", ago(seconds=4), 30)
LOST = LastRun("eipctl-6d9f8c7b5-x2x4z/1a2b/403/7/99", ago(minutes=9), 30)
GIVEN_BACK = LastRun("", ago(minutes=9), 30)
LONG_AGO = LastRun("", ago(days=3), 30)

OK, INFO, WARNING = Level.OK, Level.INFO, Level.WARNING
RUNS = "Deployment ops/eipctl runs bind: eipctl-6d9f8c7b5-x2x4z renewed its Lease 4 s ago"
ROWS: list[tuple[str, list[Binder], LastRun | None, list[tuple[Level, str]]]] = [
    ("nothing ever ran", [], None, []),
    ("cron on a host", [], GIVEN_BACK, [(OK, "the last run ended 9 min ago")]),
    ("cron on a host, now", [], ELSEWHERE, [(OK, "a run on bastion is in progress")]),
    ("somebody once", [], LONG_AGO, [(INFO, "the last run ended 3 days ago")]),
    ("a leader", [deployment()], LEADS, [(OK, RUNS)]),
    ("no leader", [deployment()], LOST, [(WARNING, "no Pod of Deployment ops/eipctl runs bind")]),
    ("never a leader", [deployment(ready=0)], None, [(WARNING, "no Pod of Deployment ops/eipctl runs bind")]),
    (
        "scaled to none",
        [deployment(active=False)],
        GIVEN_BACK,
        [(WARNING, "Deployment ops/eipctl, which runs bind, is scaled to 0")],
    ),
    (
        "a run by hand beside a standby",
        [deployment()],
        ELSEWHERE,
        [
            (OK, "Deployment ops/eipctl waits for the run on bastion"),
            (INFO, "a run on bastion is in progress beside Deployment ops/eipctl"),
        ],
    ),
    ("a CronJob that is new", [cron_job()], None, [(OK, "CronJob ops/eipctl runs bind")]),
    (
        "a CronJob",
        [cron_job(succeeded=ago(hours=3))],
        GIVEN_BACK,
        [(OK, "CronJob ops/eipctl runs bind: it last succeeded 3 h ago")],
    ),
    (
        "a CronJob that fails",
        [cron_job(failed=True)],
        None,
        [(WARNING, "the last Job of CronJob ops/eipctl, which runs bind, failed")],
    ),
    (
        "a CronJob that is suspended",
        [cron_job(active=False)],
        None,
        [(WARNING, "CronJob ops/eipctl, which runs bind, is suspended")],
    ),
    ("one that is suspended beside one at work", [cron_job(active=False), deployment()], LEADS, [(OK, RUNS)]),
    (
        "both",
        [deployment(), cron_job()],
        LEADS,
        [
            (OK, RUNS),
            (OK, "CronJob ops/eipctl runs bind"),
            (WARNING, "2 workloads run bind: Deployment ops/eipctl, CronJob ops/eipctl"),
        ],
    ),
    (
        "two Deployments",
        [deployment(), deployment("other")],
        LEADS,
        [
            (OK, RUNS),
            (OK, "Deployment ops/other waits for the run on eipctl-6d9f8c7b5-x2x4z"),
            (WARNING, "2 workloads run bind: Deployment ops/eipctl, Deployment ops/other"),
        ],
    ),
]


@pytest.mark.parametrize(("found", "last", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_who_runs_bind(found: list[Binder], last: LastRun | None, expected: list[tuple[Level, str]]) -> None:
    """Two are a finding of their own code; a warning says what to do or where to look."""
    findings = list(binders(found, last, NOW))
    assert [(finding.level, finding.title) for finding in findings] == expected
    several = [finding for finding in findings if finding.code is Code.BINDERS]
    assert len(several) == any("beside Dep" in title or "workloads" in title for _, title in expected)
    assert all(finding.fix or "see: kubectl" in finding.detail for finding in findings if finding.level is WARNING)


def test_the_one_to_take_away_is_the_cronjob() -> None:
    """Whatever the order; the Deployment does the same sooner."""
    for found in ([cron_job(), deployment()], [deployment(), cron_job()]):
        *_, finding = binders(found, LEADS, NOW)
        assert finding.fix == "kubectl -n ops delete cronjob eipctl"


def test_what_failed_says_when_it_last_went_well() -> None:
    """Or that it never did."""
    details = [
        next(iter(binders([cron_job(failed=True, succeeded=when)], None, NOW))).detail for when in (None, ago(days=1))
    ]
    assert [detail.partition(";")[0] for detail in details] == ["none has succeeded", "it last succeeded 24 h ago"]


def test_a_clock_that_is_ahead_makes_no_negative_age() -> None:
    """The Lease may be renewed while it is read."""
    (finding,) = binders([deployment()], LastRun(LEADS.holder, ago(seconds=-2), 30), NOW)
    assert finding.title.endswith("0 s ago")
