"""Who is calling, and which role a cluster's nodes have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.aliyun import actions
from eipctl.domain.facts import CallerIdentity
from eipctl.errors import CloudError

if TYPE_CHECKING:
    from eipctl.aliyun.client import CloudClient


class Reader:
    """Reads STS and CS."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def caller(self) -> CallerIdentity:
        """GetCallerIdentity."""
        answer = self._client.call(actions.GET_CALLER_IDENTITY, {})
        return CallerIdentity(str(answer.get("AccountId", "")), str(answer.get("Arn", "")))

    def worker_role(self, ack_cluster_id: str) -> str:
        """`worker_ram_role_name` of the cluster; "" when CS knows no such cluster."""
        try:
            answer = self._client.call(actions.DESCRIBE_CLUSTER, {"ClusterId": ack_cluster_id})
        except CloudError as error:
            if error.http_status == 404:
                return ""
            raise
        return str(answer.get("worker_ram_role_name") or "")
