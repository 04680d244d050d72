"""Options that several manifests take."""

from __future__ import annotations

from typing import Annotated

import typer

import eipctl
from eipctl.base.text import LABEL
from eipctl.cli.options import a_namespace, spelled

IMAGE = f"eipctl:{eipctl.__version__}"
an_image = spelled(r"[A-Za-z0-9][\w.:/@-]{0,511}", "name of an image such as REGISTRY/eipctl:1.0")
Namespace = Annotated[
    str,
    typer.Option(
        "--namespace", "-n", help="The namespace it runs in.", envvar="EIPCTL_NAMESPACE", callback=a_namespace
    ),
]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        help="The name of all that is made.",
        callback=spelled(rf"(?=.{{1,52}}$){LABEL}", "name of a workload: small letters, digits and -, 52 at most"),
    ),
]
"""A CronJob's name may be no longer."""
Image = Annotated[str, typer.Option("--image", help="The image, as `manifest dockerfile` makes it.", callback=an_image)]
RamRole = Annotated[
    str,
    typer.Option(
        "--ram-role",
        help="The RAM role it takes (RRSA, with ack-pod-identity-webhook).",
        callback=spelled(r"[\w.-]{1,64}", "name of a RAM role"),
    ),
]
Secret = Annotated[
    str,
    typer.Option(
        "--secret",
        help="Instead of a role: the Secret with an AccessKey, as environment variables.",
        callback=spelled(rf"{LABEL}(\.{LABEL})*", "name of a Secret"),
    ),
]
