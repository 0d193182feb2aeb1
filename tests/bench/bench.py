#!/usr/bin/env python3
"""What the gateway costs, beside the least that it could: CPU seconds per million samples of five fields.

  generate -> null     making, moving and counting samples
  generate -> spool    the same through a buffer on disk (commit: 1s) to the sink null
  generate -> file     and formatting them as NDJSON and writing them
  floor                the same bytes formatted in a bare loop and written in blocks of 128 KiB (floor.cpp)
  idle                 cpu and memory, each second, to a file: memory and CPU seconds a minute

Runs are interleaved and medians given, because rates of a shared machine vary by a factor; the ratios are
what counts. What a start costs is measured the same way and taken off.
"""
import argparse
import filecmp
import os
import pathlib
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

THROUGHPUT = """
log: {{level: info}}
spool: {{path: spool}}
sources:
  numbers: {{plugin: generate, rate: 0, fields: 4, count: {count}}}
pipelines:
  bench: {{from: [numbers], to: [out], buffer: {{type: {buffer}, when_full: block}}}}
sinks:
  out: {sink}
"""
NULL = '{plugin: "null"}'
FILE = "{plugin: file, path: out.ndjson}"

IDLE = """
sources:
  cpu: {plugin: cpu, interval: 1s}
  memory: {plugin: memory, interval: 1s}
pipelines:
  bench: {from: [cpu, memory], to: [out]}
sinks:
  out: {plugin: file, path: out.ndjson}
"""


class Run:
    """One run of the gateway to its end: CPU seconds and peak resident bytes, as the kernel has counted them."""

    def __init__(self, build, folder, sink, buffer, count):
        (folder / "gateway.yaml").write_text(THROUGHPUT.format(sink=sink, buffer=buffer, count=count))
        shutil.rmtree(folder / "spool", ignore_errors=True)
        (folder / "out.ndjson").unlink(missing_ok=True)
        process = subprocess.Popen([build / "tidegate", "run", "-c", "gateway.yaml"], cwd=folder,
                                   env={**os.environ, "TIDEGATE_PLUGIN_PATH": str(build / "plugins")},
                                   stderr=subprocess.PIPE, text=True)
        said = []
        for line in process.stderr:
            said.append(line)
            if f"all {count} samples were sent" in line:
                process.send_signal(signal.SIGTERM)
        _, status, used = os.wait4(process.pid, 0)
        if status != 0 or not any(f"accepted {count}, delivered {count}, discarded 0" in line for line in said):
            sys.exit("bench: the gateway did not deliver everything:\n" + "".join(said))
        self.cpu = used.ru_utime + used.ru_stime
        self.peak = used.ru_maxrss * 1024


def run_floor(build, folder):
    done = subprocess.run([build / "tests/bench/floor", "out.ndjson", "floor.ndjson"], cwd=folder, check=True,
                          capture_output=True, text=True)
    if not filecmp.cmp(folder / "out.ndjson", folder / "floor.ndjson", shallow=False):
        difference = subprocess.run(["diff", "out.ndjson", "floor.ndjson"], cwd=folder, capture_output=True, text=True)
        first = "\n".join(difference.stdout.splitlines()[:6])
        sys.exit("bench: the floor wrote other bytes than the gateway (<); mend floor.cpp:\n" + first)
    return float(done.stdout)


def throughput(build, folder, samples, runs):
    """Medians by name: CPU seconds per million samples, peak resident bytes."""
    cpu = {"null": [], "spool": [], "file": [], "floor": []}
    peak = {"null": [], "spool": [], "file": []}
    for _ in range(runs):
        for name, sink, buffer in (("null", NULL, "memory"), ("spool", NULL, "disk"), ("file", FILE, "memory")):
            start = Run(build, folder, sink, buffer, 1).cpu
            run = Run(build, folder, sink, buffer, samples)
            cpu[name].append((run.cpu - start) / samples * 1e6)
            peak[name].append(run.peak)
        cpu["floor"].append(run_floor(build, folder) / samples * 1e6)
        (folder / "floor.ndjson").unlink()
    return cpu, {name: statistics.median(values) for name, values in peak.items()}


def smaps(pid):
    lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.endswith(" kB")}


def status_of(pid, name):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1]) * 1024
    return 0


def cpu_seconds_of(pid):
    """In nanoseconds from the scheduler, of all threads: ticks would be too coarse for what is nearly nothing."""
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def idle(build, folder, seconds):
    (folder / "idle.yaml").write_text(IDLE)
    (folder / "out.ndjson").unlink(missing_ok=True)
    process = subprocess.Popen([build / "tidegate", "run", "-c", "idle.yaml"], cwd=folder, stderr=subprocess.DEVNULL,
                               env={**os.environ, "TIDEGATE_PLUGIN_PATH": str(build / "plugins")})
    try:
        time.sleep(5)
        before, began = cpu_seconds_of(process.pid), time.monotonic()
        time.sleep(seconds)
        used = (cpu_seconds_of(process.pid) - before) * 60 / (time.monotonic() - began)
        memory = smaps(process.pid)
        return {"resident": status_of(process.pid, "VmRSS"), "peak": status_of(process.pid, "VmHWM"),
                "proportional": memory["Pss"], "private dirty": memory["Private_Dirty"],
                "threads": len(list(pathlib.Path(f"/proc/{process.pid}/task").iterdir())), "cpu": used}
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()


def megabytes(value):
    return f"{value / 1e6:.1f} MB"


def print_throughput(cpu, peak, samples, runs):
    median = {name: statistics.median(values) for name, values in cpu.items()}
    print(f"\nCPU seconds per million samples of 5 fields; medians of {runs} interleaved runs of {samples:,} samples\n")
    print(f"{'':18} {'median':>8} {'least':>8} {'most':>8} {'x floor':>8} {'peak resident':>14}")
    for name, title in (("null", "generate -> null"), ("spool", "generate -> spool"), ("file", "generate -> file"), ("floor", "floor")):
        print(f"{title:18} {median[name]:8.3f} {min(cpu[name]):8.3f} {max(cpu[name]):8.3f} "
              f"{median[name] / median['floor']:8.2f} {megabytes(peak[name]) if name in peak else '':>14}")
    ratios = [spool / null for spool, null in zip(cpu["spool"], cpu["null"])]
    print(f"\nthrough the spool beside memory, of the same run: {statistics.median(ratios):.2f} times (aim: 2)")
    ratios = [file / floor for file, floor in zip(cpu["file"], cpu["floor"])]
    print(f"\ngenerate -> file beside the floor of the same run: {statistics.median(ratios):.2f} times (aim: 1.5)")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--samples", type=int, default=2_000_000, help="a run (2000000)")
    parser.add_argument("--runs", type=int, default=5, help="of each (5)")
    parser.add_argument("--idle", type=int, default=60, metavar="SECONDS", help="0 leaves it out (60)")
    parser.add_argument("--folder", type=pathlib.Path, help="where files are written (a temporary folder)")
    given = parser.parse_args()
    build = given.build.resolve()
    with tempfile.TemporaryDirectory(prefix="tidegate-bench-", dir=given.folder) as name:
        folder = pathlib.Path(name)
        if given.runs:
            cpu, peak = throughput(build, folder, given.samples, given.runs)
            print_throughput(cpu, peak, given.samples, given.runs)
        if given.idle:
            measured = idle(build, folder, given.idle)
            print(f"\nIdle: cpu and memory each second to a file, over {given.idle} s\n")
            for key, aim in (("resident", "  (aim: 6.5)"), ("peak", ""), ("proportional", ""), ("private dirty", "")):
                print(f"{key:18} {megabytes(measured[key]):>8}{aim}")
            print(f"{'threads':18} {measured['threads']:>5}")
            print(f"{'CPU':18} {measured['cpu']:8.4f} s a minute  (aim: 0.03)")


if __name__ == "__main__":
    main()
