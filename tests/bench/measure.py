"""What benchmarks of sinks have in common: a program measured from its start to its end, and a gateway that delivers so
many made-up samples to a sink."""
import os
import signal
import subprocess
import sys
import time

CONFIGURATION = """
gateway: {{id: bench, shutdown_timeout: 10m}}
sources:
  numbers: {{plugin: generate, rate: 0, {source}, count: {count}}}
pipelines:
  bench: {{from: [numbers], to: [out], buffer: {{when_full: block}}}}
sinks:
  out: {sink}
"""
FILE = "{plugin: file, path: out.ndjson}"
NUMBERS = "fields: 4"  # 150 bytes as JSON


class Measured:
    """Wall-clock and CPU seconds of a process that is waited for."""

    def __init__(self, began, process):
        _, self.status, used = os.wait4(process.pid, 0)
        self.wall = time.monotonic() - began
        self.cpu = used.ru_utime + used.ru_stime

    def without(self, start):
        self.wall -= start.wall
        self.cpu -= start.cpu
        return self


def run_gateway(build, folder, sink, count, source=NUMBERS):
    """Ends when the sink has taken them all; anything else ends the benchmark."""
    (folder / "gateway.yaml").write_text(CONFIGURATION.format(sink=sink, count=count, source=source))
    began = time.monotonic()
    process = subprocess.Popen([build / "tidegate", "run", "-c", "gateway.yaml"], cwd=folder, text=True,
                               env={**os.environ, "TIDEGATE_PLUGIN_PATH": str(build / "plugins")},
                               stderr=subprocess.PIPE)
    said = []
    for line in process.stderr:
        said.append(line)
        if f"all {count} samples were sent" in line:
            process.send_signal(signal.SIGTERM)
    made = Measured(began, process)
    if made.status != 0 or not any(f"accepted {count}, delivered {count}, discarded 0" in line for line in said):
        sys.exit("bench: the gateway did not deliver everything:\n" + "".join(said))
    return made


def run_floor(folder, command):
    began = time.monotonic()
    made = Measured(began, subprocess.Popen(command, cwd=folder))
    if made.status != 0:
        sys.exit("bench: the floor failed")
    return made


def made_samples(build, folder, count, source=NUMBERS):
    """What the gateway gives, an object a sample."""
    (folder / "out.ndjson").unlink(missing_ok=True)
    run_gateway(build, folder, FILE, count, source)
    return (folder / "out.ndjson").read_text().splitlines()


def as_arrays(samples, size_max):
    """Arrays of as many samples as so many bytes hold."""
    arrays, size = [[]], 1
    for each in samples:
        if size + len(each) + 1 > size_max:
            arrays.append([])
            size = 1
        arrays[-1].append(each)
        size += len(each) + 1
    return [f"[{','.join(each)}]" for each in arrays]
