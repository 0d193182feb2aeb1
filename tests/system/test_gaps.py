#!/usr/bin/env python3
"""What a limit discards on the way to one sink is told to all sinks of its pipeline, as data."""
import unittest

import harness

FLOW = """
gateway: {shutdown_timeout: 5s, tags: {site: tokyo-1}}
sources:
  numbers: {plugin: generate, rate: 4000, fields: 1, count: COUNT, batch_samples: 100}
pipelines:
  local: {from: numbers, to: [up, down], buffer: {type: disk, commit: 20ms, max_samples: LIMIT, report_gaps: true}}
sinks:
  up: {plugin: file, path: up.ndjson, encoding: {type: ndjson, time: {format: epoch_ns}}}
  down: {plugin: file, path: data/down.ndjson, retry: {min: 50ms, max: 200ms}}
spool: {path: spool}
"""


def flow(count, limit):
    return FLOW.replace("COUNT", str(count)).replace("LIMIT", str(limit))


class Gaps(harness.SystemTest):
    def gaps(self, file):
        return [each for each in harness.read_samples(self.folder / file) if each["name"] == "tidegate_gap"]

    def test_a_hole_on_the_way_to_one_sink_is_seen_in_another(self):
        self.write("data", "")  # no folder can be made where a file is: the sink cannot write
        gateway = self.gateway(flow(12000, 5000))
        gateway.wait_for_line("all 12000 samples were sent")
        gateway.wait_until(lambda: len(self.gaps("up.ndjson")) >= 2, "gaps are told while samples come")
        self.assertEqual(harness.OK, gateway.stop())
        ledger = gateway.ledger("local -> down")
        gaps = [each for each in self.gaps("up.ndjson") if each["tags"]["route"] == "local -> down"]
        for each in gaps:
            self.assertEqual({"route": "local -> down", "reason": "full", "site": "tokyo-1"}, each["tags"])
        # Full to the last sample, the route gave up one for each report; the last is told by no other.
        self.assertEqual(ledger["discarded"], sum(each["fields"]["samples"] for each in gaps) + 1)
        self.assertEqual(ledger["accepted"], 12000 + len(self.gaps("up.ndjson")))
        times = sorted(harness.time_of(each) for each in gaps)
        for before, after in zip(times, times[1:-1]):  # at the stop once more
            self.assertGreater(after - before, 0.99)
        told = len(self.gaps("up.ndjson"))
        (self.folder / "data").unlink()
        gateway = self.gateway(flow(1, 100000))
        gateway.wait_for_samples("data/down.ndjson", 5001)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(told, len(self.gaps("up.ndjson")), "what the earlier run discarded is not told again")
        self.assertEqual(ledger["discarded"], gateway.ledger("local -> down")["discarded"])


if __name__ == "__main__":
    unittest.main()
