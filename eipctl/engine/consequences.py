"""What an error means for the work: whether it is done again, and how much of the run it ends. Nothing else decides it.

error                                              consequence
-----                                              -----------
signal, --timeout, Lease lost, configuration       the run is over
no usable answer                                   look again
Alibaba Cloud refused                              as its Reaction says
Kubernetes refused: 409                            look again
Kubernetes refused: 429                            retry
any other                                          only this object fails
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from eipctl.base.errors import (
    CloudError,
    EipctlError,
    Interrupted,
    KubeError,
    OutcomeUnknown,
    Reaction,
    TimedOut,
    TryLater,
    UsageError,
)

if TYPE_CHECKING:
    from eipctl.domain.plan import Named


class Consequence(StrEnum):
    """From the least to the most."""

    RETRY = "retry"
    """Nothing happened and the same call may succeed soon: wait, then look, prove and write again."""
    LOOK = "look again"
    """The call may have been carried out, or the object is not what it was taken for: look at once."""
    OBJECT = "only this object fails"
    """Its Action fails and the rest of its Lane is skipped; every other object is served."""
    ALIKE = "no further calls of this kind with the same resources"
    """No further Action of the verb is begun that names what this one names; if it names nothing, none at all."""
    KIND = "no further calls of this kind"
    """No further Action of the verb is begun."""
    RUN = "the run stops"
    """No further Action is begun."""


_OF_REACTION = {
    Reaction.RETRY: Consequence.RETRY,
    Reaction.REREAD: Consequence.LOOK,
    Reaction.GONE: Consequence.LOOK,
    Reaction.FAIL: Consequence.OBJECT,
    Reaction.STOP_ALIKE: Consequence.ALIKE,
    Reaction.STOP: Consequence.KIND,
}
_OF_STATUS = {409: Consequence.LOOK, 429: Consequence.RETRY}
_ENDS_THE_RUN = (Interrupted, TimedOut, TryLater, UsageError)


def consequence_of(error: EipctlError) -> Consequence:
    """What follows from an error of a write; one of a read that ends in RETRY or LOOK costs its object."""
    if isinstance(error, _ENDS_THE_RUN):
        return Consequence.RUN
    if isinstance(error, OutcomeUnknown):
        return Consequence.LOOK
    if isinstance(error, CloudError):
        return _OF_REACTION[error.reaction]
    if isinstance(error, KubeError):
        return _OF_STATUS.get(error.status, Consequence.OBJECT)
    return Consequence.OBJECT


def ended_by(error: EipctlError, named: Named) -> Named | None:
    """The resources whose calls of this kind are over after one that named `named`: () for all, None for no others."""
    consequence = consequence_of(error)
    if consequence is Consequence.KIND:
        return ()
    return named if consequence is Consequence.ALIKE else None
