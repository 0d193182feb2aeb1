#!/usr/bin/env python3
"""The sink aws-iot where AWS refuses: what is refused is kept with its reason, all else goes on, and nobody tries again and
again in silence. The broker of tests/aws_broker plays AWS, and its journal counts the tries."""
import json
import pathlib
import re
import sys
import unittest

import paho.mqtt.client as mqtt

import harness
import mqtt_lab

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aws_broker"))

from broker_process import BrokerProcess  # noqa: E402

GATEWAY = """
gateway: {{id: PC-0001, shutdown_timeout: 5s}}
spool: {{path: spool, max_size: 16MiB, min_free: 1MiB}}
sources:
{sources}
pipelines:
  cloud: {{from: [{names}], to: [aws], buffer: {{type: disk, commit: always, when_full: block, max_size: 8MiB}}}}
sinks:
  aws:
    plugin: aws-iot
    endpoint: localhost
    port: {port}
    topic: "{topic}"
    tls: {tls}
    encoding: {{type: json, layout: flat, time: none, name: none, tags: none, fields: [sequence]}}
    retry: {{min: 100ms, max: {back_off}}}
    {more}
"""
NUMBERS = "{{plugin: generate, rate: 0, fields: 1, series: {series}, count: {count}}}"


def policy(*publish, connect="*"):
    return {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iot:Connect", "Resource": f"arn:aws:iot:eu-test-1:123456789012:client/{connect}"},
        {"Effect": "Allow", "Action": "iot:Publish",
         "Resource": [f"arn:aws:iot:eu-test-1:123456789012:topic/{topic}" for topic in publish or ("*",)]}]}


NO_POLICY = {"Statement": []}


class Refusals(mqtt_lab.MqttTest):
    def aws(self, document, *arguments, server="server"):
        self.write("policy.json", json.dumps(document))
        made = BrokerProcess(self.folder, "--ca", self.pki.path("ca.pem"), "--certificate", self.pki.path(f"{server}.pem"), "--key",
                             self.pki.path(f"{server}.key"), "--policy", self.folder / "policy.json", *arguments)
        self.addCleanup(made.stop)
        return made

    def configuration(self, port, sources=None, topic="t/{tags.series}", more="", back_off="500ms", tls=None):
        sources = sources or {"numbers": NUMBERS.format(series=1, count=1)}
        return GATEWAY.format(port=port, topic=topic, more=more, back_off=back_off, tls=tls or self.tls(), names=", ".join(sources),
                              sources="\n".join(f"  {name}: {options}" for name, options in sources.items()))

    def said_of(self, gateway, what):
        """What it said of the sink, without times and without when it tries again."""
        lines = [re.search(r"sink aws: (.*)", line) for line in gateway.lines()]
        texts = [re.sub(r"; next try in [\d.]+ (ms|s)$", "", found.group(1)) for found in lines if found]
        return [text for text in texts if what in text]

    def wait_for_text(self, gateway, what, deadline=20.0):
        """The first such text."""
        return gateway.wait_until(lambda: self.said_of(gateway, what), what, deadline)[0]

    def dead_letters(self):
        """Their numbers, and why, of a gateway that has stopped."""
        done = self.tidegate("spool", "export", "--path", "spool/dead-letters")
        self.assertEqual(harness.OK, done.returncode, done.stderr)
        samples = [json.loads(line) for line in done.stdout.splitlines()]
        return ([each["fields"]["sequence"] for each in samples if each["name"] != "dead_letter"],
                {each["fields"]["reason"] for each in samples if each["name"] == "dead_letter"})

    def delivered(self, aws):
        """The numbers that the broker took, as they came."""
        made = []
        for event in aws.events("publish", answer="puback"):
            value = json.loads(event["payload"])
            made += [one["sequence"] for one in (value if isinstance(value, list) else [value])]
        return made

    def finish(self, gateway, aws, delivered, dead, reason):
        """Waits for the numbers, stops, and looks where all of them are."""
        gateway.wait_until(lambda: len(self.delivered(aws)) >= len(delivered), f"{len(delivered)} samples", 60)
        self.wait_for_text(gateway, "rejected", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(sorted(delivered), sorted(self.delivered(aws)))
        self.assertEqual({"accepted": len(delivered) + len(dead), "delivered": len(delivered), "discarded": len(dead), "waiting": 0},
                         gateway.ledger("cloud -> aws"))
        letters, reasons = self.dead_letters()
        self.assertEqual(sorted(dead), sorted(letters))
        self.assertEqual({reason}, reasons)


class Topics(Refusals):
    FORBIDDEN = [number for number in range(30) if number % 3 == 1]
    ALLOWED = [number for number in range(30) if number % 3 != 1]

    def test_a_topic_that_the_policy_forbids_costs_its_messages_and_nothing_else(self):
        aws = self.aws(policy("t/0", "t/2"))
        gateway = self.gateway(self.configuration(aws.port, {"numbers": NUMBERS.format(series=3, count=30)}))
        reason = "the broker refused a message for topic 't/1': not authorized (0x87); allow this client to publish there"
        self.assertEqual(f"10 of 30 samples were rejected and go to the dead letters: {reason}", self.wait_for_text(gateway, "rejected"))
        self.finish(gateway, aws, self.ALLOWED, self.FORBIDDEN, reason)
        self.assertEqual(10, len(aws.events("publish", answer="refused", topic="t/1")))
        self.assertEqual(1, len(aws.events("connect")))
        self.assertEqual([], self.said_of(gateway, "backing off"))

    def test_under_3_1_1_the_message_on_which_aws_closes_is_found_out_and_the_rest_goes_on(self):
        aws = self.aws(policy("t/0", "t/2"))
        gateway = self.gateway(self.configuration(aws.port, {"numbers": NUMBERS.format(series=3, count=30)},
                                                  more="version: 3.1.1\n    samples_per_message: 10"))
        reason = (f"the broker closed the connection 3 times on this message for topic 't/1' (localhost:{aws.port} closed the connection, "
                  "or it was lost); a broker may do so where it does not let the client publish: allow the topic, or use version: 5, "
                  "which says more")
        self.assertEqual(f"10 of 30 samples were rejected and go to the dead letters: {reason}",
                         self.wait_for_text(gateway, "rejected", 60))
        self.finish(gateway, aws, self.ALLOWED, self.FORBIDDEN, reason)
        # One with all three under way, three with the suspect alone, one for what is left.
        self.assertLessEqual(len(aws.events("publish", answer="disconnected", topic="t/1")), 4)
        self.assertLessEqual(len(aws.events("connect")), 5)
        self.assertEqual([f"backing off: localhost:{aws.port} closed the connection, or it was lost"], self.said_of(gateway, "backing off"))

    def test_a_connection_that_aws_ends_on_a_refused_message_is_no_loop_either(self):
        aws = self.aws(policy("t/0", "t/2"), "--after-refused-publish", "disconnect")
        gateway = self.gateway(self.configuration(aws.port, {"numbers": NUMBERS.format(series=3, count=30)},
                                                  more="samples_per_message: 10"))
        self.wait_for_text(gateway, "rejected", 60)
        gateway.wait_until(lambda: set(self.delivered(aws)) == set(self.ALLOWED), "all that is allowed", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(sorted(self.FORBIDDEN), sorted(self.dead_letters()[0]))
        self.assertLessEqual(len(aws.events("connect")), 5)

    def test_a_topic_that_a_sample_makes_too_long_is_not_sent(self):
        aws = self.aws(policy())
        place = "p" * 251
        gateway = self.gateway(self.configuration(aws.port, {
            "long": NUMBERS.format(series=1, count=2)[:-1] + f", tags: {{place: {place}}}}}",
            "short": NUMBERS.format(series=1, count=3)[:-1] + ", tags: {place: here}}"}, topic="plant/{tags.place}"))
        reason = f"topic 'plant/{place[:58]}...' has 257 bytes, of which 256 are allowed; shorten it"
        self.finish(gateway, aws, [0, 1, 2], [0, 1], reason)
        self.assertEqual(3, len(aws.events("publish")))
        self.assertEqual(1, len(aws.events("connect")))


class Sizes(Refusals):
    def test_a_sample_that_makes_more_than_128_kib_is_not_sent(self):
        aws = self.aws(policy())
        large = f"{{plugin: generate, rate: 0, fields: 1, count: 1, tags: {{note: {'n' * 132000}}}}}"
        gateway = self.gateway(self.configuration(aws.port, {"large": large, "small": NUMBERS.format(series=1, count=3)}).replace(
            "tags: none, fields", "tags: [note], fields"))
        text = self.wait_for_text(gateway, "rejected")
        found = re.search(r"^1 of \d samples? (was|were) rejected and goes to the dead letters: (a sample for topic 't/0' makes a payload of "
                          r"(\d+) bytes, of which 131072 are allowed; choose fewer 'fields' in 'encoding')$", text)
        self.assertIsNotNone(found, text)
        self.assertGreater(int(found.group(3)), 131072)
        self.finish(gateway, aws, [0, 1, 2], [0], found.group(2))
        self.assertEqual(3, len(aws.events("publish")))
        self.assertEqual(1, len(aws.events("connect")))

    def test_no_second_has_more_messages_than_aws_takes(self):
        aws = self.aws(policy())
        gateway = self.gateway(self.configuration(aws.port, {"numbers": NUMBERS.format(series=1, count=400)}))
        gateway.wait_until(lambda: len(self.delivered(aws)) >= 400, "400 samples", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual([], aws.events("publish", answer="discarded"))
        self.assertEqual(list(range(400)), self.delivered(aws))


class Connecting(Refusals):
    CONNECTS = 3

    def test_a_client_id_or_a_certificate_without_a_policy_is_told_once_and_tried_rarely(self):
        for document in (policy(connect="PC-0002"), NO_POLICY):
            with self.subTest(document=document):
                aws = self.aws(document, "--limit", "connects_per_second=0")
                gateway = self.gateway(self.configuration(aws.port, back_off="2s"))
                aws.wait_for("connect", self.CONNECTS, 40)
                gateway.kill()
                self.assertEqual([f"backing off: localhost:{aws.port} refuses the connection: not authorized (0x87); attach a policy to the "
                                  "certificate that allows iot:Connect for client/PC-0001"], self.said_of(gateway, "backing off"))
                self.assert_gaps(aws.events("connect"), 1)  # half of the longest delay

    def test_under_3_1_1_a_silent_close_is_told_once_with_its_likely_cause(self):
        for document in (policy(connect="PC-0002"), NO_POLICY):
            with self.subTest(document=document):
                aws = self.aws(document, "--limit", "connects_per_second=0")
                gateway = self.gateway(self.configuration(aws.port, more="version: 3.1.1"))
                aws.wait_for("connect", self.CONNECTS, 40)
                self.wait_for_text(gateway, "backing off")
                gateway.kill()
                self.assertEqual([f"backing off: localhost:{aws.port} takes the TLS connection but closes it without an answer to MQTT's "
                                  "CONNECT; is a policy attached to the certificate that allows iot:Connect for client/PC-0001?"],
                                 self.said_of(gateway, "backing off"))
                self.assert_gaps(aws.events("connect"), 0.9)  # AWS takes a client id once a second

    def assert_gaps(self, connects, least):
        """Seconds between one try and the next, at least."""
        times = [event["time"] for event in connects]
        for before, after in zip(times, times[1:]):
            self.assertGreaterEqual(after - before, least)

    def test_another_client_with_the_same_id_is_named_and_after_three_times_left_alone(self):
        aws = self.aws(policy(), "--limit", "connects_per_second=0")
        gateway = self.gateway(self.configuration(aws.port, {"numbers": "{plugin: generate, rate: 20, fields: 1}"}, back_off="4s"))
        gateway.wait_for_line("connected to localhost")
        self.rival(aws)
        ours = gateway.wait_until(lambda: (found := aws.events("connect", level=5)) and len(found) >= 4 and found, "the fourth try", 60)
        gateway.kill()
        texts = self.said_of(gateway, "backing off")
        self.assertEqual({f"backing off: localhost:{aws.port} ended the connection: session taken over (0x8E); another client connected "
                          "with the client id 'PC-0001': give each its own"}, set(texts))
        self.assertLessEqual(len(texts), 3)  # one for each time at which a connection that had delivered was lost
        self.assertGreaterEqual(ours[3]["time"] - ours[2]["time"], 2)  # half of the longest delay

    def rival(self, aws):
        """Connects with our id, and comes back whenever it was thrown out."""
        rival = mqtt.Client(client_id="PC-0001", protocol=mqtt.MQTTv311)
        rival.tls_set(str(self.pki.path("ca.pem")), str(self.pki.path("PC-0001.pem")), str(self.pki.path("PC-0001.key")))
        rival.reconnect_delay_set(1, 1)
        rival.connect_async("localhost", aws.port)
        rival.loop_start()
        self.addCleanup(rival.loop_stop)
        self.addCleanup(rival.disconnect)


class Certificates(Refusals):
    def test_files_that_cannot_be_right_are_named_and_nothing_is_sent(self):
        self.pki.sign("old", days=-1)
        self.pki.sign("other")
        self.pki.encrypt("PC-0001", "secret", to="locked")
        folder = self.folder / "pki"
        aws = self.aws(policy())
        day = r"\d{4}-\d\d-\d\d"
        for changes, message in (
                (dict(certificate="pki/old.pem", key="pki/old.key"),
                 f"tls.certificate {folder}/old.pem expired at {day} \\d\\d:\\d\\d:\\d\\d UTC; the clock says {day}: get a new certificate"),
                (dict(key="pki/other.key"), rf"tls.key {folder}/other.key is not the key of tls.certificate {folder}/PC-0001.pem "
                                            r"\(CN=PC-0001\); give the two that were made together"),
                (dict(key="pki/locked.key"), f"tls.key {folder}/locked.key is encrypted; give its passphrase as tls.key_passphrase"),
                (dict(certificate="pki/PC-0001.key", key="pki/PC-0001.pem"), "tls.certificate .* holds a private key, not a certificate; "
                                                                             "are tls.certificate and tls.key exchanged[?]")):
            with self.subTest(**changes):
                gateway = self.gateway(self.configuration(aws.port, tls=self.tls(**changes)))
                self.assertRegex(self.wait_for_text(gateway, "backing off"), f"^backing off: {message}$")
                gateway.kill()
        self.assertEqual([], aws.events("accepted"))

    def test_a_server_that_is_not_the_right_one_is_never_told_who_we_are(self):
        self.pki.sign("expired", days=-1)
        self.pki.sign("elsewhere", names="DNS:a.example")
        mqtt_lab.Pki(self.folder / "pki", "another")
        for server, tls, message in (
                ("expired", {}, "the certificate of localhost:{port} expired at .*; renew it there, or set the clock here"),
                ("elsewhere", {}, "the certificate of localhost:{port} is for a.example, not for localhost; correct 'endpoint', or the "
                                  "certificate there"),
                ("server", {"ca": "pki/another.pem"}, "the certificate of localhost:{port} is signed by 'CN=ca,O=Tidegate tests', which is "
                                                      f"not in tls.ca {self.folder}/pki/another.pem; put it there")):
            with self.subTest(server=server, **tls):
                aws = self.aws(policy(), server=server)
                gateway = self.gateway(self.configuration(aws.port, tls=self.tls(**tls)))
                tries = aws.wait_for("tls_failed", 3, 40)
                self.wait_for_text(gateway, "backing off")
                gateway.kill()
                texts = self.said_of(gateway, "backing off")
                self.assertEqual(1, len(texts), texts)
                self.assertRegex(texts[0], f"^backing off: {message.format(port=aws.port)}$")
                self.assertEqual({True}, {event["alert"] for event in tries})
                self.assertEqual([], aws.events("connect"))


class Checking(Refusals):
    def refused(self, topic, message):
        said = self.check(topic)
        self.assertEqual(harness.CONFIGURATION, said.returncode, said.stderr)
        place = self.place_of(f'"{topic}"')
        self.assertEqual(f"gateway.yaml:{place}: error: sinks.aws.topic: {message}", said.stderr.splitlines()[0])

    def check(self, topic):
        self.write("gateway.yaml", self.configuration(8883, topic=topic))
        return self.tidegate("check", "-c", "gateway.yaml")

    def place_of(self, text):
        for number, line in enumerate((self.folder / "gateway.yaml").read_text().splitlines(), 1):
            if text in line:
                return f"{number}:{line.index(text) + 1}"
        raise AssertionError(text)

    def test_what_no_sample_could_mend_is_refused_with_its_place(self):
        self.refused("a/b/c/d/e/f/g/h/i", "topic 'a/b/c/d/e/f/g/h/i' has 8 slashes, of which 7 are allowed; shorten it")
        self.refused("t" * 257, f"topic '{'t' * 64}...' has 257 bytes, of which 256 are allowed; shorten it")
        self.refused("$aws/events/{name}", "topic '$aws/events/' is reserved: AWS IoT Core closes the connection of whoever publishes to it; "
                                           "begin it without '$', or use basic_ingest")

    def test_the_longest_and_the_deepest_are_accepted(self):
        for topic in ("a/b/c/d/e/f/g/h", "t" * 256):
            self.assertEqual(harness.OK, self.check(topic).returncode)


if __name__ == "__main__":
    unittest.main()
