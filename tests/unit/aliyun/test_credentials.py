"""Where credentials are looked for, in which order, and how long they are used."""

from __future__ import annotations

import base64
import json
import socketserver
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.aliyun import identity
from eipctl.aliyun.client import CloudClient
from eipctl.aliyun.credentials import resolve
from eipctl.aliyun.keys import Credentials, Keys, Refreshing, Temporary
from eipctl.aliyun.sts import session_name
from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Failed, UsageError
from eipctl.base.stop import Stop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from eipctl.sandbox.cloud.cloud import Cloud
    from tests.unit.aliyun.conftest import Place

ACCOUNT = "1234567890123456"
ALICE = ("LTAIalice0000001", "alice-secret")
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": ALICE[0], "ALIBABA_CLOUD_ACCESS_KEY_SECRET": ALICE[1]}
NO_METADATA = {"ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true"}


@pytest.fixture
def find(place: Place, cloud: Cloud, tmp_path: Path) -> Callable[..., Credentials]:
    """``find(profile, **environ)`` with an own HOME, STS calls going to the simulated cloud."""
    cloud.add_policy("assume", _allow("sts:*"))
    cloud.add_access_key(*ALICE, user="alice", policies=("assume",))

    def do(profile: str | None = None, **environ: str) -> Credentials:
        return resolve(profile, {"HOME": str(tmp_path), **NO_METADATA, **environ}, place.url, Stop(30))

    return do


@pytest.fixture
def arn_of(place: Place) -> Callable[[Credentials], str]:
    """Who the cloud says the credentials are."""

    def ask(credentials: Credentials) -> str:
        client = CloudClient(credentials, "cn-hangzhou", endpoint_url=place.url, stop=Stop(30))
        return identity.Reader(client).caller().arn

    return ask


@pytest.fixture
def configure(tmp_path: Path) -> Callable[..., None]:
    """Write ~/.aliyun/config.json with these profiles."""

    def write(*profiles: dict[str, Any], current: str = "default") -> None:
        (tmp_path / ".aliyun").mkdir(exist_ok=True)
        text = json.dumps({"current": current, "profiles": list(profiles)})
        (tmp_path / ".aliyun" / "config.json").write_text(text)

    return write


def _allow(action: str) -> dict[str, Any]:
    return {"Version": "1", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}


def _profile(name: str, mode: str, **fields: Any) -> dict[str, Any]:
    return {"name": name, "mode": mode, **fields}


def _ak(name: str, **fields: Any) -> dict[str, Any]:
    return _profile(name, "AK", access_key_id=ALICE[0], access_key_secret=ALICE[1], **fields)


def test_the_environment_comes_first(find: Callable[..., Credentials], configure: Callable[..., None]) -> None:
    """Keys of the environment win over the current profile, and bring no region with them."""
    configure(_ak("default", region_id="cn-beijing"))
    found = find(**{**KEYS, "ALIBABA_CLOUD_SECURITY_TOKEN": "token"})
    assert (found.source, found.region) == ("environment", "")
    assert found.get() == (*ALICE, "token")


def test_a_named_profile_wins_over_the_environment(
    find: Callable[..., Credentials], configure: Callable[..., None]
) -> None:
    """--profile is explicit, so keys that happen to be in the environment don't count."""
    configure(_ak("other", region_id="cn-beijing"))
    other = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIbob", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "x"}
    found = find("other", **other)
    assert (found.source, found.region, found.get().id) == ("profile other", "cn-beijing", ALICE[0])


def test_half_a_key_is_a_mistake(find: Callable[..., Credentials]) -> None:
    """An id without a secret is an error, not a reason to look elsewhere."""
    with pytest.raises(UsageError, match="only one of"):
        find(ALIBABA_CLOUD_ACCESS_KEY_ID="LTAIalone")


def test_nothing_found_says_where_was_looked(find: Callable[..., Credentials], tmp_path: Path) -> None:
    """Without any credentials the error lists the places, says what to do, and exits with 2."""
    with pytest.raises(UsageError) as caught:
        find()
    error = caught.value
    assert (error.code, error.exit) == (Code.NO_CREDENTIALS, ExitCode.USAGE)
    for place in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "RRSA", str(tmp_path), "ECS instance"):
        assert place in error.message
    assert "aliyun configure" in error.hint


def test_the_current_profile_is_used(find: Callable[..., Credentials], configure: Callable[..., None]) -> None:
    """Without anything in the environment the current profile counts; ALIBABA_CLOUD_PROFILE names another."""
    configure(_ak("default"), _profile("b", "StsToken", access_key_id="i", access_key_secret="s", sts_token="t"))
    assert find().source == "profile default"
    assert find(ALIBABA_CLOUD_PROFILE="b").get() == ("i", "s", "t")


def test_profiles_can_be_switched_off(find: Callable[..., Credentials], configure: Callable[..., None]) -> None:
    """ALIBABA_CLOUD_CLI_PROFILE_DISABLED keeps the file out, except for --profile."""
    configure(_ak("default"))
    with pytest.raises(UsageError):
        find(ALIBABA_CLOUD_CLI_PROFILE_DISABLED="true")
    assert find("default", ALIBABA_CLOUD_CLI_PROFILE_DISABLED="true").get().id == ALICE[0]


def test_an_empty_default_profile_is_none(find: Callable[..., Credentials], configure: Callable[..., None]) -> None:
    """What `aliyun configure` leaves behind before any key is entered doesn't count as credentials."""
    configure(_profile("default", "AK", access_key_id="", access_key_secret=""))
    with pytest.raises(UsageError, match="no Alibaba Cloud credentials were found"):
        find()


@pytest.mark.parametrize(
    ("profile", "message"),
    [
        (_profile("p", "AK", access_key_id="LTAI"), "no access_key_secret"),
        (_profile("p", "RamRoleArn", access_key_id="a", access_key_secret="b"), "no ram_role_arn"),
        (_profile("p", "ChainableRamRoleArn", source_profile="p", ram_role_arn="r"), "circle"),
        (_profile("p", "ChainableRamRoleArn", source_profile="q", ram_role_arn="r"), "no profile 'q'; it has p"),
        (_profile("p", "OIDC", ram_role_arn="r"), "no oidc_provider_arn and no oidc_token_file"),
    ],
)
def test_an_incomplete_profile_says_what_it_lacks(
    find: Callable[..., Credentials], configure: Callable[..., None], profile: dict[str, Any], message: str
) -> None:
    """A profile that can't work is an error that names it and the missing field."""
    configure(profile)
    with pytest.raises(UsageError, match=message):
        find("p")


@pytest.mark.parametrize("text", ["{", "[]"])
def test_a_broken_file_is_called_so(find: Callable[..., Credentials], tmp_path: Path, text: str) -> None:
    """A configuration that is no JSON object is an error that names the file."""
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".aliyun" / "config.json").write_text(text)
    with pytest.raises(UsageError, match=r"config\.json is not"):
        find()


def test_a_role_is_assumed_through_our_client(
    find: Callable[..., Credentials],
    arn_of: Callable[[Credentials], str],
    configure: Callable[..., None],
    cloud: Cloud,
    place: Place,
) -> None:
    """RamRoleArn and a chain of roles end in the last role; STS is asked at the endpoint URL."""
    cloud.add_role("first", policies=("assume",))
    cloud.add_role("second")
    first = {"ram_role_arn": f"acs:ram::{ACCOUNT}:role/first", "ram_session_name": "ops"}
    second = {"ram_role_arn": f"acs:ram::{ACCOUNT}:role/second", "source_profile": "one"}
    configure({**_ak("one"), "mode": "RamRoleArn", **first}, _profile("two", "ChainableRamRoleArn", **second))
    assert arn_of(find("one")).endswith("/first/ops")
    assert arn_of(find("two")).endswith("/second/eipctl")
    assert "AssumeRole" in place.apis()


def test_a_role_that_can_not_be_assumed_is_named(
    find: Callable[..., Credentials], configure: Callable[..., None]
) -> None:
    """The error names the role's ARN and is a configuration error."""
    role = {"ram_role_arn": f"acs:ram::{ACCOUNT}:role/nobody"}
    configure({**_ak("one"), "mode": "RamRoleArn", **role})
    with pytest.raises(UsageError, match="role/nobody can't be assumed") as caught:
        find("one").get()
    assert caught.value.code is Code.CREDENTIALS_REJECTED


def _token() -> str:
    claims = {"sub": "system:serviceaccount:default:eipctl", "iss": "https://oidc", "aud": "sts.aliyuncs.com"}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"header.{payload}.signature-of-the-token"


def test_rrsa_takes_the_role_of_the_pod(
    find: Callable[..., Credentials],
    arn_of: Callable[[Credentials], str],
    cloud: Cloud,
    tmp_path: Path,
) -> None:
    """The RRSA variables lead to an unsigned AssumeRoleWithOIDC with the token from the file."""
    cloud.add_role("pod-role")
    file = tmp_path / "token"
    file.write_text(_token())
    environ = {
        "ALIBABA_CLOUD_ROLE_ARN": f"acs:ram::{ACCOUNT}:role/pod-role",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": f"acs:ram::{ACCOUNT}:oidc-provider/ack-rrsa-c1",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(file),
    }
    found = find(**environ)
    assert found.source == "RRSA"
    assert arn_of(found).endswith("/pod-role/eipctl")


def test_a_missing_token_file_is_named(find: Callable[..., Credentials], tmp_path: Path) -> None:
    """RRSA without its mounted token is a configuration error that names the file."""
    environ = {
        "ALIBABA_CLOUD_ROLE_ARN": "acs:ram::1:role/r",
        "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": "acs:ram::1:oidc-provider/p",
        "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "none"),
    }
    with pytest.raises(UsageError, match="none"):
        find(**environ).get()


class _Metadata(BaseHTTPRequestHandler):
    """The metadata service, seen through a proxy: the request line holds its full address."""

    def do_PUT(self) -> None:
        """The IMDSv2 token."""
        self._say("imds-token")

    def do_GET(self) -> None:
        """The role's name, or its keys; only with the token."""
        if self.headers.get("X-aliyun-ecs-metadata-token") != "imds-token":
            return self._say("no token", 403)
        if self.path.endswith("/security-credentials/"):
            return self._say("node-role")
        expires = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600 * 6))
        keys = {"AccessKeyId": "STS.abc", "AccessKeySecret": "secret", "SecurityToken": "tok"}
        return self._say(json.dumps({"Code": "Success", "Expiration": expires, **keys}))

    def _say(self, text: str, status: int = 200) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Say nothing."""


@pytest.fixture
def metadata(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A metadata service, reached through HTTP_PROXY because its address is fixed."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Metadata) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{server.server_address[1]}")
        yield
        server.shutdown()


def test_the_instance_role_is_the_last_resort(find: Callable[..., Credentials], metadata: None) -> None:
    """Where nothing else is configured, the ECS instance's role is asked for with IMDSv2."""
    found = find(ALIBABA_CLOUD_ECS_METADATA_DISABLED="false")
    assert found.source == "ECS instance role"
    assert found.get() == ("STS.abc", "secret", "tok")


def test_a_profile_can_name_the_instance_role(
    find: Callable[..., Credentials], configure: Callable[..., None], metadata: None
) -> None:
    """Mode EcsRamRole takes the role that the profile names."""
    configure(_profile("ecs", "EcsRamRole", ram_role_name="node-role"))
    assert find("ecs").get().id == "STS.abc"


class _Hours:
    """Keys that live an hour, and a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.fetched = 0
        self.broken = False
        self.keys = Refreshing(self._fetch, lambda: self.now)

    def _fetch(self) -> Temporary:
        if self.broken:
            raise Failed(Code.CLOUD_UNREACHABLE, "no answer")
        self.fetched += 1
        return Temporary(Keys(f"id-{self.fetched}", "s", "t"), self.now + 3600)

    def at(self, moment: float) -> str:
        """The key id handed out at that second."""
        self.now = moment
        return self.keys().id


def test_temporary_keys_are_replaced_before_they_end() -> None:
    """Keys are kept while they last for more than 15 minutes, and fetched anew after that."""
    hours = _Hours()
    assert [hours.at(moment) for moment in (0, 2600, 2701, 2702, 9000)] == ["id-1", "id-1", "id-2", "id-2", "id-3"]


def test_keys_that_still_last_survive_a_failed_refresh() -> None:
    """When new keys are not to be had, the old ones are used to their end, and not beyond."""
    hours = _Hours()
    hours.at(0)
    hours.broken = True
    assert hours.at(3599) == "id-1"
    with pytest.raises(Failed):
        hours.at(3600)


def test_many_threads_fetch_once() -> None:
    """Threads that need keys at the same time share one fetch."""
    from concurrent.futures import ThreadPoolExecutor

    fetched: list[int] = []

    def fetch() -> Temporary:
        fetched.append(1)
        return Temporary(Keys("id", "s", "t"), time.time() + 3600)

    keys = Refreshing(fetch)
    with ThreadPoolExecutor(8) as pool:
        assert {held.id for held in pool.map(lambda _: keys(), range(50))} == {"id"}
    assert len(fetched) == 1


@pytest.mark.parametrize(
    ("wanted", "name"), [("", "eipctl"), ("a b/c", "a-b-c"), ("x", "eipctl"), ("n" * 80, "n" * 64)]
)
def test_session_names_are_acceptable(wanted: str, name: str) -> None:
    """STS takes 2 to 64 letters, digits and . _ @ -."""
    assert session_name(wanted) == name
