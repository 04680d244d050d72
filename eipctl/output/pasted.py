"""Commands that are offered for pasting: with the target of the run that offers them, and as eipctl is called here.

Every hint and every fix goes through :func:`aimed` on its way out, so that its author need not think of it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

from eipctl.commands.registry import BY_NAME, COMMANDS

OPTIONS = (
    *("kubeconfig", "context", "as_user", "as_uid", "as_group", "as_user_extra"),
    *("profile", "region", "endpoint_url", "endpoint_type", "cluster_id"),
)
"""What chooses cluster, identity and account, in the order in which it is written."""
_KUBECTL = frozenset(OPTIONS[:6])
PROGRAM = "eipctl"

_BEFORE = r"(?P<before>^|[:(|`] ?|\b(?:with|run|then|see|first) |&& )"
_CONNECTED = "|".join(
    command.name + (f"(?: (?:{'|'.join(command.parts)}))?" if command.parts else "")
    for command in COMMANDS
    if command.connects
)
_EIPCTL = re.compile(_BEFORE + rf"(?P<words>eipctl (?P<name>{_CONNECTED}))(?![\w-])(?! --help)")
_CALLED = re.compile(rf"\beipctl(?= (?:{'|'.join(BY_NAME)}|--?[a-z])\b)")
_KUBECTL_CALL = re.compile(_BEFORE + r"(?P<words>kubectl)(?= )(?! --(?:context|kubeconfig)\b)")


@dataclass(frozen=True, slots=True)
class PasteTarget:
    """Options as given: parameter, option, value; `told` are those of the command line."""

    given: tuple[tuple[str, str, str], ...] = ()
    told: frozenset[str] = frozenset()

    def in_context(self, name: str) -> PasteTarget:
        """The same in this kubeconfig context."""
        return PasteTarget((*self.given, ("context", "--context", name)), self.told | {"context"})

    def eipctl(self, name: str) -> str:
        """For this command of eipctl. What a variable says is there for the next command as well."""
        return self._written(self.told - (frozenset() if BY_NAME[name].takes_cluster_id else {"cluster_id"}))

    def kubectl(self) -> str:
        """For kubectl, which reads no variable of eipctl."""
        return self._written(_KUBECTL)

    def _written(self, wanted: frozenset[str]) -> str:
        words = [f" {option} {shlex.quote(value)}" for name, option, value in self.given if name in wanted]
        return "".join(words)


_target = PasteTarget()
_program = PROGRAM


def aim_at(target: PasteTarget) -> None:
    """The target of the command that runs in this process."""
    global _target  # noqa: PLW0603 - a process runs one command
    _target = target


def call_it(program: str) -> None:
    """How eipctl is called in this process: ``eipctl``, ``kubectl eip``."""
    global _program  # noqa: PLW0603 - a process has one name
    _program = program


def program() -> str:
    """How eipctl is called in this process."""
    return _program


def aimed(text: str, context: str = "") -> str:
    """A hint or a fix, each command in it with the options that lead to the target, or to one of its contexts."""
    target = _target.in_context(context) if context else _target
    if target.given:
        text = _EIPCTL.sub(lambda found: found[0] + target.eipctl(found["name"].split()[0]), text)
        text = _KUBECTL_CALL.sub(lambda found: found[0] + target.kubectl(), text)
    return called(text)


def called(text: str) -> str:
    """The same, each command of eipctl in it as it is called here."""
    return text if _program == PROGRAM else _CALLED.sub(_program, text)
