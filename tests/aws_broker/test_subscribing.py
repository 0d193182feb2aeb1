#!/usr/bin/env python3
"""Who gets what: subscriptions, retained messages, sessions."""
import subprocess
import unittest

from broker_process import wait_until
from laboratory import LaboratoryTest, policy

SUBACK = 0x90


class Subscribing(LaboratoryTest):
    def test_mosquitto_sub_gets_exactly_what_mosquitto_pub_sends(self):
        broker = self.broker("--limit", "publishes_per_second=0")
        count = 500
        with subprocess.Popen([*self.mosquitto_command("mosquitto_sub", broker), "-i", "sub", "-t", "a/+", "-q", "1",
                               "-C", str(count)], stdout=subprocess.PIPE, text=True) as subscriber:
            self.addCleanup(subscriber.kill)
            broker.wait_for("subscribe")
            lines = "".join(f"message {number}\n" for number in range(count))
            sent = self.mosquitto("mosquitto_pub", broker, "-i", "pub", "-t", "a/b", "-q", 1, "-l", text=lines)
            self.assertEqual(0, sent.returncode, sent.stderr)
            self.assertEqual(lines, subscriber.communicate(timeout=20)[0])
        self.assertEqual(count, broker.counters()["pubacks"])

    def test_one_client_gets_a_message_once_and_the_versions_mix(self):
        broker = self.broker()
        old, new = self.paho(broker, "old", level=4), self.paho(broker, "new", level=5)
        for client in (old, new):
            for topic_filter in ("a/b", "a/+", "a/#", "#"):
                self.assertEqual(1, client.subscribe(topic_filter))
        old.publish_and_wait("a/b", "1")
        new.publish_and_wait("a/b", "2")
        new.publish_and_wait("c", "end")
        for client in (old, new):
            self.assertEqual([("a/b", "1"), ("a/b", "2"), ("c", "end")], client.wait_for_messages(3))

    def test_a_parent_is_not_matched_by_its_children(self):
        client = self.paho(self.broker())
        client.subscribe("a/#")
        client.publish_and_wait("a", "parent")
        client.publish_and_wait("a/b", "child")
        self.assertEqual([("a/b", "child")], client.wait_for_messages(1))

    def test_after_unsubscribe_nothing_comes(self):
        broker = self.broker()
        client = self.paho(broker)
        client.subscribe("a")
        client.subscribe("b")
        client.client.unsubscribe("a")
        broker.wait_for("unsubscribe", codes=[0])
        client.publish_and_wait("a")
        client.publish_and_wait("b")
        self.assertEqual([("b", "")], client.wait_for_messages(1))

    def test_a_shared_subscription_gives_each_message_to_one(self):
        broker = self.broker()
        members = [self.paho(broker, f"member-{number}", level=5) for number in range(2)]
        for member in members:
            self.assertEqual(1, member.subscribe("$share/group/a/+"))
        for number in range(10):
            members[0].publish_and_wait("a/b", str(number))
        members[0].wait(lambda: sum(len(one.messages) for one in members) >= 10, "all messages")
        self.assertEqual([5, 5], [len(one.messages) for one in members])

    def test_basic_ingest_goes_past_the_subscribers(self):
        broker = self.broker()
        client = self.paho(broker)
        client.subscribe("#")
        client.publish_and_wait("$aws/rules/rule/a", "x")
        client.publish_and_wait("a", "end")
        self.assertEqual([("a", "end")], client.wait_for_messages(1))

    def test_forbidden_filters(self):
        document = policy(("Allow", "iot:Connect", ["client/*"]), ("Allow", "iot:Subscribe", ["topicfilter/open/*"]))
        broker = self.broker(document=document)
        self.assertEqual(0x87, self.paho(broker, level=5).subscribe("closed"))
        self.assertEqual(1, self.paho(broker, level=5).subscribe("open/#"))
        client = self.paho(broker, "old")
        client.client.subscribe("closed")
        client.wait_for_end()
        self.assertEqual(0x80, self.paho(self.broker("--refuse-subscribe", "suback", document=document)).subscribe("c"))

    def test_receiving_needs_a_permission_of_its_own(self):
        broker = self.broker(document=policy(
            ("Allow", ["iot:Connect", "iot:Publish", "iot:Subscribe"], ["*"]),
            ("Allow", "iot:Receive", ["topic/open"])))
        client = self.paho(broker)
        client.subscribe("#")
        client.publish_and_wait("closed", "x")
        client.publish_and_wait("open", "x")
        self.assertEqual([("open", "x")], client.wait_for_messages(1))

    def test_filters_have_their_limits(self):
        broker = self.broker()
        client = self.paho(broker, level=5)
        for topic_filter in ("a/b/c/d/e/f/g/h/i", "$aws/rules/r/a", "$SYS/#", "x" * 257):
            with self.subTest(topic_filter[:20]):
                self.assertEqual(0x8F, client.subscribe(topic_filter))
        for count, end in ((8, False), (9, True)):
            one = self.paho(broker, f"many-{count}", level=4)
            one.client.subscribe([(f"t/{number}", 1) for number in range(count)])
            one.wait(lambda one=one: one.granted or one.disconnected, "SUBACK or the end")
            self.assertEqual(end, bool(one.disconnected))

    def test_50_subscriptions_and_no_more(self):
        client = self.paho(self.broker(), level=5)
        for begin in range(0, 50, 8):
            client.client.subscribe([(f"t/{number}", 1) for number in range(begin, min(begin + 8, 50))])
        client.wait(lambda: len(client.granted) == 7, "SUBACK of all")
        self.assertEqual(0x97, client.subscribe("t/50"))
        self.assertEqual(1, client.subscribe("t/49"))

    def test_options_of_mqtt_5_are_kept(self):
        broker = self.broker()
        raw = self.raw(broker)
        raw.publish("t", b"kept", retain=True)
        raw.packet()
        # No Local, Retain As Published, and no retained message at subscribing.
        raw.send(b"\x82\x07\x00\x01\x00\x00\x01t" + bytes([0x01 | 0x04 | 0x08 | 0x20]))
        self.assertEqual((SUBACK, b"\x00\x01\x00\x01"), raw.packet())
        raw.publish("t", b"own", packet_id=2)
        self.assertEqual((0x40, b"\x00\x02"), raw.packet())
        self.paho(broker).publish_and_wait("t", "other", retain=True)
        head, body = raw.packet()
        self.assertEqual((0x33, b"other"), (head, body[-5:]))

    def test_qos_2_is_granted_as_1(self):
        self.assertEqual(1, self.paho(self.broker()).subscribe("a", 2))


class Retained(LaboratoryTest):
    def test_who_subscribes_to_the_exact_topic_gets_it_marked(self):
        broker = self.broker()
        client = self.paho(broker)
        client.publish_and_wait("a/b", "kept", retain=True)
        client.subscribe("a/+")
        client.subscribe("a/b")
        self.assertEqual([("a/b", "kept")], client.wait_for_messages(1))
        self.assertTrue(client.messages[0].retain)

    def test_an_empty_one_deletes_it(self):
        broker = self.broker()
        client = self.paho(broker)
        client.publish_and_wait("a", "kept", retain=True)
        self.assertEqual(1, broker.counters()["retained"])
        client.publish_and_wait("a", "", retain=True)
        self.assertEqual(0, broker.counters()["retained"])

    def test_none_is_kept_on_reserved_topics(self):
        broker = self.broker()
        self.paho(broker).publish_and_wait("$aws/things/t/shadow/update", "x", retain=True)
        self.assertEqual(0, broker.counters()["retained"])

    def test_one_that_has_expired_is_gone(self):
        broker = self.broker()
        raw = self.raw(broker)
        raw.publish("a", b"x", retain=True, message_expiry_interval=0)
        raw.packet()
        client = self.paho(broker)
        client.subscribe("a")
        client.publish_and_wait("a", "end")
        self.assertEqual([("a", "end")], client.wait_for_messages(1))


class Sessions(LaboratoryTest):
    def test_a_clean_session_is_forgotten(self):
        broker = self.broker()
        client = self.paho(broker, "a")
        client.subscribe("a")
        client.close()
        self.assertEqual((0, 0), self.paho(broker, "a", clean=False).connected[0])

    def test_messages_wait_for_a_client_that_is_away(self):
        for level, more in ((4, {}), (5, {"expiry": 100})):
            with self.subTest(level=level):
                broker = self.broker("--limit", "replay_per_second=0")
                client = self.paho(broker, "a", level, clean=False, **more)
                client.subscribe("t/+")
                client.vanish()
                broker.wait_for("disconnect", client="a")
                writer = self.paho(broker, "writer")
                for number in range(20):
                    writer.publish_and_wait("t/x", str(number))
                writer.publish("t/x", "QoS 0 is not stored", qos=0)
                again = self.paho(broker, "a", level, clean=False, **more)
                self.assertEqual((1, 0), again.connected[0])
                writer.publish_and_wait("t/x", "end")
                self.assertEqual([("t/x", str(number)) for number in range(20)] + [("t/x", "end")],
                                 again.wait_for_messages(21))

    def test_what_was_not_acknowledged_comes_again_under_a_new_identifier(self):
        broker = self.broker("--limit", "replay_per_second=0")
        raw = self.raw(broker, 4, "a", clean=False)
        raw.send(b"\x82\x06\x00\x01\x00\x01t\x01")
        self.assertEqual((SUBACK, b"\x00\x01\x01"), raw.packet())
        broker.command("publish", topic="t", payload="x", qos=1)
        first = raw.packet()
        raw.close()
        broker.wait_for("disconnect", client="a")
        again = self.raw(broker, 4, "a", clean=False)
        second = again.packet()
        self.assertEqual((0x32, 0x32), (first[0], second[0]))
        self.assertNotEqual(first[1][3:5], second[1][3:5])
        self.assertEqual(b"x", second[1][5:])
        again.send(b"\x40\x02" + second[1][3:5])
        broker.wait_for("puback_received", known=True)
        again.close()
        broker.wait_for("disconnect", 2, client="a")
        third = self.raw(broker, 4, "a", clean=False)
        third.send(b"\xc0\x00")
        self.assertEqual((0xD0, b""), third.packet())

    def test_stored_messages_come_slowly(self):
        broker = self.broker("--limit", "replay_per_second=20")
        self.paho(broker, "a", clean=False).subscribe("t")
        broker.command("close", client="a")
        for number in range(11):
            broker.command("publish", topic="t", payload=str(number), qos=1)
        self.paho(broker, "a", clean=False).wait_for_messages(11)
        sent = broker.events("deliver")
        self.assertGreater(sent[10]["time"] - sent[0]["time"], 0.45)

    def test_a_session_does_not_cross_the_versions(self):
        broker = self.broker()
        self.paho(broker, "a", 4, clean=False).close()
        broker.wait_for("disconnect", client="a")
        self.assertEqual((0, 0), self.paho(broker, "a", 5, clean=False, expiry=10).connected[0])

    def test_a_session_expires(self):
        broker = self.broker("--limit", "session_expiry_max=1")
        self.paho(broker, "a", 4, clean=False).close()
        broker.wait_for("disconnect", client="a")
        def broker_sessions():
            return broker.command("sessions")["sessions"]
        self.assertEqual(1, len(broker_sessions()))
        wait_until(lambda: not broker_sessions(), "the end of the session")
        self.assertEqual((0, 0), self.paho(broker, "a", 4, clean=False).connected[0])

    def test_the_window_of_a_subscriber_is_kept(self):
        broker = self.broker()
        raw = self.raw(broker, 5, "slow", receive_maximum=2)
        raw.send(b"\x82\x07\x00\x01\x00\x00\x01t\x01")
        raw.packet()
        for number in range(5):
            broker.command("publish", topic="t", payload=str(number), qos=1)
        got = [raw.packet()[1], raw.packet()[1]]
        self.assertEqual(2, len(broker.events("deliver")))
        raw.send(b"\x40\x02" + got[0][3:5])
        self.assertEqual(b"2", raw.packet()[1][-1:])

    def test_a_message_that_expires_while_it_waits_is_not_delivered(self):
        broker = self.broker("--limit", "replay_per_second=0")
        self.paho(broker, "a", clean=False).subscribe("t")
        broker.command("close", client="a")
        for seconds, payload in ((0, "late"), (100, "in time")):
            broker.command("publish", topic="t", payload=payload, qos=1,
                           properties={"message_expiry_interval": seconds})
        self.assertEqual([("t", "in time")], self.paho(broker, "a", clean=False).wait_for_messages(1))


if __name__ == "__main__":
    unittest.main()
