#!/usr/bin/env python3
"""Steps in the whole program: a chain of them between a file and another, and what is open when the program stops."""
import json
import unittest

import harness

GATEWAY = """
gateway: {shutdown_timeout: 10s}
state: {path: state}
sources:
  meter: {plugin: file, paths: [in.ndjson], interval: 50ms, format: {type: json, time: {from: t, format: epoch_s}, fields: [n, state]}}
pipelines:
  lines:
    from: meter
    process:
      - {plugin: filter, drop: {field: n, below: 0}}
      - {plugin: map, rename: {name: made}, convert: {state: {values: {"0": "off", "1": "on"}}}}
      - {plugin: aggregate, window: 10s, functions: [count, sum, last]}
    to: out
sinks:
  out: {plugin: file, path: out.ndjson}
"""


class Steps(harness.SystemTest):
    def append(self, times):
        with open(self.folder / "in.ndjson", "a", encoding="utf-8") as file:
            for time in times:
                file.write(json.dumps({"t": time, "n": time if time % 3 else -1, "state": time % 2}) + "\n")

    def test_a_window_that_is_open_at_a_stop_is_whole_after_the_start(self):
        self.append(range(0, 15))
        gateway = self.gateway(GATEWAY)
        gateway.wait_for_samples("out.ndjson", 1)
        # The fifteen lines were one batch: what was closed by it has arrived, what is open is in the step.
        self.assertEqual(0, gateway.stop())
        self.append(range(15, 32))
        gateway = self.gateway(GATEWAY)
        gateway.wait_for_samples("out.ndjson", 3)
        gateway.stop()
        windows = harness.read_samples(self.folder / "out.ndjson")
        self.assertEqual({"made"}, {each["name"] for each in windows})
        for begin, each in zip((0, 10, 20), windows):
            inside = [time for time in range(begin, begin + 10) if time % 3]
            self.assertEqual({"n_count": len(inside), "n_sum": float(sum(inside)), "n_last": inside[-1],
                              "state_count": len(inside), "state_last": ("off", "on")[inside[-1] % 2]}, each["fields"])
        self.assertEqual(3, len(windows))


if __name__ == "__main__":
    unittest.main()
