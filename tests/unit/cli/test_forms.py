"""The forms in which commands of text answer."""

from __future__ import annotations

import json

import pytest
import yaml

from eipctl.cli.app import run
from eipctl.cli.sandbox import reached

EIP = {"allocation_id": "eip-1", "eip_address": "198.18.0.2", "status": "InUse", "eni_id": "eni-1"}


@pytest.mark.parametrize("words", [("rbac",), ("cronjob",), ("deployment",), ("rbac", "--user", "alice")])
def test_a_manifest_in_json_has_the_objects_of_the_one_in_yaml(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """As a List, which kubectl applies as well."""
    assert run(["manifest", *words, "-o", "json"]) == 0
    listed = json.loads(capsys.readouterr().out)
    assert (listed["apiVersion"], listed["kind"]) == ("v1", "List")
    assert run(["manifest", *words]) == 0
    assert listed["items"] == list(yaml.safe_load_all(capsys.readouterr().out))


def test_a_ram_policy_in_yaml_is_the_one_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    """For people who keep their policies in YAML."""
    assert run(["manifest", "ram-policy", "-o", "yaml"]) == 0
    found = yaml.safe_load(capsys.readouterr().out)
    assert run(["manifest", "ram-policy"]) == 0
    assert found == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("one", "other"), [("cronjob", "deployment"), ("deployment", "cronjob")])
def test_a_manifest_says_whose_roles_it_replaces(one: str, other: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Both name their roles alike: who applies both learns that the last one decides."""
    assert run(["manifest", one]) == 0
    assert f"# Replaces the roles that eipctl manifest {other} makes: run one of the two.\n" in capsys.readouterr().out


def test_where_an_eip_leads_to_is_a_sentence() -> None:
    """A Pod, something else, or nothing."""
    pod = {"namespace": "default", "name": "web-0", "node": "n1"}
    assert reached({**EIP, "private_ip": "10.0.0.1", "pod": pod}) == (
        "198.18.0.2 (eip-1) leads to pod/default/web-0 on node n1, at eni-1 10.0.0.1\n"
    )
    assert reached({**EIP, "private_ip": "", "pod": None}).endswith("leads to no Pod: it is bound to eni-1\n")
    free = {**EIP, "status": "Available", "eni_id": "", "private_ip": "", "pod": None}
    assert reached(free).endswith("leads to no Pod: its status is Available\n")
