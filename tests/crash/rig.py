"""Runs the real program where it may be killed at any moment, with a source and sinks that account for every value.

    class Kill(rig.CrashTest):
        def test_nothing_is_lost(self):
            self.configure(sinks=("fast", "slow"), buffer="{type: disk, commit: always}")
            daemon = self.daemon()
            daemon.wait_until(lambda: self.accepted.count() > 100, "100 accepted values")
            daemon.kill()
            self.daemon()
            self.drain()
            self.assert_nothing_lost()

Notes and orders of the plugins lie in folders `notes` and `orders` below the test's folder, which no test cuts off or
fills; the spool lies where configure() is told. Numbers are drawn from a seed that is printed; $TIDEGATE_CRASH_SEED
sets it. harness.py of tests/system has the rest.
"""
import os
import pathlib
import random
import shutil
import subprocess
import sys
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))

import harness  # noqa: E402
import oracle  # noqa: E402

SKIPPED = 77
SEED = int(os.environ.get("TIDEGATE_CRASH_SEED", random.SystemRandom().randrange(1 << 32)))


def number_of(variable, otherwise):
    """How often something is done: as the environment says."""
    return int(os.environ.get(variable, otherwise))


class Daemon(harness.Gateway):
    """`tidegate run` that ends with the test, with `changes` of its environment; `before` stands before the command."""

    def __init__(self, folder, changes=None, before=()):
        self.folder = folder
        self._changed = threading.Condition()
        self._lines = []
        command = ["setpriv", "--pdeathsig", "KILL", *before, harness.program(), "run", "-c", "gateway.yaml"]
        self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE,
                                        env=harness.environment(TIDEGATE_PLUGIN_PATH=harness.plugin_path(), **(changes or {})))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def memory(self):
        """Resident bytes."""
        return self.resources()["memory"]

    def count_lines(self, text):
        return sum(text in line for line in self.lines())


class Watch:
    """The values of a file of notes that grows."""

    def __init__(self, path, *events):
        self.path = path
        self._events = events
        self._read = 0
        self._values = set()
        self._count = 0
        self._notes = 0

    def _look(self):
        try:
            with open(self.path, "rb") as file:
                file.seek(self._read)
                data = file.read()
        except FileNotFoundError:
            return
        whole = len(data) // oracle.NOTE_BYTES * oracle.NOTE_BYTES
        self._read += whole
        for first, count, event, _ in oracle.notes_in(data[:whole]):
            if event in self._events:
                self._values.update(range(first, first + count))
                self._count += count
                self._notes += 1

    def notes(self):
        self._look()
        return self._notes

    def count(self):
        """How many values were noted, each time that they were."""
        self._look()
        return self._count

    def values(self):
        """All of them."""
        self._look()
        return self._values


SOURCE = """
  source{number}:
    plugin: oracle
    number: {number}
    interval: {interval}
    batch: {batch}
    payload: {payload}
    offered: notes/offered{number}
    accepted: notes/accepted{number}
    orders: orders/source{number}
"""

SINK = """
  {name}:
    plugin: oracle-sink
    notes: notes/{name}
    orders: orders/{name}
    retry: {{min: 5ms, max: 50ms}}
    batch: {limits}
"""

GATEWAY = """
gateway: {{id: crash, shutdown_timeout: {timeout}}}
state: {{path: state}}
{spool}
sources:
{sources}
pipelines:
  durable: {{from: [source1], to: [{names}], buffer: {buffer}}}
sinks:
{sinks}
"""


class CrashTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.random = random.Random(f"{SEED} {self.id()}")
        print(f"\n{self._testMethodName}: seed {SEED}", flush=True)
        for name in ("notes", "orders"):
            (self.folder / name).mkdir()
        self.accepted = Watch(self.folder / "notes/accepted1", oracle.ACCEPTED)
        self.offered = Watch(self.folder / "notes/offered1", oracle.OFFERED)
        self.resting = Watch(self.folder / "notes/offered1", oracle.RESTING)
        self.sinks = {}
        self.rests = 0

    def configure(self, sinks=("fast",), buffer="{type: disk, commit: always}", spool="", batch=10, payload=32,
                  interval="1ms", limits="{max_samples: 100}", timeout="60s"):
        """Writes gateway.yaml: one source, one pipeline, the sinks. `spool` is what stands in that section."""
        for name in sinks:
            self.sinks.setdefault(name, Watch(self.folder / "notes" / name, oracle.RECEIVED, oracle.ASKED, oracle.REJECTED))
        self.write("gateway.yaml", GATEWAY.format(
            spool=f"spool: {{{spool}}}" if spool else "", timeout=timeout, names=", ".join(sinks), buffer=buffer,
            sources=SOURCE.format(number=1, interval=interval, batch=batch, payload=payload),
            sinks="".join(SINK.format(name=name, limits=limits) for name in sinks)))

    def order(self, who, what):
        """What a plugin does from its next call on."""
        path = self.folder / "orders" / who
        fresh = path.with_suffix(".new")
        fresh.write_text(what)
        fresh.rename(path)

    def daemon(self, changes=None, before=()):
        started = Daemon(self.folder, changes, before)
        self.addCleanup(started.kill)
        return started

    def wait_for_accepted(self, daemon, more, deadline=60.0):
        goal = self.accepted.count() + more
        daemon.wait_until(lambda: self.accepted.count() >= goal, f"{more} more accepted values", deadline)

    def wait_for_arrivals(self, daemon, sink, more, deadline=60.0):
        goal = self.sinks[sink].count() + more
        daemon.wait_until(lambda: self.sinks[sink].count() >= goal, f"{more} more values at {sink}", deadline)

    def rest(self, daemon, deadline=60.0):
        """Nothing is offered any more."""
        self.rests += 1
        before = self.resting.notes()
        self.order("source1", f"rest {self.rests}")
        daemon.wait_until(lambda: self.resting.notes() > before, "a source at rest", deadline)

    def drain(self, daemon, deadline=60.0):
        """All sinks are well, and have got everything that was accepted."""
        for name in self.sinks:
            self.order(name, "fast")
        self.rest(daemon)
        try:
            for name, watch in self.sinks.items():
                daemon.wait_until(lambda watch=watch: self.accepted.values() <= watch.values(),
                                  f"everything that was accepted at {name}", deadline)
        except AssertionError as failed:
            raise AssertionError(f"{failed}\n{oracle.table(self.verdicts())}") from None

    def verdicts(self):
        return oracle.judge([self.folder / "notes/offered1"], [self.folder / "notes/accepted1"],
                            {name: self.folder / "notes" / name for name in self.sinks})

    def assert_nothing_lost(self):
        """Prints the table, and returns the verdicts."""
        verdicts = self.verdicts()
        print(oracle.table(verdicts), flush=True)
        self.assertFalse(any(verdict.is_wrong() for verdict in verdicts), oracle.table(verdicts))
        return verdicts


def _isolate():
    """Goes on with a process tree and mounts of its own, so that the end of this process, however it comes, leaves no
    daemon, no mount and no loop device behind."""
    if os.environ.get("TIDEGATE_CRASH_ISOLATED") or os.geteuid() != 0 or shutil.which("unshare") is None:
        return
    inside = ["unshare", "--mount", "--propagation", "private", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode != 0:
        return
    os.environ["TIDEGATE_CRASH_ISOLATED"] = "1"
    os.execvp(inside[0], [*inside, sys.executable, "-B", *sys.argv])


def main():
    """Ends with 77 if everything was skipped, for ctest to know."""
    _isolate()
    result = unittest.main(exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    for test, reason in result.skipped:
        print(f"skipped {test}: {reason}")
    sys.exit(SKIPPED if result.skipped and len(result.skipped) == result.testsRun else 0)
