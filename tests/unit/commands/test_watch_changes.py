"""Which changes of Pods make a plan worth while, and since when a Pod waits for its EIP."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.commands.watch.changes import Changes
from eipctl.domain.facts import Eip, EipStatus, Pod
from eipctl.domain.ownership import Owner, Role
from eipctl.domain.settings import EipSpec
from eipctl.domain.wish import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

BARE = Pod(namespace="shop", name="web", uid="u-1", created=datetime(2026, 1, 1, tzinfo=UTC))
ASKING = replace(BARE, wish=Wanted(EipSpec()))
IP = "10.0.0.9"


@pytest.fixture
def woken() -> list[str]:
    """UIDs of the Pods for which a plan is to be made."""
    return []


@pytest.fixture
def changes(woken: list[str]) -> Changes:
    return Changes(woken.append)


def own(**facts: Any) -> Eip:
    owner = Owner("c", "k", "shop", "web", "u-1", Role.ALLOCATED)
    return Eip("eip-1", "47.0.0.1", EipStatus.IN_USE, owner=owner, **facts)


@pytest.mark.parametrize(
    ("before", "now", "counts"),
    [
        (None, BARE, False),
        (BARE, None, False),
        (None, ASKING, True),
        (ASKING, BARE, True),
        (ASKING, None, True),
        (None, replace(BARE, recorded="47.0.0.1"), True),
        (None, None, True),
    ],
)
def test_a_pod_that_asks_for_nothing_wakes_nobody(
    changes: Changes, woken: list[str], before: Pod | None, now: Pod | None, counts: bool
) -> None:
    """Unless it asked before, or records an address; None, None is that anything may have changed."""
    changes.told(before, now)
    assert (bool(woken), changes.heard, changes.queued) == (counts, 1, int(counts))


@pytest.mark.parametrize("bound", [own, lambda: own(private_ip=IP)], ids=["its own", "at its IP"])
def test_what_happens_to_a_pod_with_an_own_eip_counts_whatever_it_asks_for(
    changes: Changes, woken: list[str], bound: Callable[[], Eip]
) -> None:
    """Its EIP has to be unbound when it is gone, and a Pod that gets its IP has to lose it."""
    changes.bound((bound(),), ())
    changes.told(None, replace(BARE, ip=IP))
    assert woken == ["u-1"]


def test_a_pod_waits_since_it_was_seen_with_its_ip(changes: Changes) -> None:
    """Not since it was created; and it is told once."""
    changes.told(None, ASKING)
    assert changes.waited("u-1") is None
    changes.told(ASKING, replace(ASKING, ip=IP))
    waited = changes.waited("u-1")
    assert waited is not None
    assert waited >= 0
    assert changes.waited("u-1") is None
