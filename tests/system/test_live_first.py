#!/usr/bin/env python3
"""A sink that was away is given what comes now before what has piled up."""
import unittest

import harness

FLOW = """
gateway: {shutdown_timeout: 5s}
sources:
  numbers: {plugin: generate, rate: RATE, fields: 1, count: COUNT, batch_samples: 50, tags: {run: RUN}}
pipelines:
  local: {from: numbers, to: archive, buffer: {type: disk, commit: 20ms}}
sinks:
  archive: {plugin: file, path: data/out.ndjson, retry: {min: 50ms, max: 200ms}, catch_up_rate: 500, live_first: true}
spool: {path: spool}
"""


def flow(run, count, rate):
    return FLOW.replace("RUN", run).replace("COUNT", str(count)).replace("RATE", str(rate))


class LiveFirst(harness.SystemTest):
    def test_what_comes_after_an_outage_overtakes_what_has_piled_up(self):
        self.write("data", "")  # no folder can be made where a file is: the sink cannot write
        gateway = self.gateway(flow("one", 4000, 0))
        gateway.wait_for_line("all 4000 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        (self.folder / "data").unlink()
        gateway = self.gateway(flow("two", 600, 600))
        gateway.wait_for_samples("data/out.ndjson", 4600)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual({"accepted": 4600, "delivered": 4600, "discarded": 0, "waiting": 0},
                         gateway.ledger("local -> archive"))
        samples = harness.read_samples(self.folder / "data/out.ndjson")
        for run, count in (("one", 4000), ("two", 600)):
            self.assertEqual(list(range(count)),
                             [each["fields"]["sequence"] for each in samples if each["tags"]["run"] == run])
        last = max(at for at, each in enumerate(samples) if each["tags"]["run"] == "two")
        self.assertLess(last, 3500, "all that came now was there before the backlog")


if __name__ == "__main__":
    unittest.main()
