"""eni_conf: what is read from it, and edits that touch nothing else."""

from __future__ import annotations

import pytest

from eipctl.base.codes import Code
from eipctl.base.errors import UsageError
from eipctl.domain.terway.eni_conf import CredentialSource, Flag, FlagState, read, remove_flags, set_flags

ACK = """{
      "version": "1",
      "max_pool_size": 5,
      "min_pool_size": 0,
      "credential_path": "/var/addon/token-config",
      "enable_eni_trunking": true,
      "vswitches": {"cn-hangzhou-j":["vsw-foo"]},
      "eni_tags": {"ack.aliyun.com":"c7c3cfoo"},
      "service_cidr": "192.168.0.0/16",
      "security_group": "sg-foo",
      "ip_stack": "ipv4",
      "vswitch_selection_policy": "ordered"
    }
"""
POOL = {"enable_eip_pool": "true"}


def test_what_the_clusters_own_text_says() -> None:
    """The example of the Terway configuration page is read in full."""
    conf = read(ACK)
    assert conf.enable_eip_pool.state is FlagState.ABSENT
    assert conf.credentials is CredentialSource.CREDENTIAL_PATH
    assert (conf.cluster_id, conf.version) == ("c7c3cfoo", "1")


def test_a_flag_is_added_in_the_style_of_the_text() -> None:
    """A new flag is the last line, indented and spaced as the line before, and nothing else changes."""
    after = set_flags(ACK, POOL)
    assert after == ACK.replace('"ordered"\n', '"ordered",\n      "enable_eip_pool": "true"\n')
    assert remove_flags(after, POOL) == ACK


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("{}", '{"enable_eip_pool": "true"}'),
        ("{ }\n", '{ "enable_eip_pool": "true" }\n'),
        ("{\n}", '{\n  "enable_eip_pool": "true"\n}'),
        ('{"a":1}', '{"a":1,"enable_eip_pool":"true"}'),
        ('{"a": 1}', '{"a": 1, "enable_eip_pool": "true"}'),
        ('{\n\t"a" : 1}', '{\n\t"a" : 1,\n\t"enable_eip_pool" : "true"}'),
        ('{"a":1e5 , "b":1.0}', '{"a":1e5 , "b":1.0 , "enable_eip_pool":"true"}'),
        ('{"a":1,\r\n"b":[{}]\r\n}', '{"a":1,\r\n"b":[{}],\r\n"enable_eip_pool":"true"\r\n}'),
    ],
)
def test_the_added_flag_and_its_inverse(before: str, after: str) -> None:
    """Adding a flag gives exactly this text, and removing it the original."""
    assert set_flags(before, POOL) == after
    assert remove_flags(after, POOL) == before


@pytest.mark.parametrize("wrong", ["true", "1", '"True"', '"1"', "null", "[]", '"false"', "{ }"])
def test_a_wrong_value_is_replaced_where_it_is(wrong: str) -> None:
    """Only the value's own bytes change."""
    text = f'{{"enable_eip_pool" :  {wrong} , "z": 1}}'
    assert set_flags(text, POOL) == '{"enable_eip_pool" :  "true" , "z": 1}'


@pytest.mark.parametrize("same", ['"true"', r'"\u0074rue"'])
def test_a_value_that_is_right_already_is_not_touched(same: str) -> None:
    """The same string, however it is escaped, leaves no byte changed."""
    text = f'{{"a":1, "enable_eip_pool": {same}}}'
    assert set_flags(text, POOL) == text


def test_a_flag_can_be_removed_after_others_edited_around_it() -> None:
    """Removal works wherever the flag is by then, and leaves the neighbours alone."""
    after = set_flags('{\n  "a": 1\n}', {**POOL, "allow_eip_rob": "true"})
    edited = after.replace('"allow_eip_rob": "true"', '"allow_eip_rob": "true",\n  "max_pool_size": 5')
    assert remove_flags(edited, ["allow_eip_rob", "enable_eip_pool"]) == '{\n  "a": 1,\n  "max_pool_size": 5\n}'
    assert remove_flags('{"enable_eip_pool":"true", "a":1}', POOL) == '{"a":1}'
    assert remove_flags('{"a":1}', POOL) == '{"a":1}'


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ('"true"', FlagState.ON),
        ('"false"', FlagState.OFF),
        ('""', FlagState.OFF),
        ('"True"', FlagState.MISSPELT),
        ('"1"', FlagState.MISSPELT),
        ('"yes"', FlagState.MISSPELT),
        ("null", FlagState.NULL),
        ("true", FlagState.WRONG_TYPE),
        ("1", FlagState.WRONG_TYPE),
        ('["true"]', FlagState.WRONG_TYPE),
    ],
)
@pytest.mark.parametrize("key", ["enable_eip_pool", "allow_eip_rob"])
def test_how_terway_takes_a_string_flag(key: str, raw: str, state: FlagState) -> None:
    """A Go string field accepts strings and null only; only "true" switches it on."""
    flag = getattr(read(f'{{"{key}": {raw}}}'), key)
    assert (flag.state, flag.raw) == (state, raw)


@pytest.mark.parametrize(
    ("raw", "state"),
    [
        ("true", FlagState.ON),
        ("false", FlagState.OFF),
        ("null", FlagState.NULL),
        ('"true"', FlagState.WRONG_TYPE),
        ("1", FlagState.WRONG_TYPE),
    ],
)
def test_how_terway_takes_the_migration_flag(raw: str, state: FlagState) -> None:
    """enable_eip_migrate is a Go bool: there the string is the mistake."""
    assert read(f'{{"enable_eip_migrate": {raw}}}').enable_eip_migrate.state is state


def test_keys_count_as_they_are_spelt() -> None:
    """Go's decoder since Terway v1.3 takes no other; what looks like a flag is named, and is one up to v1.2."""
    text = '{"Enable_EIP_Pool": "true", "Credential_Path": "/p"}'
    conf = read(text)
    assert (conf.enable_eip_pool.state, conf.credentials) == (FlagState.ABSENT, CredentialSource.WORKER_ROLE)
    assert conf.any_case_pool == Flag(FlagState.ON, '"true"')
    assert conf.look_alikes == (("Enable_EIP_Pool", "enable_eip_pool"), ("Credential_Path", "credential_path"))
    assert set_flags(text, POOL) == text.replace("}", ', "enable_eip_pool": "true"}')


def test_of_duplicate_keys_the_last_one_counts() -> None:
    """As in Go; another key may be set, one that is there twice may not: only one of the values would change."""
    text = '{"enable_eip_pool": "true", "a": {"b": 1, "b": 2}, "enable_eip_pool": "false", "a": 1}'
    conf = read(text)
    assert (conf.enable_eip_pool.state, conf.duplicates) == (FlagState.OFF, ("enable_eip_pool", "a"))
    assert set_flags(text, {"z": "x"}) == text.replace('"a": 1}', '"a": 1, "z": "x"}')
    with pytest.raises(UsageError, match="has the key enable_eip_pool twice"):
        set_flags(text, POOL)
    with pytest.raises(UsageError, match="has the key enable_eip_pool twice"):
        remove_flags(text, POOL)


def test_null_is_a_text_that_terway_starts_with() -> None:
    """It says nothing; it is no object that could be edited."""
    assert read("null\n").enable_eip_pool.state is FlagState.ABSENT
    with pytest.raises(UsageError, match="line 1, column 1"):
        set_flags("null", POOL)


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ('{"access_key":"AK","access_secret":"S","credential_path":"/p"}', CredentialSource.ACCESS_KEY),
        ('{"access_key":"","access_secret":"","credential_path":"/p"}', CredentialSource.CREDENTIAL_PATH),
        ('{"access_key":"AK","access_secret":""}', CredentialSource.WORKER_ROLE),
        ('{"credential_path":""}', CredentialSource.WORKER_ROLE),
        ("{}", CredentialSource.WORKER_ROLE),
    ],
)
def test_whose_credentials_terway_uses(text: str, source: CredentialSource) -> None:
    """A key pair comes before the addon's token, and that before the worker's role."""
    assert read(text).credentials is source


def test_a_secret_is_never_shown() -> None:
    """Neither what was read nor an error holds the access secret."""
    assert "hunter2" not in repr(read('{"access_key":"AK","access_secret":"hunter2"}'))
    with pytest.raises(UsageError) as raised:
        read('{"access_key":"AK","access_secret":"hunter2"')
    assert "hunter2" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1, column 1"),
        ("[]", "line 1, column 1"),
        ('"true"', "line 1, column 1"),
        ('\ufeff{"a":1}', "line 1, column 1"),
        ('{"a":1', "line 1, column 7"),
        ('{"a":1,}', "line 1, column 8"),
        ('{"a":1} x', "line 1, column 9"),
        ('{\n  "a": 1\n  "b": 2\n}', "line 3, column 3"),
        ("{\n  'a': 1}", "line 2, column 3"),
        ('{"a": NaN}', "line 1, column 7"),
        ('{"a": 01}', "line 1, column 8"),
        ('{"a": tru}', "line 1, column 7"),
        ('{"a": "\t"}', "line 1, column 8"),
        ('{"a": 1, // c\n"b": 2}', "line 1, column 10"),
        ('{"a":' + "[" * 100_000, "line 1, column 1"),
    ],
)
def test_text_that_is_not_one_object(text: str, where: str) -> None:
    """Anything but one JSON object is a usage error that says where."""
    for use in (read, lambda text: set_flags(text, POOL), lambda text: remove_flags(text, POOL)):
        with pytest.raises(UsageError) as raised:
            use(text)
        assert raised.value.code is Code.ENI_CONF_MALFORMED
        assert where in raised.value.message


def test_numbers_of_any_length_survive() -> None:
    """A number longer than Python converts is still only text here."""
    text = '{"n": ' + "9" * 5000 + "}"
    assert remove_flags(set_flags(text, POOL), POOL) == text


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('{"a": 1, // note\n "b": 2}', "JSON has no comments (line 1, column 10)"),
        ('{\n/* note */ "b": 2}', "JSON has no comments (line 2, column 1)"),
        ('{\n# note\n"b": 2}', "JSON has no comments (line 2, column 1)"),
        ('{"a": 1,\n}', "a comma before '}' (line 2, column 1)"),
        ('{"a": [1,]}', "a comma before ']' (line 1, column 10)"),
        ('\ufeff{"a": 1}', "it begins with a byte order mark (line 1, column 1)"),
    ],
)
def test_what_people_write_and_json_does_not_have_is_named(text: str, what: str) -> None:
    """With its place; Terway refuses it too."""
    with pytest.raises(UsageError) as raised:
        read(text)
    assert raised.value.message == f"eni_conf is not one JSON object: {what}"


def test_half_a_surrogate_pair_is_read_as_go_reads_it() -> None:
    """The text of the file keeps its escape."""
    assert read('{"eni_tags": {"ack.aliyun.com": "c\\ud800"}}').cluster_id == "c\ufffd"
    assert set_flags('{"a": "\\ud800"}', {"z": "x"}) == '{"a": "\\ud800", "z": "x"}'
