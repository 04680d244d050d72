"""What a report shows, whatever its format: plain values, made from the data of `status`, its findings and the runs."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from eipctl import __version__
from eipctl.output.console import printable
from eipctl.output.pasted import aimed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from eipctl.commands.history import PastRun
    from eipctl.commands.report.fleet import ClusterReport, FleetReport
    from eipctl.planners.status.leftovers import OrphanRow

STATES = ("Misplaced", "Conflict", "Drifted", "Pending", "Unknown", "Ineligible", "Bound")
"""Worst first."""
BARS = 12
"""Namespaces or workloads with a bar of their own."""
RUNS, ACTIONS = 200, 200
"""The newest runs, and Actions of each, that the page holds; `eipctl history` has the others."""
DAYS = 60
AGES = (
    ("under 1 hour", 3600.0),
    ("1 hour to 1 day", 86400.0),
    ("1 to 7 days", 7 * 86400.0),
    ("7 to 30 days", 30 * 86400.0),
    ("over 30 days", float("inf")),
)
"""Of orphaned EIPs: up to so many seconds."""
PodData = dict[str, Any]


def view_of(report: FleetReport, *, named: bool) -> dict[str, Any]:
    """The values of both templates; `named` when commands to paste have to name their cluster's context."""
    clusters = [_Cluster(cluster, report.namespaces, named=named) for cluster in report.clusters]
    read = [cluster for cluster in clusters if cluster.data]
    currency = next((cluster.cost["currency"] for cluster in read), "")
    sums = sum((cluster.states for cluster in read), Counter[str]())
    known = [*STATES[:-1], *sorted(sums.keys() - set(STATES)), STATES[-1]]
    states = [state for state in known if sums[state] or state == STATES[-1]]
    found = {
        "version": __version__,
        "generated": report.generated.strftime("%Y-%m-%d %H:%M:%S UTC"),
        "currency": currency,
        "prices": ", ".join(dict.fromkeys(cluster.cost["prices"] for cluster in read if cluster.cost["prices"])),
        "several": len(clusters) > 1,
        "namespaces": list(report.namespaces or ()),
        "states": states,
        "clusters": [cluster.glance(states) for cluster in clusters],
        "total": _total(read, states),
        "problems": _problems(clusters),
        "money": _groups(read),
        "ages": _ages(read),
        "orphans": [row for cluster in read for row in cluster.orphans()],
        "pools": [row for cluster in read for row in cluster.pools()],
        "pods": [row for cluster in read for row in cluster.pods(states)],
        "days": _days(report),
        "runs": None if report.runs is None else [_run(run) for run in report.runs[:RUNS]],
        "runs_left_out": max(0, len(report.runs or ()) - RUNS),
        "broken": list(report.broken),
    }
    cleaned: dict[str, Any] = _clean(found)
    return cleaned


class _Cluster:
    """A cluster with its status as `status -o json` has it."""

    def __init__(self, cluster: ClusterReport, namespaces: Sequence[str] | None, *, named: bool) -> None:
        self._cluster, self.name = cluster, cluster.context
        self._scope = "-A" if namespaces is None else " ".join(f"-n {name}" for name in namespaces)
        self.context = cluster.context if named else ""
        self.data: Mapping[str, Any] = cluster.status.as_data() if cluster.status else {}
        self.cost: Mapping[str, Any] = self.data.get("cost", {})
        self.states = Counter[str](pod["state"] for pod in self.data.get("pods", ()))

    @property
    def left(self) -> tuple[OrphanRow, ...]:
        """Its orphaned EIPs; prices in `data` are rounded, and sums of these are not sums of the EIPs."""
        return self._cluster.status.orphans if self._cluster.status else ()

    def aimed(self, text: str) -> str:
        return aimed(text, self.context)

    def glance(self, states: list[str]) -> dict[str, Any]:
        error = self._cluster.error
        told = {
            "name": self.name,
            "id": self._cluster.cluster_id,
            "status": self.aimed(f"eipctl status {self._scope}"),
            "story": self.aimed("eipctl status"),
        }
        if error:
            return {**told, "error": error.message, "hint": self.aimed(error.hint), "code": error.code.value}
        summary = self.data["summary"]
        return {
            **told,
            "error": "",
            "pods": self.states.total(),
            "states": [self.states[state] for state in states],
            "orphans": summary["orphans"],
            "unbound": summary["unbound"],
            "kept": summary["kept"],
            "per_month": _money(self.cost["per_month"]),
            "wasted": _money(self.wasted),
            "warnings": list(self.data["warnings"]),
            "complete": self.data["complete"],
            "unpriced": list(self.cost["unpriced"]),
        }

    @property
    def wasted(self) -> float:
        """What orphans and EIPs that are not bound cost a month."""
        found = self._cluster.status
        unbound = [one.per_month for row in found.pods for one in row.idle] if found else []
        return sum((*unbound, *(row.per_month for row in self.left)))

    def problems(self) -> list[dict[str, str]]:
        error = self._cluster.error
        found = [finding.as_data() for finding in self._cluster.findings]
        if error:
            found = [
                {
                    "code": error.code.value,
                    "level": "error",
                    "title": error.message,
                    "detail": error.hint,
                    "fix": "",
                    "object": "",
                }
            ]
        return [
            {
                "cluster": self.name,
                "code": one["code"],
                "level": one["level"],
                "title": self.aimed(one["title"]),
                "detail": self.aimed(one["detail"]),
                "fix": self.aimed(one["fix"]),
            }
            for one in found
        ]

    def orphans(self) -> list[list[Any]]:
        """Oldest first: cluster, id, address, Pod, workload, since, age in seconds, price, reason."""
        rows = sorted(self.data["orphans"], key=lambda row: (-(row["age_seconds"] or 0), row["allocation_id"]))
        names = ("allocation_id", "eip_address", "pod", "workload", "since", "age_seconds", "cost_per_month", "reason")
        return [[self.name, *(row[name] for name in names)] for row in rows]

    def pools(self) -> list[dict[str, Any]]:
        """How much of each is used, and what its EIPs cost their owner."""
        names = ("name", "size", "used", "free")
        return [
            {
                "cluster": self.name,
                **{name: pool[name] for name in names},
                "waiting": len(pool["waiting"]),
                "amount": _money(pool["cost_per_month"]),
            }
            for pool in self.data["pools"]
        ]

    def pods(self, states: list[str]) -> list[list[Any]]:
        """Worst first, in the order of :data:`POD_FIELDS`."""
        order = {state: place for place, state in enumerate(states)}
        rows = sorted(self.data["pods"], key=lambda row: (order[row["state"]], row["namespace"], row["name"]))
        return [[self.name, *(row[name] for name in POD_FIELDS[1:])] for row in rows]


POD_FIELDS = (
    *("cluster", "namespace", "name", "state", "reason", "eip_address", "allocation_id", "bandwidth", "managed_by"),
    *("cost_per_month", "workload", "node", "private_ip", "eni_id", "wanted", "code", "uid"),
)
"""Of a row of the page, in this order."""


def _total(clusters: list[_Cluster], states: list[str]) -> dict[str, Any]:
    counts = sum((cluster.states for cluster in clusters), Counter[str]())
    summaries = [cluster.data["summary"] for cluster in clusters]
    return {
        "pods": counts.total(),
        "states": [counts[state] for state in states],
        "orphans": sum(summary["orphans"] for summary in summaries),
        "unbound": sum(summary["unbound"] for summary in summaries),
        "kept": sum(summary["kept"] for summary in summaries),
        "per_month": _money(sum(cluster.cost["per_month"] for cluster in clusters)),
        "wasted": _money(sum(cluster.wasted for cluster in clusters)),
    }


def _problems(clusters: list[_Cluster]) -> list[dict[str, str]]:
    """Of all clusters, worst first."""
    found = [problem for cluster in clusters for problem in cluster.problems()]
    return sorted(found, key=lambda problem: ("error", "warning", "info").index(problem["level"]))


def _groups(clusters: list[_Cluster]) -> list[dict[str, Any]]:
    """What namespaces and workloads cost."""
    found = []
    for title, key, names in (
        ("namespace", "namespaces", ("namespace",)),
        ("workload", "workloads", ("namespace", "workload")),
    ):
        rows = [
            (" / ".join(total[name] or "(none)" for name in names), cluster.name, total["per_month"])
            for cluster in clusters
            for total in cluster.data["totals"][key]
        ]
        found.append({"title": title, **_bars(rows)})
    return found


def _bars(rows: list[tuple[str, str, float]]) -> dict[str, Any]:
    """The dearest, each with its share of the dearest one in percent, and the sum of the others."""
    dearest = sorted((row for row in rows if row[2]), key=lambda row: (-row[2], row))
    top, rest = dearest[:BARS], dearest[BARS:]
    bars = [
        {"label": label, "cluster": cluster, "amount": _money(cost), "share": _share(cost, top[0][2])}
        for label, cluster, cost in top
    ]
    return {"bars": bars, "more": len(rest), "rest": _money(sum(cost for *_, cost in rest))}


def _ages(clusters: list[_Cluster]) -> list[dict[str, Any]]:
    """Orphaned EIPs by how long they have been orphaned."""
    counts, money = [0] * len(AGES), [0.0] * len(AGES)
    for cluster in clusters:
        for row in cluster.left:
            place = next(place for place, (_, most) in enumerate(AGES) if (row.age or 0) < most)
            counts[place] += 1
            money[place] += row.per_month
    return [
        {"label": label, "count": count, "amount": _money(cost), "share": _share(count, max(counts))}
        for (label, _), count, cost in zip(AGES, counts, money, strict=True)
    ]


def _money(value: float) -> str:
    """``1,234.50``."""
    return f"{value:,.2f}"


def _share(value: float, most: float) -> float:
    """Percent."""
    return round(100 * value / most, 1) if most else 0.0


def _days(report: FleetReport) -> list[dict[str, Any]]:
    """The last 30 or 60 days, oldest first: how many Actions were done, and how many were not."""
    days: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for run in report.runs or ():
        days[run.begun[:10]]["runs"] += 1
        for state, count in run.states.items():
            days[run.begun[:10]]["done" if state == "done" else "not"] += count
    shown = [(report.generated - timedelta(days=back)).strftime("%Y-%m-%d") for back in reversed(range(DAYS))]
    if not any(day in days for day in shown[: DAYS // 2]):
        shown = shown[DAYS // 2 :]
    most = max(days[day]["done"] + days[day]["not"] for day in shown)
    return [
        {
            "day": day,
            **{name: days[day][name] for name in ("runs", "done", "not")},
            "done_share": _share(days[day]["done"], most),
            "not_share": _share(days[day]["not"], most),
        }
        for day in shown
    ]


def _run(run: PastRun) -> dict[str, Any]:
    shown = run.actions[:ACTIONS]
    return {
        "id": run.id,
        "command": run.command,
        "begun": run.begun[:19].replace("T", " "),
        "seconds": _seconds(run),
        "states": [run.states[state] for state in ("done", "failed", "skipped", "interrupted")],
        "calls": run.cloud_calls,
        "actions": [
            [done.verb, done.object, done.allocation_id, done.state, done.error or done.reason] for done in shown
        ],
        "left_out": len(run.actions) - len(shown),
    }


def _seconds(run: PastRun) -> int | None:
    from datetime import datetime

    try:
        return round((datetime.fromisoformat(run.ended) - datetime.fromisoformat(run.begun)).total_seconds())
    except ValueError:
        return None


def _clean(value: Any) -> Any:
    """Without characters that a reader can't see and a renderer might obey."""
    if isinstance(value, str):
        return printable(value)
    if isinstance(value, dict):
        return {key: _clean(each) for key, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list) else value
