#!/usr/bin/env python3
"""A file that is read faster than the disk writes loses no line, whatever `when_full` says: reading waits."""
import rig
from faults import Faults
from rig import harness

LINE = 110  # bytes

GATEWAY = """
gateway: {{id: crash, shutdown_timeout: 60s}}
state: {{path: state}}
spool: {{path: spool, max_size: {spool}, min_free: 1MiB}}
sources:
  log: {{plugin: file, paths: [a.log], format: {{type: csv, columns: ["n:i64", text]}}, interval: 50ms}}
pipelines:
  lines: {{from: log, to: out, buffer: {buffer}}}
sinks:
  out: {{plugin: file, path: out.ndjson, batch: {{max_samples: 500}}{sink}}}
"""


# Its deliveries take as long as a sync.
SLOW_SINK = ", acknowledge: fsync, fsync_interval: 0s"


class SlowDisk(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.out = self.folder / "out.ndjson"

    def run_through(self, lines, buffer, slow, sync_takes, spool="256MiB", sink=""):
        """Reads so many lines through a buffer, while each sync below the folder `slow` takes its time."""
        self.write("gateway.yaml", GATEWAY.format(buffer=buffer, spool=spool, sink=sink))
        with open(self.folder / "a.log", "w", encoding="ascii") as file:
            for number in range(lines):
                file.write(f"{number:09d},{'x' * (LINE - 11)}\n")
        faults = Faults(self.folder / "faults", slow)
        faults.make_syncs_slow(sync_takes)
        daemon = rig.Daemon(self.folder, faults.environment())
        self.addCleanup(daemon.kill)
        daemon.wait_until(lambda: self.is_done(lines), "all lines, or their loss", 180)
        self.assertEqual(harness.OK, daemon.stop())
        numbers = self.numbers()
        self.assertEqual(len(numbers), lines)
        self.assertEqual(set(numbers), set(range(lines)))

    def is_done(self, lines):
        # The last line comes last, whether others are missing or not.
        return harness.count_lines(self.out) >= lines or f"{lines - 1}," in self.end()

    def end(self):
        if not self.out.exists():
            return ""
        with open(self.out, "rb") as file:
            file.seek(max(0, self.out.stat().st_size - 300))
            return file.read().decode("ascii")

    def numbers(self):
        with open(self.out, encoding="ascii") as file:
            return [int(line.split('"n":', 1)[1].split(",", 1)[0]) for line in file]

    def test_a_durable_pipeline_whose_disk_is_slow(self):
        self.run_through(200_000, "{type: disk}", self.folder / "spool", 0.2)

    def test_a_durable_pipeline_where_the_whole_spool_is_small(self):
        self.run_through(120_000, "{type: disk, commit: 20ms}", self.folder, 0.03, spool="16MiB", sink=SLOW_SINK)

    def test_a_pipeline_in_memory_that_thins_out_before_a_slow_sink(self):
        self.run_through(20_000, "{type: memory, max_samples: 1500, when_full: thin_out}", self.folder, 0.03, sink=SLOW_SINK)


if __name__ == "__main__":
    rig.main()
