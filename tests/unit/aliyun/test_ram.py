"""Every method of the RAM reader and writer, and the identity reader, against the simulated cloud."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.aliyun import identity
from eipctl.aliyun.ram import RamReader, RamWriter
from eipctl.base.codes import Code
from eipctl.base.errors import CloudError, Failed, OutcomeUnknown, Reaction
from eipctl.domain.facts import CallerIdentity

if TYPE_CHECKING:
    from collections.abc import Callable

    from eipctl.aliyun.client import CloudClient
    from eipctl.sandbox.cloud.cloud import Cloud
    from tests.unit.aliyun.conftest import Place, Scripted

NAME = "eipctl-terway-eip"


def _document(*actions: str) -> str:
    return json.dumps({"Version": "1", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]})


@pytest.fixture
def reader(client: CloudClient) -> RamReader:
    """Reads the simulated cloud."""
    return RamReader(client)


@pytest.fixture
def writer(client: CloudClient) -> RamWriter:
    """Changes the simulated cloud."""
    return RamWriter(client)


def test_roles_are_found_or_not(reader: RamReader) -> None:
    """An unknown role is no error."""
    assert (reader.role_exists("worker"), reader.role_exists("nobody")) == (True, False)


def test_the_policies_of_an_unknown_role_are_an_error(reader: RamReader) -> None:
    """No role is not the same as a role without policies."""
    with pytest.raises(CloudError) as caught:
        reader.policies_of_role("nobody")
    assert (caught.value.code, caught.value.reaction) == (Code.ROLE_NOT_FOUND, Reaction.GONE)


def test_attached_policies_come_with_their_documents(cloud: Cloud, reader: RamReader, writer: RamWriter) -> None:
    """Custom and system policies of a role are read with the document of their default version."""
    cloud.add_policy("AliyunSystem", json.loads(_document("vpc:*")), system=True)
    cloud.add_role("managed", policies=("AliyunSystem",))
    writer.create_policy(NAME, _document("vpc:A"), "for Terway")
    writer.attach_policy(NAME, "managed")
    found = {policy.name: policy for policy in reader.policies_of_role("managed")}
    assert (found["AliyunSystem"].system, found[NAME].system) == (True, False)
    assert json.loads(found[NAME].document) == json.loads(_document("vpc:A"))


def test_a_policy_is_updated_more_often_than_it_has_versions(reader: RamReader, writer: RamWriter) -> None:
    """The sixth version rotates the oldest out and becomes the default."""
    writer.create_policy(NAME, _document("vpc:A0"), "")
    for number in range(1, 8):
        writer.update_policy(NAME, _document(f"vpc:A{number}"), rotate=True)
    policy = reader.custom_policy(NAME)
    assert policy is not None
    assert (policy.version, "vpc:A7" in policy.document) == ("v8", True)


def test_what_is_done_is_done(reader: RamReader, writer: RamWriter) -> None:
    """Attaching, detaching and deleting what is so already is no error."""
    writer.create_policy(NAME, _document("vpc:A"), "")
    assert writer.update_policy(NAME, _document("vpc:B")) == "v2"
    assert reader.versions(NAME) == ("v1", "v2")
    changes: tuple[Callable[[], None], ...] = (
        lambda: writer.attach_policy(NAME, "worker"),
        lambda: writer.detach_policy(NAME, "worker"),
        lambda: writer.delete_version(NAME, "v1"),
        lambda: writer.delete_policy(NAME),
    )
    for change in changes:
        change()
        change()
    assert (reader.custom_policy(NAME), reader.versions(NAME)) == (None, None)


@pytest.mark.parametrize("api", ["CreatePolicy", "CreatePolicyVersion", "AttachPolicyToRole", "DeletePolicy"])
def test_no_change_is_repeated(place: Place, writer: RamWriter, api: str) -> None:
    """Each method is one call; whether it is made again is not decided here."""
    changes: dict[str, Callable[[], object]] = {
        "CreatePolicy": lambda: writer.create_policy(NAME, _document("vpc:A"), ""),
        "CreatePolicyVersion": lambda: writer.update_policy(NAME, _document("vpc:A")),
        "AttachPolicyToRole": lambda: writer.attach_policy(NAME, "worker"),
        "DeletePolicy": lambda: writer.delete_policy(NAME),
    }
    place.faults.add({"do": "lose", "api": api, "times": 0})
    with pytest.raises(OutcomeUnknown):
        changes[api]()
    assert place.apis() == [api]


def test_a_policy_in_use_is_not_deleted(writer: RamWriter) -> None:
    """DeleteConflict is an error, not success."""
    writer.create_policy(NAME, _document("vpc:A"), "")
    writer.attach_policy(NAME, "worker")
    with pytest.raises(CloudError, match="DeleteConflict"):
        writer.delete_policy(NAME)


def test_who_is_calling(client: CloudClient) -> None:
    """GetCallerIdentity gives account and ARN."""
    expected = CallerIdentity("1234567890123456", "acs:ram::1234567890123456:root")
    assert identity.IdentityReader(client).caller() == expected


def test_the_worker_role_of_a_cluster(client: CloudClient) -> None:
    """CS knows the worker role; an unknown cluster has none."""
    reader = identity.IdentityReader(client)
    assert (reader.worker_role("c1"), reader.worker_role("c-none"), reader.worker_role("a/../b")) == ("worker", "", "")


def test_the_roles_of_instances(cloud: Cloud, client: CloudClient) -> None:
    """Each role once, however many instances have it; those without a role and unknown ones give none."""
    for number in range(120):
        cloud.add_instance(f"i-more{number}", "vpc-1", ("", "worker", "gpu")[number % 3])
    names = ["i-none", *(f"i-more{number}" for number in range(120))]
    assert identity.IdentityReader(client).instance_roles(names) == ("gpu", "worker")
    assert identity.IdentityReader(client).instance_roles([]) == ()


def page_of_roles(total: int, *roles: str) -> tuple[int, dict[str, Any]]:
    rows = [{"InstanceId": f"i-{number}", "RamRoleName": role} for number, role in enumerate(roles)]
    return 200, {"RequestId": "R", "TotalCount": total, "InstanceRamRoleSets": {"InstanceRamRoleSet": rows}}


def test_the_role_of_the_eleventh_node_is_on_the_second_page(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """Where a page holds ten rows whatever is asked for, all pages are read; each call names all the instances."""
    scripted.says(page_of_roles(14, *["worker"] * 10), page_of_roles(14, *["worker"] * 3, "pool2"))
    names = [f"i-{number}" for number in range(14)]
    assert identity.IdentityReader(connect(script.url)).instance_roles(names) == ("pool2", "worker")
    asked = [dict(request.query) for request in scripted.requests]
    assert [(one["PageNumber"], one["PageSize"]) for one in asked] == [("1", "50"), ("2", "50")]


def test_roles_that_do_not_add_up_are_not_all_roles(
    script: Place, scripted: Scripted, connect: Callable[..., CloudClient]
) -> None:
    """A Terway under the role that is missing would be left without its rights."""
    scripted.says(page_of_roles(3, "worker"), page_of_roles(3))
    with pytest.raises(Failed, match="returned 1 of them") as raised:
        identity.IdentityReader(connect(script.url)).instance_roles(["i-1", "i-2", "i-3"])
    assert raised.value.code is Code.PARTIAL_READ


def test_a_cluster_that_may_not_be_seen_is_an_error(
    cloud: Cloud, place: Place, connect: Callable[..., CloudClient]
) -> None:
    """Lacking the right is not the same as an unknown cluster."""
    from eipctl.aliyun.keys import Keys

    cloud.add_access_key("LTAInobody000001", "nobody-secret", user="nobody")
    with pytest.raises(CloudError) as caught:
        identity.IdentityReader(connect(place.url, Keys("LTAInobody000001", "nobody-secret"))).worker_role("c1")
    assert caught.value.code is Code.CLOUD_FORBIDDEN
