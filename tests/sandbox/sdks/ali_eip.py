"""What Ansible's ali_eip does with footmark: brings about that an EIP is there, bound, resized, unbound, gone.

Arguments: host and port of the cloud, AccessKey id and secret, an instance. Prints what it saw as JSON.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from aliyunsdkcore.profile import region_provider
from footmark.exception import VPCResponseError
from footmark.vpc.connection import VPCConnection

REGION, NAME = "cn-hangzhou", "ansible-web"


def present(connection: Any, **wanted: Any) -> tuple[bool, Any]:
    """(Whether it was bought, the EIP): state=present with a name."""
    found = [eip for eip in connection.describe_eip_addresses(page_size=50) if eip.name == NAME]
    if found:
        return False, found[0]
    eip = connection.allocate_eip_address(**wanted)
    connection.modify_eip_address_attribute(allocation_id=eip.id, name=NAME)
    return True, eip.get()


def told(eip: Any) -> dict[str, Any]:
    """What a playbook registers."""
    return {name: eip.read().get(name) for name in ("id", "ip_address", "status", "bandwidth", "instance_id", "name")}


def main() -> None:
    """The sequence of a playbook."""
    endpoint, key, secret, instance = sys.argv[1:]
    for product in ("Vpc", "Ecs"):
        region_provider.add_endpoint(product, REGION, endpoint)
    connection = VPCConnection(key, secret, region=REGION, user_agent="Ansible-Provider-Alicloud")
    bought, eip = present(connection, bandwidth=3, internet_charge_type="PayByTraffic", isp="BGP")
    again, same = present(connection)
    eip.add_tags({"team": "web"})
    bound = eip.associate(instance)
    seen = [told(eip.get())]
    eip.get().modify(bandwidth=9, description="for the web")
    eip.get().unassociate(instance)
    seen.append(told(eip.get()))
    vpcs = [vpc.vpc_id for vpc in connection.describe_vpcs()]
    tags = eip.get().tags
    released = eip.get().release()
    try:
        connection.describe_eip_addresses(status="Nonsense")
        refused = ""
    except VPCResponseError as error:
        refused = str(error)
    answer = {"bought": bought, "again": again, "same": same.id == eip.id, "bound": bool(bound), "seen": seen}
    sys.stdout.write(json.dumps({**answer, "vpcs": vpcs, "tags": tags, "released": released, "refused": refused}))


if __name__ == "__main__":
    main()
