"""What `eipctl report` writes, as text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from eipctl.commands.report.fleet import ClusterReport, FleetReport
from eipctl.output.report.render import render_html, render_markdown
from eipctl.output.report.view import view_of
from tests.report import fleets

ESCAPED = "\\<img src=x onerror=window.injected=1\\>\\</script\\>\\<!--\\|\\`\\*\\_\\[a\\](b)\N{REPLACEMENT CHARACTER}"


def part(text: str, tag: str) -> str:
    """The content of the only element that begins so."""
    (found,) = re.findall(rf"<{tag}>(.*?)</{tag.split()[0]}>", text, re.DOTALL)
    return str(found)


@pytest.mark.parametrize("tag", ["script", "style"])
def test_the_policy_names_what_the_page_holds(tag: str) -> None:
    """By the hash of each byte between the tags."""
    text = render_html(fleets.fleet(4, 1), named=True)
    digest = base64.b64encode(hashlib.sha256(part(text, tag).encode()).digest()).decode()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="(.*?)"', text)
    assert f"{tag}-src &#39;sha256-{digest}&#39;" in policy.replace("'", "&#39;")
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy


def test_the_page_names_no_other_place() -> None:
    """No address of the web, no event handler, no style in an attribute."""
    text = render_html(fleets.fleet(), named=True)
    assert re.findall(r"(?:https?:)?//[a-z]", text) == []
    assert re.findall(r"<[^>]* (?:on\w+|style)=", text) == []


def test_no_text_ends_the_data() -> None:
    """And the data is what the view says, without characters that hide or turn text."""
    text = render_html(fleets.hostile(), named=True)
    data = part(text, 'script type="application/json" id="data"')
    assert "<" not in data
    pods = json.loads(data)["pods"]
    assert pods == view_of(fleets.hostile(), named=True)["pods"]
    assert fleets.MARKUP.replace("\u202e", "\N{REPLACEMENT CHARACTER}") in {pod[2] for pod in pods}


def test_problems_are_sorted_by_level_across_clusters_and_name_their_context() -> None:
    """Each command leads to the cluster that it is for; without --context it leads where the report was made."""
    problems = view_of(fleets.fleet(), named=True)["problems"]
    levels = [problem["level"] for problem in problems]
    assert levels == sorted(levels, key=["error", "warning", "info"].index)
    fixes = {(problem["cluster"], problem["fix"]) for problem in problems if problem["code"] == "EIP507"}
    assert fixes == {("hangzhou", "eipctl bind --context hangzhou -A"), ("beijing", "eipctl bind --context beijing -A")}
    (hint,) = {problem["detail"] for problem in problems if problem["code"] == "EIP102"}
    assert "kubectl --context shanghai cluster-info" in hint
    plain = view_of(fleets.fleet(), named=False)["problems"]
    assert {problem["fix"] for problem in plain if problem["code"] == "EIP507"} == {"eipctl bind -A"}


def test_money_is_told_by_namespace_and_workload_up_to_twelve() -> None:
    """The dearest first; what is left adds up with them to the sum."""
    found = view_of(fleets.fleet(300, 0, unreachable=False), named=False)
    for group in found["money"]:
        amounts = [float(bar["amount"].replace(",", "")) for bar in group["bars"]]
        assert amounts == sorted(amounts, reverse=True)
        total = float(found["total"]["per_month"].replace(",", ""))
        assert sum(amounts) + float(group["rest"].replace(",", "")) == pytest.approx(total)
        assert group["bars"][0]["share"] == 100.0


def test_orphans_are_told_by_age() -> None:
    """Oldest first in the list, and each in one group."""
    found = view_of(fleets.fleet(10, 0, orphans=12), named=False)
    ages = [row[6] for row in found["orphans"]]
    assert ages == sorted(ages, reverse=True)
    assert [age["count"] for age in found["ages"]] == [1, 3, 4, 4, 0]


def test_sums_are_those_of_the_prices_and_not_of_their_roundings() -> None:
    """Three EIPs for 2.263 a month are 6.79, by age and as what is idle."""
    orphans = [replace(fleets.orphan_row(0), per_month=2.263) for _ in range(3)]
    cluster = ClusterReport(context="here", status=fleets.status([], orphans))
    found = view_of(FleetReport(generated=fleets.NOW, clusters=(cluster,)), named=False)
    assert (found["ages"][0]["amount"], found["total"]["wasted"], found["total"]["per_month"]) == ("6.79",) * 3


def test_long_histories_are_cut_and_say_so() -> None:
    """The newest runs; the days of all."""
    found = view_of(fleets.fleet(1, 0, past=250), named=False)
    assert (len(found["runs"]), found["runs_left_out"]) == (200, 50)
    assert len(found["days"]) == 60
    assert sum(day["runs"] for day in found["days"]) == 250


def test_a_report_without_anything_is_a_report() -> None:
    """No Pod, no orphan, no audit log."""
    empty = fleets.fleet(0, 0, 0, unreachable=False, past=0)
    assert "No Pod asks for an EIP or has one." in render_html(empty, named=False)
    assert "Nothing." in render_markdown(empty, named=False)
    assert 'id="runs"' not in render_html(empty, named=False)


def test_markdown_has_the_same_figures() -> None:
    """Clusters, problems with their commands, money, Pods that are not Bound, runs."""
    text = render_markdown(fleets.fleet(), named=True)
    assert "| hangzhou | 400 | 4 | 4 | 5 | 4 | 383 | 9 | 3 | 0 | 5,825.40 | 175.20 |" in text
    assert "  ```sh\n  eipctl bind --context hangzhou -A\n  ```\n" in text
    assert "| Conflict | edge/relay-217 |" in text
    assert "| partners | hangzhou | 2 | 1 | 1 | 1 | 29.20 |" in text
    assert "| 2026-11-30 11:00:00 | bind |" in text


def test_names_that_are_markup_stay_text_in_markdown() -> None:
    """Each character that means something is escaped, but in blocks of commands, which nothing in them ends."""
    text = render_markdown(fleets.hostile(), named=True)
    outside = re.sub(r"^  (`{3,})sh\n[^\n]*\n  \1$", "", text, flags=re.MULTILINE)
    assert outside.count(ESCAPED) > 10
    assert "onerror=window" not in outside.replace(ESCAPED, "")
    assert re.findall(r"(?<!\\)[<>|`](?=img|/|script)", outside) == []


def test_pools_have_a_section_where_there_are_any() -> None:
    """With the cluster, and what the EIPs cost their owner."""
    (found,) = view_of(fleets.fleet(), named=False)["pools"]
    assert (found["cluster"], found["name"], found["size"], found["waiting"]) == ("hangzhou", "partners", 2, 1)
    assert 'id="pools"' in render_html(fleets.fleet(), named=False)
    alone = ClusterReport(context="alone", cluster_id="c1", status=fleets.status([], []))
    bare = FleetReport(generated=fleets.NOW, clusters=(alone,), runs=None)
    assert 'id="pools"' not in render_html(bare, named=False)
