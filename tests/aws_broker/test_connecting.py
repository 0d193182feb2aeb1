#!/usr/bin/env python3
"""Who may connect, by TLS and by MQTT, and how a connection ends."""
import socket
import ssl
import subprocess
import sys
import unittest

import broker_process
import certificates
import packets
import properties
from laboratory import LaboratoryTest, RawClient, policy

ONLY_OWN_ID = policy(("Allow", "iot:Connect", ["client/pc-0001"]), ("Allow", "iot:Publish", ["topic/*"]))


class Tls(LaboratoryTest):
    def test_a_client_with_a_certificate_is_served(self):
        broker = self.broker()
        self.paho(broker).publish_and_wait("a/b")
        seen = broker.events("tls")[0]
        self.assertEqual(("TLSv1.3", "localhost", "pc-0001"),
                         (seen["version"], seen["server_name"], seen["common_name"]))

    def test_a_client_without_a_certificate_is_not(self):
        broker = self.broker()
        context = self.context(client=None)
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
            raw = RawClient(broker.port, context)  # TLS 1.3: the alert comes with the first read
            self.addCleanup(raw.close)
            raw.exactly(1)
        self.assertIn("PEER_DID_NOT_RETURN", broker.wait_for("tls_failed")[0]["reason"])

    def test_a_certificate_of_another_authority_is_refused(self):
        other = certificates.Authority(self.folder, "other").issue("stranger")
        broker = self.broker()
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
            raw = RawClient(broker.port, self.context(other))
            self.addCleanup(raw.close)
            raw.exactly(1)
        self.assertIn("CERTIFICATE_VERIFY_FAILED", broker.wait_for("tls_failed")[0]["reason"])

    def test_an_expired_certificate_is_refused(self):
        broker = self.broker()
        with self.assertRaises((ssl.SSLError, ConnectionError, EOFError)):
            raw = RawClient(broker.port, self.context(self.authority.issue("old", days=-1)))
            self.addCleanup(raw.close)
            raw.exactly(1)
        broker.wait_for("tls_failed")

    def test_rsa_and_encrypted_keys_are_as_good(self):
        broker = self.own_broker(server=self.authority.issue("rsa-server", names=certificates.SERVER_NAMES, kind="rsa"))
        pair = self.authority.issue("locked", kind="rsa", password="secret")
        context = self.context(client=None)
        with self.assertRaises(ssl.SSLError):
            context.load_cert_chain(pair.certificate, pair.key, password="wrong")
        context.load_cert_chain(pair.certificate, pair.key, password="secret")
        raw = RawClient(broker.port, context)
        self.addCleanup(raw.close)
        self.assertEqual(0, raw.connect()[1])

    def test_alerts_of_clients_are_named(self):
        broker = self.own_broker(server=self.authority.issue("old-server", names=certificates.SERVER_NAMES, days=-1))
        with self.assertRaises(ssl.SSLCertVerificationError):
            RawClient(broker.port, self.context())
        failed = broker.wait_for("tls_failed")[0]
        self.assertTrue(failed["alert"])
        self.assertIn("CERTIFICATE_EXPIRED", failed["reason"])

    def test_a_handshake_that_is_given_up_without_an_alert_is_told_apart(self):
        broker = self.broker()
        link = socket.create_connection(("127.0.0.1", broker.port))
        broker.wait_for("accepted")
        link.close()
        failed = broker.wait_for("tls_failed")[0]
        self.assertEqual((False, "closed during the handshake"), (failed["alert"], failed["reason"]))

    def test_what_is_no_tls_is_refused(self):
        broker = self.broker()
        raw = RawClient(broker.port)
        self.addCleanup(raw.close)
        raw.send(packets.write_connect(packets.Connect(4, "a", True, 60, None, None, None, {})))
        self.assertEqual((None, b""), raw.packet())
        self.assertEqual("no TLS handshake", broker.wait_for("tls_failed")[0]["reason"])

    def test_alpn_is_agreed_on(self):
        broker = self.broker("--alpn", "x-amzn-mqtt-ca")
        context = self.context()
        context.set_alpn_protocols(["x-amzn-mqtt-ca"])
        raw = RawClient(broker.port, context)
        self.addCleanup(raw.close)
        self.assertEqual("x-amzn-mqtt-ca", raw.socket.selected_alpn_protocol())
        raw.connect()
        self.assertEqual("x-amzn-mqtt-ca", broker.wait_for("connect")[0]["alpn"])

    def test_a_name_that_the_endpoint_does_not_have_is_turned_away(self):
        broker = self.broker("--server-name", certificates.ENDPOINT)
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            RawClient(broker.port, self.context())
        right = socket.create_connection(("127.0.0.1", broker.port))
        with self.context().wrap_socket(right, server_hostname=certificates.ENDPOINT) as secure:
            self.assertTrue(secure.version())

    def test_a_tls_policy_bounds_the_versions(self):
        for name, version in (("IoTSecurityPolicy_TLS12_1_2_2022_10", ssl.TLSVersion.TLSv1_3),
                              ("IoTSecurityPolicy_TLS13_1_3_2022_10", ssl.TLSVersion.TLSv1_2)):
            with self.subTest(name):
                broker = self.broker("--tls-policy", name)
                context = self.context()
                context.minimum_version = context.maximum_version = version
                with self.assertRaises((ssl.SSLError, ConnectionError)):
                    RawClient(broker.port, context)
                broker.wait_for("tls_failed")


class Connecting(LaboratoryTest):
    def test_a_forbidden_client_id_of_3_1_1_hears_no_word(self):
        broker = self.broker(document=ONLY_OWN_ID)
        raw = self.raw(broker, connect=False)
        raw.send(packets.write_connect(packets.Connect(4, "stranger", True, 60, None, None, None, {})))
        self.assertEqual((None, b""), raw.packet())
        self.assertEqual("AUTH_ERROR", broker.wait_for("disconnect")[0]["reason"])
        self.raw(broker, 4, "pc-0001")

    def test_a_forbidden_client_id_of_3_1_1_hears_a_code_where_that_is_wished(self):
        for manner, code in (("rc5", 5), ("rc7", 7), ("code", 5)):
            with self.subTest(manner):
                broker = self.broker("--refuse-connect", manner, document=ONLY_OWN_ID)
                client = self.paho(broker, "stranger")
                self.assertEqual([(0, code)], client.connected)

    def test_a_forbidden_client_id_of_5_hears_not_authorized(self):
        broker = self.broker(document=ONLY_OWN_ID)
        self.assertEqual([(0, 0x87)], self.paho(broker, "stranger", level=5).connected)
        self.assertEqual([(0, 0)], self.paho(broker, "pc-0001", level=5).connected)

    def test_without_a_policy_attached_nobody_connects(self):
        broker = self.broker(document={"Version": "2012-10-17", "Statement": []})
        self.assertEqual([(0, 0x87)], self.paho(broker, level=5).connected)

    def test_wills_and_persistent_sessions_need_the_policys_consent(self):
        broker = self.broker(document=policy(("Allow", "iot:Connect", ["client/*"], {
            "ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]}})))
        self.assertEqual([(0, 0)], self.paho(broker, "a", level=5).connected)
        self.assertEqual([(0, 0x87)], self.paho(broker, "b", level=5, expiry=100).connected)
        will = packets.Will("w", b"", 0, False, {})
        self.raw(broker, client_id="c", will=will)

    def test_the_certificates_name_is_known_to_the_policy(self):
        broker = self.broker(document=policy(
            ("Allow", "iot:Connect", ["client/${iot:Certificate.Subject.CommonName}"])))
        self.assertEqual([(0, 0)], self.paho(broker, "pc-0001", level=5).connected)
        self.assertEqual([(0, 0x87)], self.paho(broker, "pc-0002", level=5).connected)

    def test_client_ids_have_their_limits(self):
        broker = self.broker()
        for client_id, code in (("x" * 128, 0), ("x" * 129, 0x85), ("$x", 0x85)):
            with self.subTest(client_id[:5]):
                self.assertEqual(code, self.raw(broker, connect=False).connect(5, client_id)[1])

    def test_mqtt_5_gives_an_id_to_who_has_none(self):
        broker = self.broker()
        self.assertIn(b"\x12\x00\x24", self.raw(broker, connect=False).connect(5, ""))
        self.assertEqual(36, len(broker.wait_for("connack", code=0)[0]["client"]))

    def test_connack_of_5_tells_the_limits(self):
        _, _, _, *told = self.raw(self.broker(), connect=False).connect(5, "a", keep_alive=5)
        found, _ = properties.read_properties(bytes([len(told), *told]), 0)
        self.assertEqual({"session_expiry_interval": 0, "maximum_qos": 1, "retain_available": 1,
                          "wildcard_subscription_available": 1, "subscription_identifiers_available": 0,
                          "shared_subscription_available": 1, "server_keep_alive": 30, "topic_alias_maximum": 8,
                          "receive_maximum": 100, "maximum_packet_size": 149504}, found)

    def test_one_connect_a_second_for_one_id(self):
        broker = self.broker("--limit", "connects_per_second=1")
        self.assertEqual(0, self.raw(broker, connect=False).connect(5, "a")[1])
        self.assertEqual(0x97, self.raw(broker, connect=False).connect(5, "a")[1])
        self.assertEqual(0, self.raw(broker, connect=False).connect(5, "b")[1])

    def test_what_is_no_mqtt_is_closed(self):
        broker = self.broker()
        for name, data in (("http", b"GET / HTTP/1.1\r\n\r\n"), ("publish first", b"\x30\x03\x00\x01a"),
                           ("level 3", bytes.fromhex("100f 0006 4d5149736470 03 02 003c 0001 61"))):
            with self.subTest(name):
                raw = self.raw(broker, connect=False)
                raw.send(data)
                self.assertEqual((None, b""), raw.packet())
        self.assertEqual(3, len(broker.wait_for("disconnect", 3, reason="CLIENT_ERROR")))


class Ending(LaboratoryTest):
    def test_who_never_says_connect_is_closed(self):
        broker = self.broker("--limit", "connect_timeout=0.2")
        raw = self.raw(broker, connect=False)
        self.assertEqual((None, b""), raw.packet())
        with socket.create_connection(("127.0.0.1", broker.port)) as silent:
            silent.settimeout(10)
            self.assertEqual(b"", silent.recv(1))
        broker.wait_for("tls_failed")
        self.assertEqual("no CONNECT in time", broker.events("disconnect")[0]["why"])

    def test_the_same_id_again_takes_over(self):
        broker = self.broker()
        for level, last in ((5, (0xE0, b"\x8e\x00")), (4, (None, b""))):
            with self.subTest(level=level):
                first = self.raw(broker, level, f"same-{level}")
                second = self.raw(broker, level, f"same-{level}")
                self.assertEqual(last, first.packet())
                second.publish("a", level=level)
                self.assertEqual(0x40, second.packet()[0])
                broker.wait_for("disconnect", client=f"same-{level}", reason="DUPLICATE_CLIENTID")

    def test_silence_beyond_the_keep_alive_ends_it(self):
        broker = self.broker("--limit", "keep_alive_min=1")
        raw = self.raw(broker, 5, "silent", keep_alive=1)
        self.assertEqual((0xE0, b"\x8d\x00"), raw.packet())
        connack, = broker.events("connack", client="silent")
        ended, = broker.wait_for("disconnect", reason="MQTT_KEEP_ALIVE_TIMEOUT")
        self.assertAlmostEqual(1.5, ended["time"] - connack["time"], delta=0.4)

    def test_pings_keep_it(self):
        broker = self.broker("--limit", "keep_alive_min=1", "--limit", "keep_alive_grace=1.2")
        client = self.paho(broker, keep_alive=1)
        broker.wait_for("pingreq", 3)
        self.assertEqual([], client.disconnected)

    def test_reasons_are_told_apart(self):
        broker = self.broker()
        self.paho(broker, "polite").close()
        self.raw(broker, 4, "rude").close()
        broker.wait_for("disconnect", client="polite", reason="CLIENT_INITIATED_DISCONNECT", by="client")
        broker.wait_for("disconnect", client="rude", reason="CONNECTION_LOST", by="network")

    def test_a_stop_says_so_to_clients_of_5(self):
        broker = self.own_broker()
        raw = self.raw(broker)
        self.assertEqual(0, broker.stop())
        self.assertEqual((0xE0, b"\x8b\x00"), raw.packet())

    def test_a_will_is_published_unless_the_client_says_goodbye(self):
        broker = self.broker()
        watcher = self.paho(broker, "watcher")
        watcher.subscribe("will/+")
        self.raw(broker, 4, "rude", will=packets.Will("will/rude", b"gone", 1, False, {})).close()
        polite = self.raw(broker, 4, "polite", will=packets.Will("will/polite", b"gone", 1, False, {}))
        polite.send(b"\xe0\x00")
        broker.wait_for("disconnect", client="polite")
        self.raw(broker, 4, "late", will=packets.Will("will/late", b"gone", 1, False, {})).close()
        self.assertEqual([("will/rude", "gone"), ("will/late", "gone")], watcher.wait_for_messages(2))

    def test_comings_and_goings_are_told_on_lifecycle_topics(self):
        broker = self.broker()
        watcher = self.paho(broker, "watcher")
        watcher.subscribe("$aws/events/presence/#")
        self.raw(broker, 4, "guest").close()
        (first, _), (second, body) = watcher.wait_for_messages(2)
        self.assertEqual(["$aws/events/presence/connected/guest", "$aws/events/presence/disconnected/guest"],
                         [first, second])
        self.assertIn('"disconnectReason": "CONNECTION_LOST"', body)


class CommandLine(unittest.TestCase):
    def test_mistakes_are_named(self):
        for arguments, said in (
                ((), "--plain-port"), (("--certificate", "x"), "--key"),
                (("--plain-port", "0", "--limit", "speed=1"), "there is no limit 'speed'"),
                (("--plain-port", "0", "--fault", "fire=1"), "there is no fault 'fire'"),
                (("--plain-port", "0", "--fault", "on_connect=sing"), "'sing'"),
                (("--plain-port", "0", "--policy", "/nowhere"), "/nowhere")):
            with self.subTest(arguments):
                made = subprocess.run([sys.executable, "-B", broker_process.HERE / "broker.py", *arguments],
                                      capture_output=True, text=True, timeout=20, check=False)
                self.assertNotEqual(0, made.returncode)
                self.assertIn(said, made.stderr)
                self.assertNotIn("Traceback", made.stderr)


if __name__ == "__main__":
    unittest.main()
