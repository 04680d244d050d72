"""What an error means for the work is said in one place, for each error that there is."""

from __future__ import annotations

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import (
    CloudError,
    EipctlError,
    Failed,
    Interrupted,
    KubeError,
    OutcomeUnknown,
    Reaction,
    Refused,
    RolledBack,
    TimedOut,
    TryLater,
    UsageError,
    internal,
)
from eipctl.engine.consequences import Consequence, consequence_of


def cloud(reaction: Reaction) -> CloudError:
    return CloudError(Code.CLOUD_ERROR, "refused", api="ReleaseEipAddress", cloud_code="X", reaction=reaction)


def kube(status: int) -> KubeError:
    return KubeError(Code.KUBE_ERROR, "refused", status=status)


TABLE: list[tuple[EipctlError, Consequence]] = [
    (cloud(Reaction.RETRY), Consequence.RETRY),
    (cloud(Reaction.REREAD), Consequence.LOOK),
    (cloud(Reaction.GONE), Consequence.LOOK),
    (cloud(Reaction.FAIL), Consequence.OBJECT),
    (cloud(Reaction.STOP_ALIKE), Consequence.ALIKE),
    (cloud(Reaction.STOP), Consequence.KIND),
    (kube(409), Consequence.LOOK),
    (kube(429), Consequence.RETRY),
    (kube(403), Consequence.OBJECT),
    (kube(404), Consequence.OBJECT),
    (kube(422), Consequence.OBJECT),
    (OutcomeUnknown("lost", api="PATCH", code=Code.KUBE_UNREACHABLE), Consequence.LOOK),
    (Failed(Code.EIP_CHANGED, "is bound"), Consequence.OBJECT),
    (RolledBack(Code.CANARY_FAILED, "is as before"), Consequence.OBJECT),
    (Refused(Code.GUARD, "a lint says no"), Consequence.OBJECT),
    (internal(ValueError("a bug")), Consequence.OBJECT),
    (UsageError(Code.AUDIT_LOG, "can't be written"), Consequence.RUN),
    (TryLater(Code.LOCK_HELD, "the Lease is lost"), Consequence.RUN),
    (TimedOut(Code.TIMEOUT, "--timeout"), Consequence.RUN),
    (Interrupted(2), Consequence.RUN),
]


@pytest.mark.parametrize(("error", "consequence"), TABLE, ids=[f"{type(e).__name__}-{c.value}" for e, c in TABLE])
def test_each_error_has_its_consequence(error: EipctlError, consequence: Consequence) -> None:
    """As the table says."""
    assert consequence_of(error) is consequence


def test_every_reaction_of_the_cloud_has_one() -> None:
    """None is left to chance."""
    assert {error.reaction for error, _ in TABLE if isinstance(error, CloudError)} == set(Reaction)
