"""What the client makes of every kind of answer, and of none."""

from __future__ import annotations

import logging
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from eipctl.aliyun.keys import Keys
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, EipctlError, ExitCode, Interrupted, OutcomeUnknown, Reaction, TimedOut
from eipctl.base.stop import Stop
from eipctl.domain import cloud_apis

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.aliyun.client import CloudClient
    from eipctl.sandbox.cloud.cloud import Cloud
    from tests.unit.aliyun.conftest import Place, Scripted

STS_KEYS = Keys("STS.NUabcdefghijklm", "very/secret+key==", "CAIS/token+with=specials/0123456789")
ALLOCATE = {"Bandwidth": 5, "InternetChargeType": "PayByTraffic", "ClientToken": "token-1"}
ERROR = {"RequestId": "R-1", "HostId": "h", "Code": "IncorrectEipStatus", "Message": "Current status is wrong."}
FINE = {"RequestId": "R-2"}


def _error(code: str, message: str = "said the cloud") -> dict[str, str]:
    return {"RequestId": "R-1", "HostId": "h", "Code": code, "Message": message}


@pytest.mark.parametrize("fault", ["reset", "lose", "truncate", "error"])
def test_a_read_is_repeated_until_it_is_answered(client: CloudClient, place: Place, fault: str) -> None:
    """A reset, a lost or cut-off answer and a 503 are no reason to fail a read."""
    place.faults.add({"do": fault, "api": "GetCallerIdentity", "times": 2})
    assert client.call(cloud_apis.GET_CALLER_IDENTITY, {})["AccountId"]
    assert place.apis().count("GetCallerIdentity") >= 1


@pytest.mark.parametrize("fault", ["reset", "lose", "truncate", "after"])
def test_a_lost_allocation_is_found_by_its_token(client: CloudClient, cloud: Cloud, place: Place, fault: str) -> None:
    """An allocation whose answer is lost is asked for again with the same token, and buys one EIP only."""
    place.faults.add({"do": fault, "api": "AllocateEipAddress"})
    answer = client.call(cloud_apis.ALLOCATE, ALLOCATE)
    assert [eip.allocation_id for eip in cloud.eips()] == [answer["AllocationId"]]


def test_a_token_is_repeated_at_most_twice(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """A write with a token is sent three times with that token, then its outcome is unknown."""
    scripted.says((503, _error("ServiceUnavailable")))
    with pytest.raises(OutcomeUnknown) as caught:
        connect(script.url).call(cloud_apis.ALLOCATE, ALLOCATE)
    assert [scripted.params(index)["ClientToken"] for index in range(len(scripted.requests))] == ["token-1"] * 3
    assert caught.value.api == "AllocateEipAddress"


@pytest.mark.parametrize(
    "api", [cloud_apis.RELEASE, cloud_apis.TAG, cloud_apis.UNTAG, cloud_apis.MODIFY, cloud_apis.ATTACH_POLICY]
)
def test_a_write_without_token_is_never_repeated_blindly(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], api: cloud_apis.Api
) -> None:
    """After a lost answer a write without a token is not sent again: the engine looks first."""
    script.faults.add({"do": "lose", "times": 0})
    with pytest.raises(OutcomeUnknown):
        connect(script.url).call(api, {"AllocationId": "eip-1"})
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("api", [cloud_apis.ASSOCIATE, cloud_apis.UNASSOCIATE, cloud_apis.RELEASE])
@pytest.mark.parametrize(
    "answer", [(400, "Throttling.User"), (503, "ServiceUnavailable"), (400, "LastTokenProcessing")]
)
def test_a_write_that_rests_on_a_proof_is_sent_once(
    script: Place,
    scripted: Scripted,
    connect: Callable[..., CloudClient],
    api: cloud_apis.Api,
    answer: tuple[int, str],
) -> None:
    """Between two attempts the Pod may have gone: whoever calls looks, proves and calls again."""
    scripted.says((answer[0], _error(answer[1])))
    with pytest.raises(EipctlError):
        connect(script.url).call(api, {"AllocationId": "eip-1", "ClientToken": "t"})
    assert len(scripted.requests) == 1


@pytest.mark.parametrize("api", [cloud_apis.TAG, cloud_apis.ALLOCATE])
def test_a_throttled_write_is_sent_again(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], api: cloud_apis.Api
) -> None:
    """Throttling means that the call was not admitted, so it can be repeated as it is."""
    scripted.says((400, _error("Throttling.User")), (429, _error("Throttling")), (200, FINE))
    assert connect(script.url).call(api, ALLOCATE) == FINE
    assert len(scripted.requests) == 3


def test_endless_throttling_asks_for_another_try(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """A write that stays throttled ends in an error that says so and exits with 75."""
    scripted.says((400, _error("Throttling.User")))
    with pytest.raises(CloudError) as caught:
        connect(script.url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    assert (caught.value.code, caught.value.reaction) == (Code.THROTTLED, Reaction.RETRY)
    assert caught.value.exit is ExitCode.TRY_LATER


def test_a_refusal_after_silence_leaves_the_outcome_unknown(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """When the first attempt got no answer, the refusal of the second does not prove that nothing was changed."""
    scripted.says((503, _error("ServiceUnavailable")), (400, _error("QuotaExceeded.Eip")))
    with pytest.raises(OutcomeUnknown, match=r"QuotaExceeded\.Eip"):
        connect(script.url).call(cloud_apis.ALLOCATE, ALLOCATE)


def test_a_refusal_tells_what_the_cloud_said(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """A definitive error is raised at once, with the cloud's code, request id and status."""
    scripted.says((400, ERROR))
    with pytest.raises(CloudError) as caught:
        connect(script.url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    error = caught.value
    assert (error.cloud_code, error.request_id, error.http_status) == ("IncorrectEipStatus", "R-1", 400)
    assert (error.reaction, error.object, error.__cause__) == (Reaction.REREAD, "eip-1", None)
    assert len(scripted.requests) == 1


def test_a_busy_write_is_the_callers_decision(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """TaskConflict sticks to its token, so only the engine may try again, with another one."""
    scripted.says((400, _error("TaskConflict")))
    with pytest.raises(CloudError) as caught:
        connect(script.url).call(cloud_apis.ASSOCIATE, {"AllocationId": "eip-1", "ClientToken": "t"})
    assert caught.value.reaction is Reaction.RETRY
    assert len(scripted.requests) == 1


def test_a_token_still_being_processed_is_waited_for(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """LastTokenProcessing belongs to an attempt that is under way: the same token again, never a new one."""
    scripted.says((400, _error("LastTokenProcessing")), (200, FINE))
    connect(script.url).call(cloud_apis.ALLOCATE, ALLOCATE)
    assert scripted.params(1)["ClientToken"] == "token-1"


@pytest.mark.parametrize(
    "body",
    [
        b'{"RequestId": "R", "Allocat',
        b"<html>sign in to the wifi</html>",
        b"[1]",
        b'{"hello": "you"}',
        b"\xff\xfe",
        b"",
    ],
)
def test_an_answer_that_is_not_the_clouds_is_none(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], body: bytes
) -> None:
    """A 200 that is cut off, or that some box on the way made up, says nothing about what was done."""
    scripted.says((200, body))
    with pytest.raises(OutcomeUnknown):
        connect(script.url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})


@pytest.mark.parametrize("body", [b"\xff\xfe\xfa", b"[1, 2]", b"null", b"<html>bad gateway</html>"])
def test_an_error_body_that_the_sdk_trips_over_is_no_crash(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], body: bytes
) -> None:
    """Error bodies that are not text, or no object, leave the outcome unknown."""
    scripted.says((502, body))
    with pytest.raises(OutcomeUnknown):
        connect(script.url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})


def test_a_signature_error_without_details_is_understood(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """The SDK fails on a SignatureDoesNotMatch without a string to sign; it still means rejected credentials."""
    scripted.says((400, _error("SignatureDoesNotMatch", "no details")))
    with pytest.raises(CloudError) as caught:
        connect(script.url).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    assert caught.value.code is Code.CREDENTIALS_REJECTED


def test_a_call_that_never_left_changed_nothing(connect: Callable[..., CloudClient], closed_port: int) -> None:
    """A refused connection is a definitive error even for a write: no byte of it was sent."""
    with pytest.raises(CloudError) as caught:
        connect(f"http://127.0.0.1:{closed_port}").call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    assert (caught.value.code, caught.value.reaction) == (Code.CLOUD_UNREACHABLE, Reaction.RETRY)
    assert "Connection refused" in caught.value.message


def test_the_timeout_ends_a_call_that_hangs(script: Place, connect: Callable[..., CloudClient]) -> None:
    """--timeout also bounds the wait for one answer, and the same is said of each call that it ends."""
    script.faults.add({"do": "latency", "seconds": 3, "times": 0})
    with pytest.raises(TimedOut, match=r"before that GetCallerIdentity got no usable answer \(Read timed out\)$"):
        connect(script.url, timeout=0.3).call(cloud_apis.GET_CALLER_IDENTITY, {})


def test_a_signal_keeps_the_next_call_from_going_out(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """After SIGTERM nothing more is sent."""
    stop = Stop()
    stop.interrupt(signal.SIGTERM)
    with pytest.raises(Interrupted):
        connect(script.url, stop=stop).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    assert scripted.requests == []


@dataclass
class Diary:
    """Hooks that write everything down."""

    entries: list[tuple[str, ...]] = field(default_factory=list)

    def before(self, api: str, obj: str = "") -> None:
        """An attempt begins."""
        self.entries.append(("before", api, obj))

    def after(self, api: str, code: str, request_id: str, seconds: float, obj: str = "") -> None:
        """An attempt ended."""
        self.entries.append(("after", api, code, request_id, obj))


def test_the_hooks_see_every_attempt(script: Place, scripted: Scripted, connect: Callable[..., CloudClient]) -> None:
    """Pacing and the audit log are asked before and told after each attempt, not each call."""
    scripted.says((400, _error("Throttling.User")), (200, FINE))
    diary = Diary()
    connect(script.url, hooks=diary).call(cloud_apis.MODIFY, {"AllocationId": "eip-1"})
    api = "ModifyEipAddressAttribute"
    first, second = ("after", api, "Throttling.User", "R-1", "eip-1"), ("after", api, "", "R-2", "eip-1")
    assert diary.entries == [("before", api, "eip-1"), first, ("before", api, "eip-1"), second]


def _texts(error: BaseException) -> str:
    parts = [str(error), repr(error), getattr(error, "hint", ""), str(vars(error))]
    return " ".join(parts)


def _assert_no_secret(text: str) -> None:
    for secret in (STS_KEYS.secret, STS_KEYS.token or "", "CAIS", "specials", STS_KEYS.id, "Signature="):
        assert secret not in text


def test_no_secret_is_in_an_error_of_the_network(
    connect: Callable[..., CloudClient], closed_port: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The SDK puts the URL with token and signature into its error and its log; ours has neither."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(CloudError) as caught:
        connect(f"http://127.0.0.1:{closed_port}", STS_KEYS).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    _assert_no_secret(_texts(caught.value) + caplog.text)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_no_secret_is_in_a_refusal(
    place: Place, cloud: Cloud, connect: Callable[..., CloudClient], caplog: pytest.LogCaptureFixture
) -> None:
    """The cloud repeats the string to sign, key id and token included; the error masks them."""
    caplog.set_level(logging.DEBUG)
    cloud.add_access_key(STS_KEYS.id, "another secret", user="root")
    with pytest.raises(CloudError) as caught:
        connect(place.url, STS_KEYS).call(cloud_apis.GET_CALLER_IDENTITY, {})
    _assert_no_secret(_texts(caught.value) + caplog.text)
    assert caught.value.code is Code.CREDENTIALS_REJECTED
    assert "STS.****jklm" in caught.value.message


@pytest.mark.parametrize("encode", [str, quote])
def test_no_secret_is_in_what_the_cloud_repeats(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient], encode: Callable[[str], str]
) -> None:
    """Whatever secret the cloud's own sentence holds, plain or encoded, is taken out of ours."""
    said = f"server string to sign is:POST&AccessKeyId={STS_KEYS.id}&SecurityToken={STS_KEYS.token}&Signature=abc"
    scripted.says((400, _error("SignatureDoesNotMatch", encode(said))))
    with pytest.raises(CloudError) as caught:
        connect(script.url, STS_KEYS).call(cloud_apis.RELEASE, {"AllocationId": "eip-1"})
    _assert_no_secret(_texts(caught.value).replace("Signature=****", ""))


def test_a_missing_right_is_named(place: Place, cloud: Cloud, connect: Callable[..., CloudClient]) -> None:
    """A 403 names the identity, the RAM action that is missing, and stops calls of its kind."""
    cloud.add_access_key("LTAInobody000001", "nobody-secret", user="nobody")
    with pytest.raises(CloudError) as caught:
        connect(place.url, Keys("LTAInobody000001", "nobody-secret")).call(
            cloud_apis.RELEASE, {"AllocationId": "eip-1"}
        )
    assert (caught.value.code, caught.value.reaction) == (Code.CLOUD_FORBIDDEN, Reaction.STOP_ALIKE)
    assert "LTAI****0001 (test) may not call vpc:ReleaseEipAddress" in caught.value.message


def test_lower_case_errors_of_cs_are_understood(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """CS spells the keys of its errors in lower case; code and request id are found all the same."""
    scripted.says((403, {"code": "StatusForbidden", "message": "no", "requestId": "R-7"}))
    with pytest.raises(CloudError) as caught:
        connect(script.url).call(cloud_apis.DESCRIBE_CLUSTER, {"ClusterId": "c1"})
    assert (caught.value.cloud_code, caught.value.request_id) == ("StatusForbidden", "R-7")
    assert caught.value.code is Code.CLOUD_FORBIDDEN


def test_parameters_arrive_as_the_api_takes_them(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """None and "" are left out, booleans are words, lists are numbered, big documents travel in the body."""
    params = {
        "Gone": None,
        "Empty": "",
        "SetAsDefault": True,
        "Tag": [{"Key": "a", "Value": ""}],
        "Id": ["x", "y"],
        "PolicyDocument": "{}",
    }
    connect(script.url).call(cloud_apis.CREATE_POLICY_VERSION, params)
    sent = scripted.params(0)
    own = {name: sent.get(name) for name in ("Gone", "Empty", "SetAsDefault", "Tag.1.Key", "Id.1", "Id.2")}
    assert own == {"Gone": None, "Empty": None, "SetAsDefault": "true", "Tag.1.Key": "a", "Id.1": "x", "Id.2": "y"}
    assert dict(scripted.requests[0].query)["Tag.1.Value"] == ""
    assert "PolicyDocument" not in dict(scripted.requests[0].query)
    assert sent["PolicyDocument"] == "{}"


def test_one_client_serves_many_threads(client: CloudClient, cloud: Cloud) -> None:
    """Calls from several threads don't mix up their signatures, nonces or answers."""
    from concurrent.futures import ThreadPoolExecutor

    cloud.set_quota(100)
    with ThreadPoolExecutor(8) as pool:
        calls = pool.map(lambda n: client.call(cloud_apis.ALLOCATE, {**ALLOCATE, "ClientToken": f"t-{n}"}), range(40))
        made = {answer["AllocationId"] for answer in calls}
    assert made == {eip.allocation_id for eip in cloud.eips()}
    assert len(made) == 40
