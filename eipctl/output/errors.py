"""Errors as people read them: one sentence, then what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.text import cause_of, first_few
from eipctl.domain.plan import StepState
from eipctl.output.console import Line, Style
from eipctl.output.pasted import aimed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.base.codes import Code
    from eipctl.base.errors import EipctlError
    from eipctl.domain.plan import Step
    from eipctl.output.console import Console
    from eipctl.planners.bind.unserved import Unserved

SHOWN = 3
"""Objects that are named of many with one error."""
CAUSES = 10
"""Causes that get a line of their own although there are more."""


def tell(console: Console, error: EipctlError) -> None:
    """On stderr, also with -q."""
    facts = {"code": error.code.value, "hint": aimed(error.hint), "object": error.object}
    facts |= {"reference": error.reference} if error.reference else {}
    console.complain(*error_lines(error), message=_one_line(error.message), **facts)


def tell_all(console: Console, errors: Iterable[EipctlError], steps: Iterable[Step] = ()) -> None:
    """Each cause once, with the objects that it concerns; of the errors of `steps` those that the Actions name."""
    causes: dict[tuple[Code, str], list[EipctlError]] = {}
    for error in errors:
        causes.setdefault((error.code, cause_of(error.message)), []).append(error)
    named = {step.error: step.action.object for step in steps if step.state is StepState.FAILED}
    for alike in causes.values():
        if len(alike) == 1:
            tell(console, alike[0])
        else:
            _tell_alike(console, alike, [named.get(error.message, error.object) for error in alike])


def _tell_alike(console: Console, errors: list[EipctlError], objects: list[str]) -> None:
    first, message = errors[0], _one_line(errors[0].message)
    about = f" ({len(errors)} times: {first_few(list(dict.fromkeys(filter(None, objects))), SHOWN)})"
    lines = _lines(first, message + about)
    code, count = first.code.value, len(errors)
    console.complain(*lines, message=message, code=code, hint=aimed(first.hint), object=first.object, count=count)


def tell_unserved(console: Console, pods: Iterable[Unserved]) -> None:
    """A line per cause with the number of Pods and one of them, also with -q: nothing else reports them."""
    causes: dict[str, list[Unserved]] = {}
    for one in pods:
        causes.setdefault(cause_of(one.reason), []).append(one)
    for alike in list(causes.values())[:CAUSES]:
        _tell_cause(console, alike)
    more = list(causes.values())[CAUSES:]
    if more:
        message = f"{_pods(sum(map(len, more)))} can't have an EIP, for {len(more)} more reasons; see: eipctl status"
        console.complain((("warning: ", Style.CAUTION), (message, Style.PLAIN)), message=message, level="warning")


def _tell_cause(console: Console, alike: list[Unserved]) -> None:
    first = alike[0]
    example = ("such as " if len(alike) > 1 else "") + f"pod/{first.pod.key}"
    message = f"{_pods(len(alike))} can't have an EIP ({example}): {_one_line(first.reason)}"
    line: Line = ((f"warning[{first.code.value}]: ", Style.CAUTION), (message, Style.PLAIN))
    code, count = first.code.value, len(alike)
    console.complain(line, message=message, level="warning", code=code, object=f"pod/{first.pod.key}", count=count)


def _pods(count: int) -> str:
    return "1 Pod" if count == 1 else f"{count} Pods"


def error_lines(error: EipctlError) -> list[Line]:
    """``error[EIP101]: sentence`` and, on a line of its own, the hint; what others say in several lines is joined."""
    name = error.object.partition("/")[2] or error.object
    known = name in error.message
    about = f" ({error.object})" if error.object and not known else ""
    return _lines(error, error.message + about)


def _lines(error: EipctlError, text: str) -> list[Line]:
    reference = f"  ({_one_line(error.reference)})" if error.reference else ""
    head: Line = (
        (f"error[{error.code.value}]: ", Style.BAD),
        (_one_line(text), Style.PLAIN),
        (reference, Style.QUIET),
    )
    return [head, (("  do: ", Style.QUIET), (_one_line(aimed(error.hint)), Style.COMMAND))] if error.hint else [head]


def _one_line(text: str) -> str:
    return " ".join(text.splitlines())
