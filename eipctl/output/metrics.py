"""What a run was like, for Prometheus: a file for the textfile collector of node_exporter.

Every sample carries the command and the cluster, so that the files of several commands and clusters can be collected
side by side. All of them are gauges: a run begins from nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from eipctl import __version__
from eipctl.base.errors import ExitCode
from eipctl.base.text import escaped
from eipctl.domain.plan import StepState
from eipctl.planners.status.report import PodState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.domain.counts import Census
    from eipctl.domain.findings import Finding
    from eipctl.domain.plan import Verb

LAST_SUCCESS = "eipctl_last_success_timestamp_seconds"
RUN_INFO = "eipctl_run_info"
WELL = (ExitCode.OK, ExitCode.PENDING)
"""The run itself succeeded, whatever it found."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFigures:
    """A run that has ended; `cluster` is "" and `census` None when it did not come so far."""

    command: str
    cluster: str
    exit: ExitCode
    ended: float
    """Seconds since 1970."""
    seconds: float
    calls: Counter[tuple[str, str]]
    """Answers of the cloud by API and error code, "" for none."""
    throttled: int = 0
    census: Census | None = None
    actions: Counter[tuple[Verb, StepState]] = field(default_factory=Counter)
    findings: Sequence[Finding] | None = None
    only_planned: bool = False
    """Whether there was something to do, and it was only shown."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """What the previous run of the same command and cluster wrote into the file."""

    cluster: str = ""
    last_success: float = 0.0

    @classmethod
    def read(cls, text: str, run: RunFigures) -> Earlier:
        """Of a file's text; nothing of one that is not ours, or about something else."""
        try:
            families = {family.name: family.samples for family in text_string_to_metric_families(text)}
            info, success = families[RUN_INFO][0], families[LAST_SUCCESS][0]
            found = cls(info.labels["cluster"], success.value)
            same = info.labels["command"] == run.command and run.cluster in ("", found.cluster)
        except (ValueError, LookupError):
            return cls()
        return found if same else cls()


def render(run: RunFigures, earlier: Earlier) -> str:
    """The file's text. A failed run keeps the time of the last success and its cluster."""
    return page_of(run, earlier).text()


def page_of(run: RunFigures, earlier: Earlier) -> Gauges:
    """The same, to which more can be added."""
    page = Gauges({"command": run.command, "cluster": run.cluster or earlier.cluster})
    _about_run(page, run, earlier)
    _about_calls(page, run)
    if run.census is not None:
        _about_pods(page, run.census)
    if run.findings is not None:
        _about_findings(page, run.findings)
    return page


@dataclass(slots=True)
class Gauges:
    """Gauges that all carry the same labels."""

    common: Mapping[str, str]
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def gauge(self, name: str, help_text: str, *labels: str) -> Gauge:
        """A metric with labels of its own, without samples yet."""
        return Gauge(name, help_text, [*self.common, *labels], registry=self.registry)

    def put(self, name: str, help_text: str, value: float, **labels: str) -> None:
        """A metric with one sample."""
        self.add(self.gauge(name, help_text, *labels), value, **labels)

    def add(self, gauge: Gauge, value: float, **labels: str) -> None:
        """One sample more."""
        gauge.labels(**self.labelled(labels)).set(value)

    def labelled(self, labels: Mapping[str, str]) -> dict[str, str]:
        """With the labels that all have; every value as a page can hold it."""
        return {name: _utf8(text) for name, text in {**self.common, **labels}.items()}

    def text(self) -> str:
        """All of it in Prometheus' text format."""
        return generate_latest(self.registry).decode()


def _about_run(page: Gauges, run: RunFigures, earlier: Earlier) -> None:
    success = run.ended if run.exit in WELL and not run.only_planned else earlier.last_success
    page.put(RUN_INFO, "Which eipctl ran; always 1.", 1, version=__version__)
    page.put("eipctl_run_exit_code", "What the last run ended with; 0 is well.", int(run.exit))
    page.put("eipctl_run_duration_seconds", "How long the last run took.", round(run.seconds, 3))
    page.put("eipctl_last_run_timestamp_seconds", "When the last run ended.", run.ended)
    page.put(LAST_SUCCESS, "When a run that did what it planned last succeeded (exit 0 or 3); 0 for never.", success)
    actions = page.gauge("eipctl_run_actions", "Actions of the last run by how they ended.", "verb", "state")
    for verb in dict.fromkeys(verb for verb, _ in run.actions):
        for state in (StepState.DONE, StepState.FAILED, StepState.SKIPPED):
            page.add(actions, run.actions[verb, state], verb=verb.value, state=state.value)


def _about_calls(page: Gauges, run: RunFigures) -> None:
    calls = page.gauge(
        "eipctl_run_api_calls", "Alibaba Cloud calls of the last run by API and error code.", "api", "code"
    )
    for (api, code), count in sorted(run.calls.items()):
        page.add(calls, count, api=api, code=code or "OK")
    page.put("eipctl_run_throttled_calls", "Alibaba Cloud calls of the last run that were throttled.", run.throttled)


def _about_pods(page: Gauges, census: Census) -> None:
    pods = page.gauge("eipctl_pods", "Pods that ask for an EIP or have one, by state.", "namespace", "state")
    for namespace in census.namespaces:
        for state in PodState:
            count = census.pods[namespace, state.value]
            page.add(pods, count, namespace=namespace, state=state.value.lower())
    unserved = page.gauge(
        "eipctl_unserved_pods", "Pods that can't be given the EIP they ask for, by code.", "namespace", "code"
    )
    for (namespace, code), count in sorted(census.unserved.items()):
        page.add(unserved, count, namespace=namespace, code=code)
    if census.complete:
        _about_money(page, census)
        _about_pools(page, census)


def _about_money(page: Gauges, census: Census) -> None:
    orphans = page.gauge("eipctl_orphans", "EIPs that eipctl owns here and no Pod keeps.", "namespace")
    for namespace in census.namespaces:
        page.add(orphans, census.orphans[namespace], namespace=namespace)
    unbound = page.gauge("eipctl_unbound_eips", "EIPs that are paid for and not bound to their Pod.", "namespace")
    for namespace in census.namespaces:
        page.add(unbound, census.unbound[namespace], namespace=namespace)
    for name, help_text, value in (
        ("unbound_cost", "Price of the EIPs that are paid for and not bound to their Pod.", census.unbound_per_month),
        ("cost", "Price of the EIPs shown, without traffic.", census.per_month),
        ("orphans_cost", "Price of the orphans among them.", census.orphans_per_month),
    ):
        gauge = page.gauge(f"eipctl_{name}_per_month", help_text, "currency")
        page.add(gauge, round(value, 2), currency=census.currency)


def _about_pools(page: Gauges, census: Census) -> None:
    eips = page.gauge("eipctl_pool_eips", "EIPs lent to a pool of this cluster, by state.", "pool", "state")
    waiting = page.gauge("eipctl_pool_waiting_pods", "Pods that wait for an EIP of a pool.", "pool")
    for (pool, state), number in sorted(census.pools.items()):
        if state == "waiting":
            page.add(waiting, number, pool=pool)
        else:
            page.add(eips, number, pool=pool, state=state)


def _about_findings(page: Gauges, findings: Sequence[Finding]) -> None:
    gauge = page.gauge("eipctl_findings", "Findings of eipctl check by code.", "code", "level")
    told = [(finding.code, finding.level) for finding in findings]
    for code, level in dict.fromkeys(told):
        page.add(gauge, told.count((code, level)), code=code.value, level=level.value)


def _utf8(text: str) -> str:
    """A text of which what came as other bytes than UTF-8, or can't be printed, is escaped."""
    return escaped(text.encode("utf-8", "backslashreplace").decode())
