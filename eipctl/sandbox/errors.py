"""What can go wrong with a sandbox as a whole."""

from __future__ import annotations


class SandboxError(Exception):
    """`message` is one sentence, `hint` says what to do next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
