"""Lines that programs read one after another, a JSON object each: events, the log and the audit log.

The annotation of a field is its description in the schema that `eipctl schema` prints.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, Required

from eipctl.domain.action_data import ActionData, Data, ErrorCode, Object, PodName, PodUid, PublicIp, Reason

Time = Annotated[str, "RFC 3339, by the clock of the host."]
Message = Annotated[str, "What happened, in a sentence."]
Run = Annotated[str, "ID of the run, as eipctl history shows it."]
Fingerprint = Annotated[str, "Equal for plans with the same actions."]
Command = Annotated[str, "The command that made the plan."]
Reference = Annotated[str, "What to name to support, such as a request ID."]
Service = Literal["cloud", "kubernetes"]
LeaseRole = Literal["leader", "standby"]


class ErrorData(Data):
    """One thing that went wrong."""

    code: ErrorCode
    message: Annotated[str, "What failed, and why, in a sentence."]
    hint: Annotated[str, "What to do next, where a command helps; else empty."]
    object: Annotated[str, "What it is about; empty for the command as a whole."]
    reference: NotRequired[Reference]


class PlanEvent(Data):
    """What is going to be done; the first line."""

    event: Literal["plan"]
    command: Command
    fingerprint: Fingerprint
    actions: list[ActionData]


class StepEvent(ActionData):
    """An action that has ended."""

    event: Required[Literal["step"]]


class ServedEvent(Data):
    """A Pod that has its EIP now (bind --watch)."""

    event: Literal["served"]
    time: Time
    namespace: str
    pod: PodName
    uid: PodUid
    allocation_id: str
    eip_address: PublicIp
    seconds: Annotated[float, "From the moment when the Pod was seen with its private IP."]


class WaitingPodData(Data):
    """A Pod that could not be served and is tried again."""

    namespace: str
    pod: PodName
    uid: PodUid
    code: ErrorCode
    reason: Reason
    attempts: int


class StateEvent(Data):
    """The state of bind --watch, whenever it has changed."""

    event: Literal["state"]
    time: Time
    role: LeaseRole
    synced: Annotated[bool, "Whether it leads and has read everything."]
    holder: Annotated[str, "Who holds the Lease while this run stands by; empty if unknown."]
    pods: Annotated[dict[str, int], "Pods by state."]
    waiting: list[WaitingPodData]
    errors: Annotated[list[ErrorData], "What keeps work back at the moment."]
    rounds: Annotated[int, "Plans made since the start."]
    events: Annotated[int, "Changes received from the API server since the start."]
    queue: Annotated[int, "Changes that no plan has considered yet."]
    working: Annotated[int, "Pods and EIPs that are being worked on."]


class EndLine(Data):
    """How the command has ended; the last line."""

    schema: str
    command: Command
    status: Literal["success", "partial", "error"]
    exit_code: Annotated[int, "That of the process."]
    data: Annotated[dict[str, Any], "As the schema of the command describes it, without what was reported before."]
    errors: list[ErrorData]


class ResultEvent(EndLine):
    """How the command has ended; the last line."""

    event: Literal["result"]


class LogLine(Data, total=False):
    """Something to know. Further fields depend on what it is about."""

    time: Required[Time]
    level: Required[Literal["debug", "info", "warning", "error"]]
    message: Required[Message]
    code: ErrorCode
    hint: Annotated[str, "What to do next."]
    object: Object
    reference: Reference
    count: Annotated[int, "How many objects have the same cause."]
    traceback: Annotated[str, "With -vv."]

    service: Annotated[Service, "Of a call: who was called."]
    api: Annotated[str, "Of a call: action of the cloud, or HTTP method."]
    error_code: Annotated[str, "Of a call: the error; empty for success."]
    request_id: Annotated[str, "Of a call: request ID of the cloud."]
    seconds: Annotated[float, "Until the answer of a call, or until a Pod had its EIP."]
    changes: Annotated[bool, "Of a call: whether it writes."]

    done: Annotated[int, "Progress: actions that have ended."]
    total: Annotated[int, "Progress: actions of the plan."]
    failed: Annotated[int, "Progress: actions that failed."]
    rate: Annotated[float, "Progress: actions per second."]
    seconds_left: Annotated[float | None, "Progress: estimate; null if unknown."]

    role: Annotated[LeaseRole, "bind --watch: whether this run leads."]
    synced: Annotated[bool, "bind --watch: whether it leads and has read everything."]
    holder: Annotated[str, "bind --watch: who holds the Lease."]
    address: Annotated[str, "bind --watch: where it listens."]
    allocation_id: Annotated[str, "bind --watch: EIP of a Pod that was served."]
    eip_address: Annotated[str, "bind --watch: public IP of a Pod that was served."]


class StepLogLine(ActionData):
    """An action that has ended (with -v, and bind --watch)."""

    time: Required[Time]
    level: Required[Literal["info", "error"]]
    message: Required[Message]


class AuditActionLine(Data):
    """Before an action (begin) and after it (end)."""

    time: Time
    event: Literal["begin", "end"]
    run: Run
    command: Command
    plan: Fingerprint
    action: Annotated[dict[str, Any], "All fields of the action, also internal ones."]


class AuditCallLine(Data):
    """Before a write call (call) and after it (answer)."""

    time: Time
    event: Literal["call", "answer"]
    run: Run
    command: NotRequired[Command]
    plan: NotRequired[Fingerprint]
    call: Annotated[int, "Number of the call in its run."]
    object: Annotated[str, "What the action is about; empty for a call outside an action."]
    service: Service
    api: Annotated[str, "Action of the cloud, or HTTP method."]
    target: Annotated[str, "What the call is about."]
    code: NotRequired[Annotated[str, "The error; empty for success."]]
    request_id: NotRequired[Annotated[str, "Request ID of the cloud."]]


class AuditResumedLine(Data):
    """bind --watch continues after the audit log could not be written; nothing was changed in between."""

    time: Time
    event: Literal["resumed"]
    run: Run
    after: Annotated[str, "Why it could not be written."]
