#!/usr/bin/env python3
"""The source `file` in the whole program: lines are written, rotated and taken away under load, and each arrives once."""
import os
import shutil
import signal
import threading
import time
import unittest

import harness

GATEWAY = """
gateway: {shutdown_timeout: 10s}
state: {path: state}
sources:
  meter: {plugin: file, paths: [%(paths)s], format: {type: csv, columns: ["n:i64"]}, interval: 100ms, rotate_wait: %(wait)s}
pipelines:
  lines: {from: meter, to: out, buffer: {when_full: block}}
sinks:
  out: {plugin: file, path: out.ndjson}
"""


class Writer:
    """Numbers, one a line, into a file that is opened anew now and then, as a logger does."""

    def __init__(self, path):
        self.path = path
        self.next = 0
        self._file = None
        self.open()

    def open(self):
        if self._file is not None:
            os.close(self._file)
        self._file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def write(self, count):
        for _ in range(count // 20):
            # Not on borders of lines: the reader sees halves.
            text = "".join(f"{number}\n" for number in range(self.next, self.next + 20)).encode()
            self.next += 20
            half = len(text) // 3
            os.write(self._file, text[:half])
            os.write(self._file, text[half:])


class FileSource(harness.SystemTest):
    def run_gateway(self, paths="log/*.log", wait="500ms"):
        (self.folder / "log").mkdir(exist_ok=True)
        return self.gateway(GATEWAY % {"paths": paths, "wait": wait})

    def numbers(self):
        return [sample["fields"]["n"] for sample in harness.read_samples(self.folder / "out.ndjson")]

    def writer(self, name="log/a.log"):
        (self.folder / "log").mkdir(exist_ok=True)
        return Writer(self.folder / name)

    def wait_for(self, gateway, count):
        gateway.wait_for_samples("out.ndjson", count, 60)

    def test_renaming_under_load_loses_and_doubles_nothing(self):
        writer = self.writer()
        gateway = self.run_gateway()
        for turn in range(30):
            writer.write(2000)
            # A file that comes and is renamed before it was seen cannot be told from one that is not meant.
            gateway.wait_until(lambda: str(writer.path) in self.open_logs(gateway), "the new file to be followed")
            os.rename(writer.path, self.folder / f"log/a.log.{turn}")
            writer.write(200)  # into the old file still, as a logger that was not told yet
            writer.open()
        self.wait_for(gateway, writer.next)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(writer.next)), self.numbers(), "each once, and in order")

    def test_truncating_loses_nothing_that_was_read(self):
        writer = self.writer()
        gateway = self.run_gateway()
        for _ in range(10):
            writer.write(2000)
            self.wait_for(gateway, writer.next)
            shutil.copy(writer.path, self.folder / "log/copy")
            os.truncate(writer.path, 0)
        writer.write(2000)
        self.wait_for(gateway, writer.next)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(writer.next)), self.numbers())
        said = [line for line in gateway.lines() if "read from its beginning" in line]
        self.assertEqual(10, len(said), "\n".join(said))

    def test_files_that_appear_and_vanish(self):
        gateway = self.run_gateway(paths='"log/*/*.log"')
        written = 0
        for turn in range(10):
            folder = self.folder / f"log/{turn}"
            folder.mkdir()
            for name in ("a.log", "b.log", "b.txt"):
                (folder / name).write_text("".join(f"{number}\n" for number in range(written, written + 100)))
                if name != "b.txt":
                    written += 100
            self.wait_for(gateway, written)
            shutil.rmtree(folder)
        gateway.wait_until(lambda: self.open_logs(gateway) == [], "no file that is held open")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(written)), sorted(self.numbers()))

    def open_logs(self, gateway):
        links = []
        for number in os.listdir(f"/proc/{gateway.pid}/fd"):
            try:
                links.append(os.readlink(f"/proc/{gateway.pid}/fd/{number}"))
            except FileNotFoundError:
                pass
        return [link for link in links if "/log/" in link]

    def test_a_restart_goes_on_where_it_was_left(self):
        writer = self.writer()
        for turn in range(5):
            gateway = self.run_gateway()
            writer.write(2000)
            if turn % 2:
                self.wait_for(gateway, writer.next)
            else:
                gateway.wait_for_line("runs gateway")
            self.assertEqual(harness.OK, gateway.stop())
            writer.write(200)  # while it is away
            if turn == 3:
                os.rename(writer.path, self.folder / "log/a.log.1")
                writer.open()
                writer.write(200)
        gateway = self.run_gateway()
        self.wait_for(gateway, writer.next)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(writer.next)), self.numbers())

    def test_while_nothing_happens_little_is_done(self):
        writer = self.writer()
        gateway = self.run_gateway()
        writer.write(200)
        self.wait_for(gateway, writer.next)
        before, began = self.switches(gateway), time.monotonic()
        gateway.wait_until(lambda: time.monotonic() - began > 2, "two seconds")
        # 10 looks a second at an interval of 100 ms, and the host's own.
        self.assertLess(self.switches(gateway) - before, 200)
        self.assertEqual(harness.OK, gateway.stop())

    @staticmethod
    def switches(gateway):
        """How often its threads have gone to sleep."""
        count = 0
        for task in os.listdir(f"/proc/{gateway.pid}/task"):
            with open(f"/proc/{gateway.pid}/task/{task}/status", encoding="ascii") as file:
                count += sum(int(line.split()[1]) for line in file if line.startswith("voluntary_ctxt_switches"))
        return count

    def test_a_full_queue_makes_it_wait_and_nothing_is_skipped(self):
        writer = self.writer()
        writer.write(100_000)
        (self.folder / "out.ndjson").mkdir()  # so that the sink cannot write
        self.write("gateway.yaml", GATEWAY.replace("when_full: block", "max_size: 64KiB, when_full: drop_oldest") %
                   {"paths": "log/*.log", "wait": "1s"})
        gateway = self.start("-c", "gateway.yaml")
        gateway.wait_for_line("out.*backing off|out.*degraded|out.ndjson")
        before = gateway.resources()["memory"]
        (self.folder / "out.ndjson").rmdir()
        self.wait_for(gateway, writer.next)
        self.assertLess(gateway.resources()["memory"] - before, 32 << 20)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(writer.next)), self.numbers())
        self.assertEqual(0, gateway.ledger("lines -> out")["discarded"])

    def test_a_stop_in_full_flow_is_soon_and_loses_nothing(self):
        writer = self.writer()
        stop = threading.Event()

        def go_on():
            while not stop.wait(0.002):
                writer.write(20)
        thread = threading.Thread(target=go_on)
        thread.start()
        try:
            for _ in range(3):
                gateway = self.run_gateway()
                self.wait_for(gateway, len(self.numbers()) + 500 if (self.folder / "out.ndjson").exists() else 500)
                self.assertEqual(harness.OK, gateway.stop(signal.SIGTERM))
        finally:
            stop.set()
            thread.join()
        gateway = self.run_gateway()
        self.wait_for(gateway, writer.next)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(writer.next)), self.numbers())


if __name__ == "__main__":
    unittest.main()
