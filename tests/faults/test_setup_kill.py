"""setup and teardown are killed before and after each of their mutating calls; the next run must finish the work.

A slice runs with the suite, all of it by

    EIPCTL_FAULTS=all pytest tests/faults/test_setup_kill.py -n 2
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.domain.terway.installation import RECORD_ANNOTATION, parse_record
from eipctl.sandbox.server import Sandbox
from tests.faults.stories import CONFIG, RESTARTS, STORIES, Site, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGKILLED = -9
CASES = [(story, spoil, when) for story in STORIES for spoil in story.spoils() for when in ("before", "after")]
EVERYTHING = os.environ.get("EIPCTL_FAULTS") == "all"
SLICE = CASES if EVERYTHING else CASES[2::19]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """One sandbox for all cases."""
    with Sandbox(tmp_path_factory.mktemp("kill") / "sandbox", scenario="legacy", speed=100.0) as sandbox:
        yield Site(sandbox)


@pytest.mark.parametrize(
    ("story", "spoil", "when"),
    SLICE,
    ids=[f"{story.name}-{when}-{spoil['api']}-{spoil['nth']}" for story, spoil, when in SLICE],
)
def test_a_killed_run_is_completed_by_the_next(site: Site, story: Story, spoil: dict[str, Any], when: str) -> None:
    """Terway can read eni_conf at every moment, one further run is enough, and another changes nothing."""
    site.begin(story)
    run = site.stage.eipctl(*story.command, fault={"do": "kill", "when": when, **spoil})
    assert run.code == SIGKILLED, run.out + run.err
    site.sound()
    site.user.done(story.prepare)
    site.holds(story)
    site.nothing_left(story)


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_every_change_that_a_story_makes_is_in_its_list(site: Site, story: Story) -> None:
    """A call that is added to the engine must be added there; run undisturbed, the story ends as it should."""
    site.begin(story)
    site.sandbox.calls.clear()
    site.user.done(story.prepare)
    made = site.writes()
    assert len(made) == len(story.writes)
    for (service, api, obj), (_, wanted, pattern) in zip(made, story.writes, strict=True):
        assert (api, bool(re.fullmatch(pattern, obj))) == (wanted, True), f"{service} {api} {obj}"
    site.holds(story)
    site.nothing_left(story)


UNDOING = [(when, api, obj) for when in ("before", "after") for api, obj in (CONFIG[1:], RESTARTS[0][1:])]


@pytest.mark.parametrize(("when", "api", "obj"), UNDOING if EVERYTHING else UNDOING[:1])
def test_a_run_that_is_killed_while_it_undoes_a_bad_change(site: Site, when: str, api: str, obj: str) -> None:
    """The next run finds Terway crash-looping with the change, and takes the change back before it goes on anywhere."""
    story = STORIES[0]
    site.begin(story)
    site.user.objects.delete("secrets", "kube-system", "addon.network.token", now=True)
    original, pods = site.configured(), site.user.terway()
    kill = {"do": "kill", "when": when, "service": "kube", "api": api, "object": obj, "nth": 2}
    assert site.stage.eipctl(*story.command, fault=kill).code == SIGKILLED
    result = site.user.carry_out(story.prepare)
    assert [error.code for error in result.errors] == [Code.CANARY_FAILED]
    now = site.configured()
    record = parse_record(now["annotations"][RECORD_ANNOTATION])
    assert record is not None
    assert (now["data"], record.keys) == (original["data"], ())
    if (when, api) == ("before", "patch"):
        assert sum(site.user.terway()[node] == uid for node, uid in pods.items()) == len(pods) - 1
