"""Errors and Pods that can't be served as people read them: each cause once."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import EipctlError, Failed
from eipctl.base.text import cause_of, one_per_cause
from eipctl.domain.facts import Pod
from eipctl.output.console import Console, LogFormat
from eipctl.output.errors import CAUSES, error_lines, tell_all, tell_unserved
from eipctl.planners.bind.unserved import Unserved

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

ALIKE = (
    ("eip-bp1abc is bound to eni-bp1x", "eip-bp1def is bound to eni-bp1y"),
    ("the Pod's IP already has eip-1 of Pod shop/web-0", "the Pod's IP already has eip-2 of Pod game/room.1"),
    ("10.0.0.1 does not answer after 3.5 s", "10.0.0.2 does not answer after 12 s"),
    ("request 352F2792-5C34-4DEC-9B91-7EBD647D4D9F", "request 352F2792-5C34-4DEC-9B91-7EBD647D4D90"),
)
OTHERS = ("eip-bandwidth is '5M'", "eip-bandwidth is '6M'", "eip-isp is '5M'")


def test_texts_about_different_objects_have_one_cause() -> None:
    """Ids, addresses, Pods, request ids and seconds make no other cause; values and words do."""
    for one, other in ALIKE:
        assert cause_of(one) == cause_of(other)
    assert len({cause_of(text) for text in OTHERS}) == len(OTHERS)
    assert one_per_cause(text for pair in ALIKE for text in pair) == [one for one, _ in ALIKE]


def failures(count: int) -> list[EipctlError]:
    return [Failed(Code.CLOUD_ERROR, f"eip-{n} was refused", hint="wait", obj=f"eip-{n}") for n in range(count)]


def test_errors_of_one_cause_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    """With their number and a few objects; another cause and a single error stay as they are."""
    tell_all(Console(quiet=True), [*failures(5), Failed(Code.CLOUD_ERROR, "another", obj="eip-9")])
    assert capsys.readouterr().err.splitlines() == [
        "error[EIP210]: eip-0 was refused (5 times: eip-0, eip-1, eip-2 and 2 more)",
        "  do: wait",
        "error[EIP210]: another (eip-9)",
    ]
    tell_all(Console(log_format=LogFormat.JSON), failures(2))
    (line,) = capsys.readouterr().err.splitlines()
    assert {"level": "error", "message": "eip-0 was refused", "count": 2}.items() <= json.loads(line).items()


def pods(reasons: Sequence[str]) -> list[Unserved]:
    made = datetime(2026, 11, 23, tzinfo=UTC)
    return [
        Unserved(Pod("default", f"p{n}", f"u{n}", made), Code.ANNOTATION_VALUE, text) for n, text in enumerate(reasons)
    ]


def test_pods_that_cannot_be_served_are_told_with_q_too(capsys: pytest.CaptureFixture[str]) -> None:
    """As a warning, also in JSON; many reasons don't make a long mail."""
    tell_unserved(Console(quiet=True), pods(["no", "no", "never"]))
    assert capsys.readouterr().err.splitlines() == [
        "warning[EIP408]: 2 Pods can't have an EIP (such as pod/default/p0): no",
        "warning[EIP408]: 1 Pod can't have an EIP (pod/default/p2): never",
    ]
    tell_unserved(Console(quiet=True, log_format=LogFormat.JSON), pods(["no"]))
    (line,) = capsys.readouterr().err.splitlines()
    assert {"level": "warning", "code": "EIP408", "count": 1, "object": "pod/default/p0"}.items() <= json.loads(
        line
    ).items()
    tell_unserved(Console(quiet=True), pods([f"reason {'x' * n}" for n in range(CAUSES + 3)]))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == CAUSES + 1
    assert lines[-1] == "warning: 3 Pods can't have an EIP, for 3 more reasons; see: eipctl status"


def test_an_object_that_the_sentence_names_is_not_named_again() -> None:
    """In whatever spelling: ``Pod default/web-0`` is pod/default/web-0."""

    def line(message: str, obj: str) -> str:
        return "".join(text for text, _ in error_lines(Failed(Code.WORKLOAD_NOT_FOUND, message, obj=obj))[0])

    assert line("there is no Pod default/web-0", "pod/default/web-0").endswith("no Pod default/web-0")
    assert line("it is gone", "pod/default/web-0").endswith("it is gone (pod/default/web-0)")
    assert line("it is gone", "eip-9").endswith("it is gone (eip-9)")
