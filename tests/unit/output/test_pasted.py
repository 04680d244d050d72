"""A command that is offered for pasting goes where the run went that offers it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from eipctl.output.pasted import PasteTarget, aim_at, aimed

if TYPE_CHECKING:
    from collections.abc import Iterator

GIVEN = (
    ("kubeconfig", "--kubeconfig", "my file"),
    ("context", "--context", "prod"),
    ("as_user", "--as", "jane"),
    ("region", "--region", "cn-beijing"),
    ("cluster_id", "--cluster-id", "c1"),
)
KUBE = "--kubeconfig 'my file' --context prod --as jane"


@pytest.fixture(autouse=True)
def _aim() -> Iterator[None]:
    aim_at(PasteTarget(GIVEN, frozenset(name for name, *_ in GIVEN)))
    yield
    aim_at(PasteTarget())


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("eipctl bind -A", f"eipctl bind {KUBE} --region cn-beijing --cluster-id c1 -A"),
        ("eipctl check", f"eipctl check {KUBE} --region cn-beijing"),
        ("eipctl setup ram --yes", f"eipctl setup ram {KUBE} --region cn-beijing --yes"),
        ("take it back first: eipctl teardown", f"take it back first: eipctl teardown {KUBE} --region cn-beijing"),
        ("kubectl -n a get b", f"kubectl {KUBE} -n a get b"),
        ("see: kubectl get pods -A", f"see: kubectl {KUBE} get pods -A"),
        ("eipctl manifest rbac | kubectl apply -f -", f"eipctl manifest rbac | kubectl {KUBE} apply -f -"),
        ("see: kubectl --context x get y", "see: kubectl --context x get y"),
        ("eipctl explain EIP101", "eipctl explain EIP101"),
        ("see eipctl bind --help", "see eipctl bind --help"),
        ("a Pod that eipctl bind serves", "a Pod that eipctl bind serves"),
        ("timedatectl set-ntp true", "timedatectl set-ntp true"),
    ],
)
def test_the_target_is_in_each_command(text: str, becomes: str) -> None:
    """With the options that the command takes; prose stays as it is."""
    assert aimed(text) == becomes


def test_variables_are_there_for_the_next_eipctl_and_not_for_kubectl() -> None:
    """EIPCTL_CONTEXT is read by eipctl only."""
    aim_at(PasteTarget(GIVEN[1:2]))
    assert aimed("eipctl bind -A") == "eipctl bind -A"
    assert aimed("kubectl get pods") == "kubectl --context prod get pods"


def test_without_a_target_nothing_changes() -> None:
    """As most people call it."""
    aim_at(PasteTarget())
    assert aimed("eipctl bind -A; see: kubectl get pods") == "eipctl bind -A; see: kubectl get pods"
