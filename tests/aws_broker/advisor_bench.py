"""What every case of the Device Advisor stands on: a broker with the certificate of the case, and the device."""
import contextlib
import dataclasses
import pathlib

import broker_process
import certificates
from device import Place

PASS, WARN, FAIL, NOT_APPLICABLE = "Pass", "Warn", "Fail", "not applicable"


@dataclasses.dataclass
class Verdict:
    result: str
    says: str


@dataclasses.dataclass
class Case:
    """`run` takes the Bench and returns a Verdict. `needs` are abilities of the device."""
    name: str
    run: object
    required: bool = False   # for the AWS Device Qualification Program
    needs: tuple = ()

    @property
    def group(self):
        return self.name.split("_", 1)[0]


@dataclasses.dataclass
class Settings:
    time_scale: float = 1.0        # of AWS's times
    client_id: str = "advisor-device"
    endpoint: str = "localhost"
    topic: str | None = None       # what the device publishes to must match this filter
    filters: tuple = ()            # what the device must subscribe to
    backoff_cap: float | None = None
    policy: pathlib.Path | None = None

    def seconds(self, of_aws):
        return of_aws * self.time_scale


class Bench:
    """Makes the certificates once. Each case runs within `running()`."""

    def __init__(self, folder, device, settings):
        self.folder = pathlib.Path(folder)
        self.device = device
        self.settings = settings
        self.authority = certificates.Authority(self.folder, "advisor-ca")
        self.server = self.authority.issue("advisor-server", names=certificates.SERVER_NAMES)
        self.client = self.authority.issue("advisor-client", common_name=settings.client_id)
        self.deadline = settings.seconds(300)

    @contextlib.contextmanager
    def running(self, server=None, **faults):
        """The broker with faults from its begin, and the device; both are ended."""
        server = server or self.server
        options = ["--ca", self.authority.certificate, "--certificate", server.certificate, "--key", server.key,
                   "--limit", "connects_per_second=0", "--limit", "keep_alive_min=1"]
        if self.settings.policy:
            options += ["--policy", self.settings.policy]
        with broker_process.BrokerProcess(self.folder, *options) as broker:
            if faults:
                broker.set(**faults)
            self.device.start(Place(self.settings.endpoint, broker.port, self.authority.certificate,
                                    self.client.certificate, self.client.key, self.settings.client_id))
            try:
                yield broker
            finally:
                self.device.stop()

    def seen(self, broker, name, count=1, deadline=None, **fields):
        """The events once there are `count`, or None when the time is over."""
        try:
            return broker.wait_for(name, count, self.deadline if deadline is None else deadline, **fields)
        except AssertionError:
            return None

    def until(self, condition, deadline=None):
        """The condition's first true value, or None when the time is over."""
        try:
            return broker_process.wait_until(condition, "", self.deadline if deadline is None else deadline)
        except AssertionError:
            return None


def gaps(broker):
    """Seconds from the end of each connection to the begin of the next; from begin to begin if a device does not
    close the old one first."""
    begun = {one["connection"]: one["time"] for one in broker.events("accepted")}
    ended = {one["connection"]: one["time"] for one in broker.events("disconnect")}
    numbers = [one["connection"] for one in broker.events("connect")]
    found = []
    for earlier, later in zip(numbers, numbers[1:]):
        end = ended.get(earlier)
        since = end if end is not None and end <= begun[later] else begun[earlier]
        found.append(begun[later] - since)
    return found
