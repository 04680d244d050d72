"""The data of `eipctl sandbox …`, as programs read it. The annotation of a field is its description in the schema."""

from __future__ import annotations

from typing import Annotated, Any

from eipctl.domain.action_data import Data


class ScenarioData(Data):
    """What a sandbox can start with."""

    name: str
    about: str


class ScenariosData(Data):
    """Scenarios by name."""

    scenarios: list[ScenarioData]


class CallData(Data):
    """A call that the sandbox answered."""

    at: Annotated[float, "Seconds since the epoch, by the sandbox's clock."]
    service: Annotated[str, "cloud or kube; terway for those of the simulated Terway."]
    api: str
    object: str
    status: Annotated[int, "Of HTTP."]
    code: Annotated[str, "Of the refusal; empty for success."]
    milliseconds: float
    fault: Annotated[str, "What a fault rule did to it; empty for nothing."]


class CallsData(Data):
    """Calls, the oldest first."""

    calls: list[CallData]


class ReachedPodData(Data):
    """The Pod that a packet to the EIP ends up at."""

    namespace: str
    name: str
    uid: str
    node: str
    stage: str
    eni_id: str
    private_ip: str


class ReachData(Data):
    """Where an EIP leads to."""

    allocation_id: str
    eip_address: str
    status: str
    eni_id: str
    private_ip: str
    pod: ReachedPodData | None


class SwitchData(Data):
    """One behaviour."""

    name: str
    value: Any


class SwitchesData(Data):
    """How the cloud behaves where the real one is unverified."""

    switches: list[SwitchData]


class ApiLimitData(Data):
    """Calls that an API takes."""

    calls: int
    seconds: float


class LimitsData(Data):
    """What the account may do."""

    quota: Annotated[int, "EIPs of the account."]
    apis: dict[str, ApiLimitData]


class FaultData(Data):
    """A fault rule in force."""

    id: int
    do: str
    service: Annotated[str, "A regular expression, as api and object are."]
    api: str
    object: str
    nth: int
    every: int
    times: int
    probability: float
    seed: int
    status: Annotated[int, "Of HTTP; 0 is the published one."]
    code: str
    message: str
    retry_after: int
    seconds: float
    pid: int
    when: str
    matched: Annotated[int, "Calls that it matched."]
    spoilt: Annotated[int, "Calls that it acted on."]


class FaultsData(Data):
    """Fault rules in force."""

    rules: list[FaultData]
