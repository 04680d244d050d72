"""Every command, once: its place in the help, what it prepares, and the rights that it needs.

Help, completion, `manifest rbac`, `manifest ram-policy`, `check --for`, saved plans, README's table and the tests of
rights are made from this table. Nothing of a command is loaded before it runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Any

from eipctl.domain import cloud_apis, rights
from eipctl.domain.cloud_apis import ROLE_READS, VPC_READS, VPC_WRITES

if TYPE_CHECKING:
    from collections.abc import Iterable

    from eipctl.domain.cloud_apis import Api
    from eipctl.domain.rights import Right
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session


class Panel(StrEnum):
    """Titles in the help."""

    CLUSTER = "The cluster"
    WORK = "EIPs of Pods"
    LOOK = "Running and looking"
    LEARN = "Trying and learning"


@dataclass(frozen=True, slots=True)
class Recipe:
    """What makes a plan: `module` has the dataclass `options` and the function `prepare`.

    `variant` are the words after the command's name that choose it among several.
    """

    module: str
    options: str
    prepare: str
    variant: str = ""

    def type(self) -> type[Any]:
        """The dataclass of the options."""
        found: type[Any] = getattr(import_module(self.module), self.options)
        return found

    def run(self, session: Session, options: object) -> Prepared:
        """Observe and plan."""
        prepared: Prepared = getattr(import_module(self.module), self.prepare)(session, options)
        return prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as it is registered; `eipctl.cli` has a module of this name that parses it.

    `summary` is its line in the list of commands; with `about` it is the first paragraph of its help. A plan of
    `recipes` can be saved. `kubernetes` and `cloud` are what it may have to call; both are empty for a command that
    connects to nothing, or needs the rights of another command.
    """

    name: str
    panel: Panel
    summary: str
    about: str = ""
    changes: bool = False
    """Whether it changes a cluster or an account."""
    recipes: tuple[Recipe, ...] = ()
    kubernetes: tuple[Right, ...] = ()
    cloud: tuple[Api, ...] = ()
    parts: tuple[str, ...] = ()
    """Subcommands that connect."""
    takes_cluster_id: bool = False
    data: tuple[str, ...] = ()
    """Types of its answer's `data`, ``module:Type``; none for a command whose answer is a text of its own."""
    data_below: tuple[tuple[str, str], ...] = ()
    """Subcommands with the type of their answers' `data`."""

    @property
    def connects(self) -> bool:
        """Whether it takes the options that choose cluster, identity and account."""
        return self.changes or bool(self.kubernetes) or self.takes_cluster_id


PLAN, EIPS = "eipctl.commands.plan_data:PlanData", "eipctl.commands.eip_data:BindData"
COMMANDS = (
    Command(
        name="check",
        data=("eipctl.domain.findings:CheckData",),
        panel=Panel.CLUSTER,
        summary="Check cluster, account and bindings; offer fixes.",
        about="Findings have codes, and their fixes are commands to paste. Changes nothing.",
        kubernetes=(*rights.OBSERVE, rights.ATTEMPTS, *rights.LISTED, rights.WHO_BINDS),
        cloud=(*VPC_READS, *ROLE_READS),
    ),
    Command(
        name="setup",
        data=(PLAN,),
        parts=("ram", "eni-config", "restart"),
        panel=Panel.CLUSTER,
        summary="Let Terway before v1.7.0 give Pods their EIPs.",
        about="One plan of three steps: RAM policy, eni-config, restart. Needs Terway 1.0.10.280 or later.",
        changes=True,
        recipes=(Recipe("eipctl.commands.setup", "SetupOptions", "prepare_setup"),),
        kubernetes=rights.SETUP,
        cloud=(
            *VPC_READS,
            *ROLE_READS,
            cloud_apis.LIST_POLICY_VERSIONS,
            cloud_apis.GET_POLICY_VERSION,
            cloud_apis.CREATE_POLICY,
            cloud_apis.CREATE_POLICY_VERSION,
            cloud_apis.UPDATE_POLICY_DESCRIPTION,
            cloud_apis.ATTACH_POLICY,
        ),
    ),
    Command(
        name="adopt",
        data=(PLAN,),
        takes_cluster_id=True,
        panel=Panel.CLUSTER,
        summary="Take over the EIPs that another controller bound.",
        about="From Terway, which can then be upgraded past v1.7.0 without losing an address, or from an uninstalled "
        "ack-extend-network-controller.",
        changes=True,
        recipes=(
            Recipe("eipctl.commands.adopt", "AdoptOptions", "prepare_adopt"),
            Recipe("eipctl.commands.pod_eips", "PodEipOptions", "prepare_pod_eips", "--from ack-extend"),
        ),
        kubernetes=(
            *rights.OBSERVE,
            *rights.LEASE,
            rights.GET_PODS,
            *rights.TERWAY_RESTART,
            *rights.POD_EIP_REMOVAL,
        ),
        cloud=(*VPC_READS, cloud_apis.TAG),
    ),
    Command(
        name="teardown",
        data=(PLAN,),
        panel=Panel.CLUSTER,
        summary="Revert what setup did, and nothing else.",
        changes=True,
        recipes=(Recipe("eipctl.commands.teardown", "TeardownOptions", "prepare_teardown"),),
        kubernetes=rights.TEARDOWN,
        cloud=(
            *VPC_READS,
            *cloud_apis.RAM_READS,
            cloud_apis.CREATE_POLICY_VERSION,
            cloud_apis.UPDATE_POLICY_DESCRIPTION,
            cloud_apis.LIST_POLICY_VERSIONS,
            cloud_apis.GET_POLICY_VERSION,
            cloud_apis.SET_DEFAULT_POLICY_VERSION,
            cloud_apis.DELETE_POLICY_VERSION,
            cloud_apis.DELETE_POLICY,
            cloud_apis.DETACH_POLICY,
        ),
    ),
    Command(
        name="annotate",
        data=("eipctl.commands.annotate.data:AnnotateData", "eipctl.commands.annotate.data:ListedData"),
        panel=Panel.WORK,
        summary="Ask for EIPs: annotate workloads or Pods.",
        about="Annotating a workload restarts its Pods; annotating a Pod restarts nothing.",
        changes=True,
        recipes=(Recipe("eipctl.commands.annotate.live", "AnnotateOptions", "prepare_annotate"),),
        kubernetes=(*rights.WORKLOADS, *rights.SURROUNDINGS),
        cloud=(cloud_apis.DESCRIBE_EIPS,),
    ),
    Command(
        name="bind",
        data=(EIPS,),
        takes_cluster_id=True,
        panel=Panel.WORK,
        summary="Give annotated Pods their EIPs. Safe to run from cron.",
        about="Makes the cloud match the annotations of the selected Pods, once, and exits.",
        changes=True,
        recipes=(Recipe("eipctl.commands.bind", "BindOptions", "prepare_bind"),),
        kubernetes=rights.BIND,
        cloud=(*VPC_READS, *VPC_WRITES),
    ),
    Command(
        name="release",
        data=(EIPS,),
        takes_cluster_id=True,
        panel=Panel.WORK,
        summary="Release EIPs that eipctl owns in this cluster.",
        about="Prints the ID and address of each, so that it can be recovered.",
        changes=True,
        recipes=(
            Recipe("eipctl.commands.release", "ReleaseOptions", "prepare_release"),
            Recipe("eipctl.commands.release", "UndoOptions", "prepare_undo", "--undo"),
        ),
        kubernetes=(*rights.OBSERVE, *rights.LEASE, *rights.POD_WRITES),
        cloud=(
            *VPC_READS,
            cloud_apis.ALLOCATE,
            cloud_apis.UNASSOCIATE,
            cloud_apis.RELEASE,
            cloud_apis.TAG,
            cloud_apis.UNTAG,
        ),
    ),
    Command(
        name="move",
        data=(EIPS,),
        takes_cluster_id=True,
        panel=Panel.WORK,
        summary="Move an EIP from one Pod to another Pod of this cluster.",
        about="For a fail-over: the EIP leaves the first Pod and is bound to the second one.",
        changes=True,
        recipes=(Recipe("eipctl.commands.move", "MoveOptions", "prepare_move"),),
        kubernetes=(*rights.OBSERVE, *rights.LEASE, rights.GET_PODS, *rights.POD_WRITES),
        cloud=(*VPC_READS, cloud_apis.ASSOCIATE, cloud_apis.UNASSOCIATE, cloud_apis.TAG, cloud_apis.UNTAG),
    ),
    Command(
        name="pool",
        data_below=(
            ("add", PLAN),
            ("remove", PLAN),
            ("list", "eipctl.commands.pool:PoolsData"),
            ("show", "eipctl.commands.pool:PoolsData"),
        ),
        parts=("add", "remove", "list", "show"),
        takes_cluster_id=True,
        panel=Panel.WORK,
        summary="Lend EIPs that you own to workloads of many Pods.",
        changes=True,
        recipes=(
            Recipe("eipctl.commands.pool", "LendOptions", "prepare_lend", "add"),
            Recipe("eipctl.commands.pool", "WithdrawOptions", "prepare_withdraw", "remove"),
        ),
        kubernetes=(*rights.OBSERVE, *rights.LEASE, rights.GET_PODS),
        cloud=(*VPC_READS, cloud_apis.TAG, cloud_apis.UNTAG),
    ),
    Command(
        name="apply",
        data=("eipctl.commands.answers:AppliedData",),
        panel=Panel.WORK,
        summary="Carry out a saved plan, unless its objects have changed.",
        about="Carries out exactly the actions in the plan, each only if its object has not changed.",
        changes=True,
    ),
    Command(
        name="status",
        data=("eipctl.planners.status.data:StatusData",),
        takes_cluster_id=True,
        panel=Panel.LOOK,
        summary="Show which Pod has which EIP, what drifts and what it costs.",
        about="Also shows orphaned EIPs. Changes nothing.",
        kubernetes=rights.STATUS,
        cloud=VPC_READS,
    ),
    Command(
        name="report",
        takes_cluster_id=True,
        panel=Panel.LOOK,
        summary="Write the status of clusters as one HTML or Markdown file.",
        about="Covers one or several clusters. Changes nothing.",
    ),
    Command(
        name="history",
        data=("eipctl.commands.history:HistoryData",),
        panel=Panel.LOOK,
        summary="Show what past runs changed, from the audit log.",
        about="Without RUN, lists all runs; with RUN, shows each action and cloud call of that run.",
    ),
    Command(
        name="manifest",
        panel=Panel.LOOK,
        summary="Print what eipctl needs to run unattended.",
        about="Prints RBAC objects, a RAM policy, a CronJob, a Deployment or a Dockerfile. Changes nothing.",
    ),
    Command(
        name="sandbox",
        data_below=tuple(
            (below, f"eipctl.commands.sandbox_data:{kind}Data")
            for below, kind in (
                ("scenarios", "Scenarios"),
                ("calls", "Calls"),
                ("reach", "Reach"),
                ("switch", "Switches"),
                ("limit", "Limits"),
                ("fault list", "Faults"),
            )
        ),
        panel=Panel.LEARN,
        summary="Run a simulated Alibaba Cloud and Kubernetes API locally.",
        about="Both listen on loopback only.",
    ),
    Command(
        name="demo",
        panel=Panel.LEARN,
        summary="Show the whole story on the sandbox in under a minute.",
        about="No account, no cluster, no root.",
    ),
    Command(
        name="explain",
        data=("eipctl.commands.answers:ExplainData",),
        panel=Panel.LEARN,
        summary="Explain a code of a finding or an error.",
        about="Shows what it means, why it matters and what to do. Without CODE, lists all codes.",
    ),
    Command(
        name="docs",
        panel=Panel.LEARN,
        summary="Show a page of the documentation.",
        about="Without TOPIC, lists the pages.",
    ),
    Command(
        name="schema",
        panel=Panel.LEARN,
        summary="Print the JSON Schema of an answer, of events or of a log.",
    ),
    Command(name="manual", panel=Panel.LEARN, summary="Print the manual page."),
    Command(name="completion", panel=Panel.LEARN, summary="Print the completion script of a shell."),
    Command(name="help", panel=Panel.LEARN, summary="Print the help of eipctl or of a command."),
    Command(
        name="version",
        data=("eipctl.commands.answers:VersionData",),
        panel=Panel.LEARN,
        summary="Print eipctl's version.",
    ),
)
"""In the order of the help."""

BY_NAME = {command.name: command for command in COMMANDS}
ANSWERS = {command.name: command.data for command in COMMANDS if command.data} | {
    f"{command.name} {below}": (kind,) for command in COMMANDS for below, kind in command.data_below
}
"""Commands whose answer a program may read, with the types of its `data`."""
CONNECTED = tuple(command.name for command in COMMANDS if command.kubernetes)
"""Those that have rights of their own."""


def rights_of(*names: str) -> tuple[Right, ...]:
    """The rights in Kubernetes of these commands together, each once, the wider of two."""
    return rights.together(right for name in names for right in BY_NAME[name].kubernetes)


def ram_actions_of(names: Iterable[str], *, packages: bool = False) -> tuple[str, ...]:
    """The RAM actions of these commands together; with `packages` also those for common bandwidth packages."""
    apis = [api for name in names for api in BY_NAME[name].cloud]
    return cloud_apis.ram_actions([*apis, *(cloud_apis.VPC_PACKAGES if packages else ())])


def _recipes() -> dict[str, Recipe]:
    pairs = ((command.name, recipe) for command in COMMANDS for recipe in command.recipes)
    return {f"{name} {recipe.variant}".rstrip(): recipe for name, recipe in pairs}


RECIPES = _recipes()
"""By the command in a saved plan: ``bind``, ``release --undo``."""


def command_of(options: object) -> str:
    """What made this plan, by its options' type."""
    return next(name for name, recipe in RECIPES.items() if recipe.options == type(options).__name__)
