"""Where credentials are looked for, in which order, and how long they are used."""

from __future__ import annotations

import base64
import json
import socket
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
from eipctl.aliyun.vendor import instance_role
from eipctl.base.codes import Code
from eipctl.base.errors import ExitCode, Failed, TimedOut, UsageError
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
        return identity.IdentityReader(client).caller().arn

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
        (_profile("p", "ChainableRamRoleArn", source_profile="p", ram_role_arn="r"), "form a cycle"),
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


def test_a_current_profile_that_is_missing_is_an_error(
    find: Callable[..., Credentials], configure: Callable[..., None]
) -> None:
    """It is not a reason to go on as the instance's role."""
    configure(_ak("other"), current="prod")
    with pytest.raises(UsageError, match="has no profile 'prod'; it has other"):
        find()


@pytest.mark.parametrize("mode", ["ak", "AK", "stsTOKEN"])
def test_a_mode_is_read_in_any_case(
    find: Callable[..., Credentials], configure: Callable[..., None], mode: str
) -> None:
    """As the aliyun CLI does."""
    configure({**_ak("p", sts_token="t"), "mode": mode})
    assert find("p").get().id == ALICE[0]


@pytest.mark.parametrize("mode", ["RsaKeyPair", "BearerToken", "Anonymous", "Later"])
def test_a_mode_that_can_not_be_used_is_named(
    find: Callable[..., Credentials], configure: Callable[..., None], mode: str
) -> None:
    """And what works instead."""
    configure(_profile("p", mode))
    with pytest.raises(UsageError, match=f"profile p has mode '{mode}'") as caught:
        find("p")
    assert "RamRoleArn" in caught.value.hint


@pytest.mark.parametrize(
    "answer",
    [
        {"mode": "AK", "access_key_id": ALICE[0], "access_key_secret": ALICE[1]},
        {"mode": "StsToken", "access_key_id": ALICE[0], "access_key_secret": ALICE[1], "sts_token": "t"},
        {"access_key_id": ALICE[0], "access_key_secret": ALICE[1]},
    ],
)
def test_a_programs_keys_are_never_written_down(
    find: Callable[..., Credentials], configure: Callable[..., None], tmp_path: Path, answer: dict[str, str]
) -> None:
    """Mode External: the file of profiles stays as it is."""
    configure(_profile("p", "External", process_command=f"printf '%s' '{json.dumps(answer)}'"))
    file = tmp_path / ".aliyun" / "config.json"
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert find("p").get() == (*ALICE, answer.get("sts_token"))
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
    assert [path.name for path in file.parent.iterdir()] == ["config.json"]


def test_a_program_may_hand_out_a_role(
    find: Callable[..., Credentials],
    arn_of: Callable[[Credentials], str],
    configure: Callable[..., None],
    cloud: Cloud,
) -> None:
    """Mode External, which prints the fields of another mode."""
    cloud.add_role("first")
    answer = {**_ak("x"), "mode": "RamRoleArn", "ram_role_arn": f"acs:ram::{ACCOUNT}:role/first"}
    configure(_profile("p", "External", process_command=f"printf '%s' '{json.dumps(answer)}'"))
    assert arn_of(find("p")).endswith("/first/eipctl")


@pytest.fixture
def hands_out() -> Iterator[tuple[str, dict[str, str]]]:
    """A URL that hands out keys, and what it answers."""
    end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
    keys = {"AccessKeyId": ALICE[0], "AccessKeySecret": ALICE[1], "SecurityToken": "tok"}
    answer = {"Code": "Success", "Expiration": end, **keys}

    class Handler(_Metadata):
        def do_GET(self) -> None:
            self._say(json.dumps(answer))

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/keys", answer
        server.shutdown()


def test_a_url_hands_out_keys(
    find: Callable[..., Credentials], configure: Callable[..., None], hands_out: tuple[str, dict[str, str]]
) -> None:
    """By a profile of mode CredentialsURI, or by ALIBABA_CLOUD_CREDENTIALS_URI where nothing else is configured."""
    url, answer = hands_out
    configure(_profile("p", "CredentialsURI", credentials_uri=url), current="")
    assert find("p").get() == (*ALICE, "tok")
    assert find(ALIBABA_CLOUD_CREDENTIALS_URI=url).get() == (*ALICE, "tok")
    assert find(ALIBABA_CLOUD_CREDENTIALS_URI=url, **KEYS).source == "environment"
    answer["Code"] = "Failure"
    with pytest.raises(UsageError, match="returned status 200 and no credentials"):
        find("p").get()


@pytest.mark.parametrize("mode", ["External", "CredentialsURI"])
def test_programs_and_urls_can_be_forbidden(
    find: Callable[..., Credentials], configure: Callable[..., None], mode: str
) -> None:
    """As the aliyun CLI has it."""
    configure(_profile("p", mode, process_command="true", credentials_uri="http://127.0.0.1:1"))
    with pytest.raises(UsageError, match="ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS forbids"):
        find("p", ALIBABA_CLOUD_DISABLE_EXTERNAL_PROCESS="true")


def test_a_role_of_the_instances_role(
    find: Callable[..., Credentials], configure: Callable[..., None], metadata: None, cloud: Cloud
) -> None:
    """Mode RamRoleArnWithRoleName assumes a role with the instance's keys, which this cloud does not know."""
    role = {"ram_role_name": "node-role", "ram_role_arn": f"acs:ram::{ACCOUNT}:role/first"}
    configure(_profile("p", "RamRoleArnWithRoleName", **role))
    with pytest.raises(UsageError, match=r"role/first can't be assumed: .* ST\*{4} "):
        find("p").get()


def test_a_login_of_a_browser_is_used_and_not_renewed(
    find: Callable[..., Credentials], configure: Callable[..., None]
) -> None:
    """Mode OAuth: renewing it would rewrite the file, so the error says who does that."""
    stored = {"access_key_id": "i", "access_key_secret": "s", "sts_token": "t", "oauth_site_type": "CN"}
    configure(_profile("p", "OAuth", **stored, sts_expiration=int(time.time()) + 600))
    assert find("p").get() == ("i", "s", "t")
    configure(_profile("p", "OAuth", **stored, sts_expiration=1))
    with pytest.raises(UsageError, match="mode OAuth") as caught:
        find("p").get()
    assert "aliyun sts GetCallerIdentity --profile p" in caught.value.hint


def test_an_ended_cloudsso_login_is_named(find: Callable[..., Credentials], configure: Callable[..., None]) -> None:
    """With its mode, and that one has to log in again."""
    login = {"cloud_sso_sign_in_url": "https://s", "cloud_sso_account_id": "1", "cloud_sso_access_config": "ac"}
    configure(_profile("p", "CloudSSO", **login, access_token="x", cloud_sso_access_token_expire=1))
    with pytest.raises(UsageError, match=r"profile p \(mode CloudSSO\) returned no credentials: .*re-login"):
        find("p").get()


@pytest.mark.parametrize("name", ["ALICLOUD_ACCESS_KEY", "ALIYUN_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID"])
def test_variables_of_older_tools_are_named(find: Callable[..., Credentials], name: str) -> None:
    """When nothing else is set."""
    with pytest.raises(UsageError) as caught:
        find(**{name: "LTAIold"})
    assert f"{name} is set, which eipctl does not read" in caught.value.hint


@pytest.mark.parametrize(
    ("profile", "environ", "internal"),
    [
        ({}, {}, False),
        ({"endpoint_type": "vpc"}, {}, True),
        ({"endpoint_type": "VPC"}, {}, True),
        ({}, {"ALIBABA_CLOUD_ENDPOINT_TYPE": "vpc"}, True),
        ({}, {"ALICLOUD_ENDPOINT_TYPE": "vpc"}, True),
        ({"endpoint_type": "public"}, {"ALIBABA_CLOUD_ENDPOINT_TYPE": "vpc"}, False),
    ],
)
def test_the_hosts_inside_a_vpc_can_be_chosen(
    find: Callable[..., Credentials],
    configure: Callable[..., None],
    profile: dict[str, str],
    environ: dict[str, str],
    internal: bool,
) -> None:
    """By the profile, else by the environment, as the aliyun CLI has it."""
    configure(_ak("p", **profile))
    assert find("p", **environ).internal is internal


def test_one_host_for_every_product_is_refused(configure: Callable[..., None], tmp_path: Path) -> None:
    """A profile's endpoint changes the target, so it is not dropped."""
    configure(_ak("p", endpoint="vpc.example.com"))
    with pytest.raises(UsageError, match=r"profile p names the endpoint 'vpc\.example\.com'"):
        resolve("p", {"HOME": str(tmp_path)}, None, Stop())


def test_a_renewal_that_fails_stops_the_run() -> None:
    """Between two calls; a first fetch that fails is only an error."""
    hours, stop = _Hours(), Stop()
    credentials = Credentials("role", hours.keys)
    credentials.lost = stop.forbid
    hours.broken = True
    with pytest.raises(Failed):
        credentials.get()
    stop.check()
    hours.broken = False
    credentials.get()
    hours.broken, hours.now = True, 3600
    with pytest.raises(Failed, match="no answer"):
        credentials.get()
    with pytest.raises(Failed, match="no answer"):
        stop.check()


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


def test_a_metadata_service_that_does_not_answer_holds_no_run_longer_than_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """--timeout holds while the vendor's package waits, too."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(TimedOut):
            instance_role("", Stop(0.5), imds_v1=False)()


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


@pytest.mark.parametrize("key_id", ["LTAI0001\n", "LTAI\ud800", "LTAIé"])
@pytest.mark.parametrize("part", [0, 1, 2])
def test_keys_that_no_request_can_carry_are_a_mistake(key_id: str, part: int) -> None:
    """They are called so, instead of the answer that never came."""
    parts = ["LTAI00000001", "secret", "token"]
    parts[part] = key_id
    with pytest.raises(UsageError, match="the credentials from profile p contain characters") as raised:
        Credentials("profile p", lambda: Keys(*parts)).get()
    assert parts[part] not in raised.value.message


@pytest.mark.parametrize("moment", ["tomorrow", [1], {"at": 1}, 1e300, "9" * 400, -1])
@pytest.mark.parametrize(("mode", "name"), [("OAuth", "sts_expiration"), ("CloudSSO", "cloud_sso_access_token_expire")])
def test_a_moment_that_is_none_is_named(
    find: Callable[..., Credentials], configure: Callable[..., None], mode: str, name: str, moment: object
) -> None:
    """The field and its profile: the file was edited by hand, or by another version of the CLI."""
    fields = {"cloud_sso_sign_in_url": "https://x", "cloud_sso_account_id": "1", "cloud_sso_access_config": "c"}
    configure(_profile("p", mode, **fields, **{name: moment}))
    with pytest.raises(UsageError, match=f"{name} of profile 'p' is not a number"):
        find("p").get()


def test_a_program_that_no_system_can_run_is_named(
    find: Callable[..., Credentials], configure: Callable[..., None]
) -> None:
    """A NUL is no part of a path or an argument."""
    configure(_profile("p", "External", process_command="give\0keys"))
    with pytest.raises(UsageError, match="of profile p can't be run"):
        find("p").get()
