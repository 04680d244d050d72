"""One attempt of a call to the cloud or the Kubernetes API, as those who log are told of it. Nothing secret in it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

_READS = ("Describe", "List", "Get", "AssumeRole")


class Service(StrEnum):
    """Who was called."""

    CLOUD = "cloud"
    KUBERNETES = "kubernetes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`api` is an action of the cloud or an HTTP method, `code` is "" for success, `seconds` until the answer."""

    service: Service
    api: str
    code: str = ""
    seconds: float = 0.0
    object: str = ""
    request_id: str = ""

    @property
    def changes(self) -> bool:
        """Whether it was to change something."""
        return changes(self.api) if self.service is Service.CLOUD else self.api not in ("GET", "HEAD", "REVIEW")


def changes(api: str) -> bool:
    """Whether an action of the cloud changes something."""
    return not api.startswith(_READS)
