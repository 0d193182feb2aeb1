#!/usr/bin/env python3
"""Calls that fail, once or for ever: nothing is accepted without a good sync, nothing that was accepted is lost, and the
program goes on by itself when the disk does.

After a failed sync the next one succeeds and what was written is gone, as on a real disk (preload/faults.cpp).
"""
import errno

import faults
import rig
from faults import FOR_EVER, HALF_DONE
from rig import harness


class IoError(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.configure(sinks=("fast", "down"), spool="path: spool, max_size: 64MiB, min_free: 1MiB", payload=500,
                       buffer="{type: disk, commit: always, when_full: block}", timeout="4s")
        self.order("down", "down")
        self.faults = faults.Faults(self.folder / "faults", self.folder / "spool")

    def start(self):
        daemon = self.daemon(self.faults.environment())
        self.wait_for_accepted(daemon, 100)
        return daemon

    def kill_and_judge(self, daemon):
        """What the disk has must be enough."""
        self.assertTrue(daemon.is_alive(), daemon.said())
        daemon.kill()
        self.faults.heal()
        last = self.daemon()
        self.drain(last)
        self.assertEqual(harness.OK, last.stop())
        self.assert_nothing_lost()

    def fail_once(self, kind, error, after=0):
        daemon = self.start()
        before = self.faults.failed(kind)
        self.faults.fail(kind, error, after)
        daemon.wait_until(lambda: self.faults.failed(kind) > before, f"{kind} that fails", 60)
        self.wait_for_accepted(daemon, 300)
        self.kill_and_judge(daemon)
        return daemon

    def test_a_sync_that_fails_once(self):
        daemon = self.fail_once("sync_file", errno.EIO, after=self.random.randrange(20))
        daemon.wait_for_line("spool: .* cannot be written: Input/output error; what is not on disk is kept in memory")
        daemon.wait_for_line("spool: writing again")

    def test_syncs_that_fail_now_and_then(self):
        daemon = self.start()
        for _ in range(5):
            before = self.faults.failed("sync_file")
            self.faults.fail("sync_file", errno.EIO, after=self.random.randrange(8), times=self.random.randrange(1, 3))
            daemon.wait_until(lambda: self.faults.failed("sync_file") > before, "a sync that fails", 60)
            self.wait_for_accepted(daemon, self.random.randrange(10, 300))
        self.kill_and_judge(daemon)

    def test_nothing_is_accepted_while_syncs_fail(self):
        daemon = self.start()
        self.faults.fail("sync_file", errno.EIO, times=FOR_EVER)
        daemon.wait_until(lambda: self.faults.failed("sync_file") >= 1, "a sync that fails", 60)
        accepted = self.accepted.count()
        daemon.wait_until(lambda: self.faults.failed("sync_file") >= 3, "more of them", 60)
        self.assertEqual(accepted, self.accepted.count())
        self.faults.heal()
        self.wait_for_accepted(daemon, 300)
        daemon.wait_for_line("spool: writing again")
        self.kill_and_judge(daemon)

    def test_a_kill_while_syncs_fail(self):
        daemon = self.start()
        self.faults.fail("sync_file", errno.EIO, times=FOR_EVER)
        daemon.wait_until(lambda: self.faults.failed("sync_file") >= 2, "syncs that fail", 60)
        self.kill_and_judge(daemon)

    def test_a_stop_while_syncs_fail_ends_and_loses_nothing_that_was_accepted(self):
        daemon = self.start()
        self.faults.fail("sync_file", errno.EIO, times=FOR_EVER)
        daemon.wait_until(lambda: self.faults.failed("sync_file") >= 2, "syncs that fail", 60)
        self.assertEqual(harness.OK, daemon.stop(deadline=30))
        self.faults.heal()
        last = self.daemon()
        self.drain(last)
        last.stop()
        self.assert_nothing_lost()

    def test_a_write_that_finds_no_space(self):
        self.fail_once("write_file", errno.ENOSPC, after=self.random.randrange(30))

    def test_a_write_that_fails(self):
        self.fail_once("write_file", errno.EIO, after=self.random.randrange(30))

    def test_a_write_that_takes_half(self):
        daemon = self.start()
        self.faults.fail("write_file", HALF_DONE, times=FOR_EVER)
        self.wait_for_accepted(daemon, 300)
        self.assertEqual(0, daemon.count_lines("cannot be written"))
        self.kill_and_judge(daemon)

    def test_writes_that_are_refused_for_a_while(self):
        daemon = self.start()
        self.faults.fail("write_file", errno.EROFS, times=FOR_EVER)
        daemon.wait_until(lambda: self.faults.failed("write_file") >= 2, "writes that fail", 60)
        self.faults.heal()
        self.wait_for_accepted(daemon, 300)
        self.kill_and_judge(daemon)

    def test_reads_that_fail_for_a_while(self):
        daemon = self.start()
        self.wait_for_accepted(daemon, 10000)
        self.rest(daemon)
        daemon.kill()
        again = self.daemon(self.faults.environment())
        again.wait_for_line("runs gateway")
        self.faults.fail("read_file", errno.EIO, times=3)
        self.order("down", "fast")
        again.wait_until(lambda: self.faults.failed("read_file") >= 3, "reads that fail", 60)
        self.drain(again)
        self.assertEqual(harness.OK, again.stop())
        self.assert_nothing_lost()

    def test_a_folder_that_does_not_sync(self):
        self.faults.fail("sync_folder", errno.EIO, times=1)
        daemon = self.daemon(self.faults.environment())
        daemon.wait_until(lambda: self.faults.failed("sync_folder"), "a folder that does not sync", 60)
        self.wait_for_accepted(daemon, 100)
        self.kill_and_judge(daemon)

    # What cannot be had at a start may be had later, and what was accepted lies there.

    def test_a_start_on_a_disk_that_cannot_be_written(self):
        self.fail_at_start("write_file", errno.EIO)

    def test_a_start_on_a_disk_that_cannot_be_synced(self):
        self.fail_at_start("sync_file", errno.EIO)

    def test_a_start_at_which_reads_fail_twice(self):
        self.fail_at_start("read_file", errno.EIO, times=2)

    def test_a_start_without_descriptors_is_refused_and_leaves_all_as_it_is(self):
        self.start().kill()
        self.faults.fail("open_file", errno.EMFILE, times=FOR_EVER)
        daemon = self.daemon(self.faults.environment())
        self.assertEqual(harness.UNAVAILABLE, daemon.wait_for_end())
        self.assertIn("Too many open files", daemon.said())
        self.faults.heal()
        again = self.start()
        self.kill_and_judge(again)

    def fail_at_start(self, kind, error, times=FOR_EVER):
        self.start().kill()
        self.faults.fail(kind, error, times=times)
        daemon = self.daemon(self.faults.environment())
        daemon.wait_for_line("runs gateway")
        daemon.wait_until(lambda: self.faults.failed(kind), "calls that fail", 60)
        self.faults.heal()
        self.wait_for_accepted(daemon, 50)
        self.kill_and_judge(daemon)


if __name__ == "__main__":
    rig.main()
