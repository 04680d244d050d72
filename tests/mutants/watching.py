"""Mutants of `bind --watch`: what it hears, keeps, writes and waits for, each broken in the smallest way."""

from __future__ import annotations

from tests.mutants.table import Mutant

WATCHING = "tests/faults/test_watching.py"
SPOILT = f"{WATCHING}::test_events_that_are_repeated_late_or_broken_cost_nothing"
LOST = f"{WATCHING}::test_events_that_are_lost_are_made_good_by_the_next_full_read"
BY_HAND = f"{WATCHING}::test_what_people_did_in_the_cloud_is_put_right_by_the_next_full_read"
LEASE = f"{WATCHING}::test_a_leader_that_has_lost_its_lease_writes_nothing_and_begins_anew_when_it_has_it_again"
ONCE = f"{WATCHING}::test_what_is_done_or_under_way_is_not_planned_again"
UNIT = "tests/unit/kube/test_watch.py"
TIMERS = "tests/unit/commands/test_watch_timers.py"

MUTANTS = (
    Mutant(
        "watch-deaf",
        "events are read and nothing is learned from them",
        "eipctl/kube/watch.py",
        '        if event.type != "BOOKMARK":\n',
        "        if False:\n",
        f"{SPOILT}[repeat]",
    ),
    Mutant(
        "watch-ghosts",
        "an object that is deleted stays",
        "eipctl/kube/watch.py",
        '        deleted = kind == "DELETED"\n',
        '        deleted = False\n        if kind == "DELETED":\n            return\n',
        f"{SPOILT}[repeat]",
    ),
    Mutant(
        "watch-past",
        "an event that comes late puts an object back to what it was",
        "eipctl/kube/watch.py",
        "            if known and not (_newer(version, known) or (deleted and version == known)):\n",
        "            if False:\n",
        f"{UNIT}::test_of_two_states_the_newer_one_counts_whichever_comes_first",
    ),
    Mutant(
        "watch-revived",
        "a late event brings a deleted object back",
        "eipctl/kube/watch.py",
        "                self._gone[key] = version\n",
        "                self._gone.pop(key, None)\n",
        f"{UNIT}::test_of_two_states_the_newer_one_counts_whichever_comes_first",
    ),
    Mutant(
        "watch-bookmark",
        "a bookmark that lies behind is believed",
        "eipctl/kube/watch.py",
        "            if _newer(found, self._version):\n",
        "            if found:\n",
        f"{UNIT}::test_a_bookmark_that_lies_behind_takes_nothing_back",
    ),
    Mutant(
        "watch-410",
        "after an expired version the list is read, and nobody looks at it",
        "eipctl/kube/watch.py",
        "            self._told(None, None)  # In",
        "            # In",
        f"{SPOILT}[error410]",
    ),
    Mutant(
        "watch-relist",
        "a full read finds what has come and not what has gone",
        "eipctl/kube/watch.py",
        "            self._kept, self._listed = listed, found.version\n",
        "            self._kept, self._listed = {**self._kept, **listed}, found.version\n",
        LOST,
    ),
    Mutant(
        "watch-restored",
        "informers of client-go: after a restore from a backup what was heard before outranks the list",
        "eipctl/kube/watch.py",
        "                if kept.heard > begun and _newer(",
        "                if _newer(",
        f"{UNIT}::test_a_list_outranks_what_was_heard_before_it",
    ),
    Mutant(
        "watch-restart",
        "informers of client-go: after a restore from a backup a watch waits for the version before it",
        "eipctl/kube/watch.py",
        "            if not self._version or _newer(before, found.version):\n",
        "            if not self._version:\n",
        f"{UNIT}::test_after_a_restore_a_watch_goes_on_from_the_lists_version",
    ),
    Mutant(
        "watch-stuck",
        "a watch that breaks at a version is begun there for ever",
        "eipctl/kube/watch.py",
        " or self._errors > 1:\n",
        ":\n",
        f"{UNIT}::test_a_version_at_which_a_watch_breaks_again_and_again_is_given_up",
    ),
    Mutant(
        "watch-resync-pods",
        "a full read trusts the watches",
        "eipctl/observe/kept.py",
        "        self.kube.refresh()\n",
        "",
        LOST,
    ),
    Mutant(
        "watch-resync-eips",
        "a full read never reads the EIPs again",
        "eipctl/observe/kept.py",
        "        self.eips.read()\n        self.kube",
        "        if not self.eips.complete:\n            self.eips.read()\n        self.kube",
        BY_HAND,
    ),
    Mutant(
        "watch-resync-idle",
        "what a full read has found is not planned on",
        "eipctl/commands/watch/term.py",
        "        self._read_at = min(self._read_at or NEVER, time.monotonic() + self._watcher.options.resync)\n"
        "        self._watcher.dirty.set()\n",
        "        self._read_at = min(self._read_at or NEVER, time.monotonic() + self._watcher.options.resync)\n",
        BY_HAND,
    ),
    Mutant(
        "watch-lease",
        "a leader that has lost its Lease goes on",
        "eipctl/engine/lock.py",
        "            self._stop.forbid(self._lost(error))\n",
        "            return\n",
        LEASE,
    ),
    Mutant(
        "watch-new-term",
        "who leads again goes on from what it knew before",
        "eipctl/commands/watch/term.py",
        '        self._read_at = 0.0\n        """When',
        '        self._read_at = 0.0 if not watcher.proven else NEVER\n        """When',
        LEASE,
    ),
    Mutant(
        "watch-not-given-back",
        "a run that takes its time to stop lets its Lease run out",
        "eipctl/engine/lock.py",
        "                if not self._is_ending():\n                    raise\n",
        "                raise\n",
        "tests/unit/engine/test_lease.py::test_a_run_that_takes_its_time_to_stop_gives_its_lease_back",
    ),
    Mutant(
        "watch-own-writes",
        "what the run itself has done is not known until the next read",
        "eipctl/commands/watch/rounds.py",
        "        self._kept.learn(step, bought)\n",
        "",
        ONCE,
    ),
    Mutant(
        "watch-twice",
        "what is under way is planned again",
        "eipctl/commands/watch/term.py",
        "without(prepared.plan, busy | waiting)",
        "without(prepared.plan, waiting)",
        ONCE,
    ),
    Mutant(
        "watch-lag",
        "an EIP that was just bought is forgotten because a list lacks it",
        "eipctl/observe/kept.py",
        "                    if at >= began or name not in eips:\n",
        "                    if at >= began:\n",
        "tests/e2e/test_kept.py::test_an_eip_just_bought_stays_although_a_list_does_not_show_it_yet",
    ),
    Mutant(
        "watch-stale-wish",
        "an EIP is taken from a Pod by what was kept of the Pod",
        "eipctl/act/preconditions.py",
        "        pod = self._find(action.namespace, action.pod, action.uid)\n"
        "        if pod is not None and pod.wish is not None:\n",
        "        pod = None\n        if pod is not None and pod.wish is not None:\n",
        f"{WATCHING}::test_what_a_pod_asks_for_is_read_again_before_its_eip_is_unbound",
    ),
    Mutant(
        "watch-stale-eip",
        "an EIP is released by what was kept of it",
        "eipctl/act/eips.py",
        "            self._proof.bought(eip)\n",
        "",
        f"{WATCHING}::test_what_somebody_does_to_an_eip_is_read_again_before_it_is_released",
    ),
    Mutant(
        "watch-back-off",
        "a Pod that has changed waits for the end of its pause",
        "eipctl/commands/watch/watcher.py",
        "            self.backoffs.done(uid)\n",
        "",
        f"{WATCHING}::test_a_pod_that_changes_is_tried_at_once_however_often_it_has_failed",
    ),
    Mutant(
        "watch-steady-attempts",
        "a Pod that can't be served is tried every second",
        "eipctl/commands/watch/backoff.py",
        "            attempts = before.attempts + 1 if before else 1\n",
        "            attempts = 1\n",
        f"{TIMERS}::test_each_attempt_waits_twice_as_long_up_to_five_minutes",
    ),
    Mutant(
        "watch-hour",
        "the guards' hour never ends",
        "eipctl/commands/watch/spending.py",
        "            while self._done and self._done[0][0] <= time.monotonic() - WINDOW:\n",
        "            while False:\n",
        f"{TIMERS}::test_guards_count_what_was_done_within_the_last_hour",
    ),
    Mutant(
        "watch-guards",
        "guards count in each plan and not in an hour",
        "eipctl/commands/watch/term.py",
        "            watcher.spending.learn(step)\n",
        "            pass\n",
        "tests/e2e/test_watch.py::test_a_tripped_guard_holds_back_its_kind_only_for_an_hour",
    ),
    Mutant(
        "watch-grace",
        "the end of a grace wakes nobody",
        "eipctl/commands/watch/timers.py",
        "    return time.monotonic() + min((seconds for",
        '    return float("inf") + min((seconds for',
        f"{WATCHING}::test_the_end_of_a_grace_wakes_a_run_that_has_nothing_else_to_do",
    ),
)
