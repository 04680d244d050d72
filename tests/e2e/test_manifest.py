"""What `eipctl manifest` prints is accepted by the API server, and what runs in its Pods works with just that."""

from __future__ import annotations

import base64
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.base.errors import CloudError
from eipctl.cli.app import run
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.manifest_pods import rights
from eipctl.commands.ram_policy import ram_policy
from eipctl.commands.registry import COMMANDS, ram_actions_of, rights_of
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.settings import EipSpec
from eipctl.engine.run import carry_out
from eipctl.engine.session import Session, Settings
from eipctl.output.watch_pages import WatchPages
from tests import forked
from tests.e2e.narrow import ACCOUNT, POLICY, Narrow
from tests.e2e.watching import started
from tests.faults.stage import AUTO, Stage, named
from tests.sandboxed import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.domain.rights import Right
    from tests.e2e.user import User

KUBECTL = str(Path(sys.executable).with_name("kubectl"))
EXAMPLES = Path(__file__).parents[2] / "examples" / "in-cluster"
FILES = {
    "cronjob.yaml": ("cronjob",),
    "deployment.yaml": ("deployment",),
    "ram-policy.json": ("ram-policy",),
    "Dockerfile": ("dockerfile",),
    "viewer-rbac.yaml": ("rbac", "--for", "check", "--for", "status", "--name", "eipctl-viewer"),
}
ROLE = "eipctl"
PROVIDER = "acs:ram::1234567890123456:oidc-provider/ack-rrsa"
TRUST = {
    "Version": "1",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "sts:AssumeRole",
            "Principal": {"Federated": [PROVIDER]},
            "Condition": {"StringEquals": {"oidc:sub": ACCOUNT}},
        }
    ],
}
RECORDED = """
import os, sys
def written(event, arguments):
    if event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
        print("written:", arguments[0], file=sys.stderr)
sys.addaudithook(written)
from eipctl.cli.app import run
raise SystemExit(run(sys.argv[1:]))
"""
"""Runs eipctl and tells each file that it opens for writing."""
RUN_RECORDED = (sys.executable, "-c", RECORDED)
HERE = {"0.0.0.0:9090": "127.0.0.1:0"}
"""Where a container listens, and a test."""


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `eipctl manifest` prints."""
    assert run(["manifest", *words]) == 0
    return capsys.readouterr().out


def kubectl(user: User, text: str, *words: str) -> str:
    """`kubectl apply -f -` must accept it."""
    command = [KUBECTL, f"--kubeconfig={user.sandbox.kubeconfig}", "apply", *words, "-f", "-"]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", FILES)
def test_the_examples_are_what_is_printed(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody edits them by hand."""
    assert (EXAMPLES / name).read_text() == printed(capsys, *FILES[name])


def test_the_examples_page_tells_how_each_file_is_made() -> None:
    """File and command, as the test above makes it."""
    page = (EXAMPLES / "README.md").read_text()
    told = dict(re.findall(r"^\| `([\w.-]+)` \| `eipctl manifest ([^`]+)` \|$", page, re.MULTILINE))
    assert told == {name: " ".join(words) for name, words in FILES.items()}


def test_the_api_server_accepts_them(modern: User, capsys: pytest.CaptureFixture[str]) -> None:
    """With kubectl apply --dry-run=server, and then in earnest."""
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "eipctl"}}
    kubectl(modern, yaml.safe_dump(namespace))
    for words in (FILES["cronjob.yaml"], FILES["viewer-rbac.yaml"], ("cronjob", "--secret", "eipctl-access-key")):
        text = printed(capsys, *words)
        kubectl(modern, text, "--dry-run=server")
        kubectl(modern, text)
    job = modern.objects.get("cronjobs", "eipctl", "eipctl")
    assert job is not None
    assert container(job)["envFrom"] == [{"secretRef": {"name": "eipctl-access-key"}}]


ODD = ("y", "n", "on", "null", "true", "1e3", "7e10", "0x1f", "0o17", "0b11", "007", "123", "2001-01-01", "1-2")


def test_names_that_look_like_something_else_stay_names(modern: User, capsys: pytest.CaptureFixture[str]) -> None:
    """kubectl reads numbers and booleans where other readers of YAML see a text."""
    for odd in ODD:
        kubectl(modern, json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": odd}}))
        text = printed(capsys, "cronjob", "--name", odd, "--namespace", odd, "--secret", odd)
        assert f"cronjob.batch/{odd} created" in kubectl(modern, text)
        job = modern.objects.get("cronjobs", odd, odd)
        assert job is not None
        assert container(job)["envFrom"] == [{"secretRef": {"name": odd}}]


def test_a_user_may_have_any_name(modern: User, capsys: pytest.CaptureFixture[str]) -> None:
    """Certificates and OIDC know no rules for it."""
    for name in ("1e3", "CN=bob, O=ops", "bob@example.com", 'a "b": {c}', "#bob", "网站"):
        kubectl(modern, printed(capsys, "rbac", "--user", name))
        binding = modern.objects.get("clusterrolebindings", "", "eipctl")
        assert binding is not None
        assert [subject["name"] for subject in binding["subjects"]] == [name]


def test_a_run_has_a_second_at_least(capsys: pytest.CaptureFixture[str]) -> None:
    """Less would be a run that is over before it begins."""
    documents = list(yaml.safe_load_all(printed(capsys, "cronjob", "--deadline", "500ms")))
    assert container(documents[-1])["args"][-2:] == ["--timeout", "1s"]


def container(job: dict[str, Any]) -> dict[str, Any]:
    """The one container of a CronJob."""
    (found,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert isinstance(found, dict)
    return found


def made(text: str) -> dict[str, dict[str, Any]]:
    """The objects of a manifest by kind; those of a namespace of its own by ``Kind namespace``."""
    return {
        f"{each['kind']} {each['metadata'].get('namespace', '')}".removesuffix(" eipctl").rstrip(): each
        for each in yaml.safe_load_all(text)
    }


def test_the_deployment_is_accepted_with_all_that_belongs_to_it(
    modern: User, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two Pods on different nodes where possible, one of which may be taken away; a Service that finds both."""
    text = printed(capsys, "deployment", "--secret", "eipctl-access-key")
    kubectl(modern, yaml.safe_dump({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "eipctl"}}))
    kubectl(modern, text, "--dry-run=server")
    kubectl(modern, text)
    found = made(text)
    spec = found["Deployment"]["spec"]
    labels = spec["template"]["metadata"]["labels"]
    assert found["Service"]["spec"]["selector"] == spec["selector"]["matchLabels"] == labels
    assert found["PodDisruptionBudget"]["spec"] == {"maxUnavailable": 1, "selector": spec["selector"]}
    (spread,) = spec["template"]["spec"]["topologySpreadConstraints"]
    assert (spec["replicas"], spread["topologyKey"]) == (2, "kubernetes.io/hostname")
    for plural in ("deployments", "services", "poddisruptionbudgets", "serviceaccounts"):
        assert modern.objects.get(plural, "eipctl", "eipctl"), plural
    (run,) = spec["template"]["spec"]["containers"]
    assert run["envFrom"] == [{"secretRef": {"name": "eipctl-access-key"}}]


def test_a_cronjobs_pods_are_not_those_of_the_deployment(capsys: pytest.CaptureFixture[str]) -> None:
    """With both in one namespace, as while one replaces the other, its Service and budget count no Job."""
    job = made(printed(capsys, "cronjob"))["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]
    selector = made(printed(capsys, "deployment"))["Deployment"]["spec"]["selector"]["matchLabels"]
    assert not selector.items() <= job["metadata"]["labels"].items()


def test_probes_and_service_lead_to_where_it_listens(capsys: pytest.CaptureFixture[str]) -> None:
    """The port has one name and one number; the probes ask for pages that there are."""
    found = made(printed(capsys, "deployment"))
    (run,) = found["Deployment"]["spec"]["template"]["spec"]["containers"]
    (port,) = run["ports"]
    (service,) = found["Service"]["spec"]["ports"]
    assert service["targetPort"] == port["name"]
    assert run["args"][run["args"].index("--listen") + 1] == f"0.0.0.0:{port['containerPort']}"
    assert found["Service"]["metadata"]["annotations"]["prometheus.io/port"] == str(port["containerPort"])
    pages = {kind: run[f"{kind}Probe"]["httpGet"] for kind in ("liveness", "readiness")}
    assert pages == {
        "liveness": {"path": "/healthz", "port": port["name"]},
        "readiness": {"path": "/readyz", "port": port["name"]},
    }
    assert set(WatchPages(Session(Settings())).pages) >= {page["path"] for page in pages.values()}


def test_both_ways_to_run_are_hardened_alike(capsys: pytest.CaptureFixture[str]) -> None:
    """Not root, a root filesystem that can't be written, no capability; the same image, limits and account."""
    job = made(printed(capsys, "cronjob"))["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    watch = made(printed(capsys, "deployment"))["Deployment"]["spec"]["template"]["spec"]
    (once,), (lasting,) = job.pop("containers"), watch.pop("containers")
    assert once["securityContext"]["readOnlyRootFilesystem"]
    own = {"args", "ports", "livenessProbe", "readinessProbe"}
    assert {key: value for key, value in lasting.items() if key not in own} == {
        key: value for key, value in once.items() if key != "args"
    }
    assert {key: watch[key] for key in job if key != "restartPolicy"} == {
        key: value for key, value in job.items() if key != "restartPolicy"
    }
    assert watch["securityContext"]["runAsNonRoot"]


def test_only_the_deployment_may_watch(capsys: pytest.CaptureFixture[str]) -> None:
    """Each has the rights that it uses, and no others; they differ in what a watch takes."""

    def rows(kind: str) -> set[tuple[str, ...]]:
        roles = [each for name, each in made(printed(capsys, kind)).items() if "Role" in name and "Binding" not in name]
        return {
            (role["kind"], group, resource, verb)
            for role in roles
            for rule in role["rules"]
            for group in rule["apiGroups"]
            for resource in rule["resources"]
            for verb in rule["verbs"]
        }

    once, lasting = rows("cronjob"), rows("deployment")
    assert once < lasting
    assert not [row for row in once if row[-1] == "watch"]
    assert {row for row in lasting - once if row[-1] != "watch"} == {("Role", "", "configmaps", "list")}
    assert ("ClusterRole", "", "pods", "watch") in lasting


def words_of(kind: str, capsys: pytest.CaptureFixture[str], **swapped: str) -> list[str]:
    """What the container of a manifest gives to eipctl, with other words for some of its own."""
    documents = made(printed(capsys, kind))
    pod = documents[{"cronjob": "CronJob", "deployment": "Deployment"}[kind]]["spec"]
    pod = pod.get("jobTemplate", {}).get("spec", pod)["template"]["spec"]
    (run,) = pod["containers"]
    return [swapped.get(word, word) for word in run["args"]]


def in_cluster(environ: dict[str, str], capsys: pytest.CaptureFixture[str]) -> subprocess.CompletedProcess[str]:
    """What the CronJob's container does."""
    return subprocess.run(
        [*RUN_RECORDED, *words_of("cronjob", capsys)],
        env=bare(environ),
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def bare(environ: dict[str, str]) -> dict[str, str]:
    """All that a container has in its environment."""
    kept = {"PATH": os.environ["PATH"], "PYTHONPATH": os.environ.get("PYTHONPATH", ""), "HOME": "/nonexistent"}
    return {**kept, "PYTHONDONTWRITEBYTECODE": "1", **environ}


def token(subject: str) -> str:
    """A ServiceAccount's token, as its claims are."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, {"sub": subject, "aud": "sts.aliyuncs.com"})]
    return ".".join([*(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts), "c2ln"])


@pytest.mark.parametrize("way", ["role", "secret"])
def test_the_cronjob_has_all_it_needs_and_writes_no_file(
    way: str, modern: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under RRSA's variables and under a Secret's, with the generated rights, and with nothing to write to."""
    narrow = Narrow(modern.sandbox)
    narrow.may(rights_of("bind"), ram_actions_of(["bind"]))
    environ = narrow.environ()
    if way == "role":
        narrow.cloud.add_oidc_provider("ack-rrsa")
        narrow.cloud.add_role(ROLE, json.dumps(TRUST), (POLICY,))
        (tmp_path / "token").write_text(token(ACCOUNT))
        account = narrow.cloud.state.account_id
        environ = {key: value for key, value in environ.items() if not key.startswith("ALIBABA_CLOUD_ACCESS_KEY")}
        environ |= {
            "ALIBABA_CLOUD_ROLE_ARN": f"acs:ram::{account}:role/{ROLE}",
            "ALIBABA_CLOUD_OIDC_PROVIDER_ARN": PROVIDER,
            "ALIBABA_CLOUD_OIDC_TOKEN_FILE": str(tmp_path / "token"),
        }
    Stage(narrow.sandbox).add_pod("web", AUTO)
    done = in_cluster(environ, capsys)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "written:" not in done.stderr
    assert [row.status for row in narrow.cloud.eips()] == ["InUse"]


def test_the_deployment_has_all_it_needs_and_writes_no_file(modern: User, capsys: pytest.CaptureFixture[str]) -> None:
    """With the generated rights: it leads, answers its probes, serves a Pod, and ends when it is told to."""
    narrow = Narrow(modern.sandbox)
    narrow.may(rights(watches=True), ram_actions_of(["bind"]))
    command = [*RUN_RECORDED, *words_of("deployment", capsys, **HERE)]
    with started(command, bare(narrow.environ())) as watch:
        watch.until_it_leads()
        assert watch.ask("/healthz") == (200, "ok\n")
        Stage(narrow.sandbox).add_pod("web", AUTO)
        watch.until(lambda: "eipctl_pod_to_eip_seconds_count{" in watch.ask("/metrics")[1])
        assert [row.status for row in narrow.cloud.eips()] == ["InUse"]
        assert watch.end() == 143
    assert watch.out == []
    assert not [line for line in watch.err if line.startswith("written:")]
    lines = [json.loads(line) for line in watch.err]
    assert {line["api"] for line in lines if line.get("event") == "call"} >= {"AllocateEipAddress", "PATCH"}
    assert [line["role"] for line in lines if "role" in line][-1] == "leader"
    assert [line["code"] for line in lines if line.get("level") == "error"] == []


WATCHED = [right for right in rights(watches=True) if right.verb == "watch" and not right.without]


@pytest.mark.parametrize("lacking", WATCHED, ids=[right.resource for right in WATCHED])
def test_each_right_of_the_deployment_is_used(lacking: Right, modern: User, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that lacks one that it can't do without says so, with the resource, once it has lacked it for long."""
    narrow = Narrow(modern.sandbox)
    narrow.may([right for right in rights(watches=True) if right != lacking], ram_actions_of(["bind"]))
    watch = forked.start(words_of("deployment", capsys, **HERE), bare(narrow.environ()))
    until(lambda: "EIP104" in watch.err())
    watch.send_signal(signal.SIGTERM)
    assert lacking.resource in watch.ended().err


def test_the_policy_is_the_one_that_was_tested(capsys: pytest.CaptureFixture[str]) -> None:
    """The actions of the table, for the commands that are named."""
    words = shlex.split("ram-policy --for status --for bind --with bandwidth-package")
    document = json.loads(printed(capsys, *words))
    assert document == ram_policy(ram_actions_of(["status", "bind"], packages=True))
    assert "vpc:AddCommonBandwidthPackageIp" in document["Statement"][0]["Action"]


SETUP = ("ram-policy", "--for", "setup", "--for", "teardown")


def granted(user: User, name: str, document: str) -> User:
    """A RAM user with this policy, and every right in the cluster."""
    user.cloud.add_policy(name, json.loads(document))
    user.cloud.add_access_key(f"LTAI{name}", "secret", user=name, policies=(name,))
    return user


def as_user(user: User, name: str) -> Session:
    keys = {"ALIBABA_CLOUD_ACCESS_KEY_ID": f"LTAI{name}", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "secret"}
    return user.session(environ={**user.sandbox.env(), **keys})


def test_setup_changes_only_the_policies_and_roles_that_its_policy_names(
    legacy: User, capsys: pytest.CaptureFixture[str]
) -> None:
    """With it setup and teardown work; another policy, and the same one at another role, are out of reach."""
    document = printed(capsys, *SETUP)
    assert all(resource != "*" for resource in resources(document, "ram:"))
    granted(legacy, "installer", document)
    legacy.cloud.add_role("admin")
    session = as_user(legacy, "installer")
    assert carry_out(session, prepare_setup(session, SetupOptions(steps=frozenset({"ram"})))).errors == ()
    assert carry_out(session, prepare_teardown(session, TeardownOptions())).errors == ()
    writer = session.writers().ram
    changes: tuple[Callable[[], object], ...] = (
        lambda: writer.create_policy("mine", document, ""),
        lambda: writer.attach_policy("mine", "AliyunCSManagedNetworkRole"),
        lambda: writer.attach_policy("eipctl-terway-eip", "admin"),
    )
    for change in changes:
        with pytest.raises(CloudError, match="NoPermission"):
            change()


def test_setup_may_edit_the_policies_and_use_the_roles_that_it_is_given(capsys: pytest.CaptureFixture[str]) -> None:
    """By name, instead of the names that ACK gives."""
    found = resources(printed(capsys, *SETUP, "--role", "gpu-nodes", "--edit-policy", "team"), "ram:Create")
    assert found == ["acs:ram:*:*:policy/eipctl-terway-eip", "acs:ram:*:*:policy/team"]
    found = resources(printed(capsys, *SETUP, "--role", "gpu-nodes"), "ram:GetRole")
    assert found == ["acs:ram:*:*:role/gpu-nodes"]


def resources(document: str, start: str) -> list[str]:
    """What the statements about such actions name."""
    statements = json.loads(document)["Statement"]
    named = (one["Resource"] for one in statements if any(action.startswith(start) for action in one["Action"]))
    return [text for found in named for text in ([found] if isinstance(found, str) else found)]


def test_the_narrower_policy_is_enough_for_a_life_and_for_no_eip_of_others(
    modern: User, capsys: pytest.CaptureFixture[str]
) -> None:
    """Pods get EIPs, one that they name as well; what is left is released; an EIP without the cluster's tag is safe."""
    words = ("ram-policy", "--for", "bind", "--with", "bandwidth-package", "--cluster-id", modern.sandbox.cluster_id)
    granted(modern, "narrower", printed(capsys, *words))
    stage, session = Stage(modern.sandbox), as_user(modern, "narrower")
    lent, foreign = (modern.cloud.add_eip(), modern.cloud.add_eip(tags={"eipctl-cluster": "c-another"}))
    stage.add_pod("web", AUTO)
    stage.add_pod("named", named(lent))
    assert carry_out(session, prepare_bind(session, BindOptions())).errors == ()
    assert sorted(row.status for row in modern.cloud.eips()) == ["Available", "InUse", "InUse"]
    stage.delete_pod("web")
    stage.delete_pod("named")
    options = BindOptions(prune=True, grace=0.0)
    assert carry_out(session, prepare_bind(session, options)).errors == ()
    again = as_user(modern, "narrower")
    assert carry_out(again, prepare_bind(again, options)).errors == ()
    assert sorted(row.allocation_id for row in modern.cloud.eips()) == sorted([lent, foreign])
    writer = session.writers().vpc
    changes: tuple[Callable[[], object], ...] = (
        lambda: writer.release(foreign),
        lambda: writer.untag(foreign, ("eipctl-cluster",)),
        lambda: writer.tag(foreign, (("team", "mine"),)),
        lambda: writer.allocate(EipSpec(), (("team", "mine"),), "t-1"),
    )
    for change in changes:
        with pytest.raises(CloudError, match=r"Forbidden\.RAM"):
            change()


@pytest.mark.parametrize("words", [["rbac", "--for", "nothing"], ["ram-policy", "--with", "nothing"]])
def test_what_there_is_none_of_is_a_usage_error(words: list[str]) -> None:
    """Exit 2."""
    assert run(["manifest", *words]) == 2


OFFLINE = {
    "schema",
    "manual",
    "completion",
    "help",
    "history",
    "manifest",
    "sandbox",
    "demo",
    "explain",
    "docs",
    "version",
}


def test_every_command_that_connects_has_its_rights() -> None:
    """A new command can't be forgotten: only apply and report need those of another one."""
    assert {command.name for command in COMMANDS if command.kubernetes} == {
        command.name for command in COMMANDS if command.cloud
    }
    assert {command.name for command in COMMANDS if not command.kubernetes} == OFFLINE | {"apply", "report"}


def test_who_changes_nothing_has_no_right_to() -> None:
    """Neither in Kubernetes nor in RAM; whoever changes something has one."""
    for command in COMMANDS:
        writes = any(right.verb not in ("get", "list", "watch") for right in command.kubernetes)
        calls = any(api.writes for api in command.cloud)
        assert (writes or calls) == (command.changes and command.name != "apply"), command.name


def test_rights_of_several_commands_are_said_once() -> None:
    """The wider of two is kept, and one that any of them needs is not optional."""
    rights = rights_of("setup", "teardown", "bind")
    listed = [right for right in rights if (right.verb, right.resource) == ("list", "pods")]
    assert [right.namespace for right in listed] == [""]
    (namespaces,) = [right for right in rights if right.resource == "namespaces"]
    assert not namespaces.without
