#!/usr/bin/env python3
"""What lines cost from a file, and from a pseudo-terminal as a serial port, to an NDJSON file: CPU seconds per million lines of
120 bytes with five fields, as JSON and as CSV, and megabytes a second; beside it what the decoder alone needs (bench_decode).

Runs are interleaved and medians given; what a start costs is measured the same way and taken off.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import tty

GATEWAY = """
log: {level: info}
state: {path: state}
sources:
  lines: %(source)s
pipelines:
  bench: {from: [lines], to: [out], buffer: {type: memory, when_full: block}}
sinks:
  out: {plugin: file, path: out.ndjson}
"""
# As fast as it can be: the ring is for what a disk does not take at once.
SOURCES = {"file": "{plugin: file, paths: [%(input)s], format: %(format)s}",
           "pty": "{plugin: serial, device: %(input)s, ring: 60s, ring_max_size: 256MiB, format: %(format)s}"}
FORMATS = {"json": "{type: json}", "csv": '{type: csv, columns: ["a:f64", "b:f64", "c:i64", "d:bool", "e:string"]}'}
AIM = {("file", "json"): 0.6, ("file", "csv"): 0.6}
LINE = 120
WAIT = 120


def line_of(name, number):
    """As in decode_bench.cpp."""
    values = (f"{number * 37 % 1000 / 10}", f"{(number * 37 + 101) % 1000 / 10}", f"{1000 + number % 50}", "true" if number % 2 else "false")
    if name == "csv":
        return ",".join(values) + "," + "x" * (LINE - 2 - len(",".join(values))) + "\n"
    text = '{"temperature":%s,"humidity":%s,"pressure":%s,"valve":%s,"state":"' % values
    return text + "x" * (LINE - 3 - len(text)) + '"}\n'


def write_lines(path, name, count):
    thousand = "".join(line_of(name, number) for number in range(1000)).encode()
    with open(path, "wb") as file:
        for _ in range(count // 1000):
            file.write(thousand)


def count_new_lines(file):
    return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))


class Port:
    """A pseudo-terminal, at whose far end a device sends the bytes of a file."""

    def __init__(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def send(self, file):
        threading.Thread(target=self.write, args=(file,), daemon=True).start()

    def write(self, path):
        with open(path, "rb") as file:
            for chunk in iter(lambda: file.read(1 << 16), b""):
                rest = memoryview(chunk)
                while rest:
                    rest = rest[os.write(self.master, rest):]

    def close(self):
        os.close(self.master)
        os.close(self.slave)


def run(build, folder, way, name, input_file, count):
    """CPU and wall seconds, and peak resident bytes, of one run of the gateway to its end."""
    port = Port() if way == "pty" else None
    source = SOURCES[way] % {"input": port.path if port else input_file, "format": FORMATS[name]}
    (folder / "gateway.yaml").write_text(GATEWAY % {"source": source})
    shutil.rmtree(folder / "state", ignore_errors=True)
    out = folder / "out.ndjson"
    out.write_bytes(b"")
    log = folder / "log"
    began = time.monotonic()
    with open(log, "wb") as errors:
        process = subprocess.Popen([build / "tidegate", "run", "-c", "gateway.yaml"], cwd=folder, stderr=errors,
                                   env={**os.environ, "TIDEGATE_PLUGIN_PATH": str(build / "plugins")})
    if port:
        while "opened " not in log.read_text() and time.monotonic() - began < WAIT:
            time.sleep(0.01)
        port.send(folder / input_file)
    seen = 0
    with open(out, "rb") as file:
        while seen < count and time.monotonic() - began < WAIT:
            time.sleep(0.02)
            seen += count_new_lines(file)
    wall = time.monotonic() - began
    os.kill(process.pid, signal.SIGTERM)
    _, status, used = os.wait4(process.pid, 0)
    if status != 0 or seen != count:
        sys.exit(f"bench: {seen} of {count} lines arrived, and it ended with {status}:\n{log.read_text()}")
    if port:
        port.close()
    return used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024


def decoder_alone(build):
    """CPU seconds per million lines by format; nothing where the benchmark is not built."""
    program = build / "tests/bench/bench_decode"
    if not program.exists():
        return {}
    done = subprocess.run([program, "--benchmark_filter=^(json|csv)$", "--benchmark_format=json", "--benchmark_repetitions=5"],
                          check=True, capture_output=True, text=True)
    return {each["run_name"]: 1e6 / each["items_per_second"] for each in json.loads(done.stdout)["benchmarks"]
            if each.get("aggregate_name") == "median"}


def main():
    parser = argparse.ArgumentParser(prog="./dev bench lines", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--lines", type=int, default=1_000_000, help="a run (1000000)")
    parser.add_argument("--runs", type=int, default=5, help="of each (5)")
    parser.add_argument("--folder", type=pathlib.Path, help="where files are written (a temporary folder)")
    given = parser.parse_args()
    build = given.build.resolve()
    lines = given.lines // 1000 * 1000
    measured = {(way, name): [] for way in SOURCES for name in FORMATS}
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-", dir=given.folder) as name:
        folder = pathlib.Path(name)
        for each in FORMATS:
            write_lines(folder / f"{each}.in", each, lines)
            (folder / f"{each}.one").write_text(line_of(each, 0))
        for _ in range(given.runs):
            for (way, each), values in measured.items():
                start = run(build, folder, way, each, f"{each}.one", 1)
                whole = run(build, folder, way, each, f"{each}.in", lines)
                values.append(((whole[0] - start[0]) / lines * 1e6, lines * LINE / 1e6 / (whole[1] - start[1]), whole[2]))
    alone = decoder_alone(build)
    print(f"\nCPU seconds per million lines of {LINE} bytes, to an NDJSON file; medians of {given.runs} interleaved runs of {lines:,} lines\n")
    print(f"{'':10} {'median':>8} {'least':>8} {'most':>8} {'aim':>6} {'decoder alone':>14} {'MB/s':>7} {'peak resident':>14}")
    for (way, each), values in measured.items():
        cpu = [value[0] for value in values]
        aim = f"{AIM[way, each]:.2f}" if (way, each) in AIM else ""
        decoder = f"{alone[each]:.3f}" if each in alone else ""
        print(f"{way + ' ' + each:10} {statistics.median(cpu):8.3f} {min(cpu):8.3f} {max(cpu):8.3f} {aim:>6} {decoder:>14} "
              f"{statistics.median(value[1] for value in values):7.1f} {max(value[2] for value in values) / 1e6:11.1f} MB")


if __name__ == "__main__":
    main()
