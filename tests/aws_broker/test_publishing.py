#!/usr/bin/env python3
"""What may be published, and what a publisher hears when it may not."""
import unittest

import packets
from laboratory import LaboratoryTest, policy

ONE_TOPIC = policy(("Allow", "iot:Connect", ["client/*"]), ("Allow", ["iot:Publish", "iot:Receive"], ["topic/open/*"]),
                   ("Allow", "iot:Subscribe", ["topicfilter/*"]))
PUBACK = 0x40
DISCONNECT = 0xE0


class Forbidden(LaboratoryTest):
    def test_3_1_1_is_closed_without_a_word_and_nobody_gets_the_message(self):
        broker = self.broker(document=ONE_TOPIC)
        watcher = self.paho(broker, "watcher")
        watcher.subscribe("#")
        client = self.paho(broker, "writer")
        client.publish("closed/a", "secret")
        client.wait_for_end()
        self.assertEqual([], client.acknowledged)
        broker.wait_for("disconnect", client="writer", reason="AUTH_ERROR", by="broker")
        self.paho(broker, "other").publish_and_wait("open/a", "public")
        self.assertEqual([("open/a", "public")], watcher.wait_for_messages(1))

    def test_mosquitto_pub_of_3_1_1_fails(self):
        broker = self.broker(document=ONE_TOPIC)
        good = self.mosquitto("mosquitto_pub", broker, "-i", "a", "-t", "open/a", "-m", "x", "-q", 1)
        self.assertEqual((0, ""), (good.returncode, good.stderr))
        # It would connect again for ever, as devices do; one line of input is enough to see the difference.
        bad = self.paho(broker, "b")
        bad.publish("closed/a")
        bad.wait_for_end()

    def test_mosquitto_pub_of_5_hears_not_authorized(self):
        broker = self.broker(document=ONE_TOPIC)
        made = self.mosquitto("mosquitto_pub", broker, "-V", 5, "-i", "a", "-t", "closed/a", "-m", "x", "-q", 1)
        self.assertIn("Not authorized", made.stdout + made.stderr)
        self.assertEqual("refused", broker.wait_for("publish")[0]["answer"])

    def test_5_stays_connected_or_not_as_wished(self):
        for manner, after in (("keep", (PUBACK, b"\x00\x02")), ("disconnect", (DISCONNECT, b"\x87\x00"))):
            with self.subTest(manner):
                raw = self.raw(self.broker("--after-refused-publish", manner, document=ONE_TOPIC))
                raw.publish("closed/a")
                self.assertEqual((PUBACK, b"\x00\x01\x87"), raw.packet())
                raw.publish("open/a", packet_id=2)
                self.assertEqual(after, raw.packet())

    def test_qos_0_of_5_has_no_acknowledgement_and_is_disconnected(self):
        raw = self.raw(self.broker(document=ONE_TOPIC))
        raw.publish("closed/a", qos=0)
        self.assertEqual((DISCONNECT, b"\x87\x00"), raw.packet())

    def test_retain_needs_a_permission_of_its_own(self):
        raw = self.raw(self.broker(document=ONE_TOPIC))
        raw.publish("open/a", retain=True)
        self.assertEqual((PUBACK, b"\x00\x01\x87"), raw.packet())

    def test_a_new_policy_holds_at_once(self):
        broker = self.broker(document=ONE_TOPIC)
        raw = self.raw(broker)
        raw.publish("closed/a")
        self.assertEqual((PUBACK, b"\x00\x01\x87"), raw.packet())
        broker.command("policy", document=policy(("Allow", "iot:*", ["*"])))
        raw.publish("closed/a")
        self.assertEqual((PUBACK, b"\x00\x01"), raw.packet())


class Limits(LaboratoryTest):
    def answer(self, broker, level, topic, payload=b"x", qos=1, **more):
        """What one publish is answered with."""
        raw = self.raw(broker, level, "limits")
        raw.publish(topic, payload, level, qos, **more)
        return raw.packet()

    def test_topics(self):
        broker = self.broker()
        for topic, good in (("x" * 256, True), ("x" * 257, False), ("a/b/c/d/e/f/g/h", True), ("$SYS/a", False),
                            ("a/b/c/d/e/f/g/h/i", False), ("$aws/rules/r/a/b/c/d/e/f/g/h", True),
                            ("$aws/rules/r/a/b/c/d/e/f/g/h/i", False), ("$aws/things/t/shadow/update", True)):
            with self.subTest(topic[:30]):
                self.assertEqual((PUBACK, b"\x00\x01" if good else b"\x00\x01\x90"), self.answer(broker, 5, topic))
                self.assertEqual((PUBACK, b"\x00\x01") if good else (None, b""), self.answer(broker, 4, topic))

    def test_payloads(self):
        broker = self.broker()
        for size, good in ((128 * 1024, True), (128 * 1024 + 1, False), (200000, False)):
            with self.subTest(size):
                self.assertEqual((PUBACK, b"\x00\x01") if good else (DISCONNECT, b"\x97\x00"),
                                 self.answer(broker, 5, "a", b"x" * size))
                self.assertEqual((PUBACK, b"\x00\x01") if good else (None, b""),
                                 self.answer(broker, 4, "a", b"x" * size))
        self.assertEqual(4, len(broker.wait_for("disconnect", 4, reason="CLIENT_ERROR")))

    def test_qos_2_is_not_answered_in_3_1_1_and_disconnected_in_5(self):
        broker = self.broker()
        raw = self.raw(broker, 4)
        raw.publish("a", level=4, qos=2)
        raw.publish("a", level=4, packet_id=2)
        self.assertEqual((PUBACK, b"\x00\x02"), raw.packet())
        self.assertEqual((DISCONNECT, b"\x9b\x00"), self.answer(broker, 5, "a", qos=2))

    def test_beyond_100_a_second_messages_vanish(self):
        broker = self.broker()
        raw = self.raw(broker)
        for number in range(1, 151):
            raw.publish("a", packet_id=number)
        raw.send(b"\xc0\x00")
        acknowledged = []
        while (packet := raw.packet())[0] == PUBACK:
            acknowledged.append(int.from_bytes(packet[1], "big"))
        self.assertEqual((0xD0, b""), packet)
        self.assertEqual(list(range(1, 101)), acknowledged)
        self.assertEqual(50, broker.counters()["discarded"])
        broker.command("limits", limits={"publishes_per_second": 0})
        raw.publish("a", packet_id=151)
        self.assertEqual((PUBACK, b"\x00\x97"), raw.packet())

    def test_no_more_than_100_without_an_acknowledgement(self):
        broker = self.broker("--limit", "publishes_per_second=0", "--fault", "withhold_puback=true")
        for level, expected in ((5, (DISCONNECT, b"\x93\x00")), (4, (0xD0, b""))):
            with self.subTest(level=level):
                raw = self.raw(broker, level, f"raw-{level}")
                for number in range(1, 102):
                    raw.publish("a", level=level, packet_id=number)
                raw.send(b"\xc0\x00")
                self.assertEqual(expected, raw.packet())
                self.assertEqual(100, len(broker.events("publish", client=f"raw-{level}", answer="withheld")))

    def test_bytes_beyond_512_kib_a_second_are_slowed_down_and_none_is_lost(self):
        broker = self.broker("--limit", "bytes_per_second=65536", "--limit", "publishes_per_second=0")
        raw = self.raw(broker)
        for number in range(1, 101):
            raw.publish("a", b"x" * 1024, packet_id=number)
        for number in range(1, 101):
            self.assertEqual((PUBACK, number.to_bytes(2, "big")), raw.packet())
        seen = broker.events("publish")
        raw.publish("a", b"x", packet_id=101)
        raw.packet()
        self.assertGreater(broker.events("publish")[-1]["time"] - seen[0]["time"], 0.3)


class Mqtt5(LaboratoryTest):
    def test_topic_aliases(self):
        broker = self.broker()
        raw = self.raw(broker)
        raw.publish("a/b", topic_alias=8)
        raw.publish("", b"second", packet_id=2, topic_alias=8)
        self.assertEqual([PUBACK, PUBACK], [raw.packet()[0], raw.packet()[0]])
        self.assertEqual(["a/b", "a/b"], [one["topic"] for one in broker.events("publish")])

    def test_topic_aliases_that_are_none(self):
        broker = self.broker()
        for alias, reason in ((9, 0x94), (0, 0x94), (3, 0x82)):
            with self.subTest(alias):
                raw = self.raw(broker)
                raw.publish("" if alias == 3 else "a", topic_alias=alias)
                self.assertEqual((DISCONNECT, bytes([reason, 0])), raw.packet())

    def test_properties_arrive_at_subscribers(self):
        broker = self.broker()
        watcher = self.paho(broker, "watcher", level=5)
        watcher.subscribe("a")
        self.raw(broker).publish("a", b"x", content_type="text/plain", user_property=[("k", "v"), ("k", "w")],
                                 response_topic="r", correlation_data=b"\0\1", message_expiry_interval=100)
        watcher.wait_for_messages(1)
        got = watcher.messages[0].properties
        self.assertEqual(("text/plain", [("k", "v"), ("k", "w")], "r", b"\0\1"), (
            got.ContentType, got.UserProperty, got.ResponseTopic, got.CorrelationData))
        self.assertIn(got.MessageExpiryInterval, (99, 100))

    def test_a_client_that_does_what_is_not_supported_is_disconnected(self):
        broker = self.broker()
        for data, reason in ((b"\xf0\x00", 0x82), (b"\x50\x02\x00\x01", 0x82), (b"\x10\x00", 0x82), (b"\x80\x00", 0x81),
                             (bytes.fromhex("82 08 0001 02 0b01 0001 61 00")[:1] + b"\x09"
                              + bytes.fromhex("0001 02 0b01 0001 61 00"), 0xA1)):
            with self.subTest(data=data):
                raw = self.raw(broker)
                raw.send(data)
                self.assertEqual(DISCONNECT, (answer := raw.packet())[0])
                self.assertEqual(reason, answer[1][0])

    def test_duplicates_are_served_like_any_other(self):
        broker = self.broker()
        raw = self.raw(broker)
        for duplicate in (False, True):
            raw.send(packets.write_publish(5, packets.Publish("a", b"x", 1, False, duplicate, 7)))
            self.assertEqual((PUBACK, b"\x00\x07"), raw.packet())
        self.assertEqual([False, True], [one["dup"] for one in broker.events("publish")])


if __name__ == "__main__":
    unittest.main()
