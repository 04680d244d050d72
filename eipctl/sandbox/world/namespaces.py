"""What every namespace gets: ServiceAccount "default", and the cluster's CA for Pods."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eipctl.sandbox.world.meta import leaving, name_of

if TYPE_CHECKING:
    from eipctl.sandbox.world.context import Context

_AUTHORITY = "kube-root-ca.crt"
_PEM = "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"
"""Nobody in the simulated Pods reads it."""


def sync(ctx: Context) -> None:
    """Make what is missing."""
    for namespace in ctx.objects.list("namespaces"):
        name = name_of(namespace)[1]
        if leaving(namespace):
            continue
        _demand(ctx, "serviceaccounts", {"metadata": {"namespace": name, "name": "default"}})
        _demand(ctx, "configmaps", {"metadata": {"namespace": name, "name": _AUTHORITY}, "data": {"ca.crt": _PEM}})


def _demand(ctx: Context, plural: str, wanted: dict[str, object]) -> None:
    if ctx.objects.get(plural, *name_of(wanted)) is None:
        ctx.objects.create(plural, wanted)
