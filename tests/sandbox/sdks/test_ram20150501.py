"""The newer RAM SDK (alibabacloud-ram20150501) takes the sandbox for the cloud, and what it grants then holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from alibabacloud_ram20150501 import models as ram

from tests.sandbox.sdks.newer import allocate, described, ram_client, refused, vpc_client
from tests.sandbox.sdks.stage import OPERATOR, ROOT, WORKER_ROLE

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox

TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": ["ecs.aliyuncs.com"]}}],
    }
)


def _document(*actions: str, effect: str = "Allow") -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": "*"}]})


@pytest.fixture(scope="module")
def client(sandbox: Sandbox) -> Any:
    """The account's own client."""
    return ram_client(sandbox.cloud_url, ROOT)


def _create(client: Any, name: str, document: str) -> Any:
    return client.create_policy(ram.CreatePolicyRequest(policy_name=name, policy_document=document)).body.policy


def test_policy_versions(client: Any) -> None:
    """A policy has five versions at most, one of them the default, and goes when only that is left."""
    made = _create(client, "sdk-versions", _document("vpc:DescribeEipAddresses"))
    assert (made.policy_name, made.policy_type, made.default_version) == ("sdk-versions", "Custom", "v1")
    another = ram.CreatePolicyVersionRequest(
        policy_name="sdk-versions", policy_document=_document("vpc:*"), set_as_default=True
    )
    for _ in range(4):
        client.create_policy_version(another)
    assert refused(lambda: client.create_policy_version(another)) == (409, "LimitExceeded.Policy.Version")
    held = client.get_policy(ram.GetPolicyRequest(policy_name="sdk-versions", policy_type="Custom")).body
    assert held.default_policy_version.version_id == "v5"
    assert json.loads(held.default_policy_version.policy_document)["Statement"][0]["Action"] == ["vpc:*"]
    for number in range(1, 5):
        client.delete_policy_version(
            ram.DeletePolicyVersionRequest(policy_name="sdk-versions", version_id=f"v{number}")
        )
    client.delete_policy(ram.DeletePolicyRequest(policy_name="sdk-versions"))
    assert refused(
        lambda: client.get_policy(ram.GetPolicyRequest(policy_name="sdk-versions", policy_type="Custom"))
    ) == (404, "EntityNotExist.Policy")


def test_role_and_its_policies(client: Any) -> None:
    """A policy that is attached to a role is listed there, and can't be deleted until it is detached."""
    role = client.get_role(ram.GetRoleRequest(role_name=WORKER_ROLE)).body.role
    assert role.arn.lower().endswith(f":role/{WORKER_ROLE}".lower())
    _create(client, "sdk-attached", _document("vpc:*"))
    link = {"policy_name": "sdk-attached", "policy_type": "Custom", "role_name": WORKER_ROLE}
    client.attach_policy_to_role(ram.AttachPolicyToRoleRequest(**link))
    assert refused(lambda: client.attach_policy_to_role(ram.AttachPolicyToRoleRequest(**link))) == (
        409,
        "EntityAlreadyExists.Role.Policy",
    )
    listing = client.list_policies_for_role(ram.ListPoliciesForRoleRequest(role_name=WORKER_ROLE)).body
    assert "sdk-attached" in [policy.policy_name for policy in listing.policies.policy]
    gone = ram.DeletePolicyRequest(policy_name="sdk-attached")
    assert refused(lambda: client.delete_policy(gone)) == (409, "DeleteConflict.Policy.Role")
    client.detach_policy_from_role(ram.DetachPolicyFromRoleRequest(**link))
    client.delete_policy(gone)


def test_role_is_created(client: Any) -> None:
    """A role is created with its trust policy, once."""
    wanted = ram.CreateRoleRequest(role_name="sdk-role", assume_role_policy_document=TRUST)
    assert client.create_role(wanted).body.role.role_name == "sdk-role"
    assert refused(lambda: client.create_role(wanted)) == (409, "EntityAlreadyExists.Role")


def test_unknown_and_malformed(client: Any) -> None:
    """What does not exist or can't be read is named by the documented code."""
    assert refused(lambda: client.get_role(ram.GetRoleRequest(role_name="nobody"))) == (404, "EntityNotExist.Role")
    assert refused(lambda: _create(client, "sdk-broken", "{"))[0] == 400


@pytest.mark.parametrize(
    ("policies", "may_look", "may_allocate"),
    [
        ((("Allow", "vpc:*"),), True, True),
        ((("Allow", "vpc:Describe*"),), True, False),
        ((("Allow", "vpc:*"), ("Deny", "vpc:AllocateEipAddress")), True, False),
        ((("Allow", "ecs:*"),), False, False),
        ((), False, False),
    ],
)
def test_policies_hold_for_vpc(
    sandbox: Sandbox, policies: tuple[tuple[str, str], ...], may_look: bool, may_allocate: bool
) -> None:
    """A RAM user may do through the SDK what its policies allow, a Deny counting more than any Allow."""
    label = (
        "-".join(f"{effect}{action}".translate(str.maketrans("", "", ":*")) for effect, action in policies) or "none"
    )
    names = tuple(f"sdk-{label}-{number}" for number in range(len(policies)))
    for name, (effect, action) in zip(names, policies, strict=True):
        sandbox.cloud.add_policy(name, json.loads(_document(action, effect=effect)))
    key = (f"LTAI5t{label}", f"secret-of-{label}")
    sandbox.cloud.add_access_key(*key, user=f"user-{label}", policies=names)
    client = vpc_client(sandbox.cloud_url, key)
    for allowed, call in ((may_look, described), (may_allocate, allocate)):
        if allowed:
            assert call(client) is not None
        else:
            status, code = refused(lambda call=call: call(client))  # type: ignore[misc]
            assert (status, code) == (403, "Forbidden.RAM")


def test_ram_needs_rights_too(sandbox: Sandbox) -> None:
    """The operator, who has no right to create users' roles, can't."""
    wanted = ram.CreateRoleRequest(role_name="sdk-forbidden", assume_role_policy_document=TRUST)
    assert refused(lambda: ram_client(sandbox.cloud_url, OPERATOR).create_role(wanted))[0] == 403
