#!/usr/bin/env python3
"""Power that goes at any instant, under load: nothing is lost whose commit was synced.

The disk is an ext4 of the test's own, which its shutdown call cuts off: what is not on the device then never comes there.
$TIDEGATE_CRASH_CUTS says how often (50).
"""
import signal

import disks
import faults
import rig
from rig import harness, oracle

CUTS = rig.number_of("TIDEGATE_CRASH_CUTS", 50)
SPOOL = "path: disk/spool, max_size: 6MiB, min_free: 1MiB"


class PowerCut(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.disk = disks.Disk(self, 48)
        self.configure(sinks=("fast", "slow", "down"), spool=SPOOL, payload=200,
                       buffer="{type: disk, commit: always, when_full: block}")
        self.order("slow", "slow 3")

    def test_nothing_is_lost(self):
        for number in range(CUTS):
            self.order("down", "fast" if number % 8 == 7 else "down")
            daemon = self.daemon()
            self.wait_for_instant(daemon)
            self.cut(daemon)
            self.disk.mount_again()
        last = self.daemon()
        self.drain(last)
        self.assertEqual(harness.OK, last.stop())
        print(f"{CUTS} power cuts")
        self.assert_nothing_lost()

    def test_a_disk_that_lies_loses_what_was_accepted_and_the_judge_sees_it(self):
        lying = faults.Faults(self.folder / "faults", self.disk.path)
        lying.make_syncs_lie()
        self.order("down", "down")
        daemon = self.daemon(lying.environment())
        self.wait_for_accepted(daemon, 500)
        self.cut(daemon)
        self.disk.mount_again()
        last = self.daemon()
        self.wait_for_accepted(last, 100)
        for name in self.sinks:
            self.order(name, "fast")
        self.rest(last)
        self.assertEqual(harness.OK, last.stop())
        verdicts = self.verdicts()
        print(oracle.table(verdicts))
        self.assertGreater(len(verdicts[-1].lost), 0)
        self.assertGreater(len(verdicts[-1].arrived), 0)

    def wait_for_instant(self, daemon):
        """Some cuts come while it starts, most in full flow."""
        more = self.random.choice((0, 0, self.random.randrange(10), self.random.randrange(300), self.random.randrange(2000)))
        goal = self.accepted.count() + more
        daemon.wait_until(lambda: self.accepted.count() >= goal or daemon.count_lines("spool: is full"), f"{more} accepted values")

    def cut(self, daemon):
        """In the three orders in which a program and a disk can go."""
        order = self.random.choice(("disk first", "both at once", "program first"))
        if order == "both at once":
            daemon.send(signal.SIGSTOP)
        if order == "program first":
            daemon.kill()
        self.disk.cut_power()
        daemon.kill()


if __name__ == "__main__":
    rig.main()
