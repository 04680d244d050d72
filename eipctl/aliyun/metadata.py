"""The role of the ECS instance (or of the node, inside a Pod), from the metadata service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.aliyun.keys import Credentials, Keys
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from eipctl.base.stop import Stop


def credentials(environ: Mapping[str, str], stop: Stop) -> Credentials | None:
    """Those of the instance role, asked for once to see whether there are any; None where there are none."""
    if environ.get("ALIBABA_CLOUD_ECS_METADATA_DISABLED", "").lower() == "true":
        return None
    role = environ.get("ALIBABA_CLOUD_ECS_METADATA", "")
    imds_v1 = environ.get("ALIBABA_CLOUD_IMDSV1_DISABLED", "").lower() != "true"
    found = Credentials(f"ECS instance role {role}".rstrip(), fetch(role, stop, imds_v1=imds_v1))
    try:
        found.get()
    except UsageError:
        return None
    return found


def fetch(role: str, stop: Stop, *, imds_v1: bool = True) -> Callable[[], Keys]:
    """How to get the keys of the instance role `role`; "" for whichever it has."""
    from eipctl.aliyun import vendor

    return vendor.instance_role(role, stop, imds_v1=imds_v1)
