"""The table of the fault suite: every call that bind makes x everything that can go wrong with it x the switches.

A fault that can't happen to a call has its reason instead of a rule: the table has no empty cell.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

Rule = dict[str, Any]

ONLY_CLOUD = "only Alibaba Cloud answers so"
ONLY_KUBE = "only the Kubernetes API answers so"
ONLY_WRITES = "a read is never answered so"
ONLY_EIP_LIST = "only the list of EIPs lags or shifts"

KILLS: dict[str, Rule] = {
    "killed before": {"do": "kill", "when": "before"},
    "killed after": {"do": "kill", "when": "after"},
}
BROKEN: dict[str, Rule] = {
    "reply lost": {"do": "lose"},
    "truncated": {"do": "truncate"},
    "reset": {"do": "reset"},
    "503 after commit": {"do": "after", "status": 503, "code": "ServiceUnavailable"},
    "500": {"do": "error", "status": 500, "code": "InternalError"},
}
CLOUD: dict[str, Rule] = {
    "Throttling.User x3": {"do": "error", "status": 400, "code": "Throttling.User", "times": 3},
    "Forbidden.RAM": {"do": "error", "status": 403, "code": "Forbidden.RAM"},
}
REFUSED: dict[str, Rule] = {
    code: {"do": "error", "status": 400, "code": code}
    for code in (
        "IncorrectEipStatus",
        "TaskConflict",
        "OperationConflict",
        "InvalidAssociation.Duplicated",
        "InvalidAllocationId.NotFound",
        "QuotaExceeded.Eip",
        "FrequentPurchase.EIP",
        "InsufficientBalance",
        "IdempotentParameterMismatch",
        "LastTokenProcessing",
    )
}
KUBE: dict[str, Rule] = {
    "409": {"do": "error", "status": 409, "code": "Conflict"},
    "410": {"do": "error", "status": 410, "code": "Expired"},
    "429 x2": {"do": "error", "status": 429, "code": "TooManyRequests", "times": 2},
}
SHIFTED = "page shifted"
LISTS: dict[str, Rule] = {
    "newest EIP left out x5": {"do": "stale", "times": 5},
    SHIFTED: {"do": "shift", "times": 0},
}
LAG: dict[str, dict[str, int]] = {
    "new EIP unseen x3": {"hidden_describes": 3},
    "stale list x3": {"stale_describes": 3},
}
"""Not a rule but a switch, on during the spoilt run."""
FAULTS = (*KILLS, *BROKEN, *CLOUD, *REFUSED, *KUBE, *LISTS, *LAG)

SWITCHES: dict[str, dict[str, Any]] = {
    "as documented": {},
    "any InstanceId unbinds": {"unassociate_checks_binding": False},
    "PrivateIpAddress is optional": {"private_ip_required": False},
    "a primary IP is shown": {"primary_ip_shown": True},
    "EIPs of one ENI don't conflict": {"eni_conflicts": False},
    "not released inside its package": {"release_inside_package": False},
    "a package is slow": {"package_seconds": 1.0},
    "tokens are forgotten": {"token_seconds": 0.0},
    "tokens remember refusals": {"token_keeps_errors": True},
    "oldest first": {"newest_first": False},
    "the description of 2021": {"description_key": "Descritpion"},
    "tags need a right": {"allocate_needs_tag_right": True},
    "strict tag keys": {"strict_tag_keys": True},
    "names of any letters": {"strict_names": False},
    "previews are shown": {"preview_fields": True},
    "a primary IP finds no ENI": {"primary_found_by_ip": False},
    "a tag is not replaced": {"tags_overwrite": False},
}
"""What nobody could verify about the real cloud, each way."""


CUSTOM, GATE = "(podenis|networkinterfaces|podeips)", "pods/.*/status"
NAMES = {CUSTOM: "Terway's objects", GATE: "pods/status"}


@dataclass(frozen=True)
class Call:
    """A call that bind makes in a world: service, API (the verb, for Kubernetes) and object, as fault rules match."""

    world: str
    service: str
    api: str
    object: str = ".*"

    @property
    def title(self) -> str:
        """A row of the table."""
        if self.service == "cloud":
            return self.api
        what = NAMES.get(self.object) or self.object.partition("/")[0].strip(".*")
        return f"{self.api} {what}"

    @property
    def reads(self) -> bool:
        """Whether it changes nothing."""
        return self.api.startswith(("Describe", "Get", "get", "list"))


def _cloud(world: str, *apis: str) -> tuple[Call, ...]:
    return tuple(Call(world, "cloud", api) for api in apis)


def _kube(world: str, *calls: tuple[str, str]) -> tuple[Call, ...]:
    return tuple(Call(world, "kube", verb, obj) for verb, obj in calls)


CALLS = (
    *_cloud("everyday", "DescribeEipAddresses", "DescribeNetworkInterfaces", "GetCallerIdentity"),
    *_cloud("everyday", "AllocateEipAddress", "AssociateEipAddress", "UnassociateEipAddress", "ReleaseEipAddress"),
    *_cloud("everyday", "ModifyEipAddressAttribute", "TagResources", "UnTagResources"),
    *_cloud("everyday", "AddCommonBandwidthPackageIp", "RemoveCommonBandwidthPackageIp"),
    *_kube("everyday", ("list", "pods.*"), ("list", "nodes"), ("list", CUSTOM), ("get", "pods/.*")),
    *_kube("everyday", ("get", "configmaps/.*"), ("get", "namespaces/.*"), ("get", "deployments/.*")),
    *_kube("everyday", ("get", "leases/.*"), ("list", "events.*")),
    *_kube("everyday", ("patch", GATE), ("create", "leases/.*"), ("patch", "leases/.*"), ("create", "events/.*")),
    *_cloud("handed on", "DescribeEipAddresses", "AllocateEipAddress", "AssociateEipAddress"),
    *_cloud("handed on", "UnassociateEipAddress", "ReleaseEipAddress", "TagResources"),
    *_kube("handed on", ("get", "pods/.*"), ("patch", GATE)),
    *_cloud("pooled", "DescribeEipAddresses", "AssociateEipAddress", "UnassociateEipAddress", "TagResources"),
    *_cloud("pooled", "UnTagResources"),
    *_kube("pooled", ("get", "pods/.*"), ("patch", GATE)),
)


def rule_of(call: Call, fault: str) -> Rule | str:
    """The rule of a cell, or why there is none; {} for a lagging list."""
    where = {"service": call.service, "api": call.api, "object": call.object}
    everywhere = {**KILLS, **BROKEN}
    if fault in everywhere:
        return {**where, **everywhere[fault]}
    if fault in LISTS and call.api == "DescribeEipAddresses":
        return {**where, **LISTS[fault]}
    if fault in (*LAG, *LISTS):
        return {} if call.api == "DescribeEipAddresses" else ONLY_EIP_LIST
    if (fault in KUBE) != (call.service == "kube"):
        return ONLY_KUBE if fault in KUBE else ONLY_CLOUD
    if fault in REFUSED and call.reads:
        return ONLY_WRITES
    return {**where, **{**CLOUD, **REFUSED, **KUBE}[fault]}


PUBLISHED = Path(__file__).parents[1] / "data" / "cloud_api" / "errors.tsv"


@dataclass(frozen=True)
class Told:
    """A published code of one call, once, under one setting of the switches; `about` is its class."""

    call: Call
    status: int
    code: str
    about: str
    switch: str

    @property
    def id(self) -> str:
        """Its name as a test."""
        return f"{self.call.world}-{self.call.title}-{self.status}-{self.code}-{self.switch}"

    @property
    def rule(self) -> Rule:
        """The refusal."""
        where = {"service": "cloud", "api": self.call.api}
        return {**where, "do": "error", "status": self.status, "code": self.code, "message": "No."}


def published() -> Iterator[Told]:
    """Each published code of each changing call of bind, with each switch; a status that is not published is 400."""
    rows = list(csv.DictReader(PUBLISHED.read_text("utf-8").splitlines(), delimiter="\t"))
    for call in sorted(CALLS, key=lambda call: call.world):
        for switch in SWITCHES if call.service == "cloud" and not call.reads else ():
            for row in rows:
                if row["api"] == call.api and "%" not in row["code"]:
                    status = 400 if row["http_status"] == "?" else int(row["http_status"])
                    yield Told(call, status, row["code"], row["class"], switch)


@dataclass(frozen=True)
class Case:
    """One cell under one setting of the switches."""

    call: Call
    fault: str
    switch: str
    rule: Rule

    @property
    def id(self) -> str:
        """Its name as a test."""
        return f"{self.call.world}-{self.call.title}-{self.fault}-{self.switch}"


def cases() -> Iterator[Case]:
    """All of them, world by world."""
    for call in sorted(CALLS, key=lambda call: call.world):
        for switch in SWITCHES:
            for fault in FAULTS:
                rule = rule_of(call, fault)
                if not isinstance(rule, str):
                    yield Case(call, fault, switch, rule)
