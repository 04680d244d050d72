"""Command lines that are wrong by themselves."""

from __future__ import annotations

import os

from tests.contract.bad_input.world import ANNOTATE, BIND, SETUP, STATUS, Break, Case, World, nothing, setting

PRUNE = (*BIND, "--prune")


def wrong(name: str, words: tuple[str, ...], says: str, hint: str = "--help", breaks: Break = nothing) -> Case:
    """One that ends as wrong usage."""
    return Case(name, words, 2, says, hint, breaks)


def pipe(world: World, _environ: dict[str, str]) -> None:
    """As /dev/null and such: replacing it would harm others."""
    os.mkfifo(world.home / "pipe")


NUMBERS = (
    wrong("negative number", (*BIND, "--max-allocate", "-1"), "--max-allocate: it should be greater than"),
    wrong("word for a number", (*BIND, "--max-release", "many"), "--max-release: it should be a valid integer"),
    wrong("fraction for a number", (*BIND, "--eip-quota", "1.5"), "--eip-quota: it should be a valid integer"),
    wrong("number of 5,000 digits", (*BIND, "--max-per-namespace", "9" * 5000), "exceeded maximum size"),
    wrong("negative budget", (*BIND, "--budget", "-0.01"), "--budget: it should be greater than"),
    wrong("budget that is no number", (*BIND, "--budget", "nan"), "--budget"),
    *(
        wrong(f"speed {speed}", ("sandbox", "up", "--dir", "sandbox", "--speed", speed), "--speed")
        for speed in ("nan", "inf", "0", "-1", "fast")
    ),
    wrong("no concurrency", (*BIND, "--concurrency", "0"), "--concurrency: it should be greater than"),
    wrong("too much concurrency", (*BIND, "--concurrency", "65"), "less than or equal to 64"),
    wrong("wrong API limit", (*BIND, "--api-limit", "AllocateEipAddress=many"), "not a valid API limit", "120/60"),
    wrong("API limit of nothing", (*BIND, "--api-limit", "all=0/60"), "'all=0/60' is not a valid API limit", "120/60"),
    wrong("API limit in no time", (*BIND, "--api-limit", "all=5/0"), "'all=5/0' is not a valid API limit", "120/60"),
    wrong("limit of an unknown API", (*BIND, "--api-limit", "Allocate=5/60"), "an API named 'Allocate'", "AllocateEip"),
    wrong("no node at a time", (*SETUP, "--max-unavailable", "0"), "'0' is neither a number", "25%"),
    wrong("more than all nodes", (*SETUP, "--max-unavailable", "200%"), "'200%' is neither a number", "25%"),
    wrong("half of the nodes in words", ("teardown", "--yes", "--max-unavailable", "half"), "'half'", "25%"),
)

DURATIONS = (
    wrong("wrong duration", (*PRUNE, "--grace", "soon"), "duration"),
    wrong("negative duration", (*PRUNE, "--grace=-5m"), "--grace: a duration"),
    wrong("longer than Go counts", (*PRUNE, "--grace", "9999999999h"), "--grace: a duration"),
    wrong("duration in other digits", (*BIND, "--timeout", "٥m"), "--timeout"),
    wrong("timeout without a unit", (*BIND, "--timeout", "5"), "duration"),
    wrong("timeout of nothing", (*BIND, "--timeout", "0s"), "longer than zero"),
    wrong("wrong timeout in a variable", BIND, "EIPCTL_TIMEOUT", breaks=setting(EIPCTL_TIMEOUT="soon")),
    wrong("no time to restart", (*SETUP, "--restart-timeout", "0s"), "longer than zero"),
    wrong("wrong lock timeout", (*BIND, "--lock-timeout", "x"), "--lock-timeout: a duration"),
    wrong("wrong wait", ("check", "--wait", "later"), "--wait: a duration"),
)

EMPTY = tuple(
    wrong(f"empty {option} of {words[0]}", (*words, option, ""), f"{option} is empty", "unset")
    for words, option in (
        (BIND, "--kubeconfig"),
        (BIND, "--context"),
        (SETUP, "--profile"),
        (STATUS, "--region"),
        (("bind", "--yes"), "--namespace"),
        (BIND, "--selector"),
        (BIND, "--cluster-id"),
        (BIND, "--out"),
        (SETUP, "--audit-log"),
        (BIND, "--metrics-file"),
        (SETUP, "--role"),
        (SETUP, "--edit-policy"),
        (BIND, "--endpoint-url"),
        (ANNOTATE, "--instance-id"),
    )
)

EXCLUSIVE = (
    wrong("one namespace and all", (*BIND, "-n", "default"), "--namespace and --all-namespaces", "omit one"),
    wrong("one namespace and all, status", (*STATUS, "-n", "a"), "--namespace and --all-namespaces", "omit one"),
    wrong("some nodes and all", (*SETUP, "--max-unavailable", "2", "--all-at-once"), "can't be used together", "one"),
    wrong("orphans and all", ("release", "--orphans", "--all", "--yes"), "--orphans and --all", "omit one"),
    wrong("one EIP and all", ("release", "eip-bp1abc", "--all", "--yes"), "and --all can't be used", "omit one"),
    wrong("before setup and for bind", ("check", "--pre", "--for", "bind"), "--pre and --for", "omit one"),
    wrong("prune with a selector", (*PRUNE, "-l", "app=web"), "--prune", "selector"),
    wrong("exit code of a run", (*BIND, "--exit-code"), "--exit-code", "--dry-run"),
    wrong("undo of orphans", ("release", "--undo", "--orphans", "--yes"), "--undo recovers one EIP", "pod/web-0"),
    wrong(
        "options before a subcommand",
        ("setup", "--yes", "ram"),
        "--yes before ram would be ignored",
        "after the subcommand",
    ),
)

NAMES = (
    wrong("impossible namespace", ("bind", "-n", "Web Shop", "--yes"), "'Web Shop' is not a valid namespace"),
    wrong(
        "impossible namespace of two", ("annotate", "--list", "-n", "a", "-n", "b_c"), "'b_c' is not a valid namespace"
    ),
    wrong("impossible name", ("manifest", "rbac", "--name", "My Job"), "'My Job' is not a valid role name"),
    wrong("impossible schedule", ("manifest", "cronjob", "--schedule", "daily"), "'daily' is not a valid schedule"),
    wrong("schedule in words", ("manifest", "cronjob", "--schedule", "@often"), "'@often' is not a valid schedule"),
    wrong("name of 53 letters", ("manifest", "cronjob", "--name", "a" * 53), "at most 52"),
    wrong("role that is a path", ("manifest", "rbac", "--name", ".."), "'..' is not a valid role name"),
    wrong("rights of apply", ("manifest", "rbac", "--for", "apply"), "apply has no rights of its own", "made its plan"),
    wrong(
        "image with a command", ("manifest", "dockerfile", "--image", "a; rm b"), "'a; rm b' is not a valid image name"
    ),
    wrong("impossible Secret", ("manifest", "cronjob", "--secret", "My Key"), "'My Key' is not a valid Secret name"),
    wrong("impossible RAM role", ("manifest", "cronjob", "--ram-role", "a b"), "'a b' is not a valid RAM role name"),
    wrong("no time for a run", ("manifest", "cronjob", "--deadline", "0s"), "longer than zero"),
    wrong("unknown state", (*STATUS, "--state", "Lost"), "'lost' is not a state", "Bound"),
    wrong("watch that ends", (*STATUS, "--watch", "--exit-code"), "--watch does not end", "-o"),
    wrong("history without a log", ("history",), "none is named", "--audit-log"),
    wrong("history of nothing", ("history", "--audit-log", "nowhere"), "nowhere can't be read", "--audit-log"),
    wrong(
        "path for a namespace", ("bind", "-n", "../kube-system", "--yes"), "'../kube-system' is not a valid namespace"
    ),
    wrong("impossible cluster id", (*BIND, "--cluster-id", "my cluster"), "'my cluster' is not a valid cluster ID"),
    wrong("impossible region", (*BIND, "--region", "Hang Zhou"), "'Hang Zhou'", "cn-hangzhou"),
    wrong("unknown region", (*BIND, "--region", "cn-nowhere"), "RegionNotFound", "--region"),
    wrong("wrong selector", (*BIND, "-l", "a in b"), "'a in b'", "kubectl"),
    wrong("selector of nothing", (*STATUS, "-l", "="), "'='", "kubectl"),
    wrong("unknown field", (*BIND, "--field-selector", "spec.nothing=1"), "spec.nothing", "kubectl"),
    wrong("unknown guard", (*BIND, "--force", "everything"), "'everything'", "max-allocate"),
    wrong("unknown guard of release", ("release", "--orphans", "--force", "all", "--yes"), "'all'", "never"),
    wrong("unknown extra", (*SETUP, "--with", "everything"), "'everything' is not one of"),
    wrong("unknown code", ("explain", "EIP999"), "EIP999 is not a code", "eipctl explain"),
    wrong("unknown code to check", ("check", "--code", "nonsense"), "nonsense is not a code", "eipctl explain"),
    wrong("rights for an unknown command", ("check", "--for", "binds"), "binds has no rights of its own", "release"),
    wrong("nothing to release", ("release", "--yes"), "nothing to release was named", "--orphans"),
    wrong("name that is no EIP", ("release", "web", "--yes"), "'web' is not a Pod", "pod/NAME"),
    wrong("name of too many parts", ("release", "pod/a/b/c", "--yes"), "'pod/a/b/c' is not a Pod", "pod/NAME"),
    wrong("Pod of no name", ("release", "pod/", "--yes"), "'pod/' is not a Pod", "pod/NAME"),
    wrong("Pod of any namespace", ("release", "po/web", "-A", "--yes"), "po/web needs its", "pod/NAMESPACE/web"),
    wrong("impossible address", ("release", "999.1.2.3", "--yes"), "'999.1.2.3' is not a Pod", "47.1.2.3"),
    wrong("undo of no EIP", ("release", "--undo", "web", "--yes"), "'web' is not a Pod", "eip-bp1abc"),
    wrong("undo of two", ("release", "--undo", "eip-a", "eip-b", "--yes"), "--undo takes one EIP", "pod/web-0"),
    Case("unknown EIP", ("release", "eip-bp1nobody", "--yes"), 1, "no EIP eip-bp1nobody", "eipctl status"),
    Case("Pod without an EIP", ("release", "pod/nobody", "--yes"), 1, "Pod default/nobody has no EIP", "status"),
)

MARKUP = (
    wrong("markup in a context", (*BIND, "--context", "[/nginx]"), "no context '[/nginx]'", "eipctl-sandbox"),
    wrong("markup in a namespace", ("bind", "-n", "[red]", "--yes"), "'[red]' is not a valid namespace"),
    wrong("escape sequence", (*BIND, "--context", "\x1b[2Jprod"), r"'\x1b[2Jprod' contains control", "garbled"),
    wrong(
        "forged second line", (*SETUP, "--role", "a\nerror[EIP000]: b"), r"'a\nerror[EIP000]: b' contains", "garbled"
    ),
    wrong("argument that is not UTF-8", (*BIND, "-l", "a=\udcff"), r"'a=\udcff'", "garbled"),
    wrong("command that is not UTF-8", ("\udcfe",), r"'\udcfe'", "garbled"),
    wrong("variable that is not UTF-8", BIND, "EIPCTL_PROFILE", "garbled", setting(EIPCTL_PROFILE="\udcff")),
)

FILES = (
    wrong("plan into no folder", (*BIND, "--out", "nowhere/plan.json"), "nowhere/plan.json: No such file", "--out"),
    wrong("plan into a folder itself", (*BIND, "--out", "."), "Is a directory", "--out"),
    wrong("plan into a pipe", (*BIND, "--out", "pipe"), "not a regular file", "--out", pipe),
    wrong("metrics into a pipe", (*BIND, "--metrics-file", "pipe"), "not a regular file", "--metrics-file", pipe),
    wrong("prices from nowhere", (*BIND, "--price-file", "nowhere.yaml"), "nowhere.yaml", "EIP915"),
    wrong("metrics into no folder", (*BIND, "--metrics-file", "nowhere/x.prom"), "nowhere/x.prom", "--metrics-file"),
    wrong("audit log in no folder", (*SETUP, "--audit-log", "nowhere/log"), "nowhere/log", "--audit-log"),
    wrong("audit log is a folder", (*SETUP, "--audit-log", "."), "audit log", "--audit-log"),
)

GRAMMAR = (
    wrong("unknown command", ("binds",), "'binds'", "eipctl --help"),
    wrong("unknown step", ("setup", "rams", "--yes"), "'rams'", "eipctl setup --help"),
    wrong("unknown option", (*BIND, "--everything"), "--everything"),
    wrong("option without a value", (*BIND, "--grace"), "--grace needs a value", "eipctl bind --help"),
    wrong("one word too many", ("bind", "extra", "--yes"), "unexpected argument: extra", "eipctl bind --help"),
    wrong("unknown colour", (*BIND, "--color", "pink"), "'pink'"),
    wrong("unclear yes in a variable", ("bind", "-A"), "EIPCTL_YES", breaks=setting(EIPCTL_YES="perhaps")),
    Case("unknown output", (*BIND, "-o", "xml"), 2, "xml", "--help", formless=True),
    Case("unknown output in a variable", BIND, 2, "xml", "--help", setting(EIPCTL_OUTPUT="xml"), formless=True),
    wrong("no terminal", ("bind", "-A"), "no terminal", "--yes"),
    wrong("no terminal, setup", ("setup",), "no terminal", "--yes"),
    wrong("nothing to annotate", ("annotate", "--eip", "--yes"), "-l", "eipctl annotate deployment/web"),
    wrong("no annotation asked for", ("annotate", "deployment/web", "--yes"), "nothing to annotate", "--remove"),
)

CASES = (*NUMBERS, *DURATIONS, *EMPTY, *EXCLUSIVE, *NAMES, *MARKUP, *FILES, *GRAMMAR)
