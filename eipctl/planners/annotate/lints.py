"""What can't work about the EIP annotations of one workload, whatever else there is in the cluster."""

from __future__ import annotations

import difflib
import re
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.domain.eligibility import ECI, IGNORED, VIRTUAL_TAINT, is_virtual
from eipctl.domain.findings import Level
from eipctl.domain.setting_values import MAX_BANDWIDTH
from eipctl.domain.settings import (
    BANDWIDTH,
    CHARGE_TYPE,
    COSMETIC,
    K8S,
    NETWORK,
    POOL,
    POOL_OVERFLOW,
    PREFIXES,
    RELEASE_STRATEGY,
    RESULTS,
    WITH_EIP,
)
from eipctl.domain.wish import Problem, Wanted, wanted
from eipctl.domain.workloads.rollout import RESERVATION, at_most_one, keeps_names, template_is_fixed
from eipctl.planners.annotate.settings import OURS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from eipctl.domain.facts import Workload
    from eipctl.planners.annotate.data import LintData


@dataclass(frozen=True, slots=True)
class Lint:
    """What can't work (an error) or surprises (a warning, an information), and what to do instead."""

    code: Code
    object: str
    problem: str
    instead: str
    level: Level = Level.ERROR
    place: str = ""
    """File and line of the object, where a manifest has it."""
    correction: str = ""
    """Options of annotate that put a right value in the place of a wrong one: ``--bandwidth 5``."""

    @property
    def label(self) -> str:
        """``web.yaml:1 deployment/default/web``."""
        return f"{self.place} {self.object}" if self.place else self.object

    def as_data(self) -> LintData:
        """All fields, JSON-ready."""
        data: LintData = {
            "code": self.code.value,
            "level": self.level.value,
            "object": self.object,
            "problem": self.problem,
            "instead": self.instead,
        }
        return {**data, "place": self.place} if self.place else data


@dataclass(frozen=True, slots=True)
class Target:
    """A workload, how many Pods it has now (of a DaemonSet; its object does not say), and their IPs if needed."""

    workload: Workload
    pods: int = 0
    ips: frozenset[str] = frozenset()
    behind: tuple[str, ...] = ()
    """Pods that do not have yet what the annotations ask for; looked up only to wait for them."""
    unquoted: tuple[tuple[str, str], ...] = ()
    """Annotations in a manifest that are not strings: they are rewritten."""

    @property
    def object(self) -> str:
        """``deployment/default/web``."""
        return f"{self.workload.kind.lower()}/{self.workload.namespace}/{self.workload.name}"

    @property
    def label(self) -> str:
        """``web.yaml:1 deployment/default/web``: two manifests may have the same object."""
        return f"{self.workload.place} {self.object}" if self.workload.place else self.object

    @property
    def auto(self) -> str:
        """How it gets EIPs of its own instead of one by id."""
        wish = wanted(self.workload.annotations)
        named = wish.instance_id if isinstance(wish, Wanted) else ""
        return f"remove {named} (--remove) and use --eip" if named else "use --eip"

    @property
    def words(self) -> str:
        """As annotate takes it: ``deployment/web -n default``."""
        where = f"-n {self.workload.namespace}" if self.workload.stored else "-f FILE"
        return f"{self.workload.kind.lower()}/{self.workload.name} {where}"


def placed(target: Target, lints: Iterable[Lint]) -> Iterator[Lint]:
    """With the file and the line of their target."""
    return (replace(lint, place=target.workload.place) for lint in lints)


def standing_lints(workloads: Iterable[Workload]) -> Iterator[Lint]:
    """What can't work as the workloads are annotated now; those that ask for no EIP only for misplaced keys."""
    named: dict[str, list[str]] = defaultdict(list)
    for target in map(Target, workloads):
        yield from misplaced_lints(target)
        wish = wanted(target.workload.annotations)
        if wish is not None:
            yield from own_lints(target, target.workload.annotations)
        if isinstance(wish, Wanted) and wish.instance_id:
            named[wish.instance_id].append(target.object)
    for instance_id, objects in named.items():
        if len(objects) > 1:
            yield shared_lint(instance_id, objects)


def own_lints(target: Target, after: Mapping[str, str]) -> Iterator[Lint]:
    """Of a workload's template with the annotations `after`."""
    wish = wanted(after)
    yield from _unknown(target, after)
    if isinstance(wish, Problem):
        yield _unusable(target, wish, after)
    elif wish is None:
        if not _says_no(after):
            problem = "the annotations ask for no EIP"
            yield Lint(Code.ANNOTATION_VALUE, target.object, problem, "add --eip or --instance-id")
    else:
        yield from _place(target)
        yield from _release(target, after, wish)
        yield from _prefixes(target, after)
        yield from _at_no_cost(target, wish)
        yield from _beside_pool(target, after, wish)
        if wish.instance_id:
            yield from _instance_id(target, wish.instance_id)


def _at_no_cost(target: Target, wish: Wanted) -> Iterator[Lint]:
    """What can't be obeyed, or may be refused by the cloud, and costs no Pod its EIP."""
    for reason in wish.ignored:
        yield Lint(Code.IGNORED_KEY, target.object, reason, "remove the annotation, or change it", Level.WARNING)
    for each in COSMETIC:
        value = getattr(wish.spec, each.field)
        if value and each.cosmetic and not each.cosmetic(value):
            problem = f"{each} is {value!r}, which not every version of the API takes"
            instead = f"an EIP whose {each.field} is refused is allocated without it"
            yield Lint(Code.ANNOTATION_VALUE, target.object, problem, instead, Level.WARNING)


def _beside_pool(target: Target, after: Mapping[str, str], wish: Wanted) -> Iterator[Lint]:
    """Keys that the pool makes void, or that are void without one."""
    if wish.pool and any(after.get(key) for key in WITH_EIP.keys):
        problem = f"its Pods get EIPs of pool {wish.pool}: {WITH_EIP} has no effect beside {POOL}"
        instead = f"for EIPs of their own, remove {POOL}: eipctl annotate {target.words} --remove, then --eip"
        yield Lint(Code.IGNORED_KEY, target.object, problem, instead, Level.WARNING)
    if after.get(POOL_OVERFLOW.keys[0]) and not wish.pool:
        problem = f"{POOL_OVERFLOW} has no effect without {POOL}"
        yield Lint(Code.IGNORED_KEY, target.object, problem, "name the pool with --pool-of-eips", Level.WARNING)


def fixed_lints(target: Target) -> Iterator[Lint]:
    """Of a template that the API server does not let change; nothing lifts it."""
    workload = target.workload
    if workload.stored and template_is_fixed(workload):
        problem = "the Pod template of a Job can be changed only while it is suspended and has never started"
        name = f"{workload.owner.kind.lower()}/{workload.owner.name}" if workload.owner else "its manifest"
        live = f"eipctl annotate {target.words} --live-pods annotates its running Pods"
        instead = f"annotate {name} so that its next Job has the annotations; {live}"
        yield Lint(Code.WORKLOAD_KIND, target.object, problem, instead)


def misplaced(workload: Workload) -> tuple[str, ...]:
    """EIP keys on the object itself, where they have no effect: Pods get the annotations of their template."""
    if not workload.template_path:
        return ()
    return tuple(key for key in OURS if key in workload.own_annotations)


def misplaced_lints(target: Target, *, removing: bool = False) -> Iterator[Lint]:
    """A warning for keys that are on the object itself; `removing`: with --remove, --fix moves them nowhere."""
    keys = misplaced(target.workload)
    if keys:
        problem = (
            f"{', '.join(keys)} on its own metadata: no effect, because Pods get the annotations of their template"
        )
        instead = f"eipctl annotate {target.words} {'--remove --fix' if removing else '--fix'}"
        yield Lint(Code.MISPLACED_KEY, target.object, problem, instead, Level.WARNING)


def shared_lint(instance_id: str, objects: Iterable[str]) -> Lint:
    """One EIP for several workloads."""
    names = list(objects)
    problem = f"{instance_id} is named by {len(names)} workloads: {', '.join(names)}"
    return Lint(Code.ID_SHARED, names[-1], problem, "name it in only one workload")


def unquoted_lints(target: Target, written: Collection[str]) -> Iterator[Lint]:
    """For each value that YAML reads as something other than a string: corrected if it is `written`."""
    for key, value in target.unquoted:
        problem = f"{key} is written {value or 'without a value'} without quotes, which the API server rejects"
        if key in written:
            yield Lint(Code.UNQUOTED_VALUE, target.object, problem, "it becomes a string", Level.INFO)
        elif key not in OURS:
            yield Lint(Code.UNQUOTED_VALUE, target.object, problem, "quote it", Level.WARNING)


BLOCKING = frozenset(
    code.value
    for code in (
        Code.ID_WITH_REPLICAS,
        Code.ID_ROLLING_UPDATE,
        Code.ID_IN_DAEMONSET,
        Code.BANDWIDTH,
        Code.HOST_NETWORK,
        Code.ANNOTATION_VALUE,
        Code.ID_SHARED,
        Code.VIRTUAL_NODE,
        Code.ID_AUTOSCALED,
        Code.FIELD_MANAGER,
        Code.ANNOTATION_CONFLICT,
        Code.EIP_NOT_FOUND,
        Code.EIP_ELSEWHERE,
        Code.EIP_HELD_BACK,
    )
)
"""The codes of errors: what --force can lift."""

_ALG = {21: "FTP", 554: "RTSP", 5060: "SIP", 5061: "SIP"}
"""Protocols that carry addresses in their payload (EIP documentation: no ALG support in NAT mode)."""


def _unusable(target: Target, problem: Problem, after: Mapping[str, str]) -> Lint:
    if problem.code is Code.ANNOTATION_CONFLICT:
        instead = f"remove the old ones first: eipctl annotate {target.words} --remove"
        return Lint(problem.code, target.object, problem.reason, instead)
    code = Code.BANDWIDTH if problem.reason.startswith(BANDWIDTH.name) else problem.code
    return Lint(code, target.object, problem.reason, "correct the value", correction=correction(problem, after))


def correction(problem: Problem, annotations: Mapping[str, str]) -> str:
    """Options of annotate that put a right value in the place of the wrong one; "" when none can be guessed."""
    if problem.code is Code.ANNOTATION_CONFLICT:
        return ""
    if problem.reason.startswith(BANDWIDTH.name):
        return _right_bandwidth(annotations)
    asks = annotations.get(WITH_EIP.keys[0], "").strip().lower() in _MEANT_AS_YES
    return "--eip" if asks and problem.reason.startswith(WITH_EIP.name) else ""


_MEANT_AS_YES = frozenset({"yes", "y", "on", "enabled", "true", "t"})


def _right_bandwidth(after: Mapping[str, str]) -> str:
    """What is closest to the wrong value, such as 5 for ``5M``; "" where two keys would have to be changed."""
    text = after.get(K8S + BANDWIDTH.name, "")
    if not text or NETWORK + BANDWIDTH.name in after:
        return ""
    charge_type = next(filter(None, map(after.get, CHARGE_TYPE.keys)), CHARGE_TYPE.default)
    number = re.match(r"\s*([0-9]{1,9})", text)
    most = MAX_BANDWIDTH.get(charge_type, max(MAX_BANDWIDTH.values()))
    return f"--bandwidth {min(max(int(number[1]), 1), most) if number else BANDWIDTH.default}"


def _says_no(after: Mapping[str, str]) -> bool:
    return any(prefix + WITH_EIP.name in after for prefix in PREFIXES)


def _unknown(target: Target, after: Mapping[str, str]) -> Iterator[Lint]:
    known = {*OURS, *RESULTS}
    for key in sorted(after.keys() - known):
        prefix = next((prefix for prefix in PREFIXES if key.startswith(prefix)), "")
        name = key.removeprefix(prefix)
        if prefix and (name.startswith(("eip-", "pod-eip-", "eci-eip-")) or "with-eip" in name):
            near = difflib.get_close_matches(key, sorted(known), n=1)
            instead = f"did you mean {near[0]}?" if near else "remove it"
            yield Lint(Code.UNKNOWN_KEY, target.object, f"nothing reads the annotation {key}", instead, Level.WARNING)


def _place(target: Target) -> Iterator[Lint]:
    """Where its Pods run decides whether they can have an EIP at all."""
    workload, obj = target.workload, target.object
    if workload.host_network:
        problem = "its Pods use the node's network (hostNetwork), so none of them can have an EIP"
        yield Lint(Code.HOST_NETWORK, obj, problem, "remove hostNetwork from its Pod template")
    if is_virtual(workload.node_selector) or workload.pod_labels.get(ECI) == "true":
        yield virtual_lint(target, "its Pods run on virtual nodes (ECI), which neither Terway nor bind serves")
    elif VIRTUAL_TAINT in workload.tolerations:
        problem = "some of its Pods may run on virtual nodes (ECI), which neither Terway nor bind serves"
        yield virtual_lint(target, problem, Level.WARNING)
    if workload.pod_labels.get(IGNORED) == "true":
        problem = f"its Pods have the label {IGNORED}, so Terway gives them no network"
        yield Lint(Code.HOST_NETWORK, obj, problem, "remove the label from its Pod template")
    names = {_ALG.get(number) or _by_name(name) for name, number in workload.ports} - {""}
    if names:
        problem = f"{' and '.join(sorted(names))} may not work: an EIP in NAT mode does not translate their payload"
        yield Lint(Code.ALG_PORT, obj, problem, "use their passive or proxied mode", Level.INFO)


def virtual_lint(target: Target, problem: str, level: Level = Level.ERROR) -> Lint:
    """An ECI instance has an EIP of its own making."""
    instead = f"use ECI's own annotations ({K8S}eci-with-eip) when the Pods are created, or run them on ECS nodes"
    return Lint(Code.VIRTUAL_NODE, target.object, problem, instead, level)


def _by_name(port_name: str) -> str:
    return next((name for name in dict.fromkeys(_ALG.values()) if port_name.lower().startswith(name.lower())), "")


def _release(target: Target, after: Mapping[str, str], wish: Wanted) -> Iterator[Lint]:
    if wish.instance_id or wish.strategy.keep == 0 or keeps_names(target.workload) or after.get(RESERVATION) == "true":
        return
    problem = f"{RELEASE_STRATEGY} {wish.strategy.text} has no effect: its Pods have no stable names"
    instead = f"use a StatefulSet, the annotation {RESERVATION}, or bind --stateful-kind {target.workload.kind}"
    yield Lint(Code.IGNORED_KEY, target.object, problem, instead, Level.WARNING)


def _prefixes(target: Target, after: Mapping[str, str]) -> Iterator[Lint]:
    ours = [key for key in OURS if key in after]
    if any(key.startswith(NETWORK) for key in ours) and any(key.startswith(K8S) for key in ours):
        problem = f"has keys with both prefixes; Terway reads only those under {K8S}"
        yield Lint(Code.IGNORED_KEY, target.object, problem, "keep one prefix", Level.WARNING)


def _instance_id(target: Target, instance_id: str) -> Iterator[Lint]:
    workload, obj = target.workload, target.object
    if workload.kind == "DaemonSet":
        problem = f"a DaemonSet has a Pod on every node, and {instance_id} can be bound to only one of them"
        yield Lint(Code.ID_IN_DAEMONSET, obj, problem, f"{target.auto}: every Pod gets its own")
    elif not at_most_one(workload):
        replicas = "an unknown number of" if workload.replicas is None else workload.replicas
        problem = f"it has {replicas} replicas, and {instance_id} can be bound to only one Pod"
        yield Lint(Code.ID_WITH_REPLICAS, obj, problem, f"{target.auto}, or scale it to 1")
    if workload.surges:
        problem = f"the new Pod would wait for {instance_id}, which the old Pod keeps until the new one is Ready"
        recreate = "--recreate-strategy (spec.strategy.type: Recreate)"
        instead = (
            f"add {recreate}" if workload.kind == "Deployment" else f"{target.auto}, or a Deployment with Recreate"
        )
        yield Lint(Code.ID_ROLLING_UPDATE, obj, problem, instead)
