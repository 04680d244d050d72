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

    `summary` is the first paragraph of its help. A plan of `recipes` can be saved. `kubernetes` and `cloud` are what
    it may have to call; both are empty for a command that connects to nothing, or needs the rights of another command.
    """

    name: str
    panel: Panel
    summary: str
    changes: bool = False
    """Whether it changes a cluster or an account."""
    recipes: tuple[Recipe, ...] = ()
    kubernetes: tuple[Right, ...] = ()
    cloud: tuple[Api, ...] = ()


COMMANDS = (
    Command(
        name="check",
        panel=Panel.CLUSTER,
        summary="Preflight and health: coded findings, each with its fix as a command to paste. Changes nothing.",
        kubernetes=(*rights.OBSERVE, rights.ATTEMPTS, *rights.LISTED),
        cloud=(*VPC_READS, *ROLE_READS),
    ),
    Command(
        name="setup",
        panel=Panel.CLUSTER,
        summary="Let Terway (1.0.10.280 up to 1.7) give Pods EIPs: RAM policy, eni-config, restart.",
        changes=True,
        recipes=(Recipe("eipctl.commands.setup", "SetupOptions", "prepare_setup"),),
        kubernetes=rights.SETUP,
        cloud=(
            cloud_apis.DESCRIBE_EIPS,
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
        panel=Panel.CLUSTER,
        summary=(
            "Take over the EIPs that Terway bound, so that Terway can be upgraded past v1.7.0 without losing an"
            " address."
        ),
        changes=True,
        recipes=(Recipe("eipctl.commands.adopt", "AdoptOptions", "prepare_adopt"),),
        kubernetes=(*rights.OBSERVE, *rights.LEASE, rights.GET_PODS, *rights.TERWAY_RESTART),
        cloud=(*VPC_READS, cloud_apis.TAG),
    ),
    Command(
        name="teardown",
        panel=Panel.CLUSTER,
        summary="Take back what setup did, and nothing else.",
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
        panel=Panel.WORK,
        summary="Put the EIP annotations on workloads (their Pods restart) or on Pods (nothing restarts).",
        changes=True,
        recipes=(Recipe("eipctl.commands.annotate.live", "AnnotateOptions", "prepare_annotate"),),
        kubernetes=(*rights.WORKLOADS, *rights.SURROUNDINGS),
        cloud=(cloud_apis.DESCRIBE_EIPS,),
    ),
    Command(
        name="bind",
        panel=Panel.WORK,
        summary=("Make the cloud match the annotations of the selected Pods, once, then exit. Safe to run from cron."),
        changes=True,
        recipes=(Recipe("eipctl.commands.bind", "BindOptions", "prepare_bind"),),
        kubernetes=(*rights.OBSERVE, *rights.LEASE, rights.GET_PODS, *rights.POD_WRITES, rights.REFUSALS),
        cloud=(*VPC_READS, *VPC_WRITES),
    ),
    Command(
        name="release",
        panel=Panel.WORK,
        summary=(
            "Let go of EIPs that eipctl owns in this cluster. Each one's id and address are printed: they bring it"
            " back."
        ),
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
        panel=Panel.WORK,
        summary="Move an EIP from one Pod to another Pod of this cluster, as for a fail-over.",
        changes=True,
        recipes=(Recipe("eipctl.commands.move", "MoveOptions", "prepare_move"),),
        kubernetes=(*rights.OBSERVE, *rights.LEASE, rights.GET_PODS, *rights.POD_WRITES),
        cloud=(*VPC_READS, cloud_apis.ASSOCIATE, cloud_apis.UNASSOCIATE, cloud_apis.TAG, cloud_apis.UNTAG),
    ),
    Command(
        name="pool",
        panel=Panel.WORK,
        summary="Lend EIPs that you own to workloads of many Pods, and see who has which.",
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
        panel=Panel.WORK,
        summary="Carry out a saved plan: exactly its Actions, and only while each object is as it was.",
        changes=True,
    ),
    Command(
        name="status",
        panel=Panel.LOOK,
        summary="Which Pod has which EIP, what drifts, what is orphaned, what it costs. Changes nothing.",
        kubernetes=rights.STATUS,
        cloud=VPC_READS,
    ),
    Command(
        name="report",
        panel=Panel.LOOK,
        summary="Write the status of one or several clusters as one HTML or Markdown file. Changes nothing.",
    ),
    Command(
        name="history",
        panel=Panel.LOOK,
        summary="What runs have changed, by the audit log: all of them, or one with each action and cloud call.",
    ),
    Command(
        name="manifest",
        panel=Panel.LOOK,
        summary=(
            "Print what eipctl needs to run unattended: RBAC, a RAM policy, a CronJob, a Dockerfile. Changes nothing."
        ),
    ),
    Command(
        name="sandbox",
        panel=Panel.LEARN,
        summary="An embedded Alibaba Cloud and Kubernetes API on loopback.",
    ),
    Command(
        name="demo",
        panel=Panel.LEARN,
        summary="The whole story on the sandbox in under a minute: no account, no cluster, no root.",
    ),
    Command(
        name="explain",
        panel=Panel.LEARN,
        summary=(
            "What a code of a finding or an error means, why it matters and what to do; without CODE all of them, in"
            " short."
        ),
    ),
    Command(name="docs", panel=Panel.LEARN, summary="Show a page of the documentation; without TOPIC, list the pages."),
    Command(name="version", panel=Panel.LEARN, summary="Print eipctl's version."),
)
"""In the order of the help."""

BY_NAME = {command.name: command for command in COMMANDS}
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
