"""What every API handler is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from eipctl.sandbox.cloud import policy
from eipctl.sandbox.cloud.conditions import REQUEST_TAG, RESOURCE_TAG
from eipctl.sandbox.cloud.refusal import CloudRefusal
from eipctl.sandbox.cloud.table.common import published

if TYPE_CHECKING:
    from eipctl.sandbox.cloud.conditions import Facts
    from eipctl.sandbox.cloud.params import Params
    from eipctl.sandbox.cloud.principal import Principal
    from eipctl.sandbox.cloud.state import State
    from eipctl.sandbox.cloud.table.kinds import Api

_PREFIX = {
    "vpc": "acs:vpc:{region}:{account}:",
    "ecs": "acs:ecs:{region}:{account}:",
    "cs": "acs:cs:{region}:{account}:",
}
_GLOBAL = "acs:ram::{account}:"

T = TypeVar("T")

FORBIDDEN_RAM = "User not authorized to operate on the specified resource, or this API doesn't support RAM."
NO_PERMISSION = "You are not authorized to do this action. You should be authorized by RAM."


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One authenticated call that is within its rate limit and authorised."""

    state: State
    principal: Principal
    product: str
    action: str
    api: Api[ApiCall]
    params: Params
    now: float
    spoilt: frozenset[str] = frozenset()
    """Faults that the handler itself commits: ``stale``, ``shift``."""

    @property
    def region(self) -> str:
        """The region asked for; the sandbox's own without one."""
        return self.params.get("RegionId", self.state.region)

    def refusal(self, code: str, message: str) -> CloudRefusal:
        """A refusal with the status that is published for this API; RuntimeError for one that isn't published."""
        for name in (code, self.api.otherwise):
            found = published(self.api, self.product, name)
            if found is not None:
                return CloudRefusal(name, message, found.status)
        raise RuntimeError(f"{code} is not in the table of {self.action}")

    def dry_run(self) -> None:
        """End here if the caller wants to know no more than whether the call would pass."""
        if self.params.flag("DryRun"):
            raise self.refusal("DryRunOperation", "Request validation has been passed with DryRun flag set.")

    def page(self, rows: list[T]) -> tuple[list[T], dict[str, int]]:
        """The page that PageNumber and PageSize ask for, and what an answer says of it."""
        number, size = self.params.number("PageNumber"), self.params.number("PageSize")
        about = {"TotalCount": len(rows), "PageNumber": number, "PageSize": size}
        return rows[(number - 1) * size : number * size], about

    def known_group(self) -> None:
        """Refuse a ResourceGroupId that does not exist."""
        group = self.params.get("ResourceGroupId")
        if group and group not in self.state.settings.resource_groups:
            raise self.refusal("InvalidResourceGroupId", "The specified ResourceGroupId does not exist.")

    def arns(self, template: str) -> list[str]:
        """Resources for RAM: ``eip/{AllocationId}`` takes a parameter, ``eip/{ResourceId.N}`` a list; ``*`` without."""
        prefix = _PREFIX.get(self.product, _GLOBAL).format(region=self.region, account=self.state.account_id)
        found = re.search(r"\{(.+?)\}", template)
        if found is None:
            return [prefix + template]
        name = found.group(1)
        values = self.params.listing(name[:-2]) if name.endswith(".N") else [self.params.get(name)]
        filled = (template.replace(found.group(0), value or "*") for value in values or ["*"])
        return [text if text.startswith("acs:") else prefix + text for text in filled]

    def authorise(self, right: str, resources: list[str]) -> None:
        """Refuse unless the caller's RAM policies allow `right` on all of `resources`."""
        if not allowed(self, right, resources):
            raise denied(self.product)

    def facts(self, resource: str) -> Facts:
        """What conditions may ask of this call on a resource: tags, time, and a caller on loopback without TLS."""
        kind, _, name = resource.rpartition(":")[2].partition("/")
        row = self.state.eip(name) if kind == "eip" else None
        tags: dict[str, tuple[str, ...]] = {RESOURCE_TAG + key: (value,) for key, value in (row.tags if row else ())}
        for prefix in self.api.conditions:
            tags |= {f"{prefix}/": (), **{f"{prefix}/{key}": (value,) for key, value in (row.tags if row else ())}}
        sent = {REQUEST_TAG + key: (value or "",) for key, value in self.params.pairs("Tag")}
        now = self.state.clock.timestamp(self.now)
        surroundings = {"acs:SourceIp": ("127.0.0.1",), "acs:SecureTransport": ("false",), "acs:CurrentTime": (now,)}
        return {**tags, **sent, **surroundings}


def denied(product: str) -> CloudRefusal:
    """A missing right, in the words of that product."""
    if product in ("ram", "sts"):
        return CloudRefusal("NoPermission", NO_PERMISSION, 403)
    if product == "cs":
        return CloudRefusal("StatusForbidden", "Forbidden: the RAM policies do not allow this action.", 403)
    return CloudRefusal("Forbidden.RAM", FORBIDDEN_RAM, 403)


def allowed(call: ApiCall, right: str, resources: list[str]) -> bool:
    """Whether RAM lets the caller do it; the account itself may do everything."""
    principal = call.principal
    if principal.kind == "root":
        return True
    if principal.session_policy and not policy.decide([principal.session_policy], right, resources, call.facts):
        return False
    return policy.decide(_documents(call.state, principal, call.now), right, resources, call.facts)


def _documents(state: State, principal: Principal, now: float) -> list[str]:
    if principal.kind == "user":
        user = state.users.get(principal.name)
        keys: tuple[str, ...] = user.policies if user else ()
    else:
        role = state.roles.get(principal.name)
        since = now - state.switches.attach_seconds / state.clock.speed
        keys = tuple(key for key, at in role.policies if at <= since) if role else ()
    rows = (state.policies.get(key) for key in keys)
    return [row.document for row in rows if row is not None]
