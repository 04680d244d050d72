"""Every error eipctl raises on purpose, and the exit code it ends in.

    EipctlError
    ├── UsageError         2   the command line, a file or the configuration is wrong
    ├── Refused            5   a guard said no; nothing, or nothing more, was changed
    ├── TryLater          75   quota, purchase limit, throttling past the timeout, a lock held
    ├── TimedOut         124   --timeout reached
    ├── Interrupted  130/143   SIGINT, SIGTERM
    └── Failed             1   anything else that went wrong
        ├── RolledBack         what this run had changed is as before, so it does not end as partial
        ├── CloudError         Alibaba Cloud answered with an error: nothing was changed by that call
        ├── KubeError          the Kubernetes API answered with an error: nothing was changed by that call
        └── OutcomeUnknown     no usable answer came back: the call may or may not have been carried out

A sentence says what is wrong with which object and why; ``hint`` says what to do next.
"""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import ClassVar

from eipctl.base.codes import Code


class ExitCode(IntEnum):
    """What the process returns. When several apply, :func:`worst` picks one."""

    OK = 0
    FAILED = 1
    USAGE = 2
    PENDING = 3
    PARTIAL = 4
    REFUSED = 5
    TRY_LATER = 75
    TIMED_OUT = 124
    SIGINT = 130
    SIGTERM = 143


_PRECEDENCE = (
    ExitCode.SIGINT,
    ExitCode.SIGTERM,
    ExitCode.TIMED_OUT,
    ExitCode.USAGE,
    ExitCode.REFUSED,
    ExitCode.TRY_LATER,
    ExitCode.PARTIAL,
    ExitCode.FAILED,
    ExitCode.PENDING,
    ExitCode.OK,
)


def worst(*codes: ExitCode) -> ExitCode:
    """The one code that stands for all of `codes`; OK for none."""
    return min(codes, key=_PRECEDENCE.index, default=ExitCode.OK)


class EipctlError(Exception):
    """Base of all errors that are part of the product.

    `code` is a stable code of :mod:`eipctl.base.codes`, `object` names what it is about
    (``pod/default/web-0``, ``eip-…``, ``configmap/kube-system/eni-config``), both may be shown to scripts.
    """

    exit_code: ClassVar[ExitCode] = ExitCode.FAILED
    reference = ""
    """What the vendor's support asks for where only the vendor can say what the error means: ``request id …``."""

    def __init__(self, code: Code, message: str, *, hint: str = "", obj: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.object = obj

    @property
    def exit(self) -> ExitCode:
        """The exit code of this very error."""
        return self.exit_code


class UsageError(EipctlError):
    """The command line, an input file or the configuration can't be used."""

    exit_code = ExitCode.USAGE


class Refused(EipctlError):
    """A guard holds the work back."""

    exit_code = ExitCode.REFUSED


class TryLater(EipctlError):
    """The same command may succeed later without any change."""

    exit_code = ExitCode.TRY_LATER


class TimedOut(EipctlError):
    """--timeout was reached; what was done is valid and the next run goes on."""

    exit_code = ExitCode.TIMED_OUT


class Interrupted(EipctlError):
    """SIGINT or SIGTERM arrived; what was done, if anything was begun, is valid and the next run goes on."""

    def __init__(self, signal_number: int, *, begun: bool = True) -> None:
        super().__init__(
            Code.INTERRUPTED,
            f"stopped by a signal{' between two calls; nothing is half-written' if begun else '; nothing was changed'}",
            hint=f"run the same command again{': it continues where this one stopped' if begun else ''}",
        )
        self.signal_number = signal_number

    @property
    def exit(self) -> ExitCode:
        """130 for SIGINT, 143 for SIGTERM."""
        return ExitCode(128 + self.signal_number)


class Failed(EipctlError):
    """Something went wrong; nothing of the failed step was done unless the sentence says so."""


class RolledBack(Failed):
    """Something went wrong and the run took its change back; what else it did stays valid."""


class Reaction(StrEnum):
    """What a definitive error of the cloud asks for; which one, says the table of `aliyun/refusals`."""

    RETRY = "retry"
    """Nothing happened and the same call may succeed soon: throttled, busy, another task running."""
    REREAD = "re-read"
    """The world is not as assumed: look again and decide again."""
    GONE = "gone"
    """The object does not exist."""
    STOP = "stop"
    """No further call of this kind can succeed in this run: quota, balance, purchase limit, credentials."""
    STOP_ALIKE = "stop-alike"
    """No further call of this kind can succeed that names the same resources (resource group, pool, ISP …): rights,
    stock. A call that names none of them tells whether the kind as a whole is over."""
    FAIL = "fail"
    """This one call is wrong."""


class CloudError(Failed):
    """Alibaba Cloud refused a call: `api` is its action, `cloud_code` and `request_id` are the cloud's own."""

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        api: str,
        cloud_code: str,
        reaction: Reaction,
        request_id: str = "",
        http_status: int = 0,
        hint: str = "",
        obj: str = "",
    ) -> None:
        super().__init__(code, message, hint=hint, obj=obj)
        self.api = api
        self.cloud_code = cloud_code
        self.reaction = reaction
        self.request_id = request_id
        self.http_status = http_status

    @property
    def exit(self) -> ExitCode:
        """75 for limits that lift by themselves, 2 for credentials that were refused, else 1."""
        if self.code in _LIFTS_BY_ITSELF:
            return ExitCode.TRY_LATER
        if self.code in _CONFIGURATION:
            return ExitCode.USAGE
        return ExitCode.FAILED


_LIFTS_BY_ITSELF = frozenset({Code.EIP_QUOTA, Code.PURCHASE_LIMIT, Code.EIP_STOCK, Code.THROTTLED})
_CONFIGURATION = frozenset({Code.CREDENTIALS_REJECTED, Code.NO_CREDENTIALS, Code.REGION_UNKNOWN})


class KubeError(Failed):
    """The Kubernetes API refused a call: `status` is the HTTP status, `reason` the one of its Status object.

    `missing` is ``pods/web-0`` when that Status says that this very object is not found: only this proves absence.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        status: int,
        reason: str = "",
        hint: str = "",
        obj: str = "",
        missing: str = "",
    ) -> None:
        super().__init__(code, message, hint=hint, obj=obj)
        self.status = status
        self.reason = reason
        self.missing = missing


class OutcomeUnknown(Failed):
    """No usable answer: timeout, reset, truncated body, 5xx. The call may have been carried out; re-read."""

    def __init__(self, message: str, *, api: str, code: Code, hint: str = "") -> None:
        super().__init__(code, message, hint=hint)
        self.api = api
        self.final = False
        """Whether the same call would be answered alike: by something that is no API."""


def internal(error: BaseException) -> Failed:
    """A bug, or anything unexpected, as an error that can be reported."""
    message = f"internal error: {type(error).__name__}: {error}"
    failure = Failed(Code.INTERNAL, message, hint="run it again with -vv and report the traceback")
    failure.__cause__ = error
    return failure
