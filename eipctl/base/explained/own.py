"""EIP9xx: eipctl itself."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.INTERNAL: Explanation(
        "A bug in eipctl",
        "eipctl met a situation that it does not handle.",
        "Completed changes are valid; the next run continues from there.",
        "Run it again with -vv and report the traceback.",
    ),
    Code.INTERRUPTED: Explanation(
        "Stopped by a signal",
        "SIGINT or SIGTERM arrived; the run ended between two calls.",
        "No change is half-finished.",
        "Run the same command again: it continues where this one stopped.",
    ),
    Code.TIMEOUT: Explanation(
        "--timeout was reached",
        "The run ended between two calls when --timeout was reached.",
        "No change is half-finished.",
        "Run the same command again, or with a longer --timeout.",
    ),
    Code.NO_TERMINAL: Explanation(
        "Confirmation needs a terminal",
        "The command asks before it changes anything, but there is no terminal.",
        "A cron job would hang forever, so the run is refused.",
        "Add --yes to proceed, or --dry-run to see the plan only.",
    ),
    Code.USAGE: Explanation(
        "Invalid command line",
        "An option, a value or a combination of options is invalid; the message names it.",
        "Nothing was read or changed.",
        "See eipctl COMMAND --help.",
    ),
    Code.AUDIT_LOG: Explanation(
        "The audit log can't be written",
        "The file named by --audit-log can't be opened or written.",
        "Nothing is changed without a record.",
        "Free some space or choose another file; --audit-log - writes to stderr.",
    ),
    Code.SANDBOX: Explanation(
        "The sandbox is not running, or refused a request",
        "No sandbox answers in this folder, or it rejected the request.",
        "Most `eipctl sandbox` commands need a running sandbox.",
        "eipctl sandbox up",
    ),
    Code.PORT_IN_USE: Explanation(
        "The port is in use",
        "Another program listens on the port given by --port (sandbox) or --listen (bind --watch), or the address is "
        "not one of this host.",
        "The sandbox, or the run, did not start.",
        "Choose another port. Omit --port, or give --listen port 0, to use a free one.",
    ),
    Code.LOCK_HELD: Explanation(
        "Another run is in progress",
        "The Lease kube-system/eipctl is held by a run that renews it, or this run could not renew it in time.",
        "Two runs at once are harmless, but they double the calls.",
        "Run the command again when the other run has ended; bind waits for it with --lock-timeout 5m. The Lease of a "
        "dead run expires within 30 s. A run of bind --watch hands the Lease over to other commands within seconds.",
    ),
    Code.NOT_CONFIRMED: Explanation(
        "The plan was not confirmed",
        "The plan was shown and the confirmation declined.",
        "Nothing was changed.",
        "Run it again and answer y, or add --yes.",
    ),
    Code.PLAN_FILE: Explanation(
        "The plan file can't be used",
        "The file can't be read or written, is not a saved plan, or was saved by an unsupported version of eipctl.",
        "Nothing was changed.",
        "Save the plan again: the same command with --out FILE.",
    ),
    Code.STALE_PLAN: Explanation(
        "The cluster or the account has changed since the plan was saved",
        "An object that the plan changes is different now, or this is another cluster, account or region.",
        "A saved plan is carried out exactly or not at all, so the whole plan is refused.",
        "Save a new plan with the same command and --out FILE, review it and apply it.",
    ),
    Code.METRICS_FILE: Explanation(
        "The metrics can't be written",
        "The file named by --metrics-file, or its folder, can't be written.",
        "Before the run, nothing is changed; after it, completed changes stay in effect and the exit code is 1.",
        "Free some space or choose another file; the folder must be writable, because the file is replaced as a whole.",
    ),
    Code.ANSWER: Explanation(
        "The output can't be written",
        "stdout is closed or on a full disk.",
        "Completed changes stay in effect. A run that changed something keeps its exit code; otherwise it is 1.",
        "Free some space or redirect the output; eipctl status shows the current state.",
    ),
    Code.PRICE_FILE: Explanation(
        "The price file can't be used",
        "It is missing or not YAML, has unknown fields, or has no prices for the region.",
        "Nothing was read or changed: wrong prices would make costs and budgets misleading.",
        "as_of: 2026-11-01, currency: CNY, and regions: {cn-hangzhou: {configuration_per_hour: 0.02}}. Also, per "
        "region: configuration_per_day, bandwidth_per_day (a list of 1, 2, … Mbit/s), more_bandwidth_per_day, "
        "association; and isps: {BGP_PRO: …} with the same fields for a line type with prices of its own.",
    ),
}
