#!/usr/bin/env python3
"""kill -9 at any instant costs no line of a file that is followed, and doubles only what had not been acknowledged.

$TIDEGATE_CRASH_KILLS says how often (25).
"""
import collections
import os
import pathlib
import threading

import rig
from rig import harness

KILLS = rig.number_of("TIDEGATE_CRASH_KILLS", 25)
LINE = 10  # bytes
DELIVERY = 200  # samples

GATEWAY = f"""
gateway: {{id: crash, shutdown_timeout: 60s}}
state: {{path: state}}
spool: {{path: spool, max_size: 64MiB, min_free: 1MiB}}
sources:
  meter: {{plugin: file, paths: ["log/*.log"], format: {{type: csv, columns: ["n:i64"]}}, interval: 50ms, rotate_wait: 200ms}}
pipelines:
  durable: {{from: meter, to: out, buffer: {{type: disk, commit: 20ms, when_full: block}}}}
sinks:
  out: {{plugin: file, path: out.ndjson, batch: {{max_samples: {DELIVERY}}}}}
"""


class Writer(threading.Thread):
    """Writes numbers all the time, also while the program is away, and rotates when it is told."""

    def __init__(self, folder):
        super().__init__(daemon=True)
        self.path = folder / "a.log"
        self.next = 0
        self._rotations = 0
        self._rotate = threading.Event()
        self._end = threading.Event()

    def run(self):
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        while not self._end.wait(0.001):
            text = b"".join(b"%09d\n" % number for number in range(self.next, self.next + 30))
            self.next += 30
            os.write(file, text[:133])  # in the middle of a line
            os.write(file, text[133:])
            if self._rotate.is_set():
                self._rotations += 1
                os.rename(self.path, f"{self.path}.{self._rotations}")
                os.write(file, b"")
                os.close(file)
                file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
                self._rotate.clear()
        os.close(file)

    def rotate(self):
        self._rotate.set()
        harness.wait_until(lambda: not self._rotate.is_set(), "a rotation")

    def stop(self):
        self._end.set()
        self.join()


class FileSource(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.random = rig.random.Random(rig.SEED)
        print(f"seed {rig.SEED}", flush=True)
        (self.folder / "log").mkdir()
        self.write("gateway.yaml", GATEWAY)
        self.out = self.folder / "out.ndjson"

    def daemon(self):
        started = rig.Daemon(self.folder)
        self.addCleanup(started.kill)
        return started

    def state(self):
        """What it remembers: offsets by the number of the file."""
        for path in pathlib.Path(self.folder / "state").rglob("files"):
            lines = [line.split() for line in path.read_text(encoding="ascii").splitlines()[1:]]
            return {int(line[1], 16): int(line[2], 16) for line in lines}
        return {}

    def lines_not_safe(self):
        known = self.state()
        sizes = [file.stat() for file in (self.folder / "log").iterdir()]
        return sum((each.st_size - known.get(each.st_ino, 0)) // LINE + 1 for each in sizes)

    def is_followed(self, daemon, path):
        folder = f"/proc/{daemon.pid}/fd"
        return any(os.path.realpath(f"{folder}/{number}") == str(path) for number in os.listdir(folder))

    def wait_for_instant(self, daemon, number):
        if number % 5 == 4:
            daemon.wait_until(lambda: daemon.count_lines("runs gateway"), "it runs")
            return "runs"
        if number % 2:
            before = self.state()
            daemon.wait_until(lambda: self.state() != before, "progress that is remembered")
        goal = harness.count_lines(self.out) + self.random.randrange(1, 3000)
        daemon.wait_until(lambda: harness.count_lines(self.out) >= goal, f"{goal} lines", 60)
        return "remembers and delivers" if number % 2 else "delivers"

    def test_nothing_is_lost(self):
        writer = Writer(self.folder / "log")
        writer.start()
        self.addCleanup(writer.stop)
        allowed = 0
        reached = collections.Counter()
        for number in range(KILLS):
            daemon = self.daemon()
            instant = self.wait_for_instant(daemon, number)
            if number % 4 == 3:
                daemon.wait_until(lambda: self.is_followed(daemon, writer.path), "the file to be followed")
                writer.rotate()
                instant += " after a rotation"
            daemon.kill()
            reached[instant] += 1
            allowed += self.lines_not_safe() + DELIVERY
        writer.stop()
        last = self.daemon()
        last.wait_until(lambda: harness.count_lines(self.out) >= writer.next, "as many lines as were written", 60)
        last.wait_until(lambda: self.missing(writer.next) == 0, "every line", 60)
        self.assertEqual(harness.OK, last.stop())
        numbers = self.numbers()
        doubled = len(numbers) - writer.next
        print(f"{KILLS} kills: {dict(reached)}; {writer.next} lines, {doubled} doubled, at most {allowed}")
        self.assertEqual(set(range(writer.next)), set(numbers))
        self.assertLessEqual(doubled, allowed)

    def numbers(self):
        # A kill may leave half a line, behind which the sink begins a new one.
        found = []
        for line in self.out.read_bytes().splitlines():
            if line.endswith(b"}}"):
                found.append(int(line[line.rindex(b":") + 1:-2]))
        return found

    def missing(self, count):
        return count - len(set(self.numbers()))


if __name__ == "__main__":
    rig.main()
