"""Kubeconfigs and environments, each for a stock kubectl and for eipctl.

A row says how it ends: ``ok``, ``401``, ``403``, ``proxy`` (no further than a proxy) or ``nothing`` (nobody was asked).
That both clients end so, over the same way and as the same caller, is what the test compares. ``$NAME``: see `place`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

V1, BETA = "client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"
ROBOT = "system:serviceaccount:default:read-only"
MASTERS = {"as": "jane", "as-groups": ["system:masters"]}


@dataclass(frozen=True)
class Row:
    """`files` by name, `environ` and `words` for both clients; `says` must be in what eipctl says."""

    name: str
    ends: str
    files: Mapping[str, str | bytes]
    environ: Mapping[str, str] = field(default_factory=dict)
    words: tuple[str, ...] = ()
    says: str = ""
    cwd: str = ""
    alike: bool = True
    """Whether kubectl ends so, too; where it does not, `name` says why eipctl is stricter."""


def config(
    user: Mapping[str, Any] | None = None, cluster: Mapping[str, Any] | None = None, **context: Any
) -> dict[str, Any]:
    """One context; what is None is left out."""
    cluster = {"server": "$SERVER", "certificate-authority-data": "$CA", **(cluster or {})}
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "ops",
        "clusters": [{"name": "c", "cluster": {key: value for key, value in cluster.items() if value is not None}}],
        "users": [{"name": "u", "user": {"token": "$TOKEN"} if user is None else user}],
        "contexts": [{"name": "ops", "context": {"cluster": "c", "user": "u", **context}}],
    }


def row(
    name: str,
    ends: str,
    user: Mapping[str, Any] | None = None,
    cluster: Mapping[str, Any] | None = None,
    files: Mapping[str, str | bytes] | None = None,
    **more: Any,
) -> Row:
    """One with a kubeconfig in a file called `config`."""
    return Row(name, ends, {"config": json.dumps(config(user, cluster)), **(files or {})}, **more)


def text(name: str, ends: str, content: str | bytes, **more: Any) -> Row:
    """One with this for a kubeconfig."""
    return Row(name, ends, {"config": content}, **more)


def merged(name: str, ends: str, first: str | bytes, *others: str | bytes, **more: Any) -> Row:
    """One with a list of files in KUBECONFIG."""
    files = {f"file{number}": content for number, content in enumerate((first, *others))}
    return Row(name, ends, files, {"KUBECONFIG": ":".join(f"$HOME/{file}" for file in files)}, **more)


def plugin(status: Mapping[str, str], *, version: str = V1, before: str = "", after: str = "") -> str:
    """A script that answers so."""
    answer = json.dumps({"apiVersion": version, "kind": "ExecCredential", "status": status})
    return f"#!/bin/sh\n{before}\ncat <<'P'\n{answer}\nP\n{after}\n"


def runs(command: str = "$HOME/plugin", version: str = V1, **more: Any) -> dict[str, Any]:
    """A user whose credentials come from this command."""
    return {"exec": {"apiVersion": version, "command": command, "interactiveMode": "Never", **more}}


def by_plugin(name: str, ends: str, script: str, user: Mapping[str, Any] | None = None, **more: Any) -> Row:
    """One whose user's credentials come from this script."""
    return row(name, ends, runs() if user is None else user, files={"plugin": script}, **more)


def through(name: str, ends: str, server: str, **more: Any) -> Row:
    """One that reaches its server as the environment says."""
    return row(name, ends, None, {"server": server}, **more)


GOOD = json.dumps(config())
YAML = """apiVersion: v1
kind: Config
current-context: ops
clusters:
- name: c
  cluster: {server: "$SERVER", certificate-authority-data: "$CA"}
users:
- {name: u, user: {token: "$TOKEN"}}
contexts:
- {name: ops, context: {cluster: c, user: u}}
"""
CERT = {"client-certificate-data": "$CLIENT_CRT", "client-key-data": "$CLIENT_KEY"}
OLD = {"client-certificate-data": "$EXPIRED_CRT", "client-key-data": "$EXPIRED_KEY"}
FILES = {"client-certificate": "$HERE/client.crt", "client-key": "$HERE/client.key"}
BOTH = {"clientCertificateData": "@CLIENT_CRT", "clientKeyData": "@CLIENT_KEY"}

IMPERSONATION = (
    row("as", "403", {"token": "$TOKEN", "as": ROBOT}, says=ROBOT),
    row("as with groups", "ok", {"token": "$TOKEN", **MASTERS}),
    row("as with a uid", "ok", {"token": "$TOKEN", **MASTERS, "as-uid": "4711"}),
    row("as with extra", "ok", {"token": "$TOKEN", **MASTERS, "as-user-extra": {"Scope/A b": ["x", "y"], "r": ["z"]}}),
    row("as with a certificate", "403", {**CERT, "as": ROBOT}),
    row("as with a user name in UTF-8", "403", {"token": "$TOKEN", "as": "grüße"}),
    row(
        "groups without a user",
        "nothing",
        {"token": "$TOKEN", "as-groups": ["a"]},
        says="without a user to impersonate",
    ),
    row("a uid without a user", "nothing", {"token": "$TOKEN", "as-uid": "1"}, says="without a user to impersonate"),
    row("as with a line end", "nothing", {"token": "$TOKEN", "as": "a\nb"}, says="control characters"),
    row("as with a folded line", "nothing", {"token": "$TOKEN", "as": "a\n b"}, says="control characters"),
    row(
        "extra with a line end",
        "nothing",
        {"token": "$TOKEN", **MASTERS, "as-user-extra": {"a": ["x\r\nb: c"]}},
        says="control characters",
    ),
    row("extra with a key of any kind", "ok", {"token": "$TOKEN", **MASTERS, "as-user-extra": {"a\nb ü%": ["x"]}}),
    row("--as", "403", words=("--as", ROBOT)),
    row("--as over as", "403", {"token": "$TOKEN", **MASTERS}, words=("--as", ROBOT, "--as-group", "nobodies")),
    row("--as-group", "ok", words=("--as", "jane", "--as-group", "a", "--as-group", "system:masters")),
    row("--as keeps the groups of the kubeconfig", "ok", {"token": "$TOKEN", **MASTERS}, words=("--as", "joe")),
    row("--as-uid", "ok", words=("--as", "jane", "--as-uid", "5", "--as-group", "system:masters")),
    row("--as-group alone", "nothing", words=("--as-group", "a"), says="without a user to impersonate"),
    by_plugin("as with a plugin", "403", plugin({"token": "$TOKEN"}), {**runs(), "as": ROBOT}),
    row(
        "a field that nobody knows is refused by eipctl: kubectl drops it",
        "nothing",
        {"token": "$TOKEN", "as-tenant": "red"},
        says="field as-tenant",
        alike=False,
    ),
    row(
        "a field of the cluster that nobody knows is refused by eipctl: kubectl drops it",
        "nothing",
        None,
        {"proxy-chain": "a,b"},
        says="field proxy-chain",
        alike=False,
    ),
    text(
        "a field in the wrong place is refused by eipctl: kubectl drops it",
        "nothing",
        YAML.replace("{name: u,", "{name: u, as: nobody,"),
        says="field as",
        alike=False,
    ),
)

TOKENS = (
    row("token", "ok"),
    row("wrong token", "401", {"token": "not-good"}, says="doesn't accept the credentials"),
    row("token of digits in JSON", "nothing", {"token": 123}, says="Expected `str`, got `int`"),
    row("tokenFile", "ok", {"tokenFile": "$HOME/token"}, files={"token": "$TOKEN\n"}),
    row("relative tokenFile", "ok", {"tokenFile": "token"}, files={"token": "$TOKEN"}, cwd="elsewhere"),
    row("token and tokenFile", "ok", {"token": "old", "tokenFile": "$HOME/token"}, files={"token": "$OTHER"}),
    row("token and no tokenFile there", "ok", {"token": "$TOKEN", "tokenFile": "/nowhere/token"}),
    row("no tokenFile there", "nothing", {"tokenFile": "/nowhere/token"}, says="/nowhere/token"),
    row("empty tokenFile", "nothing", {"tokenFile": "$HOME/token"}, files={"token": "\n"}, says="is empty"),
    row("password", "ok", {"username": "bob", "password": "s:cret"}),
    row("wrong password", "401", {"username": "bob", "password": "x"}),
    row("token and password", "nothing", {"token": "$TOKEN", "username": "bob", "password": "x"}, says="only one is"),
    row("obsolete provider", "nothing", {"auth-provider": {"name": "gcp", "config": {}}}, says="obsolete"),
)

CERTIFICATES = (
    row("certificate", "ok", CERT),
    row("certificate in files", "ok", FILES),
    row(
        "certificate in relative files",
        "ok",
        {"client-certificate": "c.crt", "client-key": "c.key"},
        files={"c.crt": "@CLIENT_CRT", "c.key": "@CLIENT_KEY"},
        cwd="elsewhere",
    ),
    row("certificate and token", "ok", {**CERT, "token": "$TOKEN"}),
    row("certificate and wrong token", "401", {**CERT, "token": "not-good"}),
    row("expired certificate", "401", OLD, says="the client certificate in the kubeconfig expired at"),
    row("certificate without a key", "nothing", {"client-certificate-data": "$CLIENT_CRT"}, says="without its key"),
    row("key of another certificate", "nothing", {**CERT, "client-key-data": "$EXPIRED_KEY"}, says="and its key"),
    row("key with a password", "nothing", {**CERT, "client-key-data": "$LOCKED"}, says="and its key"),
    row("certificate twice", "nothing", {**CERT, "client-certificate": "$HERE/client.crt"}, says="only one is allowed"),
    row("no certificate there", "nothing", {**FILES, "client-certificate": "/nowhere/c"}, says="/nowhere/c"),
    row("no key there", "nothing", {**FILES, "client-key": "/nowhere/k"}, says="/nowhere/k"),
)

PLUGINS = (
    by_plugin("plugin", "ok", plugin({"token": "$TOKEN"})),
    by_plugin("plugin of v1beta1", "ok", plugin({"token": "$TOKEN"}, version=BETA), runs(version=BETA)),
    by_plugin("plugin with a certificate", "ok", plugin(BOTH)),
    by_plugin("plugin with both", "ok", plugin({"token": "$TOKEN", **BOTH})),
    by_plugin("plugin and token", "ok", plugin({"token": "not-good"}), {**runs(), "token": "$TOKEN"}),
    by_plugin("plugin and certificate", "ok", plugin({"token": "not-good"}), {**runs(), **CERT}),
    by_plugin("plugin beside the kubeconfig", "ok", plugin({"token": "$TOKEN"}), runs("./plugin"), cwd="elsewhere"),
    by_plugin(
        "plugin that starts in the working directory",
        "ok",
        plugin({"token": "$TOKEN"}, before="test $(basename $PWD) = elsewhere || exit 1"),
        cwd="elsewhere",
    ),
    by_plugin("plugin that fails", "nothing", "#!/bin/sh\necho go to login >&2; exit 3", says="go to login"),
    by_plugin("plugin with half a certificate", "nothing", plugin({"clientKeyData": "x"}), says="but not both"),
    by_plugin("plugin with another version", "nothing", plugin({"token": "$TOKEN"}, version=BETA), says="v1beta1"),
    by_plugin(
        "plugin of v1alpha1", "nothing", "", runs(version="client.authentication.k8s.io/v1alpha1"), says="v1alpha1"
    ),
    by_plugin("plugin without a mode", "nothing", "", runs(interactiveMode=""), says="interactiveMode"),
    by_plugin(
        "plugin that always asks",
        "nothing",
        plugin({"token": "$TOKEN"}),
        runs(interactiveMode="Always"),
        says="needs a terminal",
    ),
    by_plugin(
        "plugin and provider",
        "nothing",
        "",
        {**runs(), "auth-provider": {"name": "oidc", "config": {}}},
        says="only one",
    ),
    row("no plugin there", "nothing", runs("no-such-plugin"), says="no-such-plugin"),
)

SERVERS = (
    row("two authorities", "ok", None, {"certificate-authority-data": "$CAS"}),
    row(
        "authority in a file", "ok", None, {"certificate-authority-data": None, "certificate-authority": "$HERE/ca.crt"}
    ),
    row(
        "authority in a relative file",
        "ok",
        None,
        {"certificate-authority-data": None, "certificate-authority": "sub/ca"},
        files={"sub/ca": "@CA"},
        cwd="elsewhere",
    ),
    row("authority twice", "nothing", None, {"certificate-authority": "$HERE/ca.crt"}, says="only one is allowed"),
    row(
        "authority in no file",
        "nothing",
        None,
        {"certificate-authority-data": None, "certificate-authority": "/no"},
        says="/no",
    ),
    row("authority that is none", "nothing", None, {"certificate-authority-data": "bm90"}, says="is not a certificate"),
    row("strange authority", "nothing", None, {"certificate-authority-data": "$STRANGE"}, says="is not trusted"),
    row("no authority", "nothing", None, {"certificate-authority-data": None}, says="is not trusted"),
    row(
        "authority from the system",
        "ok",
        None,
        {"certificate-authority-data": None},
        environ={"SSL_CERT_FILE": "$HERE/ca.crt"},
    ),
    row("certificate that vouches for itself", "ok", None, {"server": "$ALONE", "certificate-authority-data": "$OWN"}),
    row("not verified", "ok", None, {"certificate-authority-data": None, "insecure-skip-tls-verify": True}),
    row(
        "not verified, with a certificate",
        "ok",
        CERT,
        {"certificate-authority-data": None, "insecure-skip-tls-verify": True},
    ),
    row("verified and not", "nothing", None, {"insecure-skip-tls-verify": True}, says="insecure-skip-tls-verify"),
    row("another name", "nothing", None, {"server": "$NAMED"}, says="TLS failed"),
    row("tls-server-name", "ok", None, {"server": "$NAMED", "tls-server-name": "only.by.name"}),
    row("tls-server-name that is all dots", "nothing", None, {"tls-server-name": "a..b"}, says="tls-server-name"),
    row("tls-server-name with a blank", "nothing", None, {"tls-server-name": "a b"}, says="tls-server-name"),
    row("wrong tls-server-name", "nothing", None, {"tls-server-name": "other.name"}, says="TLS failed"),
    row("IPv6", "ok", None, {"server": "$SIX"}),
    row("a path", "ok", None, {"server": "$SERVER/prefix/"}),
    row("not compressed", "ok", None, {"disable-compression": True}),
    row("nobody there", "nothing", None, {"server": "https://$DEAD"}, says="can't be reached"),
    row("plain http shows nothing", "nothing", None, {"server": "http://$DEAD"}, says="can't be reached"),
    row("no server", "nothing", None, {"server": None}, says="no server"),
)

FAR, IP = "https://api.internal:$PORT", "https://0.0.0.0:$PORT"
OPEN, SHUT = {"HTTPS_PROXY": "http://$OPEN"}, {"HTTPS_PROXY": "http://$DEAD"}

PROXIES = (
    row("proxy", "ok", None, {"proxy-url": "http://$OPEN"}),
    row("proxy with a login", "ok", None, {"proxy-url": "http://who:secret@$PROXY"}),
    row(
        "proxy with an odd login", "ok", None, {"proxy-url": "http://who%40corp:s%3Acret%2F%25%E5%AF%86%E7%A0%81@$HARD"}
    ),
    row("proxy with a login without a user", "ok", None, {"proxy-url": "http://:secret@$NOBODY"}),
    row("proxy without its login", "proxy", None, {"proxy-url": "http://$PROXY"}, says="requires a valid login"),
    row("proxy with a wrong login", "proxy", None, {"proxy-url": "http://who:x@$PROXY"}, says="requires a valid login"),
    row("proxy with TLS", "ok", None, {"proxy-url": "https://$TLS"}),
    row("dead proxy", "nothing", None, {"proxy-url": "http://$DEAD"}, says="proxy"),
    row("SOCKS", "ok", None, {"proxy-url": "socks5://$SOCKS"}),
    row("SOCKS resolves names", "ok", None, {"server": FAR, "proxy-url": "socks5://$SOCKS"}),
    row("SOCKS with a login", "ok", None, {"proxy-url": "socks5://who:secret@$SAFE"}),
    row("SOCKS without its login", "proxy", None, {"proxy-url": "socks5://$SAFE"}, says="proxy"),
    row("proxy of another kind", "nothing", None, {"proxy-url": "ftp://127.0.0.1:1"}, says="proxy-url"),
    row("proxy that is no URL", "nothing", None, {"proxy-url": "my proxy"}, says="proxy-url"),
    row("proxy-url before NO_PROXY", "ok", None, {"proxy-url": "http://$OPEN"}, environ={"NO_PROXY": "*"}),
    row(
        "proxy-url before HTTPS_PROXY",
        "ok",
        None,
        {"server": FAR, "proxy-url": "http://$OPEN"},
        environ={"HTTPS_PROXY": "http://$DEAD"},
    ),
    through("HTTPS_PROXY", "ok", FAR, environ=OPEN),
    through("https_proxy", "ok", FAR, environ={"https_proxy": "http://$OPEN"}),
    through("HTTPS_PROXY before https_proxy", "ok", FAR, environ={**OPEN, "https_proxy": "http://$DEAD"}),
    through("HTTPS_PROXY without a scheme", "ok", FAR, environ={"HTTPS_PROXY": "$OPEN"}),
    through("HTTPS_PROXY with a login", "ok", FAR, environ={"HTTPS_PROXY": "http://who:secret@$PROXY"}),
    through("HTTPS_PROXY that is SOCKS", "ok", FAR, environ={"HTTPS_PROXY": "socks5://$SOCKS"}),
    through("HTTPS_PROXY that is SOCKS, h", "ok", FAR, environ={"HTTPS_PROXY": "socks5h://$SOCKS"}),
    through("HTTP_PROXY is not for https", "ok", IP, environ={"HTTP_PROXY": "http://$DEAD"}),
    through("ALL_PROXY is not read", "ok", IP, environ={"ALL_PROXY": "http://$DEAD", "all_proxy": "http://$DEAD"}),
    through("loopback is never proxied", "ok", "$SERVER", environ={"HTTPS_PROXY": "http://$DEAD"}),
    through("localhost is never proxied", "ok", "https://localhost:$PORT", environ={"HTTPS_PROXY": "http://$DEAD"}),
    through("an address is proxied", "ok", IP, environ=OPEN),
    through("NO_PROXY with the address", "ok", IP, environ={**OPEN, "NO_PROXY": "10.0.0.1, 0.0.0.0"}),
    through("no_proxy with the address", "ok", IP, environ={**OPEN, "no_proxy": "0.0.0.0"}),
    through("NO_PROXY with a network", "ok", IP, environ={**OPEN, "NO_PROXY": "0.0.0.0/8"}),
    through("NO_PROXY with another network", "ok", IP, environ={**OPEN, "NO_PROXY": "10.0.0.0/8"}),
    through("NO_PROXY with the port", "ok", IP, environ={**OPEN, "NO_PROXY": "0.0.0.0:$PORT"}),
    through("NO_PROXY with another port", "ok", IP, environ={**OPEN, "NO_PROXY": "0.0.0.0:1"}),
    through("NO_PROXY with a star", "ok", IP, environ={**OPEN, "NO_PROXY": "*"}),
    through("NO_PROXY with the host", "nothing", FAR, environ={**OPEN, "NO_PROXY": "api.internal"}),
    through("NO_PROXY with the domain", "nothing", FAR, environ={**OPEN, "NO_PROXY": "internal"}),
    through("NO_PROXY with a suffix", "nothing", FAR, environ={**OPEN, "NO_PROXY": ".internal"}),
    through("NO_PROXY with a star and a suffix", "nothing", FAR, environ={**OPEN, "NO_PROXY": "*.internal"}),
    through("NO_PROXY with the host as suffix", "ok", FAR, environ={**OPEN, "NO_PROXY": ".api.internal"}),
    through("NO_PROXY with half a name", "ok", FAR, environ={**OPEN, "NO_PROXY": "nternal"}),
    through("NO_PROXY in capitals", "nothing", FAR, environ={**OPEN, "NO_PROXY": "API.INTERNAL"}),
    through("NO_PROXY with a star and a name", "ok", FAR, environ={**OPEN, "NO_PROXY": "*internal"}),
    through("NO_PROXY with a star in a name", "ok", FAR, environ={**OPEN, "NO_PROXY": "api.*"}),
    through("NO_PROXY with a star in a list", "ok", IP, environ={**OPEN, "NO_PROXY": "a.b,*,c"}),
    through("NO_PROXY with a netmask", "nothing", IP, environ={**SHUT, "NO_PROXY": "0.0.0.0/255.0.0.0"}),
    through("NO_PROXY with a part of a network", "nothing", IP, environ={**SHUT, "NO_PROXY": "0/8"}),
    through("NO_PROXY with a network and a port", "nothing", IP, environ={**SHUT, "NO_PROXY": "0.0.0.0/8:$PORT"}),
    through("NO_PROXY with a star in an address", "nothing", IP, environ={**SHUT, "NO_PROXY": "0.0.0.*"}),
    through("NO_PROXY with the end of an address", "nothing", IP, environ={**SHUT, "NO_PROXY": "0.0"}),
    through("NO_PROXY with blanks for commas", "nothing", IP, environ={**SHUT, "NO_PROXY": "a.b 0.0.0.0"}),
    through("NO_PROXY with a URL", "nothing", IP, environ={**SHUT, "NO_PROXY": "https://0.0.0.0"}),
    through("NO_PROXY with a port alone", "nothing", IP, environ={**SHUT, "NO_PROXY": ":$PORT"}),
    through("NO_PROXY with the name of a port", "nothing", IP, environ={**SHUT, "NO_PROXY": "0.0.0.0:https"}),
    through("NO_PROXY with an address in brackets", "ok", IP, environ={**SHUT, "NO_PROXY": "[0.0.0.0]:$PORT"}),
    through("NO_PROXY with IPv4 in IPv6", "ok", IP, environ={**SHUT, "NO_PROXY": "::ffff:0.0.0.0"}),
    through("NO_PROXY with a network in IPv6", "nothing", IP, environ={**SHUT, "NO_PROXY": "::/0"}),
    through("NO_PROXY with leading zeros", "nothing", IP, environ={**SHUT, "NO_PROXY": "000.0.0.0"}),
    through("a name that is all dots", "nothing", "https://a..b:$PORT", says="server"),
    through("a name that is too long", "nothing", f"https://{'a' * 64}.de:$PORT", says="server"),
    through("a name with a blank in it", "nothing", "https://a b:$PORT", says="server"),
    through("HTTPS_PROXY with a path", "ok", FAR, environ={"HTTPS_PROXY": "http://$OPEN/path"}),
    through("HTTPS_PROXY in capitals", "ok", FAR, environ={"HTTPS_PROXY": "HTTP://$OPEN"}),
    through("HTTPS_PROXY that is empty", "ok", IP, environ={"HTTPS_PROXY": "", "https_proxy": ""}),
    through("NO_PROXY with the host and a port", "nothing", FAR, environ={**OPEN, "NO_PROXY": "api.internal:$PORT"}),
)

ONLY_CLUSTER = json.dumps(
    {"clusters": [{"name": "c", "cluster": {"server": "$SERVER", "certificate-authority-data": "$CA"}}]}
)
ONLY_USER = json.dumps({"users": [{"name": "u", "user": {"token": "$TOKEN"}}]})
ONLY_CONTEXT = json.dumps(
    {"current-context": "ops", "contexts": [{"name": "ops", "context": {"cluster": "c", "user": "u"}}]}
)
BAD = json.dumps(config({"token": "not-good"}))

MERGED = (
    merged("empty file first", "ok", "", GOOD),
    merged("file of comments first", "ok", "# filled in later\n", GOOD),
    merged("file of nothing but null", "ok", "null\n", GOOD),
    merged("parts of one", "ok", ONLY_CLUSTER, ONLY_USER, ONLY_CONTEXT),
    merged("first user wins", "401", BAD, GOOD),
    merged("first user wins, the other way", "ok", GOOD, BAD),
    merged("first current-context wins", "ok", GOOD, GOOD.replace('"ops"', '"dev"')),
    Row("a file that is missing", "ok", {"config": GOOD}, {"KUBECONFIG": "$HOME/none::$HOME/config"}),
    Row(
        "a folder among them", "nothing", {"config": GOOD}, {"KUBECONFIG": "$HOME:$HOME/config"}, says="Is a directory"
    ),
    merged("a broken file behind", "nothing", GOOD, "clusters: [", says="is not YAML"),
    Row("relative KUBECONFIG", "ok", {"sub/config": GOOD}, {"KUBECONFIG": "sub/config"}),
    Row(
        "--kubeconfig before KUBECONFIG", "ok", {"a": BAD, "b": GOOD}, {"KUBECONFIG": "$HOME/a"}, ("--kubeconfig", "b")
    ),
    Row("--kubeconfig that is missing", "nothing", {}, {}, ("--kubeconfig", "none"), says="none"),
    Row("the home directory's", "ok", {".kube/config": GOOD}, {"KUBECONFIG": ""}),
    Row("a tilde is no home", "nothing", {"x": GOOD}, {"KUBECONFIG": "~/x"}, says="no kubeconfig"),
    row("--context", "ok", words=("--context", "ops")),
    row("--context that is missing", "nothing", words=("--context", "prod"), says="'prod'"),
    text(
        "current context that is missing",
        "nothing",
        GOOD.replace('"current-context": "ops"', '"current-context": "x"'),
        says="'x'",
    ),
)

SPELLED = (
    text("YAML", "ok", YAML),
    text("UTF-8 with a mark", "ok", b"\xef\xbb\xbf" + YAML.encode()),
    text("UTF-16", "ok", YAML.encode("utf-16")),
    text("UTF-16, big", "ok", b"\xfe\xff" + YAML.encode("utf-16-be")),
    text("lines of Windows", "ok", YAML.replace("\n", "\r\n")),
    text("JSON with tabs", "ok", json.dumps(config(), indent="\t")),
    text("two documents", "ok", f"{YAML}---\n{BAD}\n"),
    text("anchors", "ok", YAML.replace("user: {token", "user: &a {token") + "extensions: [{name: x, extension: *a}]\n"),
    text("fields that are null", "ok", YAML.replace('{token: "$TOKEN"}', '{token: "$TOKEN", as: null, exec: null}')),
    text("a token like a date", "401", YAML.replace('"$TOKEN"', "2026-01-01")),
    text("a token like a number", "nothing", YAML.replace('"$TOKEN"', "123456"), says="Expected `str`"),
    text("data in several lines", "ok", YAML.replace('"$CA"', '"\\\n    $CA\\n"')),
    text(
        "a key twice",
        "nothing",
        YAML.replace("users:\n", "users:\n- {name: u, user: {token: x}}\n"),
        says="two entries",
    ),
    text("another kind", "nothing", YAML.replace("kind: Config", "kind: Pod"), says="not a Config"),
    text("another version", "nothing", YAML.replace("apiVersion: v1", "apiVersion: v7"), says="not a Config"),
    text("no kind", "ok", YAML.replace("kind: Config\n", "").replace("apiVersion: v1\n", "")),
    text("a list", "nothing", "[]", says="not a mapping"),
    text("tabs", "nothing", "a:\n\tb: c", says="is not YAML"),
)

ROWS = (*IMPERSONATION, *TOKENS, *CERTIFICATES, *PLUGINS, *SERVERS, *PROXIES, *MERGED, *SPELLED)
