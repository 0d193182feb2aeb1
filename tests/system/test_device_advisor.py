#!/usr/bin/env python3
"""The sink aws-iot under the list of AWS IoT Device Advisor, with AWS's times scaled.

The table that it prints stands on the sink's page. tests/aws_broker has the list, and the broker that plays AWS.
"""
import concurrent.futures
import pathlib
import sys
import unittest

import harness

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "aws_broker"))

import device  # noqa: E402
import device_advisor  # noqa: E402
from advisor_bench import FAIL, NOT_APPLICABLE, PASS, WARN, Settings  # noqa: E402

BACKOFF_MAX = 3.0

GATEWAY = """
gateway: {{id: "{place.client_id}", shutdown_timeout: 2s}}
sources:
  numbers: {{plugin: generate, rate: 20, fields: 1}}
pipelines:
  cloud: {{from: [numbers], to: [aws], buffer: {{max_samples: 100}}}}
sinks:
  aws:
    plugin: aws-iot
    endpoint: {place.endpoint}
    port: {place.port}
    topic: "advisor/{{name}}"
    connect_timeout: 1s
    timeout: 2s
    stable_after: 4s
    retry: {{min: 300ms, max: {backoff}s}}
    tls: {{ca: "{place.ca}", certificate: "{place.cert}", key: "{place.key}"}}
"""

# It does not subscribe, so that is not asked of it. What MQTT 5 forbids, to publish again on the same connection, is no
# fault; what was not acknowledged goes again on the next one.
BY_DESIGN = {"MQTT_Publish_Retry_No_Puback", "MQTT_Long_Duration"}


class Gateway(device.Device):
    """`tidegate run` as the device under test."""

    abilities = frozenset({"publish_qos1"})

    def __init__(self, test, name):
        self.test = test
        self.folder = test.folder / name
        self.folder.mkdir()
        self.running = None

    def start(self, place):
        (self.folder / "gateway.yaml").write_text(GATEWAY.format(place=place, backoff=BACKOFF_MAX))
        self.running = harness.Gateway(self.folder, "-c", "gateway.yaml")

    def stop(self):
        if self.running is not None:
            self.running.kill()


class DeviceAdvisor(harness.SystemTest):
    def test_every_required_case_passes_and_no_other_fails(self):
        backing_off = [name for name in device_advisor.NAMES if "Backoff" in name]
        others = [name for name in device_advisor.NAMES if name not in backing_off]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = [pool.submit(self.run_cases, name, cases)
                    for name, cases in (("one", backing_off[::2]), ("two", backing_off[1::2]), ("three", others))]
            outcomes = [each for run in runs for each in run.result()]
        for each in outcomes:
            print(f"{'Q' if each.required else ' '} {each.result:<15} {each.case}: {each.says}")
        self.assertEqual([], [each for each in outcomes if each.result == FAIL])
        self.assertTrue(device_advisor.qualifies(outcomes))
        for each in outcomes:
            # Full jitter draws its delays, of which few need not look as if they grew.
            allowed = {PASS, NOT_APPLICABLE} | ({WARN} if each.case in BY_DESIGN or "Backoff" in each.case else set())
            self.assertIn(each.result, allowed, f"{each.case}: {each.says}")

    def run_cases(self, name, cases):
        settings = Settings(time_scale=0.15, client_id="PC-0001", topic="advisor/+", backoff_cap=BACKOFF_MAX)
        return device_advisor.run_cases(Gateway(self, name), settings, cases)


if __name__ == "__main__":
    unittest.main()
