"""What the RAM roles of Terway are granted.

A missing action is a warning while Terway works without it (bind needs none of them), and an error once the flag is
on: annotated Pods then hang in ContainerCreating.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.planners.check.wording import CONFIG, SETUP
from eipctl.planners.terway import grants

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.planners.terway.grants import TerwayRole


def roles(found: Sequence[TerwayRole], *, on: bool, served: bool = False) -> Iterator[Finding]:
    """One finding per role, and one more for what only the call itself decides; none if bind gives the EIPs here.

    `on`: Terway's EIP mode is on, on some node at least.
    """
    if served and not on:
        return
    for role in found:
        yield _granted(role, on=on)
        yield from _undecided(role)
    if not found:
        title = "Terway uses the AccessKey in eni_conf; what that RAM user may do is not checked"
        yield Finding(Code.ROLE_LACKS_ACTIONS, Level.INFO, title, object=CONFIG)


def _granted(role: TerwayRole, *, on: bool) -> Finding:
    obj, refused = f"role/{role.name}", grants.denied(role)
    if refused is not None:
        return Finding(Code.ROLE_DENIED, Level.ERROR, refused.message, refused.hint, object=obj)
    if not role.missing:
        title = f"role {role.name} has all EIP actions of Terway"
        return Finding(Code.ROLE_LACKS_ACTIONS, Level.OK, title, object=obj)
    title = f"role {role.name} lacks {len(role.missing)} of the {len(role.actions)} EIP actions of Terway"
    detail = ", ".join(role.missing) + ("; annotated Pods hang in ContainerCreating" if on else "")
    limited = "; ".join(grants.limited(role))
    level = Level.ERROR if on else Level.WARNING
    return Finding(Code.ROLE_LACKS_ACTIONS, level, title, "; ".join(filter(None, (detail, limited))), SETUP, obj)


def _undecided(role: TerwayRole) -> Iterator[Finding]:
    """A Deny under a condition, or on some EIPs: annotated Pods may hang, and which ones is not known before."""
    found = grants.possible_denials(role)
    if found and grants.denied(role) is None:
        title = f"role {role.name} may be denied EIP actions of Terway"
        detail = f"{'; '.join(found)}; {grants.UNDECIDED}: {grants.TAKE_OUT}"
        yield Finding(Code.ROLE_DENIED, Level.WARNING, title, detail, object=f"role/{role.name}")
