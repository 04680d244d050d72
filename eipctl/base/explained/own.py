"""EIP9xx: eipctl itself."""

from __future__ import annotations

from eipctl.base.codes import Code
from eipctl.base.explained.explanation import Explanation

EXPLAINED = {
    Code.INTERNAL: Explanation(
        "A defect of eipctl",
        "Something happened that the program does not expect.",
        "What was done before is valid; the next run goes on from there.",
        "Run it again with -vv and report the traceback.",
    ),
    Code.INTERRUPTED: Explanation(
        "Stopped by a signal",
        "SIGINT or SIGTERM came; the run ended between two calls.",
        "Nothing is half-written.",
        "Run the same command again: it goes on where this one stopped.",
    ),
    Code.TIMEOUT: Explanation(
        "--timeout was reached",
        "The run ended between two calls after the time that --timeout gives.",
        "Nothing is half-written.",
        "Run the same command again, or give it more time.",
    ),
    Code.NO_TERMINAL: Explanation(
        "There is nobody to ask",
        "The command asks before it changes anything, and there is no terminal.",
        "A cron job would hang for ever; so it is refused.",
        "Add --yes to go ahead, or --dry-run to only see the plan.",
    ),
    Code.USAGE: Explanation(
        "The command line can't be used",
        "An option, a value or a combination of them is wrong; the sentence says which.",
        "Nothing was read or changed.",
        "See eipctl COMMAND --help.",
    ),
    Code.AUDIT_LOG: Explanation(
        "The audit log can't be written",
        "The file that --audit-log names can't be opened or written.",
        "Nothing is changed that can't be recorded.",
        "Free some space or choose another file; --audit-log - writes to stderr.",
    ),
    Code.SANDBOX: Explanation(
        "The sandbox does not run, or refused",
        "No sandbox answers in this folder, or it does not accept what it was asked for.",
        "Commands of `eipctl sandbox` need one.",
        "eipctl sandbox up",
    ),
    Code.PORT_IN_USE: Explanation(
        "The port is in use",
        "Another program listens on the port that --port (sandbox) or --listen (bind --watch) names, or the address is "
        "none of this host's.",
        "The sandbox, or the run, did not start.",
        "Choose another port. The sandbox takes a free one without --port, and --listen with port 0.",
    ),
    Code.LOCK_HELD: Explanation(
        "Another run is at work",
        "The Lease kube-system/eipctl is held by a run that renews it, or this run could not renew it in time.",
        "Two runs do no harm to each other, but they double the calls.",
        "Wait for it with --lock-timeout 5m; the Lease of a dead run expires within 30 s.",
    ),
    Code.NOT_CONFIRMED: Explanation(
        "The question was answered with no",
        "The plan was shown and not confirmed.",
        "Nothing was changed.",
        "Run it again and answer with y, or add --yes.",
    ),
    Code.PLAN_FILE: Explanation(
        "The plan's file can't be used",
        "The file can't be read or written, is no saved plan, or was saved by a version that this one doesn't know.",
        "Nothing was changed.",
        "Save the plan again: the same command with --out FILE.",
    ),
    Code.STALE_PLAN: Explanation(
        "The world has moved since the plan was saved",
        "An object that an action of the plan names is not what it was, or this is another cluster, account or region.",
        "A saved plan is a promise: nothing is done that is not in it, so the whole plan is refused.",
        "Plan again with the same command and --out FILE, look at it, and apply that.",
    ),
    Code.METRICS_FILE: Explanation(
        "The metrics can't be written",
        "The file that --metrics-file names, or its folder, can't be written.",
        "If that is seen before the run, nothing is done; if after it, what was done is done, and the exit is 1.",
        "Free some space or choose another file; its folder must be writable, for the file is replaced as a whole.",
    ),
    Code.ANSWER: Explanation(
        "The answer can't be written",
        "stdout is on a full disk, or was taken away.",
        "What was done is done, and a run that has changed something exits with its own code; else the exit is 1.",
        "Free some space, or send the answer elsewhere; eipctl status tells what is true now.",
    ),
    Code.PRICE_FILE: Explanation(
        "A file of prices can't be used",
        "It is missing, no YAML, has unknown fields, no prices of the region, or another currency than USD.",
        "Nothing was read or changed: money told by wrong prices, and a budget kept by them, would mislead.",
        "as_of: 2026-11-01, and regions: {cn-hangzhou: {configuration_per_hour: 0.0031}}. Also, per region: "
        "configuration_per_day, bandwidth_per_day (a list of 1, 2, … Mbit/s), more_bandwidth_per_day, association.",
    ),
}
