"""Temporary credentials from STS, asked for through our own client, so that --endpoint-url reaches these calls too."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from eipctl.aliyun.client import CloudClient
from eipctl.aliyun.keys import Credentials, Keys, Temporary
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, OutcomeUnknown, Reaction, UsageError
from eipctl.base.files import read_file
from eipctl.domain import cloud_apis

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from eipctl.base.stop import Stop
    from eipctl.domain.cloud_apis import Api

DURATION_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class OidcRole:
    """A role taken with a token that the cluster writes into a file (RRSA)."""

    role_arn: str
    provider_arn: str
    token_file: Path
    session: str
    seconds: int = DURATION_SECONDS
    policy: str = ""
    region: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class AssumedRole:
    """A role taken with other credentials."""

    role_arn: str
    session: str
    seconds: int = DURATION_SECONDS
    external_id: str = ""
    policy: str = ""
    region: str = ""
    host: str = ""
    """Where STS is asked; "" for the region's host."""


class Sts:
    """Takes roles."""

    def __init__(
        self, endpoint_url: str | None, stop: Stop, environ: Mapping[str, str], *, internal: bool = False
    ) -> None:
        self._endpoint_url, self.stop, self.environ, self._internal = endpoint_url, stop, environ, internal
        self._region = environ.get("ALIBABA_CLOUD_STS_REGION") or environ.get("ALIBABA_CLOUD_REGION_ID", "")

    def with_oidc(self, role: OidcRole) -> Temporary:
        """AssumeRoleWithOIDC, unsigned; the token file is read each time because it is rotated."""
        try:
            token = read_file(role.token_file).decode("ascii").strip()
        except (OSError, ValueError) as error:
            why = error.strerror if isinstance(error, OSError) else "it is not a token"
            raise UsageError(
                Code.NO_CREDENTIALS,
                f"the OIDC token of {role.role_arn} can't be read from {role.token_file}: {why}",
                hint="RRSA mounts it into the Pod: check the service account and the namespace's injection label",
            ) from None
        params = {
            "RoleArn": role.role_arn,
            "OIDCProviderArn": role.provider_arn,
            "OIDCToken": token,
            "RoleSessionName": role.session,
            "DurationSeconds": role.seconds,
            "Policy": role.policy,
        }
        return self._take(None, cloud_apis.ASSUME_ROLE_WITH_OIDC, role, params)

    def with_keys(self, base: Credentials, role: AssumedRole) -> Temporary:
        """AssumeRole, signed with `base`."""
        params = {
            "RoleArn": role.role_arn,
            "RoleSessionName": role.session,
            "DurationSeconds": role.seconds,
            "ExternalId": role.external_id,
            "Policy": role.policy,
        }
        return self._take(base, cloud_apis.ASSUME_ROLE, role, params)

    def _take(
        self, base: Credentials | None, api: Api, role_at: OidcRole | AssumedRole, params: Mapping[str, Any]
    ) -> Temporary:
        region, host = role_at.region, role_at.host or self.environ.get("ALIBABA_CLOUD_STS_ENDPOINT", "")
        host = host.strip().removeprefix("https://").removeprefix("http://").rstrip("/")
        client = CloudClient(
            base,
            region or self._region,
            endpoint_url=self._endpoint_url or (f"https://{host}" if host else None),
            internal=self._internal,
            stop=self.stop,
            pool_size=1,
        )
        role = params["RoleArn"]
        try:
            return _temporary(client.call(api, params))
        except CloudError as error:
            if error.reaction is Reaction.RETRY:
                raise
            hint = error.hint or "check the role's ARN, its trust policy and the right to assume it"
            raise UsageError(
                Code.CREDENTIALS_REJECTED, f"{role} can't be assumed: {error.message}", hint=hint, obj=role
            ) from None
        except (KeyError, TypeError, ValueError, AttributeError):
            raise OutcomeUnknown(
                f"{api.action} for {role} returned no credentials", api=api.action, code=Code.CLOUD_ERROR
            ) from None


def _temporary(answer: Mapping[str, Any]) -> Temporary:
    held = answer["Credentials"]
    if not all(isinstance(text, str) and text for text in held.values()):
        raise ValueError("not texts")
    keys = Keys(held["AccessKeyId"], held["AccessKeySecret"], held["SecurityToken"])
    return Temporary(keys, datetime.fromisoformat(held["Expiration"]).timestamp())


def session_name(wanted: str) -> str:
    """A RoleSessionName: what is wanted, made acceptable; else ``eipctl``."""
    return re.sub(r"[^\w.@-]", "-", wanted, flags=re.ASCII)[:64] if len(wanted) > 1 else "eipctl"
