#!/usr/bin/env python3
"""How long a gateway takes to start with a large backlog: until it accepts samples, and until its first delivery.

A spool is filled with samples for a sink that cannot write, the gateway is stopped and, the sink mended, started again.
Wall-clock, so a figure and no test; tests/crash/test_outage.py holds that memory does not grow with a backlog.
"""
import argparse
import os
import pathlib
import subprocess
import sys
import tempfile
import time

CONFIGURATION = """
gateway: {{shutdown_timeout: 120s}}
spool: {{path: spool, max_size: {size}GiB, min_free: 1MiB}}
sources:
  numbers: {{plugin: generate, rate: 0, fields: 30, count: {count}, batch_samples: 1000}}
pipelines:
  backlog: {{from: [numbers], to: [out], buffer: {{type: disk, max_size: {size}GiB, when_full: block}}}}
sinks:
  out: {{plugin: file, path: data/out.ndjson, retry: {{min: 50ms, max: 100ms}}}}
"""
BYTES_EACH = 260  # of a sample on disk, about


class Gateway:
    def __init__(self, build, folder, count, size):
        (folder / "gateway.yaml").write_text(CONFIGURATION.format(count=count, size=size))
        self.began = time.monotonic()
        self.process = subprocess.Popen([build / "tidegate", "run", "-c", "gateway.yaml"], cwd=folder, text=True,
                                        env={**os.environ, "TIDEGATE_PLUGIN_PATH": str(build / "plugins")},
                                        stderr=subprocess.PIPE)

    def wait_for_line(self, text):
        """How long after the start it came."""
        for line in self.process.stderr:
            if text in line:
                return time.monotonic() - self.began
        sys.exit(f"backlog_start: the gateway ended without '{text}'")

    def stop(self):
        self.process.terminate()
        self.process.stderr.read()
        self.process.wait()


def wait_for_bytes(path, began):
    while not path.exists() or path.stat().st_size == 0:
        time.sleep(0.001)
    return time.monotonic() - began


def main():
    parser = argparse.ArgumentParser(prog="./dev bench start", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--gigabytes", type=int, default=4, help="of backlog (4)")
    given = parser.parse_args()
    build = given.build.resolve()
    with tempfile.TemporaryDirectory(prefix="tidegate-backlog-") as name:
        folder = pathlib.Path(name)
        (folder / "data").touch()
        count = given.gigabytes * 10 ** 9 // BYTES_EACH
        filling = Gateway(build, folder, count, given.gigabytes * 2)
        filling.wait_for_line(f"all {count} samples were sent")
        filling.stop()
        held = sum(file.stat().st_size for file in (folder / "spool").iterdir())
        (folder / "data").unlink()
        os.sync()
        started = Gateway(build, folder, 1, given.gigabytes * 2)
        accepts = started.wait_for_line("all 1 samples were sent")
        delivers = wait_for_bytes(folder / "data/out.ndjson", started.began)
        started.process.kill()
        started.process.wait()
        print(f"\n{held / 1e9:.1f} GB of files: {accepts:.2f} s to the first sample that is taken, "
              f"{delivers:.2f} s to the first that is delivered")


if __name__ == "__main__":
    main()
