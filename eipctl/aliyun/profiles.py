"""Profiles of the aliyun CLI, ~/.aliyun/config.json: every mode of its version 3 (config/profile.go there)."""

from __future__ import annotations

import math
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.aliyun import external
from eipctl.aliyun.keys import REFRESH_SECONDS, Credentials, Keys, Refreshing, Temporary, static
from eipctl.aliyun.sts import DURATION_SECONDS, AssumedRole, OidcRole, Sts, session_name
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.files import read_file
from eipctl.base.text import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Profile = dict[str, Any]
MODES = (
    *("AK", "StsToken", "RamRoleArn", "EcsRamRole", "RamRoleArnWithRoleName", "ChainableRamRoleArn", "External"),
    *("CredentialsURI", "OIDC", "CloudSSO", "OAuth", "RsaKeyPair", "BearerToken", "Anonymous"),
)
_REFUSED = {
    "RsaKeyPair": "which Alibaba Cloud has discontinued",
    "BearerToken": "and the calls that eipctl makes need an AccessKey or a role",
    "Anonymous": "and the calls that eipctl makes need an AccessKey or a role",
}


def credentials(file: Path, name: str, sts: Sts) -> Credentials:
    """Those of the profile called `name`; UsageError when it is missing, incomplete or of a mode that can't be used."""
    profile = find(file, name)
    fetch = _Profiles(file, sts).fetch(profile, seen=(name,))
    return Credentials(f"profile {name}", fetch, region=str(profile.get("region_id") or ""))


def find(file: Path, name: str) -> Profile:
    """The profile called `name`. UsageError when there is none."""
    return _find(_load(file), name, file)


def names(file: Path) -> tuple[str, ...]:
    """All profiles. UsageError for a file that can't be read."""
    return tuple(_profiles(_load(file)))


def current(file: Path) -> str:
    """The name of the current profile, which exists; "" if none is configured."""
    if not file.is_file():
        return ""
    config = _load(file)
    chosen = str(config.get("current") or "")
    return chosen if chosen and _complete(_find(config, chosen, file)) else ""


class _Profiles:
    def __init__(self, file: Path, sts: Sts) -> None:
        self._file, self._sts = file, sts

    def fetch(self, profile: Profile, seen: tuple[str, ...]) -> Callable[[], Keys]:
        """How to get the keys of a profile; `seen` are the profiles that lead here."""
        match _mode(profile):
            case "AK":
                return static(Keys(*_need(profile, "access_key_id", "access_key_secret")))
            case "StsToken":
                return static(Keys(*_need(profile, "access_key_id", "access_key_secret", "sts_token")))
            case "RamRoleArn":
                key_id, secret = _need(profile, "access_key_id", "access_key_secret")
                return self._assume(profile, static(Keys(key_id, secret, profile.get("sts_token") or None)))
            case "ChainableRamRoleArn":
                return self._assume(profile, self._source(profile, seen))
            case "OIDC":
                role = _oidc_role(profile)
                return Refreshing(lambda: self._sts.with_oidc(role))
            case "EcsRamRole":
                return self._of_instance(profile)
            case "RamRoleArnWithRoleName":
                return self._assume(profile, self._of_instance(profile))
            case mode:
                return self._handed_out(mode, profile, seen)

    def _handed_out(self, mode: str, profile: Profile, seen: tuple[str, ...]) -> Callable[[], Keys]:
        """By a program, a URL or a login in a browser."""
        match mode:
            case "External":
                (command,) = _need(profile, "process_command")
                external.refuse_if_disabled(self._sts.environ, _named(profile), mode)
                return Refreshing(lambda: self._from_program(command, profile, seen))
            case "CredentialsURI":
                url = str(
                    profile.get("credentials_uri") or self._sts.environ.get("ALIBABA_CLOUD_CREDENTIALS_URI") or ""
                )
                if not url:
                    _need(profile, "credentials_uri")
                external.refuse_if_disabled(self._sts.environ, _named(profile), mode)
                return Refreshing(lambda: external.from_url(url, _named(profile), self._sts.stop))
            case "OAuth":
                return Refreshing(lambda: self._stored(str(profile["name"])))
            case _:
                from eipctl.aliyun import vendor

                fields = _need(profile, "cloud_sso_sign_in_url", "cloud_sso_account_id", "cloud_sso_access_config")
                expires = int(_moment(profile, "cloud_sso_access_token_expire"))
                token = str(profile.get("access_token") or "")
                return vendor.cloud_sso(_named(profile), fields, token, expires, self._sts.stop)

    def _from_program(self, command: str, profile: Profile, seen: tuple[str, ...]) -> Temporary:
        """The program prints fields of a profile, as the CLI takes them; keys that may end are asked for again."""
        answer = external.from_program(command, _named(profile), self._sts.stop)
        found = {**profile, "mode": "AK", **answer}
        if _mode(found) == "External":
            raise _unusable(f"the program of {_named(profile)} returns mode External again")
        keys = self.fetch(found, seen)()
        return Temporary(keys, external.expires(answer, 2 * REFRESH_SECONDS if keys.token else math.inf))

    def _stored(self, name: str) -> Temporary:
        """What a browser login has left in the file; only the aliyun CLI renews it."""
        profile = find(self._file, name)
        end = _moment(profile, "sts_expiration")
        if end <= time.time():
            raise UsageError(
                Code.NO_CREDENTIALS,
                f"the login of {_named(profile)} (mode OAuth) has expired",
                hint=f"renew it: aliyun sts GetCallerIdentity --profile {name}; if that fails, aliyun configure",
            )
        return Temporary(Keys(*_need(profile, "access_key_id", "access_key_secret", "sts_token")), end)

    def _of_instance(self, profile: Profile) -> Callable[[], Keys]:
        from eipctl.aliyun import metadata

        return metadata.fetch(str(profile.get("ram_role_name") or ""), self._sts.stop)

    def _source(self, profile: Profile, seen: tuple[str, ...]) -> Callable[[], Keys]:
        (name,) = _need(profile, "source_profile")
        if name in seen:
            raise _unusable(f"profiles {', '.join((*seen, name))} form a cycle")
        return self.fetch(find(self._file, name), (*seen, name))

    def _assume(self, profile: Profile, base: Callable[[], Keys]) -> Callable[[], Keys]:
        (role_arn,) = _need(profile, "ram_role_arn")
        role = AssumedRole(
            role_arn,
            session_name(str(profile.get("ram_session_name") or "")),
            seconds=_seconds(profile),
            external_id=str(profile.get("external_id") or ""),
            policy=str(profile.get("policy") or ""),
            region=_sts_region(profile),
            host=str(profile.get("sts_endpoint") or ""),
        )
        source = Credentials(_named(profile), base)
        return Refreshing(lambda: self._sts.with_keys(source, role))


def _mode(profile: Profile) -> str:
    """As the CLI spells it. UsageError for one that can't be used, with what works instead."""
    given = profile.get("mode") or "AK"
    mode = next((mode for mode in MODES if isinstance(given, str) and mode.lower() == given.lower()), None)
    if mode in _REFUSED or mode is None:
        why = _REFUSED.get(mode or "", "which eipctl does not know")
        raise UsageError(
            Code.NO_CREDENTIALS,
            f"{_named(profile)} has mode {given if isinstance(given, str) else type(given).__name__!r}, {why}",
            hint="choose a --profile of another mode (AK, RamRoleArn, EcsRamRole, OIDC, CloudSSO), "
            "or set ALIBABA_CLOUD_ACCESS_KEY_ID",
        )
    return mode


def _named(profile: Profile) -> str:
    return f"profile {profile.get('name')}"


def _oidc_role(profile: Profile) -> OidcRole:
    role_arn, provider_arn, token_file = _need(profile, "ram_role_arn", "oidc_provider_arn", "oidc_token_file")
    return OidcRole(
        role_arn,
        provider_arn,
        Path(token_file),
        session_name(str(profile.get("role_session_name") or profile.get("ram_session_name") or "")),
        seconds=_seconds(profile),
        policy=str(profile.get("policy") or ""),
        region=_sts_region(profile),
        host=str(profile.get("sts_endpoint") or ""),
    )


def _seconds(profile: Profile) -> int:
    wanted = profile.get("expired_seconds") or DURATION_SECONDS
    if not re.fullmatch(r"[0-9]{1,9}", str(wanted)):
        raise _unusable(f"expired_seconds of profile {profile.get('name')!r} is not a whole number")
    return int(wanted)


def _moment(profile: Profile, name: str) -> float:
    """Seconds since the epoch; 0 for none."""
    wanted = profile.get(name) or 0
    if not re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", str(wanted)):
        raise _unusable(f"{name} of profile {profile.get('name')!r} is not a number of seconds")
    return float(wanted)


def _sts_region(profile: Profile) -> str:
    return str(profile.get("sts_region") or profile.get("region_id") or "")


def _complete(profile: Profile) -> bool:
    """Whether it holds anything: `aliyun configure` leaves an empty profile called default behind."""
    return bool(profile) and (profile.get("mode") not in ("AK", "", None) or bool(profile.get("access_key_id")))


def _load(file: Path) -> Mapping[str, Any]:
    try:
        config = from_json(read_file(file).decode("utf-8-sig"))
    except OSError as error:
        raise _unusable(f"{file} can't be read: {error.strerror}") from None
    except ValueError:
        raise _unusable(f"{file} is not JSON") from None
    if not isinstance(config, dict):
        raise _unusable(f"{file} is not a JSON object")
    return config


def _profiles(config: Mapping[str, Any]) -> dict[str, Profile]:
    listed = config.get("profiles")
    found = listed if isinstance(listed, list) else []
    return {str(profile.get("name")): profile for profile in found if isinstance(profile, dict)}


def _find(config: Mapping[str, Any], name: str, file: Path) -> Profile:
    known = _profiles(config)
    if name not in known:
        raise _unusable(f"{file} has no profile {name!r}; it has {', '.join(sorted(known)) or 'none'}")
    return known[name]


def _need(profile: Profile, *names: str) -> tuple[str, ...]:
    lacking = [name for name in names if not (profile.get(name) and isinstance(profile[name], str))]
    if lacking:
        raise _unusable(f"profile {profile.get('name')!r} has no {' and no '.join(lacking)}")
    return tuple(str(profile[name]) for name in names)


def _unusable(message: str) -> UsageError:
    return UsageError(Code.NO_CREDENTIALS, message, hint="see `aliyun configure list`, or choose another --profile")
