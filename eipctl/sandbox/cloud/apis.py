"""All APIs that the simulated cloud has."""

from __future__ import annotations

from eipctl.sandbox.cloud import clusters, describe, ecs, eips, network, policies, roles, sts, tags
from eipctl.sandbox.cloud.api import Api

_POLICY = "policy/{PolicyName}"
_ROLE = "role/{RoleName}"
_EIP = "eip/{AllocationId}"
_EIPS = "eip/{ResourceId.N}"
_PACKAGE = "combandwidthpackage/{BandwidthPackageId}"

VERSIONS = {"2016-04-28": "vpc", "2014-05-26": "ecs", "2015-05-01": "ram", "2015-04-01": "sts", "2015-12-15": "cs"}

APIS: dict[tuple[str, str], Api] = {
    ("vpc", "AllocateEipAddress"): Api(eips.allocate, ("eip/*",), token=True),
    ("vpc", "AllocateEipAddressPro"): Api(eips.allocate, ("eip/*",), token=True),
    ("vpc", "DeletionProtection"): Api(eips.protect, ("eip/{InstanceId}",), token=True),
    ("vpc", "AssociateEipAddress"): Api(eips.associate, (_EIP,), token=True),
    ("vpc", "UnassociateEipAddress"): Api(eips.unassociate, (_EIP,), token=True),
    ("vpc", "ReleaseEipAddress"): Api(eips.release, (_EIP,)),
    ("vpc", "ModifyEipAddressAttribute"): Api(eips.modify, (_EIP,)),
    ("vpc", "DescribeEipAddresses"): Api(describe.describe, ("eip/*",)),
    ("vpc", "TagResources"): Api(tags.tag, (_EIPS,)),
    ("vpc", "UnTagResources"): Api(tags.untag, (_EIPS,)),
    ("vpc", "ListTagResources"): Api(tags.listing, (_EIPS,)),
    ("vpc", "AddCommonBandwidthPackageIp"): Api(network.add_package_ip, (_PACKAGE, "eip/{IpInstanceId}"), token=True),
    ("vpc", "RemoveCommonBandwidthPackageIp"): Api(
        network.remove_package_ip, (_PACKAGE, "eip/{IpInstanceId}"), token=True
    ),
    ("vpc", "DescribeVSwitches"): Api(network.describe_vswitches, ("vswitch/*",)),
    ("ecs", "DescribeNetworkInterfaces"): Api(ecs.describe_network_interfaces, ("eni/*",)),
    ("ecs", "DescribeInstances"): Api(ecs.describe_instances, ("instance/*",)),
    ("ecs", "DescribeInstanceRamRole"): Api(ecs.describe_instance_ram_role, ("instance/*",)),
    ("ram", "GetRole"): Api(roles.get, (_ROLE,)),
    ("ram", "CreateRole"): Api(roles.create, (_ROLE,)),
    ("ram", "ListPoliciesForRole"): Api(roles.list_policies, (_ROLE,)),
    ("ram", "AttachPolicyToRole"): Api(roles.attach, (_POLICY, _ROLE)),
    ("ram", "DetachPolicyFromRole"): Api(roles.detach, (_POLICY, _ROLE)),
    ("ram", "GetPolicy"): Api(policies.get, (_POLICY,)),
    ("ram", "GetPolicyVersion"): Api(policies.get_version, (_POLICY,)),
    ("ram", "ListPolicyVersions"): Api(policies.list_versions, (_POLICY,)),
    ("ram", "CreatePolicy"): Api(policies.create, (_POLICY,)),
    ("ram", "CreatePolicyVersion"): Api(policies.create_version, (_POLICY,)),
    ("ram", "UpdatePolicyDescription"): Api(policies.describe, (_POLICY,)),
    ("ram", "SetDefaultPolicyVersion"): Api(policies.set_default, (_POLICY,)),
    ("ram", "DeletePolicyVersion"): Api(policies.delete_version, (_POLICY,)),
    ("ram", "DeletePolicy"): Api(policies.delete, (_POLICY,)),
    ("sts", "GetCallerIdentity"): Api(sts.get_caller_identity, free=True),
    ("sts", "AssumeRole"): Api(sts.assume_role, ("{RoleArn}",)),
    ("sts", "AssumeRoleWithOIDC"): Api(sts.assume_role_with_oidc, free=True),
    ("cs", "DescribeClusterDetail"): Api(clusters.describe, ("cluster/{ClusterId}",)),
}
