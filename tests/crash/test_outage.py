#!/usr/bin/env python3
"""A sink that is away for long costs disk, not memory, and no other sink feels it.

$TIDEGATE_CRASH_BACKLOG says how many MB wait for it at most (200).
"""
import os

import rig
from rig import harness

BACKLOG = rig.number_of("TIDEGATE_CRASH_BACKLOG", 200) * 1_000_000
PAYLOAD, BATCH = 1000, 200
SAMPLES = BACKLOG // PAYLOAD
GROWTH_MAX = 4 << 20  # bytes of memory, whatever the backlog


class Outage(rig.CrashTest):
    def setUp(self):
        super().setUp()
        if os.statvfs(self.folder).f_bavail * os.statvfs(self.folder).f_frsize < 3 * BACKLOG:
            self.skipTest(f"needs {3 * BACKLOG >> 20} MiB of disk in {self.folder.parent}")

    def test_a_backlog_takes_no_memory_and_is_drained_in_order(self):
        self.configure(sinks=("fast", "away"), spool=f"path: spool, max_size: {2 * BACKLOG}B, min_free: 1MiB", payload=PAYLOAD,
                       batch=BATCH, limits="{max_samples: 1000}",
                       buffer=f"{{type: disk, commit: always, when_full: block, max_size: {2 * BACKLOG}B}}")
        self.order("away", "down")
        daemon = self.daemon()
        resident = []
        for part in range(1, 11):
            self.wait_for_accepted(daemon, SAMPLES * part // 10 - self.accepted.count(), 120)
            daemon.wait_until(lambda: self.accepted.values() <= self.sinks["fast"].values(), "the fast sink to have it all")
            resident.append(daemon.memory())
        self.assertEqual(0, self.sinks["away"].count())
        self.rest(daemon)
        self.order("away", "fast")
        for part in range(1, 11):
            goal = SAMPLES * part // 10
            daemon.wait_until(lambda goal=goal: self.sinks["away"].count() >= goal, f"{goal} samples drained", 120)
            resident.append(daemon.memory())
        self.drain(daemon)
        print("resident MB:", " ".join(f"{bytes_ / 1e6:.1f}" for bytes_ in resident))
        self.assertEqual(harness.OK, daemon.stop())
        self.assert_nothing_lost()
        self.assertLess(max(resident[1:]) - resident[0], GROWTH_MAX)

    def test_a_restart_with_a_backlog_takes_no_memory_either(self):
        self.configure(sinks=("away",), spool=f"path: spool, max_size: {2 * BACKLOG}B, min_free: 1MiB", payload=PAYLOAD,
                       batch=BATCH, limits="{max_samples: 1000}",
                       buffer=f"{{type: disk, commit: always, when_full: block, max_size: {2 * BACKLOG}B}}")
        self.order("away", "down")
        empty = self.daemon()
        self.wait_for_accepted(empty, BATCH)
        before = empty.memory()
        self.wait_for_accepted(empty, SAMPLES // 4, 120)
        empty.kill()
        full = self.daemon()
        full.wait_for_line("runs gateway")
        self.wait_for_accepted(full, BATCH)
        after = full.memory()
        print(f"resident MB: {before / 1e6:.1f} without, {after / 1e6:.1f} with a backlog")
        self.assertLess(after - before, GROWTH_MAX)
        self.drain(full)
        self.assertEqual(harness.OK, full.stop())
        self.assert_nothing_lost()


if __name__ == "__main__":
    rig.main()
