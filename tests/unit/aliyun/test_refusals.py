"""What each error code of the cloud means."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from eipctl.aliyun import published
from eipctl.aliyun.published import ErrorClass
from eipctl.aliyun.refusals import Refusal, meaning
from eipctl.base.codes import Code
from eipctl.base.errors import Reaction
from eipctl.domain import cloud_apis
from eipctl.domain.cloud_apis import Api, Repeat

PUBLISHED = Path(__file__).parents[2] / "data" / "cloud_api" / "errors.tsv"
ROWS = list(csv.DictReader(PUBLISHED.read_text("utf-8").splitlines(), delimiter="\t"))
APIS = {api.action: api for api in vars(cloud_apis).values() if isinstance(api, Api)}
CALLED = [row for row in ROWS if row["api"] in APIS and row["code"] != "%s"]

REACTIONS = {
    "account-money": Reaction.STOP,
    "account-block": Reaction.STOP,
    "account-quota": Reaction.STOP,
    "credentials": Reaction.STOP,
    "clock": Reaction.STOP,
    "stock": Reaction.STOP_ALIKE,
    "ram": Reaction.STOP_ALIKE,
    "throttle": Reaction.RETRY,
    "retry": Reaction.RETRY,
    "reread": Reaction.REREAD,
    "unknown-outcome": Reaction.REREAD,
    "gone": Reaction.GONE,
    "this-object": Reaction.FAIL,
    "this-parameter": Reaction.FAIL,
}
TRY_LATER = {Code.EIP_QUOTA, Code.EIP_STOCK, Code.PURCHASE_LIMIT, Code.THROTTLED}


def of(action: str, code: str, status: int) -> tuple[Code, Reaction]:
    found = meaning(APIS[action], Refusal(code, "", status))
    return found.code, found.reaction


def test_the_table_in_the_code_follows_the_published_one() -> None:
    """Each published code of each API has its row, with the same status and class."""
    ours = [tuple(row) for row in published.rows()]
    assert ours == [(row["api"], row["http_status"], row["code"], row["class"]) for row in ROWS]
    assert {row["api"] for row in ROWS} >= {api.action for api in APIS.values()}


@pytest.mark.parametrize("row", CALLED, ids=lambda row: f"{row['api']}-{row['http_status']}-{row['code']}")
def test_each_published_code_asks_for_what_its_class_asks_for(row: dict[str, str]) -> None:
    """API, status and code together decide; a wrong region alone is about the whole run though it is a parameter."""
    status = int(row["http_status"]) if row["http_status"] != "?" else 400
    found = meaning(APIS[row["api"]], Refusal(row["code"].replace("%s", "Some"), "", status))
    expected = REACTIONS[row["class"]]
    if found.code is Code.REGION_UNKNOWN and row["api"] != "AssociateEipAddress":
        expected = Reaction.STOP
    assert found.reaction is expected
    assert found.leaves_unknown is (row["class"] == "unknown-outcome")


@pytest.mark.parametrize("action", ["AllocateEipAddress", "ReleaseEipAddress", "CreatePolicy", "DescribeClusterDetail"])
@pytest.mark.parametrize("row", [row for row in ROWS if row["api"] == "*"], ids=lambda row: row["code"])
def test_common_codes_mean_the_same_for_every_api(row: dict[str, str], action: str) -> None:
    """Unless an API publishes the code itself."""
    status = int(row["http_status"]) if row["http_status"] != "?" else 400
    own = [each for each in ROWS if each["api"] == action and each["code"] == row["code"]]
    if not any(each["http_status"] in (row["http_status"], "?") for each in own):
        assert of(action, row["code"], status)[1] is REACTIONS[row["class"]]


TABLE = [
    # One EIP, not a missing right.
    ("AssociateEipAddress", "Forbidden", 400, Code.EIP_REFUSED, Reaction.FAIL),
    ("AssociateEipAddress", "Forbidden", 403, Code.CLOUD_FORBIDDEN, Reaction.STOP_ALIKE),
    ("UnassociateEipAddress", "Forbbiden", 400, Code.EIP_REFUSED, Reaction.FAIL),
    ("UnassociateEipAddress", "Forbidden.FinancialLocked", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("TagResources", "Forbidden.FinancialLocked", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("ReleaseEipAddress", "Forbidden.ReleaseSegmentEip", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("ReleaseEipAddress", "Forbidden.ChargeTypeIsPrepaid", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("ReleaseEipAddress", "InvalidOperation.DeletionProtection", 400, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("ModifyEipAddressAttribute", "Forbidden.InCommonBandwidthPackage", 404, Code.EIP_HELD_BACK, Reaction.FAIL),
    ("AssociateEipAddress", "Forbidden.SomethingNew", 400, Code.EIP_REFUSED, Reaction.FAIL),
    ("ReleaseEipAddress", "Forbidden.SomethingNew", 403, Code.CLOUD_FORBIDDEN, Reaction.STOP_ALIKE),
    # The account.
    ("AllocateEipAddress", "PAY.INSUFFICIENT_BALANCE", 400, Code.BALANCE, Reaction.STOP),
    ("AllocateEipAddress", "PAY.SOMETHING_NEW", 400, Code.BALANCE, Reaction.STOP),
    ("AllocateEipAddress", "InsufficientBalance", 400, Code.BALANCE, Reaction.STOP),
    ("AllocateEipAddress", "OperationFailed.RiskControl", 400, Code.ACCOUNT_BLOCKED, Reaction.STOP),
    ("AllocateEipAddress", "Forbidden.RiskControl", 403, Code.ACCOUNT_BLOCKED, Reaction.STOP),
    ("AllocateEipAddress", "FrequentPurchase.EIP", 400, Code.PURCHASE_LIMIT, Reaction.STOP),
    ("AllocateEipAddress", "QuotaExceeded.Eip", 400, Code.EIP_QUOTA, Reaction.STOP),
    ("AllocateEipAddress", "ORDER.QUANTITY_INVALID", 400, Code.EIP_QUOTA, Reaction.STOP),
    ("AllocateEipAddress", "OrderError.EIP", 400, Code.ACCOUNT_BLOCKED, Reaction.STOP),
    ("AllocateEipAddress", "InvalidRegionId.NotFound", 404, Code.REGION_UNKNOWN, Reaction.STOP),
    # What a purchase names.
    ("AllocateEipAddress", "ResourceNotEnough.PublicIpAddressPool", 400, Code.EIP_STOCK, Reaction.STOP_ALIKE),
    ("AllocateEipAddress", "QuotaExceeded.LargeSpecEip", 400, Code.CLOUD_ERROR, Reaction.FAIL),
    ("ModifyEipAddressAttribute", "COMMODITY.INVALID_COMPONENT", 400, Code.CLOUD_ERROR, Reaction.FAIL),
    # Soon over.
    ("AllocateEipAddress", "OrderFailed.ConcurrentOperate", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("AssociateEipAddress", "InvalidAction.Denied", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("AddCommonBandwidthPackageIp", "OperationFailed.DistibuteLock", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("CreatePolicy", "SystemBusy", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("TagResources", "OperationFailed.SystemBusy", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    ("ReleaseEipAddress", "TaskConflict.AssociateGlobalAccelerationInstance", 400, Code.CLOUD_ERROR, Reaction.RETRY),
    # Gone, moved or taken.
    ("TagResources", "InvalidInstanceIds.NotFound", 400, Code.EIP_NOT_FOUND, Reaction.GONE),
    ("TagResources", "InvalidResourceId.NotFound", 404, Code.EIP_NOT_FOUND, Reaction.GONE),
    ("ReleaseEipAddress", "InvalidAllocationId.NotFound", 404, Code.EIP_NOT_FOUND, Reaction.GONE),
    ("AddCommonBandwidthPackageIp", "InvalidInstanceId.NotFound", 400, Code.EIP_NOT_FOUND, Reaction.GONE),
    ("AssociateEipAddress", "InvalidInstanId.NotFound", 404, Code.ENI_UNKNOWN, Reaction.REREAD),
    ("AssociateEipAddress", "OperationFailed.PrivateIpAddressNotExist", 400, Code.ENI_UNKNOWN, Reaction.REREAD),
    ("AssociateEipAddress", "ResourceAlreadyAssociated.IpAddress", 400, Code.IP_HAS_EIP, Reaction.REREAD),
    ("AssociateEipAddress", "IncorrectEipStatus", 400, Code.EIP_CHANGED, Reaction.REREAD),
    # RAM.
    ("GetRole", "EntityNotExist.Role", 404, Code.ROLE_NOT_FOUND, Reaction.GONE),
    ("GetPolicy", "EntityNotExist.Policy", 404, Code.POLICY_NOT_FOUND, Reaction.GONE),
    ("CreatePolicy", "EntityAlreadyExists.Policy", 409, Code.CLOUD_ERROR, Reaction.REREAD),
    ("AttachPolicyToRole", "LimitExceeded.Role.Policy", 409, Code.POLICY_LIMIT, Reaction.FAIL),
    ("CreatePolicy", "NoPermission", 403, Code.CLOUD_FORBIDDEN, Reaction.STOP_ALIKE),
    # Identity.
    ("AllocateEipAddress", "InvalidAccessKeyId.NotFound", 404, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("AllocateEipAddress", "InvalidSecurityToken.Expired", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("AllocateEipAddress", "InvalidSecurityToken.SomethingNew", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("AllocateEipAddress", "SignatureDoesNotMatch", 400, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    # Unknown: judged by its status, and about its object only.
    ("AllocateEipAddress", "SomethingNew", 400, Code.CLOUD_ERROR, Reaction.FAIL),
    ("AllocateEipAddress", "SomethingNew", 403, Code.CLOUD_FORBIDDEN, Reaction.FAIL),
    ("AllocateEipAddress", "SomethingNew", 401, Code.CREDENTIALS_REJECTED, Reaction.STOP),
    ("AllocateEipAddress", "SomethingNew", 429, Code.THROTTLED, Reaction.RETRY),
    ("AllocateEipAddress", "Throttling.SomethingNew", 400, Code.THROTTLED, Reaction.RETRY),
]


@pytest.mark.parametrize(("action", "cloud_code", "status", "code", "reaction"), TABLE)
def test_each_code_has_its_meaning(action: str, cloud_code: str, status: int, code: Code, reaction: Reaction) -> None:
    """Also codes that are published for other APIs only, or for none."""
    assert of(action, cloud_code, status) == (code, reaction)


def test_limits_that_lift_by_themselves_are_about_quota_stock_and_purchases() -> None:
    """They end in exit code 75, all other refusals of the account do not."""
    for row in CALLED:
        found = meaning(
            APIS[row["api"]], Refusal(row["code"], "", 400 if row["http_status"] == "?" else int(row["http_status"]))
        )
        by_class = row["class"] in ("stock", "throttle") or (
            row["class"] == "account-quota" and row["api"].endswith("Address")
        )
        assert (found.code in TRY_LATER) is (by_class or row["code"].startswith("FrequentPurchase")), row


def test_a_wrong_clock_is_called_so() -> None:
    """InvalidTimeStamp.Expired tells the user to look at the clock, not at the credentials."""
    assert "clock" in meaning(cloud_apis.ALLOCATE, Refusal("InvalidTimeStamp.Expired", "", 400)).hint


@pytest.mark.parametrize(
    ("cloud_code", "status", "unknown"),
    [
        ("InternalError", 500, True),
        ("ServiceUnavailable", 503, True),
        ("SomethingNew", 502, True),
        ("ServiceUnavailable", 400, True),
        ("LastTokenProcessing", 400, True),
        ("SignatureNonceUsed", 400, True),
        ("OrderError.EIP", 500, True),
        ("OperationFailed.InvokeInnerApi", 400, True),
        ("Throttling", 503, False),
        ("TaskConflict", 400, False),
        ("QuotaExceeded.Eip", 400, False),
    ],
)
def test_some_errors_prove_nothing(cloud_code: str, status: int, unknown: bool) -> None:
    """5xx and errors of an attempt still under way leave open whether it was carried out; throttling doesn't."""
    found = meaning(cloud_apis.ALLOCATE, Refusal(cloud_code, "", status))
    assert found.leaves_unknown is unknown
    assert (found.about is ErrorClass.UNKNOWN_OUTCOME) is unknown


def test_an_api_without_a_row_is_judged_by_the_common_ones() -> None:
    """A product and an action that no table names."""
    api = Api("Nlb", "DescribeSomething", Repeat.FREELY)
    assert meaning(api, Refusal("Forbidden", "", 403)).code is Code.CLOUD_FORBIDDEN
