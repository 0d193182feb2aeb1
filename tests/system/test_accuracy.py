#!/usr/bin/env python3
"""What `cpu` and `memory` say is what the machine does: beside psutil and /proc/meminfo."""
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import unittest

import psutil

import harness

WINDOWS = 4
SECONDS = 5

CPU = """
sources:
  cpu: {plugin: cpu, interval: 5s}
pipelines:
  local: {from: [cpu], to: [archive]}
sinks:
  archive: {plugin: file, path: cpu.ndjson, encoding: {type: ndjson, time: {format: epoch_ns}}}
"""

# Nothing, one CPU, all of them, half of one; not in step with the windows.
LOAD = """
import os, sys, threading, time
def burn(share, until):
    while time.monotonic() < until:
        begin = time.monotonic()
        while time.monotonic() - begin < 0.02 * share:
            pass
        time.sleep(0.02 * (1 - share) + 1e-4)
begin = time.monotonic()
number = int(sys.argv[1])
for step, (cpus, share) in enumerate([(0, 0), (1, 1.0), (2, 1.0), (1, 0.5), (2, 0.3)] * 2, 1):
    end = begin + step * 3.3
    burn(share if number < cpus else 0, end)
"""


class Watcher(threading.Thread):
    """Takes readings all the time, so that one is close to any moment."""

    def __init__(self, read, every):
        super().__init__(daemon=True)
        self.readings = []
        self._read = read
        self._every = every
        self._ended = threading.Event()

    def run(self):
        while not self._ended.is_set():
            before = time.time()
            value = self._read()
            self.readings.append(((before + time.time()) / 2, value))
            self._ended.wait(self._every)

    def end(self):
        self._ended.set()
        self.join()

    def around(self, moment, seconds=0.02):
        """The values taken within so many seconds, and those next to them."""
        late = next((index for index, (taken, _) in enumerate(self.readings) if taken > moment + seconds),
                    len(self.readings) - 1)
        early = max((index for index, (taken, _) in enumerate(self.readings) if taken < moment - seconds), default=0)
        return [value for _, value in self.readings[early:late + 1]]


def usage_as_psutil_has_it(before, after):
    """psutil.cpu_percent() between two readings of its own."""
    deltas = psutil._cpu_times_deltas(before, after)
    return 100.0 * psutil._cpu_busy_time(deltas) / psutil._cpu_tot_time(deltas)


class Cpu(harness.SystemTest):
    def test_utilisation_is_that_of_psutil_within_a_percentage_point(self):
        load = [subprocess.Popen([sys.executable, "-c", LOAD, str(number)]) for number in range(2)]
        for each in load:
            self.addCleanup(each.wait)
            self.addCleanup(each.kill)
        watcher = Watcher(psutil.cpu_times, 0.01)
        watcher.start()
        gateway = self.gateway(CPU)
        samples = gateway.wait_for_samples("cpu.ndjson", WINDOWS + 1, (WINDOWS + 2) * SECONDS)
        gateway.stop()
        watcher.end()

        seen = []
        for before, sample in zip(samples, samples[1:]):
            # On a machine whose CPUs are lent out, the counters jump: what psutil says depends on the very
            # moment. So it is asked for all moments at which the source may have read.
            begins, ends = (watcher.around(harness.time_of(each)) for each in (before, sample))
            expected = [usage_as_psutil_has_it(begin, end) for begin in begins for end in ends]
            seen.append(expected[0])
            usage = sample["fields"]["usage"]
            self.assertTrue(min(expected) - 1.0 <= usage <= max(expected) + 1.0, f"{usage}, psutil: {expected}")
            shares = [sample["fields"][name] for name in
                      ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")]
            self.assertAlmostEqual(100, sum(shares), delta=0.5)
        # Otherwise a source that always says the same would pass.
        if max(seen) - min(seen) <= 10:
            self.skipTest(f"other work keeps this machine too busy for a load in steps: {seen}")


def meminfo():
    lines = pathlib.Path("/proc/meminfo").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}


class Memory(harness.SystemTest):
    def test_a_known_meminfo_is_told_as_it_is(self):
        proc = self.folder / "proc"
        proc.mkdir()
        shutil.copyfile("/proc/meminfo", proc / "meminfo")
        lines = (proc / "meminfo").read_text().splitlines()
        known = {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}
        self.write("gateway.yaml", """
sources: {memory: {plugin: memory, proc_path: proc}}
pipelines: {local: {from: [memory], to: [nowhere]}}
sinks: {nowhere: {plugin: "null"}}
""")
        done = self.tidegate("test", "-c", "gateway.yaml")
        self.assertEqual((harness.OK, ""), (done.returncode, done.stderr))
        self.write("out.ndjson", done.stdout)
        (sample,) = harness.read_samples(self.folder / "out.ndjson")
        fields = sample["fields"]
        cached = known["Cached"] + known["SReclaimable"]
        self.assertEqual({
            "total": known["MemTotal"], "free": known["MemFree"], "available": known["MemAvailable"],
            "buffers": known["Buffers"], "cached": cached,
            "used": known["MemTotal"] - known["MemFree"] - known["Buffers"] - cached,
            "swap_total": known["SwapTotal"], "swap_free": known["SwapFree"],
        }, {name: fields[name] for name in
            ("total", "free", "available", "buffers", "cached", "used", "swap_total", "swap_free")})
        self.assertAlmostEqual(100 * (known["MemTotal"] - known["MemAvailable"]) / known["MemTotal"],
                               fields["used_percent"], places=6)

    def test_the_living_machine_is_told_as_the_kernel_has_it_then(self):
        watcher = Watcher(meminfo, 0.001)
        watcher.start()
        gateway = self.gateway("""
sources: {memory: {plugin: memory, interval: 100ms}}
pipelines: {local: {from: [memory], to: [archive]}}
sinks: {archive: {plugin: file, path: memory.ndjson, encoding: {type: ndjson, time: {format: epoch_ns}}}}
""")
        samples = gateway.wait_for_samples("memory.ndjson", 20)
        gateway.stop()
        watcher.end()
        for sample in samples:
            self.assertEqual(meminfo()["MemTotal"], sample["fields"]["total"])
        # Other programs allocate meanwhile: the value lies within what the readings before and after say.
        close = 0
        for sample in samples:
            around = watcher.around(harness.time_of(sample), 0.02)
            for name, line in (("free", "MemFree"), ("available", "MemAvailable")):
                values = [reading[line] for reading in around]
                margin = 4 << 20
                close += bool(values) and min(values) - margin <= sample["fields"][name] <= max(values) + margin
        self.assertGreaterEqual(close, 0.9 * 2 * len(samples))


if __name__ == "__main__":
    assert os.environ.get("TIDEGATE"), "ctest says where the program is"
    unittest.main()
