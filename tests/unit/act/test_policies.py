"""Carrying out changes of RAM policies: made once, whatever answers get lost, is busy, or changes meanwhile."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from eipctl.act.policies import PolicyHandlers
from eipctl.aliyun.ram import RamReader, RamWriter
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed
from eipctl.domain.actions.policies import (
    AttachPolicy,
    CreatePolicy,
    DeletePolicy,
    DescribePolicy,
    DetachPolicy,
    PolicyAction,
    RestorePolicy,
    UpdatePolicy,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.aliyun.client import CloudClient
    from eipctl.base.stop import Stop
    from tests.unit.aliyun.conftest import Place

NAME, ROLE, WHY = "eipctl-terway-eip", "worker", "for Terway"
WRITES = (
    "CreatePolicy",
    "CreatePolicyVersion",
    "UpdatePolicyDescription",
    "AttachPolicyToRole",
    "DetachPolicyFromRole",
    "DeletePolicyVersion",
    "DeletePolicy",
)
LOST = ("lose", "reset", "truncate", "after")
BUSY = (
    (400, "SystemBusy"),
    (409, "OperationConflict"),
    (400, "TaskConflict"),
    (400, "LastTokenProcessing"),
    (503, "ServiceUnavailable"),
    (400, "Throttling.User"),
)


def document(*actions: str) -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})


def create(content: str = "vpc:A", description: str = "") -> CreatePolicy:
    return CreatePolicy(policy=NAME, document=document(content), description=description, reason=WHY)


def update(content: str = "vpc:B", base: str = "v1") -> UpdatePolicy:
    return UpdatePolicy(policy=NAME, document=document(content), base_version=base, reason=WHY)


def delete(base: str = "v1", before: str = "") -> DeletePolicy:
    return DeletePolicy(policy=NAME, base_version=base, before=before, reason=WHY)


def describe(before: str = "", description: str = WHY) -> DescribePolicy:
    return DescribePolicy(policy=NAME, before=before, description=description, reason=WHY)


ATTACH = AttachPolicy(policy=NAME, role=ROLE, reason=WHY)
DETACH = DetachPolicy(policy=NAME, role=ROLE, reason=WHY)
DELETE = DeletePolicy(policy=NAME, base_version="v2", before=WHY, reason=WHY)
SETUP = (create(), update(), describe(), ATTACH)
TEARDOWN = (DETACH, DELETE)


class Person:
    """Somebody with eipctl, and their own look at the account."""

    def __init__(self, client: CloudClient, stop: Stop) -> None:
        self.read, self.write = RamReader(client), RamWriter(client)
        self._table = PolicyHandlers(self.read, self.write, stop).table()

    def does(self, *actions: PolicyAction) -> None:
        for action in actions:
            self._table[type(action)](action, {})

    def says(self) -> str:
        """The document in force."""
        policy = self.read.custom_policy(NAME)
        assert policy is not None
        return policy.document


@pytest.fixture
def person(client: CloudClient, stop: Stop) -> Person:
    return Person(client, stop)


def done_once(person: Person) -> None:
    """Setup's changes are there, each made once; then teardown takes them back."""
    attached = person.read.policies_of_role(ROLE)
    assert [(policy.name, policy.version, policy.description) for policy in attached] == [(NAME, "v2", WHY)]
    assert json.loads(attached[0].document) == json.loads(document("vpc:B"))


def undone(person: Person) -> None:
    assert person.read.policies_of_role(ROLE) == ()
    assert person.read.custom_policy(NAME) is None


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("api", WRITES)
def test_a_lost_answer_changes_nothing_twice(person: Person, place: Place, api: str, fault: str) -> None:
    """Whichever change loses its answer, done or not: it ends up made, and made once."""
    place.faults.add({"do": fault, "api": api})
    person.does(*SETUP)
    done_once(person)
    person.does(*TEARDOWN)
    undone(person)


@pytest.mark.parametrize(("status", "code"), BUSY)
@pytest.mark.parametrize("api", WRITES)
def test_what_is_busy_is_waited_for(person: Person, place: Place, api: str, status: int, code: str) -> None:
    """Twice in a row: the change is repeated instead of failing at once."""
    place.faults.add({"do": "error", "api": api, "status": status, "code": code, "times": 2})
    person.does(*SETUP)
    done_once(person)
    person.does(*TEARDOWN)
    undone(person)


def test_what_stays_busy_is_told_in_the_end(person: Person, place: Place) -> None:
    """With the cloud's own code, and nothing made."""
    place.faults.add({"do": "error", "api": "CreatePolicy", "status": 400, "code": "SystemBusy", "times": 0})
    with pytest.raises(CloudError, match="SystemBusy"):
        person.does(create())
    assert person.read.custom_policy(NAME) is None


def test_what_is_done_is_done(person: Person) -> None:
    """Each change that is made already is no error, and makes no further version."""
    person.does(*SETUP, update(), describe(), ATTACH)
    done_once(person)
    person.does(*TEARDOWN, *TEARDOWN)
    undone(person)


def test_a_policy_of_several_versions_is_deleted(person: Person) -> None:
    """Old versions go first."""
    person.does(create(), *(update(f"vpc:{number}", f"v{number}") for number in range(1, 5)), delete("v5"))
    undone(person)


RESTORE = RestorePolicy(policy=NAME, version="v1", base_version="v3", obsolete=("v2", "v3"), reason=WHY)


def edited(person: Person) -> None:
    person.does(create("oss:*"), update("vpc:B"), update("vpc:C", "v2"))


def test_an_earlier_version_is_in_force_again(person: Person) -> None:
    """Those that came after it are deleted, and a second time there is nothing to do."""
    edited(person)
    person.does(RESTORE, RESTORE)
    assert (json.loads(person.says()), person.read.versions(NAME)) == (json.loads(document("oss:*")), ("v1",))


@pytest.mark.parametrize("fault", LOST)
@pytest.mark.parametrize("api", ["SetDefaultPolicyVersion", "DeletePolicyVersion"])
def test_a_lost_answer_does_not_stop_a_restore(person: Person, place: Place, api: str, fault: str) -> None:
    """It goes on where it was."""
    edited(person)
    place.faults.add({"do": fault, "api": api})
    person.does(RESTORE)
    assert person.read.versions(NAME) == ("v1",)


def test_a_version_after_a_restored_one_is_nobody_elses(person: Person) -> None:
    """Numbers go on after deleted versions: setup, teardown and setup again is no conflict."""
    edited(person)
    person.does(RESTORE, update("vpc:B"))
    assert person.read.versions(NAME) == ("v1", "v4")


def test_a_full_policy_loses_the_version_that_the_plan_named_and_no_other(person: Person) -> None:
    """When another one would go by now, or none has to, it is planned again."""
    person.does(create(), *(update(f"vpc:{number}", f"v{number}") for number in range(1, 5)))
    for rotated in ("v2", "v9"):
        with pytest.raises(Failed, match="changed since the plan"):
            person.does(replace(update("vpc:X", "v5"), rotated=rotated))
    assert person.read.versions(NAME) == ("v1", "v2", "v3", "v4", "v5")
    person.does(replace(update("vpc:X", "v5"), rotated="v1"))
    assert person.read.versions(NAME) == ("v2", "v3", "v4", "v5", "v6")


@pytest.mark.parametrize("action", [RESTORE, delete("v3"), delete("v4", "as planned")])
def test_what_somebody_has_changed_since_is_neither_restored_nor_deleted(person: Person, action: PolicyAction) -> None:
    """Their version, or another cluster in the description, is a reason to plan again."""
    edited(person)
    person.write.update_policy(NAME, document("vpc:THEIRS"))
    with pytest.raises(Failed, match="changed since the plan"):
        person.does(action)
    assert "THEIRS" in person.says()


def test_a_policy_in_use_elsewhere_is_not_deleted(person: Person) -> None:
    """An error with what to do, not success."""
    person.does(create(), ATTACH)
    with pytest.raises(CloudError, match="DeleteConflict") as caught:
        person.does(delete())
    assert "another role" in caught.value.hint


@pytest.mark.parametrize("theirs", [create("vpc:B"), create(description="another cluster's")])
def test_another_policy_of_the_name_is_not_taken_over(person: Person, theirs: CreatePolicy) -> None:
    """One that another cluster's setup has made meanwhile may say something else."""
    person.does(theirs)
    with pytest.raises(Failed, match="has been changed since the plan was made"):
        person.does(create())


@pytest.mark.parametrize("action", [update("vpc:C"), describe("as planned", "as wanted")])
def test_what_somebody_has_changed_since_the_plan_is_not_overwritten(person: Person, action: PolicyAction) -> None:
    """The plan's reason has gone: nothing is written."""
    person.does(create(), update(), describe())
    with pytest.raises(Failed, match="nothing else was written") as caught:
        person.does(action)
    assert (caught.value.code, caught.value.hint) == (
        Code.POLICY_NOT_FOUND,
        "run the same command again",
    )
    assert json.loads(person.says()) == json.loads(document("vpc:B"))


class Meanwhile:
    """Hooks of a client: something happens right before its first call of one API goes out."""

    def __init__(self, api: str, happens: Callable[[], object]) -> None:
        self._api, self._happens = api, happens

    def before(self, api: str, _obj: str = "") -> None:
        if api == self._api:
            self._api = ""
            self._happens()

    def after(self, api: str, code: str, request_id: str, seconds: float, obj: str = "") -> None:
        pass


def with_somebody(
    connect: Callable[..., CloudClient], place: Place, stop: Stop, api: str, happens: Callable[[], object]
) -> Person:
    return Person(connect(place.url, hooks=Meanwhile(api, happens)), stop)


def test_a_version_that_somebody_makes_at_the_same_moment_is_told(
    person: Person, place: Place, connect: Callable[..., CloudClient], stop: Stop
) -> None:
    """RAM has no precondition: their version is replaced, and which one that is must be said."""
    person.does(create())
    us = with_somebody(
        connect, place, stop, "CreatePolicyVersion", lambda: person.write.update_policy(NAME, document("vpc:THEIRS"))
    )
    with pytest.raises(Failed, match=r"their version v2 was made just before eipctl's v3") as caught:
        us.does(update())
    assert "compare v2 with v3" in caught.value.hint


def test_a_version_that_somebody_makes_while_ours_is_busy_is_not_overwritten(
    person: Person, place: Place, connect: Callable[..., CloudClient], stop: Stop
) -> None:
    """After the wait it is looked at again, and planned anew."""
    person.does(create())
    us = with_somebody(
        connect, place, stop, "CreatePolicyVersion", lambda: person.write.update_policy(NAME, document("vpc:THEIRS"))
    )
    place.faults.add({"do": "error", "api": "CreatePolicyVersion", "status": 400, "code": "SystemBusy", "nth": 2})
    with pytest.raises(Failed, match="has been changed since the plan was made"):
        us.does(update())
    assert "THEIRS" in person.says()


def test_the_same_policy_that_another_setup_makes_at_the_same_moment_is_shared(
    person: Person, place: Place, connect: Callable[..., CloudClient], stop: Stop
) -> None:
    """Two runs of setup want the same one: both succeed."""
    us = with_somebody(connect, place, stop, "CreatePolicy", lambda: person.does(create()))
    us.does(create())
    assert json.loads(person.says()) == json.loads(document("vpc:A"))


def test_a_full_role_names_the_policies_that_it_has(person: Person, place: Place) -> None:
    """They are what --edit-policy takes."""
    person.does(create(), ATTACH)
    place.faults.add({"do": "error", "api": "AttachPolicyToRole", "status": 409, "code": "LimitExceeded.Role.Policy"})
    with pytest.raises(CloudError) as caught:
        person.does(ATTACH)
    assert caught.value.hint.endswith(f"--edit-policy NAME: {NAME}")
