#!/usr/bin/env python3
"""The sink aws-iot-http against servers that answer as AWS IoT Core does, behind nginx on a port like 8443 and one like 443."""
import base64
import json
import re
import unittest
import urllib.parse
import uuid

import alpn_front
import harness
import http_lab

TUTORIAL = "{type: json, layout: flat, time: none, name: none, tags: none, fields: [sequence]}"
FLOW = """
gateway: {{id: PC-0001, tags: {{site: tokyo-1}}, shutdown_timeout: 5s}}
sources:
  numbers: {{plugin: generate, rate: 0, fields: 1, count: {count}}}
pipelines:
  all: {{from: [numbers], to: [aws], buffer: {{when_full: block}}}}
sinks:
  aws: {{plugin: aws-iot-http, endpoint: localhost, port: {port}, topic: "{topic}", tls: {tls}, retry: {{min: 50ms, max: 60s}},
        encoding: {encoding}{more}}}
"""


def aws_answer(status, message, error_type=None):
    headers = {"x-amzn-RequestId": "request-1"}
    if error_type:
        headers["x-amzn-ErrorType"] = error_type + ":"
    return status, headers, json.dumps({"message": message, "traceId": str(uuid.UUID(int=7))}).encode()


class Aws:
    """What AWS checks of a publish: limits of the topic and the payload, and a policy."""

    def __init__(self, allowed=lambda topic: True):
        self.allowed = allowed
        self.messages = []  # (topic, query, headers, payload)

    def __call__(self, request):
        path, _, query = request.path.partition("?")
        if request.method != "POST" or not path.startswith("/topics/"):
            return aws_answer(404, "Not found", "ResourceNotFoundException")
        topic = urllib.parse.unquote(path[len("/topics/"):])
        if len(topic.encode()) > 256 or topic.count("/") > 7:
            return aws_answer(400, "Bad topic", "InvalidRequestException")
        if len(request.body) > 128 * 1024:
            return aws_answer(413, "Too large", "RequestEntityTooLargeException")
        if not self.allowed(topic):
            return aws_answer(403, "Forbidden", "ForbiddenException")
        self.messages.append((topic, urllib.parse.parse_qs(query), request.headers, request.body))
        return aws_answer(200, "OK")


class AwsIotHttp(http_lab.HttpTest):
    def start_flow(self, port, more="", topic="Ubuntu/{name}", count=20, encoding=TUTORIAL, tls=None):
        return self.gateway(FLOW.format(port=port, topic=topic, count=count, encoding=encoding, tls=tls or self.tls(),
                                        more=", " + more if more else ""))

    def finish(self, gateway, count=20):
        gateway.wait_for_line(f"all {count} samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual({"accepted": count, "delivered": count, "discarded": 0, "waiting": 0}, gateway.ledger("all -> aws"), gateway.said())

    def test_8443_with_a_client_certificate(self):
        aws = Aws()
        receiver = self.receiver(aws)
        front = self.front(receiver)
        self.finish(self.start_flow(front.port))
        self.assertEqual(list(range(20)), sorted(json.loads(payload)["sequence"] for *_, payload in aws.messages))
        topic, query, headers, _ = aws.messages[0]
        self.assertEqual(("Ubuntu/generate", {"qos": ["1"], "contentType": ["application/json"]}), (topic, query))
        self.assertEqual(("UTF8_DATA", "CN=PC-0001"), (headers["x-amz-mqtt5-payload-format-indicator"], headers["X-Client"]))
        self.assertIn("/topics/Ubuntu%2Fgenerate?qos=1", receiver.requests()[0].path)

    def test_443_with_the_alpn_of_aws_alone(self):
        aws = Aws()
        front = self.closed_at_the_end(alpn_front.AlpnFront("x-amzn-http-ca", self.folder, self.pki, self.receiver(aws).port))
        self.finish(self.start_flow(front.port, tls=self.tls(alpn="x-amzn-http-ca")))
        self.assertEqual(20, len(aws.messages))
        gateway = self.start_flow(front.port)  # not 443, hence without
        self.assertIn(f"localhost:{front.port} ", gateway.wait_for_line("backing off"))
        self.assertEqual(20, len(aws.messages))

    def test_what_is_said_of_a_message(self):
        aws = Aws()
        front = self.front(self.receiver(aws))
        self.finish(self.start_flow(front.port, "retain: true, message_expiry: 30s, message_id: true, basic_ingest: store, "
                                    "user_properties: {site: tokyo}, qos: 0", count=1), 1)
        topic, query, headers, _ = aws.messages[0]
        self.assertEqual("$aws/rules/store/Ubuntu/generate", topic)
        self.assertEqual({"qos": ["0"], "retain": ["true"], "contentType": ["application/json"], "messageExpiry": ["30"]}, query)
        properties = json.loads(base64.b64decode(headers["x-amz-mqtt5-user-properties"]))
        self.assertEqual({"site": "tokyo"}, properties[0])
        self.assertRegex(properties[1]["message_id"], "^[0-9a-f]{32}$")

    def test_messages_are_never_larger_than_aws_takes(self):
        aws = Aws()
        front = self.front(self.receiver(aws))
        self.finish(self.start_flow(front.port, "samples_per_message: 5000, batch: {max_samples: 5000, max_wait: 1s}", count=5000,
                                    encoding="{type: json}"), 5000)
        self.assertEqual(5000, sum(len(json.loads(payload)) for *_, payload in aws.messages))
        self.assertGreater(len(aws.messages), 3)

    def test_a_forbidden_topic_is_rejected_with_error_type_and_trace(self):
        front = self.front(self.receiver(Aws(lambda topic: False)))
        gateway = self.start_flow(front.port, count=1)
        line = gateway.wait_for_line("rejected")
        self.assertIn(f"localhost:{front.port} answers 403 ForbiddenException to a message for topic 'Ubuntu/generate' (it says: Forbidden) "
                      f"(trace {uuid.UUID(int=7)}); allow iot:Publish on topic/Ubuntu/generate in the policy of the certificate", line)

    def test_401_pauses(self):
        front = self.front(self.receiver(lambda request: aws_answer(401, "Unauthorized", "UnauthorizedException")))
        gateway = self.start_flow(front.port, count=1)
        self.assertIn(f"paused, nothing is lost: localhost:{front.port} answers 401 UnauthorizedException to a message for topic 'Ubuntu/generate' "
                      f"(it says: Unauthorized) (trace {uuid.UUID(int=7)}); is the certificate active, and of this account and region?",
                      gateway.wait_for_line("paused"))

    def test_a_throttle_is_waited_out(self):
        answers = [aws_answer(429, "Rate exceeded", "ThrottlingException"), aws_answer(503, "Busy", "ServiceUnavailableException")]
        aws = Aws()
        front = self.front(self.receiver(lambda request: answers.pop(0) if answers else aws(request)))
        gateway = self.start_flow(front.port, "max_connections: 1")
        gateway.wait_until(lambda: len(aws.messages) == 20, "all messages")
        self.finish(gateway)

    def test_topics_that_aws_refuses_are_refused_by_check(self):
        for topic, expected in (("a/b/c/d/e/f/g/h/{name}", "topic 'a/b/c/d/e/f/g/h/' has 8 slashes, of which 7 are allowed; shorten it"),
                                ("$x/{name}", "topic '$x/' is reserved"), ("a/+", "holds '+' or '#'")):
            self.write("gateway.yaml", FLOW.format(port=8443, topic=topic, count=1, encoding=TUTORIAL, tls=self.tls(), more=""))
            done = self.tidegate("check", "-c", "gateway.yaml")
            self.assertEqual(harness.CONFIGURATION, done.returncode)
            self.assertRegex(done.stderr, r"gateway.yaml:\d+:\d+: error: sinks.aws.topic: .*" + re.escape(expected))


if __name__ == "__main__":
    unittest.main()
