"""The stories of setup and teardown that the fault tests spoil, and what must be true at their end."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.commands.teardown import TeardownOptions, prepare_teardown
from eipctl.domain.ram.policy_document import EIP_ACTIONS, NamedDocument, own_policy_document, verdict
from eipctl.domain.ram.policy_users import ABOUT
from tests.e2e.user import User
from tests.faults.stage import Stage
from tests.sandboxed import changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from eipctl.sandbox.server import Sandbox

MANAGED = "AliyunCSManagedNetworkRole"
WORKER = "KubernetesWorkerRole-5f2b9c3e-7d41-4c0a-9b6e-1a2d3c4e5f60"
WORKER_POLICY = "k8sWorkerRolePolicy-5f2b9c3e-7d41-4c0a-9b6e-1a2d3c4e5f60"
POLICY = "eipctl-terway-eip"
ALL = own_policy_document(EIP_ACTIONS)
ANSWERED = ("--yes", "-o", "json")

CONFIG = ("kube", "patch", "configmaps/kube-system/eni-config")
RESTARTS = (("kube", "delete", "pods/.*"),) * 3
Call = tuple[str, str, str]
"""Service, API and object, as a fault rule matches them."""


def ram(api: str) -> Call:
    """A call to RAM."""
    return ("cloud", api, ".*")


@dataclass(frozen=True)
class Story:
    """A command in a world. `writes` are its mutating calls in order."""

    name: str
    command: tuple[str, ...]
    writes: tuple[Call, ...]
    role: str = MANAGED
    edit: str | None = None
    neighbour: bool = False
    """Whether another cluster of the account uses eipctl's policy under the same role."""

    @property
    def undoes(self) -> bool:
        """Whether it is a teardown."""
        return self.command[0] == "teardown"

    def setup(self, session: Session) -> Prepared:
        """What `setup` plans."""
        return prepare_setup(session, SetupOptions(edit_policy=self.edit))

    def prepare(self, session: Session) -> Prepared:
        """What the command plans."""
        return prepare_teardown(session, TeardownOptions()) if self.undoes else self.setup(session)

    def spoils(self) -> Iterator[dict[str, Any]]:
        """Which call a fault rule is about, for each of the writes."""
        seen: Counter[Call] = Counter()
        for service, api, obj in self.writes:
            seen[service, api, obj] += 1
            yield {"service": service, "api": api, "object": obj, "nth": seen[service, api, obj]}


EDIT = ("--edit-policy", WORKER_POLICY)
SETUP, TEARDOWN = ("setup", *ANSWERED), ("teardown", *ANSWERED)
STORIES = (
    Story("setup", SETUP, (ram("CreatePolicy"), ram("AttachPolicyToRole"), CONFIG, *RESTARTS)),
    Story(
        "setup --edit-policy",
        (*SETUP, *EDIT),
        (CONFIG, ram("CreatePolicyVersion"), CONFIG, *RESTARTS),
        role=WORKER,
        edit=WORKER_POLICY,
    ),
    Story("setup beside another", SETUP, (ram("UpdatePolicyDescription"), CONFIG, *RESTARTS), neighbour=True),
    Story("teardown", TEARDOWN, (CONFIG, *RESTARTS, ram("DetachPolicyFromRole"), ram("DeletePolicy"), CONFIG)),
    Story(
        "teardown of an edit",
        TEARDOWN,
        (CONFIG, *RESTARTS, ram("SetDefaultPolicyVersion"), ram("DeletePolicyVersion"), CONFIG, CONFIG),
        role=WORKER,
        edit=WORKER_POLICY,
    ),
    Story(
        "teardown beside another",
        TEARDOWN,
        (CONFIG, *RESTARTS, ram("UpdatePolicyDescription"), CONFIG),
        neighbour=True,
    ),
)


class Site:
    """One sandbox, as new for each story."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.stage, self.user = sandbox, Stage(sandbox), User(sandbox)

    def begin(self, story: Story) -> None:
        """The world before the command."""
        self.sandbox.reset("legacy")
        if story.role == WORKER:
            self.user.edit_eni_conf(lambda text: text.replace('  "credential_path": "/var/addon/token-config",\n', ""))
        if story.neighbour:
            ram = self.user.session().writers().ram
            ram.create_policy(POLICY, ALL, f"{ABOUT}; used by cneighbour@{MANAGED}")
            ram.attach_policy(POLICY, MANAGED)
        self.original = self.configured()
        if story.undoes:
            self.user.done(story.setup)
        self.before = self.user.terway()

    def configured(self) -> dict[str, Any]:
        """All that setup may change, besides Terway's Pods."""
        found = self.user.config_map()
        session = self.user.session()
        policies = {
            role: {p.name: (json.loads(p.document), p.description) for p in session.ram.policies_of_role(role)}
            for role in (MANAGED, WORKER)
        }
        own = session.ram.custom_policy(POLICY)
        annotations = found["metadata"].get("annotations") or {}
        return {"data": found["data"], "annotations": annotations, "policies": policies, "own": own is not None}

    def holds(self, story: Story) -> None:
        """The command's work is done, exactly."""
        now = self.configured()
        assert not set(self.before.values()) & set(self.user.terway().values())
        if story.undoes:
            assert now == self.original
            return
        assert json.loads(now["data"]["eni_conf"]) == {
            **json.loads(self.original["data"]["eni_conf"]),
            "enable_eip_pool": "true",
        }
        policies = self.user.session().ram.policies_of_role(story.role)
        found = verdict([NamedDocument(policy.name, policy.document) for policy in policies], EIP_ACTIONS)
        assert all(one.granted for one in found.values())

    def nothing_left(self, story: Story) -> None:
        """A further run changes nothing."""
        self.sandbox.calls.clear()
        assert story.prepare(self.user.session()).plan.empty
        assert self.writes() == []

    def sound(self) -> None:
        """Terway could start with eni_conf as it is now."""
        json.loads(self.user.eni_conf())

    def writes(self) -> list[Call]:
        """The changing calls since the log was last cleared, in order."""
        return [(change.service, change.api, change.object) for change in changes(self.sandbox)]


def until_done(run: Callable[[], list[Any]], most: int) -> int:
    """Run again until it has no error; how many runs that took."""
    for number in range(1, most + 1):
        errors = run()
        if not errors:
            return number
    raise AssertionError(f"{most} clean runs were not enough: {[error.message for error in errors]}")
