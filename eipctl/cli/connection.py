"""The options of commands that talk to a cluster and an account, and of those that change something."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated

import typer

from eipctl.cli import complete
from eipctl.cli.command_line import target
from eipctl.cli.options import Answering, a_namespace, common_option, real_duration, spelled
from eipctl.cli.record import RunRecord, recorded
from eipctl.output.pasted import aim_at

if TYPE_CHECKING:
    from eipctl.domain.impersonation import Impersonation


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected(Answering):
    """What every command takes that talks to a cluster and an account."""

    kubeconfig: Annotated[
        str | None, common_option("Path of the kubeconfig file.", "--kubeconfig", variable="KUBECONFIG", metavar="FILE")
    ] = None
    context: Annotated[
        str | None,
        common_option(
            "The kubeconfig context to use.", "--context", variable="CONTEXT", autocompletion=complete.contexts
        ),
    ] = None
    as_user: Annotated[
        str | None, common_option("Impersonate this user, as kubectl does.", "--as", variable="AS", metavar="USER")
    ] = None
    as_group: Annotated[
        list[str] | None, common_option("Impersonate this group; repeatable.", "--as-group", variable="AS_GROUP")
    ] = None
    as_uid: Annotated[str | None, common_option("Impersonate this UID.", "--as-uid", variable="AS_UID")] = None
    as_user_extra: Annotated[
        list[str] | None,
        common_option(
            "Impersonate with this extra field; repeatable.",
            "--as-user-extra",
            variable="AS_USER_EXTRA",
            metavar="KEY=VALUE",
            callback=spelled(r"[^=]+=.*", "KEY=VALUE"),
        ),
    ] = None
    profile: Annotated[
        str | None,
        common_option(
            "Profile of the aliyun CLI (~/.aliyun/config.json).",
            "--profile",
            variable="PROFILE",
            autocompletion=complete.profiles,
        ),
    ] = None
    region: Annotated[
        str | None,
        common_option(
            "Region (default: from the environment, the profile or the nodes).", "--region", variable="REGION"
        ),
    ] = None
    endpoint_url: Annotated[
        str | None,
        common_option(
            "Send every Alibaba Cloud call to this URL (sandbox, gateway).", "--endpoint-url", variable="ENDPOINT_URL"
        ),
    ] = None
    endpoint_type: Annotated[
        str | None,
        common_option(
            "vpc: use Alibaba Cloud's endpoints inside the VPC.",
            "--endpoint-type",
            variable="ENDPOINT_TYPE",
            metavar="public|vpc",
            callback=spelled(r"public|vpc", "endpoint type: public or vpc"),
        ),
    ] = None
    timeout: Annotated[
        float | None,
        common_option(
            "Stop between two calls after this time, such as 5m.",
            "--timeout",
            variable="TIMEOUT",
            parser=real_duration,
            metavar="DURATION",
        ),
    ] = None
    price_file: Annotated[
        str | None,
        common_option(
            "Use the prices in FILE; see: eipctl docs money.",
            "--price-file",
            variable="PRICE_FILE",
            metavar="FILE",
        ),
    ] = None
    metrics_file: Annotated[
        str | None,
        common_option(
            "Write Prometheus metrics of the run to FILE (.prom).",
            "--metrics-file",
            variable="METRICS_FILE",
            metavar="FILE",
        ),
    ] = None
    record: RunRecord = field(default_factory=RunRecord, init=False)

    @property
    def acting(self) -> Impersonation:
        """As whom the cluster is asked."""
        from eipctl.domain.impersonation import Impersonation

        return Impersonation.asked(self.as_user, self.as_uid, self.as_group, self.as_user_extra)

    def namespaces_of(self, given: list[str] | None, *, every: bool = False) -> tuple[str, ...] | None:
        """Those that are given, else that of the context; None for `every` one."""
        from eipctl.engine.session import Session, Settings

        if every:
            return None
        named = [namespace for namespace in given or () if namespace]
        return tuple(dict.fromkeys(named)) or (
            Session(Settings(kubeconfig=self.kubeconfig, context=self.context)).namespace,
        )

    def around(self, ctx: typer.Context) -> AbstractContextManager[None]:
        """A command's metrics are written however it ends; a group's are those of its subcommand."""
        aim_at(target(ctx))
        words = ctx.command_path.split()[1:]
        return nullcontext() if ctx.invoked_subcommand else recorded(" ".join(words), self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changing(Connected):
    """What every command takes that changes something."""

    yes: Annotated[bool, common_option("Skip the confirmation.", "--yes", "-y", variable="YES")] = False
    dry_run: Annotated[bool, common_option("Show the plan and change nothing.", "--dry-run")] = False
    full: Annotated[
        bool, common_option("Show every action of the plan instead of one line per Pod.", "--full", variable="FULL")
    ] = False
    out: Annotated[
        str | None,
        common_option("Save the plan to FILE and change nothing; see: eipctl apply --help.", "--out", metavar="FILE"),
    ] = None
    exit_code: Annotated[bool, common_option("With --dry-run: exit 3 if changes are pending.", "--exit-code")] = False
    audit_log: Annotated[
        str | None,
        common_option(
            "Append a record of every change to FILE, before and after it; - is stderr.",
            "--audit-log",
            variable="AUDIT_LOG",
            metavar="FILE",
        ),
    ] = None

    @property
    def only_plans(self) -> bool:
        """Whether nothing is to be changed."""
        return self.dry_run or self.out is not None


Namespaces = Annotated[
    list[str] | None,
    typer.Option(
        "--namespace",
        "-n",
        metavar="NAME",
        help="Namespace, repeatable (default: from the context).",
        autocompletion=complete.namespaces,
        envvar="EIPCTL_NAMESPACE",
        callback=a_namespace,
    ),
]
ClusterId = Annotated[
    str | None,
    typer.Option(
        "--cluster-id",
        envvar="EIPCTL_CLUSTER_ID",
        help="ACK cluster ID in the tags of eipctl's EIPs (default: from eni-config).",
        callback=spelled(r"[A-Za-z0-9][\w.-]{0,62}", "cluster ID such as c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"),
    ),
]
AllNamespaces = Annotated[bool, typer.Option("--all-namespaces", "-A", help="All namespaces.")]
Selector = Annotated[str, typer.Option("--selector", "-l", help="Label selector, as in kubectl.")]
