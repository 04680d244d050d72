"""How the cloud says no."""

from __future__ import annotations


class CloudRefusal(Exception):
    """An API error as the caller sees it: `code`, `message` and HTTP `status`."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


def missing(name: str) -> CloudRefusal:
    """A mandatory parameter was not sent."""
    return CloudRefusal(
        "MissingParameter",
        f'The input parameter "{name}" that is mandatory for processing this request is not supplied.',
    )


def invalid(name: str, why: str = "") -> CloudRefusal:
    """A parameter's value is not acceptable."""
    return CloudRefusal("InvalidParameter", f"The specified parameter {name} is not valid{': ' + why if why else ''}.")


def unsupported_value(code: str, name: str) -> CloudRefusal:
    """A parameter's value is none of those the API lists."""
    return CloudRefusal(f"{code}.ValueNotSupported", f"The specified value of {name} is not supported.")
