#!/usr/bin/env python3
"""kill -9 at any instant loses nothing that was accepted, and doubles only what was on its way.

$TIDEGATE_CRASH_KILLS says how often (200).
"""
import bisect
import collections
import os
import signal
import time

import rig
from rig import harness, oracle

KILLS = rig.number_of("TIDEGATE_CRASH_KILLS", 200)
DELIVERY = 100  # samples
SPOOL = "path: spool, max_size: 6MiB, min_free: 1MiB"  # small, so that segments are often new and used again

# How long the program lives, as a condition: from its first moment to full flow.
INSTANTS = ("exists", "is locked", "runs", "accepts", "accepts", "accepts", "delivers fast", "delivers slowly")


class Kill(rig.CrashTest):
    def test_what_waits_in_memory_is_lost_and_the_judge_sees_it(self):
        self.configure(sinks=("fast", "down"), buffer="{type: memory}")
        self.order("down", "down")
        daemon = self.daemon()
        self.wait_for_accepted(daemon, 100)
        daemon.kill()
        again = self.daemon()
        self.wait_for_accepted(again, 10)
        self.order("down", "fast")
        self.rest(again)
        self.assertEqual(harness.OK, again.stop())
        fast, down = self.verdicts()
        print(oracle.table([fast, down]))
        self.assertGreaterEqual(len(down.lost), 100)
        self.assertGreater(len(down.arrived), 0)
        self.assertEqual(0, len(down.foreign) + len(fast.foreign) + down.disordered + fast.disordered)

    def test_nothing_is_lost_when_every_commit_is_synced(self):
        self.kill_again_and_again("always", KILLS)

    def kill_again_and_again(self, commit, kills):
        self.configure(sinks=("fast", "slow", "down"), spool=SPOOL, payload=200, limits=f"{{max_samples: {DELIVERY}}}",
                       buffer=f"{{type: disk, commit: {commit}, when_full: block}}")
        self.order("slow", "slow 3")
        killed = []
        reached = collections.Counter()
        for number in range(kills):
            self.order("down", "fast" if number % 8 == 7 else "down")
            daemon = self.daemon()
            reached[self.wait_for_instant(daemon)] += 1
            killed.append(time.monotonic_ns())
            daemon.kill()
            self.assertEqual(-signal.SIGKILL, daemon.process.returncode, daemon.said())
        last = self.daemon()
        self.drain(last)
        self.assertEqual(harness.OK, last.stop())
        print(f"{kills} kills: {dict(reached)}")
        self.assert_doubled_within_bounds(self.assert_nothing_lost(), killed)

    def wait_for_instant(self, daemon):
        instant = self.random.choice(INSTANTS)
        more = self.random.randrange(1, 400)
        accepted, fast, slow = self.accepted.count(), self.sinks["fast"].count(), self.sinks["slow"].count()
        reached = {
            "exists": lambda: os.path.samefile(f"/proc/{daemon.pid}/exe", harness.program()),
            "is locked": lambda: self.holder() == daemon.pid,
            "runs": lambda: daemon.count_lines("runs gateway"),
            "accepts": lambda: self.accepted.count() >= accepted + more,
            "delivers fast": lambda: self.sinks["fast"].count() >= fast + more,
            "delivers slowly": lambda: self.sinks["slow"].count() >= slow + more,
        }[instant]

        def look():
            # A full spool makes the source wait: as good a moment as any.
            return instant if reached() else "is full" if daemon.count_lines("spool: is full") else ""
        return daemon.wait_until(look, f"an instant: {instant}")

    def holder(self):
        try:
            return int((self.folder / "spool/lock").read_text() or 0)
        except FileNotFoundError:
            return 0

    def assert_doubled_within_bounds(self, verdicts, killed):
        """Cursors ride along with each commit. So what comes again is at most what arrived since the last commit that
        was accepted had been offered, and the delivery before, whose answer may have been under way then."""
        offered = {first: when for first, _, event, when in oracle.notes(self.offered.path) if event == oracle.OFFERED}
        commits = [(when, offered[first]) for first, _, _, when in oracle.notes(self.accepted.path)]
        for verdict in verdicts:
            arrivals = [(when, count) for _, count, _, when in oracle.notes(self.sinks[verdict.name].path)]
            allowed = 0
            for end in killed:
                before = bisect.bisect(commits, (end,)) - 1
                begin = commits[before][1] if before >= 0 else 0
                first = max(0, bisect.bisect(arrivals, (begin,)) - 1)
                allowed += sum(count for _, count in arrivals[first:bisect.bisect(arrivals, (end + 1,))])
            print(f"{verdict.name}: doubled {verdict.doubled}, at most {allowed}")
            self.assertLessEqual(verdict.doubled, allowed)


if __name__ == "__main__":
    rig.main()
