"""Where a secret can be: one that is easy to recognise, put into every source of credentials in turn."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

from tests.contract.bad_input import kubeconfigs, profiles
from tests.contract.bad_input.world import Break, World, dead_port, setting
from tests.contract.bad_input.worlds import eni_conf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SENTINEL = "S3ntinel+Keep/This=Yourself"
KEY_ID = "LTAI5tSentinelsOwnKey001"
ROLE = "acs:ram::1234567890123456:role/sentinel"
SECRET, TOKEN = "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"


def forms(secret: str) -> Iterator[str]:
    """As it may be told: plain, encoded for a URL once and twice, in Base64, as JSON and repr write it."""
    once = quote(secret, safe="")
    yield from (secret, once, quote(once, safe=""), quote_plus(secret), quote(secret))
    yield base64.b64encode(secret.encode()).decode()
    yield base64.b64encode(f"bob:{secret}".encode()).decode()


@dataclass(frozen=True)
class Source:
    """Where the secret is; `works` when a command can do its work with it."""

    name: str
    puts: Break
    works: bool = False


def own_key(world: World) -> dict[str, str]:
    """A key that may everything the operator may, with the sentinel for its secret."""
    operator = world.sandbox.cloud.state.users["operator"]
    policies = tuple(name.partition("/")[2] for name in operator.policies)
    world.sandbox.cloud.add_access_key(KEY_ID, SENTINEL, user="sentinel", policies=policies)
    return {"access_key_id": KEY_ID, "access_key_secret": SENTINEL}


def right_secret(world: World, environ: dict[str, str]) -> None:
    key = own_key(world)
    environ.update(ALIBABA_CLOUD_ACCESS_KEY_ID=key["access_key_id"], ALIBABA_CLOUD_ACCESS_KEY_SECRET=SENTINEL)


def of_own_key(make: Callable[[dict[str, str]], Break]) -> Break:
    """What needs the key's fields."""
    return lambda world, environ: make(own_key(world))(world, environ)


def program(world: World, environ: dict[str, str]) -> None:
    answer = json.dumps({"mode": "AK", **own_key(world)})
    path = world.write("program", f"#!/bin/sh\necho '{SENTINEL}' >&2\necho '{answer}'\n")
    path.chmod(0o755)
    profiles.profile(mode="External", process_command=str(path))(world, environ)


def failing_program(world: World, environ: dict[str, str]) -> None:
    path = world.write("program", f"#!/bin/sh\necho '{SENTINEL}' >&2\nexit 3\n")
    path.chmod(0o755)
    profiles.profile(mode="External", process_command=str(path))(world, environ)


def kube_token(world: World, environ: dict[str, str]) -> None:
    world.sandbox.put_token(SENTINEL, "operator", ("system:masters",))
    kubeconfigs.user(token=SENTINEL)(world, environ)


def plugin_token(world: World, environ: dict[str, str]) -> None:
    world.sandbox.put_token(SENTINEL, "operator", ("system:masters",))
    status = json.dumps({"token": SENTINEL, "expirationTimestamp": "2020-01-01T00:00:00Z"})
    answer = f'{{{kubeconfigs.CREDENTIAL},"status":{status}}}'
    kubeconfigs.plugin(f"echo '{SENTINEL}' >&2; echo '{answer}'")(world, environ)


def plugin_variable(world: World, environ: dict[str, str]) -> None:
    variables = [{"name": "SECRET", "value": SENTINEL}]
    section = {"apiVersion": kubeconfigs.PLUGIN_API, "command": "no-such", "args": [SENTINEL], "env": variables}
    kubeconfigs.user(exec=section)(world, environ)


def url(host: str) -> str:
    """With the sentinel for its password."""
    return f"http://bob:{quote(SENTINEL, safe='')}@{host}"


def server_password(world: World, environ: dict[str, str]) -> None:
    kubeconfigs.cluster(server=url("127.0.0.1:6443"))(world, environ)


def kube_proxy(world: World, environ: dict[str, str]) -> None:
    kubeconfigs.cluster(**{"proxy-url": url(f"127.0.0.1:{dead_port()}")})(world, environ)


def cloud_proxy(_world: World, environ: dict[str, str]) -> None:
    environ.update(EIPCTL_ENDPOINT_URL="https://gateway.invalid", HTTPS_PROXY=url(f"127.0.0.1:{dead_port()}"))


def entry(config: dict[str, Any]) -> None:
    """The loader quotes a user whose inner mapping is missing."""
    config["users"][0] = {"name": config["users"][0]["name"], "token": SENTINEL}


BASE64 = base64.b64encode(SENTINEL.encode()).decode()

SOURCES = (
    Source("wrong secret in the environment", setting(**{SECRET: SENTINEL})),
    Source("right secret in the environment", right_secret, works=True),
    Source("STS token in the environment", setting(**{TOKEN: SENTINEL})),
    Source("wrong secret of a profile", profiles.profile(access_key_id=KEY_ID, access_key_secret=SENTINEL)),
    Source("right secret of a profile", of_own_key(lambda key: profiles.profile(**key)), works=True),
    Source(
        "STS token of a profile",
        of_own_key(lambda key: profiles.profile(**key, mode="StsToken", sts_token=SENTINEL)),
    ),
    Source("role of a profile", of_own_key(lambda key: profiles.profile(**key, mode="RamRoleArn", ram_role_arn=ROLE))),
    Source("secret in a list", profiles.profile(access_key_id=[SENTINEL], access_key_secret=[SENTINEL])),
    Source("file of profiles that is cut off", profiles.config(f'{{"access_key_secret": "{SENTINEL}')),
    Source("OIDC token of a profile", profiles.token(SENTINEL)),
    Source("program", program, works=True),
    Source("program that fails", failing_program),
    Source("program that prints garbage", profiles.profile(mode="External", process_command=f"echo {SENTINEL}")),
    Source("token of the kubeconfig", kube_token, works=True),
    Source("wrong token of the kubeconfig", kubeconfigs.user(token=f"{SENTINEL}!")),
    Source("token of two lines", kubeconfigs.user(token=f"{SENTINEL}\nb")),
    Source("password of the kubeconfig", kubeconfigs.user(username="bob", password=SENTINEL)),
    Source("client key", kubeconfigs.user(**{"client-certificate-data": "eA==", "client-key-data": BASE64})),
    Source("client certificate", kubeconfigs.user(**{"client-certificate-data": BASE64, "client-key-data": BASE64})),
    Source("token in a wrong place", kubeconfigs.edited(entry)),
    Source("kubeconfig that is cut off", kubeconfigs.text(f"users: [{{token: {SENTINEL}")),
    Source("plugin's token", plugin_token, works=True),
    Source("plugin that fails", kubeconfigs.plugin(f"echo {SENTINEL}; echo {SENTINEL} >&2; exit 3")),
    Source("plugin that prints garbage", kubeconfigs.plugin(f"echo {SENTINEL}")),
    Source("plugin's variable", plugin_variable),
    Source("password of the server", server_password),
    Source("password of the cluster's proxy", kube_proxy),
    Source("password of the proxy", cloud_proxy),
    Source("password of the endpoint", setting(EIPCTL_ENDPOINT_URL=f"https://bob:{SENTINEL}@gateway.invalid")),
    Source("query of the endpoint", setting(EIPCTL_ENDPOINT_URL=f"https://gateway.invalid/?token={SENTINEL}")),
    Source(
        "secret of eni_conf",
        eni_conf(json.dumps({"version": "1", "access_key": KEY_ID, "access_secret": SENTINEL})),
        works=True,
    ),
    Source("eni_conf that is cut off", eni_conf(f'{{"access_key": "{KEY_ID}", "access_secret": "{SENTINEL}')),
)
