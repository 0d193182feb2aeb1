#!/usr/bin/env python3
"""Each fault that the broker shows on command, and its end."""
import unittest

import control
from laboratory import LaboratoryTest, PATIENCE, policy

PUBACK = 0x40
DISCONNECT = 0xE0
PINGRESP = (0xD0, b"")


class OnConnect(LaboratoryTest):
    def test_silence(self):
        broker = self.broker("--fault", "on_connect=silence")
        deaf = self.raw(broker, connect=False)
        deaf.socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            deaf.connect()
        broker.command("clear")
        self.raw(broker, client_id="other")
        broker.wait_for("connack", client="raw", answer="withheld")
        self.assertEqual([], broker.events("disconnect", client="raw"))

    def test_close(self):
        broker = self.broker("--fault", "on_connect=close")
        raw = self.raw(broker, connect=False)
        self.assertEqual(b"", raw.connect())

    def test_a_code(self):
        for level, code, expected in ((4, 0, 3), (5, 0, 0x88), (4, 5, 5), (5, 0x97, 0x97)):
            with self.subTest(level=level, code=code):
                broker = self.broker("--fault", "on_connect=refuse", "--fault", f"refuse_code={code}")
                self.assertEqual([(0, expected)], self.paho(broker, level=level).connected)

    def test_close_after_connack(self):
        broker = self.broker("--fault", "on_connect=close_after_connack", "--fault", "close_after_connack_ms=100")
        raw = self.raw(broker)
        self.assertEqual((None, b""), raw.packet())
        connack, end = broker.events("connack")[0], broker.wait_for("disconnect")[0]
        self.assertGreaterEqual(end["time"] - connack["time"], 0.09)

    def test_a_number_of_times(self):
        broker = self.broker("--fault", "on_connect=close", "--fault", "on_connect_times=2")
        answers = [self.raw(broker, connect=False).connect() for _ in range(3)]
        self.assertEqual([False, False, True], [bool(one) for one in answers])


class Acknowledging(LaboratoryTest):
    def test_puback_is_withheld_and_then_not(self):
        broker = self.broker()
        raw = self.raw(broker)
        broker.set(withhold_puback=True)
        raw.publish("a", packet_id=1)
        raw.send(b"\xc0\x00")
        self.assertEqual(PINGRESP, raw.packet())
        broker.set(withhold_puback=False)
        raw.publish("a", packet_id=2)
        self.assertEqual((PUBACK, b"\x00\x02"), raw.packet())
        self.assertEqual(["withheld", "puback"], [one["answer"] for one in broker.events("publish")])

    def test_only_the_next_pubacks_are_withheld(self):
        broker = self.broker("--fault", "withhold_puback=true", "--fault", "withhold_puback_times=2")
        raw = self.raw(broker)
        for number in (1, 2, 3):
            raw.publish("a", packet_id=number)
        self.assertEqual((PUBACK, b"\x00\x03"), raw.packet())

    def test_puback_is_delayed(self):
        broker = self.broker("--fault", "delay_puback_ms=200")
        raw = self.raw(broker)
        raw.publish("a", packet_id=1)
        raw.send(b"\xc0\x00")
        self.assertEqual(PINGRESP, raw.packet())
        self.assertEqual((PUBACK, b"\x00\x01"), raw.packet())
        sent, answered = broker.events("publish", answer="delayed")[0], broker.events("puback")[0]
        self.assertGreaterEqual(answered["time"] - sent["time"], 0.19)

    def test_reasons_for_topics(self):
        broker = self.broker("--fault", 'puback_reasons=[{"filter": "bad/+", "reason": 151}, '
                                        '{"filter": "odd", "reason": 16}]')
        raw = self.raw(broker)
        for topic, body in (("bad/a", b"\x00\x01\x97"), ("odd", b"\x00\x01\x10"), ("good", b"\x00\x01")):
            with self.subTest(topic):
                raw.publish(topic)
                self.assertEqual((PUBACK, body), raw.packet())
        old = self.raw(broker, 4, "old")
        old.publish("bad/a", level=4)
        self.assertEqual((None, b""), old.packet())

    def test_suback_and_pingresp_are_withheld(self):
        broker = self.broker("--fault", "withhold_suback=true", "--fault", "withhold_pingresp=true")
        raw = self.raw(broker)
        raw.send(b"\x82\x07\x00\x01\x00\x00\x01t\x01" + b"\xc0\x00")
        raw.publish("a")
        self.assertEqual((PUBACK, b"\x00\x01"), raw.packet())
        self.assertEqual("withheld", broker.events("subscribe")[0]["answer"])
        self.assertEqual("withheld", broker.events("pingreq")[0]["answer"])


class Breaking(LaboratoryTest):
    def test_discarding_above_a_rate(self):
        broker = self.broker("--fault", "discard_above=3")
        raw = self.raw(broker)
        for number in range(1, 6):
            raw.publish("a", packet_id=number)
        raw.send(b"\xc0\x00")
        self.assertEqual([PUBACK] * 3 + [0xD0], [raw.packet()[0] for _ in range(4)])
        self.assertEqual({"fault discard_above"}, {one["why"] for one in broker.events("publish", answer="discarded")})

    def test_dropping_after_a_number_of_publishes(self):
        broker = self.broker("--fault", "drop_after_publishes=3")
        raw = self.raw(broker)
        for number in (1, 2, 3, 4):
            raw.publish("a", packet_id=number)
        self.assertEqual([(PUBACK, b"\x00\x01"), (PUBACK, b"\x00\x02"), (None, b"")], [raw.packet() for _ in range(3)])
        self.assertEqual(["puback", "puback", "dropped"], [one["answer"] for one in broker.events("publish")])

    def test_disconnecting_with_a_reason(self):
        broker = self.broker()
        new, other, old = self.raw(broker), self.raw(broker, 5, "other"), self.raw(broker, 4, "old")
        self.assertEqual(1, broker.command("disconnect", client="raw", reason=0x8B)["clients"])
        self.assertEqual((DISCONNECT, b"\x8b\x00"), new.packet())
        self.assertEqual(2, broker.command("disconnect", reason=0x97, disconnect_reason="THROTTLED")["clients"])
        self.assertEqual((DISCONNECT, b"\x97\x00"), other.packet())
        self.assertEqual((None, b""), old.packet())
        broker.wait_for("disconnect", client="other", reason="THROTTLED")

    def test_closing_without_a_word(self):
        broker = self.broker()
        raw = self.raw(broker)
        broker.command("close")
        self.assertEqual((None, b""), raw.packet())

    def test_not_reading(self):
        broker = self.broker()
        raw = self.raw(broker)
        broker.set(stop_reading=True)
        raw.publish("a")
        raw.socket.settimeout(0.3)
        with self.assertRaises(TimeoutError):
            raw.exactly(1)
        self.assertEqual([], broker.events("publish"))
        raw.socket.settimeout(10 * PATIENCE)
        broker.command("clear")
        self.assertEqual((PUBACK, b"\x00\x01"), raw.packet())


class Commanding(LaboratoryTest):
    def test_mistakes_are_answered_and_change_nothing(self):
        broker = self.broker()
        for request, said in (
                ({"command": "dance"}, "there is no command 'dance'"), ({}, "command"), ([], "list"),
                ({"command": "set", "faults": {"withhold_suback": True, "fire": 1}}, "there is no fault 'fire'"),
                ({"command": "set", "faults": {"withhold_puback": 1}}, "takes a bool"),
                ({"command": "set", "faults": {"puback_reasons": [1]}}, "takes a list"),
                ({"command": "limits", "limits": {"payload_bytes": "x"}}, "must be a number"),
                ({"command": "policy", "document": {}}, "Statement"), ({"command": "publish"}, "topic"),
                ({"command": "publish", "topic": "a", "qos": 2}, "qos is 0 or 1")):
            with self.subTest(request=request):
                answer = control.send(broker.control, request)
                self.assertFalse(answer["ok"])
                self.assertIn(said, answer["error"])
        self.assertEqual(1, self.paho(broker).subscribe("a"))

    def test_questions(self):
        broker = self.broker()
        client = self.paho(broker)
        client.subscribe("a")
        client.publish_and_wait("a")
        counters = broker.counters()
        self.assertEqual((1, 1, 1, 1), tuple(
            counters[one] for one in ("clients", "publishes", "pubacks", "deliveries")))
        seen, = broker.command("clients")["clients"]
        self.assertEqual(("pc-0001", 4, "pc-0001", ["a"]), (seen["client"], seen["level"], seen["common_name"],
                                                          seen["subscriptions"]))

    def test_publishing_from_the_cloud(self):
        broker = self.broker()
        client = self.paho(broker)
        client.subscribe("a")
        self.assertEqual(1, broker.command("publish", topic="a", payload_base64="aGk=", qos=1)["receivers"])
        self.assertEqual([("a", "hi")], client.wait_for_messages(1))
        broker.command("publish", topic="a", payload_bytes=128 * 1024, qos=1)
        self.assertEqual(128 * 1024, len(client.wait_for_messages(2)[1][1]))

    def test_a_policy_from_a_file_and_the_end_by_command(self):
        broker = self.own_broker()
        path = self.folder / "none.json"
        path.write_text('{"Statement": []}', encoding="utf-8")
        broker.command("policy", file=str(path))
        self.assertEqual([(0, 0x87)], self.paho(broker, level=5).connected)
        broker.command("policy", document=policy(("Allow", "*", ["*"])))
        self.assertEqual([(0, 0)], self.paho(broker, level=5).connected)
        broker.command("stop")
        self.assertEqual(0, broker.process.wait(10))

    def test_reset_goes_back_to_the_begin(self):
        broker = self.own_broker("--limit", "publishes_per_second=7", "--fault", "withhold_suback=true")
        client = self.paho(broker, "a", clean=False)
        client.publish_and_wait("t", "x", retain=True)
        broker.command("limits", limits={"publishes_per_second": 1})
        broker.set(withhold_suback=False, puback_reasons=[{"filter": "#", "reason": 128}])
        broker.command("policy", document={"Statement": []})
        broker.command("reset")
        client.wait_for_end()
        self.assertEqual((0, 0), tuple(broker.counters()[one] for one in ("retained", "clients")))
        raw = self.raw(broker)
        raw.send(b"\x82\x07\x00\x01\x00\x00\x01o\x01")
        for number in range(1, 9):
            raw.publish("t", packet_id=number)
        raw.send(b"\xc0\x00")
        self.assertEqual([PUBACK] * 7 + [0xD0], [raw.packet()[0] for _ in range(8)])
        again = self.raw(broker, 4, "a", clean=False, connect=False)
        self.assertEqual(b"\x00\x00", again.connect(4, "a", clean=False))

    def test_forgotten_sessions_are_not_present(self):
        broker = self.broker()
        for client_id in ("a", "b"):
            self.paho(broker, client_id, clean=False).subscribe("t")
        broker.command("close", client="a")
        self.assertEqual(1, broker.command("forget_sessions")["sessions"])
        self.assertEqual((0, 0), self.paho(broker, "a", clean=False).connected[0])
        broker.command("close", client="b")
        self.assertEqual((1, 0), self.paho(broker, "b", clean=False).connected[0])


if __name__ == "__main__":
    unittest.main()
