"""Finding the cluster: kubeconfig files, contexts, tokens, TLS."""

from __future__ import annotations

import json
import os
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, UsageError
from eipctl.base.stop import Stop
from eipctl.kube.client import KubeClient
from tests.unit.kube.conftest import Answer, Scripted, kubeconfig

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.kube.conftest import Connect

OK = Answer(body={})
BOMB = "a0: &a0 [hunter2]\n" + "".join(f"a{n + 1}: &a{n + 1} [{', '.join([f'*a{n}'] * 9)}]\n" for n in range(9))
"""A billion values in ten lines."""


@pytest.fixture(autouse=True)
def _nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No kubeconfig but the test's own, and no Pod."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    monkeypatch.delenv("KUBERNETES_SERVICE_HOST", raising=False)


def refused(kubeconfig: str | None = None, context: str | None = None) -> UsageError:
    """The error of connecting so."""
    with pytest.raises(UsageError) as raised:
        KubeClient.connect(kubeconfig, context, Stop())
    return raised.value


def write(path: Path, config: Any) -> str:
    """A kubeconfig file."""
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text(config if isinstance(config, str) else yaml.safe_dump(config))
    return str(path)


def test_no_kubeconfig_anywhere() -> None:
    """Without a kubeconfig and outside a Pod there is one sentence and a hint."""
    error = refused()
    assert error.code is Code.KUBECONFIG
    assert "~/.kube/config" in error.message
    assert "--kubeconfig" in error.hint


def test_a_named_file_that_is_absent(tmp_path: Path) -> None:
    """--kubeconfig names a file that must exist."""
    error = refused(str(tmp_path / "absent"))
    assert (error.code, str(tmp_path / "absent") in error.message) == (Code.KUBECONFIG, True)


def test_the_home_directorys_file(tmp_path: Path, api: Scripted) -> None:
    """~/.kube/config is the default."""
    write(tmp_path / "home/.kube/config", kubeconfig(api.url))
    assert KubeClient.connect(None, None, Stop()).context == "test"


def test_a_pod_without_a_service_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a Pod without a mounted token the error says so."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "127.0.0.1")
    monkeypatch.setenv("KUBERNETES_SERVICE_PORT", "443")
    error = refused()
    assert error.code is Code.KUBECONFIG
    assert "ServiceAccount" in error.message


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no context"),
        ("# nothing", "no context"),
        ("- a", "not a mapping"),
        ("token: hunter2\nusers: [", "not YAML (line "),
        ("\x00hunter2", "not YAML"),
        ("{}", "no context"),
        ("contexts: hunter2", "not a kubeconfig: Expected `array`, got `str`"),
        ("kind: Pod", "not a Config"),
        ("extensions: &a [*a]", "nested too deeply"),
        (BOMB, "repeats itself too often (YAML aliases)"),
    ],
)
def test_a_file_that_is_no_kubeconfig(tmp_path: Path, text: str, why: str) -> None:
    """What is wrong is said without quoting the file: it may hold tokens."""
    error = refused(write(tmp_path / "k", text))
    assert error.code is Code.KUBECONFIG
    assert why in error.message
    assert "hunter2" not in error.message


def test_an_incomplete_entry_shows_no_token(tmp_path: Path) -> None:
    """A broken user or cluster is reported without its content."""
    broken = kubeconfig("http://127.0.0.1:1", user={"exec": {"token": "hunter2"}, "client-certificate": "/absent"})
    broken["clusters"][0]["name"] = "other"
    error = refused(write(tmp_path / "k", broken))
    assert error.code is Code.KUBECONFIG
    assert "hunter2" not in error.message


def test_a_token_in_the_wrong_place_is_not_shown(tmp_path: Path) -> None:
    """A user's entry without its inner mapping is quoted by the loader, token and all; not by us."""
    broken = kubeconfig("http://127.0.0.1:1")
    broken["users"] = [{"name": "u", "token": "hunter2"}]
    error = refused(write(tmp_path / "k", broken))
    assert error.code is Code.KUBECONFIG
    assert "hunter2" not in error.message


def test_a_context_that_is_not_there(tmp_path: Path) -> None:
    """The contexts there are are listed."""
    config = kubeconfig("http://127.0.0.1:1")
    config["contexts"].append({"name": "prod", "context": {"cluster": "c"}})
    error = refused(write(tmp_path / "k", config), "staging")
    assert error.code is Code.CONTEXT
    assert "'staging'" in error.message
    assert error.hint == "give --context with one of: prod, test"


def test_no_context_chosen(tmp_path: Path) -> None:
    """A kubeconfig without current-context needs --context."""
    config = kubeconfig("http://127.0.0.1:1")
    del config["current-context"]
    path = write(tmp_path / "k", config)
    assert refused(path).code is Code.CONTEXT
    assert KubeClient.connect(path, "test", Stop()).context == "test"


def test_several_files_as_kubectl_merges_them(tmp_path: Path, api: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    """KUBECONFIG may list files; the first current-context and the first entry of a name count."""
    first = write(tmp_path / "a", kubeconfig(api.url))
    other = kubeconfig("http://127.0.0.1:1")
    other["current-context"] = "second"
    other["contexts"].append({"name": "second", "context": {"cluster": "c", "user": "u"}})
    second = write(tmp_path / "b", other)
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join([first, str(tmp_path / "absent"), second]))
    api.plan(OK, OK)
    default = KubeClient.connect(None, None, Stop())
    default.get("/x")
    named = KubeClient.connect(None, "second", Stop())
    named.get("/x")
    assert (default.context, named.context) == ("test", "second")


def test_an_exec_plugins_token_is_renewed(
    tmp_path: Path, secure: Scripted, connect: Connect, certificate: Path
) -> None:
    """A token that has expired is asked for again before the next request."""
    plugin = tmp_path / "plugin"
    plugin.write_text(
        f"""#!{sys.executable}
import json, pathlib
count = pathlib.Path({str(tmp_path / "count")!r})
number = len(count.read_text()) if count.exists() else 0
count.write_text("x" * (number + 1))
print(json.dumps({{"apiVersion": "client.authentication.k8s.io/v1beta1", "kind": "ExecCredential",
                  "status": {{"token": f"token-{{number}}", "expirationTimestamp": "2001-01-01T00:00:00Z"}}}}))
"""
    )
    plugin.chmod(plugin.stat().st_mode | stat.S_IXUSR)
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": str(plugin), "args": []}}
    client = connect(secure.url, user=user, **{"certificate-authority": str(certificate)})
    secure.plan(OK, OK)
    client.get("/x")
    client.get("/x")
    tokens = [seen.headers["authorization"] for seen in secure.seen]
    assert tokens[0].startswith("Bearer token-")
    assert tokens[0] != tokens[1]


def test_an_exec_plugin_that_fails(secure: Scripted, connect: Connect) -> None:
    """A plugin without credentials stops the run, rather than going on as nobody."""
    user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1beta1", "command": "/bin/false", "args": []}}
    with pytest.raises(UsageError, match="credentials failed") as raised:
        connect(secure.url, user=user)
    assert raised.value.code is Code.KUBECONFIG


@pytest.mark.parametrize("url", ["http://cluster.example:6443", "http://10.0.0.1"])
def test_only_https_leaves_the_machine(connect: Connect, url: str) -> None:
    """A token is never sent in the clear to another machine."""
    with pytest.raises(UsageError, match="only https"):
        connect(url)


@pytest.mark.parametrize(
    "url", ["cluster.example:6443", "http://", "ftp://10.0.0.1", "https://a:99999", "https://a b", 7, None]
)
def test_a_server_that_is_no_url(connect: Connect, url: Any) -> None:
    """It is told before anything is sent."""
    with pytest.raises(UsageError, match="server"):
        connect(url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.2", "[::1]"])
def test_http_to_this_machine(connect: Connect, host: str) -> None:
    """The sandbox may speak plain HTTP."""
    assert connect(f"http://{host}:6443").context == "test"


def test_no_user_means_no_authorization(secure: Scripted, connect: Connect, certificate: Path) -> None:
    """Without a token there is no Authorization header, rather than an empty one."""
    secure.plan(OK)
    connect(secure.url, user={"extensions": []}, **{"certificate-authority": str(certificate)}).get("/x")
    assert "authorization" not in secure.seen[0].headers


def test_tls_with_the_clusters_own_authority(secure: Scripted, connect: Connect, certificate: Path) -> None:
    """The kubeconfig's certificate authority is trusted."""
    secure.plan(OK)
    assert connect(secure.url, **{"certificate-authority": str(certificate)}).get("/x")


def test_tls_that_is_not_trusted(secure: Scripted, connect: Connect) -> None:
    """An unknown certificate is said to be one, at once, and no write through it has an unknown outcome."""
    client = connect(secure.url)
    with pytest.raises(Failed, match="certificate is not trusted"):
        client.get("/x")
    with pytest.raises(Failed, match="certificate is not trusted") as raised:
        client.write("PATCH", "/x", {})
    assert type(raised.value) is Failed
    assert secure.seen == []


def test_a_missing_authority_file(connect: Connect) -> None:
    """A kubeconfig whose certificate file is gone is a configuration error that names the file."""
    with pytest.raises(UsageError, match=r"/absent/ca\.pem"):
        connect("https://127.0.0.1:1", **{"certificate-authority": "/absent/ca.pem"})


def test_json_is_a_kubeconfig_too(tmp_path: Path, api: Scripted) -> None:
    """A kubeconfig written as JSON works."""
    path = tmp_path / "k.json"
    path.write_text(json.dumps(kubeconfig(api.url)))
    assert KubeClient.connect(str(path), "test", Stop()).context == "test"


@pytest.mark.parametrize(
    ("field", "entry"),
    [
        ("certificate-authority", "cluster"),
        ("server", "cluster"),
        ("tls-server-name", "cluster"),
        ("client-certificate", "user"),
        ("client-key", "user"),
        ("tokenFile", "user"),
    ],
)
def test_a_nul_is_no_part_of_a_name(tmp_path: Path, certificate: Path, field: str, entry: str) -> None:
    """Of a file or a host: the field can't be used, whatever reads it."""
    files = {"client-certificate": str(certificate), "client-key": str(certificate)}
    fields = {**(files if field.startswith("client") else {}), field: "https://a\0b"}
    config = kubeconfig("https://127.0.0.1:1", **({"user": fields} if entry == "user" else fields))
    error = refused(write(tmp_path / "k", json.dumps(config)))
    assert error.code is Code.KUBECONFIG
