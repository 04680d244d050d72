"""Credentials and endpoints of Alibaba Cloud that are wrong."""

from __future__ import annotations

import json

from tests.contract.bad_input.world import BIND, STATUS, Break, Case, World, dead_port, setting

DEAD = "http://127.0.0.1:1/keys"
PROFILE = (*BIND, "--profile", "p")
SECRET = "carols-secret"
KEY = {"access_key_id": "LTAI5tNobodyHasThisKey00", "access_key_secret": SECRET}
ROLE = {**KEY, "mode": "RamRoleArn"}
ARN = "acs:ram::1234567890123456:role/nobody"
OIDC = {"mode": "OIDC", "ram_role_arn": ARN, "oidc_provider_arn": "acs:ram::1234567890123456:oidc-provider/ack"}
NAMES = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
RRSA = {
    "ALIBABA_CLOUD_ROLE_ARN": ARN,
    "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": OIDC["oidc_provider_arn"],
    "ALIBABA_CLOUD_OIDC_TOKEN_FILE": "/nowhere/token",
}
AGAIN = """echo '{"mode":"External"}'"""
SOON = ("--timeout", "1s")


def instead(**variables: str) -> Break:
    """Have these variables instead of an AccessKey, and no instance role."""

    def put(_world: World, environ: dict[str, str]) -> None:
        for name in NAMES:
            del environ[name]
        environ.update(variables, ALIBABA_CLOUD_ECS_METADATA_DISABLED="true")

    return put


def config(text: str | bytes) -> Break:
    """Have this file of the aliyun CLI instead of an AccessKey."""

    def put(world: World, environ: dict[str, str]) -> None:
        instead()(world, environ)
        world.write(".aliyun/config.json", text)

    return put


def profile(**fields: object) -> Break:
    """Have this profile, called p."""
    return config(json.dumps({"current": "p", "profiles": [{"name": "p", **fields}]}))


def refused_role(world: World, environ: dict[str, str]) -> None:
    own = dict(zip(("access_key_id", "access_key_secret"), (environ[name] for name in NAMES), strict=True))
    profile(**own, mode="RamRoleArn", ram_role_arn=ARN)(world, environ)


def a_folder(world: World, environ: dict[str, str]) -> None:
    instead()(world, environ)
    (world.home / ".aliyun" / "config.json").mkdir(parents=True)


def token(content: str | bytes) -> Break:
    """Have a profile with this OIDC token."""

    def put(world: World, environ: dict[str, str]) -> None:
        profile(**OIDC, oidc_token_file=str(world.write("token", content)))(world, environ)

    return put


def unset(name: str) -> Break:
    """Do without this variable."""

    def put(_world: World, environ: dict[str, str]) -> None:
        del environ[name]

    return put


no_credentials = instead()
wrong_secret = setting(ALIBABA_CLOUD_ACCESS_KEY_SECRET="not-the-secret-at-all")
unknown_key = setting(ALIBABA_CLOUD_ACCESS_KEY_ID="LTAI5tNobodyHasThisKey00")


def endpoint(url: str) -> Break:
    """Call the cloud there."""
    return setting(EIPCTL_ENDPOINT_URL=url)


def cloud_unreachable(_world: World, environ: dict[str, str]) -> None:
    environ["EIPCTL_ENDPOINT_URL"] = f"http://127.0.0.1:{dead_port()}"


def other_authority(world: World, environ: dict[str, str]) -> None:
    environ["EIPCTL_ENDPOINT_URL"] = world.sandbox.kube_url


def tls_to_plain_http(_world: World, environ: dict[str, str]) -> None:
    environ["EIPCTL_ENDPOINT_URL"] = environ["EIPCTL_ENDPOINT_URL"].replace("http:", "https:")


def dead_proxy(_world: World, environ: dict[str, str]) -> None:
    environ.update(EIPCTL_ENDPOINT_URL="https://gateway.invalid", HTTPS_PROXY=f"http://127.0.0.1:{dead_port()}")


odd_proxy = setting(EIPCTL_ENDPOINT_URL="https://gateway.invalid", HTTPS_PROXY="my proxy")


def answered(status: int, kind: str, body: bytes) -> Break:
    """Somebody else answers at the endpoint."""

    def put(world: World, environ: dict[str, str]) -> None:
        environ["EIPCTL_ENDPOINT_URL"] = world.answering(status, kind, body)

    return put


def wrong(name: str, breaks: Break, says: str, hint: str = "aliyun configure") -> Case:
    """A profile that ends as a wrong configuration."""
    return Case(name, PROFILE, 2, says, hint, breaks)


FILES = (
    wrong("no file of profiles", no_credentials, "config.json can't be read: No such file"),
    wrong("file of profiles that is a folder", a_folder, "config.json can't be read: Is a directory"),
    wrong("empty file of profiles", config(""), "is not JSON"),
    wrong("broken file of profiles", config('{"current":'), "is not JSON"),
    wrong("file of profiles that is no text", config(b"\xff\xfe\x00"), "is not JSON"),
    wrong("file of profiles that is a list", config("[]"), "is not a JSON object"),
    wrong("profiles that are a number", config('{"current":"p","profiles":5}'), "has no profile 'p'"),
    wrong("profile that is a word", config('{"current":"p","profiles":["p"]}'), "has no profile 'p'"),
    Case("broken file, no profile named", BIND, 2, "is not JSON", "aliyun configure", config("{")),
    Case("unknown profile", (*BIND, "--profile", "q"), 2, "no profile 'q'; it has p", "--profile", profile(**KEY)),
    Case("unknown current profile", BIND, 2, "no profile 'q'; it has none", "configure", config('{"current":"q"}')),
    Case("profile that is not there", (*BIND, "--profile", "prod"), 2, "config.json", "--profile"),
)

MODES = (
    wrong("profile without a key", profile(mode="AK"), "no access_key_id and no access_key_secret"),
    wrong(
        "key that is a mapping", profile(access_key_id={"a": SECRET}, access_key_secret=[SECRET]), "no access_key_id"
    ),
    wrong("StsToken without its token", profile(**KEY, mode="StsToken"), "has no sts_token"),
    wrong("unknown mode", profile(**KEY, mode="Magic"), "'Magic', which eipctl does not know", "RamRoleArn"),
    wrong(
        "mode that was given up", profile(**KEY, mode="RsaKeyPair"), "'RsaKeyPair', which Alibaba Cloud", "RamRoleArn"
    ),
    wrong("mode of a bearer", profile(mode="BearerToken", bearer_token="carols-secret"), "'BearerToken', and", "AK"),
    wrong("login that has ended", profile(mode="OAuth", oauth_site_type="CN"), "mode OAuth) has expired", "renew it"),
    wrong("CloudSSO without its address", profile(mode="CloudSSO"), "has no cloud_sso_sign_in_url"),
    wrong(
        "URI that is none", profile(mode="CredentialsURI", credentials_uri="http://10.0.0.1"), "neither https", "sts"
    ),
    wrong("no URI", profile(mode="CredentialsURI"), "has no credentials_uri"),
    wrong(
        "endpoint type of a profile", profile(**KEY, endpoint_type="moon"), "endpoint type 'moon' of profile p", "vpc"
    ),
    wrong(
        "program that is half a command", profile(mode="External", process_command="a 'b"), "is not a command", "sts"
    ),
    wrong("program that names itself", profile(mode="External", process_command=AGAIN), "External again"),
    wrong("mode that is a list", profile(**KEY, mode=["AK"]), "has mode 'list'", "RamRoleArn"),
    wrong("role without its ARN", profile(**ROLE), "has no ram_role_arn"),
    wrong("role for a word of time", profile(**ROLE, ram_role_arn=ARN, expired_seconds="soon"), "expired_seconds"),
    wrong("role that is refused", refused_role, f"{ARN} can't be assumed", "sts:AssumeRole"),
    wrong(
        "role of an unknown key", profile(**ROLE, ram_role_arn=ARN), "rejects the identity LTAI****ey00", "still valid"
    ),
    wrong("chain without its end", profile(mode="ChainableRamRoleArn", ram_role_arn=ARN), "has no source_profile"),
    wrong(
        "chain in a circle",
        profile(mode="ChainableRamRoleArn", ram_role_arn=ARN, source_profile="p"),
        "profiles p, p form a cycle",
    ),
    wrong("OIDC without its token", profile(**OIDC, oidc_token_file="/nowhere/t"), "/nowhere/t: No such file", "RRSA"),
    wrong("OIDC token that is none", token("bobs-token"), "This JWT is not valid", "still valid"),
    wrong("OIDC token that is no text", token(b"\xff\xfe"), "it is not a token", "RRSA"),
    wrong("program that is not there", profile(mode="External", process_command="no-such"), "'no-such'", "aliyun sts"),
    wrong("program that fails", profile(mode="External", process_command=f"ls {SECRET}"), "exit status", "aliyun sts"),
    Case(
        "program that hangs",
        (*PROFILE, *SOON),
        124,
        "--timeout of 1 s",
        "again",
        profile(mode="External", process_command="sleep 20"),
    ),
    wrong(
        "program that prints garbage",
        profile(mode="External", process_command=f"echo {SECRET}"),
        "not a JSON object",
        "sts",
    ),
)

ENVIRONMENT = (
    Case("no credentials", BIND, 2, "credentials", "ALIBABA_CLOUD_ACCESS_KEY_ID", no_credentials),
    Case("key without its secret", BIND, 2, "only one of", "set both or neither", unset(NAMES[1])),
    Case("secret without its key", BIND, 2, "only one of", "set both or neither", unset(NAMES[0])),
    Case("wrong secret", BIND, 2, "rejects", "--profile", wrong_secret),
    Case("unknown AccessKey", BIND, 2, "rejects", "--profile", unknown_key),
    Case("key not in ASCII", BIND, 2, "no AccessKey", "enter them again", setting(ALIBABA_CLOUD_ACCESS_KEY_ID="ключ")),
    Case("secret not in UTF-8", BIND, 2, NAMES[1], "retype", setting(ALIBABA_CLOUD_ACCESS_KEY_SECRET="a\udcff")),
    Case(
        "wrong STS token", BIND, 2, "SecurityToken", "still valid", setting(ALIBABA_CLOUD_SECURITY_TOKEN="bobs-token")
    ),
    Case("RRSA without its token", BIND, 2, "/nowhere/token: No such file", "RRSA", instead(**RRSA)),
    Case(
        "variable of an older tool", BIND, 2, "no Alibaba", "ALICLOUD_ACCESS_KEY is", instead(ALICLOUD_ACCESS_KEY="a")
    ),
    Case(
        "URI that nobody answers",
        BIND,
        2,
        "can't be reached",
        "its server is running",
        instead(ALIBABA_CLOUD_CREDENTIALS_URI=DEAD),
    ),
    Case(
        "endpoint type of nobody",
        BIND,
        2,
        "'moon' of the environment",
        "vpc",
        setting(ALIBABA_CLOUD_ENDPOINT_TYPE="moon"),
    ),
    Case("half of RRSA", BIND, 2, "no Alibaba Cloud cred", "RRSA", instead(ALIBABA_CLOUD_ROLE_ARN=ARN)),
    Case("impossible region in a variable", BIND, 2, "'x y'", "cn-hang", setting(ALIBABA_CLOUD_REGION_ID="x y")),
)

ENDPOINTS = (
    Case(
        "endpoint that is no URL", BIND, 2, "'gateway' is not an endpoint URL", "https://gateway", endpoint("gateway")
    ),
    Case(
        "endpoint of another kind",
        BIND,
        2,
        "'ftp://10.0.0.1' is not an endpoint",
        "https://",
        endpoint("ftp://10.0.0.1"),
    ),
    Case("endpoint with no port", BIND, 2, "not an endpoint URL", "https://", endpoint("http://127.0.0.1:port")),
    Case("endpoint with half an address", BIND, 2, "not an endpoint URL", "https://", endpoint("http://[::1")),
    Case("public endpoint in the clear", STATUS, 2, "unencrypted", "use https", endpoint("http://gateway.invalid")),
    Case(
        "endpoint with a query",
        BIND,
        2,
        "a user name, a query or a fragment",
        "https://",
        endpoint(f"https://gateway.invalid/?a={SECRET}"),
    ),
    Case(
        "endpoint with a fragment",
        BIND,
        2,
        "a user name, a query or a fragment",
        "https://",
        endpoint("https://gateway.invalid/#a"),
    ),
    Case(
        "endpoint with a user",
        BIND,
        2,
        "a user name, a query or a fragment",
        "https://",
        endpoint(f"https://u:{SECRET}@gateway.invalid"),
    ),
    Case("unreachable cloud", (*BIND, "--timeout", "30s"), 1, "can't be reached", "--endpoint-url", cloud_unreachable),
    Case("other authority at the endpoint", BIND, 1, "CERTIFICATE_VERIFY_FAILED", "CA_BUNDLE", other_authority),
    Case("TLS where there is none", BIND, 1, "WRONG_VERSION_NUMBER", "check the address", tls_to_plain_http),
    Case("dead proxy to the cloud", (*STATUS, *SOON), 124, "can't be reached", "again", dead_proxy),
    Case("proxy of no URL", STATUS, 2, "proxy for https", "HTTPS_PROXY", odd_proxy),
    Case(
        "page instead of an answer", (*BIND, *SOON), 124, "not JSON", "again", answered(200, "text/html", b"<p>hello")
    ),
    Case("page instead of an error", (*BIND, *SOON), 124, "<p>no", "again", answered(502, "text/html", b"<p>no")),
    Case("list for an answer", (*BIND, *SOON), 1, "not from Alibaba", "again", answered(200, "text/json", b"[]")),
    Case("nothing for an answer", (*STATUS, *SOON), 124, "truncated", "again", answered(200, "text/json", b"")),
)

CASES = (*FILES, *MODES, *ENVIRONMENT, *ENDPOINTS)
