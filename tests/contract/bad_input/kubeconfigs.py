"""Kubeconfigs that are wrong, and clusters that can't be reached with them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import yaml

from tests.contract.bad_input.world import BIND, STATUS, Break, Case, World, dead_port

if TYPE_CHECKING:
    from collections.abc import Callable

PLUGIN_API = "client.authentication.k8s.io/v1"
AUTHORITY = "certificate-authority-data"
STALE = "eyJh." + base64.urlsafe_b64encode(b'{"exp": 1000000000}').decode().rstrip("=") + ".bobs-token"
CREDENTIAL = f'"apiVersion":"{PLUGIN_API}","kind":"ExecCredential"'


def missing(_world: World, environ: dict[str, str]) -> None:
    del environ["KUBECONFIG"]


def a_folder(world: World, environ: dict[str, str]) -> None:
    environ["KUBECONFIG"] = str(world.home)


def unreachable(world: World, environ: dict[str, str]) -> None:
    world.edited_kubeconfig(environ, world.sandbox.kube_url, f"https://127.0.0.1:{dead_port()}")


def wrong_token(world: World, environ: dict[str, str]) -> None:
    world.edited_kubeconfig(environ, world.sandbox.record.kube_token, "nobodys-token")


def dead_proxy(world: World, environ: dict[str, str]) -> None:
    cluster(**{"proxy-url": f"http://127.0.0.1:{dead_port()}"})(world, environ)


def text(content: str | bytes) -> Break:
    """Have this file."""
    return lambda world, environ: world.kubeconfig(environ, content)


def edited(edit: Callable[[dict[str, Any]], object]) -> Break:
    """Have the sandbox's, with this done to it."""

    def put(world: World, environ: dict[str, str]) -> None:
        found = yaml.safe_load(world.sandbox.kubeconfig.read_text("utf-8"))
        edit(found)
        world.kubeconfig(environ, yaml.safe_dump(found))

    return put


def without(key: str) -> Break:
    """Have it without this."""
    return edited(lambda config: config.pop(key))


def cluster(**keys: object) -> Break:
    """Have these in the cluster's entry; what is None is taken out."""

    def edit(config: dict[str, Any]) -> None:
        entry = {**config["clusters"][0]["cluster"], **keys}
        config["clusters"][0]["cluster"] = {key: value for key, value in entry.items() if value is not None}

    return edited(edit)


def user(**keys: object) -> Break:
    """Have these and nothing else in the user's entry."""
    return edited(lambda config: config["users"][0].update(user=keys))


def plugin(script: str, mode: int = 0o755) -> Break:
    """Have the user's credentials from this command."""

    def put(world: World, environ: dict[str, str]) -> None:
        path = world.write("plugin", f"#!/bin/sh\n{script}\n")
        path.chmod(mode)
        user(exec={"apiVersion": PLUGIN_API, "command": str(path), "interactiveMode": "Never"})(world, environ)

    return put


def answering(status: str) -> Break:
    """Have the command answer this."""
    return plugin(f"echo '{{{CREDENTIAL},\"status\":{status}}}'")


def wrong(name: str, breaks: Break, says: str, hint: str = "kubectl config view") -> Case:
    """One that ends as a wrong configuration."""
    return Case(name, BIND, 2, says, hint, breaks)


FILES = (
    wrong("no kubeconfig", missing, "there is no kubeconfig", "--kubeconfig"),
    Case("no kubeconfig, status", STATUS, 2, "there is no kubeconfig", "--kubeconfig", missing),
    Case("kubeconfig that is not there", (*BIND, "--kubeconfig", "nowhere"), 2, "nowhere", "--kubeconfig"),
    Case("kubeconfig that is a folder", (*BIND, "--kubeconfig", "."), 2, "Is a directory", "config view"),
    wrong("KUBECONFIG that is a folder", a_folder, "it can't be read: Is a directory"),
    wrong("empty kubeconfig", text(""), "it has no context"),
    wrong("kubeconfig that is a list", text("[]"), "is not a mapping"),
    wrong("broken kubeconfig", text("clusters: ["), "is not YAML (line "),
    wrong("tabs in a kubeconfig", text("a:\n\tb: c"), "is not YAML (line 2)"),
    wrong("kubeconfig that is no text", text(b"\x00\xff\xfe\x80"), "it is not YAML"),
)

CONTEXTS = (
    Case("wrong context", (*BIND, "--context", "prod"), 2, "'prod'", "eipctl-sandbox"),
    wrong("no context", text("apiVersion: v1\nkind: Config\ncontexts: []"), "it has no context"),
    wrong("contexts that are no list", edited(lambda config: config.update(contexts={"a": 1})), "`$.contexts`"),
    wrong("no current context", without("current-context"), "no current context", "eipctl-sandbox"),
    wrong(
        "current context is gone", edited(lambda config: config.update({"current-context": "gone"})), "'gone'", "eip"
    ),
    wrong("context without its cluster", without("clusters"), "names cluster 'eipctl-sandbox', which does not exist"),
    wrong("context without its user", without("users"), "names user 'eipctl-sandbox', which does not exist"),
)

SERVERS = (
    Case("unreachable cluster", BIND, 1, "can't be reached", "readyz", unreachable),
    Case("dead proxy to the cluster", BIND, 1, "the proxy refuses the connection", "readyz", dead_proxy),
    Case("unknown host", BIND, 1, "can't be resolved", "readyz", cluster(server="https://nohost.invalid:6443")),
    Case("other authority", BIND, 1, "not trusted", "readyz", cluster(**{AUTHORITY: None})),
    wrong("no server", cluster(server=None), "has no server"),
    wrong("server that is a number", cluster(server=5), "Expected `str`, got `int`"),
    wrong("server that is no URL", cluster(server="my cluster"), "server of context 'eipctl-sandbox' is not a URL"),
    wrong("impossible port", cluster(server="https://10.0.0.1:99999"), "is not a URL"),
    wrong("unencrypted server", cluster(server="http://k8s.example.com:6443"), "only https is allowed", "server"),
    wrong("proxy that is no URL", cluster(**{"proxy-url": "my proxy"}), "proxy-url of context"),
    wrong("proxy of another kind", cluster(**{"proxy-url": "ftp://10.0.0.1"}), "proxy-url of context"),
    wrong("authority and no check", cluster(**{"insecure-skip-tls-verify": True}), "insecure-skip-tls-verify"),
    wrong("unknown field of a cluster", cluster(**{"proxy-chain": "x"}), "the field proxy-chain, which eipctl"),
    wrong("authority that is none", cluster(**{AUTHORITY: "bm90"}), "authority of context"),
    wrong("authority not in Base64", cluster(**{AUTHORITY: "%%%"}), "Invalid base64"),
    wrong("no authority file", cluster(**{AUTHORITY: None, "certificate-authority": "/nowhere/ca.crt"}), "/nowhere/ca"),
)

USERS = (
    Case("wrong token", BIND, 1, "doesn't accept the credentials", "auth whoami", wrong_token),
    Case("no token", BIND, 1, "doesn't accept the credentials", "auth whoami", user(token="")),
    Case("only a password", BIND, 1, "doesn't accept", "auth whoami", user(username="bob", password="bobs-token")),
    wrong("token of two lines", user(token="bobs-token\nb"), "not allowed in a token", "log in again"),
    wrong("token not in ASCII", user(token="пароль"), "not allowed in a token", "log in again"),
    wrong("no token file", user(tokenFile="/nowhere/token"), "/nowhere/token, which can't be read: No such file"),
    wrong("no certificate file", user(**{"client-certificate": "/nowhere/c", "client-key": "k"}), "/nowhere/c"),
    wrong(
        "certificate that is none", user(**{"client-certificate-data": "eA==", "client-key-data": "eA=="}), "its key"
    ),
    wrong("token and password", user(token="bobs-token", username="bob"), "a token and a password"),
    wrong("groups without a user", user(token="bobs-token", **{"as-groups": ["a"]}), "without a user to impersonate"),
    wrong("unknown field of a user", user(token="bobs-token", **{"as-team": "x"}), "the field as-team, which eipctl"),
    wrong("empty token file", user(tokenFile="/dev/null"), "/dev/null, which is empty"),
    Case("token that has expired", BIND, 1, "the token expired at 2001-09-09T01:46:40Z", "whoami", user(token=STALE)),
    Case("impersonation of nobody", (*BIND, "--as-group", "a"), 2, "without a user to impersonate", "config view"),
    Case(
        "extra field without a value",
        (*BIND, "--as", "a", "--as-user-extra", "b"),
        2,
        "'b' is not a valid KEY",
        "--help",
    ),
    wrong("obsolete provider", user(**{"auth-provider": {"name": "gcp"}}), "auth-provider 'gcp'"),
)

PLUGINS = (
    wrong(
        "no plugin",
        user(exec={"apiVersion": PLUGIN_API, "command": "no-such", "interactiveMode": "Never"}),
        "'no-such' that",
        "install it",
    ),
    wrong("plugin without a name", user(exec={"apiVersion": PLUGIN_API}), "exec without a command"),
    wrong("plugin that is not a mapping", user(exec="plugin"), "Expected `object"),
    wrong("plugin that may not run", plugin("", mode=0o644), "Permission denied", "install it"),
    wrong("plugin that fails", plugin("echo go and log in >&2; exit 3"), "code 3: go and log in", "auth whoami"),
    wrong(
        "plugin that fails and says a token", plugin("echo 'token=bobs-token' >&2; exit 3"), "code 3: ****", "whoami"
    ),
    wrong("plugin of an old version", user(exec={"apiVersion": "v1", "command": "x"}), "with apiVersion 'v1'"),
    wrong("plugin without a mode", user(exec={"apiVersion": PLUGIN_API, "command": "x"}), "interactiveMode ''"),
    wrong("plugin that prints garbage", plugin("echo bobs-token"), "not an ExecCredential", "auth whoami"),
    wrong("plugin that prints another kind", plugin("""echo '{"kind":"Pod"}'"""), "not an ExecCredential", "whoami"),
    wrong("plugin without a token", answering("{}"), "neither a token nor a certificate", "auth whoami"),
    wrong(
        "plugin with an odd date", answering('{"token":"bobs-token","expirationTimestamp":"soon"}'), "not a time", ""
    ),
    Case("plugin with a wrong token", BIND, 1, "doesn't accept", "whoami", answering('{"token":"nobodys-token"}')),
    Case(
        "plugin that hangs", (*BIND, "--timeout", "300ms"), 124, "--timeout of 0.3 s", "again", plugin("exec sleep 60")
    ),
)

CASES = (*FILES, *CONTEXTS, *SERVERS, *USERS, *PLUGINS)
