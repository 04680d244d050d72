"""setup and teardown are killed before and after each of their mutating calls; the next run must finish the work.

A slice runs with the suite, all of it by

    EIPCTL_FAULTS=all pytest tests/faults/test_setup_kill.py -n 2
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox
from tests.faults.stories import STORIES, Site, Story

if TYPE_CHECKING:
    from collections.abc import Iterator

SIGKILLED = -9
CASES = [(story, spoil, when) for story in STORIES for spoil in story.spoils() for when in ("before", "after")]
SLICE = CASES if os.environ.get("EIPCTL_FAULTS") == "all" else CASES[2::19]


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
