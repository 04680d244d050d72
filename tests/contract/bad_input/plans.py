"""Saved plans that are none, are not whole, or are for another world."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.contract.bad_input.world import Break, Case, World

if TYPE_CHECKING:
    from collections.abc import Callable

APPLY = ("apply", "plan.json", "--yes")
SCHEMA = "eipctl.plan/v1"
WHOLE = {
    "schema": SCHEMA,
    "command": "bind",
    "made_at": "2026-01-01T00:00:00+00:00",
    "target": {"cluster": "c7c3f2a1d8e94b6a9f0b5d2e4c6a8b013"},
    "options": {},
    "fingerprint": "0",
    "actions": [],
    "skipped": [],
}


def file(content: str | bytes) -> Break:
    """Have this for a plan."""

    def put(world: World, _environ: dict[str, str]) -> None:
        world.write("plan.json", content)

    return put


def whole(**parts: object) -> Break:
    """Have a plan with these parts."""
    return file(json.dumps({**WHOLE, **parts}))


def without(part: str) -> Break:
    """Have a plan without this part."""
    return file(json.dumps({name: value for name, value in WHOLE.items() if name != part}))


def edited(edit: Callable[[Any], object]) -> Break:
    """Have the plan of a setup with this done to it."""

    def put(world: World, environ: dict[str, str]) -> None:
        assert world.run(("setup", "--out", "plan.json"), {**environ, "EIPCTL_OUTPUT": "json"}).code == 0
        path = world.home / "plan.json"
        content = json.loads(path.read_text("utf-8"))
        edit(content)
        path.write_text(json.dumps(content), "utf-8")

    return put


def wrong(name: str, breaks: Break, says: str, hint: str = "plan again") -> Case:
    """One that is no plan of this version."""
    return Case(name, APPLY, 2, says, hint, breaks)


CASES = (
    Case("no plan", APPLY, 2, "plan.json can't be read: No such file", "--out"),
    Case("plan that is a folder", ("apply", ".", "--yes"), 2, "can't be read: Is a directory", "--out"),
    Case(
        "empty plan on stdin", ("apply", "-", "--yes"), 2, "it is not a saved plan: Input data was truncated", "again"
    ),
    Case("plan without an end", ("apply", "/dev/zero", "--yes"), 2, "/dev/zero can't be read: it is longer", "--out"),
    wrong("plan that is no text", file(b"\xff\xfe\x00"), "it is not a text file", "--out"),
    wrong("empty plan", file(""), "it is not a saved plan: Input data was truncated"),
    wrong("plan that is cut off", file(json.dumps(WHOLE)[:60]), "it is not a saved plan: Input data was truncated"),
    wrong("plan in YAML", file("schema: eipctl.plan/v1"), "it is not a saved plan: JSON is malformed"),
    wrong("plan that is a list", file("[]"), "Expected `object`, got `array`"),
    wrong("plan of 100,000 brackets", file("[" * 100_000), "it is not a saved plan"),
    wrong("plan of nobody", file("{}"), "missing required field `schema`"),
    wrong("plan of another version", whole(schema="eipctl.plan/v9"), "its schema is 'eipctl.plan/v9'"),
    wrong("answer for a plan", whole(schema="eipctl.bind/v1"), "its schema is 'eipctl.bind/v1'"),
    wrong("plan without its Actions", without("actions"), "missing required field `actions`"),
    wrong("plan with an Action of no object", whole(actions=[{"verb": "tag"}]), "$.actions[0] has no object"),
    wrong("plan with an Action of a list", whole(actions=[{"verb": "tag", "object": ["a"]}]), "[0] has no object"),
    wrong("plan with an Action of no verb", whole(actions=[{"object": "a", "verb": {}}]), "$.actions[0] has no verb"),
    wrong("plan without its target", whole(target=None), "got `null` - at `$.target`"),
    wrong("plan with words for Actions", whole(actions=["allocate"]), "got `str` - at `$.actions[0]`"),
    wrong("plan of an unknown command", whole(command="dance"), "command 'dance', which this version doesn't know"),
    wrong("plan with wrong options", edited(lambda plan: plan["options"].update(all_at_once="yes")), "`$.all_at_once`"),
    wrong(
        "plan with steps of nobody", edited(lambda plan: plan["options"].update(steps=["dance"])), "a step that does"
    ),
    wrong(
        "plan with less than no time", edited(lambda plan: plan["options"].update(restart_timeout=-1)), "can't be -1"
    ),
    wrong("plan with guards of nobody", whole(options={"force": ["all"]}), "names a guard that does not exist: 'all'"),
    wrong("plan with a limit below nothing", whole(options={"max_release": -5}), "max-release can't be -5"),
    wrong("plan with less than no grace", whole(options={"grace": -1.0}), "grace can't be -1.0"),
    wrong("plan with no namespace", whole(options={"namespaces": ["A B"]}), "namespaces can't be 'A B'"),
    wrong("plan with a cluster id of nobody", whole(options={"cluster_id": "a/b"}), "cluster-id can't be 'a/b'"),
    Case(
        "plan for another cluster", APPLY, 5, "is for cluster c-other", "context", whole(target={"cluster": "c-other"})
    ),
    Case(
        "plan for another account",
        APPLY,
        5,
        "is for account 9, but this is 1234567890123456",
        "profile",
        edited(lambda plan: plan["target"].update(account="9")),
    ),
    Case(
        "plan with another Action",
        APPLY,
        5,
        "the cluster or the account has changed since plan.json was saved: policy/eipctl-terway-eip",
        "plan again",
        edited(lambda plan: plan["actions"][0].update(verb="destroy")),
    ),
)
