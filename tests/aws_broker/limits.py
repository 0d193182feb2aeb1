"""The limits of AWS IoT Core, each of which can be changed; 0 switches a limit off. And how rates are measured."""
import collections
import dataclasses
import time


@dataclasses.dataclass
class Limits:
    payload_bytes: int = 128 * 1024
    packet_bytes: int = 149504  # what MQTT 5 announces: a payload, its topic and its properties
    topic_bytes: int = 256
    topic_slashes: int = 7
    filters_per_subscribe: int = 8
    subscriptions: int = 50
    publishes_per_second: int = 100
    bytes_per_second: int = 512 * 1024
    unacknowledged: int = 100
    client_id_bytes: int = 128
    connects_per_second: int = 1  # of one client id
    connect_timeout: float = 30.0  # seconds from TCP to CONNECT
    keep_alive_min: int = 30
    keep_alive_max: int = 1200
    keep_alive_grace: float = 1.5
    topic_aliases: int = 8
    session_expiry_max: int = 3600
    replay_per_second: int = 10  # messages stored for a session that comes back
    stored_messages: int = 10000
    message_expiry_max: int = 604800

    def change(self, changes):
        """`changes` is a dict. Raises ValueError for a name or a value that is none."""
        for name, value in changes.items():
            current = getattr(self, name, None)
            if not isinstance(current, (int, float)):
                raise ValueError(f"there is no limit '{name}'; one of: {', '.join(sorted(vars(self)))}")
            if isinstance(value, bool) or not isinstance(value, (int, float)) or value < 0:
                raise ValueError(f"the limit '{name}' must be a number that is not negative, not {value!r}")
        for name, value in changes.items():
            setattr(self, name, value)

    def keep_alive(self, asked):
        """The seconds that are kept for what a client asks for."""
        if asked == 0 or (self.keep_alive_max and asked > self.keep_alive_max):
            return self.keep_alive_max
        return max(asked, self.keep_alive_min)


class Rate:
    """Counts what is allowed within any second."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._times = collections.deque()

    def allows(self, per_second):
        """True if one more is within the rate, which counts it. Without a limit nothing is counted."""
        if not per_second:
            return True
        now = self._clock()
        times = self._times
        while times and times[0] <= now - 1.0:
            times.popleft()
        if len(times) >= per_second:
            return False
        times.append(now)
        return True


class Throughput:
    """How long to wait so that a mean rate of bytes is kept. One second's worth may come at once."""

    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._free_at = None

    def delay(self, size, per_second):
        """Seconds to wait after `size` bytes have come."""
        if not per_second:
            return 0.0
        now = self._clock()
        begin = now if self._free_at is None else max(self._free_at, now)
        self._free_at = begin + size / per_second
        return max(0.0, self._free_at - now - 1.0)
