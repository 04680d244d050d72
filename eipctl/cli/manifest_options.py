"""Options that several manifests take."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

import eipctl
from eipctl.base.text import LABEL
from eipctl.cli.options import a_namespace, spelled

IMAGE = f"eipctl:{eipctl.__version__}"


class Form(StrEnum):
    """-o."""

    YAML = "yaml"
    JSON = "json"


OutputForm = Annotated[Form, typer.Option("--output", "-o", help="Format of the manifest.")]
an_image = spelled(r"[A-Za-z0-9][\w.:/@-]{0,511}", "image name such as REGISTRY/eipctl:1.0")
Namespace = Annotated[
    list[str] | None,
    typer.Option(
        "--namespace",
        "-n",
        help="Namespace that eipctl runs in.",
        envvar="EIPCTL_NAMESPACE",
        callback=a_namespace,
        show_default="eipctl",
    ),
]
Name = Annotated[
    str,
    typer.Option(
        "--name",
        help="Name of every object in the manifest.",
        callback=spelled(rf"(?=.{{1,52}}$){LABEL}", "workload name: lowercase letters, digits and -, at most 52"),
    ),
]
"""A CronJob's name may be no longer."""
Image = Annotated[str, typer.Option("--image", help="Image built from `manifest dockerfile`.", callback=an_image)]
RamRole = Annotated[
    str,
    typer.Option(
        "--ram-role",
        help="RAM role to assume (RRSA, with ack-pod-identity-webhook).",
        callback=spelled(r"[\w.-]{1,64}", "RAM role name"),
    ),
]
Secret = Annotated[
    str,
    typer.Option(
        "--secret",
        help="Secret with an AccessKey as environment variables, instead of a role.",
        callback=spelled(rf"{LABEL}(\.{LABEL})*", "Secret name"),
    ),
]
