"""Clients from the time of XML and of Ansible take the sandbox for the cloud: apache-libcloud and footmark."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest
from aliyunsdkcore.auth.composer import rpc_signature_composer
from libcloud.common.exceptions import BaseHTTPError
from libcloud.compute.drivers.ecs import ECSDriver

from eipctl.sandbox.cloud.principal import ROOT as PRINCIPAL
from tests.sandbox.sdks.newer import allocate, settled, vpc_client
from tests.sandbox.sdks.stage import INSTANCE, OPERATOR, ROOT

if TYPE_CHECKING:
    from eipctl.sandbox.server import Sandbox

ROOT_OF_TESTS = Path(__file__).parents[3]


def _signed(sandbox: Sandbox, form: str | None, **params: str) -> str:
    about = {"Action": "DescribeEipAddresses", "Version": "2016-04-28", "RegionId": "cn-hangzhou"}
    path, _ = rpc_signature_composer.get_signed_url({**about, **params}, *OPERATOR, form, "GET", {})
    return sandbox.cloud_url + str(path)


def _driver(sandbox: Sandbox, key: tuple[str, ...] = ROOT) -> Any:
    place = urlsplit(sandbox.cloud_url)
    driver: Any = ECSDriver  # has no types
    return driver(key[0], key[1], secure=False, host=place.hostname, port=place.port, region="cn-hangzhou")


def test_libcloud_reads_instances_and_regions(sandbox: Sandbox) -> None:
    """Its answers are XML: nodes with their addresses and their EIP, in pages, and the regions."""
    client = vpc_client(sandbox.cloud_url, OPERATOR)
    made = allocate(client)
    sandbox.cloud.call(PRINCIPAL, "Vpc", "AssociateEipAddress", {"AllocationId": made, "InstanceId": INSTANCE})
    bound = settled(client, made, "InUse")
    driver = _driver(sandbox)
    nodes = {node.id: node for node in driver.list_nodes()}
    assert len(nodes) == len(sandbox.cloud.state.instances)
    node = nodes[INSTANCE]
    assert (node.state, node.public_ips) == ("running", [bound.ip_address])
    assert node.extra["eip_address"]["allocation_id"] == made
    assert node.extra["vpc_attributes"]["vpc_id"] == "vpc-bp1sandbox00000000001"
    assert [one.id for one in driver.list_nodes(ex_node_ids=[INSTANCE])] == [INSTANCE]
    assert "cn-hangzhou" in {location.id for location in driver.list_locations()}
    sandbox.cloud.call(PRINCIPAL, "Vpc", "UnassociateEipAddress", {"AllocationId": made})
    settled(client, made, "Available")


def test_libcloud_understands_a_refusal(sandbox: Sandbox) -> None:
    """An error in XML has the code where libcloud looks for it."""
    with pytest.raises(BaseHTTPError, match="SignatureDoesNotMatch"):
        _driver(sandbox, (ROOT[0], "wrong")).list_nodes()


@pytest.mark.parametrize(("sent", "kind"), [("XML", "xml"), ("xml", "xml"), ("JSON", "json"), (None, "xml")])
def test_the_format_is_the_one_that_is_asked_for(sandbox: Sandbox, sent: str | None, kind: str) -> None:
    """Lists are repeated elements, booleans in lower case; calls of the oldest signature get XML without asking."""
    made = sandbox.cloud.add_eip(name="a&b", tags={"x": "1", "y": "<2>"})
    with urllib.request.urlopen(_signed(sandbox, sent, AllocationId=made)) as answer:
        assert kind in answer.headers["Content-Type"]
        body = answer.read()
    if kind == "json":
        assert json.loads(body)["TotalCount"] == 1
        return
    found = ElementTree.fromstring(body)
    assert found.tag == "DescribeEipAddressesResponse"
    (eip,) = found.findall("EipAddresses/EipAddress")
    assert (eip.findtext("Name"), eip.findtext("DeletionProtection")) == ("a&b", "false")
    assert [tag.findtext("Value") for tag in eip.findall("Tags/Tag")] == ["1", "<2>"]


def test_a_fault_answers_in_xml_too(sandbox: Sandbox) -> None:
    """What a fault rule answers is in the format of the call that it spoils."""
    sandbox.faults.add({"do": "error", "api": "DescribeEipAddresses", "code": "Throttling.User"})
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(_signed(sandbox, "XML"))
    found = ElementTree.fromstring(caught.value.read())
    assert (caught.value.code, found.tag, found.findtext("Code")) == (400, "Error", "Throttling.User")


def test_footmark_runs_a_playbook(sandbox: Sandbox) -> None:
    """Twice present buys once; the EIP is bound, resized, unbound and released, and what is seen is what was asked."""
    place = urlsplit(sandbox.cloud_url).netloc
    done = subprocess.run(
        [sys.executable, "-m", "tests.sandbox.sdks.ali_eip", place, *ROOT, INSTANCE],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=ROOT_OF_TESTS,
        env={**os.environ, "PYTHONWARNINGS": "ignore"},
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert (seen["bought"], seen["again"], seen["same"], seen["bound"]) == (True, False, True, True)
    bound, free = seen["seen"]
    assert (bound["status"], bound["instance_id"], bound["bandwidth"]) == ("inuse", INSTANCE, "3")
    assert (free["status"], free["instance_id"], free["bandwidth"]) == ("available", "", "9")
    assert (seen["tags"], seen["vpcs"]) == ({"team": "web"}, ["vpc-bp1sandbox00000000001"])
    assert seen["released"] is True
    assert "InvalidParameter" in seen["refused"]
    assert bound["id"] not in [eip.allocation_id for eip in sandbox.cloud.eips() if eip.status != "Releasing"]
