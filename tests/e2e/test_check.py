"""check against the sandbox: what is missing is found, what is broken is one finding, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from eipctl.base.codes import Code
from eipctl.commands.annotate.live import AnnotateOptions, prepare_annotate
from eipctl.commands.bind import BindOptions, prepare_bind
from eipctl.commands.check.run import CheckOptions, run_checks
from eipctl.commands.setup import SetupOptions, prepare_setup
from eipctl.domain.findings import Finding, Level
from eipctl.observe.workloads import Scope
from eipctl.planners.annotate.settings import EipSettings
from tests.e2e.user import NGINX

if TYPE_CHECKING:
    from eipctl.engine.prepared import Prepared
    from eipctl.engine.session import Session
    from tests.e2e.user import User


def setup(session: Session) -> Prepared:
    return prepare_setup(session, SetupOptions())


def check(user: User, *, pre: bool = False, **settings: Any) -> dict[Code, Finding]:
    """The worst finding of each code."""
    order = list(Level)
    findings = run_checks(user.session(**settings), CheckOptions(pre=pre))
    return {finding.code: finding for finding in sorted(findings, key=lambda finding: order.index(finding.level))}


def levels(found: dict[Code, Finding]) -> dict[Code, Level]:
    return {code: finding.level for code, finding in found.items() if finding.level not in (Level.OK, Level.INFO)}


def ask(user: User, *workloads: str) -> None:
    options = AnnotateOptions(
        scope=Scope(words=workloads or (f"deployment/{NGINX}",)), settings=EipSettings.of(eip="true")
    )
    user.done(lambda session: prepare_annotate(session, options))


def test_a_fresh_cluster_lacks_the_flag_and_the_rights(legacy: User) -> None:
    """Both are warnings, since bind works without, and setup is the fix of both."""
    found = check(legacy)
    assert levels(found) == {Code.FLAG_NOT_SET: Level.WARNING, Code.ROLE_LACKS_ACTIONS: Level.WARNING}
    assert found[Code.FLAG_NOT_SET].fix == found[Code.ROLE_LACKS_ACTIONS].fix == "eipctl setup"
    assert "AliyunCSManagedNetworkRole lacks 5 of the 6" in found[Code.ROLE_LACKS_ACTIONS].title


def test_after_setup_nothing_is_missing(legacy: User) -> None:
    """No warning and no error."""
    legacy.done(setup)
    assert levels(check(legacy)) == {}


def test_a_terway_without_eip_support_is_no_warning(modern: User) -> None:
    """bind does the work there; neither flag nor role are asked for."""
    found = check(modern)
    assert levels(found) == {}
    assert found[Code.TERWAY_VERSION].level is Level.INFO
    assert Code.ROLE_LACKS_ACTIONS not in found


def test_a_flag_without_rights_is_an_error(legacy: User) -> None:
    """Annotated Pods would hang in ContainerCreating."""
    legacy.edit_eni_conf(lambda text: text.replace('"ordered"', '"ordered", "enable_eip_pool": "true"'))
    found = check(legacy)
    assert levels(found) == {Code.ROLE_LACKS_ACTIONS: Level.ERROR}
    assert "ContainerCreating" in found[Code.ROLE_LACKS_ACTIONS].detail


def test_a_flag_of_the_wrong_type_is_an_error_and_its_fix_works(legacy: User) -> None:
    """A bool takes Terway down at its next start; the fix that is named corrects it."""
    legacy.edit_eni_conf(lambda text: text.replace('"ordered"', '"ordered", "enable_eip_pool": true'))
    found = check(legacy)
    assert (found[Code.FLAG_TYPE].level, found[Code.FLAG_TYPE].fix) == (Level.ERROR, "eipctl setup")
    legacy.done(setup)
    assert levels(check(legacy)) == {}


def test_a_restart_that_is_missing_is_found(legacy: User) -> None:
    """After an interrupted setup, the nodes that have not read the change are named."""
    legacy.sandbox.faults.add({"do": "error", "service": "kube", "api": "delete", "times": 0, "status": 403})
    legacy.carry_out(setup)
    legacy.sandbox.faults.clear()
    found = check(legacy)
    assert levels(found) == {Code.RESTART_NEEDED: Level.WARNING}
    assert all(node in found[Code.RESTART_NEEDED].title for node in legacy.terway())


def test_pending_pods_and_orphans_are_found(modern: User) -> None:
    """With the price of the orphans, and the commands that end both."""
    modern.apply_example()
    ask(modern)
    modern.until(modern.rolled_out)
    assert check(modern)[Code.POD_NOT_READY_FOR_EIP].level is Level.WARNING
    modern.done(lambda session: prepare_bind(session, BindOptions()))
    assert levels(check(modern)) == {}
    modern.objects.delete("deployments", "default", NGINX, now=True)
    modern.until(lambda: not modern.pods())
    orphans = check(modern)[Code.ORPHANS]
    assert (orphans.level, orphans.fix) == (Level.WARNING, "eipctl release --orphans -A")
    assert "2 EIPs" in orphans.title
    assert "USD 4.53" in orphans.title


def test_before_installation_only_the_ground_is_checked(legacy: User) -> None:
    """`--pre` does not complain of what setup is going to do."""
    found = check(legacy, pre=True)
    assert levels(found) == {}
    assert Code.FLAG_NOT_SET not in found
    assert found[Code.TERWAY_VERSION].level is Level.OK


def test_an_unreachable_cluster_is_one_error_and_the_cloud_is_still_checked(legacy: User) -> None:
    """What needs the cluster fails once, however many checks need it."""
    legacy.sandbox.faults.add({"do": "reset", "service": "kube", "times": 0})
    legacy.sandbox.faults.add({"do": "reset", "service": "kube", "object": "(?!namespaces).*", "times": 0})
    found = check(legacy)
    assert [rule["matched"] > 0 for rule in legacy.sandbox.faults.listing()] == [True, False]
    assert levels(found) == {Code.KUBE_UNREACHABLE: Level.ERROR}
    assert found[Code.IDENTITY].level is Level.OK


def test_a_wrong_secret_is_one_error_and_the_cluster_is_still_checked(legacy: User) -> None:
    """The sentence holds no secret."""
    environ = {**legacy.sandbox.env(), "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not-the-secret"}
    found = check(legacy, environ=environ)
    assert levels(found) == {Code.CREDENTIALS_REJECTED: Level.ERROR, Code.FLAG_NOT_SET: Level.WARNING}
    assert all("not-the-secret" not in str(finding.as_data()) for finding in found.values())
    assert found[Code.TERWAY_VERSION].level is Level.OK


def test_no_credentials_is_one_error(legacy: User, tmp_path: Any) -> None:
    """It says how to give some."""
    environ = {
        "KUBECONFIG": legacy.sandbox.env()["KUBECONFIG"],
        "HOME": str(tmp_path),
        "ALIBABA_CLOUD_ECS_METADATA_DISABLED": "true",
    }
    found = check(legacy, environ=environ, region="cn-hangzhou")
    assert found[Code.NO_CREDENTIALS].level is Level.ERROR
    assert "ALIBABA_CLOUD_ACCESS_KEY_ID" in found[Code.NO_CREDENTIALS].detail


@pytest.mark.parametrize(
    ("spoil", "code"),
    [
        ("malformed", Code.ENI_CONF_MALFORMED),
        ("missing", Code.ENI_CONFIG_MISSING),
        ("no terway", Code.TERWAY_NOT_FOUND),
    ],
)
def test_a_broken_cluster_is_told_not_crashed_on(legacy: User, spoil: str, code: Code) -> None:
    """Each is an error with the object's name."""
    if spoil == "malformed":
        legacy.edit_eni_conf(lambda text: text.replace("}", ""))
    elif spoil == "missing":
        legacy.objects.delete("configmaps", "kube-system", "eni-config", now=True)
    else:
        legacy.objects.delete("daemonsets", "kube-system", "terway-eniip", now=True)
        legacy.until(lambda: not legacy.terway())
    assert check(legacy)[code].level is Level.ERROR


def test_looking_changes_nothing(legacy: User) -> None:
    """Neither in the cloud nor in the cluster, where access reviews are posted."""
    legacy.sandbox.calls.clear()
    check(legacy)
    assert legacy.writes() == []
