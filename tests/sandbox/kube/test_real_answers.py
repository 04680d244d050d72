"""The same questions to the sandbox and to a real kube-apiserver."""

from __future__ import annotations

import base64
import re
import ssl
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import urllib3
import yaml

import eipctl.sandbox.kube
from eipctl.sandbox.server import Sandbox

from .asker import Answer, Asker, real_answers

if TYPE_CHECKING:
    from collections.abc import Iterator

REAL = real_answers()
_TEXT = (Path(eipctl.sandbox.kube.__file__).parent / "DIFFERENCES.md").read_text(encoding="utf-8")
LISTED = {name for row in re.findall(r"^\| (`.*?) \|", _TEXT, re.M) for name in re.findall(r"`([^`]+)`", row)}
"""The questions that DIFFERENCES.md says are answered otherwise."""


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Answer]]:
    with Sandbox(tmp_path_factory.mktemp("asked"), scenario="modern") as sandbox:
        config = yaml.safe_load(sandbox.kubeconfig.read_text(encoding="utf-8"))
        authority = base64.b64decode(config["clusters"][0]["cluster"]["certificate-authority-data"]).decode()
        pool = urllib3.PoolManager(ssl_context=ssl.create_default_context(cadata=authority), retries=False)
        node = sandbox.objects.list("nodes")[0]["metadata"]["name"]
        asker = Asker(pool, sandbox.kube_url, config["users"][0]["user"]["token"], node)
        asker.ask_all()
        yield asker.answers


@pytest.mark.parametrize("question", sorted(REAL.keys() - LISTED))
def test_a_question_is_answered_as_a_real_api_server_answers_it(question: str, answers: dict[str, Answer]) -> None:
    assert answers.get(question) == REAL[question]


@pytest.mark.parametrize("question", sorted(LISTED))
def test_a_question_that_is_listed_as_a_difference_is_one(question: str, answers: dict[str, Answer]) -> None:
    assert question in REAL
    assert answers.get(question) != REAL[question]
