"""examples/prometheus: the rules are PromQL about metrics that exist, and fire when they should and only then."""

from __future__ import annotations

import re
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import promql_parser as promql
import pytest
import yaml

from eipctl.domain.counts import Census
from eipctl.domain.facts import ClusterId
from eipctl.domain.plan import StepState
from eipctl.engine.session import Session, Settings
from eipctl.output.watch_metrics import WatchMetrics
from tests.contract.promql import Scrape, kept, nodes
from tests.contract.test_readme import options
from tests.faults.stage import AUTO, named
from tests.unit.output.watch_states import GUARD, SERVED, back_off, leading, standby, step

if TYPE_CHECKING:
    from eipctl.engine.watching import WatchState
    from tests.e2e.lab import Lab

FOLDER = Path(__file__).parents[2] / "examples" / "prometheus"
README = (FOLDER / "README.md").read_text()
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yaml").read_text())["groups"][0]["rules"]
WATCH = "`bind --watch --listen"
"""Where the page begins to speak of a run that lasts."""
BY_TIME = {"EipctlNoSuccess", "EipctlNoMetrics"}
COSTLY = {
    "k8s.aliyun.com/eip-bandwidth": "200",
    "k8s.aliyun.com/eip-internet-charge-type": "PayByBandwidth",
}


def alarms(scrape: Scrape) -> set[str]:
    """The rules that would fire if it stays so."""
    return {rule["alert"] for rule in RULES if scrape.value(promql.parse(rule["expr"]))}


def scrape(lab: Lab, *, later: float = 0.0) -> Scrape:
    """What bind and check have written, looked at so much later."""
    return Scrape.of(*(path.read_text() for path in sorted(lab.path.parent.glob("*.prom"))), at=time.time() + later)


def runs(lab: Lab) -> None:
    """bind, then check, each with its own file."""
    lab.bind()
    lab.path.rename(lab.path.with_name("bind.prom"))
    lab.run("check")


def test_nothing_is_alarming_where_all_is_well_until_no_run_succeeds(lab: Lab) -> None:
    """Three missed runs later the first alert comes; without any file the other one."""
    lab.stage.add_pod("web", AUTO)
    runs(lab)
    assert alarms(scrape(lab)) == set()
    assert alarms(scrape(lab, later=1000)) == {"EipctlNoSuccess"}
    assert alarms(Scrape.of(at=time.time())) == {"EipctlNoMetrics"}


def test_each_alert_fires_where_it_should(lab: Lab) -> None:
    """A cluster in which everything is wrong that they are for."""
    for name, asks in {"gone": AUTO, "unasked": AUTO, "dear": AUTO | COSTLY}.items():
        lab.stage.add_pod(name, asks)
    lab.bind()
    gone = lab.stage.pod("gone")
    assert gone is not None
    lab.stage.delete_pod("gone")
    lab.stage.reuse_ip(gone, "heir", AUTO)
    lab.annotate("unasked", {})
    lab.stage.add_pod("new", AUTO)
    lab.stage.add_pod("wrong", named("eip-none"))
    lab.stage.sandbox.faults.add(
        {"do": "error", "api": "AssociateEipAddress", "status": 400, "code": "Nope", "times": 0}
    )
    lab.stage.sandbox.faults.add(
        {"do": "error", "api": "UnassociateEipAddress", "status": 400, "code": "Nope", "times": 0}
    )
    lab.stage.sandbox.faults.add({"do": "throttle", "service": "cloud", "api": "DescribeEipAddresses"})
    runs(lab)
    assert alarms(scrape(lab)) == {rule["alert"] for rule in RULES} - BY_TIME


def test_each_selector_finds_what_eipctl_writes(lab: Lab) -> None:
    """Names, labels and their values; and the text of an alert uses only labels that its expression keeps."""
    lab.stage.add_pod("web", AUTO)
    runs(lab)
    lab.stage.deny("vpc:DescribeEipAddresses")
    lab.run("check")
    found = scrape(lab)
    for rule in RULES:
        parts = list(nodes(promql.parse(rule["expr"])))
        labels = {name for part in parts if isinstance(part, promql.AggregateExpr) for name in kept(part)}
        assert set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"]))) <= labels, rule["alert"]
        for part in parts:
            assert not isinstance(part, promql.VectorSelector) or found.selected(part), part.prettify()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["alert"])
def test_a_rule_is_one_of_prometheus(rule: dict[str, Any]) -> None:
    """It has the fields of an alerting rule, a duration that Prometheus reads, and commands that exist."""
    assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
    assert set(rule["annotations"]) == {"summary", "description"}
    assert promql.parse_duration(rule.get("for", "1m")) is not None
    assert rule["labels"]["severity"] in ("critical", "warning")
    for command in re.findall(r"`eipctl (\w+)", str(rule["annotations"])):
        assert command in options()


def listed(text: str) -> dict[str, set[str]]:
    """The metrics of a table and their labels."""
    rows = re.findall(r"^\| (`eipctl_[^|]*) \|([^|]*)\|", text, re.MULTILINE)
    found: dict[str, set[str]] = {}
    for names, labels in rows:
        each = re.findall(r"`(\w+)`", names)
        own = [set(re.findall(r"`(\w+)`", part)) for part in labels.split(";")]
        found |= dict(zip(each, own if len(own) == len(each) else own * len(each), strict=True))
    return found


def page(*states: WatchState) -> str:
    """What a watching run answers after these."""
    session = Session(Settings())
    session.cluster = ClusterId("c1", "u1")
    session.pacer.after("AllocateEipAddress", "", "r", 0.1)
    metrics = WatchMetrics(session)
    for state in states:
        metrics.publish(state)
    return metrics.text()


def test_the_readme_lists_what_only_a_watching_run_has() -> None:
    """Beyond the names of the file, which mean the same."""
    everything = {"waiting": (back_off(),), "errors": (GUARD,), "steps": (step(),), "served": (SERVED,)}
    written: dict[str, set[str]] = {}
    for name, labels, _ in Scrape.of(page(leading(**everything)), at=0.0).samples:
        base = re.sub(r"_(bucket|count|sum|created)$", "", name)
        written.setdefault(base, set()).update(set(labels) - {"command", "cluster", "le"})
    ours = {name: labels for name, labels in written.items() if name.startswith("eipctl_")}
    of_the_file = listed(README.partition(WATCH)[0])
    assert {name: labels for name, labels in ours.items() if name not in of_the_file} == listed(
        README.partition(WATCH)[2]
    )
    assert {name: labels for name, labels in ours.items() if name in of_the_file}.items() <= of_the_file.items()


def test_the_same_alerts_hold_for_a_watching_run() -> None:
    """A leader that is well and its standby alarm nobody; what is wrong with one does."""
    calm = leading(census=Census(pods=Counter({("shop", "Bound"): 2})))
    both = [*Scrape.of(page(calm), at=0.0).samples, *Scrape.of(page(standby()), at=0.0).samples]
    two_pods = [(name, {**labels, "pod": str(number)}, value) for number, (name, labels, value) in enumerate(both)]
    assert alarms(Scrape(tuple(two_pods), time.time())) == set()
    wrong = leading(steps=(step(state=StepState.FAILED),), errors=(GUARD,))
    assert alarms(Scrape.of(page(wrong), at=time.time())) == {
        "EipctlNoSuccess",
        "EipctlActionsFail",
        "EipctlPodsPending",
    }


def test_the_readme_lists_the_metrics_with_their_labels(lab: Lab) -> None:
    """All that are written, and no others; its example of PromQL can be read."""
    lab.stage.add_pod("web", AUTO)
    lab.stage.add_pod("wrong", named("eip-none"))
    lab.stage.cloud.add_eip(name="lent", tags=lab.stage.consent("partners"))
    runs(lab)
    written: dict[str, set[str]] = {}
    for name, labels, _ in scrape(lab).samples:
        written[name] = set(labels) - {"command", "cluster"}
    assert listed(README.partition(WATCH)[0]) == written
    (example,) = re.findall(r"```promql\n(.*?)```", README, re.DOTALL)
    promql.parse(example)
