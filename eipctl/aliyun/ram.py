"""Roles and custom policies. RAM has neither ClientToken nor dry run: what is wanted is compared with what is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from eipctl.aliyun import parse
from eipctl.base.errors import CloudError, OutcomeUnknown, Reaction
from eipctl.base.text import from_json
from eipctl.domain import cloud_apis
from eipctl.domain.facts import AttachedPolicy

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.aliyun.client import CloudClient
    from eipctl.domain.cloud_apis import Api

CUSTOM = "Custom"
WRITE_TRIES = 3


class Reader:
    """Reads roles and policies."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def role_exists(self, role: str) -> bool:
        """GetRole."""
        return _found(lambda: self._client.call(cloud_apis.GET_ROLE, {"RoleName": role})) is not None

    def policies_of_role(self, role: str) -> tuple[AttachedPolicy, ...]:
        """ListPoliciesForRole and GetPolicy for each; one detached and deleted meanwhile is left out."""
        answer = self._client.call(cloud_apis.LIST_POLICIES_FOR_ROLE, {"RoleName": role})
        listed = parse.rows(answer, "Policies", "Policy")
        found = (self._policy(row["PolicyName"], row["PolicyType"]) for row in listed)
        return tuple(policy for policy in found if policy is not None)

    def custom_policy(self, name: str) -> AttachedPolicy | None:
        """GetPolicy; None when there is none."""
        return self._policy(name, CUSTOM)

    def _policy(self, name: str, kind: str) -> AttachedPolicy | None:
        answer = _found(lambda: self._client.call(cloud_apis.GET_POLICY, {"PolicyName": name, "PolicyType": kind}))
        if answer is None:
            return None
        version, policy = answer["DefaultPolicyVersion"], answer.get("Policy") or {}
        return AttachedPolicy(
            name,
            kind != CUSTOM,
            version["PolicyDocument"],
            version["VersionId"],
            description=str(policy.get("Description") or ""),
            attachments=int(policy.get("AttachmentCount") or 0),
        )


class Writer:
    """Changes custom policies. A change without an answer is looked for, and made again when it isn't there."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client
        self._reader = Reader(client)

    def create_policy(self, name: str, document: str, description: str) -> None:
        """CreatePolicy; done when the policy exists with this document."""
        params = {"PolicyName": name, "PolicyDocument": document, "Description": description}
        self._until(
            lambda: self._write(cloud_apis.CREATE_POLICY, params, done=""),
            there=lambda: self._is(name, document),
            also="EntityAlreadyExists.Policy",
        )

    def update_policy(self, name: str, document: str) -> None:
        """CreatePolicyVersion as default, the oldest rotated out; done when it is the default already."""
        params = {
            "PolicyName": name,
            "PolicyDocument": document,
            "SetAsDefault": True,
            "RotateStrategy": "DeleteOldestNonDefaultVersionWhenLimitExceeded",
        }
        self._until(
            lambda: self._write(cloud_apis.CREATE_POLICY_VERSION, params, done=""),
            there=lambda: self._is(name, document),
        )

    def describe_policy(self, name: str, description: str) -> None:
        """UpdatePolicyDescription; it may be made again."""
        params = {"PolicyName": name, "NewDescription": description}
        self._until(lambda: self._write(cloud_apis.UPDATE_POLICY_DESCRIPTION, params, done=""), there=lambda: False)

    def delete_policy(self, name: str) -> None:
        """Delete all versions and the policy; done when it does not exist."""
        self._until(lambda: self._delete(name), there=lambda: False)

    def attach_policy(self, name: str, role: str) -> None:
        """AttachPolicyToRole; done when attached already."""
        params = {"PolicyName": name, "PolicyType": CUSTOM, "RoleName": role}
        self._until(
            lambda: self._write(cloud_apis.ATTACH_POLICY, params, done="EntityAlreadyExists.Role.Policy"),
            there=lambda: False,
        )

    def detach_policy(self, name: str, role: str) -> None:
        """DetachPolicyFromRole; done when not attached."""
        params = {"PolicyName": name, "PolicyType": CUSTOM, "RoleName": role}
        self._until(
            lambda: self._write(cloud_apis.DETACH_POLICY, params, done="EntityNotExist.Role.Policy"),
            there=lambda: False,
        )

    def _delete(self, name: str) -> None:
        answer = _found(
            lambda: self._client.call(cloud_apis.LIST_POLICY_VERSIONS, {"PolicyName": name, "PolicyType": CUSTOM})
        )
        for version in parse.rows(answer or {}, "PolicyVersions", "PolicyVersion"):
            if not version["IsDefaultVersion"]:
                params = {"PolicyName": name, "VersionId": version["VersionId"]}
                self._write(cloud_apis.DELETE_POLICY_VERSION, params, done="EntityNotExist.Policy.Version")
        if answer is not None:
            self._write(cloud_apis.DELETE_POLICY, {"PolicyName": name}, done="EntityNotExist.Policy")

    def _write(self, api: Api, params: Mapping[str, Any], *, done: str) -> None:
        """Call; the cloud's code `done` says that it is as wanted already."""
        try:
            self._client.call(api, params)
        except CloudError as error:
            if error.cloud_code != done:
                raise

    def _until(self, change: Callable[[], None], *, there: Callable[[], bool], also: str = "") -> None:
        """Make a change that may be made again, until an answer or a look says that it is made."""
        for attempt in range(1, WRITE_TRIES + 1):
            try:
                return change()
            except (CloudError, OutcomeUnknown) as error:
                unclear = isinstance(error, OutcomeUnknown) or error.cloud_code == also
                if unclear and there():
                    return None
                if isinstance(error, CloudError) or attempt == WRITE_TRIES:
                    raise
        return None

    def _is(self, name: str, document: str) -> bool:
        policy = self._reader.custom_policy(name)
        return policy is not None and _content(policy.document) == _content(document)


def _content(document: str) -> object:
    """What a document says, whatever its spacing."""
    try:
        return from_json(document)
    except ValueError:
        return document


def _found(call: Callable[[], dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return call()
    except CloudError as error:
        if error.reaction is Reaction.GONE:
            return None
        raise
