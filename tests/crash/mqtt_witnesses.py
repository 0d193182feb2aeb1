"""Two brokers that can be ended and started again, each with a witness of what has arrived that is not our own code's word.

  AwsBroker        writes each message into its journal before it acknowledges it, so that the journal tells the truth
                   even when the broker is killed; tests/aws_broker
  PersistentBroker Mosquitto, whose memory is on disk only when it was asked to stop; a subscriber with a persistent
                   session hears what was published also while it was away

Both write what arrives as notes that oracle.py reads, with the times of CLOCK_MONOTONIC. A message is a JSON array of
objects, or one object, with a `value`.
"""
import itertools
import json
import pathlib
import signal
import struct
import sys
import threading
import time

import paho.mqtt.client as mqtt

from rig import harness, oracle

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aws_broker"))

import broker_process  # noqa: E402
import mqtt_lab  # noqa: E402

# Answers of the broker's journal that mean that it has the message.
HAS_IT = {"puback", "withheld", "delayed", "dropped"}


def values_of(payload):
    told = json.loads(payload)
    return [one["value"] for one in (told if isinstance(told, list) else [told])]


class Notebook:
    """Appends runs of values to a file of notes. Any thread."""

    def __init__(self, path):
        self._file = open(path, "ab", buffering=0)
        self._lock = threading.Lock()
        self.known = set()
        self.latest = 0

    def add(self, values, when):
        with self._lock:
            for _, run in itertools.groupby(enumerate(values), lambda pair: pair[1] - pair[0]):
                run = [value for _, value in run]
                self._file.write(struct.pack("<QIIQ", run[0], len(run), oracle.RECEIVED, when))
            self.known.update(values)
            self.latest = max(self.latest, *values)

    def close(self):
        self._file.close()


class AwsBroker:
    """Killed like a machine that loses its power, but for its disk."""

    ends = signal.SIGKILL

    def __init__(self, folder, pki, address, notes):
        self._folder = folder
        self._pki = pki
        self._address = address
        self._notes = Notebook(notes)
        self._read = {}  # journal: bytes
        self.events = []  # of the journals, but for the messages that it took
        self._came_by = {}  # connection: values
        self.port = 0
        self._running = None
        self.start()

    def start(self):
        # A gateway that was killed is back within the second in which AWS takes no other connection of its id.
        self._running = broker_process.BrokerProcess(
            self._folder, "--address", self._address, "--port", self.port, "--ca", self._pki.path("ca.pem"), "--certificate",
            self._pki.path("server.pem"), "--key", self._pki.path("server.key"), "--limit", "connects_per_second=0")
        self.port = self._running.port
        self._read[self._running.journal] = 0

    def end(self):
        self.send(self.ends)
        self._running.process.communicate()

    def send(self, number):
        self._running.process.send_signal(number)

    def look(self):
        """Notes what has arrived until now; the latest value of all."""
        for journal, read in self._read.items():
            with open(journal, "rb") as file:
                file.seek(read)
                text = file.read()
            whole = text[:text.rfind(b"\n") + 1]
            self._read[journal] += len(whole)
            for line in whole.splitlines():
                self._take(journal, json.loads(line))
        return self._notes.latest

    def _take(self, journal, event):
        if event["event"] != "publish" or event["answer"] not in HAS_IT:
            self.events.append(event)
            return
        values = values_of(event["payload"])
        self._notes.add(values, round(event["time"] * 1e9))
        known = self._came_by.setdefault((journal, event["connection"]), set())
        if not known.isdisjoint(values):
            self.events.append(event)
        known.update(values)

    def remarks(self):
        """What it did not accept, and what came twice on one connection.

        Not what was too much for one second: messages that left at the allowed rate come all at once behind a link or
        a broker that stood still. AWS discards them without a word, and the sink has to send them again.
        """
        return [event for event in self.events
                if event["event"] == "publish" and event.get("why") != "publishes_per_second"]

    def said(self):
        return "\n".join(json.dumps(event) for event in self.events[-10:])

    def close(self):
        self.look()
        self._notes.close()
        if self._running.process.poll() is None:
            self._running.process.kill()
        self._running.process.communicate()


class PersistentBroker:
    """Asked to stop, it writes down what its subscriber has not got yet. Killed, it would forget that, and then accuse us."""

    ends = signal.SIGTERM
    MEMORY = "persistence true\npersistence_location {folder}/\nmax_queued_messages 0\nmax_inflight_messages 100"

    def __init__(self, folder, pki, address, notes):
        self._folder = folder / "mosquitto"
        self._folder.mkdir()
        self._broker = mqtt_lab.Mosquitto(self._folder, pki, address=address, memory=self.MEMORY.format(folder=self._folder))
        self.port = self._broker.tls
        self._notes = Notebook(notes)
        self.told_again = 0  # values
        self._subscribed = threading.Event()
        self._client = mqtt.Client(client_id="witness", clean_session=False, protocol=mqtt.MQTTv311)
        self._client.on_connect = lambda client, *_: client.subscribe("#", qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._take
        self._client.reconnect_delay_set(0.05, 0.2)
        self._client.connect_async(address, self._broker.plain, keepalive=30)
        self._client.loop_start()
        harness.wait_until(self._subscribed.is_set, "the witness")

    def start(self):
        self._broker.start()

    def end(self):
        self.send(self.ends)
        self._broker.server.process.wait()

    def send(self, number):
        self._broker.send(number)

    def _take(self, _client, _data, message):
        values = values_of(message.payload)
        if message.dup and self._notes.known.issuperset(values):
            self.told_again += len(values)  # by the broker to its witness, after a stop
            return
        self._notes.add(values, time.monotonic_ns())

    def look(self):
        return self._notes.latest

    def remarks(self):
        return []

    def said(self):
        return self._broker.said()[-2000:]

    def close(self):
        self._client.disconnect()
        self._client.loop_stop()
        self._broker.close()
        self._notes.close()
