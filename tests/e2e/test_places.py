"""Where Pods' IPs are, asked of the cloud."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from eipctl.domain.facts import Pod
from eipctl.observe.eni_addresses import locate
from eipctl.observe.snapshot import Snapshot

if TYPE_CHECKING:
    from tests.e2e.user import User

OWN = "192.168.77.7"


@pytest.fixture
def user(modern: User) -> User:
    """A modern cluster with one more ENI, whose primary IP is a Pod's."""
    known = next(iter(modern.cloud.state.enis.values()))
    modern.cloud.add_eni(
        "eni-own",
        vpc_id=known.vpc_id,
        vswitch_id=known.vswitch_id,
        instance_id=known.instance_id,
        primary_ip=OWN,
    )
    return modern


@pytest.mark.parametrize("found_by_ip", [True, False])
def test_a_pod_with_an_eni_of_its_own_is_found(user: User, *, found_by_ip: bool) -> None:
    """Also where the cloud doesn't find an ENI by its primary IP: then the list of the VPC tells it."""
    user.cloud.set_switches(primary_found_by_ip=found_by_ip)
    look = Snapshot(user.session())
    pod = Pod("default", "web", "uid", datetime.now(UTC), ip=OWN)
    (place,) = locate(look, [pod]).addresses.values()
    assert (place.eni_id, place.primary) == ("eni-own", True)


def test_a_pod_that_no_eni_has_is_absent(user: User) -> None:
    """Its address is not guessed."""
    look = Snapshot(user.session())
    pod = Pod("default", "web", "uid", datetime.now(UTC), ip="192.168.77.99")
    assert locate(look, [pod]).addresses == {}
