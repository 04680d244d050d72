"""Terway's versions as its image tags spell them, and which of them can give Pods an EIP."""

from __future__ import annotations

import re
from dataclasses import dataclass

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

_TAG = re.compile(
    r"[vV]?(?P<major>\d+)\.(?P<minor>\d+)\.(?P<patch>\d+)"
    r"(?:\.(?P<build>\d+)|-(?P<commits>\d+)(?=-g[0-9a-f]))?(?:[-+_.][\w.+-]*)?",
    re.ASCII,
)
"""What follows the numbers (commit, processor, release candidate, vendor) says nothing about what a version can do."""


@dataclass(frozen=True, slots=True, order=True)
class TerwayVersion:
    """``v1.0.10.280-gdc2cb6c-aliyun`` is 1.0.10 and 280 commits, as is ``v1.0.10-280-gdc2cb6c``; tags have none (0)."""

    major: int
    minor: int
    patch: int
    build: int = 0

    @property
    def case_sensitive(self) -> bool:
        """Whether it takes keys of eni_conf as they are spelt only.

        apimachinery's decoder does from 0.23 on: go.mod of v1.3.0 has v0.23.0, that of v1.2.5 v0.21.4.
        """
        return (self.major, self.minor) >= (1, 3)

    def __str__(self) -> str:
        base = f"v{self.major}.{self.minor}.{self.patch}"
        return f"{base}.{self.build}" if self.build else base


FIRST_WITH_EIP = TerwayVersion(1, 0, 10, 280)
FIRST_WITH_PACKAGES = TerwayVersion(1, 2, 3)
"""Reads the annotation of common bandwidth packages."""
FIRST_WITHOUT_EIP = TerwayVersion(1, 7, 0)


def parse(image_or_tag: str) -> TerwayVersion | None:
    """The version that an image reference or a bare tag names; None when it names none (a digest alone)."""
    name = image_or_tag.strip().partition("@")[0].rpartition("/")[2]
    image, colon, tag = name.rpartition(":")
    bare = not colon and "/" not in image_or_tag
    match = _TAG.fullmatch(tag if image or bare else "")
    if match is None:
        return None
    numbers = (match["major"], match["minor"], match["patch"], match["build"] or match["commits"] or 0)
    return TerwayVersion(*map(int, numbers))


def supports_eip(version: TerwayVersion) -> bool:
    """Whether Terway has its own EIP mode: from 1.0.10.280 up to, but not including, 1.7.0."""
    return FIRST_WITH_EIP <= version < FIRST_WITHOUT_EIP


def told_version(text: str) -> TerwayVersion | None:
    """What --terway-version says; None for "". UsageError when it is no version."""
    version = parse(text) if text else None
    if text and version is None:
        raise UsageError(Code.USAGE, f"--terway-version {text!r} is not a version", hint="give one such as v1.6.3")
    return version
