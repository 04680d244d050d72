"""`eipctl bind`."""

from __future__ import annotations

import re
from typing import Annotated

import typer

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.cli import complete
from eipctl.cli.connection import AllNamespaces, Changing, ClusterId, Namespaces, Selector
from eipctl.cli.flow import change
from eipctl.cli.options import duration, real_duration, takes
from eipctl.cli.setup import TerwayVersion
from eipctl.cli.watching import go_on
from eipctl.domain.limits import GUARDS, MAX_ALLOCATE, MAX_RELEASE


@takes(Changing)
def bind(
    options: Changing,
    namespaces: Namespaces = None,
    all_namespaces: AllNamespaces = False,
    selector: Selector = "",
    field_selector: Annotated[str, typer.Option("--field-selector", help="Field selector, as in kubectl.")] = "",
    prune: Annotated[
        bool, typer.Option("--prune", help="Release EIPs that eipctl owns and whose Pod is gone.")
    ] = False,
    grace: Annotated[
        float,
        typer.Option(
            "--grace",
            parser=duration,
            metavar="DURATION",
            show_default="10m",
            help="Release an EIP only after it has been orphaned this long.",
        ),
    ] = 600.0,
    max_allocate: Annotated[
        int, typer.Option("--max-allocate", min=0, help="Guard: allocations per run; with --watch, per hour.")
    ] = MAX_ALLOCATE,
    max_release: Annotated[
        int, typer.Option("--max-release", min=0, help="Guard: releases per run; with --watch, per hour.")
    ] = MAX_RELEASE,
    max_per_namespace: Annotated[
        int | None, typer.Option("--max-per-namespace", min=0, help="Guard: EIPs per namespace.")
    ] = None,
    budget: Annotated[
        float | None,
        typer.Option(
            "--budget",
            min=0.0,
            help="Guard: price per month of all EIPs of eipctl, in USD or the price file's currency.",
        ),
    ] = None,
    reuse: Annotated[
        bool, typer.Option("--reuse", help="Before allocating, reuse EIPs left by deleted Pods of any workload.")
    ] = False,
    stateful_kind: Annotated[
        list[str] | None,
        typer.Option("--stateful-kind", metavar="KIND", help="Kind whose Pods keep their names, as with StatefulSets."),
    ] = None,
    no_instance_id: Annotated[
        bool, typer.Option("--no-instance-id", help="Guard: ignore Pods that name an EIP by ID.")
    ] = False,
    eip_quota: Annotated[
        int | None,
        typer.Option("--eip-quota", min=0, help="EIP quota of the account in the region, if known."),
    ] = None,
    force: Annotated[
        list[str] | None,
        typer.Option(
            "--force", metavar="GUARD", autocompletion=complete.guards, help=f"Override a guard: {', '.join(GUARDS)}."
        ),
    ] = None,
    cluster_id: ClusterId = None,
    terway_version: TerwayVersion = "",
    concurrency: Annotated[
        int, typer.Option("--concurrency", min=1, max=64, help="Number of Pods to process at a time.")
    ] = 16,
    lock_timeout: Annotated[
        float | None,
        typer.Option(
            "--lock-timeout",
            parser=duration,
            metavar="DURATION",
            show_default="0s; with --watch no limit",
            help="How long to wait for another run to finish.",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch",
            "-w",
            help="Keep running and bind whenever something changes. Of several runs, one leads.",
        ),
    ] = False,
    resync: Annotated[
        float,
        typer.Option(
            "--resync",
            parser=real_duration,
            metavar="DURATION",
            show_default="5m",
            help="With --watch: how often to read everything again.",
        ),
    ] = 300.0,
    listen: Annotated[
        str,
        typer.Option(
            "--listen",
            metavar="ADDR:PORT",
            help="With --watch: serve /metrics, /healthz and /readyz at this address; :PORT alone is loopback only.",
        ),
    ] = "",
    api_limit: Annotated[
        list[str] | None,
        typer.Option(
            "--api-limit",
            metavar="NAME=N/SECONDS",
            help="Rate limit of an API (or all=…), for accounts with raised limits.",
        ),
    ] = None,
) -> None:
    """
    \b
    eipctl bind -A --dry-run                # show the plan
    eipctl bind -A --yes                    # bind every Pod that asks for an EIP
    eipctl bind -A --prune --yes            # also release EIPs orphaned for 10 minutes
    eipctl bind -A --prune --yes --watch    # keep running and bind whenever something changes
    eipctl bind -A --prune --yes -q --timeout 4m --metrics-file /var/lib/prometheus/node-exporter/eipctl.prom
    """
    from eipctl.commands.bind import BindOptions, prepare_bind

    if prune and (selector or field_selector):
        raise UsageError(
            Code.USAGE,
            "--prune can't be used with -l or --field-selector, because orphans are judged against all Pods",
            hint="omit the selector; -n limits a run to a namespace",
        )
    wanted = BindOptions(
        namespaces=options.namespaces_of(namespaces, every=all_namespaces),
        selector=selector,
        field_selector=field_selector,
        prune=prune,
        grace=grace,
        max_allocate=max_allocate,
        max_release=max_release,
        max_per_namespace=max_per_namespace,
        budget=budget,
        cluster_id=cluster_id,
        reuse=reuse,
        stateful_kinds=tuple(stateful_kind or ()),
        instance_ids=not no_instance_id,
        eip_quota=eip_quota,
        force=_guards(force),
        terway_version=terway_version,
    )
    if listen and not watch:
        raise UsageError(
            Code.USAGE, "--listen needs a run that keeps running", hint="add --watch, or use --metrics-file"
        )
    if watch:
        go_on(
            options,
            wanted,
            resync=resync,
            listen=listen,
            lock_timeout=lock_timeout,
            concurrency=concurrency,
            api_limits=_limits(api_limit),
        )
    change(
        "bind",
        options,
        prepare_bind,
        wanted,
        concurrency=concurrency,
        lock_timeout=lock_timeout or 0.0,
        api_limits=_limits(api_limit),
    )


def _guards(names: list[str] | None) -> tuple[str, ...]:
    for name in names or ():
        if name not in GUARDS:
            raise UsageError(Code.USAGE, f"there is no guard {name!r}", hint=f"guards are {', '.join(GUARDS)}")
    return tuple(names or ())


def _limits(texts: list[str] | None) -> dict[str, tuple[int, float]]:
    """``AllocateEipAddress=600/60``."""
    found: dict[str, tuple[int, float]] = {}
    if not texts:
        return found
    from eipctl.domain.cloud_apis import VPC_PACKAGES, VPC_READS, VPC_WRITES

    known = ("all", *(api.action for api in (*VPC_READS, *VPC_WRITES, *VPC_PACKAGES)))
    for text in texts:
        match = re.fullmatch(r"(\w+)=([1-9][0-9]{0,8})/([1-9][0-9]{0,8})", text)
        if match is None:
            raise UsageError(
                Code.USAGE, f"{text!r} is not a valid API limit", hint="write it as AllocateEipAddress=120/60"
            )
        name, calls, seconds = match.groups()
        if name not in known:
            raise UsageError(
                Code.USAGE, f"bind does not call an API named {name!r}", hint=f"it calls {', '.join(known[1:])}"
            )
        found[name] = (int(calls), float(seconds))
    return found
