"""`eipctl manifest`: what eipctl needs to run unattended, least privilege, to apply or to commit."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli.help_groups import Tree
from eipctl.cli.manifest_options import IMAGE, Form, Image, Name, Namespace, OutputForm, RamRole, Secret, an_image
from eipctl.cli.options import Common, real_duration, spelled, takes
from eipctl.commands.registry import CONNECTED, ram_actions_of, rights_of

if TYPE_CHECKING:
    from eipctl.commands.manifest_pods import Worker
    from eipctl.commands.manifests import Object, Place

manifest = Tree(
    help="""
    \b
    eipctl manifest rbac | kubectl apply -f -
    eipctl manifest ram-policy > eipctl.json
    """
)

DEFAULT = ("bind",)
OWN = f"--for takes {', '.join(CONNECTED)}; apply needs the rights of the command that made its plan"


def commands_from(start: str) -> list[str]:
    """What a shell may complete `start` to."""
    return [command for command in CONNECTED if command.startswith(start)]


RoleName = Annotated[
    str,
    typer.Option(
        "--name",
        help="Name of every object in the manifest.",
        callback=spelled(r"(?!\.\.?$)[^/%\s]{1,253}", "role name"),
    ),
]
"""Roles may be called as users are, ``system:serviceaccount:eipctl:eipctl``."""
SCHEDULE = r"@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)|[\w*,/?-]+( +[\w*,/?-]+){4}"
For = Annotated[
    list[str] | None,
    typer.Option(
        "--for",
        metavar="COMMAND",
        autocompletion=commands_from,
        show_default="bind",
        help=f"Command whose rights are meant; repeatable: {', '.join(CONNECTED)}.",
    ),
]


def commands_of(asked: list[str] | None) -> tuple[str, ...]:
    """The commands of --for; UsageError for one without rights of its own."""
    for command in asked or ():
        if command not in CONNECTED:
            raise UsageError(Code.USAGE, f"{command} has no rights of its own or is not a command", hint=OWN)
    return tuple(dict.fromkeys(asked or ()))


def _one(namespaces: list[str] | None) -> str:
    """It runs in one; UsageError for more."""
    if namespaces and len(set(namespaces)) > 1:
        message = f"eipctl runs in one namespace, and -n names {' and '.join(namespaces)}"
        raise UsageError(Code.USAGE, message, hint="give -n once")
    return namespaces[0] if namespaces else "eipctl"


@manifest.command("rbac")
@takes(Common)
def rbac(
    options: Common,
    namespace: Namespace = None,
    name: RoleName = "eipctl",
    commands: For = None,
    user: Annotated[
        str, typer.Option("--user", help="Grant the rights to this user instead of a ServiceAccount.")
    ] = "",
    output: OutputForm = Form.YAML,
) -> None:
    """Print a ServiceAccount with the Kubernetes rights that commands of eipctl need.

    These are exactly the rights that the commands use. --user grants them to a user instead.

    The namespace must exist: kubectl create namespace eipctl.

    \b
    eipctl manifest rbac | kubectl apply -f -
    eipctl manifest rbac --for check --for status --name eipctl-viewer
    eipctl manifest rbac --for bind --user alice --name eipctl-alice
    """
    from eipctl.commands import manifests
    from eipctl.output.manifests import objects_text, rights_head

    place = manifests.Place(namespace=_one(namespace), name=name, user=user)
    chosen = commands_of(commands) or DEFAULT
    rights = rights_of(*chosen)
    account = [] if user else [manifests.service_account(place)]
    objects = [*account, *manifests.rbac(place, rights)]
    options.console.answer(objects_text(objects, rights_head(chosen, rights), as_json=output is Form.JSON))


@manifest.command("ram-policy")
@takes(Common)
def ram_policy(
    options: Common,
    commands: For = None,
    extra: Annotated[
        list[str] | None,
        typer.Option("--with", metavar="WHAT", help="bandwidth-package: also for Pods in shared bandwidth packages."),
    ] = None,
    cluster_id: Annotated[
        str,
        typer.Option(
            "--cluster-id",
            help="Narrower: only EIPs with the tag of this ACK cluster, in regions that honor tag conditions.",
            callback=spelled(r"[\w.-]{1,64}", "ID of an ACK cluster"),
        ),
    ] = "",
    roles: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="NAME", help="With --for setup: the roles of Terway, if ACK did not name them."),
    ] = None,
    edited: Annotated[
        list[str] | None,
        typer.Option("--edit-policy", metavar="NAME", help="With --for setup: custom policies that it may edit."),
    ] = None,
    output: OutputForm = Form.JSON,
) -> None:
    """Print a RAM policy with exactly the actions that commands of eipctl need.

    With --cluster-id the policy allows changes only to EIPs with the tag of that cluster. It still allows allocating
    EIPs, writing that tag on any EIP (which a Pod that names an EIP needs), binding to any ENI, and listing all EIPs.
    Try it first: in a region that ignores such conditions, every call is refused.

    \b
    eipctl manifest ram-policy > eipctl.json
    aliyun ram CreatePolicy --PolicyName eipctl --PolicyDocument "$(cat eipctl.json)"
    eipctl manifest ram-policy --for bind --cluster-id c0123456789abcdef
    eipctl manifest ram-policy --for setup --for teardown
    """
    from eipctl.commands.ram_policy import TERWAY_ROLES, PolicyScope
    from eipctl.commands.ram_policy import ram_policy as policy
    from eipctl.output.manifests import document_text

    for what in extra or ():
        if what != "bandwidth-package":
            raise UsageError(Code.USAGE, f"there is no extra {what!r}", hint="--with takes bandwidth-package")
    actions = ram_actions_of(commands_of(commands) or DEFAULT, packages=bool(extra))
    scope = PolicyScope(roles=tuple(roles or TERWAY_ROLES), edited=tuple(edited or ()), cluster_id=cluster_id)
    options.console.answer(document_text(policy(actions, scope), as_json=output is Form.JSON))


@manifest.command("cronjob")
@takes(Common)
def cronjob(
    options: Common,
    namespace: Namespace = None,
    name: Name = "eipctl",
    image: Image = IMAGE,
    schedule: Annotated[
        str,
        typer.Option(
            "--schedule",
            help="Schedule in cron format.",
            callback=spelled(SCHEDULE, "schedule of five fields such as */5 * * * *"),
        ),
    ] = "*/5 * * * *",
    deadline: Annotated[
        float,
        typer.Option(
            "--deadline",
            help="Time limit of a run.",
            parser=real_duration,
            metavar="DURATION",
            show_default="4m",
        ),
    ] = 240.0,
    ram_role: RamRole = "eipctl",
    secret: Secret = "",
    output: OutputForm = Form.YAML,
) -> None:
    """Print a CronJob that runs bind, with all that it needs.

    It runs `eipctl bind -A --prune`. Its namespace, ServiceAccount and rights are printed with it.

    \b
    eipctl manifest cronjob --image REGISTRY/eipctl:1.0 | kubectl apply -f -
    eipctl manifest cronjob --secret eipctl-access-key --schedule '*/2 * * * *'
    """
    from eipctl.commands.manifest_pods import Worker, cron_job
    from eipctl.commands.manifests import Place

    place, worker = Place(namespace=_one(namespace), name=name), Worker(image, "" if secret else ram_role, secret)
    workload = [cron_job(place, worker, schedule, ceil(deadline))]
    _print_workload(options, place, worker, workload, output, watches=False)


@manifest.command("deployment")
@takes(Common)
def deployment(
    options: Common,
    namespace: Namespace = None,
    name: Name = "eipctl",
    image: Image = IMAGE,
    ram_role: RamRole = "eipctl",
    secret: Secret = "",
    output: OutputForm = Form.YAML,
) -> None:
    """Print a Deployment that runs bind --watch.

    It runs `eipctl bind -A --prune --watch` as a leader and a standby. Its namespace, ServiceAccount, rights, probes,
    PodDisruptionBudget and a Service for its metrics are printed with it. It reacts within seconds, where a CronJob
    takes minutes. Run one of the two.

    \b
    eipctl manifest deployment --image REGISTRY/eipctl:1.0 | kubectl apply -f -
    eipctl manifest deployment --secret eipctl-access-key
    """
    from eipctl.commands import manifest_pods
    from eipctl.commands.manifests import Place

    place = Place(namespace=_one(namespace), name=name)
    worker = manifest_pods.Worker(image, "" if secret else ram_role, secret)
    _print_workload(options, place, worker, manifest_pods.deployment(place, worker), output, watches=True)


def _print_workload(
    options: Common, place: Place, worker: Worker, workload: list[Object], form: Form, *, watches: bool
) -> None:
    """With the namespace, the ServiceAccount and the rights that it needs."""
    from eipctl.commands import manifest_pods, manifests
    from eipctl.output.manifests import objects_text, rights_head

    rights = manifest_pods.rights(watches=watches)
    objects = [
        manifests.namespace(place, rrsa=bool(worker.ram_role)),
        manifests.service_account(place, worker.ram_role),
        *manifests.rbac(place, rights),
        *workload,
    ]
    head = rights_head(["bind --watch" if watches else "bind"], rights)
    head.append(
        f"Replaces the roles that eipctl manifest {'cronjob' if watches else 'deployment'} makes: run one of the two."
    )
    options.console.answer(objects_text(objects, head, as_json=form is Form.JSON))


@manifest.command("dockerfile")
@takes(Common)
def dockerfile(
    options: Common,
    image: Annotated[str, typer.Option("--image", help="Name of the image.", callback=an_image)] = IMAGE,
) -> None:
    """Print a Dockerfile for the image of the CronJob and the Deployment.

    The image runs without root and needs no writable file system.

    \b
    eipctl manifest dockerfile > Dockerfile && docker build -t REGISTRY/eipctl:1.0 .
    """
    from eipctl.commands.manifests import UID
    from eipctl.output.manifests import dockerfile as text

    options.console.answer(text(image, UID))
