"""The sandbox's table of the cloud's APIs is what is published, and what it leaves out has a reason."""

from __future__ import annotations

import ast
import csv
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eipctl.sandbox import cloud as package
from eipctl.sandbox.cloud.cloud import ROOT, CloudRefusal
from eipctl.sandbox.cloud.table import APIS, entry, published, unenforced
from eipctl.sandbox.cloud.table.common import COMMON
from eipctl.sandbox.faults import Faults

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from eipctl.sandbox.cloud.cloud import Cloud
    from eipctl.sandbox.cloud.table.kinds import Api, Parameter

TABLES = Path(__file__).parents[2] / "data" / "cloud_api"
BY_NAME = {action: api for (_, action), api in APIS.items()}
SHARED = {"*": "*", "Vpc": "vpc", "Ram": "ram", "Sts": "sts", "CS": "cs"}
OWN_SOURCE = {
    "UnassignPrivateIpAddresses": "the page of Ecs, 2024-11 and 2019",
    "DescribeVpcs": "as DescribeVSwitches",
    "DescribeRegions": "no code is published",
    "ListRoles": "no code is published",
}
"""APIs that the tables don't have."""


def _rows(name: str) -> list[dict[str, str]]:
    with (TABLES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


ERRORS, PARAMETERS = _rows("errors.tsv"), _rows("parameters.tsv")


def _codes(where: str) -> list[tuple[str, str, str]]:
    entries = COMMON[SHARED[where]] if where in SHARED else BY_NAME[where].codes
    return [(str(entry.status), entry.code, entry.meaning) for entry in entries]


def test_every_published_code_is_in_the_table_and_no_other() -> None:
    """By API with its HTTP status and class; where no status is published the table has one all the same."""
    told = {where: _codes(where) for where in {row["api"] for row in ERRORS}}
    for row in ERRORS:
        wanted = (row["http_status"], row["code"], row["class"])
        assert any(entry[1:] == wanted[1:] and wanted[0] in ("?", entry[0]) for entry in told[row["api"]]), (
            f"{row['api']}: {wanted}"
        )
    for where, entries in told.items():
        assert len(entries) == sum(row["api"] == where for row in ERRORS), where
    others = {action for action, api in BY_NAME.items() if api.codes and action not in told}
    assert others <= OWN_SOURCE.keys()


def test_every_api_that_is_published_or_not_has_its_source() -> None:
    """An API is in the tables, or a source is named."""
    known = {row["api"] for row in ERRORS} | {row["api"] for row in PARAMETERS}
    assert {action for _, action in APIS} - known == OWN_SOURCE.keys()


def _parameter(row: dict[str, str]) -> Parameter | None:
    name = re.sub(r"^Tag\.N\.(Key|Value)$", "Tag.N", row["parameter"])
    name = name.replace("Filter.N.Value", "Filter.1.Value")
    return next((one for one in BY_NAME[row["api"]].parameters if one.name == name), None)


def test_every_published_parameter_is_in_the_table() -> None:
    """By API; GetCallerIdentity has none."""
    lacking = [f"{row['api']} {row['parameter']}" for row in PARAMETERS if _parameter(row) is None]
    assert lacking == ["GetCallerIdentity (none)"]


PROSE_DEFAULTS = {
    "request id": "",
    "none = basic": "",
    "pool's zone (CloudBox)": "",
    "random": "",
    "system picks one": "",
    "EcsInstance (text)": "",  # a filter that would hide all other types
    "BGP (text)": "",  # the same
    "all": "",
    "both": "",
    "-": "",
}


def test_defaults_are_the_published_ones() -> None:
    """What is meant when a parameter is not sent."""
    for row in PARAMETERS:
        found = _parameter(row)
        if found is not None:
            wanted = PROSE_DEFAULTS.get(row["default"], row["default"])
            assert found.default == wanted, f"{row['api']} {row['parameter']}"


def test_mandatory_parameters_are_mandatory() -> None:
    """The region excepted, which is the sandbox's own without; "one of two" and conditions are the handlers'."""
    for row in PARAMETERS:
        found = _parameter(row)
        if found is not None and found.kind != "region":
            optional = row["api"] == "ListTagResources" and found.stem in ("ResourceId", "Tag")
            wanted = row["required"].startswith("y") and not optional
            assert found.need == wanted, f"{row['api']} {row['parameter']}"


KINDS = {"integer": {"number"}, "boolean": {"flag"}, "array": {"list", "tags"}}


def test_kinds_and_ranges_are_the_published_ones() -> None:
    """Numbers, choices, and how many values there may be, wherever the table of the cloud says it in figures."""
    counted: Counter[str] = Counter()
    for row in PARAMETERS:
        found, allowed = _parameter(row), row["allowed"]
        if found is None or (found.kind == "tags" and row["type"] == "string"):
            continue  # the length of keys and values is no parameter's own
        where = f"{row['api']} {row['parameter']}"
        assert found.kind in KINDS.get(row["type"], {found.kind}), where
        if between := re.match(r"(\d[\d,]*)-(\d[\d,]*\d|\d)\b", allowed):
            low, high = (int(text.replace(",", "")) for text in between.groups())
            counted["range"] += 1
            assert found.high == high or found.name == "PolicyDocument", where  # a switch: longest_policy
            assert found.low == low or found.clamped or found.kind in ("list", "text"), where
        elif row["type"] != "array" and (words := re.match(r"[A-Za-z][\w]*(?:, [A-Za-z][\w]*)+$", allowed)):
            counted["choice"] += 1
            assert found.kind == "flag" or set(found.among) == set(words.group().split(", ")), where
        elif most := re.search(r"up to (\d+)", allowed):
            counted["most"] += 1
            assert found.high == int(most.group(1)), where
        elif re.match(r"from \d", allowed):
            counted["from"] += 1
            assert found.low == int(allowed.removeprefix("from ")), where
    assert counted == {"range": 41, "choice": 37, "most": 6, "from": 5}


def _answered() -> set[str]:
    """Every text in the sandbox's code of the cloud outside the table, among them the codes that it answers with."""
    sources = [path for path in Path(package.__file__).parent.glob("*.py") if path.parent.name != "table"]
    nodes = (node for path in sources for node in ast.walk(ast.parse(path.read_text("utf-8"))))
    return {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def _of_parameters(api: Api[Any] | None) -> set[str]:
    parameters = api.parameters if api else tuple(one for known in APIS.values() for one in known.parameters)
    codes = ((one.code, one.many, one.twice, one.value, one.missing) for one in parameters)
    return {code for several in codes for code in several}


def _by_a_fault_alone() -> Iterator[tuple[str, str, str]]:
    answered = _answered()
    for row in ERRORS:
        if row["code"] not in answered | _of_parameters(BY_NAME.get(row["api"])):
            yield row["api"], row["code"], row["class"]


def test_what_happens_by_a_fault_alone_has_a_reason() -> None:
    """A published code is answered to a mistake, or it is said why not."""
    found = list(_by_a_fault_alone())
    assert [f"{where} {code}" for where, code, meaning in found if not unenforced.reason(where, code, meaning)] == []
    assert {meaning for _, _, meaning in found} >= unenforced.MEANINGS.keys()


def test_every_refusal_of_a_parameter_is_published_for_its_api() -> None:
    """Or the API has a code that stands for all others."""
    for (product, action), api in APIS.items():
        lacking = {code for code in _of_parameters(api) if code and entry(product, action, code) is None}
        assert not lacking or api.otherwise, f"{action}: {lacking}"


@pytest.mark.parametrize("module", sorted({api.handler.__module__ for api in APIS.values()}))
def test_every_refusal_of_a_handler_is_published(module: str) -> None:
    """For one of the APIs that the module serves."""
    served = [key for key, api in APIS.items() if api.handler.__module__ == module]
    tree = ast.parse(Path(sys.modules[module].__file__ or "").read_text("utf-8"))
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute))
    told = (call.args[0] for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr == "refusal")
    for code in (node.value for node in told if isinstance(node, ast.Constant)):
        assert any(entry(product, action, str(code)) for product, action in served), code


@pytest.mark.parametrize("key", [key for key in APIS if key[0] in ("vpc", "ecs")])
def test_no_api_works_in_a_region_that_does_not_exist(cloud: Cloud, key: tuple[str, str]) -> None:
    """Each refuses it with a code that is published for it."""
    with pytest.raises(CloudRefusal, match=r"Region|InvalidParameter"):
        cloud.call(ROOT, *key, {"RegionId": "cn-atlantis"})


def test_no_reason_is_left_over() -> None:
    """Every pattern is the reason of some code, and every parameter without effect exists."""
    used = set()
    for where, code, meaning in _by_a_fault_alone():
        if meaning not in unenforced.MEANINGS:
            used.add(next(pattern for pattern, _ in unenforced.CODES if unenforced.fits(pattern, where, code)))
    assert [pattern for pattern, _ in unenforced.CODES if pattern not in used] == []
    names = {f"{action} {one.name}" for action, api in BY_NAME.items() for one in api.parameters}
    assert unenforced.PARAMETERS.keys() <= names


def test_every_published_code_happens_by_name() -> None:
    """A fault with an API and a code makes it happen, with the published status."""
    for row in ERRORS:
        for api in [row["api"]] if row["api"] in BY_NAME else []:
            faults = Faults()
            faults.add({"do": "error", "service": "cloud", "api": api, "code": row["code"]})
            (rule,) = faults.pick("cloud", api, "")
            statuses = {entry[0] for entry in _codes(api) if entry[1] == row["code"]}
            assert str(rule.status) in statuses, f"{api} {row['code']}"


@pytest.mark.parametrize(
    ("api", "code", "status"),
    [
        ("AllocateEipAddress", "PAY.INSUFFICIENT_BALANCE", 400),
        ("AllocateEipAddress", "FUWU_BIZ_COMMODITY_VERIFY_FAIL", 404),
        ("AllocateEipAddress", "OperationConflict", 409),
        ("AllocateEipAddress", "Forbidden.RiskControl", 403),
        ("AllocateEipAddress", "LastTokenProcessing", 400),
        ("DescribeEipAddresses", "ServiceUnavailable", 503),
    ],
)
def test_a_fault_by_name_answers_over_http(
    refusal: Callable[..., tuple[int, str]], faults: Faults, api: str, code: str, status: int
) -> None:
    """The SDK sees the code with the status that is published for it."""
    faults.add({"do": "error", "api": api, "code": code})
    assert refusal("Vpc", api) == (status, code)


def test_a_template_stands_for_its_codes() -> None:
    """Of a code that is published with %s any text in its place is one."""
    found = published("ReleaseEipAddress", "Mismatch.RegionIdAndAllocationId")
    assert found is not None
    assert (found.status, found.meaning) == (400, "this-parameter")


def test_a_code_that_is_not_published_needs_a_status() -> None:
    """So that nobody proves something against a refusal that the API doesn't have."""
    wrong: dict[str, Any] = {"do": "error", "api": "ReleaseEipAddress", "code": "InvalidResourceId.NotFound"}
    with pytest.raises(ValueError, match=r"InvalidResourceId\.NotFound is not published for ReleaseEipAddress"):
        Faults().add(wrong)
    Faults().add({**wrong, "status": 404})
