#!/usr/bin/env python3
"""The sink mqtt against a real broker: what arrives, what survives an outage, and what its trouble is called."""
import gzip
import json
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import paho.mqtt.client as mqtt

import harness
import mqtt_lab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aws_broker"))

from broker_process import BrokerProcess  # noqa: E402

FLOW = """
gateway: {{id: PC-0001, tags: {{site: tokyo-1}}, shutdown_timeout: 5s}}
sources:
  numbers: {{plugin: generate, rate: {rate}, fields: 1, count: {count}}}
pipelines:
  all: {{from: [numbers], to: [out], buffer: {{when_full: block}}}}
sinks:
  out: {{plugin: mqtt, endpoint: {endpoint}, port: {port}, topic: "{topic}", retry: {{min: 50ms, max: 200ms}},
        encoding: {{type: json, layout: flat, time: none, name: none, tags: none, fields: [sequence]}}{more}}}
"""


def flow(port, more="", rate=50, count=0, endpoint="localhost", topic="t/{name}"):
    return FLOW.format(port=port, more=", " + more if more else "", rate=rate, count=count, endpoint=endpoint, topic=topic)


def numbers_of(messages):
    """All sequence numbers, in the order of their arrival."""
    made = []
    for each in messages:
        value = json.loads(each.payload)
        made += [one["sequence"] for one in (value if isinstance(value, list) else [value])]
    return made


class Arriving(mqtt_lab.MqttTest):
    def test_every_qos_and_version_delivers_each_sample_once(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        expected = 0
        for version in ("5", "3.1.1"):
            for qos in (0, 1, 2):
                with self.subTest(version=version, qos=qos):
                    gateway = self.gateway(flow(broker.plain, f"version: {version}, qos: {qos}", rate=0, count=100))
                    expected += 100
                    came = heard.wait_for(expected, otherwise=gateway.said)[-100:]
                    self.assertEqual(list(range(100)), numbers_of(came))
                    self.assertEqual({qos}, {each.qos for each in came})
                    harness.wait_until(lambda: gateway.stop() == harness.OK, "the end")
                    self.assertEqual({"accepted": 100, "delivered": 100, "discarded": 0, "waiting": 0}, gateway.ledger("all -> out"))

    def test_the_topic_has_name_tags_and_ids_and_the_message_its_properties(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        self.gateway(flow(broker.plain, "retain: true, message_id: true, message_expiry: 1h, user_properties: {line: '7'}",
                          topic="{gateway}/{tags.site}/{name}/{tags.none:-x}", count=1))
        message = heard.wait_for(1)[0]
        self.assertEqual("PC-0001/tokyo-1/generate/x", message.topic)
        self.assertEqual("application/json", message.properties.ContentType)
        self.assertLessEqual(3590, message.properties.MessageExpiryInterval)
        properties = dict(message.properties.UserProperty)
        self.assertEqual("7", properties["line"])
        self.assertRegex(properties["message_id"], r"^[0-9a-f]{32}$")
        later = self.subscriber(broker)  # the broker kept it
        self.assertTrue(later.wait_for(1)[0].retain)

    def test_many_samples_of_one_topic_make_one_message(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        gateway = self.gateway(flow(broker.plain, "samples_per_message: 100, compression: gzip, batch: {max_samples: 100, max_wait: 1s}",
                                    rate=0, count=1000))
        came = heard.wait_for(10, otherwise=gateway.said)
        self.assertEqual(10, len(came))
        unpacked = [one["sequence"] for each in came for one in json.loads(gzip.decompress(each.payload))]
        self.assertEqual(list(range(1000)), unpacked)
        self.assertIn(("content-encoding", "gzip"), came[0].properties.UserProperty)

    def test_a_broker_over_websocket(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        front = self.closed_at_the_end(mqtt_lab.WebSocketFront(self.folder, broker))
        gateway = self.gateway(flow(front.port, "transport: websocket", rate=0, count=100))
        self.assertEqual(list(range(100)), numbers_of(heard.wait_for(100, otherwise=gateway.said)))

    def test_a_broker_over_websocket_and_tls(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        front = self.closed_at_the_end(mqtt_lab.WebSocketFront(self.folder, broker, self.pki))
        gateway = self.gateway(flow(front.port, "transport: websocket, tls: {ca: pki/ca.pem}", rate=0, count=100))
        self.assertEqual(list(range(100)), numbers_of(heard.wait_for(100, otherwise=gateway.said)))

    def test_a_user_with_a_password_and_one_with_a_wrong_one(self):
        subprocess.run(["mosquitto_passwd", "-b", "-c", str(self.folder / "users"), "gateway", "right"], check=True)
        broker = self.broker(plain_more=f"allow_anonymous false\npassword_file {self.folder / 'users'}")
        gateway = self.gateway(flow(broker.plain, "username: gateway, password: right", count=1))
        gateway.wait_for_line("connected to localhost")
        harness.wait_until(lambda: "Sending PUBACK" in broker.said(), "an acknowledged message", otherwise=gateway.said)
        self.assertEqual(harness.OK, gateway.stop())
        gateway = self.gateway(flow(broker.plain, "username: gateway, password: wrong-one"))
        line = gateway.wait_for_line("backing off")
        self.assertIn(f"backing off: localhost:{broker.plain} refuses the connection: not authorized (0x87); "
                      "the user may not connect as client id 'PC-0001'; next try in", line)
        self.assertNotIn("wrong-one", gateway.said())

    def test_the_last_will_is_published_after_a_kill_and_not_after_a_stop(self):
        broker = self.broker()
        heard = self.subscriber(broker, "status/#")
        will = "will: {topic: 'status/{client_id}', payload: gone}"
        gateway = self.gateway(flow(broker.plain, will))
        gateway.wait_for_line("connected to")
        self.assertEqual(harness.OK, gateway.stop())
        harness.wait_until(lambda: "Received DISCONNECT from PC-0001" in broker.said(), "the farewell")
        gateway = self.gateway(flow(broker.plain, will))
        gateway.wait_for_line("connected to")
        gateway.kill()
        self.assertEqual([("status/PC-0001", b"gone")], [(each.topic, each.payload) for each in heard.wait_for(1)])


class Outages(mqtt_lab.MqttTest):
    def test_nothing_is_missing_after_the_broker_was_killed_and_started_again(self):
        broker = self.broker()
        # QoS 0 to the subscriber: what the broker has acknowledged is then on its way, and not in the memory that
        # is killed with it.
        heard = self.subscriber(broker, qos=0)
        gateway = self.gateway(flow(broker.tls, f"tls: {self.tls()}", rate=200, count=1000))
        count = 100
        for _ in range(3):
            heard.wait_for(count, otherwise=gateway.said)
            broker.kill()
            gateway.wait_for_line("closed the connection, or it was lost|refuses connections")
            # Whoever hears must be back first: a broker gives to nobody what nobody subscribes to.
            heard.wait_until_gone()
            gateway.send(signal.SIGSTOP)
            broker.start()
            heard.wait_until_subscribed()
            gateway.send(signal.SIGCONT)
            count = len(heard.messages()) + 100
        gateway.wait_until(lambda: set(numbers_of(heard.messages())) == set(range(1000)), "all numbers", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual({"accepted": 1000, "delivered": 1000, "discarded": 0, "waiting": 0}, gateway.ledger("all -> out"))

    def test_a_frozen_broker_is_noticed_by_its_missing_acknowledgements(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        gateway = self.gateway(flow(broker.plain, "timeout: 1s", count=200))
        heard.wait_for(10, otherwise=gateway.said)
        broker.send(signal.SIGSTOP)
        gateway.wait_for_line("has not acknowledged a message within 1 s; it is overloaded, or the connection is dead")
        broker.send(signal.SIGCONT)
        gateway.wait_until(lambda: set(numbers_of(heard.messages())) == set(range(200)), "all numbers", 60)

    def test_few_acknowledgements_do_not_wait_for_more(self):
        withheld = 15
        broker = BrokerProcess(self.folder, "--plain-port", "0", "--fault", "withhold_puback=true", "--fault",
                               f"withhold_puback_times={withheld}")
        self.addCleanup(broker.stop)
        # With this many in flight they are handled in twos; only one can come at a time here.
        self.gateway(flow(broker.plain_port, f"timeout: 10m, keep_alive: 1h, limits: {{in_flight: {withheld + 1}}}", rate=0, count=50))
        broker.wait_for("publish", 50)

    def test_a_gateway_that_starts_without_its_broker_delivers_when_it_comes(self):
        broker = self.broker()
        broker.kill()
        gateway = self.gateway(flow(broker.plain, count=50))
        line = gateway.wait_for_line("backing off")
        self.assertIn(f"localhost:{broker.plain} refuses connections; is the broker running, and is 'port' right?", line)
        gateway.send(signal.SIGSTOP)
        broker.start()
        heard = self.subscriber(broker)
        gateway.send(signal.SIGCONT)
        heard.wait_for(50, otherwise=gateway.said)
        self.assertEqual(list(range(50)), sorted(set(numbers_of(heard.messages()))))

    def test_trouble_is_logged_once_and_not_at_each_try(self):
        port = mqtt_lab.free_port()
        gateway = self.gateway(flow(port))
        gateway.wait_for_line("refuses connections")
        with socket.socket() as server:  # closes whoever comes, so that tries can be counted
            server.bind(("127.0.0.1", port))
            server.listen()
            for _ in range(8):
                server.accept()[0].close()
        gateway.wait_for_line("closes it without an answer to MQTT's CONNECT")
        texts = [re.sub(r"^\S+ |; next try.*", "", line) for line in gateway.lines() if "backing off" in line]
        self.assertLessEqual(len(texts), 4, gateway.said())

    def test_two_connections_with_one_client_id_are_told_apart(self):
        broker = self.broker()
        gateway = self.gateway(flow(broker.plain, "version: 3.1.1, stable_after: 20s", rate=1, count=1))
        gateway.wait_for_line("connected to")
        other = mqtt.Client(client_id="PC-0001")
        other.reconnect_delay_set(0.05, 0.05)
        other.connect_async("127.0.0.1", broker.plain)
        other.loop_start()
        self.addCleanup(other.loop_stop)
        gateway.wait_for_line("closed the connection soon after it was made; does another client use the client id 'PC-0001'\\? "
                              "give each its own")


class ScriptedBroker:
    """Takes one connection after the other, and answers a CONNECT and what follows with the bytes given."""

    def __init__(self, *answers):
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]
        self.answers = answers
        self.connections = []  # when they were taken
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections.append(time.monotonic())
            with peer:
                try:
                    for answer in self.answers:
                        if not peer.recv(65536):
                            break
                        peer.sendall(answer)
                except OSError:
                    pass

    def close(self):
        self.socket.close()


CONNACK = bytes([0x20, 3, 0, 0, 0])
CONNACK_OLD = bytes([0x20, 2, 0, 0])


class Refused(mqtt_lab.MqttTest):
    def scripted(self, *answers):
        return self.closed_at_the_end(ScriptedBroker(*answers))

    def test_a_takeover_is_named_and_then_waited_out(self):
        broker = self.scripted(CONNACK + bytes([0xe0, 2, 0x8e, 0]))
        gateway = self.gateway(flow(broker.port).replace("max: 200ms", "max: 10s"))
        gateway.wait_for_line(rf"backing off: localhost:{broker.port} ended the connection: session taken over \(0x8E\); another "
                              r"client connected with the client id 'PC-0001': give each its own; next try in")
        gateway.wait_until(lambda: len(broker.connections) == 4, "the fourth try", 40)
        first, _, third, fourth = broker.connections
        self.assertLess(third - first, 5)
        self.assertGreater(fourth - third, 5)  # half of the longest delay at least

    def test_reasons_of_a_refused_connection_come_with_their_mend(self):
        for reason, message in ((0x85, r"client identifier not valid \(0x85\); it does not take the client id 'PC-0001'; set client_id"),
                                (0x97, r"quota exceeded \(0x97\)"),
                                (0x8a, r"banned \(0x8A\); the client was banned there")):
            with self.subTest(reason=reason):
                broker = self.scripted(bytes([0x20, 3, 0, reason, 0]))
                gateway = self.gateway(flow(broker.port))
                gateway.wait_for_line(f"backing off: localhost:{broker.port} refuses the connection: {message}; next try in")
                gateway.kill()

    def test_a_broker_that_does_not_answer_is_told_from_one_that_hangs_up(self):
        silent = self.scripted(b"", b"")
        gateway = self.gateway(flow(silent.port, "connect_timeout: 1s"))
        gateway.wait_for_line(rf"backing off: localhost:{silent.port} takes the connection but does not answer MQTT's CONNECT within 1 s; "
                              r"is it an MQTT broker that takes client id 'PC-0001'\?; next try in")
        gateway.kill()
        rude = self.scripted(b"")
        gateway = self.gateway(flow(rude.port))
        gateway.wait_for_line(rf"backing off: localhost:{rude.port} takes the connection but closes it without an answer to MQTT's CONNECT; "
                              r"is it an MQTT broker that takes client id 'PC-0001'\?; next try in")

    def test_under_3_1_1_the_record_on_which_a_broker_closes_is_found_and_rejected(self):
        broker = self.scripted(CONNACK_OLD, b"")  # and closes on whatever is published
        gateway = self.gateway(flow(broker.port, "version: 3.1.1", rate=0, count=2))
        gateway.wait_for_line(r"2 of 2 samples were rejected and are discarded: the broker closed the connection 3 times on this message "
                              r"for topic 't/generate' \(.* closed the connection, or it was lost\); a broker may do so where it does "
                              r"not let the client publish: allow the topic, or use version: 5, which says more", 60)
        # One with both under way, three for each, and one to go on.
        self.assertLessEqual(len(broker.connections), 8)

    def test_a_message_that_the_broker_refuses_is_rejected_and_the_rest_flows_on(self):
        (self.folder / "acl").write_text("topic write t/series/0\ntopic write t/series/2\ntopic read #\n")
        broker = self.broker(plain_more=f"allow_anonymous true\nacl_file {self.folder / 'acl'}")
        heard = self.subscriber(broker)
        gateway = self.gateway(flow(broker.plain, rate=0, count=30, topic="t/series/{tags.series}").replace(
            "fields: 1,", "fields: 1, series: 3,"))
        came = heard.wait_for(20, otherwise=gateway.said)
        self.assertEqual({0, 2}, {number % 3 for number in numbers_of(came)})
        gateway.wait_for_line(r"10 of 30 samples were rejected and are discarded: the broker refused a message for topic "
                              r"'t/series/1': not authorized \(0x87\); allow this client to publish there")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual({"accepted": 30, "delivered": 20, "discarded": 10, "waiting": 0}, gateway.ledger("all -> out"))


class Certificates(mqtt_lab.MqttTest):
    def trouble(self, port, tls, endpoint="localhost", more=""):
        """What the gateway says of a connection that fails."""
        gateway = self.gateway(flow(port, f"tls: {tls}{more}", endpoint=endpoint))
        line = gateway.wait_for_line("backing off: ", 40)
        gateway.kill()
        found = re.search(r"sink out: backing off: (.*); next try in [\d.]+ s$", line)
        self.assertIsNotNone(found, line)
        return found.group(1)

    def test_each_wrong_file_has_its_sentence(self):
        broker = self.broker()
        at = f"localhost:{broker.tls}"
        folder = self.folder / "pki"
        self.pki.encrypt("PC-0001", "secret", to="locked")
        self.pki.sign("other")
        shutil.copy(folder / "PC-0001.key", folder / "open.key")
        (folder / "open.key").chmod(0o644)
        cases = [
            (dict(key="pki/locked.key"), f"tls.key {folder}/locked.key is encrypted; give its passphrase as tls.key_passphrase"),
            (dict(key="pki/locked.key", key_passphrase="wrong"),
             f"tls.key_passphrase does not open tls.key {folder}/locked.key; correct it"),
            (dict(key="pki/other.key"), f"tls.key {folder}/other.key is not the key of tls.certificate {folder}/PC-0001.pem "
                                        "(CN=PC-0001); give the two that were made together"),
            (dict(key="pki/open.key"), f"tls.key {folder}/open.key can be read or written by other users (its mode is 0644); "
                                       f"run: chmod 600 {folder}/open.key"),
            (dict(ca="pki/none.pem"), f"cannot read tls.ca {folder}/none.pem: No such file or directory"),
            (dict(certificate=None, key=None), f"{at} wants a client certificate; give tls.certificate and tls.key"),
        ]
        for changes, message in cases:
            with self.subTest(**changes):
                self.assertEqual(message, self.trouble(broker.tls, self.tls(**changes)))

    def test_the_passphrase_opens_an_encrypted_key(self):
        broker = self.broker()
        self.pki.encrypt("PC-0001", "secret", to="locked")
        gateway = self.gateway(flow(broker.tls, f"tls: {self.tls(key='pki/locked.key', key_passphrase='secret')}"))
        gateway.wait_for_line("connected to localhost")

    def test_a_server_that_another_ca_has_signed(self):
        mqtt_lab.Pki(self.folder / "pki", "another")
        broker = self.broker()
        self.assertEqual(f"the certificate of localhost:{broker.tls} is signed by 'CN=ca,O=Tidegate tests', which is not in tls.ca "
                         f"{self.folder}/pki/another.pem; put it there", self.trouble(broker.tls, self.tls(ca="pki/another.pem")))

    def test_a_server_that_this_machine_does_not_know(self):
        broker = self.broker()
        self.assertEqual(f"the certificate of localhost:{broker.tls} is signed by 'CN=ca,O=Tidegate tests', which is not trusted by "
                         "this machine; give it as tls.ca", self.trouble(broker.tls, self.tls(ca=None)))

    def test_a_server_whose_certificate_has_expired(self):
        self.pki.sign("old", days=-1)
        broker = self.broker(server="old")
        self.assertRegex(self.trouble(broker.tls, self.tls()),
                         rf"^the certificate of localhost:{broker.tls} expired at \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d UTC \(the clock here "
                         r"says \d{4}-\d\d-\d\d\); renew it there, or set the clock here$")

    def test_a_server_with_another_name(self):
        self.pki.sign("elsewhere", names="DNS:a.example,DNS:*.b.example")
        broker = self.broker(server="elsewhere")
        self.assertEqual(f"the certificate of localhost:{broker.tls} is for a.example, *.b.example, not for localhost; correct "
                         "'endpoint', or the certificate there", self.trouble(broker.tls, self.tls()))

    def test_a_client_certificate_that_the_server_refuses(self):
        stranger = mqtt_lab.Pki(self.folder / "pki", "stranger")
        stranger.sign("unknown")
        broker = self.broker()
        self.assertRegex(self.trouble(broker.tls, self.tls(certificate="pki/unknown.pem", key="pki/unknown.key")),
                         rf"^localhost:{broker.tls} refuses the client certificate tls.certificate {self.folder}/pki/unknown.pem "
                         r"\(TLS alert '[A-Za-z ]+'\); (register and activate it there|it does not know who signed it: register that CA there, or give one that it knows)$")

    def test_a_port_without_tls(self):
        broker = self.broker()
        self.assertRegex(self.trouble(broker.plain, self.tls()),
                         rf"^localhost:{broker.plain} (does not speak TLS; correct 'port', or leave 'tls' out"
                         r"|closes the connection during the TLS handshake; is 'port' right\?)$")

    def test_a_name_that_leads_nowhere(self):
        self.assertRegex(self.trouble(8883, self.tls(), endpoint="no-such-host.invalid"),
                         r"^cannot find the host 'no-such-host.invalid': .*; check 'endpoint' and the network of this machine$")

    def test_a_port_that_a_firewall_drops(self):
        with socket.socket() as full:  # its queue is full, so that the kernel drops what else wants to connect
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            port = full.getsockname()[1]
            waiting = [socket.socket() for _ in range(4)]
            for each in waiting:
                self.addCleanup(each.close)
                each.setblocking(False)
                each.connect_ex(("127.0.0.1", port))
            self.assertEqual(f"localhost:{port} does not answer within 1 s; a firewall may drop what goes to port {port}",
                             self.trouble(port, self.tls(), more=", connect_timeout: 1s"))

    def test_a_new_certificate_is_taken_over_and_a_wrong_one_is_not(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        gateway = self.gateway(flow(broker.tls, f"tls: {self.tls()}", rate=20))
        heard.wait_for(5, otherwise=gateway.said)
        folder = self.folder / "pki"
        self.pki.sign("next")
        shutil.copy(folder / "next.pem", folder / "PC-0001.pem")  # without its key
        gateway.wait_for_line("the changed files of 'tls' are not used, what was read before stays: tls.key .* is not the key of", 30)
        self.assertEqual(1, sum("connected to" in line for line in gateway.lines()))
        shutil.copy(folder / "next.key", folder / "PC-0001.key")
        gateway.wait_for_line("the files of 'tls' have changed; connecting anew with them", 30)
        harness.wait_until(lambda: "u'next'" in broker.said(), "a connection as the new user", otherwise=gateway.said)
        came = len(heard.messages())
        numbers = numbers_of(heard.wait_for(came + 20, otherwise=gateway.said))
        self.assertEqual(list(range(len(numbers))), numbers)  # nothing missing, nothing twice
        self.assertFalse([line for line in gateway.lines() if "backing off" in line])


if __name__ == "__main__":
    unittest.main()
