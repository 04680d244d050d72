"""Ram: policies and their versions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from eipctl.sandbox.cloud import policy
from eipctl.sandbox.cloud.rows import PolicyRow, PolicyVersion

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.api import ApiCall
    from eipctl.sandbox.cloud.state import State

MOST_VERSIONS = 5
MOST_POLICIES = 1500


def find(call: ApiCall) -> PolicyRow:
    """The policy that PolicyName and, if the API has it, PolicyType name."""
    name = call.params.get("PolicyName")
    row = call.state.policies.get(f"{call.params.get('PolicyType', 'Custom')}/{name}")
    if row is None:
        raise call.refusal("EntityNotExist.Policy", f"The policy does not exist : {name} .")
    return row


def _version(call: ApiCall, row: PolicyRow) -> PolicyVersion:
    wanted = call.params.get("VersionId")
    version = row.version(wanted)
    if version is None:
        message = f"The policy version does not exist : {row.name} {wanted} ."
        raise call.refusal("EntityNotExist.Policy.Version", message)
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
        "Policy": {
            **_policy(call.state, row),
            "PolicyDocument": row.document,
            "AttachmentCount": attachments(call.state, row.key),
        },
        "DefaultPolicyVersion": _shown(call.state, row, default),
    }


def get_version(call: ApiCall) -> dict[str, Any]:
    """GetPolicyVersion."""
    row = find(call)
    return {"PolicyVersion": _shown(call.state, row, _version(call, row))}


def list_versions(call: ApiCall) -> dict[str, Any]:
    """ListPolicyVersions, oldest first, as in the published samples."""
    row = find(call)
    return {"PolicyVersions": {"PolicyVersion": [_shown(call.state, row, version) for version in row.versions]}}


def list_entities(call: ApiCall) -> dict[str, Any]:
    """ListEntitiesForPolicy: the users and roles it is attached to."""
    state, row = call.state, find(call)
    users = [{"UserName": user.name, "UserId": user.name} for user in state.users.values() if row.key in user.policies]
    roles = [
        {"RoleName": role.name, "RoleId": role.role_id, "AttachDate": state.clock.timestamp(at)}
        for role in state.roles.values()
        for key, at in role.policies
        if key == row.key
    ]
    return {"Groups": {"Group": []}, "Users": {"User": users}, "Roles": {"Role": roles}}


def create(call: ApiCall) -> dict[str, Any]:
    """CreatePolicy."""
    state, name = call.state, call.params.get("PolicyName")
    document = _document(call)
    if f"Custom/{name}" in state.policies:
        raise call.refusal("EntityAlreadyExists.Policy", f"The policy already exists : {name} .")
    if sum(not row.system for row in state.policies.values()) >= MOST_POLICIES:
        raise call.refusal("LimitExceeded.Policy", "The count of policies beyond the current limits.")
    first = PolicyVersion("v1", document, call.now)
    row = PolicyRow(
        name, system=False, versions=(first,), description=call.params.get("Description"), created_at=call.now
    )
    state.policies.put(row.key, row)
    return {"Policy": _policy(state, row)}


def _document(call: ApiCall) -> str:
    document = call.params.get("PolicyDocument")
    if len(document) > call.state.switches.longest_policy:
        raise call.refusal("InvalidParameter.PolicyDocument.Length", "The length of PolicyDocument is not valid.")
    try:
        policy.parse(document)
    except ValueError as error:
        raise call.refusal("MalformedPolicyDocument", f"The policy document is malformed: {error}") from None
    return document


def create_version(call: ApiCall) -> dict[str, Any]:
    """CreatePolicyVersion; RotateStrategy may delete the oldest one that is not the default."""
    row, document = find(call), _document(call)
    versions = row.versions
    if len(versions) >= MOST_VERSIONS:
        if call.params.get("RotateStrategy") == "None":
            raise call.refusal("LimitExceeded.Policy.Version", "The count of policy versions beyond the limit.")
        oldest = next(version for version in versions if version.version != row.default)
        versions = tuple(version for version in versions if version is not oldest)
    made = PolicyVersion(f"v{row.created + 1}", document, call.now)
    default = made.version if call.params.flag("SetAsDefault") else row.default
    changed = replace(row, versions=(*versions, made), created=row.created + 1, default=default)
    call.state.policies.put(row.key, changed)
    return {"PolicyVersion": _shown(call.state, changed, made)}


def describe(call: ApiCall) -> dict[str, Any]:
    """UpdatePolicyDescription."""
    row, text = find(call), call.params.get("NewDescription")
    changed = replace(row, description=text)
    call.state.policies.put(row.key, changed)
    return {"Policy": _policy(call.state, changed)}


def set_default(call: ApiCall) -> dict[str, Any]:
    """SetDefaultPolicyVersion."""
    row = find(call)
    call.state.policies.put(row.key, replace(row, default=_version(call, row).version))
    return {}


def delete_version(call: ApiCall) -> dict[str, Any]:
    """DeletePolicyVersion; never the default one."""
    row = find(call)
    doomed = _version(call, row)
    if doomed.version == row.default:
        raise call.refusal("DeleteConflict.Policy.Version.Default", "The default version can not be deleted.")
    left = tuple(version for version in row.versions if version is not doomed)
    call.state.policies.put(row.key, replace(row, versions=left))
    return {}


def delete(call: ApiCall) -> dict[str, Any]:
    """DeletePolicy; detached, and with one version unless CascadingDelete."""
    row = find(call)
    if any(row.key == key for role in call.state.roles.values() for key, _ in role.policies):
        raise call.refusal("DeleteConflict.Policy.Role", "The policy is attached to one or more roles.")
    if any(row.key in user.policies for user in call.state.users.values()):
        raise call.refusal("DeleteConflict.Policy.User", "The policy is attached to one or more users.")
    if len(row.versions) > 1 and not call.params.flag("CascadingDelete"):
        raise call.refusal("DeleteConflict.Policy.Version", "The policy has more than one version.")
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
