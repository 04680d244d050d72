"""The RAM policy of whoever runs eipctl: its actions, each on as few resources as RAM can tell apart.

What `setup` changes in RAM is named: eipctl's own policy, the policies that it may edit, and Terway's roles. With a
cluster ID the EIP actions hold only for EIPs that carry the tag of that cluster, or get it with the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.domain import cloud_apis
from eipctl.domain.cloud_apis import ram_actions
from eipctl.domain.ownership import CLUSTER
from eipctl.planners.terway.grants import MANAGED_ROLE, POLICY

if TYPE_CHECKING:
    from collections.abc import Sequence

TERWAY_ROLES = (MANAGED_ROLE, "KubernetesWorkerRole-*")
"""The roles of Terway as ACK names them; node pools may have roles with other names."""

_ON_ROLES = ram_actions((cloud_apis.GET_ROLE, cloud_apis.LIST_POLICIES_FOR_ROLE))
_READ_POLICIES = ram_actions(
    (cloud_apis.GET_POLICY, cloud_apis.GET_POLICY_VERSION, cloud_apis.LIST_POLICY_VERSIONS),
)
_ATTACH = ram_actions((cloud_apis.ATTACH_POLICY, cloud_apis.DETACH_POLICY))
_WITH_THE_TAG = ("vpc:AllocateEipAddress", "vpc:TagResources")
_ON_TAGGED = (
    "vpc:AssociateEipAddress",
    "vpc:UnassociateEipAddress",
    "vpc:ReleaseEipAddress",
    "vpc:ModifyEipAddressAttribute",
    "vpc:TagResources",
    "vpc:UnTagResources",
)
_PACKAGES = ram_actions(cloud_apis.VPC_PACKAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyScope:
    """What the policy is narrowed to. Without `cluster_id`, all EIPs are alike."""

    roles: tuple[str, ...] = TERWAY_ROLES
    edited: tuple[str, ...] = ()
    """Policies that `setup --edit-policy` may change."""
    cluster_id: str = ""


def ram_policy(actions: Sequence[str], scope: PolicyScope | None = None) -> dict[str, Any]:
    """A RAM policy that allows exactly these actions."""
    scope = scope or PolicyScope()
    in_ram = [action for action in actions if action.startswith("ram:")]
    others = [action for action in actions if action not in in_ram]
    statements = _on_eips(others, scope.cluster_id) if scope.cluster_id else [_allow(others)] if others else []
    return {"Version": "1", "Statement": [*statements, *_in_ram(in_ram, scope)]}


def _in_ram(actions: Sequence[str], scope: PolicyScope) -> list[dict[str, Any]]:
    roles = [f"acs:ram:*:*:role/{name}" for name in scope.roles]
    policies = [f"acs:ram:*:*:policy/{name}" for name in (POLICY, *scope.edited)]
    apart = (*_ON_ROLES, *_READ_POLICIES, *_ATTACH)
    groups = (
        ([action for action in actions if action in _ON_ROLES], roles),
        ([action for action in actions if action in _READ_POLICIES], ["acs:ram:*:*:policy/*"]),
        ([action for action in actions if action in _ATTACH], [policies[0], *roles]),
        ([action for action in actions if action not in apart], policies),
    )
    return [_allow(found, resources) for found, resources in groups if found]


def _on_eips(actions: Sequence[str], cluster_id: str) -> list[dict[str, Any]]:
    """RAM checks a tag of the request and a tag of the EIP in statements of their own: all keys of one must be met."""
    bound = {*_WITH_THE_TAG, *_ON_TAGGED, *_PACKAGES}
    packages = [action for action in actions if action in _PACKAGES]
    tagged = {"StringEquals": {f"acs:ResourceTag/{CLUSTER}": cluster_id}}
    tagging = {"StringEquals": {f"acs:RequestTag/{CLUSTER}": cluster_id}}
    groups: tuple[tuple[list[str], str, dict[str, Any]], ...] = (
        ([action for action in actions if action not in bound], "*", {}),
        ([action for action in actions if action in _WITH_THE_TAG], "*", tagging),
        ([action for action in actions if action in _ON_TAGGED], "*", tagged),
        (packages, "acs:vpc:*:*:combandwidthpackage/*", {}),
        (packages, "acs:vpc:*:*:eip/*", tagged),
    )
    return [_allow(found, resource, condition) for found, resource, condition in groups if found]


def _allow(
    actions: Sequence[str], resource: str | list[str] = "*", condition: dict[str, Any] | None = None
) -> dict[str, Any]:
    made = {"Effect": "Allow", "Action": list(actions), "Resource": resource}
    return {**made, "Condition": condition} if condition else made
