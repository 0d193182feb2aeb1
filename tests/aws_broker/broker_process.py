"""Starts the broker as a process of its own, for tests and for the Device Advisor.

    with BrokerProcess(folder, "--ca", ca, "--certificate", certificate, "--key", key) as broker:
        broker.set(withhold_puback=True)
        broker.wait_for(lambda event: event["event"] == "publish", "a publish")
"""
import json
import os
import pathlib
import select
import subprocess
import sys
import tempfile
import time

import control

PATIENCE = float(os.environ.get("TIDEGATE_TEST_PATIENCE", "1"))
LOOK_EVERY = 0.005
HERE = pathlib.Path(__file__).resolve().parent

# Where the broker's modules are kept compiled, for as long as this process lives: a start then takes half the time.
COMPILED = tempfile.TemporaryDirectory(prefix="aws-broker-compiled-")


def wait_until(condition, what, deadline=10.0, otherwise=lambda: ""):
    """Returns the condition's first true value. Fails after `deadline` seconds with `what` and otherwise()."""
    end = time.monotonic() + deadline * PATIENCE
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline * PATIENCE:.0f} s for {what}\n{otherwise()}")
        time.sleep(LOOK_EVERY)


class BrokerProcess:
    """Started by the constructor; ready for clients after it. Its journal and its socket are in a new folder below
    `folder`."""

    def __init__(self, folder, *arguments):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="broker-", dir=folder))
        self.journal = self.folder / "journal.ndjson"
        self.control = self.folder / "control.sock"
        self._events = []
        self._read = 0
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "broker.py"), "--journal", str(self.journal), "--control",
             str(self.control), *map(str, arguments)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            env=dict(os.environ, PYTHONPYCACHEPREFIX=COMPILED.name))
        ready, _, _ = select.select([self.process.stdout], [], [], 20 * PATIENCE)
        line = self.process.stdout.readline() if ready else ""
        if not line:
            self.process.kill()
            raise AssertionError(f"the broker did not start: {self.process.communicate()[1]}")
        ports = json.loads(line)
        self.port = ports.get("port")
        self.plain_port = ports.get("plain_port")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """The exit code. Whatever it said on standard error is an error of the broker's own."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            _, said = self.process.communicate(timeout=10 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            _, said = self.process.communicate()
            raise AssertionError(f"the broker did not stop; it said:\n{said}") from None
        if said:
            raise AssertionError(f"the broker said:\n{said}")
        return self.process.returncode

    def command(self, command, **fields):
        """The answer, which must be a good one."""
        answer = control.send(self.control, {"command": command, **fields})
        if not answer.get("ok"):
            raise AssertionError(f"the broker refused {command}: {answer.get('error')}")
        return answer

    def set(self, **faults):
        self.command("set", faults=faults)

    def reset(self):
        """As if it had just started; what it recorded before is forgotten here, and stays in the file."""
        self.command("reset")
        self.events()
        self._events.clear()

    def counters(self):
        return self.command("counters")["counters"]

    def events(self, name=None, **fields):
        """What the journal holds so far, or only events of a name and with these fields."""
        with open(self.journal, "rb") as file:
            file.seek(self._read)
            text = file.read()
        complete = text[:text.rfind(b"\n") + 1]
        self._read += len(complete)
        self._events += [json.loads(line) for line in complete.splitlines()]
        return [one for one in self._events if name in (None, one["event"])
                and all(one.get(key) == value for key, value in fields.items())]

    def wait_for(self, name, count=1, deadline=10.0, **fields):
        """The events of that kind, once there are `count` of them."""
        def look():
            found = self.events(name, **fields)
            return found if len(found) >= count else None
        return wait_until(look, f"{count} x {name} {fields}", deadline, self.said)

    def said(self):
        """For failures: the last lines of the journal."""
        return "\n".join(json.dumps(one) for one in self.events()[-20:])
