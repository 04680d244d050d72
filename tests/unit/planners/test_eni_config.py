"""What is written into eni_conf and taken back, and who else may have written meanwhile."""

from __future__ import annotations

import pytest

from eipctl.domain.terway.eni_conf import CredentialSource, credentials_under, digest, remove_flags
from eipctl.domain.terway.installation import EniConfig, Override, parse_record
from eipctl.planners.terway.eni_config import switch_off, switch_on, take_back, undo_recorded
from eipctl.planners.terway.eni_config_values import no_migration, none_would_stop

BARE = '{"version": "1"}'


def after_setup(text: str = BARE, *, rob: bool = False) -> EniConfig:
    """eni-config as setup left it."""
    write = switch_on(EniConfig(text, "7"), allow_eip_rob=rob).write
    assert write is not None
    return EniConfig(write.after, "8", parse_record(write.record or ""))


def test_a_flag_that_somebody_took_out_needs_no_taking_back() -> None:
    """Nothing of ours is left there: no write, and no note either."""
    config = after_setup()
    gone = EniConfig(remove_flags(config.text, ["enable_eip_pool"]), "9", config.record)
    assert take_back(gone) == take_back(EniConfig(BARE, "9", config.record))
    assert take_back(gone).write is None
    assert undo_recorded(gone) is None


def test_what_is_left_of_two_flags_is_taken_back() -> None:
    """One was taken out by hand, the other is still as setup wrote it."""
    config = after_setup(rob=True)
    half = EniConfig(remove_flags(config.text, ["allow_eip_rob"]), "9", config.record)
    write = take_back(half).write
    assert write is not None
    assert write.after == BARE


ON_BY_HAND = '{"version": "1", "enable_eip_pool": "true"}'


@pytest.mark.parametrize("config", [after_setup(), EniConfig(ON_BY_HAND, "7")], ids=["setup", "by hand"])
def test_terways_mode_is_switched_off_whoever_switched_it_on(config: EniConfig) -> None:
    """adopt must have it off; the record then tells since when."""
    write = switch_off(config).write
    assert write is not None
    assert write.after == BARE
    record = parse_record(write.record or "")
    assert record is not None
    assert (record.keys, record.sha256) == ((), digest(BARE))


@pytest.mark.parametrize("text", [BARE, '{"enable_eip_pool": "false"}', '{"enable_eip_pool": null}'])
def test_a_mode_that_is_off_stays_as_it_is(text: str) -> None:
    """No write."""
    assert switch_off(EniConfig(text, "7")).write is None


def test_a_label_that_names_no_config_map_is_no_obstacle() -> None:
    """There is nothing that could be merged over eni_conf on those nodes."""
    config = EniConfig(BARE, "7", overrides=(Override("gpu", ("n9",), exists=False),))
    none_would_stop(BARE, config, ())
    no_migration(config, ())
    assert switch_on(config, allow_eip_rob=False).write


@pytest.mark.parametrize(("any_case", "after"), [(True, BARE), (False, None)])
def test_where_keys_count_in_any_case_those_that_look_like_the_flag_go_too(any_case: bool, after: str | None) -> None:
    """Terway up to v1.2 would still have it on."""
    change = switch_off(EniConfig('{"version": "1", "Enable_EIP_Pool": "true"}', "7"), any_case=any_case)
    assert (change.write.after if change.write else None) == after


TOKEN, KEY = '"credential_path": "/t"', '"access_key": "a", "access_secret": "s"'


@pytest.mark.parametrize(
    ("base", "override", "source"),
    [
        (f"{{{TOKEN}}}", "{}", CredentialSource.CREDENTIAL_PATH),
        (f"{{{TOKEN}}}", '{"credential_path": null}', CredentialSource.WORKER_ROLE),
        (f"{{{TOKEN}}}", '{"credential_path": ""}', CredentialSource.WORKER_ROLE),
        ("{}", f"{{{TOKEN}}}", CredentialSource.CREDENTIAL_PATH),
        (f"{{{TOKEN}}}", f"{{{KEY}}}", CredentialSource.ACCESS_KEY),
        (f"{{{KEY}, {TOKEN}}}", '{"access_key": ""}', CredentialSource.CREDENTIAL_PATH),
        ("{}", "{}", CredentialSource.WORKER_ROLE),
    ],
)
def test_an_override_decides_over_credentials_too(base: str, override: str, source: CredentialSource) -> None:
    """It is merged over eni_conf; what is null or empty is not there."""
    assert credentials_under(base, override) is source
