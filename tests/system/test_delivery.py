#!/usr/bin/env python3
"""What was accepted arrives: none lost, none doubled, whatever happens to a sink."""
import fcntl
import os
import signal
import subprocess
import unittest

import harness


def numbers_of(path):
    return [sample["fields"]["sequence"] for sample in harness.read_samples(path)]


FULL_FLOW = """
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, batch_samples: 500}
pipelines:
  local: {from: [numbers], to: [archive], buffer: {max_size: 1MiB, when_full: block}}
sinks:
  archive: {plugin: file, path: out.ndjson}
"""


class Delivery(harness.SystemTest):
    def test_every_number_arrives_once_and_in_order(self):
        gateway = self.gateway(FULL_FLOW.replace("fields: 1", "count: 200000, fields: 1"))
        gateway.wait_for_line("all 200000 samples were sent", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(200000)), numbers_of(self.folder / "out.ndjson"))

    def test_a_stop_in_full_flow_loses_nothing_that_was_accepted(self):
        # Fast enough that samples are on every part of their way, and not faster than this can be read.
        flow = FULL_FLOW.replace("rate: 0", "rate: 50000")
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                gateway = self.gateway(flow)
                before = harness.count_lines(self.folder / "out.ndjson")
                gateway.wait_until(lambda: harness.count_lines(self.folder / "out.ndjson") > before + 5000, "full flow")
                self.assertEqual(harness.OK, gateway.stop(number))
                ledger = gateway.ledger("local -> archive")
                self.assertEqual((0, 0), (ledger["discarded"], ledger["waiting"]))
                written = numbers_of(self.folder / "out.ndjson")[before:]
                self.assertEqual(list(range(ledger["accepted"])), written)

    def test_dropped_samples_are_counted(self):
        readable, writable = os.pipe()
        self.addCleanup(os.close, readable)
        gateway = self.gateway("""
gateway: {shutdown_timeout: 2s}
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, count: 300000}
pipelines:
  local: {from: [numbers], to: [stuck], buffer: {max_size: 1MiB, when_full: drop_oldest}}
sinks:
  stuck: {plugin: console}
""", stdout=writable)
        os.close(writable)
        gateway.wait_for_line("all 300000 samples were sent", 60)
        gateway.stop()
        ledger = gateway.ledger("local -> stuck")
        self.assertEqual(300000, ledger["accepted"])
        self.assertGreater(ledger["discarded"], 0)
        self.assertEqual(300000, ledger["delivered"] + ledger["discarded"] + ledger["waiting"])

    def test_a_hung_sink_delays_no_other(self):
        readable, writable = os.pipe()
        self.addCleanup(os.close, readable)
        gateway = self.gateway("""
gateway: {shutdown_timeout: 2s}
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, count: 300000}
pipelines:
  hung: {from: [numbers], to: [stuck], buffer: {max_size: 64KiB, when_full: drop_oldest}}
  good: {from: [numbers], to: [archive], buffer: {when_full: block}}
sinks:
  stuck: {plugin: console}
  archive: {plugin: file, path: out.ndjson}
""", stdout=writable)
        os.close(writable)
        gateway.wait_for_samples("out.ndjson", 300000, 60)
        self.assertEqual(list(range(300000)), numbers_of(self.folder / "out.ndjson"))

    def test_a_reader_that_comes_back_gets_the_rest(self):
        readable, writable = os.pipe()
        fcntl.fcntl(writable, fcntl.F_SETPIPE_SZ, 4096)
        gateway = self.gateway("""
sources:
  numbers: {plugin: generate, rate: 0, fields: 0, count: 2000}
pipelines:
  local: {from: [numbers], to: [slow], buffer: {when_full: block}}
sinks:
  slow: {plugin: console, encoding: {type: ndjson}}
""", stdout=writable)
        os.close(writable)
        gateway.wait_for_line("all 2000 samples were sent")
        self.addCleanup(os.close, readable)
        text = b""
        while text.count(b"\n") < 2000:
            text += os.read(readable, 65536)
        self.write("out.ndjson", text.decode())
        self.assertEqual(list(range(2000)), numbers_of(self.folder / "out.ndjson"))
        self.assertEqual(harness.OK, gateway.stop())

    def test_kill_9_leaves_a_file_that_goes_on(self):
        configuration = FULL_FLOW.replace("rate: 0", "rate: 5000")
        for _ in range(3):
            gateway = self.gateway(configuration)
            before = harness.count_lines(self.folder / "out.ndjson")
            gateway.wait_until(lambda: harness.count_lines(self.folder / "out.ndjson") > before + 1000, "full flow")
            gateway.send(signal.SIGKILL)
            gateway.wait_for_end()
        # A line that was cut is mended when the next one starts; each run counts from 0.
        numbers = numbers_of(self.folder / "out.ndjson")
        begins = [at for at, number in enumerate(numbers) if number == 0]
        self.assertEqual(3, len(begins))
        for begin, end in zip(begins, begins[1:] + [len(numbers)]):
            self.assertEqual(list(range(end - begin)), numbers[begin:end])


class FullDisk(harness.SystemTest):
    """On a small file system of its own, so it needs root."""

    def setUp(self):
        super().setUp()
        self.disk = self.folder / "disk"
        self.disk.mkdir()
        done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tidegate-test", str(self.disk)],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            self.skipTest(f"cannot mount a tmpfs here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=False)

    CONFIGURATION = """
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, count: 20000, batch_samples: 100}
pipelines:
  small: {from: [numbers], to: [disk], buffer: {max_size: 16MiB, when_full: block}}
  other: {from: [numbers], to: [archive], buffer: {when_full: block}}
sinks:
  disk: {plugin: file, path: disk/out.ndjson, retry: {min: 50ms, max: 200ms}}
  archive: {plugin: file, path: archive.ndjson}
"""

    def test_a_full_disk_is_waited_for_and_nothing_is_lost(self):
        ballast = self.disk / "ballast"
        ballast.write_bytes(b"\0" * 160 * 1024)
        gateway = self.gateway(self.CONFIGURATION)
        said = gateway.wait_for_line("sink disk: .*No space left")
        self.assertIn("disk/out.ndjson", said)
        # Meanwhile the other sink has got everything.
        gateway.wait_for_samples("archive.ndjson", 20000)
        self.assertTrue(gateway.is_alive())

        # The disk becomes large enough without a restart.
        ballast.unlink()
        subprocess.run(["mount", "-o", "remount,size=16m", str(self.disk)], check=True)
        gateway.wait_for_samples("disk/out.ndjson", 20000)
        gateway.wait_for_line("sink disk: .*running")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(20000)), numbers_of(self.disk / "out.ndjson"))

    def test_a_folder_that_vanishes_is_made_again(self):
        gateway = self.gateway("""
sources:
  numbers: {plugin: generate, rate: 500, fields: 0}
pipelines:
  local: {from: [numbers], to: [archive]}
sinks:
  archive: {plugin: file, path: data/out.ndjson, retry: {min: 50ms, max: 200ms}}
""")
        gateway.wait_for_samples("data/out.ndjson", 10)
        os.rename(self.folder / "data", self.folder / "moved")
        after = gateway.wait_for_samples("data/out.ndjson", 10)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertGreater(after[0]["fields"]["sequence"], 0)
        together = numbers_of(self.folder / "moved/out.ndjson") + numbers_of(self.folder / "data/out.ndjson")
        self.assertEqual(list(range(gateway.ledger("local -> archive")["delivered"])), together)


if __name__ == "__main__":
    unittest.main()
