"""`eipctl setup`: Terway's role, eni-config and Terway's Pods, from observation to a plan and its handlers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eipctl.act.policies import PolicyHandlers
from eipctl.act.terway import TerwayHandlers
from eipctl.base.codes import Code
from eipctl.base.errors import Refused
from eipctl.commands.plan_data import plan_data
from eipctl.domain.actions.policies import RecordEdits
from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
from eipctl.domain.ram.policy_document import EIP_ACTIONS, EXTRAS
from eipctl.engine.prepared import Prepared
from eipctl.observe.cluster import NAMESPACE, target
from eipctl.observe.other_controllers import ack_extend_present
from eipctl.observe.roles import read_roles, user_name
from eipctl.observe.snapshot import Snapshot
from eipctl.observe.terway import read_eni_config, terway_pods
from eipctl.planners.terway.gate import after_restart, gate, owned
from eipctl.planners.terway.grants import POLICY
from eipctl.planners.terway.restart import Pace
from eipctl.planners.terway.setup import RAM, STEPS, SetupKnobs, SetupWorld, plan_setup, starts_terways_mode

if TYPE_CHECKING:
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


def prepare_setup(session: Session, options: SetupOptions) -> Prepared:
    """Observe and plan. Refused where Terway can't give EIPs, before anything else is read."""
    look = Snapshot(session)
    plan = setup_plan(look, options)
    return Prepared(
        plan=plan,
        handlers=lambda writers: handlers(session, writers, options.restart_timeout),
        data=lambda result: plan_data(plan, result),
        target=target(look),
    )


def setup_plan(look: Snapshot, options: SetupOptions) -> Plan:
    """What setup would do, refused where it would."""
    pace = Pace(options.max_unavailable, options.all_at_once)
    pace.width(1)
    plan = plan_setup(
        _observe(look, options),
        SetupKnobs(
            steps=options.steps,
            actions=_actions(options),
            edit_policy=options.edit_policy,
            allow_eip_rob=options.allow_eip_rob,
            force_restart=options.force_restart,
            pace=pace,
        ),
    )
    if starts_terways_mode(plan):
        _refuse_another_terway(look, plan)
        _refuse_two_masters(look)
    return plan


def _refuse_another_terway(look: Snapshot, plan: Plan) -> None:
    restarts = {action.daemonset for action in plan.actions if isinstance(action, RestartTerway)}
    for daemonset in sorted(restarts):
        refusal = after_restart(look.kube.workload("daemonset", NAMESPACE, daemonset))
        if refusal is not None:
            raise refusal


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
    silent = frozenset(node.name for node in look.nodes.values() if node.silent)
    if RAM not in options.steps:
        return SetupWorld(terway=pods, config=config, ack_extend=rival, silent=silent)
    return SetupWorld(
        terway=pods,
        silent=silent,
        config=config,
        cluster=user_name(look, config.conf),
        roles=read_roles(look, config.conf, options.roles, config.overrides, actions=_actions(options)),
        own_policy=look.ram.custom_policy(POLICY),
        edited_policy=look.ram.policy_with_versions(options.edit_policy) if options.edit_policy else None,
        ack_extend=rival,
    )
