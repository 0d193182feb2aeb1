#!/usr/bin/env python3
"""Pipelines whose buffer is on disk: what they have accepted is there after the program has ended, however it did."""
import signal
import unittest

import harness

FLOW = """
gateway: {shutdown_timeout: 3s}
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, count: COUNT, batch_samples: 100}
pipelines:
  local: {from: [numbers], to: [archive], buffer: {type: disk, commit: always}}
sinks:
  archive: {plugin: file, path: data/out.ndjson, retry: {min: 50ms, max: 200ms}}
spool: {path: spool}
"""


def flow(count, **changes):
    text = FLOW.replace("COUNT", str(count))
    for old, new in changes.items():
        text = text.replace(old, new)
    return text


class Durable(harness.SystemTest):
    def numbers(self):
        return [sample["fields"]["sequence"] for sample in harness.read_samples(self.folder / "data/out.ndjson")]

    def block(self):
        """No folder can be made where a file is: the sink cannot write."""
        self.write("data", "")

    def unblock(self):
        (self.folder / "data").unlink()

    def test_what_waits_at_a_stop_is_delivered_by_the_next_run(self):
        self.block()
        gateway = self.gateway(flow(3000))
        gateway.wait_for_line("all 3000 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        gateway.wait_for_line("route local -> archive: accepted 3000, delivered 0, discarded 0, waiting 3000, kept in the spool")
        self.unblock()
        gateway = self.gateway(flow(1))
        gateway.wait_for_samples("data/out.ndjson", 3001)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(3000)) + [0], self.numbers())
        self.assertEqual({"accepted": 3001, "delivered": 3001, "discarded": 0, "waiting": 0},
                         gateway.ledger("local -> archive"))

    def test_kill_9_loses_nothing_that_was_accepted(self):
        self.block()
        gateway = self.gateway(flow(3000))
        gateway.wait_for_line("all 3000 samples were sent")
        gateway.send(signal.SIGKILL)
        gateway.wait_for_end()
        self.unblock()
        gateway = self.gateway(flow(1))
        gateway.wait_for_samples("data/out.ndjson", 3001)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(3000)) + [0], self.numbers())

    def test_a_kill_in_full_flow_doubles_samples_and_loses_none(self):
        for run in range(3):
            gateway = self.gateway(flow(20000, **{"rate: 0": "rate: 20000", "always": "20ms"}))
            before = harness.count_lines(self.folder / "data/out.ndjson")
            gateway.wait_until(lambda: harness.count_lines(self.folder / "data/out.ndjson") > before + 2000, "full flow")
            gateway.send(signal.SIGKILL)
            gateway.wait_for_end()
        gateway = self.gateway(flow(1))
        gateway.wait_for_line("all 1 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(0, gateway.ledger("local -> archive")["waiting"])
        # Each run counts from 0; within one no number is missing before its last.
        numbers = self.numbers()
        begins = [at for at, number in enumerate(numbers) if number == 0 and (at == 0 or numbers[at - 1] != 0)]
        self.assertGreaterEqual(len(begins), 3)
        for begin, end in zip(begins, begins[1:] + [len(numbers)]):
            seen = set(numbers[begin:end])
            self.assertEqual(set(range(max(seen) + 1)), seen)

    def test_two_sinks_share_what_is_written_and_neither_waits_for_the_other(self):
        self.block()
        two = flow(3000, **{"to: [archive]": "to: [archive, other]"}).replace(
            "sinks:", "sinks:\n  other: {plugin: file, path: other.ndjson}")
        gateway = self.gateway(two)
        gateway.wait_for_samples("other.ndjson", 3000)
        self.unblock()
        gateway.wait_for_samples("data/out.ndjson", 3000)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(3000)), self.numbers())

    def test_a_second_program_on_the_same_spool_is_refused(self):
        gateway = self.gateway(flow(0))
        gateway.wait_for_line("runs gateway")
        second = self.tidegate("run", "-c", "gateway.yaml")
        self.assertEqual(harness.UNAVAILABLE, second.returncode, second.stderr)
        self.assertIn(f"{self.folder}/spool is in use by process {gateway.pid} (tidegate)", second.stderr)
        self.assertEqual(harness.OK, gateway.stop())

    def test_check_says_how_long_it_lasts_and_what_it_writes(self):
        self.write("gateway.yaml", flow(1).replace("  numbers:", "  memory: {plugin: memory, interval: 10s}\n  numbers:")
                   .replace("[numbers]", "[memory]"))
        done = self.tidegate("check", "-c", "gateway.yaml")
        self.assertEqual(harness.OK, done.returncode)
        self.assertEqual(["gateway.yaml: ok (sources: 2, pipelines: 1, sinks: 1)",
                          "pipeline local -> archive: at about 0.1 samples/s, the 1GiB of the spool last about 30 days offline",
                          f"spool {self.folder}/spool: about 71 MB a day are written"], done.stdout.splitlines())

    def test_check_makes_no_spool(self):
        self.write("gateway.yaml", flow(1))
        self.assertEqual(harness.OK, self.tidegate("check", "-c", "gateway.yaml").returncode)
        self.assertEqual(["gateway.yaml"], [file.name for file in self.folder.iterdir()])


if __name__ == "__main__":
    unittest.main()
