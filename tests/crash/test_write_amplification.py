#!/usr/bin/env python3
"""What flash memory pays: sectors that reach the device for each byte of payload, a sync each commit. Nothing here depends
on time. tests/bench/write_amplification.py says how it is counted."""
import os
import pathlib
import sys
import unittest

import rig

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "bench"))

import disks  # noqa: E402
import write_amplification  # noqa: E402


class WriteAmplification(rig.CrashTest):
    def setUp(self):
        super().setUp()
        if reason := disks.why_not():
            self.skipTest(reason)

    def written(self, size, commits):
        return write_amplification.spool(os.environ["TIDEGATE_SPOOL_WRITE"], size, commits, self.folder)

    def test_a_commit_of_4_kib_is_two_blocks(self):
        self.assertLess(self.written(4096, 200), 2.1)

    def test_a_small_commit_costs_a_quarter_of_what_a_database_takes(self):
        ours = self.written(256, 200)
        theirs = write_amplification.sqlite(256, 200, self.folder)
        print(f"{ours:.1f} beside {theirs:.1f}")
        self.assertLess(ours, theirs / 4)

    def test_a_large_commit_is_its_payload_and_little_more(self):
        self.assertLess(self.written(65536, 60), 1.15)


if __name__ == "__main__":
    rig.main()
