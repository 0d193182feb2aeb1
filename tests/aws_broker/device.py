"""The device under test, as the Device Advisor starts and stops it."""
import dataclasses
import pathlib
import shlex
import signal
import subprocess


@dataclasses.dataclass
class Place:
    """Where a device is to connect, and as whom."""
    endpoint: str
    port: int
    ca: pathlib.Path
    cert: pathlib.Path
    key: pathlib.Path
    client_id: str


class Device:
    """What a device must offer. `abilities` says which of `subscribe`, `persistent`, `publish_qos1` it has: cases that
    need another are not applicable."""

    abilities = frozenset({"publish_qos1"})

    def start(self, place):
        """Returns at once; the device then connects, publishes, and connects again when it must."""
        raise NotImplementedError

    def stop(self):
        """Ends it; also called when it has ended on its own."""
        raise NotImplementedError


class CommandDevice(Device):
    """A program. In its command line {endpoint}, {port}, {ca}, {cert}, {key} and {client_id} are filled in. What it
    says goes to `log`."""

    def __init__(self, template, abilities=Device.abilities, log=None):
        self.abilities = frozenset(abilities)
        self._words = shlex.split(template)
        self._log = log
        self._process = None
        self.command(Place("e", 1, "a", "b", "c", "d"))

    def command(self, place):
        try:
            return [word.format(**vars(place)) for word in self._words]
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"the command has a placeholder that is none: {error}; there are "
                             f"{', '.join('{' + one.name + '}' for one in dataclasses.fields(Place))}") from None

    def start(self, place):
        output = open(self._log, "ab") if self._log else subprocess.DEVNULL
        try:
            self._process = subprocess.Popen(self.command(place), stdin=subprocess.DEVNULL, stdout=output,
                                             stderr=output)
        finally:
            if self._log:
                output.close()

    def stop(self):
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process = None
