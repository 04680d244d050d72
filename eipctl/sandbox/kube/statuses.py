"""Errors of the Kubernetes API, as Status objects with the real reasons and sentences."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details or {}

    def body(self) -> dict[str, Any]:
        """The Status object."""
        return {
            "kind": "Status",
            "apiVersion": "v1",
            "metadata": {},
            "status": "Failure",
            "message": self.message,
            "reason": self.reason,
            "details": self.details,
            "code": self.code,
        }


def qualified(plural: str, group: str) -> str:
    """``deployments.apps``, ``pods``."""
    return f"{plural}.{group}" if group else plural


def _about(plural: str, group: str, name: str) -> dict[str, Any]:
    return {key: value for key, value in {"name": name, "group": group, "kind": plural}.items() if value}


def not_found(plural: str, group: str, name: str) -> ApiError:
    """404."""
    return ApiError(404, "NotFound", f'{qualified(plural, group)} "{name}" not found', _about(plural, group, name))


def no_such_path() -> ApiError:
    """404 of a path that nobody serves."""
    return ApiError(404, "NotFound", "the server could not find the requested resource")


def already_exists(plural: str, group: str, name: str) -> ApiError:
    """409 of a create."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, _about(plural, group, name))


def conflict(plural: str, group: str, name: str, why: str) -> ApiError:
    """409 of a write."""
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return ApiError(409, "Conflict", message, _about(plural, group, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


def invalid(kind: str, group: str, name: str, field: str, why: str) -> ApiError:
    """422."""
    subject = f'{qualified(kind, group)} "{name}"' if kind else "The request"
    message = f"{subject} is invalid: {field}: {why}"
    reasons = {"Required": "FieldValueRequired", "Forbidden": "FieldValueForbidden", "Too": "FieldValueTooLong"}
    causes = [{"reason": reasons.get(why.split()[0].rstrip(":"), "FieldValueInvalid"), "message": why, "field": field}]
    return ApiError(422, "Invalid", message, {**_about(kind, group, name), "causes": causes})


def bad_request(message: str) -> ApiError:
    """400."""
    return ApiError(400, "BadRequest", message)


def method_not_allowed() -> ApiError:
    """405."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource")


def unsupported_media(what: str) -> ApiError:
    """415."""
    message = f"the body of the request was in an unknown format - {what}"
    return ApiError(415, "UnsupportedMediaType", message)


def unsupported_patch(kind: str, accepted: list[str]) -> ApiError:
    """415 of a patch."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", f"{message}; got {kind or 'none'}")


def expired(message: str) -> ApiError:
    """410."""
    return ApiError(410, "Expired", message)


def unauthorized() -> ApiError:
    """401."""
    return ApiError(401, "Unauthorized", "Unauthorized")


def forbidden(plural: str, group: str, name: str, message: str) -> ApiError:
    """403."""
    subject = f'{qualified(plural, group)} "{name}"' if name else qualified(plural, group)
    return ApiError(403, "Forbidden", f"{subject} is forbidden: {message}", _about(plural, group, name))


def success(plural: str, group: str, name: str, uid: str) -> dict[str, Any]:
    """The Status of a delete that left nothing behind."""
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {**_about(plural, group, name), "uid": uid},
    }
