#!/usr/bin/env python3
"""A day's worth of polls grows nothing: memory, descriptors, threads."""
import unittest

import harness

DAY = 86_400
INSTANCES = 12  # six of cpu, six of memory: at 100 polls a second each, a day passes in 72 s
POLLS_EACH = DAY // INSTANCES
WARM_UP = POLLS_EACH // 4


def configuration():
    sources = "".join(f"  cpu{n}: {{plugin: cpu, interval: 10ms, per_core: true}}\n"
                      f"  memory{n}: {{plugin: memory, interval: 10ms}}\n" for n in range(INSTANCES // 2))
    names = ", ".join(f"cpu{n}, memory{n}" for n in range(INSTANCES // 2))
    return f"""
sources:
{sources}
pipelines:
  rotated: {{from: [{names}], to: [rotated]}}
  counted: {{from: [memory0], to: [counted]}}
sinks:
  rotated:
    plugin: file
    path: data/%H%M.ndjson
    rotation: {{max_size: 4MiB}}
    retention: {{max_files: 3}}
    compress: gzip
  counted: {{plugin: file, path: counted.ndjson}}
"""


class Endurance(harness.SystemTest):
    def test_a_day_of_polls_grows_nothing(self):
        gateway = self.gateway(configuration())
        counted = self.folder / "counted.ndjson"
        gateway.wait_until(lambda: harness.count_lines(counted) >= WARM_UP, "the warm-up", 120)
        samples = [gateway.resources()]
        for part in range(1, 13):
            goal = WARM_UP + (POLLS_EACH - WARM_UP) * part // 12
            gateway.wait_until(lambda: harness.count_lines(counted) >= goal, f"{goal} polls", 60)
            samples.append(gateway.resources())
        self.assertEqual(harness.OK, gateway.stop())

        # The compressor comes and goes, so what is rare is compared by its least.
        first, last = samples[:4], samples[-4:]
        least = {name: (min(s[name] for s in first), min(s[name] for s in last)) for name in samples[0]}
        print(f"\nbefore, after: {least}")
        self.assertEqual(*least["threads"], samples)
        self.assertEqual(*least["descriptors"], samples)
        self.assertLess(least["memory"][1] - least["memory"][0], 256 * 1024, samples)
        ledger = gateway.ledger("rotated -> rotated")
        self.assertEqual(0, ledger["discarded"] + ledger["waiting"])
        self.assertGreater(ledger["accepted"], DAY / 2)  # those of cpu give two a tick at most


if __name__ == "__main__":
    unittest.main()
