"""`eipctl setup`: Terway's role, eni-config and Terway's Pods, from observation to a plan and its handlers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from eipctl.act.policies import PolicyHandlers
from eipctl.act.terway import TerwayHandlers
from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.base.text import first_few
from eipctl.commands.permits import Permits
from eipctl.commands.plan_data import plan_data
from eipctl.domain.actions.policies import RecordEdits
from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
from eipctl.domain.ram.policy_document import EIP_ACTIONS, EXTRAS
from eipctl.domain.terway.eni_conf import FlagState
from eipctl.domain.terway.image_version import told_version
from eipctl.domain.terway.startup import still_on
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import NAMESPACE, target
from eipctl.observe.eni_addresses import vpc_of
from eipctl.observe.other_controllers import ack_extend_present
from eipctl.observe.roles import read_roles, user_name
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.terway import read_eni_config, silent_nodes, terway_pods
from eipctl.observe.terway_held import held
from eipctl.planners.check.terway_health import needs_terway
from eipctl.planners.terway.gate import after_restart, another_image, gate, owned
from eipctl.planners.terway.grants import POLICY
from eipctl.planners.terway.restart import Pace
from eipctl.planners.terway.setup import (
    ENI_CONFIG,
    RAM,
    RESTART,
    STEPS,
    SetupKnobs,
    SetupWorld,
    plan_setup,
    starts_terways_mode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eipctl.domain.plan import Plan
    from eipctl.engine.execute import Handlers
    from eipctl.engine.session import Session, Writers

RESTART_TIMEOUT = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupOptions:
    """`roles` none: as Terway resolves them; `restart_timeout` per Terway Pod, in seconds."""

    roles: tuple[str, ...] = ()
    extras: tuple[str, ...] = ()
    """What else is granted, by the names of EXTRAS."""
    edit_policy: str | None = None
    allow_eip_rob: bool = False
    max_unavailable: str = "1"
    all_at_once: bool = False
    force_restart: bool = False
    steps: frozenset[str] = STEPS
    restart_timeout: float = RESTART_TIMEOUT
    terway_version: str = ""
    """Of a Terway whose image names none."""


def prepare_setup(session: Session, options: SetupOptions) -> Prepared:
    """Observe and plan. Refused where Terway can't give EIPs, before anything else is read."""
    session.terway_version = told_version(options.terway_version)
    look = Snapshot(session)
    plan = setup_plan(look, options)
    permits = Permits(look, plan, "setup")
    return Prepared(
        plan=permits.noted,
        handlers=lambda writers: permits.demanded(handlers(session, writers, options.restart_timeout)),
        data=lambda result: plan_data(plan, result),
        target=target(look),
    )


def setup_plan(look: Snapshot, options: SetupOptions) -> Plan:
    """What setup would do, refused where it would."""
    pace = Pace(options.max_unavailable, options.all_at_once)
    pace.width(1)
    world = _observe(look, options)
    plan = plan_setup(
        world,
        SetupKnobs(
            steps=options.steps,
            actions=_actions(options),
            edit_policy=options.edit_policy,
            allow_eip_rob=options.allow_eip_rob,
            force_restart=options.force_restart,
            pace=pace,
        ),
    )
    notes = (*_templates(look, plan, world), *(_bare(look, world) if options.steps != {RAM} else ()))
    if starts_terways_mode(world, plan):
        _refuse_two_masters(look)
    return replace(plan, notes=(*plan.notes, *notes))


def _templates(look: Snapshot, plan: Plan, world: SetupWorld) -> Iterator[str]:
    """What the restarted Pods come from: refused for another kind of Terway, noted for another image."""
    restarts = {action.daemonset for action in plan.actions if isinstance(action, RestartTerway)}
    for name in sorted(restarts):
        daemonset = look.kube.workload("daemonset", NAMESPACE, name)
        refusal = after_restart(daemonset, look.terway_version)
        if refusal is not None:
            raise refusal
        note = another_image(daemonset, world.terway)
        if note:
            yield note


def _bare(look: Snapshot, world: SetupWorld) -> Iterator[str]:
    """Nodes on which Terway should run and does not: nothing that setup does gives their Pods a network."""
    served = {pod.node for pod in world.terway}
    bare = sorted(name for name, node in look.nodes.items() if name not in served and needs_terway(node))
    if bare:
        yield f"Terway does not run on {first_few(bare)}: Pods there get neither network nor EIP; see: eipctl check"


def _refuse_two_masters(look: Snapshot) -> None:
    eips = look.vpc.list_eips()
    refusal = owned(eips.eips, look.kube.namespace_uid(NAMESPACE))
    if refusal is None and not eips.complete:
        message = f"the EIPs could not be read in full ({eips.why}), so eipctl may own some here"
        refusal = Refused(Code.PARTIAL_READ, message, hint="run the same command again")
    if refusal is not None:
        raise refusal


def handlers(session: Session, writers: Writers, restart_timeout: float) -> Handlers:
    """What setup and teardown do, Action class to handler."""
    terway = TerwayHandlers(session, writers, restart_timeout)
    own: Handlers = {
        WriteEniConfig: terway.write,
        RecordEdits: terway.record_edits,
        RestartTerway: terway.restart,
    }
    return {**PolicyHandlers(session.ram, writers.ram, session.stop).table(), **own}


def _actions(options: SetupOptions) -> tuple[str, ...]:
    return (*EIP_ACTIONS, *(action for name in dict.fromkeys(options.extras) for action in EXTRAS[name]))


def _observe(look: Snapshot, options: SetupOptions) -> SetupWorld:
    pods, rival = terway_pods(look), ack_extend_present(look)
    gate(pods, ack_extend=rival)
    config = read_eni_config(look)
    vpc_of(look)  # The role of Terway has the same name in every account: a wrong one would be granted everything.
    on = ENI_CONFIG in options.steps and config.conf.enable_eip_pool.state is not FlagState.ON
    forgets = RESTART in options.steps and not on and still_on(pods, config)
    holds = held(look) if forgets else ()
    silent = silent_nodes(look)
    if RAM not in options.steps:
        return SetupWorld(terway=pods, config=config, ack_extend=rival, silent=silent, held=holds)
    return SetupWorld(
        terway=pods,
        silent=silent,
        held=holds,
        config=config,
        cluster=user_name(look, config.conf),
        roles=read_roles(look, config.conf, options.roles, config.overrides, actions=_actions(options)),
        own_policy=look.ram.custom_policy(POLICY),
        edited_policy=look.ram.policy_with_versions(options.edit_policy) if options.edit_policy else None,
        ack_extend=rival,
    )
