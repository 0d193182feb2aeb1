"""What the broker keeps for a client id: subscriptions, and messages that are not acknowledged.

A session outlives its connections if the client asked for it. Messages that were stored or not acknowledged are sent
again, as AWS does it: under a new packet identifier, without the DUP flag, and not faster than `replay_per_second`.
"""
import asyncio
import collections
import dataclasses
import time

import packets


@dataclasses.dataclass(slots=True)
class Subscription:
    qos: int
    no_local: bool = False
    retain_as_published: bool = False


@dataclasses.dataclass(slots=True)
class Stored:
    """A message on its way to one client. `expires` is on the monotonic clock."""
    publish: packets.Publish
    expires: float | None


class Session:
    """`limits` is the broker's. `connection` is None while the client is away."""

    def __init__(self, client_id, level, limits):
        self.client_id = client_id
        self.level = level
        self.limits = limits
        self.subscriptions = {}
        self.connection = None
        self.identity = None     # of whom the policy is asked, as it was at the last CONNECT
        self.expiry = 0          # seconds it lives on without a connection
        self.expires_at = None
        self.waiting = collections.deque()   # there was no room in flight
        self.stored = collections.deque()    # the client was away
        self.in_flight = {}
        self.dropped = 0
        self._next_id = 0
        self._replay = None

    def expired(self):
        return self.expires_at is not None and time.monotonic() >= self.expires_at

    def attach(self, connection):
        """The client is here. What it missed begins to flow."""
        self.connection = connection
        self.expires_at = None
        if self.stored:
            self._replay_next()

    def detach(self):
        """The client is gone. What it has not acknowledged is kept for its return."""
        self.connection = None
        self.expires_at = time.monotonic() + self.expiry
        if self._replay:
            self._replay.cancel()
            self._replay = None
        self.stored.extendleft(reversed(list(self.in_flight.values()) + list(self.waiting)))
        self.in_flight.clear()
        self.waiting.clear()

    def deliver(self, publish, stored_since=None):
        """A message for this client, with the QoS that it gets."""
        seconds = publish.properties.get("message_expiry_interval")
        expires = None
        if seconds is not None:
            expires = (stored_since or time.monotonic()) + seconds
        message = Stored(publish, expires)
        if self.connection is None:
            if publish.qos:
                self._store(message)
        elif publish.qos == 0:
            self.connection.send_publish(publish)
        elif len(self.in_flight) < self.connection.window:
            self._send(message)
        else:
            self.waiting.append(message)

    def _store(self, message):
        if self.limits.stored_messages and len(self.stored) >= self.limits.stored_messages:
            self.stored.popleft()
            self.dropped += 1
        self.stored.append(message)

    def _send(self, message):
        publish = message.publish
        if message.expires is not None:
            left = message.expires - time.monotonic()
            if left <= 0:
                return
            properties = dict(publish.properties, message_expiry_interval=max(1, round(left)))
            publish = dataclasses.replace(publish, properties=properties)
        packet_id = self._free_id()
        self.in_flight[packet_id] = message
        self.connection.send_publish(dataclasses.replace(publish, packet_id=packet_id, duplicate=False))

    def _free_id(self):
        while True:
            self._next_id = self._next_id % 65535 + 1
            if self._next_id not in self.in_flight:
                return self._next_id

    def acknowledged(self, packet_id):
        """False if nothing waits under this identifier."""
        known = self.in_flight.pop(packet_id, None) is not None
        while self.waiting and len(self.in_flight) < self.connection.window:
            self._send(self.waiting.popleft())
        return known

    def _replay_next(self):
        self._replay = None
        rate = self.limits.replay_per_second
        while self.stored and len(self.in_flight) < self.connection.window:
            self._send(self.stored.popleft())
            if rate:
                break
        if self.stored:
            self._replay = asyncio.get_running_loop().call_later(1 / rate if rate else 0.01, self._replay_next)
