"""Who uses eipctl's policy, as its description tells it."""

from __future__ import annotations

import pytest

from eipctl.domain.ram.policy_users import ABOUT, LONGEST, Use, Users, parse

BOTH = Users(uses=(Use("c1", "R"), Use("c2", "R")))


@pytest.mark.parametrize("users", [Users(), BOTH, Users(others=True)])
def test_what_is_told_is_read_again(users: Users) -> None:
    """Text and users are the same thing."""
    assert parse(users.text()) == users


@pytest.mark.parametrize("text", ["", "somebody's own words", f"{ABOUT} for all", "x; used by c1@R"])
def test_a_description_by_somebody_else_is_not_a_record(text: str) -> None:
    """Only eipctl's own words say that a policy is eipctl's."""
    assert parse(text) is None


def test_leaving_gives_the_description_back() -> None:
    """What joining added is gone."""
    joined = Users().joined("c1", ["R"])
    assert joined.text() == f"{ABOUT}; used by c1@R"
    assert joined.left("c1").text() == ABOUT


def test_joining_twice_is_joining_once() -> None:
    """Each cluster stands there once per role."""
    assert Users().joined("c1", ["R", "R"]).joined("c1", ["R"]).text() == f"{ABOUT}; used by c1@R"


def test_the_others_of_a_cluster_and_a_role() -> None:
    """What keeps a policy attached, and what keeps it at all."""
    users = BOTH.joined("c3", ["S"]).joined("c1", ["S"])
    assert users.roles_of("c1") == ("R", "S")
    assert (users.besides("c1"), users.besides("c1", "S")) == (("c2", "c3"), ("c3",))


def test_a_full_description_tells_that_there_are_others() -> None:
    """RAM accepts so many characters: whoever finds no room is among `others`, for whom nothing is ever taken away."""
    users = Users()
    for number in range(40):
        users = users.joined(f"c{number:032}", ["AliyunCSManagedNetworkRole"])
    assert len(users.text()) <= LONGEST
    assert users.others
    assert users.text().endswith(", others")
