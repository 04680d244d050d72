"""RAM policy documents: what they really grant a role, and the smallest change that grants the rest.

What action, account, region and resource type decide is decided: an Allow counts when it covers all that the action
is checked for, a Deny that covers all of it wins. A Condition, or a single resource, decides nothing before the call:
such an Allow does not count, and such a Deny is a caution ("How RAM evaluates policies", RAM documentation).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from eipctl.base.codes import Code
from eipctl.base.errors import Failed
from eipctl.base.text import from_json
from eipctl.domain.ram.resources import ANYWHERE, Cover, cover, matches, resources

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.ram.resources import AccountRegion

EIP_ACTIONS = (
    "vpc:DescribeVSwitches",
    "vpc:AllocateEipAddress",
    "vpc:DescribeEipAddresses",
    "vpc:AssociateEipAddress",
    "vpc:UnassociateEipAddress",
    "vpc:ReleaseEipAddress",
)
"""What Terway's EIP mode calls."""

BANDWIDTH_PACKAGE_ACTIONS = ("vpc:AddCommonBandwidthPackageIp", "vpc:RemoveCommonBandwidthPackageIp")
"""What it calls for annotation eip-common-bandwidth-package-id."""

EXTRAS = {"bandwidth-package": BANDWIDTH_PACKAGE_ACTIONS}
"""What only some workloads need, by the name under which `setup --with` grants it."""

MAX_DOCUMENT = 6144
"""Characters of one policy document."""


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A policy's name and the JSON text of its default version."""

    name: str
    document: str


class VerdictState(StrEnum):
    """What all policies together say of one action."""

    GRANTED = "granted"
    MISSING = "missing"
    DENIED = "denied"
    LIMITED = "limited"
    """Allowed only under a condition or for some of the resources: doesn't count as granted."""


_WORSE = (VerdictState.GRANTED, VerdictState.LIMITED, VerdictState.MISSING, VerdictState.DENIED)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`policy` and `statement` (counted from 1) name what decided; `why` explains it in words.

    `caution` names a Deny that applies only under a condition or to some resources.
    """

    state: VerdictState
    policy: str = ""
    statement: int = 0
    why: str = ""
    caution: str = ""

    @property
    def granted(self) -> bool:
        """Whether the action is allowed without any condition."""
        return self.state is VerdictState.GRANTED


@dataclass(frozen=True, slots=True)
class _Finding:
    """One statement that is about the action; `limit` says what restricts it, "" for nothing."""

    policy: str
    statement: int
    deny: bool
    limit: str

    @property
    def where(self) -> str:
        return f"policy {self.policy}, statement {self.statement}"


def verdict(
    documents: Sequence[NamedDocument], actions: Iterable[str], place: AccountRegion = ANYWHERE
) -> dict[str, Verdict]:
    """What `documents` together grant at `place`, per action. Failed when one of them is not a policy document."""
    statements = [
        (named.name, number, statement)
        for named in documents
        for number, statement in enumerate(_statements(_parse(named.document, named.name)), start=1)
    ]
    return {action: _on_all(statements, action, place) for action in actions}


def missing(verdicts: Mapping[str, Verdict]) -> tuple[str, ...]:
    """The actions that a further Allow would grant."""
    return tuple(action for action, v in verdicts.items() if v.state in (VerdictState.MISSING, VerdictState.LIMITED))


def own_policy_document(actions: Iterable[str]) -> str:
    """A document that allows exactly `actions`, on all resources."""
    return _dump({"Version": "1", "Statement": [_allow(actions)]})


def is_own(document: str) -> bool:
    """Whether eipctl could have written the document: it allows nothing but actions that setup grants."""
    known = {*EIP_ACTIONS, *(action for extra in EXTRAS.values() for action in extra)}
    policy = _parse(document, "")
    statements = _statements(policy)
    actions = [action for statement in statements for action in _strings(statement.get("Action"))]
    shape = {"Version": "1", "Statement": [_allow(_strings(statement.get("Action"))) for statement in statements]}
    return bool(actions) and known.issuperset(actions) and policy == shape


def same(document: str, other: str) -> bool:
    """Whether two documents say the same: spacing does not matter, nor whether one action is in a list."""
    return _in_lists(document) == _in_lists(other)


def _in_lists(document: str) -> dict[str, Any]:
    policy = _parse(document, "")
    statements = [
        {key: [value] if key == "Action" and isinstance(value, str) else value for key, value in statement.items()}
        for statement in _statements(policy)
    ]
    return {**policy, "Statement": statements}


def add_actions(document: str, actions: Iterable[str]) -> str:
    """`document` that also allows `actions`: in its first fitting Allow statement, else in a new one.

    Failed when it would have more than 6,144 characters.
    """
    policy = _parse(document, "")
    statements = _statements(policy)
    fitting = next((statement for statement in statements if _fits(statement)), None)
    here = _strings(fitting.get("Action")) if fitting is not None else []
    lacking = [action for action in actions if not _any_match(here, action)]
    if not lacking:
        return document
    if fitting is None:
        statements = [*statements, _allow(lacking)]
    else:
        statements = [{**s, "Action": [*here, *lacking]} if s is fitting else s for s in statements]
    return _dump({**policy, "Statement": statements})


def remove_actions(document: str, actions: Iterable[str]) -> str:
    """`document` without what :func:`add_actions` put in, "" when it holds nothing else (RAM accepts no such policy).

    Only where an action is spelt out in an Allow of everything: a wildcard or a narrower statement is somebody else's.
    """
    policy, doomed = _parse(document, ""), frozenset(actions)
    before = _statements(policy)
    after = [left for statement in before if (left := _without(statement, doomed)).get("Action") != []]
    if after == before:
        return document
    return _dump({**policy, "Statement": after}) if after else ""


def _without(statement: dict[str, Any], doomed: frozenset[str]) -> dict[str, Any]:
    actions = _strings(statement.get("Action"))
    if not _fits(statement) or not doomed.intersection(actions):
        return statement
    return {**statement, "Action": [action for action in actions if action not in doomed]}


def _on_all(statements: Sequence[tuple[str, int, dict[str, Any]]], action: str, place: AccountRegion) -> Verdict:
    """The worst verdict of the resources that the action is checked for."""
    found = [_verdict([*_findings(statements, action, resource)], action) for resource in resources(action, place)]
    return max(found, key=lambda one: (_WORSE.index(one.state), bool(one.caution)))


def _findings(statements: Iterable[tuple[str, int, dict[str, Any]]], action: str, resource: str) -> Iterator[_Finding]:
    for policy, number, statement in statements:
        effect = str(statement.get("Effect", "")).lower()
        covered = _covered(statement, resource)
        if effect in ("allow", "deny") and covered and _names(statement, action):
            yield _Finding(policy, number, effect == "deny", _limit(statement, covered))


def _verdict(findings: Sequence[_Finding], action: str) -> Verdict:
    denials = [finding for finding in findings if finding.deny]
    allows = [finding for finding in findings if not finding.deny]
    for finding in denials:
        if not finding.limit:
            return _decided(VerdictState.DENIED, finding, f"{finding.where} denies {action}")
    caution = next((f"{finding.where} denies {action} {finding.limit}" for finding in denials), "")
    for finding in allows:
        if not finding.limit:
            return _decided(VerdictState.GRANTED, finding, f"{finding.where} allows {action}", caution)
    for finding in allows:
        return _decided(VerdictState.LIMITED, finding, f"{finding.where} allows {action} only {finding.limit}", caution)
    return Verdict(VerdictState.MISSING, why=f"no attached policy allows {action}", caution=caution)


def _decided(state: VerdictState, finding: _Finding, why: str, caution: str = "") -> Verdict:
    return Verdict(state, finding.policy, finding.statement, why, caution)


def _names(statement: Mapping[str, Any], action: str) -> bool:
    if "NotAction" in statement:
        return not _any_match(_strings(statement["NotAction"]), action)
    return _any_match(_strings(statement.get("Action")), action)


def _covered(statement: Mapping[str, Any], resource: str) -> Cover:
    """RAM documents nothing but Resource, so whether a statement without one applies is not known."""
    named = _strings(statement.get("Resource"))
    return cover(named, resource) if named else Cover.SOME


def _limit(statement: Mapping[str, Any], covered: Cover) -> str:
    if statement.get("Condition"):
        return "under a condition"
    if covered is Cover.ALL:
        return ""
    named = _strings(statement.get("Resource"))
    return f"on {', '.join(named)}" if named else "on resources that it does not name"


def _fits(statement: Mapping[str, Any]) -> bool:
    return (
        str(statement.get("Effect", "")).lower() == "allow"
        and bool(_strings(statement.get("Action")))
        and "NotAction" not in statement
        and not statement.get("Condition")
        and "*" in _strings(statement.get("Resource"))
    )


def _any_match(patterns: Iterable[str], action: str) -> bool:
    return any(matches(pattern, action) for pattern in patterns)


def _strings(value: Any) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _parse(document: str, name: str) -> dict[str, Any]:
    try:
        policy = from_json(document)
    except ValueError:
        policy = None
    if not isinstance(policy, dict):
        raise Failed(
            Code.CLOUD_ERROR,
            f"the document of policy {name or 'to edit'} is not a JSON object",
            hint="look at it in the RAM console",
            obj=f"policy/{name}" if name else "",
        )
    return policy


def _statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    statements = policy.get("Statement")
    if isinstance(statements, dict):
        return [statements]
    return [item for item in statements if isinstance(item, dict)] if isinstance(statements, list) else []


def _allow(actions: Iterable[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}


def _dump(policy: Mapping[str, Any]) -> str:
    text = json.dumps(policy, indent=2, ensure_ascii=False)
    if len(text) > MAX_DOCUMENT:
        text = json.dumps(policy, separators=(",", ":"), ensure_ascii=False)
    if len(text) > MAX_DOCUMENT:
        raise Failed(
            Code.POLICY_LIMIT,
            f"the policy document would have {len(text):,} characters; RAM accepts {MAX_DOCUMENT:,}",
            hint="omit --edit-policy: eipctl then attaches a policy of its own",
        )
    return text
