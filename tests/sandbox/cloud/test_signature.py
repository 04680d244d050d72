"""Requests are admitted when they prove who sends them, and refused in the cloud's own words otherwise."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from aliyunsdkcore.client import AcsClient
from aliyunsdkcore.request import RoaRequest

from eipctl.sandbox.cloud import signature

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.sandbox.clock import Clock
    from eipctl.sandbox.cloud.cloud import Cloud


@pytest.fixture(autouse=True)
def _quiet() -> None:
    logging.getLogger("aliyunsdkcore").setLevel(logging.CRITICAL)


def _raw(
    url: str, method: str, params: dict[str, str], headers: dict[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(f"{url}/?{urlencode(params)}", method=method, headers=headers or {})
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def _signed(clock: Clock, secret: str = "root-secret", method: str = "POST", **changes: str) -> dict[str, str]:
    params = {
        "Action": "GetCallerIdentity",
        "Version": "2015-04-01",
        "Format": "JSON",
        "AccessKeyId": "LTAIroot",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": "nonce-1",
        "Timestamp": clock.timestamp(),
        "Odd": "a b*c~d+é&=/",
        "Empty": "",
        **changes,
    }
    text = signature.rpc_string_to_sign(method, params)
    return {**params, "Signature": signature.sha1(f"{secret}&", text)}


def test_documented_example() -> None:
    """The example of the RPC signature documentation gives the documented signature."""
    params = {
        "AccessKeyId": "testid",
        "Action": "DescribeRegions",
        "Format": "XML",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureNonce": "3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf",
        "SignatureVersion": "1.0",
        "Timestamp": "2016-02-23T12:46:24Z",
        "Version": "2014-05-26",
    }
    text = signature.rpc_string_to_sign("GET", params)
    assert signature.sha1("testsecret&", text) == "OLeaidS1JvxuMvnyHOwuJ+uX5qY="


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_sdk_is_admitted(call: Callable[..., dict[str, Any]], method: str) -> None:
    """The vendor's client is admitted by GET and by POST, with awkward characters in its parameters."""
    answer = call("Sts", "GetCallerIdentity", method=method, Odd="ä b*c~d+é&=/", Empty="")
    assert answer["AccountId"] == "1234567890123456"


def test_form_body_is_signed(call: Callable[..., dict[str, Any]]) -> None:
    """Parameters of a form body count like those of the query."""
    document = json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": "vpc:*", "Resource": "*"}]})
    answer = call("Ram", "CreatePolicy", form={"PolicyDocument": document, "PolicyName": "p"})
    assert answer["Policy"]["PolicyName"] == "p"


def test_wrong_secret(refusal: Callable[..., tuple[int, str]]) -> None:
    """With a wrong secret the server computes the same string to sign as the SDK, which then blames the secret."""
    assert refusal("Sts", "GetCallerIdentity", key=("LTAIroot", "wrong")) == (400, "InvalidAccessKeySecret")


def test_shape_of_an_error(url: str, clock: Clock) -> None:
    """An error has RequestId, HostId, Code, Message, Recommend, and the message tells the string to sign."""
    status, body = _raw(url, "POST", _signed(clock, "wrong"))
    text = signature.rpc_string_to_sign("POST", _signed(clock))
    assert status == 400
    assert list(body) == ["RequestId", "HostId", "Code", "Message", "Recommend"]
    assert body["Code"] == "SignatureDoesNotMatch"
    assert body["Message"] == (
        f"Specified signature is not matched with our calculation. server string to sign is:{text}"
    )


def test_nonce_is_good_for_one_call(url: str, clock: Clock) -> None:
    """A request that is repeated as it is was used already."""
    assert _raw(url, "POST", _signed(clock))[0] == 200
    status, body = _raw(url, "POST", _signed(clock))
    assert (status, body["Code"]) == (400, "SignatureNonceUsed")


@pytest.mark.parametrize(
    ("offset", "code"), [(-16 * 60, "InvalidTimeStamp.Expired"), (16 * 60, "InvalidTimeStamp.Expired")]
)
def test_timestamp_must_be_near(url: str, clock: Clock, offset: int, code: str) -> None:
    """A request that is more than 15 minutes old or early is refused."""
    status, body = _raw(url, "POST", _signed(clock, Timestamp=clock.timestamp(clock.now() + offset)))
    assert (status, body["Code"]) == (400, code)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"Timestamp": "yesterday"}, 400, "InvalidTimeStamp.Format"),
        ({"AccessKeyId": "LTAInobody"}, 404, "InvalidAccessKeyId.NotFound"),
        ({"SignatureMethod": "HMAC-MD5"}, 400, "InvalidSignatureMethod"),
        ({"Action": "MakeCoffee"}, 404, "InvalidAction.NotFound"),
        ({"Action": ""}, 400, "MissingParameter"),
        ({"Version": "2001-01-01"}, 400, "NoSuchVersion"),
        ({"SignatureNonce": ""}, 400, "MissingParameter"),
        ({"SecurityToken": "t"}, 400, "InvalidSecurityToken.MismatchWithAccessKey"),
    ],
)
def test_what_is_wrong_is_named(url: str, clock: Clock, changes: dict[str, str], status: int, code: str) -> None:
    """Every defect of a request has its own code and status."""
    answered, body = _raw(url, "POST", _signed(clock, **changes))
    assert (answered, body["Code"]) == (status, code)


def test_unsigned_is_refused(url: str) -> None:
    """A request without AccessKeyId is refused."""
    status, body = _raw(url, "POST", {"Action": "DescribeEipAddresses", "Version": "2016-04-28"})
    assert (status, body["Code"]) == (400, "MissingAccessKeyId")


def _cluster(url: str, key: tuple[str, str], cluster: str, rest: str = "") -> bytes:
    action, pattern = "DescribeClusterNodePools" if rest else "DescribeClusterDetail", f"/clusters/[ClusterId]{rest}"
    request = RoaRequest("CS", "2015-12-15", action, method="GET", uri_pattern=pattern)
    request.add_path_param("ClusterId", cluster)
    request.add_query_param("Zone", "b a")
    request.set_endpoint(url)
    client = AcsClient(*key, "cn-hangzhou", auto_retry=False)
    answer: bytes = client.do_action_with_exception(request)
    return answer


def test_roa(url: str, cloud: Cloud) -> None:
    """The vendor's client reads a cluster over the ROA style."""
    cloud.add_cluster("c1", name="shop", vpc_id="vpc-1", worker_role="KubernetesWorkerRole-1")
    detail = json.loads(_cluster(url, ("LTAIroot", "root-secret"), "c1"))
    assert (detail["cluster_id"], detail["vpc_id"]) == ("c1", "vpc-1")
    assert detail["worker_ram_role_name"] == "KubernetesWorkerRole-1"


def test_node_pools(url: str, cloud: Cloud) -> None:
    """Each role that the nodes of the cluster's VPC have is a node pool's, the cluster's worker role the first."""
    cloud.add_cluster("c1", name="shop", vpc_id="vpc-1", worker_role="KubernetesWorkerRole-1")
    for number, role in enumerate(("gpu", "KubernetesWorkerRole-1", "gpu")):
        cloud.add_instance(f"i-{number}", "vpc-1", role=role)
    cloud.add_instance("i-9", "vpc-9", role="else")
    pools = json.loads(_cluster(url, ("LTAIroot", "root-secret"), "c1", "/nodepools"))["nodepools"]
    told = [(pool["scaling_group"]["ram_role_name"], pool["status"]["total_nodes"]) for pool in pools]
    assert told == [("KubernetesWorkerRole-1", 1), ("gpu", 2)]


def test_roa_errors_have_lower_case_keys_unless_switched(url: str, cloud: Cloud) -> None:
    """CS answers errors with lower-case keys, or like all others, as the switch says."""
    with pytest.raises(Exception, match=r"SDK\.UnknownServerError.*SignatureDoesNotMatch"):
        _cluster(url, ("LTAIroot", "wrong"), "c1")
    cloud.set_switches(lower_case_cs_errors=False)
    with pytest.raises(Exception, match=r"404.*ErrorClusterNotFound"):
        _cluster(url, ("LTAIroot", "root-secret"), "c2")


@pytest.mark.parametrize(("secret", "expected"), [("root-secret", 200), ("wrong", 400)])
def test_acs3(url: str, clock: Clock, secret: str, expected: int) -> None:
    """A request in the newer SDKs' style is admitted by its HMAC-SHA256, and only by a right one."""
    headers = {
        "host": url.removeprefix("http://"),
        "x-acs-action": "GetCallerIdentity",
        "x-acs-content-sha256": hashlib.sha256(b"").hexdigest(),
        "x-acs-date": clock.timestamp(),
        "x-acs-signature-nonce": "n1",
        "x-acs-version": "2015-04-01",
    }
    names = ";".join(sorted(headers))
    lines = "".join(f"{name}:{headers[name]}\n" for name in sorted(headers))
    canonical = f"POST\n/\nFormat=JSON\n{lines}\n{names}\n{hashlib.sha256(b'').hexdigest()}"
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    sign = hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()
    credential = f"ACS3-HMAC-SHA256 Credential=LTAIroot,SignedHeaders={names},Signature={sign}"
    status, _ = _raw(url, "POST", {"Format": "JSON"}, {**headers, "Authorization": credential})
    assert status == expected
