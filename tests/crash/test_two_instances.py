#!/usr/bin/env python3
"""Two programs never share a spool, and one that was killed is in no one's way."""
import signal

import rig
from rig import harness


class TwoInstances(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.configure(sinks=("fast",), spool="path: spool, max_size: 16MiB, min_free: 1MiB")

    def test_the_second_is_refused_with_the_first_ones_number_and_harms_nothing(self):
        first = self.daemon()
        self.wait_for_accepted(first, 100)
        for _ in range(5):
            second = self.daemon()
            self.assertEqual(harness.UNAVAILABLE, second.wait_for_end(), second.said())
            self.assertIn(f"spool is in use by process {first.pid} (tidegate)", second.said())
            self.wait_for_accepted(first, 50)
        self.drain(first)
        self.assertEqual(harness.OK, first.stop())
        self.assert_nothing_lost()

    def test_of_many_that_start_at_once_one_runs(self):
        self.order("source1", "rest 0")
        all_of_them = [self.daemon() for _ in range(8)]
        for each in all_of_them:
            harness.wait_until(lambda each=each: not each.is_alive() or each.count_lines("runs gateway"), "a start or a refusal", 60)
        running = [each for each in all_of_them if each.is_alive()]
        self.assertEqual(1, len(running))
        self.order("source1", "run")
        self.wait_for_accepted(running[0], 100)
        self.drain(running[0])
        self.assertEqual(harness.OK, running[0].stop())
        self.assert_nothing_lost()

    def test_one_that_was_killed_can_be_started_at_once(self):
        for _ in range(10):
            daemon = self.daemon()
            daemon.wait_for_line("runs gateway")
            self.wait_for_accepted(daemon, 10)
            daemon.send(signal.SIGKILL)
            daemon.wait_for_end()
        last = self.daemon()
        self.drain(last)
        self.assertEqual(harness.OK, last.stop())
        self.assert_nothing_lost()

    def test_one_that_is_stopped_in_its_tracks_still_has_it(self):
        first = self.daemon()
        self.wait_for_accepted(first, 100)
        first.send(signal.SIGSTOP)
        second = self.daemon()
        self.assertEqual(harness.UNAVAILABLE, second.wait_for_end(), second.said())
        first.send(signal.SIGCONT)
        self.wait_for_accepted(first, 100)
        self.drain(first)
        self.assertEqual(harness.OK, first.stop())
        self.assert_nothing_lost()


if __name__ == "__main__":
    rig.main()
