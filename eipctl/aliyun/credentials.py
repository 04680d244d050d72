"""Who calls Alibaba Cloud: found in the places where the aliyun CLI and the newer SDKs look, in their order.

--profile, ALIBABA_CLOUD_ACCESS_KEY_ID, RRSA (OIDC) variables, the current profile of ~/.aliyun/config.json, the ECS
instance role.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from eipctl.aliyun.keys import Credentials, Keys, Refreshing, static
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eipctl.aliyun.sts import Sts
    from eipctl.base.stop import Stop


def resolve(profile: str | None, environ: Mapping[str, str], endpoint_url: str | None, stop: Stop) -> Credentials:
    """The credentials to use; UsageError when there are none or a configuration of them is unusable.

    `environ` stands for the environment (HOME included); STS calls go to `endpoint_url` if given.
    """
    from eipctl.aliyun import metadata, profiles
    from eipctl.aliyun.sts import Sts

    sts = Sts(endpoint_url, stop, environ)
    file = config_file(environ)
    if profile:
        return profiles.credentials(file, profile, sts)
    found = _from_environment(environ) or _from_oidc(environ, sts)
    if found is None and environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() != "true":
        found = profiles.current(file, environ.get("ALIBABA_CLOUD_PROFILE", ""), sts)
    found = found or metadata.credentials(environ, stop)
    if found is None:
        raise nothing_found(file)
    return found


def config_file(environ: Mapping[str, str]) -> Path:
    """The aliyun CLI's configuration."""
    home = environ.get("HOME")
    return (Path(home) if home else Path("~").expanduser()) / ".aliyun" / "config.json"


def nothing_found(file: Path) -> UsageError:
    """Says where was looked."""
    return UsageError(
        Code.NO_CREDENTIALS,
        "no Alibaba Cloud credentials were found: not in ALIBABA_CLOUD_ACCESS_KEY_ID, not in the RRSA variables "
        f"(ALIBABA_CLOUD_ROLE_ARN …), not in {file}, and this is no ECS instance with a role",
        hint="run `aliyun configure`, set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
        "or give the Pod a role with RRSA",
    )


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    names = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
    key_id, secret = (environ.get(name, "").strip() for name in names)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        raise UsageError(Code.NO_CREDENTIALS, f"only one of {' and '.join(names)} is set", hint="set both or none")
    token = environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", "").strip() or None
    return Credentials("environment", static(Keys(key_id, secret, token)))


def _from_oidc(environ: Mapping[str, str], sts: Sts) -> Credentials | None:
    from eipctl.aliyun.sts import OidcRole, session_name

    names = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
    role_arn, provider_arn, token_file = (environ.get(name, "") for name in names)
    if not (role_arn and provider_arn and token_file):
        return None
    session = environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", "")
    role = OidcRole(role_arn, provider_arn, Path(token_file), session_name(session))
    return Credentials("RRSA", Refreshing(lambda: sts.with_oidc(role)))
