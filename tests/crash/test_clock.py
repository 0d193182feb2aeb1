#!/usr/bin/env python3
"""The wall's clock may say what it likes: nothing expires by it, nothing waits for it, and order is order of arrival."""
import time

import faults
import rig
from rig import harness

YEAR = 365.25 * 86400
SPOOL = "path: spool, max_size: 64MiB, min_free: 1MiB"


class Clock(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.configure(sinks=("fast", "down"), spool=SPOOL, buffer="{type: disk, commit: always, when_full: block, max_age: 1h}")
        self.order("down", "down")
        self.clock = faults.Faults(self.folder / "faults", self.folder / "spool")

    def start(self):
        return self.daemon(self.clock.environment())

    def jump(self, daemon, seconds, more=200):
        """And go on: both the source, and the sink that is well."""
        self.clock.shift_clock(seconds)
        self.wait_for_accepted(daemon, more)
        self.wait_for_arrivals(daemon, "fast", more // 2)

    def finish(self, daemon):
        self.drain(daemon)
        self.assertEqual(harness.OK, daemon.stop())
        self.assert_nothing_lost()
        for name in self.sinks:
            self.assertEqual(0, daemon.ledger(f"durable -> {name}")["discarded"])

    def test_jumps_while_it_runs(self):
        daemon = self.start()
        for seconds in (0, 10 * YEAR, -10 * YEAR, 0, -3600, 3600, 0):
            self.jump(daemon, seconds)
        self.finish(daemon)

    def test_a_board_without_a_clock_that_gets_the_time_later(self):
        since_1970 = time.time() - 60  # it has been on for a minute
        for _ in range(3):
            self.clock.shift_clock(-since_1970)
            daemon = self.start()
            self.assertTrue(daemon.wait_for_line("runs gateway").startswith("1970-01-01T"), daemon.said())
            self.wait_for_accepted(daemon, 200)
            self.jump(daemon, 0)
            daemon.kill()
        self.finish(self.start())

    def test_years_between_two_runs(self):
        for seconds in (0, 10 * YEAR, -10 * YEAR):
            self.clock.shift_clock(seconds)
            daemon = self.start()
            self.wait_for_accepted(daemon, 200)
            daemon.kill()
        self.finish(self.start())

    def test_what_is_really_too_old_does_expire(self):
        self.configure(sinks=("fast", "down"), spool=SPOOL, buffer="{type: disk, commit: always, max_age: 1s}")
        daemon = self.start()
        self.wait_for_accepted(daemon, 500)  # of which the sink has some in hand, which do not expire
        self.rest(daemon)
        first = set(self.accepted.values())
        asleep = time.monotonic() + 1.5
        daemon.wait_until(lambda: time.monotonic() > asleep, "an age of more than a second")
        self.order("source1", "run")
        self.wait_for_accepted(daemon, 100)
        self.order("down", "fast")
        daemon.wait_until(lambda: max(self.accepted.values()) in self.sinks["down"].values(), "the newest at the sink")
        self.rest(daemon)
        self.assertEqual(harness.OK, daemon.stop())
        fast, down = self.verdicts()
        print(rig.oracle.table([fast, down]))
        self.assertEqual(0, len(fast.lost))
        self.assertTrue(down.lost)
        self.assertLessEqual(down.lost, first)
        self.assertRegex(daemon.said(), r"route durable -> down: .*discarded \d+ \(.*age")


if __name__ == "__main__":
    rig.main()
