"""Who is calling, and which role a cluster's nodes have."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from eipctl.aliyun import parse
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed
from eipctl.domain import cloud_apis
from eipctl.domain.facts import CallerIdentity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.aliyun.client import CloudClient

INSTANCES_A_CALL = 50
"""As many as DescribeInstanceRamRole takes, and as a page of its answer holds."""


class IdentityReader:
    """Reads STS, CS and the roles of ECS instances."""

    def __init__(self, client: CloudClient) -> None:
        self._client = client

    def caller(self) -> CallerIdentity:
        """GetCallerIdentity."""
        answer = self._client.ask(cloud_apis.GET_CALLER_IDENTITY, {}, parse.Caller)
        return CallerIdentity(answer.account_id, answer.arn)

    def worker_role(self, ack_cluster_id: str) -> str:
        """`worker_ram_role_name` of the cluster; "" when CS knows no such cluster."""
        try:
            answer = self._client.ask(cloud_apis.DESCRIBE_CLUSTER, {"ClusterId": ack_cluster_id}, parse.ClusterAnswer)
        except CloudError as error:
            if error.http_status == 404:
                return ""
            raise
        return answer.worker_ram_role_name or ""

    def instance_roles(self, instance_ids: Sequence[str]) -> tuple[str, ...]:
        """DescribeInstanceRamRole: the distinct roles of these ECS instances, without those that have none."""
        found: set[str] = set()
        for start in range(0, len(instance_ids), INSTANCES_A_CALL):
            found |= self._roles_of(instance_ids[start : start + INSTANCES_A_CALL])
        return tuple(sorted(found - {""}))

    def _roles_of(self, instance_ids: Sequence[str]) -> set[str]:
        """One unknown instance has the whole call refused, and nothing says which one it is: then half of them each."""
        try:
            return self._all_pages({"InstanceIds": json.dumps(list(instance_ids)), "PageSize": INSTANCES_A_CALL})
        except CloudError as error:
            if not error.cloud_code.endswith(".NotFound"):
                raise
            half = len(instance_ids) // 2
            return self._roles_of(instance_ids[:half]) | self._roles_of(instance_ids[half:]) if half else set()

    def _all_pages(self, params: dict[str, Any]) -> set[str]:
        """Of a region that holds fewer rows a page than it is asked for as well."""
        found: list[str] = []
        for number in count(1):
            page = {**params, "PageNumber": number}
            answer = self._client.ask(cloud_apis.DESCRIBE_INSTANCE_ROLES, page, parse.InstanceRolePage)
            rows = answer.instance_ram_role_sets.instance_ram_role_set or ()
            found += (row.ram_role_name or "" for row in rows)
            if len(found) >= answer.total_count:
                break
            if not rows:
                raise Failed(
                    Code.PARTIAL_READ,
                    f"{answer.total_count} nodes have RAM roles, and Alibaba Cloud returned {len(found)} of them",
                    hint="run the same command again, or name the roles with --role",
                )
        return set(found)
