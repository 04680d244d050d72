"""The difference that a plan shows of eni_conf."""

from __future__ import annotations

import json

import pytest

from eipctl.domain.actions.terway import RestartTerway, WriteEniConfig
from eipctl.domain.terway.eni_conf import set_flags
from eipctl.domain.terway.eni_conf_diff import masked, unified

CONF = (
    '{\n  "version": "1",\n  "access_key": "LTAIkey",\n  "access_secret": "s3cret\\"quoted",\n  "ip_stack": "ipv4"\n}\n'
)
AFTER = set_flags(CONF, {"enable_eip_pool": "true"})


def test_a_hunk_shows_what_changes_and_no_secret() -> None:
    """As `diff -u` does, with the values of secrets hidden in the context too."""
    assert unified(CONF, AFTER)[2:] == (
        "@@ -2,5 +2,6 @@",
        '   "version": "1",',
        '   "access_key": "***",',
        '   "access_secret": "***",',
        '-  "ip_stack": "ipv4"',
        '+  "ip_stack": "ipv4",',
        '+  "enable_eip_pool": "true"',
        " }",
    )


def test_a_text_in_one_long_line_is_shown_one_member_a_line() -> None:
    """Nobody finds one member in a line of a screenful."""
    one_line = json.dumps({"vswitches": {"cn-hangzhou-h": ["vsw-1"] * 20}, "ip_stack": "ipv4"})
    shown = unified(one_line, set_flags(one_line, {"enable_eip_pool": "true"}))
    assert '+  "enable_eip_pool": "true"' in shown
    assert len(shown) < 12


def test_no_change_has_no_hunk() -> None:
    """An Action that only drops the record shows nothing."""
    assert unified(CONF, CONF) == ()


@pytest.mark.parametrize("key", ["access_key", "access_secret", "Access_Secret", "my_token", "db_password"])
def test_every_key_that_names_a_secret_is_masked(key: str) -> None:
    """Wherever it stands."""
    text = json.dumps({"deep": {key: 'x"y\\z'}, "plain": "seen"})
    assert json.loads(masked(text)) == {"deep": {key: "***"}, "plain": "seen"}


def test_what_a_plan_saves_and_logs_of_eni_conf_holds_no_secret() -> None:
    """Neither the write itself nor what a canary would restore."""
    write = WriteEniConfig(before=CONF, after=AFTER, resource_version="7", record=None, reason="r")
    restart = RestartTerway(reason="r", daemonset="terway-eniip", pod="t", uid="u", node="n", restore=write)
    text = json.dumps([write.as_data(), restart.as_data()])
    assert "s3cret" not in text
    assert "LTAIkey" not in text
    assert "enable_eip_pool" in text
