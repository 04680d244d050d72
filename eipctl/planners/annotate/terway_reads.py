"""What Terway's own EIP mode makes of annotations, where it reads them otherwise than everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.findings import Level
from eipctl.domain.settings import K8S, WITH_EIP
from eipctl.domain.wish import POD_ENI, Wanted, has_own_eni, terway_asks, wanted
from eipctl.planners.annotate.lints import Lint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from eipctl.planners.annotate.actors import Acts
    from eipctl.planners.annotate.lints import Target


def terway_lints(target: Target, after: Mapping[str, str], terway: Acts) -> Iterator[Lint]:
    """Of a template whose Pods start where Terway gives the EIPs."""
    wish, asks, obj = wanted(after), terway_asks(after), target.object
    told = {key: after[key] for key in WITH_EIP.keys if after.get(key)}
    said = " and ".join(f"{key} is {text!r}" for key, text in told.items())
    if isinstance(wish, Wanted) and not asks and any(key.startswith(K8S) for key in told):
        problem = f"{said}, but {terway.text} accepts only the string 'true': its Pods get no EIP"
        yield Lint(Code.IGNORED_KEY, obj, problem, f"eipctl annotate {target.words} --eip", Level.WARNING)
    if wish is None and asks:
        problem = f"{said}: {terway.text} gives an EIP if either of them is 'true'"
        instead = f"eipctl annotate {target.words} --remove, or --eip"
        yield Lint(Code.ANNOTATION_CONFLICT, obj, problem, instead, Level.WARNING)
    if asks and has_own_eni(after):
        problem = f"{POD_ENI} gives each Pod its own ENI on a trunk, and {terway.text} ignores such Pods"
        instead = f"remove {POD_ENI} from its Pod template, or let eipctl bind give the EIPs"
        yield Lint(Code.IGNORED_KEY, obj, problem, instead, Level.WARNING)


def published_lints(target: Target, after: Mapping[str, str], wish: Wanted) -> Iterator[Lint]:
    """A warning for a value that the cloud's documentation does not list."""
    for setting in wish.named:
        value = next((after[key] for key in setting.keys if after.get(key)), "")
        if setting.published and value not in setting.published:
            problem = f"{setting} is {value!r}, which the documentation does not list: {', '.join(setting.published)}"
            instead = "correct the value, unless Alibaba Cloud gave it to you"
            yield Lint(Code.ANNOTATION_VALUE, target.object, problem, instead, Level.WARNING)
