"""The mutants fit the code as it is: a change of the code that a mutant is about changes the mutant, too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.mutants.__main__ import MUTANTS, ROOT

if TYPE_CHECKING:
    from tests.mutants.table import Mutant

NAMES = [mutant.name for mutant in MUTANTS]


@pytest.mark.parametrize("mutant", MUTANTS, ids=NAMES)
def test_a_mutant_has_one_place_to_change_and_a_test_that_is_to_fail(mutant: Mutant) -> None:
    """`python -m tests.mutants` sees it fail."""
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.old) == 1
    assert mutant.old != mutant.new
    file, _, name = mutant.test.partition("::")
    assert f"def {name.partition('[')[0]}" in (ROOT / file).read_text("utf-8")


def test_each_mutant_has_a_name_of_its_own() -> None:
    """One can be asked for."""
    assert len(set(NAMES)) == len(NAMES)
