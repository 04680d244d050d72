"""Plan `annotate`: the annotations that ask for an EIP, put on Pod templates and Pods or taken off them.

Only keys whose value differs are written. What can't work is a lint with a code; it refuses the whole plan unless
--force names the code.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from eipctl.domain.actions import AnnotateWorkload
from eipctl.domain.annotations import COMPATIBILITY, K8S, NETWORK, PREFIXES, Problem, Setting, Wanted, wanted
from eipctl.domain.codes import Code
from eipctl.domain.plan import Lane, Plan, Stage
from eipctl.domain.workloads import at_most_one, restarts, template_is_fixed
from eipctl.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from eipctl.domain.actions import Pairs
    from eipctl.domain.facts import Workload


@dataclass(frozen=True, slots=True, kw_only=True)
class EipSettings:
    """What to ask for; None leaves a key as it is. `eip` is "true" or "false"."""

    eip: str | None = None
    bandwidth: str | None = None
    instance_id: str | None = None
    charge_type: str | None = None
    isp: str | None = None
    bandwidth_package: str | None = None
    pool: str | None = None
    resource_group: str | None = None
    name: str | None = None
    release_strategy: str | None = None

    @property
    def pairs(self) -> Pairs:
        """The annotations, under the prefix that Terway and bind both read."""
        values = ((KEYS[field.name], getattr(self, field.name)) for field in fields(self))
        return tuple((K8S + setting, value) for setting, value in values if value is not None)


KEYS = {
    "eip": Setting.WITH_EIP,
    "bandwidth": Setting.BANDWIDTH,
    "instance_id": Setting.INSTANCE_ID,
    "charge_type": Setting.CHARGE_TYPE,
    "isp": Setting.ISP,
    "bandwidth_package": Setting.BANDWIDTH_PACKAGE,
    "pool": Setting.POOL,
    "resource_group": Setting.RESOURCE_GROUP,
    "name": Setting.NAME,
    "release_strategy": Setting.RELEASE_STRATEGY,
}
REMOVABLE = tuple(prefix + setting for prefix in PREFIXES for setting in KEYS.values())
"""The keys that `--remove` takes off: those that annotate can set, under both prefixes."""


@dataclass(frozen=True, slots=True)
class Lint:
    """What can't work, and what to do instead."""

    code: Code
    object: str
    problem: str
    instead: str


@dataclass(frozen=True, slots=True)
class Target:
    """A workload, and how many Pods it has now (of a DaemonSet; its object does not say)."""

    workload: Workload
    pods: int = 0

    @property
    def object(self) -> str:
        """``deployment/default/web``."""
        return f"{self.workload.kind.lower()}/{self.workload.namespace}/{self.workload.name}"


def plan_annotate(
    targets: Sequence[Target], settings: EipSettings, *, remove: bool, lifted: frozenset[str] = frozenset()
) -> Plan:
    """One Action per workload that changes. Refused on lints whose code is not in `lifted`."""
    ordered = sorted(targets, key=lambda target: target.object)
    lints = [] if remove else [*_shared(ordered, settings)]
    lanes, notes = [], list[str]()
    for target in ordered:
        action = _action(target, settings, remove=remove)
        if not action.set and not action.remove:
            notes.append(f"{target.object}: has {'none of them' if remove else 'these annotations already'}")
            continue
        lanes.append(Lane((action,)))
        after = _after(target.workload.annotations, action)
        lints += [*_lints(target, after, remove=remove)]
        notes += _notes(target, after, remove=remove)
    _refuse([lint for lint in lints if lint.code.value not in lifted])
    notes += [f"{lint.object}: {lint.problem} (--force {lint.code.value})" for lint in lints]
    stages = (Stage("annotate", tuple(lanes)),) if lanes else ()
    return Plan("annotate", stages, notes=tuple(notes))


def standing_lints(workloads: Iterable[Workload]) -> Iterator[Lint]:
    """What can't work as the workloads are annotated now; those that ask for no EIP are left out."""
    named: dict[str, list[str]] = defaultdict(list)
    for target in map(Target, workloads):
        wish = wanted(target.workload.annotations)
        if isinstance(wish, Problem):
            yield _unusable(target, wish)
        elif wish is not None:
            yield from _wish_lints(target, wish)
            named[wish.instance_id].append(target.object)
    for instance_id, objects in named.items():
        if instance_id and len(objects) > 1:
            problem = f"{instance_id} is named by {len(objects)} workloads: {', '.join(objects)}"
            yield Lint(Code.ID_SHARED, objects[-1], problem, "name it in one workload only")


def _action(target: Target, settings: EipSettings, *, remove: bool) -> AnnotateWorkload:
    workload, now = target.workload, target.workload.annotations
    pairs = () if remove else tuple(pair for pair in settings.pairs if now.get(pair[0]) != pair[1])
    keys = tuple(key for key in REMOVABLE if key in now) if remove else ()
    count = restarts(workload, target.pods)
    reason = f"{count} {'Pod restarts' if count == 1 else 'Pods restart'}" if count else _without_restart(workload)
    return AnnotateWorkload(
        api_version=workload.api_version,
        kind=workload.kind,
        plural=workload.plural,
        namespace=workload.namespace,
        name=workload.name,
        resource_version=workload.resource_version,
        set=pairs,
        remove=keys,
        template_path=workload.template_path,
        restarts=count,
        reason=reason,
    )


def _without_restart(workload: Workload) -> str:
    return (
        "nothing restarts; later Pods get it"
        if workload.template_path
        else "nothing restarts; eipctl bind does the rest"
    )


def _after(now: Mapping[str, str], action: AnnotateWorkload) -> dict[str, str]:
    kept = {key: value for key, value in now.items() if key not in action.remove}
    return {**kept, **dict(action.set)}


def _lints(target: Target, after: Mapping[str, str], *, remove: bool) -> Iterator[Lint]:
    workload = target.workload
    if template_is_fixed(workload):
        yield Lint(
            Code.WORKLOAD_KIND,
            target.object,
            "the Pod template of a Job can't be changed",
            "annotate its manifest and create the Job anew, or annotate the CronJob that makes it",
        )
    if remove:
        return
    wish = wanted(after)
    if isinstance(wish, Problem):
        yield _unusable(target, wish)
    elif wish is None:
        if not _says_no(after):
            yield Lint(
                Code.ANNOTATION_VALUE, target.object, "the annotations ask for no EIP", "add --eip or --instance-id"
            )
    else:
        yield from _wish_lints(target, wish)


def _unusable(target: Target, problem: Problem) -> Lint:
    if problem.code is Code.ANNOTATION_CONFLICT:
        workload = target.workload
        name = f"{workload.kind.lower()}/{workload.name} -n {workload.namespace}"
        instead = f"take the old ones off first: eipctl annotate {name} --remove"
        return Lint(problem.code, target.object, problem.reason, instead)
    code = Code.BANDWIDTH if problem.reason.startswith(Setting.BANDWIDTH) else problem.code
    return Lint(code, target.object, problem.reason, "correct the value")


def _says_no(after: Mapping[str, str]) -> bool:
    return any(prefix + Setting.WITH_EIP in after for prefix in PREFIXES)


def _wish_lints(target: Target, wish: Wanted) -> Iterator[Lint]:
    workload, obj = target.workload, target.object
    if workload.host_network:
        problem = "its Pods use the node's network (hostNetwork), so none of them can have an EIP"
        yield Lint(Code.HOST_NETWORK, obj, problem, "take hostNetwork out of its Pod template")
    if not wish.instance_id:
        return
    if workload.kind == "DaemonSet":
        problem = f"a DaemonSet has a Pod on every node, and {wish.instance_id} can be bound to one of them only"
        yield Lint(Code.ID_IN_DAEMONSET, obj, problem, "use --eip: every Pod gets its own")
    elif not at_most_one(workload):
        replicas = "an unknown number of" if workload.replicas is None else workload.replicas
        problem = f"it has {replicas} replicas, and {wish.instance_id} can be bound to one Pod only"
        yield Lint(Code.ID_WITH_REPLICAS, obj, problem, "use --eip, or scale it to 1")
    if workload.surges:
        problem = f"its new Pod would wait for {wish.instance_id}, which its old Pod keeps until the new one is Ready"
        yield Lint(Code.ID_ROLLING_UPDATE, obj, problem, "set its spec.strategy.type to Recreate")


def _shared(targets: Sequence[Target], settings: EipSettings) -> Iterator[Lint]:
    if settings.instance_id and len(targets) > 1:
        names = ", ".join(target.object for target in targets)
        problem = f"{settings.instance_id} would be named by {len(targets)} workloads: {names}"
        yield Lint(Code.ID_SHARED, targets[0].object, problem, "name one workload only")


def _notes(target: Target, after: Mapping[str, str], *, remove: bool) -> list[str]:
    if remove:
        left = sorted(
            key for key in (COMPATIBILITY[Setting.WITH_EIP], COMPATIBILITY[Setting.INSTANCE_ID]) if key in after
        )
        return [f"{target.object}: {', '.join(left)} stays, and still asks for an EIP"] if left else []
    if any(key.startswith(NETWORK) for key in after) and any(key.startswith(K8S) for key in after):
        return [f"{target.object}: has keys of both prefixes; Terway reads only those of {K8S}"]
    return []


def _refuse(lints: Iterable[Lint]) -> None:
    found = list(lints)
    if not found:
        return
    first, more = found[0], len(found) - 1
    message = "; ".join(f"{lint.object}: {lint.problem}" for lint in found[:5])
    rest = f"; and {more - 4} more" if more > 4 else ""
    codes = " ".join(f"--force {code}" for code in sorted({lint.code.value for lint in found}))
    hint = f"{first.instead}; or do it nevertheless with {codes}"
    raise Refused(first.code, message + rest, hint=hint, obj=first.object)
