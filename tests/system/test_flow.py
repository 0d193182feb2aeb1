#!/usr/bin/env python3
"""What sources declare about themselves: one that can deliver again loses nothing, one that cannot wait loses
nothing in silence."""
import json
import os
import pathlib
import signal
import threading
import unittest

import harness

PLUGINS = os.environ.get("TIDEGATE_FLOW_PLUGIN_PATH", "")


def numbers(path):
    try:
        return [int(line) for line in pathlib.Path(path).read_text(encoding="ascii").splitlines()]
    except FileNotFoundError:
        return []


class Replayable(harness.SystemTest):
    COUNT = 4000
    # Small deliveries, so that much is on its way at any moment.
    FLOW = f"""
gateway: {{shutdown_timeout: 3s}}
sources:
  counted: {{plugin: recount, interval: 1ms, journal: journal, count: {COUNT}}}
pipelines:
  local: {{from: counted, to: away, buffer: {{max_size: 64KiB, when_full: block}}}}
sinks:
  away: {{plugin: flaky, path: delivered, batch: {{max_samples: 7}}, retry: {{min: 1ms, max: 5ms}}}}
"""

    def acknowledged(self):
        return numbers(self.folder / "journal")

    def delivered(self):
        return numbers(self.folder / "delivered")

    def run_until_killed(self, configuration, acknowledged_more):
        """The numbers that this run has delivered; it ends by SIGKILL in full flow."""
        before = len(self.acknowledged())
        delivered_before = len(self.delivered())
        gateway = self.gateway(configuration, plugins=f"{PLUGINS}:{harness.plugin_path()}")
        gateway.wait_until(lambda: len(self.acknowledged()) >= before + acknowledged_more, "acknowledgements")
        gateway.send(signal.SIGKILL)
        gateway.wait_for_end()
        return self.delivered()[delivered_before:]

    def run_to_the_end(self, configuration):
        gateway = self.gateway(configuration, plugins=f"{PLUGINS}:{harness.plugin_path()}")
        gateway.wait_until(lambda: len(self.acknowledged()) >= self.COUNT, "all acknowledgements", 60)
        self.assertEqual(harness.OK, gateway.stop())
        return gateway

    def test_kill_9_loses_nothing_and_only_what_was_not_acknowledged_comes_again(self):
        for _ in range(3):
            acknowledged_before = set(self.acknowledged())
            delivered = self.run_until_killed(self.FLOW, 500)
            self.assertEqual(set(), acknowledged_before & set(delivered), "delivered again though acknowledged")
            self.assertLessEqual(set(self.acknowledged()), set(self.delivered()), "acknowledged, but not delivered")
        self.run_to_the_end(self.FLOW)
        self.assertEqual(list(range(self.COUNT)), sorted(set(self.delivered())))
        self.assertEqual(list(range(self.COUNT)), sorted(self.acknowledged()), "each is acknowledged once")

    def test_with_a_spool_it_is_acknowledged_once_the_samples_are_on_disk(self):
        durable = self.FLOW.replace("max_size: 64KiB, when_full: block", "type: disk, commit: 20ms") + "spool: {path: spool}\n"
        (self.folder / "delivered").mkdir()  # so that the sink cannot start
        gateway = self.gateway(durable, plugins=f"{PLUGINS}:{harness.plugin_path()}")
        gateway.wait_until(lambda: len(self.acknowledged()) == self.COUNT, "all acknowledgements", 60)
        gateway.send(signal.SIGKILL)
        gateway.wait_for_end()
        (self.folder / "delivered").rmdir()
        gateway = self.gateway(durable, plugins=f"{PLUGINS}:{harness.plugin_path()}")
        gateway.wait_until(lambda: len(set(self.delivered())) == self.COUNT, "the rest from the spool", 60)
        self.assertEqual(harness.OK, gateway.stop())

    def test_an_orderly_stop_waits_for_what_the_sinks_can_take(self):
        reliable = self.FLOW.replace("plugin: flaky, path: delivered", "plugin: file, path: out.ndjson")
        out = self.folder / "out.ndjson"
        while len(self.acknowledged()) < self.COUNT:
            before = harness.count_lines(out)
            gateway = self.gateway(reliable, plugins=f"{PLUGINS}:{harness.plugin_path()}")
            gateway.wait_until(lambda: harness.count_lines(out) >= min(before + 1000, self.COUNT), "full flow")
            self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(self.COUNT)), sorted(each["fields"]["sequence"] for each in harness.read_samples(out)),
                         "none missing, and none twice")


class Lossy(harness.SystemTest):
    FLOW = """
gateway: {shutdown_timeout: 3s}
sources:
  ticks: {plugin: metronome, ring: 10s, ring_max_size: 64KiB, report_gaps: true}
pipelines:
  local: {from: ticks, to: slow, buffer: {max_size: 64KiB, when_full: block}}
sinks:
  slow: {plugin: console, encoding: {type: ndjson}}
"""

    def test_what_is_lost_while_a_pipeline_blocks_is_told_and_counted(self):
        readable, writable = os.pipe()
        gateway = self.gateway(self.FLOW, plugins=f"{PLUGINS}:{harness.plugin_path()}", stdout=writable)
        os.close(writable)
        gateway.wait_for_line("source ticks: degraded: the ring of 10s and 64KiB is full")
        said = []
        with os.fdopen(readable, "rb") as pipe:
            reader = threading.Thread(target=lambda: said.extend(pipe))
            reader.start()
            line = gateway.wait_for_line(r"source ticks: \d+ samples from .* to .* were lost: the ring of 10s and 64KiB was full")
            gateway.wait_for_line("source ticks: running again")
            self.assertEqual(harness.OK, gateway.stop())
            reader.join()
        samples = [json.loads(each) for each in said]
        seen = [each["fields"]["sequence"] for each in samples if each["name"] == "tick"]
        gaps = [each for each in samples if each["name"] == "tidegate_gap"]
        self.assertEqual(sorted(set(seen)), seen, "in order, none twice")
        missing = set(range(seen[-1] + 1)) - set(seen)
        self.assertEqual(len(missing), sum(gap["fields"]["samples"] for gap in gaps))
        self.assertIn(f" {len(missing)} samples from 1970-01-01T00:00:0", line)
        for gap in gaps:
            self.assertEqual({"source": "ticks", "reason": "ring_full"}, gap["tags"])
        told = set()
        for gap in gaps:
            told.update(range(gap["fields"]["first_time"] // 10**6, gap["fields"]["last_time"] // 10**6 + 1))
        self.assertLessEqual(missing, told)

    def test_a_source_that_can_wait_has_no_ring(self):
        self.write("gateway.yaml", """
sources: {numbers: {plugin: generate, ring: 10s}}
pipelines: {local: {from: numbers, to: screen}}
sinks: {screen: {plugin: console}}
""")
        said = self.tidegate("check", "-c", "gateway.yaml")
        self.assertEqual(harness.CONFIGURATION, said.returncode)
        self.assertIn("gateway.yaml:2:39: error: sources.numbers.ring: this source can wait for its pipelines and "
                      "needs no ring; remove it", said.stderr)


if __name__ == "__main__":
    unittest.main()
