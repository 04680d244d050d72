"""Errors of the Kubernetes API, as Status objects with the real reasons and sentences."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, code: int, reason: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.code, self.reason, self.message, self.details = code, reason, message, details

    def body(self) -> dict[str, Any]:
        """The Status object; what is not said is left out, as Go does."""
        head = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure", "message": self.message}
        rest = {"reason": self.reason or None, "details": self.details, "code": self.code}
        return {**head, **{name: value for name, value in rest.items() if value is not None}}


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
    return ApiError(404, "NotFound", "the server could not find the requested resource", {})


def already_exists(plural: str, group: str, name: str) -> ApiError:
    """409 of a create."""
    message = f'{qualified(plural, group)} "{name}" already exists'
    return ApiError(409, "AlreadyExists", message, _about(plural, group, name))


def conflict(plural: str, group: str, name: str, why: str) -> ApiError:
    """409 of a write."""
    message = f'Operation cannot be fulfilled on {qualified(plural, group)} "{name}": {why}'
    return ApiError(409, "Conflict", message, _about(plural, group, name))


MODIFIED = "the object has been modified; please apply your changes to the latest version and try again"


_REASONS = {
    "Required value": "FieldValueRequired",
    "Forbidden": "FieldValueForbidden",
    "Too long": "FieldValueTooLong",
    "Duplicate value": "FieldValueDuplicate",
    "Unsupported value": "FieldValueNotSupported",
    "Invalid type": "FieldValueTypeInvalid",
}
"""How a cause's text begins, and its reason; any other is FieldValueInvalid."""


def invalid(kind: str, group: str, name: str, *wrong: tuple[str, str]) -> ApiError:
    """422 with every (field, why) that is wrong."""
    subject = f'{qualified(kind, group)} "{name}"' if kind else "The request"
    told = [f"{field}: {why.replace('Invalid type', 'Invalid value', 1)}" for field, why in wrong]
    message = f"{subject} is invalid: {told[0] if len(told) == 1 else '[' + ', '.join(told) + ']'}"
    causes = [
        {
            "reason": _REASONS.get(why.partition(":")[0], "FieldValueInvalid"),
            "message": why.replace("Invalid type", "Invalid value", 1),
            "field": field,
        }
        for field, why in wrong
    ]
    return ApiError(422, "Invalid", message, {**_about(kind, group, name), "causes": causes})


def wrong_option(kind: str, field: str, why: str) -> ApiError:
    """422 of what a request asks for beside its object."""
    return invalid(kind, "meta.k8s.io", "", (field, why))


def wrong_patch(patched: str, why: str) -> ApiError:
    """422 of a patch that leaves what Go can't decode."""
    return invalid("", "", "", ("patch", f"Invalid value: {patched!r}: {why}"))


def bad_request(message: str) -> ApiError:
    """400."""
    return ApiError(400, "BadRequest", message)


def method_not_allowed() -> ApiError:
    """405."""
    return ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})


def not_acceptable() -> ApiError:
    """406."""
    message = "only the following media types are accepted: application/json, application/yaml"
    return ApiError(406, "NotAcceptable", message, {})


def too_large(limit: int) -> ApiError:
    """413."""
    return ApiError(413, "RequestEntityTooLarge", f"limit is {limit}", {})


def too_new(version: int, newest: int) -> ApiError:
    """504 of a list that is to be newer than anything there is."""
    message = f"Too large resource version: {version}, current: {newest}"
    causes = [{"reason": "ResourceVersionTooLarge", "message": "Too large resource version"}]
    return ApiError(504, "Timeout", message, {"causes": causes, "retryAfterSeconds": 1})


def no_number(version: str) -> ApiError:
    """500 of a resourceVersion that is none."""
    return ApiError(500, "", f'strconv.ParseUint: parsing "{version}": invalid syntax')


def unsupported_media(what: str) -> ApiError:
    """415."""
    message = f"the body of the request was in an unknown format - {what}"
    return ApiError(415, "UnsupportedMediaType", message, {})


def unsupported_patch(kind: str, accepted: list[str]) -> ApiError:
    """415 of a patch."""
    message = f"the body of the request was in an unknown format - accepted media types include: {', '.join(accepted)}"
    return ApiError(415, "UnsupportedMediaType", f"{message}; got {kind or 'none'}", {})


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
