"""Who calls Alibaba Cloud: found in the places where the aliyun CLI and the newer SDKs look, in their order.

--profile, ALIBABA_CLOUD_ACCESS_KEY_ID, RRSA (OIDC) variables, the current profile of ~/.aliyun/config.json,
ALIBABA_CLOUD_CREDENTIALS_URI, the ECS instance role.
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


_KEY = ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET")
_OIDC = ("ALIBABA_CLOUD_ROLE_ARN", "ALIBABA_CLOUD_OIDC_PROVIDER_ARN", "ALIBABA_CLOUD_OIDC_TOKEN_FILE")
_LEGACY = (
    *("ALICLOUD_ACCESS_KEY", "ALICLOUD_ACCESS_KEY_ID", "ALIBABACLOUD_ACCESS_KEY_ID", "ALIYUN_ACCESS_KEY_ID"),
    *("ALIBABA_CLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ACCESS_KEY_ID"),
)
"""Names of older tools for an AccessKey."""


def resolve(
    profile: str | None, environ: Mapping[str, str], endpoint_url: str | None, stop: Stop, *, endpoint_type: str = ""
) -> Credentials:
    """The credentials to use; UsageError when there are none or a configuration of them is unusable.

    `environ` stands for the environment (HOME included); STS calls go to `endpoint_url` if given. A renewal that fails
    when the keys have ended stops the run.
    """
    file = config_file(environ)
    name = profile or _chosen_profile(file, environ)
    internal = _internal(file, name, environ, endpoint_url, endpoint_type)
    found = _found(file, name, environ, endpoint_url, stop, internal=internal)
    found.internal, found.lost = internal, stop.forbid
    return found


def _found(
    file: Path, name: str, environ: Mapping[str, str], endpoint_url: str | None, stop: Stop, *, internal: bool
) -> Credentials:
    from eipctl.aliyun import metadata, profiles
    from eipctl.aliyun.sts import Sts

    sts = Sts(endpoint_url, stop, environ, internal=internal)
    if name:
        return profiles.credentials(file, name, sts)
    found = (
        _from_environment(environ)
        or _from_oidc(environ, sts)
        or _from_url(environ, stop)
        or metadata.credentials(environ, stop)
    )
    if found is None:
        raise nothing_found(file, environ)
    return found


def _chosen_profile(file: Path, environ: Mapping[str, str]) -> str:
    """The profile that counts where none is named; "" when the environment has something better, or there is none."""
    if any(environ.get(name, "").strip() for name in _KEY) or all(environ.get(name) for name in _OIDC):
        return ""
    if environ.get("ALIBABA_CLOUD_CLI_PROFILE_DISABLED", "").lower() == "true":
        return ""
    from eipctl.aliyun import profiles

    return environ.get("ALIBABA_CLOUD_PROFILE", "") or profiles.current(file)


def _internal(file: Path, name: str, environ: Mapping[str, str], endpoint_url: str | None, endpoint_type: str) -> bool:
    """Whether the hosts inside a VPC are meant; UsageError for one host for everything, which can't be right."""
    from eipctl.aliyun import endpoints, profiles

    own = profiles.find(file, name) if name else {}
    host = own.get("endpoint") or environ.get("ALIBABA_CLOUD_ENDPOINT")
    if host and not endpoint_url:
        raise UsageError(
            Code.USAGE,
            f"{f'profile {name}' if own.get('endpoint') else 'ALIBABA_CLOUD_ENDPOINT'} names the endpoint {host!r} for "
            "every call, but eipctl calls several products",
            hint="use --endpoint-url for a gateway that serves all of them, or remove the endpoint",
        )
    wanted = endpoint_type or str(own.get("endpoint_type") or "") or endpoints.type_in(environ)
    return endpoints.is_internal(wanted, f"profile {name}" if own.get("endpoint_type") else "the environment")


def config_file(environ: Mapping[str, str]) -> Path:
    """The aliyun CLI's configuration."""
    home = environ.get("HOME")
    try:
        folder = Path(home) if home else Path("~").expanduser()
    except RuntimeError:
        folder = Path("/")  # Nobody knows a home directory.
    return folder / ".aliyun" / "config.json"


def nothing_found(file: Path, environ: Mapping[str, str]) -> UsageError:
    """Says where was looked, and which variables of other tools are set."""
    legacy = [name for name in _LEGACY if environ.get(name)]
    return UsageError(
        Code.NO_CREDENTIALS,
        "no Alibaba Cloud credentials were found: not in ALIBABA_CLOUD_ACCESS_KEY_ID, not in the RRSA variables "
        f"(ALIBABA_CLOUD_ROLE_ARN …), not in {file}, and this is not an ECS instance with a role",
        hint=f"{' and '.join(legacy)} {'is' if len(legacy) == 1 else 'are'} set, which eipctl does not read: set "
        "ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET instead"
        if legacy
        else "run `aliyun configure`, set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
        "or give the Pod a role with RRSA",
    )


def _from_environment(environ: Mapping[str, str]) -> Credentials | None:
    key_id, secret = (environ.get(name, "").strip() for name in _KEY)
    if not key_id and not secret:
        return None
    if not key_id or not secret:
        raise UsageError(Code.NO_CREDENTIALS, f"only one of {' and '.join(_KEY)} is set", hint="set both or neither")
    token = environ.get("ALIBABA_CLOUD_SECURITY_TOKEN", "").strip() or None
    return Credentials("environment", static(Keys(key_id, secret, token)))


def _from_oidc(environ: Mapping[str, str], sts: Sts) -> Credentials | None:
    from eipctl.aliyun.sts import OidcRole, session_name

    role_arn, provider_arn, token_file = (environ.get(name, "") for name in _OIDC)
    if not (role_arn and provider_arn and token_file):
        return None
    session = environ.get("ALIBABA_CLOUD_ROLE_SESSION_NAME", "")
    role = OidcRole(role_arn, provider_arn, Path(token_file), session_name(session))
    return Credentials("RRSA", Refreshing(lambda: sts.with_oidc(role)))


def _from_url(environ: Mapping[str, str], stop: Stop) -> Credentials | None:
    url = environ.get("ALIBABA_CLOUD_CREDENTIALS_URI", "")
    if not url:
        return None
    from eipctl.aliyun import external

    external.refuse_if_disabled(environ, "ALIBABA_CLOUD_CREDENTIALS_URI", "CredentialsURI")
    source = "ALIBABA_CLOUD_CREDENTIALS_URI"
    return Credentials(source, Refreshing(lambda: external.from_url(url, source, stop)))
