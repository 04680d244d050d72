"""How the cloud says no."""

from __future__ import annotations


class CloudRefusal(Exception):
    """An API error as the caller sees it: `code`, `message` and HTTP `status`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
