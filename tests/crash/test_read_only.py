#!/usr/bin/env python3
"""A file system that becomes read-only is a state, not an end: nothing is accepted meanwhile, nothing that was accepted is lost."""
import errno

import disks
import faults
import rig
from rig import harness


class ReadOnly(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.disk = disks.Disk(self, 64, errors="remount-ro")
        self.configure(sinks=("fast", "down"), spool="path: disk/spool, max_size: 16MiB, min_free: 1MiB", payload=500,
                       buffer="{type: disk, commit: always, when_full: block}", timeout="4s")
        self.order("down", "down")

    def finish(self):
        last = self.daemon()
        self.drain(last)
        self.assertEqual(harness.OK, last.stop())
        self.assert_nothing_lost()

    def test_an_error_of_the_file_system_while_it_runs(self):
        daemon = self.daemon()
        self.wait_for_accepted(daemon, 500)
        self.disk.break_down()
        daemon.wait_for_line("error   spool: .*Read-only file system; what is not on disk is kept in memory")
        accepted = self.accepted.count()
        # What was accepted can still be read: no sink needs the disk to be writable.
        self.order("down", "fast")
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["down"].values(), "what was accepted at the sink")
        self.assertEqual(accepted, self.accepted.count())
        self.assertEqual(harness.OK, daemon.stop(deadline=30))
        self.disk.repair()
        self.finish()

    def test_a_kill_while_it_is_read_only(self):
        daemon = self.daemon()
        self.wait_for_accepted(daemon, 500)
        self.disk.break_down()
        daemon.wait_for_line("error   spool: .*Read-only file system")
        daemon.kill()
        self.disk.repair()
        self.finish()

    def test_a_start_while_it_is_read_only_goes_on_when_it_is_writable_again(self):
        first = self.daemon()
        self.wait_for_accepted(first, 500)
        first.kill()
        self.disk.remount("ro")
        daemon = self.daemon()
        daemon.wait_for_line("runs gateway")
        daemon.wait_for_line("spool: .*Read-only file system")
        self.order("down", "fast")
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["down"].values(), "what was accepted at the sink")
        self.order("down", "down")
        self.disk.remount("rw")
        self.wait_for_accepted(daemon, 100)
        daemon.kill()
        self.finish()

    def test_it_goes_on_by_itself_when_the_file_system_is_writable_again(self):
        refused = faults.Faults(self.folder / "faults", self.disk.path)
        daemon = self.daemon(refused.environment())
        self.wait_for_accepted(daemon, 500)
        for kind in ("write_file", "sync_file", "sync_folder", "rename_file", "remove_file", "open_file"):
            refused.fail(kind, errno.EROFS, times=faults.FOR_EVER)
        daemon.wait_for_line("error   spool: .*Read-only file system")
        accepted = self.accepted.count()
        daemon.wait_until(lambda: refused.failed("open_file") + refused.failed("write_file") >= 3, "more attempts")
        self.assertEqual(accepted, self.accepted.count())
        refused.heal()
        daemon.wait_for_line("spool: writing again", 60)
        self.wait_for_accepted(daemon, 100)
        daemon.kill()
        self.finish()


if __name__ == "__main__":
    rig.main()
