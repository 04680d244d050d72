"""Every call of setup and teardown, spoilt in every way: then at most two clean runs must finish the work.

As in test_matrix.py the engine runs in this process, through the real SDKs and over real HTTP; kills are in
test_setup_kill.py. A slice runs with the suite; all of it, with the table API x fault, by

    EIPCTL_FAULTS=all pytest tests/faults/test_setup_matrix.py -n 2
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.errors import EipctlError
from eipctl.engine.run import carry_out
from eipctl.sandbox.server import Sandbox
from tests.faults.cells import BROKEN, CLOUD, KUBE
from tests.faults.stories import STORIES, Call, Site, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.engine.session import Session

NAMES = {"setup", "setup --edit-policy", "teardown", "teardown beside another"}
READS: dict[str, tuple[Call, ...]] = {
    "both": (
        ("kube", "list", "pods/.*"),
        ("kube", "list", "nodes"),
        ("kube", "get", "configmaps/.*"),
        ("kube", "get", "namespaces/.*"),
        ("kube", "create", "selfsubjectaccessreviews.*"),
        ("cloud", "GetPolicy", ".*"),
        ("cloud", "GetRole", ".*"),
        ("cloud", "ListPoliciesForRole", ".*"),
        ("cloud", "GetCallerIdentity", ".*"),
    ),
    "setup": (("cloud", "DescribeEipAddresses", ".*"), ("kube", "get", "daemonsets/.*")),
    "setup --edit-policy": (
        ("cloud", "DescribeClusterDetail", ".*"),
        ("cloud", "DescribeInstanceRamRole", ".*"),
        ("cloud", "ListPolicyVersions", ".*"),
        ("cloud", "GetPolicyVersion", ".*"),
    ),
    "teardown": (
        ("kube", "list", "pods"),
        ("cloud", "ListPolicyVersions", ".*"),
        ("cloud", "DescribeEipAddresses", ".*"),
        ("cloud", "DescribeNetworkInterfaces", ".*"),
    ),
}
NOT_SPOILT = r"$|/|leases|deployments|podeips"
"""Discovery, and what test_matrix.py spoils."""
MOST_RUNS = 2


def cases() -> Iterator[tuple[Story, str, str, dict[str, Any]]]:
    """(Story, API, fault, rule) of every cell of the table."""
    for story in STORIES:
        if story.name not in NAMES:
            continue
        reads = READS.get(story.name, ()) + (READS["both"] if story.name in ("setup", "teardown") else ())
        rules = [{"service": service, "api": api, "object": obj} for service, api, obj in reads]
        for rule in (*rules, *story.spoils()):
            for name, fault in (BROKEN | (CLOUD if rule["service"] == "cloud" else KUBE)).items():
                yield story, _title(rule), name, {**rule, **fault}


def _title(rule: dict[str, Any]) -> str:
    obj = "pods of all" if rule["object"] == "pods" else rule["object"].partition("/")[0]
    what = f" {obj}" if rule["service"] == "kube" else ""
    return f"{rule['api']}{what} {rule.get('nth', '')}".strip()


EVERY = list(cases())
SLICE = EVERY if os.environ.get("EIPCTL_FAULTS") == "all" else EVERY[5::61]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One sandbox for all cells of this process."""
    with Sandbox(tmp_path_factory.mktemp("matrix") / "sandbox", scenario="legacy", speed=100.0) as sandbox:
        yield Site(sandbox)


def run(site: Site, story: Story) -> list[EipctlError]:
    """One run of the command; what it complains about."""
    session: Session = site.user.session(timeout=60.0)
    try:
        prepared = story.prepare(session)
        return [] if prepared.plan.empty else list(carry_out(session, prepared).errors)
    except EipctlError as error:
        return [error]


@pytest.mark.parametrize(
    ("story", "api", "fault", "rule"), SLICE, ids=[f"{story.name}-{api}-{fault}" for story, api, fault, _ in SLICE]
)
def test_a_spoilt_call_harms_nothing(
    site: Site, story: Story, api: str, fault: str, rule: dict[str, Any], record_property: Any
) -> None:
    """Terway can read eni_conf at every moment, and the work is done in the end, exactly once."""
    record_property("cell", (story.name, api, fault))
    site.begin(story)
    site.sandbox.faults.add(rule)
    run(site, story)
    hit = any(entry["matched"] >= entry["nth"] for entry in site.sandbox.faults.listing())
    site.sandbox.faults.clear()
    assert hit, f"{api} was not called: the cell of {fault} is empty"
    site.sound()
    runs = 0
    while not story.prepare(site.user.session()).plan.empty:
        runs += 1
        assert runs <= MOST_RUNS, f"{MOST_RUNS} clean runs were not enough"
        assert run(site, story) == []
    site.holds(story)
    site.nothing_left(story)


@pytest.mark.parametrize("story", [story for story in STORIES if story.name in READS], ids=lambda story: story.name)
def test_every_call_that_a_story_makes_is_in_the_table(site: Site, story: Story) -> None:
    """A call that is added to the engine must be added here."""
    site.begin(story)
    site.sandbox.calls.clear()
    assert run(site, story) == []
    known = [
        (rule["service"], rule["api"], rule["object"])
        for listed, _, _, rule in EVERY
        if listed.name in (story.name, "setup", "teardown")
    ]
    for call in site.sandbox.calls.listing():
        made = (call["service"], call["api"], call["object"])
        if re.match(NOT_SPOILT, call["object"]):
            continue
        assert any(all(map(re.fullmatch, pattern, made)) for pattern in known), made
