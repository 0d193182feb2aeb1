#!/usr/bin/env python3
"""A full disk is a state, not an end: the pipeline's policy is obeyed, acknowledging goes on, and so does all else when
there is room again.

The disk is an ext4 of the test's own, which another file fills to the last block.
"""
import disks
import rig
from rig import harness, oracle

MEBIBYTE = 1 << 20
DELIVERY = 100  # samples
SMALL = "path: disk/spool, max_size: 8MiB, min_free: 0B"    # segments of 2 MiB
LARGE = "path: disk/spool, max_size: 64MiB, min_free: 0B"   # more than the disk has
POLITE = "path: disk/spool, max_size: 64MiB, min_free: 6MiB"


class DiskFull(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.disk = disks.Disk(self, 24)

    def flow(self, spool, when_full, sinks=("fast", "down"), commit="always"):
        self.configure(sinks=sinks, spool=spool, payload=1000, limits=f"{{max_samples: {DELIVERY}}}",
                       buffer=f"{{type: disk, commit: {commit}, when_full: {when_full}}}")
        self.order("down", "down")

    def start_with_reserve(self):
        """Runs until there is more than the first segment."""
        daemon = self.daemon()
        self.wait_for_accepted(daemon, 3000)
        return daemon

    def fill_spool(self, daemon, deadline=60):
        """Until the source has to wait, or samples are discarded."""
        daemon.wait_for_line("spool: (is full|cannot make room for more)", deadline)

    def finish(self, daemon):
        self.drain(daemon)
        self.assertEqual(harness.OK, daemon.stop())
        return self.assert_nothing_lost()

    def test_the_source_waits_and_goes_on_when_there_is_room_again(self):
        self.flow(LARGE, "block")
        self.disk.fill(leaving=10 * MEBIBYTE)
        daemon = self.daemon()
        self.fill_spool(daemon)
        self.assertLess(self.disk.free(), 4 * MEBIBYTE)
        self.disk.empty()
        self.wait_for_accepted(daemon, 2000)
        self.finish(daemon)

    def test_acknowledging_goes_on_and_makes_room_by_itself(self):
        self.flow(SMALL, "block")
        daemon = self.start_with_reserve()
        self.disk.fill()
        self.fill_spool(daemon)
        # Everything that waits is delivered, and its segments are used again: more than the spool holds at a time.
        self.order("down", "fast")
        self.wait_for_accepted(daemon, 20000)
        self.assertEqual(0, self.disk.free())
        # And it was acknowledged on the disk as well.
        self.rest(daemon)
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["down"].values(), "all that was accepted at the sink")
        daemon.kill()
        again = self.daemon()
        again.wait_for_line("runs gateway")
        self.order("source1", "run")
        self.wait_for_accepted(again, 1000)
        for verdict in self.finish(again):
            self.assertLess(verdict.doubled, 1000)

    def test_a_kill_on_a_full_disk(self):
        self.flow(SMALL, "block")
        daemon = self.start_with_reserve()
        self.disk.fill()
        for _ in range(10):
            self.fill_spool(daemon)
            daemon.kill()
            daemon = self.daemon()
        self.finish(daemon)

    def test_the_oldest_are_discarded_and_counted(self):
        fast, down = self.discard("drop_oldest")
        self.assertEqual(set(), fast.lost)
        self.assertIn(max(self.accepted.values()), down.arrived)
        self.assertLess(max(down.lost), max(down.arrived))

    def test_the_newest_are_discarded_and_counted(self):
        # Of both, since there is no room for any: a sample is accepted once, for all sinks.
        _, down = self.discard("drop_newest")
        self.assertIn(min(self.accepted.values()), down.arrived)

    def discard(self, when_full):
        """The verdicts, after more was offered than the disk has room for while a sink was down."""
        self.flow(SMALL, when_full, commit="20ms")  # a source that waits for each commit would wait for room
        daemon = self.start_with_reserve()
        self.disk.fill()
        self.fill_spool(daemon)
        self.wait_for_accepted(daemon, 10000)
        self.disk.empty()
        self.order("down", "fast")
        self.wait_for_arrivals(daemon, "down", 3000)
        self.rest(daemon)
        self.assertEqual(harness.OK, daemon.stop())
        verdicts = self.verdicts()
        print(oracle.table(verdicts))
        for verdict in verdicts:
            self.assertEqual((0, 0), (verdict.disordered, len(verdict.foreign)))
            self.assert_counted(verdict, daemon.ledger(f"durable -> {verdict.name}"))
        self.assertGreater(len(verdicts[1].lost), 0)
        return verdicts

    def assert_counted(self, verdict, ledger):
        self.assertEqual(ledger["accepted"], ledger["delivered"] + ledger["discarded"] + ledger["waiting"])
        self.assertEqual((verdict.accepted, 0), (ledger["accepted"], ledger["waiting"]))
        # What the sink had in hand may be delivered in spite of having been discarded.
        self.assertLessEqual(len(verdict.lost), ledger["discarded"])
        self.assertLessEqual(ledger["discarded"] - len(verdict.lost), 2 * DELIVERY)

    def test_what_others_are_to_have_is_left_to_them(self):
        self.flow(POLITE, "block", sinks=("down",))
        daemon = self.daemon()
        self.fill_spool(daemon)
        self.assertGreaterEqual(self.disk.free(), 6 * MEBIBYTE)
        self.finish(daemon)

    def test_a_start_on_a_full_disk_is_waited_for(self):
        self.flow(SMALL, "block")
        (self.disk.path / "spool").mkdir()
        self.disk.fill()
        daemon = self.daemon()
        daemon.wait_for_line("runs gateway")
        self.fill_spool(daemon)
        self.disk.empty()
        self.wait_for_accepted(daemon, 100)
        self.finish(daemon)


if __name__ == "__main__":
    rig.main()
