"""Roles and custom policies. RAM has neither ClientToken nor dry run: what is wanted is compared with what is there."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from eipctl.aliyun import parse
from eipctl.base.errors import CloudError, Reaction
from eipctl.domain import cloud_apis
from eipctl.domain.facts import AttachedPolicy, DocumentVersion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.aliyun.client import CloudClient
    from eipctl.domain.cloud_apis import Api

T = TypeVar("T")
CUSTOM = "Custom"


class RamReader:
    """Reads roles and policies."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def role_exists(self, role: str) -> bool:
        """GetRole; a name that no role can have is that of none."""
        try:
            return _found(lambda: self._client.call(cloud_apis.GET_ROLE, {"RoleName": role})) is not None
        except CloudError as error:
            if not error.cloud_code.startswith("InvalidParameter.RoleName"):
                raise
            return False

    def policies_of_role(self, role: str) -> tuple[AttachedPolicy, ...]:
        """ListPoliciesForRole and GetPolicy for each; one detached and deleted meanwhile is left out."""
        answer = self._client.ask(cloud_apis.LIST_POLICIES_FOR_ROLE, {"RoleName": role}, parse.PolicyPage)
        found = (self._policy(row.policy_name, row.policy_type) for row in answer.policies.policy or ())
        return tuple(policy for policy in found if policy is not None)

    def custom_policy(self, name: str) -> AttachedPolicy | None:
        """GetPolicy; None when there is none."""
        return self._policy(name, CUSTOM)

    def _policy(self, name: str, kind: str) -> AttachedPolicy | None:
        params = {"PolicyName": name, "PolicyType": kind}
        answer = _found(lambda: self._client.ask(cloud_apis.GET_POLICY, params, parse.PolicyAnswer))
        if answer is None:
            return None
        version, policy = answer.default_policy_version, answer.policy or parse.PolicyFact()
        return AttachedPolicy(
            name,
            kind != CUSTOM,
            version.policy_document,
            version.version_id,
            description=policy.description or "",
            attachments=policy.attachment_count or 0,
        )

    def policy_with_versions(self, name: str) -> AttachedPolicy | None:
        """GetPolicy, ListPolicyVersions, and GetPolicyVersion for each; None when there is no such custom policy."""
        policy, ids = self.custom_policy(name), self.versions(name)
        if policy is None or ids is None:
            return None
        found = (self._version(name, version) for version in ids)
        return replace(policy, versions=tuple(version for version in found if version is not None))

    def _version(self, name: str, version: str) -> DocumentVersion | None:
        params = {"PolicyName": name, "PolicyType": CUSTOM, "VersionId": version}
        answer = _found(lambda: self._client.ask(cloud_apis.GET_POLICY_VERSION, params, parse.PolicyVersionAnswer))
        return DocumentVersion(version, answer.policy_version.policy_document) if answer else None

    def versions(self, name: str) -> tuple[str, ...] | None:
        """ListPolicyVersions: their ids, the oldest first; None when there is no such custom policy."""
        params = {"PolicyName": name, "PolicyType": CUSTOM}
        answer = _found(lambda: self._client.ask(cloud_apis.LIST_POLICY_VERSIONS, params, parse.PolicyVersionPage))
        if answer is None:
            return None
        found = (version.version_id for version in answer.policy_versions.policy_version or ())
        return tuple(sorted(found, key=number))


class RamWriter:
    """Changes custom policies: one call a method, never repeated."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def create_policy(self, name: str, document: str, description: str) -> None:
        """CreatePolicy."""
        params = {"PolicyName": name, "PolicyDocument": document, "Description": description}
        self._client.call(cloud_apis.CREATE_POLICY, params)

    def update_policy(self, name: str, document: str, *, rotate: bool = False) -> str:
        """CreatePolicyVersion as default; `rotate` deletes the oldest when there are five. The new version's id."""
        strategy = "DeleteOldestNonDefaultVersionWhenLimitExceeded" if rotate else "None"
        params = {
            "PolicyName": name,
            "PolicyDocument": document,
            "SetAsDefault": True,
            "RotateStrategy": strategy,
        }
        answer = self._client.ask(cloud_apis.CREATE_POLICY_VERSION, params, parse.PolicyVersionAnswer)
        return answer.policy_version.version_id

    def describe_policy(self, name: str, description: str) -> None:
        """UpdatePolicyDescription."""
        self._client.call(cloud_apis.UPDATE_POLICY_DESCRIPTION, {"PolicyName": name, "NewDescription": description})

    def set_default_version(self, name: str, version: str) -> None:
        """SetDefaultPolicyVersion."""
        self._client.call(cloud_apis.SET_DEFAULT_POLICY_VERSION, {"PolicyName": name, "VersionId": version})

    def delete_version(self, name: str, version: str) -> None:
        """DeletePolicyVersion; done when there is none."""
        params = {"PolicyName": name, "VersionId": version}
        self._call(cloud_apis.DELETE_POLICY_VERSION, params, done="EntityNotExist.Policy.Version")

    def delete_policy(self, name: str) -> None:
        """DeletePolicy, of which only the default version is left; done when there is none."""
        self._call(cloud_apis.DELETE_POLICY, {"PolicyName": name}, done="EntityNotExist.Policy")

    def attach_policy(self, name: str, role: str) -> None:
        """AttachPolicyToRole; done when attached already."""
        self._call(cloud_apis.ATTACH_POLICY, _attachment(name, role), done="EntityAlreadyExists.Role.Policy")

    def detach_policy(self, name: str, role: str) -> None:
        """DetachPolicyFromRole; done when not attached."""
        self._call(cloud_apis.DETACH_POLICY, _attachment(name, role), done="EntityNotExist.Role.Policy")

    def _call(self, api: Api, params: Mapping[str, Any], *, done: str) -> None:
        """Call; the cloud's code `done` says that it is as wanted already."""
        try:
            self._client.call(api, params)
        except CloudError as error:
            if error.cloud_code != done:
                raise


def number(version: str) -> int:
    """3 for ``v3``: each version of a policy has the next number; 0 for no version."""
    digits = version.removeprefix("v")
    return int(digits) if digits.isdecimal() else 0


def _attachment(name: str, role: str) -> dict[str, str]:
    return {"PolicyName": name, "PolicyType": CUSTOM, "RoleName": role}


def _found(call: Callable[[], T]) -> T | None:
    try:
        return call()
    except CloudError as error:
        if error.reaction is Reaction.GONE:
            return None
        raise
