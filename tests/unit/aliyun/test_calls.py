"""The table of calls is the whole truth: its RAM actions suffice, and nothing is loaded before it is needed."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.aliyun import identity, ram, vpc
from eipctl.aliyun.keys import Keys
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError
from eipctl.domain import cloud_apis
from eipctl.domain.settings import EipSpec

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.aliyun.client import CloudClient
    from eipctl.sandbox.cloud.cloud import Cloud
    from tests.unit.aliyun.conftest import Place

OPERATOR = Keys("LTAIoperator0001", "operator-secret")
DOCUMENT = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:A", "Resource": "*"}]})


def _use_everything(client: CloudClient) -> None:
    reads, writes = vpc.VpcReader(client), vpc.VpcWriter(client)
    eip, _ = writes.allocate(EipSpec(), (("eipctl-cluster", "c"),), "t-1")
    writes.associate(eip, "eni-1", "10.0.0.11", "t-2")
    writes.unassociate(eip, "eni-1", "10.0.0.11", "t-3")
    writes.tag(eip, (("k", "v"),))
    writes.untag(eip, ["k"])
    writes.modify(eip, {"bandwidth": 6})
    writes.join_package(eip, "cbwp-1", "t-4")
    writes.leave_package(eip, "cbwp-1", "t-5")
    writes.release(eip)
    reads.list_eips()
    reads.enis_of_vpc("vpc-1")
    roles, policies = ram.RamReader(client), ram.RamWriter(client)
    policies.create_policy("p", DOCUMENT, "d")
    policies.update_policy("p", DOCUMENT)
    policies.describe_policy("p", "e")
    policies.attach_policy("p", "worker")
    roles.role_exists("worker")
    roles.policies_of_role("worker")
    policies.detach_policy("p", "worker")
    found = roles.policy_with_versions("p")
    assert found is not None
    policies.set_default_version("p", "v1")
    policies.delete_version("p", found.version)
    policies.delete_policy("p")
    identity.IdentityReader(client).caller()
    identity.IdentityReader(client).worker_role("c1")
    identity.IdentityReader(client).instance_roles(["i-1"])


APIS = [found for found in vars(cloud_apis).values() if isinstance(found, cloud_apis.Api)]
ELSEWHERE = (cloud_apis.ASSUME_ROLE, cloud_apis.ASSUME_ROLE_WITH_OIDC)
"""Called for credentials, by another client."""
EVERYTHING = cloud_apis.ram_actions(api for api in APIS if api not in ELSEWHERE)


def _operator(cloud: Cloud, allowed: tuple[str, ...]) -> None:
    cloud.add_bandwidth_package("cbwp-1")
    document: dict[str, Any] = {
        "Version": "1",
        "Statement": [{"Effect": "Allow", "Action": list(allowed), "Resource": "*"}],
    }
    cloud.add_policy("operator", document)
    cloud.add_access_key(OPERATOR.id, OPERATOR.secret, user="operator", policies=("operator",))


def test_the_listed_actions_are_enough(cloud: Cloud, place: Place, connect: Callable[..., CloudClient]) -> None:
    """With exactly the RAM actions of the table, every method of every reader and writer works."""
    _operator(cloud, EVERYTHING)
    _use_everything(connect(place.url, OPERATOR))


@pytest.mark.parametrize("action", EVERYTHING)
def test_no_listed_action_is_superfluous(
    cloud: Cloud, place: Place, connect: Callable[..., CloudClient], action: str
) -> None:
    """Without any one of them some method is forbidden, and the error names just that action."""
    _operator(cloud, tuple(other for other in EVERYTHING if other != action))
    with pytest.raises(CloudError) as caught:
        _use_everything(connect(place.url, OPERATOR))
    assert caught.value.code is Code.CLOUD_FORBIDDEN
    assert action in caught.value.message


@pytest.mark.parametrize("api", [api for api in APIS if api.product in ("Vpc", "Ram")])
def test_the_sdk_knows_every_api(api: cloud_apis.Api) -> None:
    """Each API has a request class of its name in the SDK, which takes a ClientToken exactly where one is sent."""
    version = {"Vpc": "20160428", "Ram": "20150501"}[api.product]
    module = importlib.import_module(f"aliyunsdk{api.product.lower()}.request.v{version}.{api.action}Request")
    takes_token = hasattr(getattr(module, f"{api.action}Request"), "set_ClientToken")
    sent = api.repeat is cloud_apis.Repeat.IDENTICALLY or api in (cloud_apis.ASSOCIATE, cloud_apis.UNASSOCIATE)
    assert takes_token is sent


def test_nothing_heavy_is_imported_early() -> None:
    """Importing the whole adapter loads neither the SDK nor the credentials package."""
    modules = "client credentials endpoints identity metadata parse profiles ram redact refusals sdk sts vendor vpc"
    imports = "; ".join(f"import eipctl.aliyun.{name}" for name in modules.split())
    heavy = "('aliyunsdkcore', 'aliyunsdkvpc', 'aliyunsdkram', 'alibabacloud_credentials', 'requests')"
    code = f"import sys; {imports}; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
