"""Templates of -o jsonpath, against kubectl itself and in what is left."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from eipctl.output.jsonpath import BadTemplate, rendered, template

KUBECTL = Path(sys.executable).with_name("kubectl")
CONFIG = {
    "apiVersion": "v1",
    "kind": "Config",
    "current-context": "a",
    "clusters": [{"name": "c", "cluster": {"server": "https://c:6443"}}],
    "contexts": [
        {"name": "a", "context": {"cluster": "c", "user": "u", "namespace": "game"}},
        {"name": "b.c/d", "context": {"cluster": "c", "user": "v"}},
    ],
    "users": [{"name": "u", "user": {"username": "x"}}, {"name": "v", "user": {"username": "y"}}],
}
TEMPLATES = (
    "{.contexts[*].name}",
    "{.contexts[0].name}",
    "{.contexts[-1].name}",
    "{.contexts[0:1].name}",
    "{.contexts[1:].name}",
    "{$.contexts[*].name}",
    "{@.contexts[*].name}",
    "{.contexts[*].context.namespace}",
    "{..server}",
    "{.current-context}",
    "{['current-context']}",
    "the context is {.current-context}, of {.kind}",
    '{range .contexts[*]}{.name}{"\\t"}{.context.user}{"\\n"}{end}',
    "{range .contexts[*]}{@.name}{'\\n'}{end}",
    "{range .contexts[*]}{.name}:{range .context}{.user}{end} {end}",
    '{.contexts[?(@.name=="b.c/d")].context.user}',
    "{.contexts[?(@.context.user=='u')].name}",
    '{.users[?(@.user.username!="x")].name}',
    "{.contexts[?(@.context.namespace)].name}",
    "{.contexts[*]['name', 'nothing']}",
    "{.contexts[*].nothing}",
    "plain",
)


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("jsonpath") / "kubeconfig"
    path.write_text(json.dumps(CONFIG))
    return path


def view(kubeconfig: Path, form: str) -> str:
    """What kubectl makes of a file, without a cluster."""
    words = [str(KUBECTL), "config", "view", "--kubeconfig", str(kubeconfig), "-o", form]
    return subprocess.run(words, capture_output=True, text=True, check=True, timeout=60).stdout


@pytest.fixture(scope="module")
def data(kubeconfig: Path) -> Any:
    return json.loads(view(kubeconfig, "json"))


@pytest.mark.parametrize("text", TEMPLATES)
def test_a_template_says_what_kubectl_says(text: str, kubeconfig: Path, data: Any) -> None:
    """On the same data."""
    assert rendered(template(text), data) == view(kubeconfig, f"jsonpath={text}")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{.labels.k8s\\.io/a}", "1"),
        ("{.labels['k8s\\.io/a']}", "1"),
        ('{.labels["k8s.io/a"]}', "1"),
        ("{.on} {.none} {.count} {.money}", "true null 3 2.26"),
        ("{.list}", '[1,"é"]'),
        ("{.list[0]}", "1"),
        ("{range .list[*]}<{.}>{end}", "<1><é>"),
        ("{range .list[*]}<{@}{.a}>{end}", "<1><é>"),
        ("{.}", '{"labels":{"k8s.io/a":"1"},"on":true,"none":null,"count":3,"money":2.26,"list":[1,"é"]}'),
    ],
)
def test_values_are_shown_as_they_are(text: str, shown: str) -> None:
    """Texts bare, everything else as JSON."""
    data = {"labels": {"k8s.io/a": "1"}, "on": True, "none": None, "count": 3, "money": 2.26, "list": [1, "é"]}
    assert rendered(template(text), data) == shown


@pytest.mark.parametrize("text", ["{.a}", "{.b}", "{.}", "{range .b[*]}{@}{end}"])
def test_nothing_that_a_terminal_would_obey_is_printed(text: str) -> None:
    """Neither bare nor within JSON, where it is escaped; what the template itself says is the user's."""
    evil = "1\x1b[31m2\x9b3\x7f4\u202e5\u2066\ufeff"
    shown = rendered(template(text), {"a": evil, "b": [evil]})
    assert shown.isprintable()
    assert all(digit in shown for digit in "12345")
    assert rendered(template('{"\\u001b"}'), {}) == "\x1b"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{.a", "a brace is not closed"),
        ("{}", "names no path"),
        ("{range .a}x", "has no {end}"),
        ("x{end}", "has no {range"),
        ("{.a[}", "is not a path"),
        ("{.a[?(@.b==)]}", "is not a path"),
        ('{"\\q"}', "an escape that is not known"),
    ],
)
def test_a_template_that_can_t_be_read_says_why(text: str, why: str) -> None:
    """Before anything is done."""
    with pytest.raises(BadTemplate, match=why.replace("{", r"\{")):
        template(text)
