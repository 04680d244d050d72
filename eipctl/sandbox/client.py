"""Asks a running sandbox through its own paths."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote
from urllib.request import ProxyHandler, Request, build_opener

from eipctl.sandbox.errors import SandboxError

if TYPE_CHECKING:
    from eipctl.sandbox.files import Record

_SECONDS = 10.0


class Client:
    """SandboxError when the sandbox refuses or doesn't answer."""

    def __init__(self, record: Record, *, seconds: float = _SECONDS) -> None:
        self.record, self._seconds = record, seconds
        self._opener = build_opener(ProxyHandler({}))

    def answers(self) -> bool:
        """Whether the sandbox is there, and is the one that the record speaks of."""
        try:
            return bool(self.info()["identity"] == self.record.identity)
        except SandboxError:
            return False

    def info(self) -> dict[str, Any]:
        """Identity, pid, scenario, speed, URLs, cluster id."""
        return self._mapping("GET", "info")

    def stop(self) -> None:
        """Ask it to end."""
        self._ask("POST", "stop")

    def seed(self, scenario: str) -> dict[str, Any]:
        """Forget everything and begin with this scenario."""
        return self._mapping("POST", "seed", {"scenario": scenario})

    def reset(self) -> dict[str, Any]:
        """Forget everything and begin again."""
        return self._mapping("POST", "reset")

    def add_fault(self, rule: dict[str, Any]) -> int:
        """Put a fault rule in force; its id."""
        return int(self._mapping("POST", "faults", rule)["id"])

    def faults(self) -> list[dict[str, Any]]:
        """The rules in force."""
        return self._rows("faults")

    def clear_faults(self) -> None:
        """Remove all fault rules."""
        self._ask("DELETE", "faults")

    def calls(self) -> list[dict[str, Any]]:
        """The calls so far, oldest first."""
        return self._rows("calls")

    def clear_calls(self) -> None:
        """Forget them."""
        self._ask("DELETE", "calls")

    def eips(self) -> list[dict[str, Any]]:
        """All EIPs of the account."""
        return self._rows("eips")

    def pods(self) -> list[dict[str, Any]]:
        """What the kubelets know of each Pod."""
        return self._rows("pods")

    def reach(self, eip: str) -> dict[str, Any]:
        """Which Pod an EIP (id or address) leads to."""
        return self._mapping("GET", f"reach?eip={quote(eip, safe='')}")

    def switch(self, **changes: Any) -> dict[str, Any]:
        """Set switches; all of them as they are now."""
        return self._mapping("PATCH", "switches", changes)

    def limit(self, changes: dict[str, Any]) -> dict[str, Any]:
        """Set the quota and rate limits; all of them as they are now."""
        return self._mapping("PATCH", "limits", changes)

    def _rows(self, path: str) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._ask("GET", path)
        return rows

    def _mapping(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        found: dict[str, Any] = self._ask(method, path, body)
        return found

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.record.cloud_url}/_sandbox/{path}"
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.record.admin_token}", "Content-Type": "application/json"}
        request = Request(url, data, headers, method=method)  # noqa: S310 - always http to loopback
        try:
            with self._opener.open(request, timeout=self._seconds) as answer:
                return json.load(answer)
        except HTTPError as error:
            raise SandboxError(_told(error)) from None
        except (URLError, OSError, http.client.HTTPException, ValueError) as error:
            raise SandboxError(
                f"the sandbox at {self.record.cloud_url} does not answer: {getattr(error, 'reason', error)}",
                "see whether it runs with eipctl sandbox up",
            ) from None


def _told(error: HTTPError) -> str:
    try:
        return str(json.load(error)["error"])
    except (ValueError, KeyError, TypeError):
        return f"the sandbox answers {error.code}"
