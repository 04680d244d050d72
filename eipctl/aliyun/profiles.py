"""Profiles of the aliyun CLI, ~/.aliyun/config.json."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eipctl.aliyun.keys import Credentials, Keys, Refreshing, static
from eipctl.aliyun.sts import DURATION_SECONDS, OidcRole, Role, Sts, session_name
from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.base.text import from_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Profile = dict[str, Any]


def credentials(file: Path, name: str, sts: Sts) -> Credentials:
    """Those of the profile called `name`; UsageError when it is missing or incomplete."""
    profile = _find(_load(file), name, file)
    fetch = _Profiles(file, sts).fetch(profile, seen=(name,))
    return Credentials(f"profile {name}", fetch, region=str(profile.get("region_id") or ""))


def names(file: Path) -> tuple[str, ...]:
    """All profiles. UsageError for a file that can't be read."""
    return tuple(_profiles(_load(file)))


def current(file: Path, name: str, sts: Sts) -> Credentials | None:
    """Those of `name` or, without one, of the current profile; None when nobody has configured any."""
    if name:
        return credentials(file, name, sts)
    if not file.is_file():
        return None
    config = _load(file)
    chosen = str(config.get("current") or "")
    if not chosen or not _complete(_profiles(config).get(chosen, {})):
        return None
    return credentials(file, chosen, sts)


class _Profiles:
    def __init__(self, file: Path, sts: Sts) -> None:
        self._file, self._sts = file, sts

    def fetch(self, profile: Profile, seen: tuple[str, ...]) -> Callable[[], Keys]:
        """How to get the keys of a profile; `seen` are the profiles that lead here."""
        match profile.get("mode") or "AK":
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
                from eipctl.aliyun import metadata

                return metadata.fetch(str(profile.get("ram_role_name") or ""), self._sts.stop)
            case _:
                from eipctl.aliyun import vendor

                return vendor.profile(self._file, str(profile["name"]), self._sts.stop)

    def _source(self, profile: Profile, seen: tuple[str, ...]) -> Callable[[], Keys]:
        (name,) = _need(profile, "source_profile")
        if name in seen:
            raise _unusable(f"profiles {', '.join((*seen, name))} lead in a circle")
        return self.fetch(_find(_load(self._file), name, self._file), (*seen, name))

    def _assume(self, profile: Profile, base: Callable[[], Keys]) -> Callable[[], Keys]:
        (role_arn,) = _need(profile, "ram_role_arn")
        role = Role(
            role_arn,
            session_name(str(profile.get("ram_session_name") or "")),
            seconds=_seconds(profile),
            external_id=str(profile.get("external_id") or ""),
            policy=str(profile.get("policy") or ""),
            region=_sts_region(profile),
        )
        source = Credentials(f"profile {profile['name']}", base)
        return Refreshing(lambda: self._sts.with_keys(source, role))


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
    )


def _seconds(profile: Profile) -> int:
    wanted = profile.get("expired_seconds") or DURATION_SECONDS
    if not re.fullmatch(r"[0-9]{1,9}", str(wanted)):
        raise _unusable(f"expired_seconds of profile {profile.get('name')!r} is no whole number")
    return int(wanted)


def _sts_region(profile: Profile) -> str:
    return str(profile.get("sts_region") or profile.get("region_id") or "")


def _complete(profile: Profile) -> bool:
    """Whether it holds anything: `aliyun configure` leaves an empty profile called default behind."""
    return bool(profile) and (profile.get("mode") not in ("AK", "", None) or bool(profile.get("access_key_id")))


def _load(file: Path) -> Mapping[str, Any]:
    try:
        config = from_json(file.read_text(encoding="utf-8-sig"))
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
