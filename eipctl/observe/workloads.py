"""Finding what `annotate` is about: workloads by name or by selector in some namespaces, and their Pods."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

from eipctl.base.codes import Code
from eipctl.base.errors import Failed, UsageError
from eipctl.domain import containers, ownership
from eipctl.domain.facts import Workload
from eipctl.domain.rights import LINTED, SYSTEM
from eipctl.domain.wish import Wanted, wanted
from eipctl.domain.workloads.rollout import follows
from eipctl.domain.workloads.templates import chosen, several
from eipctl.planners.annotate.settings import OURS

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence

    from eipctl.domain.facts import Pod
    from eipctl.engine.session import Session

DEFAULT_NAMESPACE = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """KIND/NAME words, or kinds (none: the usual ones) with `selector` or `every`; None is all namespaces.

    `templates` are the paths by which a Pod template of several is chosen, with ``[*]`` and ``*``.
    """

    words: tuple[str, ...] = ()
    namespaces: tuple[str, ...] | None = (DEFAULT_NAMESPACE,)
    selector: str = ""
    every: bool = False
    templates: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds that words without a name name."""
        named = [kind for word in self.words if "/" not in word for kind in word.split(",") if kind]
        return tuple(dict.fromkeys(named))


def check(scope: Scope) -> None:
    """UsageError for a scope that means nothing, or two things."""
    by_name = [word for word in scope.words if "/" in word]
    sweeping = bool(scope.selector) or scope.every
    for word in by_name:
        _parts(word)
    if scope.selector and scope.every:
        raise _usage("--all and -l can't be used together", "omit one of them")
    if by_name and (sweeping or scope.kinds):
        raise _usage(
            f"{by_name[0]} names one object, but --all, -l or another KIND selects many",
            "use KIND/NAME, or a KIND with -l or --all",
        )
    if not by_name and not sweeping:
        if scope.words:
            raise _usage(f"{scope.words[0]!r} is not KIND/NAME", "write it like deployment/web, or add -l or --all")
        raise _usage("name workloads, or select them with -l or --all", "eipctl annotate deployment/web --eip")
    if by_name and scope.namespaces is None:
        raise _usage("KIND/NAME needs its namespace", "give it with -n instead of -A")


def find(session: Session, scope: Scope, *, every: bool = True) -> tuple[Workload, ...]:
    """The workloads of a checked scope. Failed for a name that is not there, or a selector that matches nothing.

    `every`: all Pod templates of an object; else UsageError for one of several that --template does not choose from.
    """
    found: dict[tuple[object, ...], Workload] = {}
    for namespace in scope.namespaces or (None,):
        for workload in _selected(_in_namespace(session, scope, namespace), scope, every=every):
            own = (workload.api_version, workload.kind, workload.namespace, workload.name, workload.where)
            found.setdefault(own, workload)
    if not found:
        kinds = ",".join(kind.partition(".")[0] for kind in scope.kinds or (*LINTED, "pods"))
        where = f"in namespace {', '.join(scope.namespaces)}" if scope.namespaces else "in any namespace"
        what = f"matches {scope.selector!r}" if scope.selector else "is there"
        raise Failed(
            Code.WORKLOAD_NOT_FOUND,
            f"no {kinds.replace(',', ' or ')} {where} {what}",
            hint=f"see: kubectl get {kinds} {'-n ' + scope.namespaces[0] if scope.namespaces else '-A'} --show-labels",
        )
    return tuple(found.values())


def _in_namespace(session: Session, scope: Scope, namespace: str | None) -> list[Workload]:
    if scope.selector or scope.every:
        kinds = scope.kinds or LINTED
        listed = [each for kind in kinds for each in session.kube.workloads(kind, namespace, scope.selector)]
        found = [each for each in listed if not left_alone(each, scope)]
        pods = () if scope.kinds else _single(running_pods(session, namespace, scope.selector))
        return [*found, *(each for each in pods if not left_alone(each, scope))]
    named = dict.fromkeys(_parts(word) for word in scope.words)
    where = namespace or DEFAULT_NAMESPACE
    return [each for kind, name in named for each in session.kube.pod_templates(kind, where, name)]


def left_alone(workload: Workload, scope: Scope) -> bool:
    """Whether --all of all namespaces passes it over: the cluster's own workloads are taken only by their namespace."""
    return scope.every and scope.namespaces is None and workload.namespace == SYSTEM


def _selected(found: list[Workload], scope: Scope, *, every: bool) -> list[Workload]:
    """By --template, of each object. UsageError for one with several templates when nothing chooses."""
    result = []
    for _, group in groupby(found, key=lambda each: (each.api_version, each.kind, each.namespace, each.name)):
        own = list(group)
        paths = [each.template_path for each in own]
        picked = list(range(len(own))) if every and not scope.templates else chosen(paths, scope.templates)
        if picked is None or not picked:
            name = f"{own[0].kind.lower()}/{own[0].namespace}/{own[0].name}"
            hint = "--template '*' takes all of them"
            raise UsageError(Code.WORKLOAD_KIND, f"{name}: {several(paths)}", hint=hint, obj=name)
        result += [own[number] for number in picked]
    return result


def running_pods(session: Session, namespace: str | None, selector: str = "", what: str = "the Pods") -> list[Pod]:
    """Those that are neither finished nor leaving. Failed when the list can't be read in full."""
    listing = session.kube.pods(namespace, label_selector=selector)
    if not listing.complete:
        raise Failed(Code.PARTIAL_READ, f"{what} could not be read in full: {listing.why}", hint="run it again")
    return [pod for pod in listing.pods if _running(pod)]


def _running(pod: Pod) -> bool:
    return not (pod.finished or pod.terminating)


def _parts(word: str) -> tuple[str, str]:
    kind, slash, name = word.partition("/")
    if not (kind and slash and name) or "/" in name:
        raise _usage(f"{word!r} is not KIND/NAME", f"write it like deployment/{'web' if '/' in word else word}")
    return kind, name


def _usage(message: str, hint: str) -> UsageError:
    return UsageError(Code.USAGE, message, hint=hint)


def pods_of(session: Session, workload: Workload) -> list[Pod]:
    """Its Pods that are neither finished nor leaving. Failed when the list can't be read in full."""
    if workload.is_pod:
        pod = session.kube.pod(workload.namespace, workload.name)
        return [pod] if pod and _running(pod) else []
    what = f"the Pods of {workload.kind.lower()}/{workload.namespace}/{workload.name}"
    return _owned(session, workload, running_pods(session, workload.namespace, workload.selector, what))


def _owned(session: Session, workload: Workload, pods: Sequence[Pod]) -> list[Pod]:
    if workload.kind == "CronJob":
        jobs = session.kube.workloads("jobs.batch", workload.namespace, "")
        uids = {job.uid for job in jobs if job.owner and job.owner.uid == workload.uid}
        return [pod for pod in pods if pod.owner and pod.owner.uid in uids]
    key = ownership.workload_key(workload.kind, workload.name)
    return [pod for pod in pods if ownership.workload_of(pod) == key]


def as_workload(pod: Pod) -> Workload:
    """A Pod as something to annotate itself."""
    return Workload(
        api_version="v1",
        kind="Pod",
        plural="pods",
        namespace=pod.namespace,
        name=pod.name,
        resource_version=pod.resource_version,
        annotations=pod.eip_annotations,
        own_annotations=pod.eip_annotations,
        template_path=(),
        uid=pod.uid,
        owner=pod.owner,
        host_network=pod.host_network,
        pod_labels=pod.labels,
        node=pod.node,
        containers=tuple(containers.Container(image=image) for image in pod.images),
    )


def _single(pods: list[Pod]) -> list[Workload]:
    return [as_workload(pod) for pod in pods if pod.owner is None]


def maker(pod: Pod, crons: Container[tuple[str, str]]) -> Workload:
    """The workload that a Pod is of, with the Pod's annotations; `crons` are namespace and name of the CronJobs."""
    kind, name = ownership.controller_of(pod.owner, pod.labels) or ("Pod", pod.name)
    cron = name.rpartition("-")[0]
    if kind == "Job" and (pod.namespace, cron) in crons:
        kind, name = "CronJob", cron
    return replace(as_workload(pod), kind=kind, name=name)


def behind(workload: Workload, pods: Sequence[Pod], *, removed: bool) -> tuple[str, ...]:
    """The Pods that have not got yet what they will get by themselves, each with what it lacks."""
    asked = {} if removed else ours(workload.annotations)
    stale = sorted((pod.name for pod in pods if ours(pod.eip_annotations) != asked), key=_in_order)
    late = stale[workload.partition :] if follows(workload) else []
    due = not removed and isinstance(wanted(workload.annotations), Wanted)
    open_ones = [(pod.name, _lacks(pod, due=due)) for pod in pods if pod.name not in stale]
    comes = follows(workload) and not workload.is_pod
    missing = max(0, (workload.replicas or 0) - len(pods)) if comes else 0
    told = [f"{name} (still as it was)" for name in late] + [f"{name} ({lack})" for name, lack in open_ones if lack]
    return (*told, *((f"{missing} more to come",) if missing else ()))


def ours(annotations: Mapping[str, str]) -> dict[str, str]:
    """The ones that are about EIPs."""
    return {key: value for key, value in annotations.items() if key in OURS}


def _in_order(name: str) -> tuple[int, str]:
    """``web-10`` after ``web-9``: a partition holds the first ones back."""
    return len(name), name


def _lacks(pod: Pod, *, due: bool) -> str:
    has = bool(pod.recorded or pod.recorded_elsewhere)
    if has != due:
        return "has no EIP yet" if due else "still has its EIP"
    return "" if pod.ready or not due else "not Ready"
