"""`eipctl annotate`."""

from __future__ import annotations

from typing import Annotated

import typer

from eipctl.cli.flow import change
from eipctl.cli.options import Changing, Namespace, Selector, takes


@takes(Changing)
def annotate(
    options: Changing,
    workloads: Annotated[
        list[str] | None, typer.Argument(metavar="KIND/NAME...", help="Workloads; with -l just a KIND.")
    ] = None,
    namespace: Namespace = None,
    selector: Selector = "",
    eip: Annotated[bool, typer.Option("--eip", help="Ask for an EIP.")] = False,
    bandwidth: Annotated[str | None, typer.Option("--bandwidth", metavar="N", help="Mbit/s.")] = None,
    instance_id: Annotated[str | None, typer.Option("--instance-id", metavar="eip-…", help="This very EIP.")] = None,
    charge_type: Annotated[str | None, typer.Option("--charge-type", help="PayByTraffic or PayByBandwidth.")] = None,
    isp: Annotated[str | None, typer.Option("--isp", help="BGP, BGP_PRO, …")] = None,
    bandwidth_package: Annotated[str | None, typer.Option("--bandwidth-package", metavar="cbwp-…")] = None,
    pool: Annotated[str | None, typer.Option("--pool", metavar="pippool-…", help="Public IP address pool.")] = None,
    resource_group: Annotated[str | None, typer.Option("--resource-group", metavar="rg-…")] = None,
    name: Annotated[str | None, typer.Option("--name", help="The EIP's name.")] = None,
    release_strategy: Annotated[
        str | None, typer.Option("--release-strategy", help="Follow, Never, or a duration such as 10m.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Take the EIP annotations off.")] = False,
    force: Annotated[list[str] | None, typer.Option("--force", metavar="CODE", help="Lift a lint.")] = None,
) -> None:
    """Put the EIP annotations on workloads (their Pods restart) or on Pods (nothing restarts).

    eipctl annotate deployment/web --eip --bandwidth 5
    """
    from eipctl.engine.annotate import AnnotateOptions, prepare_annotate
    from eipctl.planners.annotate import EipSettings

    settings = EipSettings(
        eip="true" if eip else None,
        bandwidth=bandwidth,
        instance_id=instance_id,
        charge_type=charge_type,
        isp=isp,
        bandwidth_package=bandwidth_package,
        pool=pool,
        resource_group=resource_group,
        name=name,
        release_strategy=release_strategy,
    )
    named = tuple(workloads or ())
    by_selector = bool(selector) and len(named) == 1 and "/" not in named[0]
    wanted = AnnotateOptions(
        workloads=() if by_selector else named,
        kind=named[0] if by_selector else None,
        namespace=namespace,
        selector=selector,
        settings=settings,
        remove=remove,
        force=tuple(force or ()),
    )
    change("annotate", options, prepare_annotate, wanted)
