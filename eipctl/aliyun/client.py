"""Calls of Alibaba Cloud: signed, paced, repeated only where that can do no harm, with every answer understood.

    answer                                  a read                  a write with a ClientToken      any other write
    ------                                  ------                  --------------------------      ---------------
    usable                                  returned                returned                        returned
    throttled, or it can't have been sent   sent again              sent again                      sent again
    error that asks for another try         sent again              CloudError                      CloudError
    any other error                         CloudError              CloudError                      CloudError
    none, cut off, 5xx                      sent again              same token, then OutcomeUnknown OutcomeUnknown

A write whose earlier attempt may have been carried out never ends in CloudError, which says that nothing was changed.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from eipctl.aliyun import refusals
from eipctl.aliyun.redact import redact
from eipctl.aliyun.sdk import NoAnswer, Sdk
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, OutcomeUnknown, Reaction, TimedOut
from eipctl.domain.cloud_apis import Api, Repeat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tenacity import RetryCallState

    from eipctl.aliyun.keys import Credentials
    from eipctl.aliyun.refusals import Refusal
    from eipctl.base.stop import Stop

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
POOL = 32
READ_ATTEMPTS = 8
WRITE_ATTEMPTS = 6
TOKEN_ATTEMPTS = 3
UNREACHABLE_ATTEMPTS = 4
_SHORTEST_TIMEOUT = 0.05
_OBJECTS = ("AllocationId", "ResourceId", "PolicyName", "RoleName", "ClusterId", "RoleArn")


class Hooks(Protocol):
    """Told of every attempt."""

    def before(self, api: str, obj: str = "") -> None:
        """Called before each attempt, with what it is about; pacing waits here."""
        ...

    def after(self, api: str, code: str, request_id: str, seconds: float, obj: str = "") -> None:
        """Called after each attempt; `code` is "" when it succeeded."""
        ...


class NoHooks:
    """Paces and records nothing."""

    def before(self, api: str, obj: str = "") -> None:
        """Do nothing."""

    def after(self, api: str, code: str, request_id: str, seconds: float, obj: str = "") -> None:
        """Do nothing."""


class CloudClient:
    """One account in one region; safe to share between threads. Without credentials calls are not signed."""

    def __init__(
        self,
        credentials: Credentials | None,
        region: str,
        *,
        stop: Stop,
        endpoint_url: str | None = None,
        hooks: Hooks | None = None,
        connect_timeout: float = CONNECT_SECONDS,
        read_timeout: float = READ_SECONDS,
        pool_size: int = POOL,
    ) -> None:
        self.region = region
        self._credentials, self._stop = credentials, stop
        self._hooks: Hooks = hooks or NoHooks()
        self._read_timeout = read_timeout
        keys = None if credentials is None else credentials.get
        self._sdk = Sdk(keys, region, endpoint_url, connect_timeout=connect_timeout, pool_size=pool_size)

    def call(self, api: Api, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's JSON object. Raises CloudError, OutcomeUnknown, TimedOut, Interrupted."""
        from tenacity import Retrying, wait_exponential, wait_random

        patience = _Patience(api)
        retrying = Retrying(
            retry=patience.again,
            wait=wait_exponential(multiplier=0.2, max=10) + wait_random(0, 0.2),
            sleep=self._stop.wait,
            before_sleep=patience.failed,
            reraise=True,
        )
        try:
            answer: dict[str, Any] = retrying(self._attempt, api, params)
        except TimedOut as error:
            raise TimedOut(error.code, f"{error.message}{patience.last}", hint=error.hint) from error
        except CloudError as error:
            if not patience.in_doubt:
                raise
            raise _unknown(api, f"{error.message}, after an attempt without an answer", error.code) from None
        return answer

    def _attempt(self, api: Api, params: Mapping[str, Any]) -> dict[str, Any]:
        self._stop.check()
        obj = _object(params)
        self._hooks.before(api.action, obj)
        started = time.monotonic()
        outcome = self._sdk.send(api, params, self._patience_of_one_read())
        answer = _parsed(api, outcome) if isinstance(outcome, bytes) else outcome
        code, request_id = _told(answer)
        self._hooks.after(api.action, code, request_id, time.monotonic() - started, obj)
        if isinstance(answer, NoAnswer):
            raise self._silent(api, answer)
        if isinstance(answer, refusals.Refusal):
            raise self._refused(api, params, answer)
        return answer

    def _patience_of_one_read(self) -> float:
        remaining = self._stop.remaining()
        return self._read_timeout if remaining is None else max(_SHORTEST_TIMEOUT, min(self._read_timeout, remaining))

    def _silent(self, api: Api, answer: NoAnswer) -> CloudError | OutcomeUnknown:
        why = self._clean(answer.why)
        if answer.sent:
            return _unknown(api, f"{api.action} got no usable answer ({why})", Code.CLOUD_UNREACHABLE)
        return CloudError(
            Code.CLOUD_UNREACHABLE,
            f"Alibaba Cloud can't be reached for {api.action} ({why})",
            api=api.action,
            cloud_code="",
            reaction=Reaction.STOP if answer.tls else Reaction.RETRY,
            hint=_TLS_HINT if answer.tls else "check the network, HTTPS_PROXY, NO_PROXY, the region and --endpoint-url",
        )

    def _refused(self, api: Api, params: Mapping[str, Any], refusal: Refusal) -> CloudError | OutcomeUnknown:
        said = self._clean(f"{refusal.cloud_code}: {refusal.message}")
        if refusal.leaves_unknown:
            what = "may or may not have been carried out" if api.writes else "got no usable answer"
            return _unknown(api, f"{api.action} {what} ({said})", Code.CLOUD_ERROR)
        meaning = refusals.meaning(refusal)
        obj = _object(params)
        return CloudError(
            meaning.code,
            self._sentence(api, meaning.code, obj, said),
            api=api.action,
            cloud_code=refusal.cloud_code,
            reaction=meaning.reaction,
            request_id=refusal.request_id,
            http_status=refusal.status,
            hint=meaning.hint or self._hint(api, meaning.code, refusal.request_id),
            obj=obj,
        )

    def _sentence(self, api: Api, code: Code, obj: str, said: str) -> str:
        if code is Code.CLOUD_FORBIDDEN:
            return f"{self._caller()} may not call {' with '.join(api.ram) or api.action} ({said})"
        if code is Code.CREDENTIALS_REJECTED:
            return f"Alibaba Cloud rejects {self._caller()} ({said})"
        if code is Code.EIP_QUOTA:
            return f"the account's EIP quota is used up ({said})"
        return f"{api.action} {f'for {obj} ' if obj else ''}was refused ({said})"

    def _hint(self, api: Api, code: Code, request_id: str) -> str:
        if code is Code.CLOUD_FORBIDDEN:
            return f"have {' and '.join(api.ram) or api.action} allowed by a RAM policy, or use other credentials"
        if code is Code.CREDENTIALS_REJECTED:
            return "check these credentials, whether they have expired, or choose others with --profile"
        return f"request id {request_id}" if request_id else ""

    def _caller(self) -> str:
        return "an unsigned caller" if self._credentials is None else self._credentials.describe()

    def _clean(self, text: str) -> str:
        return redact(text, () if self._credentials is None else self._credentials.secrets)


_TLS_HINT = "behind a proxy that opens TLS set ALIBABA_CLOUD_CA_BUNDLE to its CA's file; else check the address"


@dataclass(slots=True)
class _Patience:
    """Decides after each failed attempt whether there is another one."""

    api: Api
    in_doubt: bool = False
    """A write without an answer was sent again: whatever comes, it may have been carried out."""
    unanswered: int = 0
    last: str = ""
    """What the attempt said that is followed by another one."""

    def failed(self, state: RetryCallState) -> None:
        """Tenacity tells of an attempt that failed."""
        assert state.outcome is not None
        self.last = f"; before that {state.outcome.exception()}"

    def again(self, state: RetryCallState) -> bool:
        """Tenacity's question."""
        assert state.outcome is not None
        error = state.outcome.exception()
        if isinstance(error, OutcomeUnknown):
            return self._after_silence(state.attempt_number)
        if not isinstance(error, CloudError) or error.reaction is not Reaction.RETRY:
            return False
        if error.code is Code.CLOUD_UNREACHABLE:
            return state.attempt_number < UNREACHABLE_ATTEMPTS
        if self.api.writes:
            return error.code is Code.THROTTLED and state.attempt_number < WRITE_ATTEMPTS
        return state.attempt_number < READ_ATTEMPTS

    def _after_silence(self, attempt: int) -> bool:
        self.unanswered += 1
        if self.api.repeat is Repeat.FREELY:
            return attempt < READ_ATTEMPTS
        self.in_doubt = self.api.repeat is Repeat.IDENTICALLY and self.unanswered < TOKEN_ATTEMPTS
        return self.in_doubt


def _parsed(api: Api, body: bytes) -> dict[str, Any] | NoAnswer:
    """The JSON object of a successful answer; one cut off on its way arrives as success too."""
    try:
        answer = json.loads(body)
    except ValueError:
        return NoAnswer("the answer is cut off or not JSON")
    if not isinstance(answer, dict) or (not api.path and "RequestId" not in answer):
        return NoAnswer("the answer is not one of Alibaba Cloud")
    return answer


def _told(answer: dict[str, Any] | Refusal | NoAnswer) -> tuple[str, str]:
    if isinstance(answer, NoAnswer):
        return "NoAnswer", ""
    if isinstance(answer, refusals.Refusal):
        return answer.cloud_code, answer.request_id
    return "", str(answer.get("RequestId", ""))


def _unknown(api: Api, message: str, code: Code) -> OutcomeUnknown:
    hint = "run the same command again: it looks at what is there first" if api.writes else "run the same command again"
    return OutcomeUnknown(message, api=api.action, code=code, hint=hint)


def _object(params: Mapping[str, Any]) -> str:
    for name in _OBJECTS:
        value = params.get(name)
        if value:
            return str(value[0] if isinstance(value, list | tuple) else value)
    return ""
