#!/usr/bin/env python3
"""Sensors to file, through plugins that are shared libraries."""
import os
import pathlib
import subprocess
import unittest

import harness

CPU_AND_MEMORY = """
gateway: {tags: {site: here}}
sources:
  cpu: {plugin: cpu, interval: 100ms, per_core: true}
  memory: {plugin: memory, interval: 100ms, tags: {board: main}}
pipelines:
  local: {from: [cpu, memory], to: [archive]}
sinks:
  archive: {plugin: file, path: data/samples.ndjson}
"""

# As many samples as a second gives, each with its number, to two files.
FAN_OUT = """
sources:
  numbers: {plugin: generate, rate: 0, count: 20000, batch_samples: 7}
pipelines:
  both:
    from: [numbers]
    to: [left, right]
    buffer: {when_full: block}
sinks:
  left: {plugin: file, path: left.ndjson}
  right: {plugin: file, path: right.ndjson, batch: {max_samples: 11}}
"""


class EndToEnd(harness.SystemTest):
    def test_cpu_and_memory_arrive_in_a_file(self):
        gateway = self.gateway(CPU_AND_MEMORY)
        samples = gateway.wait_for_samples("data/samples.ndjson", 30)
        self.assertEqual(harness.OK, gateway.stop())

        total = [s for s in samples if s["name"] == "cpu" and s["tags"]["cpu"] == "total"]
        cores = {s["tags"]["cpu"] for s in samples if s["name"] == "cpu"} - {"total"}
        memory = [s for s in samples if s["name"] == "memory"]
        self.assertEqual({f"cpu{n}" for n in os.sched_getaffinity(0)} | cores, cores)
        for sample in total:
            self.assertTrue(0 <= sample["fields"]["usage"] <= 100, sample)
            self.assertEqual("here", sample["tags"]["site"])
            self.assertGreaterEqual(sample["fields"]["load1"], 0)
        for sample in memory:
            self.assertEqual({"site": "here", "board": "main"}, sample["tags"])
            self.assertGreater(sample["fields"]["total"], sample["fields"]["free"])
        times = [s["time"] for s in memory]
        self.assertGreaterEqual(len(times), 3)
        self.assertEqual(sorted(set(times)), times)

    def test_the_ledger_balances_at_the_end(self):
        gateway = self.gateway(CPU_AND_MEMORY)
        gateway.wait_for_samples("data/samples.ndjson", 10)
        gateway.stop()
        ledger = gateway.ledger("local -> archive")
        written = harness.count_lines(self.folder / "data/samples.ndjson")
        self.assertEqual({"accepted": written, "delivered": written, "discarded": 0, "waiting": 0}, ledger)

    def test_two_sinks_get_the_same(self):
        gateway = self.gateway(FAN_OUT)
        gateway.wait_for_samples("left.ndjson", 20000)
        gateway.wait_for_samples("right.ndjson", 20000)
        gateway.stop()
        left = (self.folder / "left.ndjson").read_bytes()
        self.assertEqual(left, (self.folder / "right.ndjson").read_bytes())
        numbers = [sample["fields"]["sequence"] for sample in harness.read_samples(self.folder / "left.ndjson")]
        self.assertEqual(list(range(20000)), numbers)

    def test_a_source_of_two_pipelines_gives_to_both(self):
        gateway = self.gateway("""
sources:
  numbers: {plugin: generate, rate: 0, count: 500}
pipelines:
  one: {from: [numbers], to: [left], buffer: {when_full: block}}
  two: {from: [numbers], to: [right], buffer: {when_full: block}}
sinks:
  left: {plugin: file, path: left.ndjson}
  right: {plugin: file, path: right.ndjson}
""")
        self.assertEqual(gateway.wait_for_samples("left.ndjson", 500), gateway.wait_for_samples("right.ndjson", 500))

    def test_the_message_of_the_tutorial_is_reached_byte_for_byte(self):
        gateway = self.gateway("""
sources:
  numbers: {plugin: generate, rate: 0, count: 1, fields: 1, signal: counter}
pipelines:
  one: {from: [numbers], to: [out]}
sinks:
  out:
    plugin: file
    path: out.json
    encoding:
      type: ndjson
      layout: flat
      name: none
      tags: none
      fields: {cpu_util: sequence}
      time: {format: "%Y/%m/%d %H:%M:%S"}
""")
        gateway.wait_until(lambda: harness.count_lines(self.folder / "out.json") == 1, "a line")
        self.assertRegex((self.folder / "out.json").read_text(),
                         r'^\{"time": ?"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d", ?"cpu_util": ?0\}\n$')


class BuiltIn(harness.SystemTest):
    def test_the_default_shows_samples_and_keeps_them(self):
        gateway = self.start("--default")
        shown = gateway.wait_until(lambda: gateway.stdout_file.read_text().count("\n") >= 2 and gateway.stdout_file.read_text(),
                                   "two lines on the console")
        files = gateway.wait_until(lambda: list((self.folder / "tidegate-data").glob("*.ndjson")), "a file")
        self.assertIn("cpu", shown)
        self.assertIn("memory", shown)
        self.assertEqual(harness.OK, gateway.stop())
        names = {sample["name"] for sample in harness.read_samples(files[0])}
        self.assertEqual({"cpu", "memory"}, names)

    def test_what_is_not_used_is_not_loaded(self):
        gateway = self.gateway(CPU_AND_MEMORY)
        gateway.wait_for_samples("data/samples.ndjson", 1)
        loaded = {pathlib.Path(line.split()[-1]).name
                  for line in pathlib.Path(f"/proc/{gateway.pid}/maps").read_text().splitlines() if ".so" in line}
        self.assertEqual({"cpu.so", "memory.so", "file.so"}, loaded & {
            file.name for file in pathlib.Path(harness.plugin_path()).glob("*.so")})
        self.assertFalse({name for name in loaded if name.startswith(("libssl", "libcrypto", "libpaho"))})


class Shipped(harness.SystemTest):
    """The files of config/ are right."""

    def test_every_configuration_that_is_shipped_passes_check(self):
        config = pathlib.Path(__file__).resolve().parents[2] / "config"
        examples = [file for file in sorted((config / "examples").glob("*.yaml")) if ".tests." not in file.name]
        self.assertGreaterEqual(len(examples), 10)
        files = [config / "tidegate.yaml", *examples]
        for file in files:
            with self.subTest(file=file.name):
                done = self.tidegate("check", "-c", str(file))
                self.assertEqual((harness.OK, ""), (done.returncode, done.stderr))

    def test_the_units_of_systemd_are_right(self):
        folder = pathlib.Path(__file__).resolve().parents[2] / "packaging/systemd"
        units = [str(folder / name) for name in ("tidegate.service", "tidegate@.service")]
        try:
            done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True,
                                  timeout=60, check=False)
        except FileNotFoundError:
            self.skipTest("systemd is not installed")
        complaints = [line for line in done.stderr.splitlines()
                      if "tidegate" in line and "is not executable" not in line]
        self.assertEqual([], complaints)

    def test_the_unit_of_one_gateway_and_that_of_several_are_alike(self):
        def settings(name):
            text = (pathlib.Path(__file__).resolve().parents[2] / "packaging/systemd" / name).read_text()
            return {line for line in text.split("[Service]")[1].splitlines() if line[:1].isalpha()}

        differ = settings("tidegate.service") ^ settings("tidegate@.service")
        self.assertEqual({"ExecStart", "ExecReload", "StateDirectory"}, {line.split("=")[0] for line in differ})


if __name__ == "__main__":
    unittest.main()
