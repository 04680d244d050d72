"""Manifests as files: YAML with a head that says what can be left out, JSON, a Dockerfile."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from eipctl.domain.rights import Right

PYTHON = "python:3.13.9-slim-bookworm"

DOCKERFILE = """\
# eipctl and what it needs, each file known by its hash; runs as a user that is not root and writes nothing.
# Build it in a checkout: docker build -t {tag} .
# For builds that are the same next year name the base by its digest: --build-arg BASE=python@sha256:...
ARG BASE={python}
FROM ${{BASE}} AS build
COPY examples/in-cluster/build-requirements.txt examples/in-cluster/requirements.txt /src/
RUN python -m venv /opt/build \\
 && /opt/build/bin/pip install --no-cache-dir --require-hashes -r /src/build-requirements.txt \\
 && /opt/build/bin/pip wheel --no-cache-dir --no-build-isolation --require-hashes -w /wheels -r /src/requirements.txt
COPY pyproject.toml README.md LICENSE /src/
COPY eipctl /src/eipctl
COPY examples /src/examples
RUN /opt/build/bin/pip wheel --no-build-isolation --no-deps -w /wheels /src \\
 && python -m venv /opt/eipctl \\
 && /opt/eipctl/bin/pip install --no-cache-dir --no-compile --no-index --find-links /wheels eipctl \\
 && /opt/eipctl/bin/python -m compileall -q /opt/eipctl

FROM ${{BASE}}
COPY --from=build /opt/eipctl /opt/eipctl
ENV PATH=/opt/eipctl/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER {uid}:{uid}
ENTRYPOINT ["eipctl"]
CMD ["--help"]
"""


def objects_text(objects: Sequence[dict[str, Any]], head: Sequence[str] = (), *, as_json: bool = False) -> str:
    """Objects as YAML documents, after a comment, or as a List in JSON."""
    from eipctl.output.yaml_text import yaml_text

    if as_json:
        return document_text({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    return "".join(f"# {line}".rstrip() + "\n" for line in head) + yaml_text(objects, width=120)


def rights_head(commands: Sequence[str], rights: Sequence[Right]) -> list[str]:
    """For which commands, and what each right is for that may be left out."""
    lines = [f"Rights of: eipctl {', '.join(commands)}"]
    optional = [right for right in rights if right.without]
    if optional:
        lines.append("Optional:")
        lines += [f"  {right.verb} {right.full}: else {right.without}" for right in optional]
    return lines


def document_text(document: dict[str, Any], *, as_json: bool = True) -> str:
    """One document as JSON or YAML."""
    return json.dumps(document, indent=2) + "\n" if as_json else objects_text([document])


def dockerfile(tag: str, uid: int) -> str:
    """How to make the image that a CronJob or a Deployment runs."""
    return DOCKERFILE.format(python=PYTHON, tag=tag, uid=uid)
