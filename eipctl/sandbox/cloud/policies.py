"""Ram: policies and their versions."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import policy
from eipctl.sandbox.cloud.refusal import CloudRefusal, invalid
from eipctl.sandbox.cloud.rows import PolicyRow, PolicyVersion

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.state import State

MOST_VERSIONS = 5
MOST_POLICIES = 1500
LONGEST_DESCRIPTION = 1024
ROTATE = "DeleteOldestNonDefaultVersionWhenLimitExceeded"


def no_policy(name: str) -> CloudRefusal:
    """The policy does not exist."""
    return CloudRefusal("EntityNotExist.Policy", f"The policy does not exist : {name} .", 404)


def find(call: ApiCall) -> PolicyRow:
    """The policy that PolicyName and PolicyType name."""
    name, kind = call.params.need("PolicyName"), call.params.need("PolicyType")
    if kind not in ("System", "Custom"):
        raise invalid("PolicyType")
    row = call.state.policies.get(f"{kind}/{name}")
    if row is None:
        raise no_policy(name)
    return row


def _custom(call: ApiCall) -> PolicyRow:
    name = call.params.need("PolicyName")
    row = call.state.policies.get(f"Custom/{name}")
    if row is None:
        raise no_policy(name)
    return row


def _version(call: ApiCall, row: PolicyRow) -> PolicyVersion:
    wanted = call.params.need("VersionId")
    version = row.version(wanted)
    if version is None:
        raise CloudRefusal(
            "EntityNotExist.Policy.Version", f"The policy version does not exist : {row.name} {wanted} .", 404
        )
    return version


def attachments(state: State, key: str) -> int:
    """To how many roles and users it is attached."""
    roles = sum(any(key == own for own, _ in role.policies) for role in state.roles.values())
    return roles + sum(key in user.policies for user in state.users.values())


def get(call: ApiCall) -> dict[str, Any]:
    """GetPolicy, with the document of the default version."""
    row = find(call)
    default = row.version(row.default) or row.versions[0]
    return {
        "Policy": {**_policy(call.state, row), "AttachmentCount": attachments(call.state, row.key)},
        "DefaultPolicyVersion": _shown(call.state, row, default),
    }


def get_version(call: ApiCall) -> dict[str, Any]:
    """GetPolicyVersion."""
    row = find(call)
    return {"PolicyVersion": _shown(call.state, row, _version(call, row))}


def list_versions(call: ApiCall) -> dict[str, Any]:
    """ListPolicyVersions, newest first."""
    row = find(call)
    return {
        "PolicyVersions": {
            "PolicyVersion": [_shown(call.state, row, version) for version in reversed(row.versions)],
        }
    }


def create(call: ApiCall) -> dict[str, Any]:
    """CreatePolicy."""
    state, name = call.state, call.params.need("PolicyName")
    if len(name) > 128:
        raise CloudRefusal("InvalidParameter.PolicyName.Length", "The length of parameter PolicyName is not valid.")
    if not re.fullmatch(r"[A-Za-z0-9-]+", name):
        raise CloudRefusal("InvalidParameter.PolicyName.InvalidChars", "PolicyName contains invalid characters.")
    if len(call.params.get("Description")) > LONGEST_DESCRIPTION:
        raise CloudRefusal("InvalidParameter.Description.Length", "The length of parameter Description is not valid.")
    document = _document(call)
    if f"Custom/{name}" in state.policies:
        raise CloudRefusal("EntityAlreadyExists.Policy", f"The policy already exists : {name} .", 409)
    if sum(not row.system for row in state.policies.values()) >= MOST_POLICIES:
        raise CloudRefusal("LimitExceeded.Policy", "The count of policies beyond the current limits.", 409)
    first = PolicyVersion("v1", document, call.now)
    row = PolicyRow(
        name, system=False, versions=(first,), description=call.params.get("Description"), created_at=call.now
    )
    state.policies.put(row.key, row)
    return {"Policy": _policy(state, row)}


def _document(call: ApiCall) -> str:
    document = call.params.need("PolicyDocument")
    if len(document) > call.state.switches.longest_policy:
        raise CloudRefusal("InvalidParameter.PolicyDocument.Length", "The length of PolicyDocument is not valid.")
    try:
        policy.parse(document)
    except ValueError as error:
        raise CloudRefusal("MalformedPolicyDocument", f"The policy document is malformed: {error}") from None
    return document


def create_version(call: ApiCall) -> dict[str, Any]:
    """CreatePolicyVersion; RotateStrategy may delete the oldest one that is not the default."""
    row, document = _custom(call), _document(call)
    strategy = call.params.get("RotateStrategy", "None")
    if strategy not in ("None", ROTATE):
        raise invalid("RotateStrategy")
    versions = row.versions
    if len(versions) >= MOST_VERSIONS:
        if strategy != ROTATE:
            raise CloudRefusal("LimitExceeded.Policy.Version", "The count of policy versions beyond the limit.", 409)
        oldest = next(version for version in versions if version.version != row.default)
        versions = tuple(version for version in versions if version is not oldest)
    made = PolicyVersion(f"v{row.created + 1}", document, call.now)
    default = made.version if call.params.flag("SetAsDefault") else row.default
    changed = replace(row, versions=(*versions, made), created=row.created + 1, default=default)
    call.state.policies.put(row.key, changed)
    return {"PolicyVersion": _shown(call.state, changed, made)}


def describe(call: ApiCall) -> dict[str, Any]:
    """UpdatePolicyDescription."""
    row, text = _custom(call), call.params.need("NewDescription")
    if len(text) > LONGEST_DESCRIPTION:
        raise CloudRefusal("InvalidParameter.Description.Length", "The length of parameter Description is not valid.")
    changed = replace(row, description=text)
    call.state.policies.put(row.key, changed)
    return {"Policy": _policy(call.state, changed)}


def set_default(call: ApiCall) -> dict[str, Any]:
    """SetDefaultPolicyVersion."""
    row = _custom(call)
    call.state.policies.put(row.key, replace(row, default=_version(call, row).version))
    return {}


def delete_version(call: ApiCall) -> dict[str, Any]:
    """DeletePolicyVersion; never the default one."""
    row = _custom(call)
    doomed = _version(call, row)
    if doomed.version == row.default:
        raise CloudRefusal(
            "DeleteConflict.Policy.Version.Default", "The default policy version can not be deleted.", 409
        )
    left = tuple(version for version in row.versions if version is not doomed)
    call.state.policies.put(row.key, replace(row, versions=left))
    return {}


def delete(call: ApiCall) -> dict[str, Any]:
    """DeletePolicy; detached, and with one version unless CascadingDelete."""
    row = _custom(call)
    if any(row.key == key for role in call.state.roles.values() for key, _ in role.policies):
        raise CloudRefusal("DeleteConflict.Policy.Role", "The policy is attached to one or more roles.", 409)
    if any(row.key in user.policies for user in call.state.users.values()):
        raise CloudRefusal("DeleteConflict.Policy.User", "The policy is attached to one or more users.", 409)
    if len(row.versions) > 1 and not call.params.flag("CascadingDelete"):
        raise CloudRefusal("DeleteConflict.Policy.Version", "The policy has more than one version.", 409)
    call.state.policies.delete(row.key)
    return {}


def _policy(state: State, row: PolicyRow) -> dict[str, Any]:
    return {
        "PolicyName": row.name,
        "PolicyType": row.type,
        "Description": row.description,
        "DefaultVersion": row.default,
        "CreateDate": state.clock.timestamp(row.created_at),
        "UpdateDate": state.clock.timestamp(row.versions[-1].created_at),
    }


def _shown(state: State, row: PolicyRow, version: PolicyVersion) -> dict[str, Any]:
    return {
        "VersionId": version.version,
        "IsDefaultVersion": version.version == row.default,
        "PolicyDocument": version.document,
        "CreateDate": state.clock.timestamp(version.created_at),
    }
