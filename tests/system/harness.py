"""Runs the real program for the tests of this folder.

    class Signals(harness.SystemTest):
        def test_sigterm_ends_it(self):
            gateway = self.gateway("sources: ...")      # started in a temporary folder
            gateway.wait_for_line("runs gateway")       # every wait has a deadline
            self.assertEqual(0, gateway.stop())         # what is left running is killed at the end

The program is $TIDEGATE and finds its plugins by $TIDEGATE_PLUGIN_PATH; ctest sets both. Nothing here sleeps
in the hope that something has happened: waits look at a condition until it is true, or fail with what was
waited for and what the program said. $TIDEGATE_TEST_PATIENCE multiplies all deadlines (sanitizers, slow machines).
"""
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

import psutil

PATIENCE = float(os.environ.get("TIDEGATE_TEST_PATIENCE", "1"))
SANITIZERS = os.environ.get("TIDEGATE_SANITIZE", "").split(",")
LOOK_EVERY = 0.01

OK = 0
USAGE = 64
UNAVAILABLE = 69
SOFTWARE = 70
CONFIGURATION = 78


def program():
    return os.environ["TIDEGATE"]


def plugin_path():
    return os.environ["TIDEGATE_PLUGIN_PATH"]


def bad_plugin_path():
    return os.environ["TIDEGATE_BAD_PLUGIN_PATH"]


def flow_plugin_path():
    return os.environ["TIDEGATE_FLOW_PLUGIN_PATH"]


def environment(**changes):
    """The caller's, without what would change messages and behaviour."""
    made = {name: value for name, value in os.environ.items()
            if name not in ("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "NOTIFY_SOCKET")}
    made.update(LC_ALL="C", TZ="UTC", **changes)
    return made


def wait_until(condition, what, deadline=20.0, otherwise=lambda: ""):
    """Returns the condition's first true value. Fails after `deadline` seconds with `what` and otherwise()."""
    end = time.monotonic() + deadline * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline * PATIENCE:.0f} s for {what}\n{otherwise()}")
        time.sleep(LOOK_EVERY)


class Gateway:
    """`tidegate run` in a folder. Its standard error is read as it comes; standard output goes to a file, or
    to `stdout`. `before` stands before the command."""

    def __init__(self, folder, *arguments, plugins=None, stdout=None, before=()):
        self.folder = folder
        self._changed = threading.Condition()
        self._lines = []
        self.stdout_file = folder / "stdout.txt"
        with open(self.stdout_file, "wb") as file:
            self.process = subprocess.Popen(
                [*before, program(), "run", *arguments], cwd=folder, stdin=subprocess.DEVNULL,
                stdout=file if stdout is None else stdout, stderr=subprocess.PIPE,
                env=environment(TIDEGATE_PLUGIN_PATH=plugins or plugin_path()))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stderr:
            with self._changed:
                self._lines.append(line.decode("utf-8", "replace").rstrip("\n"))
                self._changed.notify_all()

    @property
    def pid(self):
        return self.process.pid

    def lines(self):
        """What it has said so far."""
        with self._changed:
            return list(self._lines)

    def said(self):
        """For failures: the first and the last lines."""
        lines = self.lines()
        left_out = [f"... {len(lines) - 50} more lines ..."] if len(lines) > 50 else []
        return "\n".join(lines[:25] + left_out + lines[25:][-25:])

    def is_alive(self):
        return self.process.poll() is None

    def wait_for_line(self, pattern, deadline=20.0):
        """The first line of standard error in which the regular expression is found."""
        matches = re.compile(pattern).search
        end = time.monotonic() + deadline * PATIENCE
        seen = 0
        with self._changed:
            while True:
                for line in self._lines[seen:]:
                    if matches(line):
                        return line
                seen = len(self._lines)
                left = end - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    break
        raise AssertionError(f"waited {deadline * PATIENCE:.0f} s for a line with '{pattern}'; it said:\n{self.said()}")

    def wait_until(self, condition, what, deadline=20.0):
        """Also fails when the program ends meanwhile."""
        def look():
            value = condition()
            if not value and not self.is_alive():
                raise AssertionError(f"ended with {self.process.returncode} before {what}; it said:\n{self.said()}")
            return value
        return wait_until(look, what, deadline, self.said)

    def wait_for_samples(self, file, count, deadline=20.0):
        """The samples of an NDJSON file below the folder, once there are so many."""
        path = self.folder / file
        self.wait_until(lambda: count_lines(path) >= count, f"{count} lines in {file}", deadline)
        return read_samples(path)

    def send(self, number):
        self.process.send_signal(number)

    def wait_for_end(self, deadline=20.0):
        """The exit code."""
        try:
            code = self.process.wait(deadline * PATIENCE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"did not end within {deadline * PATIENCE:.0f} s; it said:\n{self.said()}") from None
        self._reader.join(10)
        return code

    def stop(self, number=signal.SIGTERM, deadline=20.0):
        self.send(number)
        return self.wait_for_end(deadline)

    def kill(self):
        if self.is_alive():
            self.process.kill()
        self.process.wait()
        self._reader.join(10)
        self.process.stderr.close()

    def ledger(self, route):
        """The numbers of a route's last line at shutdown: accepted, delivered, discarded, waiting."""
        for line in reversed(self.lines()):
            if f"route {route}" in line:
                found = re.search(r"accepted (\d+), delivered (\d+), discarded (\d+).*waiting (\d+)", line)
                if found:
                    return dict(zip(("accepted", "delivered", "discarded", "waiting"), map(int, found.groups())))
        raise AssertionError(f"no ledger of route {route}; it said:\n{self.said()}")

    def resources(self):
        """What must not grow: resident bytes, descriptors, threads."""
        process = psutil.Process(self.pid)
        return {"memory": process.memory_info().rss, "descriptors": process.num_fds(), "threads": process.num_threads()}


def count_lines(path):
    try:
        with open(path, "rb") as file:
            return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b""))
    except FileNotFoundError:
        return 0


def read_samples(path):
    """Every complete line of an NDJSON file, parsed."""
    text = pathlib.Path(path).read_bytes()
    return [json.loads(line) for line in text[:text.rfind(b"\n") + 1].splitlines()]


def time_of(sample):
    """Seconds since 1970 of a sample whose time is written as epoch_ns."""
    return sample["time"] / 1e9


class SystemTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        # Not below /tmp alone: the path must be short enough for messages, and private.
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tidegate-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def gateway(self, configuration, plugins=None, stdout=None, before=()):
        """Starts it with the YAML."""
        self.write("gateway.yaml", configuration)
        return self.start("-c", "gateway.yaml", plugins=plugins, stdout=stdout, before=before)

    def start(self, *arguments, plugins=None, stdout=None, before=()):
        started = Gateway(self.folder, *arguments, plugins=plugins, stdout=stdout, before=before)
        self.addCleanup(started.kill)
        return started

    def tidegate(self, *arguments, plugins=None, deadline=30.0, **variables):
        """Runs a command to its end: returncode, stdout and stderr as text."""
        return subprocess.run([program(), *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, timeout=deadline * PATIENCE, check=False,
                              env=environment(TIDEGATE_PLUGIN_PATH=plugins or plugin_path(), **variables))
