"""`eipctl demo` ends at the first sentence that is not true."""

from __future__ import annotations

import pytest

from eipctl.demo import proofs
from eipctl.demo.stage import NotAsTold, stage
from eipctl.demo.story import SCENES_WITH_BIND, Scene, act
from eipctl.output.console import Console


def test_a_sentence_that_is_not_true_is_named_and_nothing_follows(capsys: pytest.CaptureFixture[str]) -> None:
    """It is compared with the simulated cloud and cluster themselves."""
    first = SCENES_WITH_BIND[0]
    lie = Scene("The Pods wait for EIPs", lambda _on, _cluster: None, proofs.pods_wait)
    never = Scene("Never told", lambda _on, _cluster: None, proofs.pods_wait)
    with stage(Console()) as on, pytest.raises(NotAsTold, match="The Pods wait for EIPs: Pods do not wait for an EIP"):
        act(on, "An act", (first, lie, never), "sandbox", "up", "--seed", "modern", "--speed", "20")
    told = capsys.readouterr().out
    assert f"# {first.sentence}" in told
    assert "# The Pods wait for EIPs" in told
    assert "Never told" not in told
