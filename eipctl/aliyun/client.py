"""Calls of Alibaba Cloud: signed, paced, repeated only where that can do no harm, with every answer understood.

    answer                                  a read                  a write with a ClientToken      any other write
    ------                                  ------                  --------------------------      ---------------
    usable                                  returned                returned                        returned
    throttled, or it can't have been sent   sent again              sent again                      sent again
    error that asks for another try         sent again              CloudError                      CloudError
    any other error                         CloudError              CloudError                      CloudError
    none, cut off, 5xx                      sent again              same token, then OutcomeUnknown OutcomeUnknown

A write whose earlier attempt may have been carried out never ends in CloudError, which says that nothing was changed.
A write that rests on a proof is sent once: the proof would be old by the time of another attempt.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from eipctl.aliyun import refusals
from eipctl.aliyun.redact import redact
from eipctl.aliyun.sdk import NoAnswer, Sdk
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, OutcomeUnknown, Reaction, TimedOut
from eipctl.base.text import with_characters
from eipctl.domain.cloud_apis import Api, Repeat

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.aliyun.keys import Credentials
    from eipctl.aliyun.refusals import Meaning, Refusal
    from eipctl.base.server_clock import ServerClock
    from eipctl.base.stop import Stop

T = TypeVar("T")
CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
POOL = 32
READ_ATTEMPTS = 8
WRITE_ATTEMPTS = 6
TOKEN_ATTEMPTS = 3
UNREACHABLE_ATTEMPTS = 4
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
_SHORTEST_TIMEOUT = 0.05
_NAMED = ("ResourceGroupId", "PublicIpAddressPoolId", "ISP", "SecurityProtectionTypes")
"""What a purchase may ask for by name: a refusal may be about that."""
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
        internal: bool = False,
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
        self._sdk = Sdk(
            keys, region, endpoint_url, connect_timeout=connect_timeout, pool_size=pool_size, internal=internal
        )

    @property
    def clock(self) -> ServerClock:
        """The cloud's."""
        return self._sdk.clock

    def call(self, api: Api, params: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's JSON object. Raises CloudError, OutcomeUnknown, TimedOut, Interrupted."""
        return self.ask(api, params, dict[str, Any])

    def ask(self, api: Api, params: Mapping[str, Any], kind: type[T]) -> T:
        """The same, decoded as `kind`: only the fields that it has."""
        patience = _Patience(api)
        try:
            while True:
                try:
                    return self._attempt(api, params, kind)
                except (CloudError, OutcomeUnknown) as error:
                    if not patience.lasts(error):
                        raise
                self._stop.wait(patience.pause)
        except TimedOut as error:
            raise TimedOut(error.code, f"{error.message}{patience.last}", hint=error.hint) from error
        except CloudError as error:
            if not patience.in_doubt:
                raise
            raise _unknown(api, f"{error.message}, after an attempt without an answer", error.code) from None

    def _attempt(self, api: Api, params: Mapping[str, Any], kind: type[T]) -> T:
        self._stop.check()
        obj = _object(params)
        self._hooks.before(api.action, obj)
        started = time.monotonic()
        outcome = self._sdk.send(api, params, self._patience_of_one_read(), self._stop)
        answer = _parsed(api, outcome, kind) if isinstance(outcome, bytes) else outcome
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
            unknown = _unknown(api, f"{api.action} got no usable answer ({why})", Code.CLOUD_UNREACHABLE)
            unknown.final = answer.final
            return unknown
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
        meaning = refusals.meaning(api, refusal)
        if meaning.leaves_unknown:
            what = "may or may not have been carried out" if api.writes else "got no usable answer"
            return _unknown(api, f"{api.action} {what} ({said})", Code.CLOUD_ERROR, refusal.request_id)
        obj = _object(params)
        error = CloudError(
            meaning.code,
            self._sentence(api, meaning.code, obj or _named(params), said),
            api=api.action,
            cloud_code=refusal.cloud_code,
            reaction=meaning.reaction,
            request_id=refusal.request_id,
            http_status=refusal.status,
            hint=self._hint(api, meaning),
            obj=obj,
        )
        if not (error.hint and meaning.known):
            error.reference = _reference(refusal.request_id)
        return error

    def _sentence(self, api: Api, code: Code, obj: str, said: str) -> str:
        if code is Code.CLOUD_FORBIDDEN:
            return f"{self._caller()} may not call {' with '.join(api.ram) or api.action}{_for(obj)} ({said})"
        if code is Code.CREDENTIALS_REJECTED:
            return f"Alibaba Cloud rejects {self._caller()} ({said})"
        if code is Code.EIP_QUOTA:
            return f"the account's EIP quota is used up ({said})"
        return f"{api.action}{_for(obj)} was refused ({said})"

    def _hint(self, api: Api, meaning: Meaning) -> str:
        hint = meaning.hint
        if not hint and meaning.code is Code.CLOUD_FORBIDDEN:
            hint = f"allow {' and '.join(api.ram) or api.action} in a RAM policy, or use other credentials"
        elif not hint and meaning.code is Code.CREDENTIALS_REJECTED:
            hint = "check whether these credentials are correct and still valid, or choose others with --profile"
        return hint

    def _caller(self) -> str:
        return "an unsigned caller" if self._credentials is None else self._credentials.describe()

    def _clean(self, text: str) -> str:
        return redact(text, () if self._credentials is None else self._credentials.secrets)


_FOREIGN = "the answer is not from Alibaba Cloud"
_NOT_JSON = NoAnswer("the answer is truncated or not JSON")
_FINE = ("success", "ok", "200")
_TLS_HINT = "behind a TLS-inspecting proxy, set ALIBABA_CLOUD_CA_BUNDLE to its CA file; else check the address"


@dataclass(slots=True)
class _Patience:
    """Decides after each failed attempt whether there is another one, and how long to wait for it."""

    api: Api
    attempts: int = 0
    unanswered: int = 0
    in_doubt: bool = False
    """A write without an answer was sent again: whatever comes, it may have been carried out."""
    last: str = ""
    """What the attempt said that is followed by another one."""

    @property
    def pause(self) -> float:
        """Seconds: twice as many after each attempt, and never the same for two who fail at the same time."""
        longer: float = FIRST_PAUSE * 2.0 ** (self.attempts - 1)
        return min(LONGEST_PAUSE, longer) + random.uniform(0, FIRST_PAUSE)  # noqa: S311 - no secret

    def lasts(self, error: CloudError | OutcomeUnknown) -> bool:
        """Whether the attempt that failed so is followed by another one."""
        self.attempts += 1
        again = (
            self._after_silence(final=error.final) if isinstance(error, OutcomeUnknown) else self._after_refusal(error)
        )
        if again:
            self.last = f"; before that {error}"
        return again

    def _after_refusal(self, error: CloudError) -> bool:
        if error.reaction is not Reaction.RETRY or self.api.repeat is Repeat.PROVEN:
            return False
        if error.code is Code.CLOUD_UNREACHABLE:
            return self.attempts < UNREACHABLE_ATTEMPTS
        if self.api.writes:
            return error.code is Code.THROTTLED and self.attempts < WRITE_ATTEMPTS
        return self.attempts < READ_ATTEMPTS

    def _after_silence(self, *, final: bool) -> bool:
        self.unanswered += 1
        if final and self.api.repeat is Repeat.FREELY:
            return False
        if self.api.repeat is Repeat.FREELY:
            return self.attempts < READ_ATTEMPTS
        self.in_doubt = self.api.repeat is Repeat.IDENTICALLY and self.unanswered < TOKEN_ATTEMPTS
        return self.in_doubt


def _parsed(api: Api, body: bytes, kind: type[T]) -> T | NoAnswer:
    """The JSON object of a successful answer; one cut off on its way arrives as success too."""
    import msgspec

    try:
        answer = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        return NoAnswer(_FOREIGN, final=True)
    except RecursionError:
        return NoAnswer("the answer is nested too deeply", final=True)
    except ValueError:
        return _NOT_JSON if api.writes else _parsed_mended(body, kind)
    if not api.path and not _request_id(answer):
        return NoAnswer(_FOREIGN)
    if api.writes and isinstance(answer, dict) and _complains(answer):
        return NoAnswer("the answer reports both success and failure", final=True)
    return answer


def _parsed_mended(body: bytes, kind: type[T]) -> T | NoAnswer:
    """What was read, where a text in it holds what is no character: a name that somebody has cut within one."""
    import msgspec

    try:
        return msgspec.json.decode(with_characters(body), type=kind)
    except ValueError:
        return _NOT_JSON


def _complains(answer: dict[str, Any]) -> bool:
    """Whether a call that HTTP calls carried out has an answer that names an error."""
    return answer.get("Success") is False or str(answer.get("Code") or "Success").lower() not in _FINE


def _told(answer: object) -> tuple[str, str]:
    if isinstance(answer, NoAnswer):
        return "NoAnswer", ""
    if isinstance(answer, refusals.Refusal):
        return answer.cloud_code, answer.request_id
    return "", _request_id(answer)


def _request_id(answer: object) -> str:
    found = answer.get("RequestId") if isinstance(answer, dict) else getattr(answer, "request_id", "")
    return str(found or "")


def _unknown(api: Api, message: str, code: Code, request_id: str = "") -> OutcomeUnknown:
    hint = (
        "run the same command again: it starts with the current state" if api.writes else "run the same command again"
    )
    error = OutcomeUnknown(message, api=api.action, code=code, hint=hint)
    error.reference = _reference(request_id)
    return error


def _reference(request_id: str) -> str:
    """Not in the sentence: a cause stays one cause whatever the request was."""
    return request_id and f"request ID {request_id}"


def _for(obj: str) -> str:
    return f" for {obj}" if obj else ""


def _object(params: Mapping[str, Any]) -> str:
    for name in _OBJECTS:
        value = params.get(name)
        if value:
            return str(value[0] if isinstance(value, list | tuple) else value)
    return ""


def _named(params: Mapping[str, Any]) -> str:
    """``an EIP with ResourceGroupId rg-x``; "" for a plain call."""
    named = [
        f"{name} {', '.join(value) if isinstance(value, list | tuple) else value}"
        for name in _NAMED
        if (value := params.get(name))
    ]
    return f"an EIP with {' and '.join(named)}" if named else ""
