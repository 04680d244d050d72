"""Bad input and broken worlds: one sentence, what to do next, the contract's exit code, and nothing changed."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox.server import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

READS = ("Describe", "List", "Get")
CHANGING = ("create", "update", "patch", "delete")


class World:
    """A `legacy` sandbox, reset for each case."""

    def __init__(self, sandbox: Sandbox, home: Path) -> None:
        self.sandbox, self.home = sandbox, home

    def reset(self) -> dict[str, str]:
        """As new; the environment of its operator."""
        self.sandbox.reset("legacy")
        kept = {name: value for name, value in os.environ.items() if name in ("PATH", "LANG", "PYTHONPATH")}
        return {**kept, "HOME": str(self.home), **self.sandbox.env()}

    def told(self, environ: dict[str, str], ended: subprocess.CompletedProcess[str]) -> list[str]:
        """Names of the secrets that a stream tells."""
        names = ("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_ACCESS_KEY_ID")
        secrets = {name: environ[name] for name in names if name in environ}
        tokens = {"token": self.sandbox.record.kube_token, "bob": "bobs-token", "nobody": "nobodys-token"}
        streams = ended.stdout + ended.stderr
        return [name for name, secret in {**secrets, **tokens}.items() if secret in streams]

    def changes(self) -> list[str]:
        """Changing calls that were carried out since the reset. Reviews are questions."""
        return [
            f"{call['service']} {call['api']} {call['object']}"
            for call in self.sandbox.calls.listing()
            if call["status"] < 400 and _changes(call)
        ]


def _changes(call: dict[str, Any]) -> bool:
    if call["service"] == "cloud":
        return not call["api"].startswith(READS)
    return call["service"] == "kube" and call["api"] in CHANGING and "reviews" not in call["object"]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One sandbox for all cases."""
    home = tmp_path_factory.mktemp("home")
    with Sandbox(home / "sandbox", scenario="legacy", speed=50.0) as sandbox:
        yield World(sandbox, home)


Break = Callable[[World, dict[str, str]], None]


@dataclass(frozen=True)
class Case:
    """A command in a broken world, the exit code, what its sentence and its hint say."""

    name: str
    words: tuple[str, ...]
    code: int
    says: str
    hint: str
    breaks: Break = field(default=lambda _world, _environ: None)


def no_kubeconfig(_world: World, environ: dict[str, str]) -> None:
    del environ["KUBECONFIG"]


def unreachable(world: World, environ: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    text = world.sandbox.kubeconfig.read_text("utf-8").replace(world.sandbox.kube_url, f"https://127.0.0.1:{port}")
    _other_kubeconfig(world, environ, text)


def _other_kubeconfig(world: World, environ: dict[str, str], text: str) -> None:
    path = world.home / "other-kubeconfig"
    path.write_text(text, "utf-8")
    environ["KUBECONFIG"] = str(path)


def broken_kubeconfig(world: World, environ: dict[str, str]) -> None:
    _other_kubeconfig(world, environ, "clusters: [")


def no_credentials(_world: World, environ: dict[str, str]) -> None:
    for name in ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"):
        del environ[name]
    environ["ALIBABA_CLOUD_ECS_METADATA_DISABLED"] = "true"


def wrong_secret(_world: World, environ: dict[str, str]) -> None:
    environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "not-the-secret-at-all"


def unknown_key(_world: World, environ: dict[str, str]) -> None:
    environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAI5tNobodyHasThisKey00"


def cloud_unreachable(_world: World, environ: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        environ["EIPCTL_ENDPOINT_URL"] = f"http://127.0.0.1:{free.getsockname()[1]}"


def few_rights_in_kubernetes(world: World, environ: dict[str, str]) -> None:
    world.sandbox.put_token("bobs-token", "bob")
    text = world.sandbox.kubeconfig.read_text("utf-8").replace(world.sandbox.record.kube_token, "bobs-token")
    _other_kubeconfig(world, environ, text)


def wrong_token(world: World, environ: dict[str, str]) -> None:
    text = world.sandbox.kubeconfig.read_text("utf-8").replace(world.sandbox.record.kube_token, "nobodys-token")
    _other_kubeconfig(world, environ, text)


def few_rights_in_ram(world: World, environ: dict[str, str]) -> None:
    world.sandbox.cloud.add_access_key("LTAI5tCarolHasNoRights00", "carols-secret", user="carol")
    environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAI5tCarolHasNoRights00"
    environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "carols-secret"


def eni_conf(text: str | None) -> Break:
    """Put this text into eni_conf, or (None) delete the ConfigMap."""

    def put(world: World, _environ: dict[str, str]) -> None:
        objects = world.sandbox.objects
        found = objects.get("configmaps", "kube-system", "eni-config")
        assert found is not None
        if text is None:
            objects.delete("configmaps", "kube-system", "eni-config")
        else:
            objects.update("configmaps", {**found, "data": {**found["data"], "eni_conf": text}})

    return put


def no_terway(world: World, _environ: dict[str, str]) -> None:
    with world.sandbox.world.paused(), world.sandbox.store.transaction():
        world.sandbox.objects.delete("daemonsets", "kube-system", "terway-eniip")
        for pod in world.sandbox.objects.list("pods", "kube-system"):
            world.sandbox.objects.delete("pods", "kube-system", pod["metadata"]["name"], now=True)


BIND = ("bind", "-A", "--yes")
SETUP = ("setup", "--yes")
TEARDOWN = ("teardown", "--yes")
KIND_WITHOUT_PODS = ("annotate", "configmap/eni-config", "-n", "kube-system")
ANNOTATE = ("annotate", "deployment/web", "--eip", "--yes")

CASES = (
    Case("no kubeconfig", BIND, 2, "there is no kubeconfig", "--kubeconfig", no_kubeconfig),
    Case("no kubeconfig, status", ("status",), 2, "there is no kubeconfig", "--kubeconfig", no_kubeconfig),
    Case("kubeconfig that is not there", (*BIND, "--kubeconfig", "nowhere"), 2, "nowhere", "--kubeconfig"),
    Case("broken kubeconfig", BIND, 2, "is not YAML", "kubectl config view", broken_kubeconfig),
    Case("unreachable cluster", BIND, 1, "can't be reached", "readyz", unreachable),
    Case("wrong context", (*BIND, "--context", "prod"), 2, "'prod'", "eipctl-sandbox"),
    Case("wrong token", BIND, 1, "doesn't accept the credentials", "auth whoami", wrong_token),
    Case("forbidden in Kubernetes", BIND, 1, 'User "bob" may not', "auth can-i", few_rights_in_kubernetes),
    Case("forbidden in Kubernetes, annotate", ANNOTATE, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("no credentials", BIND, 2, "credentials", "ALIBABA_CLOUD_ACCESS_KEY_ID", no_credentials),
    Case("wrong secret", BIND, 2, "rejects", "--profile", wrong_secret),
    Case("unknown AccessKey", BIND, 2, "rejects", "--profile", unknown_key),
    Case("profile that is not there", (*BIND, "--profile", "prod"), 2, "config.json", "--profile"),
    Case("unreachable cloud", (*BIND, "--timeout", "30s"), 1, "can't be reached", "--endpoint-url", cloud_unreachable),
    Case("forbidden in RAM", BIND, 1, "vpc:DescribeEipAddresses", "RAM policy", few_rights_in_ram),
    Case("forbidden in RAM, setup", SETUP, 1, "may not call", "RAM policy", few_rights_in_ram),
    Case("forbidden in Kubernetes, teardown", TEARDOWN, 1, 'User "bob"', "auth can-i", few_rights_in_kubernetes),
    Case("malformed eni_conf", SETUP, 2, "eni_conf", "edit configmap", eni_conf('{"version":"1",')),
    Case("malformed eni_conf, bind", BIND, 5, "eni_conf", "--cluster-id", eni_conf("{")),
    Case("eni_conf without cluster id", BIND, 5, "ack.aliyun.com", "--cluster-id", eni_conf("{}")),
    Case("no ConfigMap", SETUP, 2, "eni-config", "configmaps", eni_conf(None)),
    Case("no ConfigMap, bind", BIND, 5, "identity", "--cluster-id", eni_conf(None)),
    Case("no Terway", SETUP, 5, "DaemonSet terway-eniip", "eipctl check", no_terway),
    Case("missing role", (*SETUP, "--role", "NoSuchRole"), 1, "NoSuchRole", "--role"),
    Case("missing policy", (*SETUP, "--edit-policy", "NoSuchPolicy"), 2, "NoSuchPolicy", "--edit-policy"),
    Case("unknown workload", ANNOTATE, 1, "there is no Deployment 'web'", "kubectl"),
    Case("unknown kind", ("annotate", "gadget/web", "--eip", "--yes"), 1, "gadget", "api-resources"),
    Case("unknown ConfigMap", ("annotate", "configmap/web", "--eip", "--yes"), 1, "'web'", "get configmaps"),
    Case("kind without Pods", (*KIND_WITHOUT_PODS, "--eip", "--yes"), 1, "ConfigMap", ""),
    Case("nothing to annotate", ("annotate", "--eip", "--yes"), 2, "-l", "eipctl annotate --help"),
    Case("no annotation asked for", ("annotate", "deployment/web", "--yes"), 2, "nothing to annotate", "--remove"),
    Case("no terminal", ("bind", "-A"), 2, "no terminal", "--yes"),
    Case("options before a subcommand", ("setup", "--yes", "ram"), 2, "--yes before ram would be lost", "behind"),
    Case("no terminal, setup", ("setup",), 2, "no terminal", "--yes"),
    Case("unknown guard", (*BIND, "--force", "everything"), 2, "'everything'", "max-allocate"),
    Case("prune with a selector", (*BIND, "--prune", "-l", "app=web"), 2, "--prune", "selector"),
    Case("wrong selector", (*BIND, "-l", "a in b"), 2, "'a in b'", "kubectl"),
    Case("wrong duration", (*BIND, "--prune", "--grace", "soon"), 2, "duration", "--help"),
    Case("wrong timeout", (*BIND, "--timeout", "5"), 2, "duration", "--help"),
    Case("wrong API limit", (*BIND, "--api-limit", "AllocateEipAddress=many"), 2, "no API limit", "120/60"),
    Case("unknown option", (*BIND, "--everything"), 2, "--everything", "--help"),
    Case("unknown command", ("binds",), 2, "binds", "--help"),
    Case("unknown output", (*BIND, "-o", "xml"), 2, "xml", "--help"),
    Case("wrong number", (*BIND, "--max-allocate", "-1"), 2, "--max-allocate", "--help"),
)


def run(words: tuple[str, ...], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """eipctl without a terminal."""
    command = [sys.executable, "-m", "eipctl", *words]
    return subprocess.run(
        command, env=environ, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_bad_input_ends_in_a_sentence_and_changes_nothing(world: World, case: Case) -> None:
    """Exit code, sentence and hint on stderr, an empty stdout, no traceback, no secret, no change anywhere."""
    environ = world.reset()
    case.breaks(world, environ)
    world.sandbox.calls.clear()
    ended = run(case.words, environ)
    assert ended.returncode == case.code, ended.stderr
    assert ended.stdout == ""
    sentence, hint = ended.stderr.splitlines()
    assert sentence.startswith("error[EIP")
    assert case.says in sentence
    assert hint.startswith("  do: ")
    assert case.hint in hint
    assert world.told(environ, ended) == []
    assert world.changes() == []


ENVELOPES = [case for case in CASES if "xml" not in case.words]
"""Where -o itself is wrong, nobody knows which form is wanted."""


@pytest.mark.parametrize("case", ENVELOPES, ids=[case.name for case in ENVELOPES])
def test_bad_input_has_the_envelope_too(world: World, case: Case) -> None:
    """With -o json the failure is the answer, also before the command starts; stderr stays empty."""
    environ = world.reset()
    case.breaks(world, environ)
    world.sandbox.calls.clear()
    ended = run((*case.words, "-o", "json"), environ)
    answer = json.loads(ended.stdout)
    assert (answer["status"], answer["exit_code"], ended.returncode) == ("error", case.code, case.code)
    (error,) = answer["errors"]
    assert set(error) == {"code", "message", "hint", "object"}
    assert case.says in f"{error['message']} ({error['object']})"
    assert error["hint"]
    assert case.hint in error["hint"]
    assert ended.stderr == ""
    assert world.told(environ, ended) == []
    assert world.changes() == []


SPOKEN = [case for case in CASES if case.breaks in (wrong_secret, wrong_token, few_rights_in_ram)]


@pytest.mark.parametrize("case", SPOKEN, ids=[case.name for case in SPOKEN])
def test_a_traceback_tells_no_secret(world: World, case: Case) -> None:
    """-vv shows where it broke, and still no secret, token or whole AccessKey id."""
    environ = world.reset()
    case.breaks(world, environ)
    ended = run((*case.words, "-vv"), environ)
    assert ended.returncode == case.code
    assert "Traceback" in ended.stderr
    assert world.told(environ, ended) == []


def test_a_change_would_be_seen(world: World) -> None:
    """The cases above prove something only if a command that does change the world is noticed."""
    environ = world.reset()
    world.sandbox.calls.clear()
    assert run(SETUP, environ).returncode == 0
    seen = world.changes()
    assert any(change.startswith("cloud ") for change in seen)
    assert any(change.startswith("kube ") for change in seen)


def test_a_port_in_use_is_told(world: World, tmp_path: Path) -> None:
    """The sandbox says which port, and how to choose another."""
    environ = {**world.reset(), "EIPCTL_SANDBOX_DIR": str(tmp_path / "other")}
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        ended = run(("sandbox", "up", "--port", port), environ)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert f"port {port} of 127.0.0.1 is in use" in ended.stderr
    assert "--port" in ended.stderr


def test_a_sandbox_that_does_not_run_is_told(world: World, tmp_path: Path) -> None:
    """And how to start one."""
    environ = {**world.reset(), "EIPCTL_SANDBOX_DIR": str(tmp_path / "none")}
    ended = run(("sandbox", "calls"), environ)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert "eipctl sandbox up" in ended.stderr
