"""The floor of a run that finds nothing to do: fetch every page of EIPs and of Pods, decode what is needed, compare.

    python -m tests.bench.bare_client

One connection to each API by the standard library, HMAC by hand, msgspec for the fields; nothing of eipctl.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import os
import ssl
import sys
import time
import uuid
from pathlib import Path
from urllib.parse import quote, urlencode, urlsplit

import msgspec
import yaml


class Tag(msgspec.Struct, rename="pascal", gc=False):
    """A tag of an EIP."""

    key: str
    value: str = ""


class Tags(msgspec.Struct, gc=False):
    """Its tags."""

    Tag: list[Tag]


class Eip(msgspec.Struct, rename="pascal", gc=False):
    """What decides about an EIP: whose it is, where it is bound, what it is, whether it may go."""

    allocation_id: str
    ip_address: str
    status: str
    instance_id: str = ""
    instance_type: str = ""
    private_ip_address: str = ""
    vpc_id: str = ""
    bandwidth: str = ""
    internet_charge_type: str = ""
    charge_type: str = ""
    isp: str = msgspec.field(default="", name="ISP")
    name: str = ""
    description: str = ""
    resource_group_id: str = ""
    bandwidth_package_id: str = ""
    public_ip_address_pool_id: str = ""
    allocation_time: str = ""
    deletion_protection: bool | str = False
    service_managed: int = 0
    segment_instance_id: str = ""
    business_status: str = ""
    tags: Tags | None = None


class Eips(msgspec.Struct, gc=False):
    """The rows of a page."""

    EipAddress: list[Eip]


class EipPage(msgspec.Struct, rename="pascal", gc=False):
    """A page of DescribeEipAddresses."""

    total_count: int
    eip_addresses: Eips


class Owner(msgspec.Struct, gc=False):
    """Of a Pod."""

    kind: str
    name: str
    uid: str
    controller: bool = False


class Meta(msgspec.Struct, rename="camel", gc=False):
    """Of a Pod."""

    name: str
    namespace: str
    uid: str
    creation_timestamp: str = ""
    deletion_timestamp: str | None = None
    owner_references: list[Owner] | None = None
    annotations: dict[str, str] | None = None
    labels: dict[str, str] | None = None


class Spec(msgspec.Struct, rename="camel", gc=False):
    """Of a Pod."""

    node_name: str = ""
    host_network: bool = False


class Condition(msgspec.Struct, gc=False):
    """Of a Pod."""

    type: str
    status: str


class Status(msgspec.Struct, gc=False):
    """Of a Pod."""

    phase: str = ""
    ip: str = msgspec.field(default="", name="podIP")
    conditions: list[Condition] | None = None


class Pod(msgspec.Struct, gc=False):
    """What decides about a Pod."""

    metadata: Meta
    spec: Spec
    status: Status


class Continue(msgspec.Struct, gc=False):
    """Of a page of Pods."""

    token: str = msgspec.field(default="", name="continue")


class PodPage(msgspec.Struct, gc=False):
    """A page of Pods."""

    items: list[Pod]
    metadata: Continue


def eips() -> list[Eip]:
    """All of them, 100 a page."""
    url = urlsplit(os.environ["EIPCTL_ENDPOINT_URL"])
    connection = http.client.HTTPConnection(url.netloc)
    decoder = msgspec.json.Decoder(EipPage)
    found: list[Eip] = []
    number = 1
    while True:
        connection.request("GET", signed({"Action": "DescribeEipAddresses", "PageNumber": str(number)}))
        page = decoder.decode(connection.getresponse().read())
        found += page.eip_addresses.EipAddress
        if number * 100 >= page.total_count:
            return found
        number += 1


def signed(parameters: dict[str, str]) -> str:
    """A path as the RPC style wants it."""
    parameters |= {
        "PageSize": "100",
        "Format": "JSON",
        "Version": "2016-04-28",
        "RegionId": os.environ["ALIBABA_CLOUD_REGION_ID"],
        "AccessKeyId": os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": uuid.uuid4().hex,
        "Timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
    }
    query = urlencode(sorted(parameters.items()), quote_via=quote, safe="-_.~")
    secret = os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] + "&"
    mac = hmac.new(secret.encode(), f"GET&%2F&{quote(query, safe='')}".encode(), hashlib.sha1)
    return f"/?{query}&Signature={quote(base64.b64encode(mac.digest()), safe='')}"


def pods() -> list[Pod]:
    """All of them, 500 a page."""
    config = yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())
    authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
    headers = {"Authorization": f"Bearer {config['users'][0]['user']['token']}"}
    url = urlsplit(config["clusters"][0]["cluster"]["server"])
    connection = http.client.HTTPSConnection(url.netloc, context=ssl.create_default_context(cadata=authority))
    decoder = msgspec.json.Decoder(PodPage)
    found: list[Pod] = []
    token = ""
    while True:
        more = f"&continue={quote(token)}" if token else ""
        connection.request("GET", f"/api/v1/pods?limit=500{more}", headers=headers)
        page = decoder.decode(connection.getresponse().read())
        found += page.items
        token = page.metadata.token
        if not token:
            return found


def main() -> None:
    """Say how many Pods are at an address that an EIP is bound to."""
    addresses = {eip.private_ip_address for eip in eips()}
    settled = sum(pod.status.ip in addresses for pod in pods())
    sys.stdout.write(f"{settled}\n")


if __name__ == "__main__":
    main()
