"""The record of edited policies, as an annotation of eni-config holds it."""

from __future__ import annotations

import pytest

from eipctl.domain.ram import policy_edits
from eipctl.domain.ram.policy_edits import PolicyEdit

EDITS = (PolicyEdit("mine", ("vpc:AllocateEipAddress", "vpc:ReleaseEipAddress"), "v1"), PolicyEdit("other", (), "v3"))


def test_the_record_of_edited_policies_is_read_as_it_was_written() -> None:
    """The annotation of eni-config."""
    assert policy_edits.parse(policy_edits.text(EDITS)) == EDITS


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', "null", '{"mine": 1}', '{"mine": {"added": []}}'])
def test_an_annotation_that_is_not_a_record_names_no_policy(text: str) -> None:
    """Somebody else's text: nothing is taken out of any policy for it."""
    assert policy_edits.parse(text) == ()
