"""`annotate -f`, as a person runs it: without a cluster, without credentials, from any directory."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from eipctl.base.codes import Code
from eipctl.cli.app import run
from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.engine.run import carry_out
from eipctl.engine.session import Session, Settings
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.settings import EipSettings
from tests.e2e.user import EXAMPLE

if TYPE_CHECKING:
    from tests.e2e.user import User

WITH_EIP = "k8s.aliyun.com/pod-with-eip"
EIP_ID = "k8s.aliyun.com/pod-eip-instanceid"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one, and nothing in the environment that leads to a cluster or an account."""
    for name in ("KUBECONFIG", "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "EIPCTL_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def web(home: Path) -> Path:
    """The documentation's Deployment in a file."""
    path = home / "web.yaml"
    path.write_text(EXAMPLE.read_text())
    return path


def template(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["spec"]["template"]["metadata"].get("annotations", {})
    return found


def workload(name: str, kind: str = "StatefulSet", **annotations: str) -> str:
    meta = {"annotations": {f"k8s.aliyun.com/{key.replace('_', '-')}": value for key, value in annotations.items()}}
    spec = {"template": {"metadata": meta, "spec": {"containers": [{"name": "main", "image": "nginx"}]}}}
    return yaml.safe_dump({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": spec})


def test_one_manifest_goes_to_stdout(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Edited, and the file stays as it is; what is to know is on stderr."""
    assert run(["annotate", "-f", "web.yaml", "--eip", "--bandwidth", "5"]) == 0
    told = capsys.readouterr()
    lines = web.read_text().splitlines()
    new = [line for line in told.out.splitlines() if line not in lines]
    assert [line.strip() for line in new] == [
        "annotations:",
        f'{WITH_EIP}: "true"',
        'k8s.aliyun.com/eip-bandwidth: "5"',
    ]
    assert "USD" in told.err
    assert template(web) == {}


def test_standard_input_is_a_filter(
    web: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between helm template and kubectl apply; line ends stay as they are."""
    text = web.read_bytes().replace(b"\n", b"\r\n")
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text)))
    assert run(["annotate", "-f", "-", "--eip", "-q"]) == 0
    told = capsys.readouterr()
    assert told.err == ""
    added = f'      annotations:\r\n        {WITH_EIP}: "true"\r\n      labels:\r\n        app: nginx\r\n    spec:'
    assert told.out == text.decode().replace("      labels:\r\n        app: nginx\r\n    spec:", added)


def test_files_and_directories_are_written_in_place(web: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only those that change, whole or not at all, with their mode; the plan shows a diff; again there is nothing."""
    (home / "deploy").mkdir()
    inner = home / "deploy" / "db.yml"
    inner.write_text(workload("db"))
    other = home / "deploy" / "service.json"
    other.write_text('{"kind": "Service", "apiVersion": "v1"}')
    web.chmod(0o640)
    words = ["annotate", "-f", "web.yaml", "-f", "deploy", "--eip", "--in-place", "--yes"]
    assert run(words) == 0
    assert f'+        {WITH_EIP}: "true"' in capsys.readouterr().err
    assert (template(web), template(inner)) == ({WITH_EIP: "true"}, {WITH_EIP: "true"})
    assert stat.S_IMODE(web.stat().st_mode) == 0o640
    assert other.read_text() == '{"kind": "Service", "apiVersion": "v1"}'
    assert sorted(path.name for path in home.iterdir()) == ["deploy", "web.yaml"]
    assert run([*words, "-o", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["actions"] == []


def test_a_dry_run_writes_nothing(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It shows the diff; -o json has the lines that change and no others."""
    assert run(["annotate", "-f", "web.yaml", "--eip", "--dry-run", "-o", "json"]) == 0
    (action,) = json.loads(capsys.readouterr().out)["data"]["actions"]
    assert [line.strip() for line in action["diff"][3:]] == ["+      annotations:", f'+        {WITH_EIP}: "true"']
    assert template(web) == {}


def test_words_limit_what_is_edited(home: Path) -> None:
    """By kind, short name, group and name; -n by the namespace that the object names."""
    path = home / "all.yaml"
    path.write_text("---\n".join([workload("db"), workload("web", "Deployment"), workload("api", "Deployment")]))

    def annotated(*words: str) -> list[str]:
        path.write_text("---\n".join([workload("db"), workload("web", "Deployment"), workload("api", "Deployment")]))
        assert run(["annotate", *words, "-f", "all.yaml", "--eip", "--in-place", "--yes", "-q"]) == 0
        found = yaml.safe_load_all(path.read_text())
        return [each["metadata"]["name"] for each in found if each["spec"]["template"]["metadata"]["annotations"]]

    assert annotated("deployment/web") == ["web"]
    assert annotated("deploy", "sts/db") == ["db", "web", "api"]
    assert annotated("deployments.apps/api") == ["api"]
    assert annotated("-n", "game") == ["db", "web", "api"]
    assert run(["annotate", "deployment/gone", "-f", "all.yaml", "--eip"]) == 1


def test_what_the_documentation_shows_is_mended(web: Path) -> None:
    """`eip-bandwidth: 5` is a number, which the API server rejects; any edit, or --fix, makes it a string."""
    unquoted = (
        "      annotations:\n        k8s.aliyun.com/pod-with-eip: true\n        k8s.aliyun.com/eip-bandwidth: 5\n"
    )
    text = web.read_text().replace("      labels:\n        app: nginx\n    spec", f"{unquoted}      labels:\n    spec")
    web.write_text(text)
    assert run(["annotate", "-f", "web.yaml", "--fix", "--in-place", "--yes", "-q"]) == 0
    assert web.read_text() == text.replace(": true", ': "true"').replace(": 5", ': "5"')


def test_misplaced_keys_move_and_removal_takes_all(web: Path) -> None:
    """--fix and --remove as on a cluster."""
    text = web.read_text()
    web.write_text(text.replace("  labels:", f'  annotations:\n    {WITH_EIP}: "true"\n  labels:', 1))
    assert run(["annotate", "-f", "web.yaml", "--fix", "--in-place", "--yes", "-q"]) == 0
    found = yaml.safe_load(web.read_text())
    assert template(web) == {WITH_EIP: "true"}
    assert "annotations" not in found["metadata"]
    assert run(["annotate", "-f", "web.yaml", "--remove", "--in-place", "--yes", "-q"]) == 0
    assert web.read_text() == text


def test_a_deadlock_is_taken_out_in_the_file(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--recreate-strategy writes spec.strategy."""
    web.write_text(web.read_text().replace("replicas: 2", "replicas: 1"))
    words = ["annotate", "-f", "web.yaml", "--instance-id", "eip-bp1abc"]
    assert run(words) == 5
    assert "--recreate-strategy" in capsys.readouterr().err
    assert run([*words, "--recreate-strategy", "--in-place", "--yes", "-q"]) == 0
    assert yaml.safe_load(web.read_text())["spec"]["strategy"] == {"type": "Recreate"}


def test_one_eip_in_two_files_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written; --force lifts it."""
    for name in ("a", "b"):
        (home / f"{name}.yaml").write_text(workload(name))
    (home / "b.yaml").write_text(workload("b", pod_eip_instanceid="eip-bp1abc"))
    words = ["annotate", "sts/a", "-f", ".", "--instance-id", "eip-bp1abc", "--in-place", "--yes"]
    assert run(words) == 5
    assert "EIP410" in capsys.readouterr().err
    assert (home / "a.yaml").read_text() == workload("a")
    assert run([*words, "--force", "EIP410"]) == 0
    assert template(home / "a.yaml") == {EIP_ID: "eip-bp1abc"}


def test_an_autoscaler_in_the_files_is_seen(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """HPA or KEDA, in whichever file: it may scale what names an EIP."""
    (home / "a.yaml").write_text(workload("a"))
    (home / "b.yaml").write_text(workload("b"))
    keda = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "more"}}
    keda["spec"] = {"scaleTargetRef": {"kind": "StatefulSet", "name": "a"}}
    (home / "keda.yaml").write_text(yaml.safe_dump(keda))
    words = ["annotate", "-f", ".", "--instance-id", "eip-bp1abc", "--in-place", "--yes", "-q"]
    assert run([*words, "sts/a"]) == 5
    told = capsys.readouterr().err
    assert "error[EIP415]: a.yaml:1 statefulset/default/a: " in told
    assert "ScaledObject more may scale it" in told
    assert run([*words, "sts/b"]) == 0


def test_a_dump_of_an_object_is_a_manifest_too(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What `kubectl get -o yaml` shows: nobody's declaration in the cluster hinders the edit of a file."""
    path = home / "a.yaml"
    dumped = yaml.safe_load(workload("a", "Job", pod_with_eip="true"))
    applied = {"kubectl.kubernetes.io/last-applied-configuration": json.dumps(dumped)}
    dumped["metadata"] |= {"annotations": applied, "uid": "u-1", "resourceVersion": "7", "labels": {"app": "a"}}
    path.write_text(yaml.safe_dump(dumped))
    assert run(["annotate", "-f", "a.yaml", "--remove", "--in-place", "--yes"]) == 0
    assert "k8s.aliyun.com" not in str(yaml.safe_load(path.read_text())["spec"])
    assert "EIP4" not in capsys.readouterr().err


def test_tags_without_quotes_are_mended(home: Path) -> None:
    """YAML takes them for a mapping, which the API server rejects; --remove finds them too."""
    text = workload("a", pod_with_eip="true", eip_tags="x").replace("eip-tags: x", "eip-tags: {team: games}")
    (home / "a.yaml").write_text(text)
    assert run(["annotate", "-f", "a.yaml", "--fix", "--in-place", "--yes", "-q"]) == 0
    assert template(home / "a.yaml")["k8s.aliyun.com/eip-tags"] == '{"team": "games"}'
    (home / "a.yaml").write_text(text)
    assert run(["annotate", "-f", "a.yaml", "--remove", "--in-place", "--yes", "-q"]) == 0
    assert "k8s.aliyun.com" not in (home / "a.yaml").read_text()


def test_one_file_by_two_names_is_edited_once(web: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Named twice, in a directory, through a link, which stays one; the files keep their order."""
    (home / "link.yaml").symlink_to(web)
    words = ["annotate", "-f", ".", "-f", "./web.yaml", "-f", str(web), "--eip", "--in-place", "--yes", "-q"]
    (home / "more.yaml").write_text(workload("more"))
    assert run([*words[:-3], "--dry-run", "-o", "json"]) == 0
    edits = json.loads(capsys.readouterr().out)["data"]["actions"]
    assert [edit["object"] for edit in edits] == ["link.yaml", "more.yaml"]
    assert run(words) == 0
    assert (home / "link.yaml").is_symlink()
    assert template(web) == {WITH_EIP: "true"}


def test_a_patch_that_annotates_pods_is_named_and_left(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As kustomize has them: nothing is said of what they are a part of, but what they say of EIPs is."""
    patch = {"metadata": {"annotations": {WITH_EIP: "true"}}}
    other = {"metadata": {"annotations": {"team": "games"}}}
    documents = [
        {"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": name}, "spec": {"template": template}}
        for kind, name, template in (
            ("StatefulSet", "db", other),
            ("Deployment", "web", patch),
            ("SealedSecret", "s", patch),
        )
    ]
    text = "\n---\n".join(map(json.dumps, documents))
    Path("patch.yaml").write_text(text)
    assert run(["annotate", "-f", ".", "--eip", "--in-place", "--yes"]) == 0
    notes = [line for line in "".join(capsys.readouterr()).splitlines() if "a patch" in line]
    assert notes == [
        "note: patch.yaml:1 statefulset/db is a patch and is not edited",
        f"note: patch.yaml:3 deployment/web is a patch and is not edited; it sets {WITH_EIP}",
    ]
    assert Path("patch.yaml").read_text() == text
    assert run(["annotate", "-f", "patch.yaml", "--eip", "--in-place", "--yes"]) == 1
    assert "annotate the patched object" in capsys.readouterr().err


def test_a_file_stays_its_owners(web: Path) -> None:
    """Also when root edits somebody's checkout."""
    owner = (1234, 5678) if os.geteuid() == 0 else (os.getuid(), os.getgroups()[-1])
    os.chown(web, *owner)
    web.chmod(0o2664)
    assert run(["annotate", "-f", "web.yaml", "--eip", "--in-place", "--yes", "-q"]) == 0
    now = web.stat()
    assert (now.st_uid, now.st_gid, stat.S_IMODE(now.st_mode)) == (*owner, 0o2664)


def test_standard_input_may_be_closed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """As `<&-` and some services leave it: nothing is in it."""
    monkeypatch.setattr(sys, "stdin", None)
    assert run(["annotate", "-f", "-", "--eip"]) == 1
    assert "there is no workload in standard input" in capsys.readouterr().err


def test_a_directory_that_can_not_be_listed_is_told(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no directory without manifests: here its path is longer than the system takes."""
    for _ in range(17):
        Path("d" * 250).mkdir()
        monkeypatch.chdir("d" * 250)
    monkeypatch.chdir(home)
    assert run(["annotate", "-f", ".", "--eip"]) == 2
    assert "File name too long" in capsys.readouterr().err


def test_only_a_file_is_written_in_place(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a pipe held is gone once it is read."""
    pipe = home / "pipe.yaml"
    os.mkfifo(pipe)
    writer = Thread(target=pipe.write_text, args=(workload("a"),))
    writer.start()
    assert run(["annotate", "-f", "pipe.yaml", "--eip", "--in-place", "--yes", "-q"]) == 2
    writer.join()
    assert "it is not a regular file" in capsys.readouterr().err


def test_a_template_that_is_named_is_refused_and_one_in_a_directory_is_left_out(
    web: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A sentence with its name and line; nothing stops the good files beside it."""
    (home / "z.yaml").write_text("kind: Deployment\nmetadata:\n  name: {{ .Release.Name }}-web\n")
    assert run(["annotate", "-f", "web.yaml", "-f", "z.yaml", "--eip", "--in-place", "--yes"]) == 2
    assert "z.yaml:3 looks like a template" in capsys.readouterr().err
    assert template(web) == {}
    assert run(["annotate", "-f", ".", "--eip", "--in-place", "--yes"]) == 0
    assert "note: z.yaml:3 looks like a template" in "".join(capsys.readouterr())
    assert template(web) == {WITH_EIP: "true"}


def test_a_plan_is_saved_and_applied_or_stale(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """As every plan: apply writes what was shown, and refuses when the file is another one by then."""
    assert run(["annotate", "-f", "web.yaml", "--eip", "--in-place", "--dry-run", "--out", "plan.json", "-q"]) == 0
    assert run(["apply", "plan.json", "--yes", "-q"]) == 0
    assert template(web) == {WITH_EIP: "true"}
    web.write_text(EXAMPLE.read_text().replace("replicas: 2", "replicas: 3"))
    assert run(["apply", "plan.json", "--yes", "-q"]) == 5
    assert "has changed" in capsys.readouterr().err
    assert template(web) == {}


def test_a_file_that_changes_meanwhile_is_not_overwritten(web: Path) -> None:
    """Between the plan and the yes somebody saved it: refused, and their text stays."""
    session = Session(Settings(environ={}))
    options = AnnotateOptions(scope=Scope(namespaces=()), files=("web.yaml",), settings=EipSettings.of(eip="true"))
    prepared = prepare_annotate(session, options)
    web.write_text("kind: Other\n")
    (error,) = carry_out(session, prepared).errors
    assert (error.code, "has changed since" in error.message) == (Code.STALE_PLAN, True)
    assert web.read_text() == "kind: Other\n"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["-f", "gone.yaml", "--eip"], "gone.yaml can't be read"),
        (["-f", "x" * 300, "--eip"], "File name too long"),
        (["-f", "empty", "--eip"], "has no file that ends in"),
        (["-f", "latin.yaml", "--eip"], "not UTF-8 at byte 6"),
        (["-f", "web.yaml", "-f", "latin.yaml", "--eip"], "latin.yaml"),
        (["-f", "web.yaml", "-f", "more.yaml", "--eip"], "stdout takes one manifest, but there are 2 files"),
        (["-f", "web.yaml", "--eip", "-l", "app=web"], "-l selects objects in a cluster"),
        (["-f", "web.yaml", "--eip", "--all"], "--all selects objects in a cluster"),
        (["-f", "web.yaml", "--eip", "--wait"], "--wait selects objects in a cluster"),
        (["-f", "web.yaml", "--eip", "--live-pods"], "--live-pods selects objects in a cluster"),
        (["-f", "-", "--eip", "--in-place", "--yes"], "reads standard input"),
        (["-f", "web.yaml"], "nothing to annotate"),
        (["deployment/web", "--eip", "--in-place", "--yes"], "-f is missing"),
    ],
)
def test_wrong_use_is_one_sentence(
    web: Path, home: Path, words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 2, nothing on stdout, nothing written."""
    (home / "empty").mkdir()
    (home / "latin.yaml").write_bytes(b"kind: \xe4\n")
    (home / "more.yaml").write_text(workload("more"))
    assert run(["annotate", *words]) == 2
    told = capsys.readouterr()
    assert says in told.err
    assert told.out == ""
    assert web.read_text() == EXAMPLE.read_text()


def test_an_envelope_is_of_a_plan(web: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o json and a manifest on stdout exclude each other; the envelope says so itself."""
    assert run(["annotate", "-f", "web.yaml", "--eip", "-o", "json"]) == 2
    (error,) = json.loads(capsys.readouterr().out)["errors"]
    assert "-o formats a plan" in error["message"]
    assert template(web) == {}


def test_the_cluster_takes_what_was_written(modern: User, web: Path) -> None:
    """The edited manifest is one that the API server accepts, strings and all."""
    assert run(["annotate", "-f", "web.yaml", "--eip", "--bandwidth", "5", "--in-place", "--yes", "-q"]) == 0
    manifest = yaml.safe_load(web.read_text())
    manifest["metadata"]["namespace"] = "default"
    modern.objects.create("deployments", manifest)
    modern.until(modern.rolled_out)
    assert all(pod["metadata"]["annotations"][WITH_EIP] == "true" for pod in modern.pods())
