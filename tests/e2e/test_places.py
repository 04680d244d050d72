"""Where Pods' IPs are, asked of the cloud."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from eipctl.domain.facts import Pod
from eipctl.observe.eni_addresses import locate
from eipctl.sandbox.server import Sandbox
from tests.e2e.user import User

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OWN = "192.168.77.7"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A modern cluster with one more ENI, whose primary IP is a Pod's."""
    with Sandbox(tmp_path / "sandbox", scenario="modern", speed=50.0) as running:
        known = next(iter(running.cloud.state.enis.values()))
        running.cloud.add_eni(
            "eni-own",
            vpc_id=known.vpc_id,
            vswitch_id=known.vswitch_id,
            instance_id=known.instance_id,
            primary_ip=OWN,
        )
        yield running


@pytest.mark.parametrize("found_by_ip", [True, False])
def test_a_pod_with_an_eni_of_its_own_is_found(sandbox: Sandbox, *, found_by_ip: bool) -> None:
    """Also where the cloud doesn't find an ENI by its primary IP: then the list of the VPC tells it."""
    sandbox.cloud.set_switches(primary_found_by_ip=found_by_ip)
    session = User(sandbox).session()
    nodes = {node.name: node for node in session.kube.nodes()}
    pod = Pod("default", "web", "uid", datetime.now(UTC), ip=OWN)
    (place,) = locate(session, nodes, [pod]).addresses.values()
    assert (place.eni_id, place.primary) == ("eni-own", True)


def test_a_pod_that_no_eni_has_is_absent(sandbox: Sandbox) -> None:
    """Its address is not guessed."""
    session = User(sandbox).session()
    nodes = {node.name: node for node in session.kube.nodes()}
    pod = Pod("default", "web", "uid", datetime.now(UTC), ip="192.168.77.99")
    assert locate(session, nodes, [pod]).addresses == {}
