"""The published error codes of the APIs that eipctl calls, each with what it is about: `errors.tsv` beside this module.

Source: the error tables of the API pages and metadata of VPC, ECS, RAM, STS and CS (2025 and 2026), common gateway
errors, and the retry lists of terraform-provider-alicloud. A status of ``?`` is not published.
"""

from __future__ import annotations

import csv
import functools
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib.resources import files
from typing import NamedTuple


class ErrorClass(StrEnum):
    """What a refusal is about, and so whom it concerns."""

    ACCOUNT_MONEY = "account-money"
    ACCOUNT_BLOCK = "account-block"
    """The account may not order: real name, risk control, sale conditions, a service that is not opened."""
    ACCOUNT_QUOTA = "account-quota"
    STOCK = "stock"
    """No address is left in this line, pool or zone."""
    CREDENTIALS = "credentials"
    CLOCK = "clock"
    RAM = "ram"
    """The identity lacks the right, for the resources that the call names."""
    THROTTLE = "throttle"
    RETRY = "retry"
    REREAD = "reread"
    """The object, or what it is bound to, is in another state than assumed."""
    GONE = "gone"
    """The object that the call names does not exist."""
    THIS_OBJECT = "this-object"
    THIS_PARAMETER = "this-parameter"
    UNKNOWN_OUTCOME = "unknown-outcome"
    """The call may have been carried out."""


class Row(NamedTuple):
    """One published code; `api` is an action, a product or ``*`` for all, `status` the HTTP status or ``?``."""

    api: str
    status: str
    code: str
    about: ErrorClass

    def has(self, code: str) -> bool:
        """Whether it is this code; ``%s`` in a published one stands for any text."""
        return self.code == code or ("%s" in self.code and fnmatchcase(code, self.code.replace("%s", "*")))


@functools.cache
def rows() -> tuple[Row, ...]:
    """All of them; read when the first refusal comes."""
    text = files("eipctl.aliyun").joinpath("errors.tsv").read_text("utf-8")
    found = csv.DictReader(text.splitlines(), delimiter="\t")
    return tuple(Row(row["api"], row["http_status"], row["code"], ErrorClass(row["class"])) for row in found)


def error_class(action: str, product: str, status: int, code: str) -> ErrorClass | None:
    """What the published tables say: of the action, else of its product, else of all APIs; None for nothing.

    The status decides between rows of one code; a code that is published for other APIs only counts when all of them
    agree with each other.
    """
    known = [row for row in rows() if row.has(code) and row.code != "%s"]
    for api in (action, product, "*"):
        of_api = [row for row in known if row.api == api]
        for row in of_api:
            if row.status in (str(status), "?"):
                return row.about
        if of_api and len({row.about for row in of_api}) == 1 and not _tells_by_status(code):
            return of_api[0].about
    elsewhere = {row.about for row in known if row.status in (str(status), "?")}
    return elsewhere.pop() if len(elsewhere) == 1 else None


def _tells_by_status(code: str) -> bool:
    """Whether the same code is about the identity with 403 and about an object with any other status."""
    return code.startswith(("Forbidden", "Forbbiden", "Forbedden"))
