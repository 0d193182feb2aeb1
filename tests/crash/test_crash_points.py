#!/usr/bin/env python3
"""A kill at each named point of the spool loses nothing: between each write and its sync, each sync and its word.

Programs with tests end themselves as by kill -9 where $TIDEGATE_CRASH_POINT=NAME:COUNT says (core/spool/crash_point.hpp).
"""
import pathlib
import re
import signal

import rig
from rig import harness

POINTS = ("before-write", "after-write", "after-sync", "after-sync-of-cursors", "before-publish", "after-publish",
          "before-seal", "after-seal-write", "after-seal", "before-open", "after-open-write", "after-open",
          "after-create", "after-blank", "before-dispose")
COUNTS = (1, 2, 3)
ONCE = ("before-dispose",)  # in one life
SIZES = ("6MiB", "7MiB")  # a spool of another size has segments of another size, and removes those that it had


def points_in_code():
    core = pathlib.Path(__file__).resolve().parents[2] / "core"
    calls = [call for file in core.rglob("*.cpp") for call in re.findall(r"\bcrash_point\(([^;{]*)\);", file.read_text())]
    return {name for call in calls for name in re.findall(r'"([a-z-]+)"', call)}


class CrashPoints(rig.CrashTest):
    def test_all_points_are_tried(self):
        self.assertEqual(points_in_code(), set(POINTS))

    def test_a_kill_at_each_point_loses_nothing(self):
        self.order("slow", "slow 1")
        for number, (point, count) in enumerate(self.kills()):
            with self.subTest(point=point, count=count):
                self.configure(sinks=("fast", "slow"), payload=2000, limits="{max_samples: 50}",
                               buffer="{type: disk, commit: always, when_full: block}",
                               spool=f"path: spool, min_free: 1MiB, max_size: {SIZES[number % len(SIZES)]}")
                daemon = self.daemon({"TIDEGATE_CRASH_POINT": f"{point}:{count}"})
                try:
                    self.assertEqual(-signal.SIGKILL, daemon.wait_for_end(60), daemon.said())
                finally:
                    daemon.kill()
        last = self.daemon()
        self.drain(last)
        self.assertEqual(harness.OK, last.stop())
        self.assert_nothing_lost()

    @staticmethod
    def kills():
        return [(point, count) for point in POINTS for count in ((1,) if point in ONCE else COUNTS)]


if __name__ == "__main__":
    rig.main()
