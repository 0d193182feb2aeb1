"""What the tests of this folder share: certificates, a broker, and three kinds of client.

Paho and mosquitto's programs are the independent witnesses. RawClient sends bytes that they would not send.
Nothing here sleeps in the hope that something has happened: waits look at a condition until it is true.
"""
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import unittest

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes

import broker_process
import certificates
import packets

PATIENCE = broker_process.PATIENCE
FAST = ("--limit", "connects_per_second=0")  # most tests connect more often than AWS would let them


def policy(*statements):
    """A policy document of (effect, actions, resources after the account[, condition])."""
    made = []
    for effect, actions, resources, *condition in statements:
        made.append({"Effect": effect, "Action": actions,
                     "Resource": [f"arn:aws:iot:eu-test-1:123456789012:{one}" for one in resources]})
        if condition:
            made[-1]["Condition"] = condition[0]
    return {"Version": "2012-10-17", "Statement": made}


class PahoClient:
    """A client with its own thread; what happened to it is in its lists."""

    def __init__(self, client_id, level=4, clean=True, expiry=None):
        self.connected = []      # (session present, code)
        self.disconnected = []   # code
        self.messages = []
        self.acknowledged = []   # message ids of PUBACK
        self.granted = []        # lists of codes
        self.changed = threading.Condition()
        self.level = level
        self._start = {} if level == 4 else {"clean_start": clean}
        if expiry is not None:
            properties = paho.Properties(PacketTypes.CONNECT)
            properties.SessionExpiryInterval = expiry
            self._start["properties"] = properties
        self.client = paho.Client(client_id, clean_session=clean if level == 4 else None,
                                  protocol=paho.MQTTv311 if level == 4 else paho.MQTTv5, reconnect_on_failure=False)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = lambda client, data, code, *_: self._add(self.disconnected, code_of(code))
        self.client.on_message = lambda client, data, message: self._add(self.messages, message)
        self.client.on_publish = lambda client, data, mid: self._add(self.acknowledged, mid)
        self.client.on_subscribe = lambda client, data, mid, codes, *_: self._add(
            self.granted, [code_of(one) for one in codes])

    def _on_connect(self, client, data, flags, code, *_):
        self._add(self.connected, (flags["session present"], code_of(code)))

    def _add(self, where, what):
        with self.changed:
            where.append(what)
            self.changed.notify_all()

    def wait(self, condition, what, deadline=10.0):
        with self.changed:
            if not self.changed.wait_for(condition, deadline * PATIENCE):
                raise AssertionError(f"waited {deadline} s for {what}; {self.connected=} {self.disconnected=} "
                                     f"{len(self.messages)=} {self.granted=}")

    def connect(self, port, keep_alive=60):
        """Until CONNACK, or the end of the connection."""
        self.client.connect("localhost", port, keep_alive, **self._start)
        self.client.loop_start()
        self.wait(lambda: self.connected or self.disconnected, "CONNACK or the end")
        return self

    def publish(self, topic, payload="", qos=1, retain=False, properties=None):
        return self.client.publish(topic, payload, qos, retain, properties).mid

    def publish_and_wait(self, topic, payload="", **more):
        mid = self.publish(topic, payload, **more)
        self.wait(lambda: mid in self.acknowledged, f"PUBACK of {topic}")

    def subscribe(self, topic_filter, qos=1):
        """The code of SUBACK."""
        count = len(self.granted)
        self.client.subscribe(topic_filter, qos)
        self.wait(lambda: len(self.granted) > count, f"SUBACK of {topic_filter}")
        return self.granted[-1][0]

    def wait_for_messages(self, count):
        self.wait(lambda: len(self.messages) >= count, f"{count} messages")
        return [(one.topic, one.payload.decode()) for one in self.messages]

    def wait_for_end(self):
        self.wait(lambda: self.disconnected, "the end of the connection")
        return self.disconnected[0]

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()

    def vanish(self):
        """Without a word, as a device whose cable is cut."""
        with socket.socket(fileno=os.dup(self.client.socket().fileno())) as own:
            own.shutdown(socket.SHUT_RDWR)
        self.client.loop_stop()


def code_of(code):
    return getattr(code, "value", code)


class RawClient:
    """A socket that has connected by MQTT, for bytes of the test's own."""

    def __init__(self, port, context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), 10 * PATIENCE)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")

    def connect(self, level=5, client_id="raw", keep_alive=60, clean=True, will=None, **properties):
        """The CONNACK: its two bytes, and MQTT 5's properties in their raw form."""
        self.send(packets.write_connect(packets.Connect(level, client_id, clean, keep_alive, will, None, None,
                                                        properties)))
        return self.packet()[1]

    def send(self, data):
        self.socket.sendall(data)

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError(data)
            data += more
        return data

    def packet(self):
        """(first byte, body) of the next packet; (None, b"") if the broker has closed."""
        try:
            head = self.exactly(1)[0]
            length = shift = 0
            while True:
                byte = self.exactly(1)[0]
                length |= (byte & 127) << shift
                shift += 7
                if byte < 128:
                    return head, self.exactly(length)
        except (EOFError, ConnectionError, ssl.SSLError):
            return None, b""

    def publish(self, topic, payload=b"", level=5, qos=1, packet_id=1, retain=False, **properties):
        self.send(packets.write_publish(level, packets.Publish(topic, payload, qos, retain, False, packet_id,
                                                               properties)))

    def close(self):
        self.socket.close()


class LaboratoryTest(unittest.TestCase):
    """One authority and two clients for all tests of a class; a folder for each test."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.shared = pathlib.Path(tempfile.mkdtemp(prefix="aws-broker-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared, ignore_errors=True)
        cls.brokers = {}
        cls.authority = certificates.Authority(cls.shared)
        cls.server = cls.authority.issue("server", names=certificates.SERVER_NAMES)
        cls.client = cls.authority.issue("client", common_name="pc-0001")

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="test-", dir=self.shared))

    def broker(self, *arguments, document=None):
        """With TLS and without, and with the policy if there is one. Tests of a class share a broker that was started
        alike, one after the other; it is reset in between."""
        key = json.dumps([arguments, document])
        shared = self.brokers.get(key)
        if shared is None:
            if document is not None:
                path = self.folder / "policy.json"
                path.write_text(json.dumps(document), encoding="utf-8")
                arguments += ("--policy", path)
            shared = self.brokers[key] = self.start(*arguments)
            self.addClassCleanup(shared.stop)
        else:
            shared.reset()
        return shared

    def own_broker(self, *arguments, server=None):
        """For a test that ends it, or needs another certificate."""
        started = self.start(*arguments, server=server)
        self.addCleanup(started.stop)
        return started

    def start(self, *arguments, server=None):
        server = server or self.server
        return broker_process.BrokerProcess(
            self.shared, "--ca", self.authority.certificate, "--certificate", server.certificate, "--key", server.key,
            "--plain-port", 0, *FAST, *arguments)

    def paho(self, broker, client_id="pc-0001", level=4, keep_alive=60, connect=True, **more):
        made = PahoClient(client_id, level, **more)
        made.client.tls_set(str(self.authority.certificate), str(self.client.certificate), str(self.client.key),
                            tls_version=ssl.PROTOCOL_TLS_CLIENT)
        self.addCleanup(made.close)
        return made.connect(broker.port, keep_alive) if connect else made

    def context(self, client="own"):
        """For TLS sockets of Python's own; `client` None shows no certificate."""
        context = ssl.create_default_context(cafile=self.authority.certificate)
        if client:
            pair = self.client if client == "own" else client
            context.load_cert_chain(pair.certificate, pair.key)
        return context

    def raw(self, broker, level=5, client_id="raw", connect=True, **more):
        """Without TLS, which has nothing to do with what these clients send."""
        made = RawClient(broker.plain_port)
        self.addCleanup(made.close)
        if connect:
            self.assertEqual(0, made.connect(level, client_id, **more)[1])
        return made

    def mosquitto(self, program, broker, *arguments, text=None, deadline=20.0):
        """mosquitto_pub or mosquitto_sub by TLS, to its end."""
        return subprocess.run([*self.mosquitto_command(program, broker), *map(str, arguments)], input=text, text=True,
                              capture_output=True, timeout=deadline * PATIENCE, check=False)

    def mosquitto_command(self, program, broker):
        return [program, "-h", "localhost", "-p", str(broker.port), "--cafile", str(self.authority.certificate),
                "--cert", str(self.client.certificate), "--key", str(self.client.key)]
