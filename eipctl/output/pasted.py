"""Commands that are offered for pasting carry the target of the run that offers them.

Every hint and every fix goes through :func:`aimed` on its way out, so nobody who writes one has to think of it.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass

OPTIONS = (
    *("kubeconfig", "context", "as_user", "as_uid", "as_group", "as_user_extra"),
    *("profile", "region", "endpoint_url", "endpoint_type", "cluster_id"),
)
"""What chooses cluster, identity and account, in the order in which it is written."""
_KUBECTL = frozenset(OPTIONS[:6])
_WITH_CLUSTER_ID = frozenset({"bind", "release", "status", "adopt", "move", "report"})

_BEFORE = r"(?P<before>^|[:(|`] ?|\b(?:with|run|then|see|first) |&& )"
_EIPCTL = re.compile(
    _BEFORE + r"(?P<words>eipctl (?P<name>check|setup(?: (?:ram|eni-config|restart))?|adopt|teardown|annotate|bind|"
    r"release|apply|status|report|pool(?: (?:add|list|show|remove))?|move))(?![\w-])(?! --help)"
)
_KUBECTL_CALL = re.compile(_BEFORE + r"(?P<words>kubectl)(?= )(?! --(?:context|kubeconfig)\b)")


@dataclass(frozen=True, slots=True)
class PasteTarget:
    """Options as they were given: name of the parameter, the option, its value; `told` ones on the command line."""

    given: tuple[tuple[str, str, str], ...] = ()
    told: frozenset[str] = frozenset()

    def in_context(self, name: str) -> PasteTarget:
        """The same in this kubeconfig context."""
        return PasteTarget((*self.given, ("context", "--context", name)), self.told | {"context"})

    def eipctl(self, name: str) -> str:
        """For this command of eipctl. What a variable says is there for the next command as well."""
        return self._written(self.told - (frozenset() if name in _WITH_CLUSTER_ID else {"cluster_id"}))

    def kubectl(self) -> str:
        """For kubectl, which reads no variable of eipctl."""
        return self._written(_KUBECTL)

    def _written(self, wanted: frozenset[str]) -> str:
        words = [f" {option} {shlex.quote(value)}" for name, option, value in self.given if name in wanted]
        return "".join(words)


_target = PasteTarget()


def aim_at(target: PasteTarget) -> None:
    """The target of the command that runs in this process."""
    global _target  # noqa: PLW0603 - a process runs one command
    _target = target


def aimed(text: str, context: str = "") -> str:
    """A hint or a fix, each command in it with the options that lead to the target, or to one of its contexts."""
    target = _target.in_context(context) if context else _target
    if not target.given:
        return text
    text = _EIPCTL.sub(lambda found: found[0] + target.eipctl(found["name"].split()[0]), text)
    return _KUBECTL_CALL.sub(lambda found: found[0] + target.kubectl(), text)
