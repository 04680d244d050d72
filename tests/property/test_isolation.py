"""Whatever some objects are refused, every Pod that does not depend on them is served in the same run (promise B10).

The engine runs in this process against a sandbox behind a front, which refuses single objects. A few worlds run with
the suite, always the same ones; many more by

    EIPCTL_EXAMPLES=500 pytest tests/property/test_isolation.py
"""

from __future__ import annotations

import csv
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from eipctl.commands.bind import BindOptions
from eipctl.sandbox.server import Sandbox
from tests.faults.lab import Lab, reconcile, session_in
from tests.faults.stage import AUTO, named
from tests.faults.worlds import annotate
from tests.front import front

if TYPE_CHECKING:
    from collections.abc import Iterator

K8S = "k8s.aliyun.com/"
PODS = 6
BUY, BIND, TAG = "AllocateEipAddress", "AssociateEipAddress", "TagResources"
TABLE = Path(__file__).parents[1] / "data" / "cloud_api" / "errors.tsv"
ROWS = [
    row
    for row in csv.DictReader(TABLE.read_text("utf-8").splitlines(), delimiter="\t")
    if row["api"] in (BUY, BIND, TAG) and "%" not in row["code"]
]
OF_ACCOUNT = {"account-money", "account-block", "account-quota", "credentials", "clock"}
OF_WHAT_IS_NAMED = {"ram", "stock"}
ASKED = os.environ.get("EIPCTL_EXAMPLES")


@dataclass(frozen=True)
class Refused:
    """What one Pod's call is always answered."""

    api: str
    status: int
    code: str
    about: str

    @property
    def of_region(self) -> bool:
        """A wrong region is everybody's, although it is a parameter; that of an EIP's target is its own."""
        return self.code.startswith(("InvalidRegion", "Forbidden.Region", "UnsupportedRegion")) and self.api != BIND


@dataclass(frozen=True)
class Asks:
    """One Pod: how it asks, and what becomes of it."""

    kind: str
    refused: Refused | None

    @property
    def apis(self) -> tuple[str, ...]:
        """What has to be called for it."""
        return (TAG, BIND) if self.kind == "named" else (BUY, BIND)

    @property
    def ends(self) -> str:
        """The API that nobody can call any more in this run; "" for none."""
        found = self.refused
        if found is None:
            return ""
        plain = not (self.kind == "group" and found.api == BUY)
        whole = found.about in OF_ACCOUNT or found.of_region or (found.about in OF_WHAT_IS_NAMED and plain)
        return found.api if whole else ""


REFUSALS = {
    api: st.sampled_from([Refused(api, int(row["http_status"]), row["code"], row["class"]) for row in ROWS
                          if row["api"] == api and row["http_status"].isdigit()])
    for api in (BUY, BIND, TAG)
}  # fmt: skip


@st.composite
def asks(draw: st.DrawFn) -> Asks:
    """A Pod that is refused nothing, or one of its calls."""
    kind = draw(st.sampled_from(["plain", "group", "named"]))
    if draw(st.integers(0, 2)):
        return Asks(kind, None)
    return Asks(kind, draw(REFUSALS[draw(st.sampled_from(Asks(kind, None).apis))]))


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Pods that ask for nothing yet, and an EIP for each that it may name."""
    with Sandbox(tmp_path_factory.mktemp("isolation") / "sandbox", scenario="modern", speed=1000.0) as sandbox:
        found = Lab(sandbox)
        for number in range(PODS):
            found.stage.add_pod(f"pod-{number}", {})
            found.lent.append(sandbox.cloud.add_eip(name=f"lent-{number}"))
        sandbox.cloud.add_names(resource_groups=tuple(f"rg-{number}" for number in range(PODS)))
        found.settle()
        found.remember()
        yield found


def wish(lab: Lab, number: int, kind: str) -> dict[str, str]:
    """Each purchase has a bandwidth of its own, by which it can be refused."""
    if kind == "named":
        return named(lab.lent[number])
    group = {K8S + "eip-resource-group-id": f"rg-{number}"} if kind == "group" else {}
    return AUTO | {K8S + "eip-bandwidth": str(10 + number)} | group


def rule(lab: Lab, number: int, refused: Refused) -> dict[str, Any]:
    """For the front."""
    pod = lab.stage.pod(f"pod-{number}")
    assert pod is not None
    when = {
        BUY: {"Bandwidth": str(10 + number)},
        BIND: {"PrivateIpAddress": pod["status"]["podIP"]},
        TAG: {"ResourceId.1": lab.lent[number]},
    }
    return {"action": refused.api, "when": when[refused.api], "status": refused.status, "code": refused.code}


@settings(
    max_examples=int(ASKED or 12),
    deadline=None,
    derandomize=not ASKED,
    database=None,
    phases=[Phase.generate, Phase.shrink] if ASKED else [Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(world=st.lists(asks(), min_size=2, max_size=PODS), concurrency=st.sampled_from([1, 4]))
def test_whoever_depends_on_no_refusal_is_served_in_the_same_run(lab: Lab, world: list[Asks], concurrency: int) -> None:
    """Any published code of any API, for any subset of the Pods."""
    lab.restore()
    rules = []
    for number, pod in enumerate(world):
        annotate(lab, f"pod-{number}", wish(lab, number, pod.kind))
        if pod.refused:
            rules.append(rule(lab, number, pod.refused))
    ended = {pod.ends for pod in world}
    with tempfile.TemporaryDirectory() as folder, front(lab.sandbox.env(), rules, Path(folder)) as environ:
        errors = reconcile(session_in(environ, lambda: None, None), BindOptions(), concurrency)
    due = {n for n, pod in enumerate(world) if pod.refused is None and not ended.intersection(pod.apis)}
    served = {number for number in range(len(world)) if lab.stage.bound_to(f"pod-{number}")}
    assert due <= served, [error.message for error in errors]
