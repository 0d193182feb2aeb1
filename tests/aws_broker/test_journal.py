#!/usr/bin/env python3
"""The record: complete, and written before the acknowledgement."""
import json
import signal
import unittest

import packets
from laboratory import LaboratoryTest


class Recording(LaboratoryTest):
    def test_every_field_of_connect_is_there(self):
        broker = self.broker("--alpn", "x-amzn-mqtt-ca")
        client = self.paho(broker, "a", level=5, expiry=60, connect=False, clean=False)
        client.client.will_set("w", b"\xff\x00", 1, True)
        client.client.username_pw_set("name?SDK=x", "secret")
        client.client._ssl_context.set_alpn_protocols(["x-amzn-mqtt-ca"])
        client.connect(broker.port, 77)
        seen = broker.events("connect")[0]
        expected = {"client": "a", "level": 5, "clean": False, "keep_alive": 77, "user_name": "name?SDK=x",
                    "password_base64": "c2VjcmV0", "properties": {"session_expiry_interval": 60},
                    "will": {"topic": "w", "qos": 1, "retain": True, "properties": {}, "payload_bytes": 2,
                             "payload_base64": "/wA="},
                    "server_name": "localhost", "alpn": "x-amzn-mqtt-ca", "version": "TLSv1.3",
                    "common_name": "pc-0001"}
        self.assertEqual(expected, {name: seen[name] for name in expected})

    def test_every_field_of_publish_is_there(self):
        broker = self.broker()
        raw = self.raw(broker)
        raw.publish("a/b", "grün".encode(), packet_id=9, user_property=[("k", "v")], correlation_data=b"\0")
        raw.packet()
        seen = broker.events("publish")[0]
        expected = {"client": "raw", "topic": "a/b", "qos": 1, "retain": False, "dup": False, "packet_id": 9,
                    "properties": {"user_property": [["k", "v"]], "correlation_data": "AA=="}, "answer": "puback",
                    "receivers": 0, "payload_bytes": 5, "payload": "grün"}
        self.assertEqual(expected, {name: seen[name] for name in expected})
        raw.publish("a/b", b"\xff", packet_id=10)
        raw.packet()
        self.assertEqual("/w==", broker.events("publish")[1]["payload_base64"])

    def test_payloads_can_be_left_out(self):
        broker = self.broker("--journal-without-payloads")
        raw = self.raw(broker)
        raw.publish("a", b"secret")
        raw.packet()
        self.assertEqual(6, broker.events("publish")[0]["payload_bytes"])
        self.assertNotIn("secret", broker.journal.read_text())

    def test_what_was_acknowledged_is_recorded_even_if_the_broker_is_killed(self):
        broker = self.own_broker("--limit", "publishes_per_second=0")
        raw = self.raw(broker)
        for number in range(1, 2001):
            raw.publish("a", str(number).encode(), packet_id=number)
        for _ in range(500):
            last = raw.packet()
        broker.process.send_signal(signal.SIGKILL)
        broker.process.wait()
        acknowledged = int.from_bytes(last[1], "big")
        while (packet := raw.packet())[0] is not None:
            acknowledged = int.from_bytes(packet[1], "big")
        text = broker.journal.read_text()
        recorded = [json.loads(line)["packet_id"] for line in text[:text.rfind("\n")].splitlines() if "payload" in line]
        self.assertGreaterEqual(len(recorded), acknowledged)
        self.assertEqual(list(range(1, len(recorded) + 1)), recorded)

    def test_events_are_numbered_and_in_time(self):
        broker = self.own_broker()
        self.paho(broker).publish_and_wait("a")
        events = broker.events()
        self.assertEqual(list(range(1, len(events) + 1)), [one["number"] for one in events])
        times = [one["time"] for one in events]
        self.assertEqual(sorted(times), times)
        self.assertEqual(["listening", "accepted", "tls", "connect", "connack", "publish"],
                         [one["event"] for one in events])

    def test_the_end_is_recorded_with_the_counters(self):
        broker = self.own_broker()
        raw = self.raw(broker, 4)
        raw.publish("a", level=4)
        raw.packet()
        broker.stop()
        last = broker.events()[-1]
        self.assertEqual(("stopped", 1), (last["event"], last["counters"]["accepted_publishes"]))
        self.assertEqual("SERVER_INITIATED_DISCONNECT", broker.events("disconnect")[0]["reason"])

    def test_what_the_broker_sends_is_recorded_too(self):
        broker = self.broker()
        raw = self.raw(broker)
        raw.send(packets.write_subscribe(5, 1, [("t", 1)]))
        raw.packet()
        broker.command("publish", topic="t", payload="x", qos=1)
        raw.packet()
        raw.send(b"\x40\x03\x00\x01\x97")
        seen = broker.wait_for("puback_received")[0]
        self.assertEqual((1, 0x97, True), (seen["packet_id"], seen["reason"], seen["known"]))
        self.assertEqual("t", broker.events("deliver")[0]["topic"])


if __name__ == "__main__":
    unittest.main()
