#!/usr/bin/env python3
"""The sink aws-iot against a real broker, on both of its ports: directly, and by ALPN as on port 443."""
import json
import re
import subprocess
import unittest

import alpn_front
import harness
import mqtt_lab

# The tutorial's message: https://docs.aws.amazon.com/iot has it as time and one value.
TUTORIAL = """
gateway: {{id: PC-0001}}
sources:
  cpu: {{plugin: cpu, interval: 200ms}}
  memory: {{plugin: memory, interval: 200ms}}
pipelines:
  cpu: {{from: [cpu], to: [cpu_out]}}
  memory: {{from: [memory], to: [memory_out]}}
sinks:
  cpu_out:
    plugin: aws-iot
    endpoint: localhost
    port: {port}
    topic: Ubuntu/CpuUtil
    tls: {tls}
    encoding:
      {{type: json, layout: flat, name: none, tags: none, time: {{format: "%Y/%m/%d %H:%M:%S"}},
        fields: {{cpu_util: usage}}, decimals: 1}}
  memory_out:
    plugin: aws-iot
    endpoint: localhost
    port: {port}
    client_id: PC-0001-memory
    topic: Ubuntu/MemUtil
    tls: {tls}
    encoding:
      {{type: json, layout: flat, name: none, tags: none, time: {{format: "%Y/%m/%d %H:%M:%S"}},
        fields: {{mem_util: used_percent}}, decimals: 1}}
"""
MESSAGES = {
    "Ubuntu/CpuUtil": re.compile(rb'\{"time":"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d","cpu_util":\d{1,3}\.\d\}'),
    "Ubuntu/MemUtil": re.compile(rb'\{"time":"\d{4}/\d\d/\d\d \d\d:\d\d:\d\d","mem_util":\d{1,3}\.\d\}'),
}


class Tutorial(mqtt_lab.MqttTest):
    def heard_by_mosquitto_sub(self, broker, count):
        """Starts an independent subscriber; called, it gives its lines 'TOPIC PAYLOAD', once there are so many."""
        process = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(broker.plain), "-t", "Ubuntu/#", "-C", str(count),
                                    "-F", "%t %p"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        harness.wait_until(lambda: "Ubuntu/#" in broker.said(), "the subscription")

        def lines():
            out, _ = process.communicate(timeout=20 * harness.PATIENCE)
            return out.splitlines()
        return lines

    def check_tutorial(self, broker, port, tls):
        heard = self.heard_by_mosquitto_sub(broker, 10)
        gateway = self.gateway(TUTORIAL.format(port=port, tls=tls))
        gateway.wait_for_line("connected to localhost")
        topics = set()
        for line in heard():
            topic, payload = line.split(b" ", 1)
            self.assertRegex(payload, rb"^" + MESSAGES[topic.decode()].pattern + rb"$")
            self.assertEqual(2, len(json.loads(payload)))
            topics.add(topic.decode())
        self.assertEqual(set(MESSAGES), topics)
        self.assertEqual(harness.OK, gateway.stop())
        ledger = gateway.ledger("cpu -> cpu_out")
        self.assertEqual(ledger["accepted"], ledger["delivered"])

    def test_cpu_and_memory_arrive_over_mutual_tls(self):
        broker = self.broker()
        self.check_tutorial(broker, broker.tls, self.tls())
        self.assertRegex(broker.said(), r"as PC-0001 \(p5, c1, k60, u'PC-0001'\)")

    def test_cpu_and_memory_arrive_through_the_port_that_is_shared_by_alpn(self):
        broker = self.broker()
        front = self.closed_at_the_end(alpn_front.AlpnFront("x-amzn-mqtt-ca", self.folder, self.pki, broker.plain))
        self.check_tutorial(broker, front.port, self.tls(alpn="x-amzn-mqtt-ca"))

    def test_an_application_protocol_that_the_port_does_not_have_is_named(self):
        broker = self.broker()
        front = self.closed_at_the_end(alpn_front.AlpnFront("x-amzn-mqtt-ca", self.folder, self.pki, broker.plain))
        gateway = self.gateway(TUTORIAL.format(port=front.port, tls=self.tls(alpn="nonsense")))
        gateway.wait_for_line(f"sink cpu_out: backing off: localhost:{front.port} closes the connection during the TLS handshake; "
                              r"does this port have the application protocol 'nonsense' \(tls.alpn\)\?; next try")


class Limits(mqtt_lab.MqttTest):
    def check(self, changes):
        text = TUTORIAL.format(port=8883, tls=self.tls())
        self.assertIn("topic: Ubuntu/CpuUtil", text)
        self.write("gateway.yaml", text.replace("topic: Ubuntu/CpuUtil", changes))
        return self.tidegate("check", "-c", "gateway.yaml")

    def refused(self, changes, path, message):
        said = self.check(changes)
        self.assertEqual(harness.CONFIGURATION, said.returncode, said.stderr)
        self.assertIn(f"error: sinks.cpu_out.{path}: {message}", said.stderr)

    def test_what_aws_forbids_is_refused_before_anything_is_sent(self):
        self.refused("topic: a/b/c/d/e/f/g/h/{name}", "topic",
                     "topic 'a/b/c/d/e/f/g/h/' has 8 slashes, of which 7 are allowed; shorten it")
        self.refused("topic: $SYS/x", "topic", "topic '$SYS/x' is reserved: AWS IoT Core closes the connection")
        self.refused("topic: x\n    client_id: $x", "client_id", "'$x' begins with '$'")
        self.refused("topic: x\n    qos: 2", "qos", "must be one of 0, 1; this is '2'")
        self.refused("topic: x\n    basic_ingest: a/b", "basic_ingest", "'a/b' is no name of a rule")
        self.refused("topic: x\n    message_max_size: 1MiB", "message_max_size", "must be at most 128KiB")
        self.refused("topic: x\n    limits: {messages_per_second: 101}", "limits.messages_per_second", "must be at most 100")

    def test_what_aws_allows_is_accepted(self):
        for changes in ("topic: a/b/c/d/e/f/g/{name}", "topic: x\n    basic_ingest: store_it", "topic: $aws/things/PC-0001/shadow/update"):
            said = self.check(changes)
            self.assertEqual(harness.OK, said.returncode, said.stderr)

    def test_check_says_how_much_of_the_limits_is_used(self):
        said = self.check("topic: x")
        self.assertEqual((harness.OK, ""), (said.returncode, said.stderr))
        self.assertEqual(["gateway.yaml: ok (sources: 2, pipelines: 2, sinks: 2)",
                          "sink cpu_out: at about 5 samples/s, 5 of 100 messages/s and 1000B of 512KiB/s are used",
                          "sink memory_out: at about 5 samples/s, 5 of 100 messages/s and 1000B of 512KiB/s are used"],
                         said.stdout.splitlines())

    def test_check_warns_where_more_comes_in_than_may_be_sent(self):
        said = self.check("topic: x\n    limits: {messages_per_second: 2}")
        self.assertEqual(harness.OK, said.returncode)
        self.assertEqual("gateway.yaml:15:35: warning: sinks.cpu_out.limits.messages_per_second: is 2, of which 1.8 can be used in the "
                         "long run, but about 5 samples/s come in, a message "
                         "each; put more into one (samples_per_message: 3), or read less often (interval); else samples pile up until the "
                         "buffer is full\n", said.stderr)
        self.assertEqual("", self.check("topic: x\n    limits: {messages_per_second: 2}\n    samples_per_message: 3").stderr)

    def test_basic_ingest_publishes_to_the_rule(self):
        broker = self.broker()
        heard = self.subscriber(broker, "$aws/#")
        self.gateway(TUTORIAL.format(port=broker.tls, tls=self.tls()).replace(
            "topic: Ubuntu/CpuUtil", "topic: Ubuntu/CpuUtil\n    basic_ingest: store"))
        self.assertEqual("$aws/rules/store/Ubuntu/CpuUtil", heard.wait_for(1)[0].topic)

    def test_the_rate_of_a_connection_is_kept(self):
        broker = self.broker()
        heard = self.subscriber(broker)
        gateway = self.gateway(f"""
sources: {{numbers: {{plugin: generate, rate: 0, fields: 1, count: 300}}}}
pipelines: {{all: {{from: [numbers], to: [aws], buffer: {{when_full: block}}}}}}
sinks: {{aws: {{plugin: aws-iot, endpoint: localhost, port: {broker.tls}, topic: t, client_id: rate, tls: {self.tls()}}}}}
""")
        gateway.wait_for_line("connected to")
        started = harness.time.monotonic()
        heard.wait_for(300)
        self.assertGreater(harness.time.monotonic() - started, 1.5)  # a second's worth at once, then two more


if __name__ == "__main__":
    unittest.main()
