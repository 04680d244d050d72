"""Command lines that are wrong by themselves."""

from __future__ import annotations

from tests.contract.bad_input.world import BIND, Case

CASES = (
    Case("nothing to annotate", ("annotate", "--eip", "--yes"), 2, "-l", "eipctl annotate deployment/web"),
    Case("no annotation asked for", ("annotate", "deployment/web", "--yes"), 2, "nothing to annotate", "--remove"),
    Case("no terminal", ("bind", "-A"), 2, "no terminal", "--yes"),
    Case("options before a subcommand", ("setup", "--yes", "ram"), 2, "--yes before ram would be lost", "behind"),
    Case("no terminal, setup", ("setup",), 2, "no terminal", "--yes"),
    Case("unknown guard", (*BIND, "--force", "everything"), 2, "'everything'", "max-allocate"),
    Case("prune with a selector", (*BIND, "--prune", "-l", "app=web"), 2, "--prune", "selector"),
    Case("wrong selector", (*BIND, "-l", "a in b"), 2, "'a in b'", "kubectl"),
    Case("wrong duration", (*BIND, "--prune", "--grace", "soon"), 2, "duration", "--help"),
    Case("wrong timeout", (*BIND, "--timeout", "5"), 2, "duration", "--help"),
    Case("wrong API limit", (*BIND, "--api-limit", "AllocateEipAddress=many"), 2, "no API limit", "120/60"),
    Case("unknown option", (*BIND, "--everything"), 2, "--everything", "--help"),
    Case("unknown command", ("binds",), 2, "binds", "--help"),
    Case("unknown output", (*BIND, "-o", "xml"), 2, "xml", "--help"),
    Case("wrong number", (*BIND, "--max-allocate", "-1"), 2, "--max-allocate", "--help"),
)
