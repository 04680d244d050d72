"""The stories of Pods as people read them."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from eipctl.base.text import cause_of, first_few
from eipctl.domain.cost import amount
from eipctl.output.console import Line, Style, plain
from eipctl.output.pasted import aimed
from eipctl.output.states import SIGNS, STYLES
from eipctl.planners.status.report import Manager, PodState
from eipctl.planners.status.story import DELETED, well

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from eipctl.planners.status.story import Story, StoryEip

IN_FULL = 5
"""Pods that are shown in full; each other Pod gets one line."""
_SERVES: dict[Manager | None, str] = {
    Manager.EIPCTL: "eipctl bind",
    Manager.TERWAY: "Terway, for new Pods",
    Manager.ACK_EXTEND: "ack-extend-network-controller",
}
_WANTED = {"auto": "an EIP of its own", "invalid": "something with an invalid value", None: "no EIP"}
_WIDTH = 12


def story_lines(stories: Sequence[Story], currency: str, width: int | None = None) -> list[Line]:
    """In full for the first few, which are the worst; Pods of a workload with one cause once, the others a line.

    `width` is that of a screen: what does not fit goes on below itself.
    """
    alike: dict[tuple[object, ...], list[Story]] = {}
    for story in stories:
        shared = (story.namespace, story.workload, story.state, cause_of(story.reason))
        alike.setdefault((story.uid,) if story.eips else shared, []).append(story)
    groups = list(alike.values())
    lines: list[Line] = []
    for group in groups[:IN_FULL]:
        lines += [plain("")] if lines else []
        lines += [_head(group[0]), *_body(group[0], currency, width), *_others(group[1:])]
    rest = [story for group in groups[IN_FULL:] for story in group]
    if rest:
        lines += [plain(""), plain(f"{len(rest)} more; for details: eipctl status pod/NAME, or -o json")]
        lines += [_head(story, more=f"  {story.reason}" if story.reason else "") for story in rest]
    return lines


def _others(stories: Sequence[Story]) -> list[Line]:
    """Pods with the same workload, state and cause."""
    if not stories:
        return []
    names = first_few([story.name for story in stories], 3)
    return [((f"  {'also':<{_WIDTH}}", Style.QUIET), (f"{len(stories)} more Pods: {names}", Style.PLAIN))]


def _head(story: Story, more: str = "") -> Line:
    known = {state.value: state for state in PodState}
    state = known.get(story.state)
    other = "deleted" if story.state == DELETED else "asks for no EIP"
    sign = f"{SIGNS[state]} {state.value}" if state else f"- {other}"
    return (
        (story.object, Style.TITLE),
        ("  ", Style.PLAIN),
        (sign, STYLES[state] if state else Style.CAUTION if story.state == DELETED else Style.QUIET),
        (more, Style.PLAIN),
    )


def _asks_for(wanted: str | None) -> str:
    pool = (wanted or "").removeprefix("pool/")
    return _WANTED.get(wanted) or (f"an EIP of pool {pool}" if pool != wanted else f"the EIP {wanted}")


def _body(story: Story, currency: str, width: int | None) -> Iterator[Line]:
    part_of = story.workload if not story.workload.startswith("Pod/") else ""
    rows: list[tuple[str, str]] = [
        ("why", story.reason or ("the Pod is in the desired state" if well(story) else "")),
        ("part of", part_of),
        ("asks for", "" if story.state == DELETED else _asks_for(story.wanted)),
        *(("", f'{key}: "{value}"') for key, value in story.asks),
        ("served by", _SERVES.get(story.served_by, "")),
        ("place", _place(story)),
        *(("EIP", _eip(held)) for held in story.eips),
        ("costs", f"{amount(story.per_month, currency)} a month without traffic" if story.eips else ""),
        *(
            ("" if number else "history", f"{past.when}  {past.source}: {past.what}")
            for number, past in enumerate(story.past)
        ),
    ]
    for name, value in rows:
        if value:
            yield from _row(name, value, width)
    if story.next:
        yield ((f"  {'do':<{_WIDTH}}", Style.QUIET), (aimed(story.next), Style.COMMAND))


def _row(name: str, value: str, width: int | None) -> Iterator[Line]:
    room = max(20, (width or 10_000) - _WIDTH - 2)
    for part in textwrap.wrap(value, room, break_long_words=False, break_on_hyphens=False, replace_whitespace=False):
        yield ((f"  {name:<{_WIDTH}}", Style.QUIET), (part, Style.COMMAND))
        name = ""


def _place(story: Story) -> str:
    parts = (story.private_ip, f"on {story.eni_id}" if story.eni_id else "", f"node {story.node}" if story.node else "")
    return ", ".join(filter(None, parts))


def _eip(held: StoryEip) -> str:
    eip = held.eip
    kind = "" if eip.internet_charge_type == "PayByTraffic" else f" {eip.internet_charge_type}"
    target = " ".join(filter(None, (eip.instance_id, eip.private_ip)))
    where = f"bound to {target}" if eip.bound else "bound to nothing"
    left = "left behind, " if held.how == "left" else ""
    return f"{eip.address}  {eip.allocation_id}  {eip.bandwidth} Mbit/s{kind}, {left}{where}"
