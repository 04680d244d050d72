"""`eipctl check`: each check is data, what it needs is read once, and what fails becomes a finding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from eipctl.domain.codes import Code
from eipctl.domain.findings import Finding, Level
from eipctl.engine.cluster import identify
from eipctl.engine.places import vpc_of
from eipctl.engine.rivals import ack_extend_present
from eipctl.engine.roles import read_roles
from eipctl.engine.status import StatusOptions, observe_status
from eipctl.engine.terway import read_eni_config, terway_pods
from eipctl.errors import EipctlError, Interrupted, KubeError, TimedOut
from eipctl.planners import check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from eipctl.domain.facts import CallerIdentity
    from eipctl.domain.terway import EniConfig, TerwayPod
    from eipctl.engine.ports import KubeReader
    from eipctl.engine.session import Session

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """`pre` asks "may I install?": what setup and bind make is not looked for."""

    pre: bool = False


class Facts:
    """What checks look at. Each is read once; one that can't be read fails every check that needs it."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._known: dict[str, Any] = {}

    def once(self, name: str, read: Callable[[], T]) -> T:
        """The value of `read`, or the error it raised the first time."""
        if name not in self._known:
            try:
                self._known[name] = read()
            except (Interrupted, TimedOut):
                raise
            except EipctlError as error:
                self._known[name] = error
        found = self._known[name]
        if isinstance(found, EipctlError):
            raise found
        return cast("T", found)

    def kube(self) -> KubeReader:
        """The cluster, once it has answered."""
        return self.once("kube", self._reached)

    def caller(self) -> CallerIdentity:
        """Who calls the cloud."""
        return self.once("caller", self._calling)

    def terway(self) -> tuple[TerwayPod, ...]:
        """Terway's Pods."""
        self.kube()
        return self.once("terway", lambda: terway_pods(self.session))

    def config(self) -> EniConfig:
        """eni-config."""
        self.kube()
        return self.once("config", lambda: read_eni_config(self.session))

    def is_native(self) -> bool:
        """Whether any node's Terway has EIP support of its own."""
        return check.native(self.terway())

    def _calling(self) -> CallerIdentity:
        return self.session.identity.caller()

    def _reached(self) -> KubeReader:
        reader = self.session.kube
        try:
            reader.namespace_uid("kube-system")
        except KubeError as error:
            if error.code is not Code.KUBE_FORBIDDEN:
                raise
        return reader


@dataclass(frozen=True, slots=True)
class Check:
    """One check: the code under which it mainly reports, and whether `--pre` runs it too."""

    code: Code
    run: Callable[[Facts], Iterable[Finding]]
    pre: bool = True


def run_checks(session: Session, options: CheckOptions) -> tuple[Finding, ...]:
    """All findings in the order of CHECKS. What can't be read is one finding, however many checks need it."""
    facts = Facts(session)
    findings: dict[tuple[Code, str], Finding] = {}
    for item in CHECKS:
        if options.pre and not item.pre:
            continue
        for finding in _run(item, facts):
            findings.setdefault((finding.code, finding.title), finding)
    return tuple(findings.values())


def _run(item: Check, facts: Facts) -> list[Finding]:
    try:
        return list(item.run(facts))
    except (Interrupted, TimedOut):
        raise
    except EipctlError as error:
        return [Finding(error.code, Level.ERROR, error.message, fix=error.hint, object=error.object)]


def _cluster(facts: Facts) -> Iterable[Finding]:
    context = facts.kube().context()
    yield Finding(Code.KUBE_OK, Level.OK, f"the API server of context {context} answers")


def _rights(facts: Facts) -> Iterable[Finding]:
    kube = facts.kube()
    lacking = [
        right
        for right in check.BIND_RIGHTS
        if not kube.can_i(right.verb, right.resource, group=right.group, namespace=right.namespace)
    ]
    return check.rights(lacking)


def _identity(facts: Facts) -> Iterable[Finding]:
    facts.kube()
    cluster = identify(facts.session)
    yield Finding(
        Code.CLUSTER_ID, Level.OK, f"the cluster is {cluster.ack_id}", detail=f"kube-system {cluster.kube_uid}"
    )


def _credentials(facts: Facts) -> Iterable[Finding]:
    caller = facts.caller()
    yield Finding(Code.IDENTITY, Level.OK, f"Alibaba Cloud account {caller.account_id}", detail=caller.arn)


def _account(facts: Facts) -> Iterable[Finding]:
    facts.caller()
    nodes = {node.name: node for node in facts.kube().nodes()}
    vpc = vpc_of(facts.session, nodes)
    yield Finding(Code.WRONG_ACCOUNT, Level.OK, f"the nodes are in {vpc} of region {facts.session.region}")


def _terway(facts: Facts) -> Iterable[Finding]:
    return check.terway(facts.terway())


def _config(facts: Facts) -> Iterable[Finding]:
    facts.config()
    yield Finding(Code.ENI_CONF_MALFORMED, Level.OK, "eni-config can be read", object=check.CONFIG)


def _flags(facts: Facts) -> Iterable[Finding]:
    return check.flags(facts.config(), is_native=facts.is_native())


def _restart(facts: Facts) -> Iterable[Finding]:
    return check.restart(facts.terway(), facts.config())


def _roles(facts: Facts) -> Iterable[Finding]:
    if not facts.is_native():
        return ()
    config = facts.config()
    facts.caller()
    return check.roles(read_roles(facts.session, config.conf, ()), config)


def _ack_extend(facts: Facts) -> Iterable[Finding]:
    facts.kube()
    present = ack_extend_present(facts.session)
    return check.ack_extend(present=present, is_native=facts.is_native(), config=facts.config() if present else None)


def _bindings(facts: Facts) -> Iterable[Finding]:
    facts.kube()
    facts.caller()
    return check.bindings(observe_status(facts.session, StatusOptions(all_namespaces=True)))


CHECKS = (
    Check(Code.KUBE_OK, _cluster),
    Check(Code.KUBE_FORBIDDEN, _rights),
    Check(Code.CLUSTER_ID, _identity),
    Check(Code.IDENTITY, _credentials),
    Check(Code.WRONG_ACCOUNT, _account),
    Check(Code.TERWAY_VERSION, _terway),
    Check(Code.ENI_CONF_MALFORMED, _config),
    Check(Code.FLAG_NOT_SET, _flags, pre=False),
    Check(Code.RESTART_NEEDED, _restart, pre=False),
    Check(Code.ROLE_LACKS_ACTIONS, _roles, pre=False),
    Check(Code.ACK_EXTEND, _ack_extend),
    Check(Code.ORPHANS, _bindings, pre=False),
)
"""In the order in which a person would ask."""
