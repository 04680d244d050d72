"""`eipctl check`: each check is data, what it needs is read once, and what fails becomes a finding."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Interrupted, TimedOut
from eipctl.commands.check.facts import Facts
from eipctl.commands.setup import SetupOptions, setup_plan
from eipctl.domain.findings import Finding, Level
from eipctl.domain.terway.image_version import told_version
from eipctl.domain.terway.startup import flag_on
from eipctl.observe.cluster import identify
from eipctl.observe.eni_addresses import vpc_of
from eipctl.observe.other_controllers import ack_extend_present, native_nodes
from eipctl.observe.roles import read_roles
from eipctl.planners.annotate.lints import standing_lints
from eipctl.planners.check import access, binders, eni_conf, pods, roles, terway, terway_health
from eipctl.planners.check.wording import count

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.engine.session import Session

POLL = 5.0
"""Seconds between two rounds while waiting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """`pre` asks "may I install?": what setup and bind make is not looked for.

    `commands` are those that the current user must be able to run: () is bind, or setup with `pre`. `codes` are those
    of the findings to tell, () is all. `eip_quota` is how many EIPs the account may have, None is not known.
    `terway_version` is that of a Terway whose image names none.
    """

    pre: bool = False
    commands: tuple[str, ...] = ()
    codes: tuple[Code, ...] = ()
    eip_quota: int | None = None
    terway_version: str = ""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The commands whose rights matter."""
        return self.commands or (("setup",) if self.pre else ("bind",))


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the code under which it mainly reports, and whether `--pre` runs it too."""

    code: Code
    run: Callable[[Facts, CheckOptions], Iterable[Finding]]
    pre: bool = True


def run_checks(session: Session, options: CheckOptions) -> tuple[Finding, ...]:
    """All findings in the order of CHECKS. What can't be read is one finding, however many checks need it.

    With `codes` those alone; where there is none of them, why checks could not be carried out, if any could not.
    """
    session.terway_version = told_version(options.terway_version)
    facts = Facts(session)
    findings: dict[tuple[Code, str], Finding] = {}
    for item in CHECKS:
        if options.pre and not item.pre:
            continue
        for finding in _run(item, facts, options):
            if not _told_already(finding, findings.values()):
                findings[finding.code, finding.title] = finding
    if not options.codes:
        return tuple(findings.values())
    asked = tuple(finding for finding in findings.values() if finding.code in options.codes)
    return asked or tuple(finding for finding in findings.values() if finding in facts.failed)


def _told_already(finding: Finding, before: Iterable[Finding]) -> bool:
    """The same once more, or what follows from rights that are missing."""
    follows = finding.code is Code.KUBE_FORBIDDEN and finding.level is Level.ERROR
    same = [other for other in before if other.code is finding.code]
    return any(other.title == finding.title or (follows and other.level is Level.ERROR) for other in same)


def wait_until_well(
    open_session: Callable[[], Session], options: CheckOptions, patience: float, poll: float = POLL
) -> tuple[Finding, ...]:
    """Check again and again until there is no error, or `patience` (seconds) is over; the last findings."""
    session = open_session()
    stop, until = session.stop, time.monotonic() + patience
    while True:
        findings = run_checks(session, options)
        left = until - time.monotonic()
        if left <= 0 or not any(finding.level is Level.ERROR for finding in findings):
            return findings
        stop.wait(min(poll, left))
        session = open_session()


def _run(item: Check, facts: Facts, options: CheckOptions) -> list[Finding]:
    try:
        return list(item.run(facts, options))
    except (Interrupted, TimedOut):
        raise
    except EipctlError as error:
        failed = Finding(error.code, Level.ERROR, error.message, error.hint, object=error.object)
        facts.failed.append(failed)
        return [failed]


def _cluster(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    context = facts.kube().context()
    yield Finding(Code.KUBE_OK, Level.OK, f"the API server of context {context} answers")


def _clock(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    kube, now = facts.kube(), datetime.now(UTC)
    ahead = {access.API_SERVER: kube.now() - now}
    if (of_cloud := facts.cloud_clock()) is not None:
        ahead[access.CLOUD] = of_cloud - datetime.now(UTC)
    yield access.clock(ahead)


def _rights(facts: Facts, options: CheckOptions) -> Iterable[Finding]:
    lacking = facts.lacking()
    user = facts.kube().whoami() if any(lacking.values()) else ""
    yield from access.rights(lacking, options.wanted, user or "USER")
    yield from access.surplus(lacking, options.wanted)


def _identity(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    facts.kube()
    cluster = identify(facts.look)
    yield Finding(
        Code.CLUSTER_ID, Level.OK, f"the cluster is {cluster.ack_id}", detail=f"kube-system {cluster.kube_uid}"
    )


def _credentials(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    caller = facts.caller()
    detail = f"{caller.arn}: {facts.session.credentials.describe()}"
    yield Finding(Code.IDENTITY, Level.OK, f"Alibaba Cloud account {caller.account_id}", detail=detail)


def _account(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    facts.caller()
    facts.kube()
    vpc = vpc_of(facts.look)
    yield Finding(Code.WRONG_ACCOUNT, Level.OK, f"the nodes are in {vpc} of region {facts.session.region}")


def _quota(facts: Facts, options: CheckOptions) -> Iterable[Finding]:
    yield pods.quota(facts.status().listed, options.eip_quota, facts.session.region)


def _terway(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    return terway.terway(facts.terway())


def _health(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    return terway_health.health(facts.terway(), facts.look.nodes.values())


def _config(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    return eni_conf.values(facts.terway(), facts.config())


def _flags(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    served = facts.is_native() and facts.bind_serves()
    return eni_conf.flags(facts.terway(), facts.config(), served=served)


def _restart(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    return terway.restart(facts.terway(), facts.config())


def _roles(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    if not facts.is_native():
        return ()
    config = facts.config()
    facts.caller()
    found = read_roles(facts.look, config.conf, (), config.overrides)
    return roles.roles(found, on=_is_on(facts), served=facts.bind_serves())


def _is_on(facts: Facts) -> bool:
    return any(pod.supports_eip and flag_on(pod, facts.config()) for pod in facts.terway())


def _ack_extend(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    facts.kube()
    present = ack_extend_present(facts.look)
    return terway.ack_extend(present=present, pods=facts.terway(), config=facts.config() if present else None)


def _workloads(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    return pods.workloads(standing_lints(facts.workloads()))


def _setup(facts: Facts, options: CheckOptions) -> Iterable[Finding]:
    """Plans it, so that what setup would refuse is reported now."""
    if not options.pre or "setup" not in options.wanted:
        return
    facts.caller()
    facts.config()
    steps = sum(1 for _ in setup_plan(facts.look, SetupOptions()).actions)
    if steps:
        title = f"setup can be carried out: {count(steps, 'change')}"
        yield Finding(Code.SETUP, Level.INFO, title, "no step has been carried out yet", "eipctl setup")
    else:
        yield Finding(Code.SETUP, Level.OK, "setup has nothing to do")


def _binders(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    found, last = facts.binders()
    yield from binders.binders(found, last, facts.session.kube.now())


def _bindings(facts: Facts, _options: CheckOptions) -> Iterable[Finding]:
    yield from pods.bindings(facts.status())
    yield from pods.forgotten(facts.status(), native_nodes(facts.look))


CHECKS = (
    Check(Code.KUBE_OK, _cluster),
    Check(Code.CLOCK, _clock),
    Check(Code.KUBE_FORBIDDEN, _rights),
    Check(Code.CLUSTER_ID, _identity),
    Check(Code.IDENTITY, _credentials),
    Check(Code.WRONG_ACCOUNT, _account),
    Check(Code.TERWAY_VERSION, _terway),
    Check(Code.TERWAY_NOT_READY, _health),
    Check(Code.ENI_CONF_MALFORMED, _config),
    Check(Code.FLAG_NOT_SET, _flags, pre=False),
    Check(Code.RESTART_NEEDED, _restart, pre=False),
    Check(Code.ROLE_LACKS_ACTIONS, _roles, pre=False),
    Check(Code.ACK_EXTEND, _ack_extend),
    Check(Code.SETUP, _setup),
    Check(Code.ID_WITH_REPLICAS, _workloads, pre=False),
    Check(Code.BINDER, _binders, pre=False),
    Check(Code.ORPHANS, _bindings, pre=False),
    Check(Code.EIP_QUOTA, _quota, pre=False),
)
"""In the order in which a person would ask."""
