#!/usr/bin/env python3
"""The Device Advisor passes a device that behaves well, case by case, and tells its outcome in both forms."""
import concurrent.futures
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import advisor_services
from broker_process import HERE
from device_advisor import NAMES
from laboratory import policy

DEVICE = (f"{sys.executable} -B {HERE / 'example_device.py'} --endpoint {{endpoint}} --port {{port}} --ca {{ca}} "
          "--cert {cert} --key {key} --client-id {client_id} --subscribe advisor/down --persistent "
          "--base 0.3 --cap 3 --connack-timeout 0.25 --keep-alive 1 --ack-timeout 0.8 --interval 0.05 --seed 7")


def advisor(*arguments, deadline=120):
    return subprocess.run([sys.executable, "-B", HERE / "device_advisor.py", *arguments], capture_output=True,
                          text=True, timeout=deadline, check=False)


class WellBehaved(unittest.TestCase):
    def test_a_good_device_passes(self):
        with tempfile.TemporaryDirectory() as folder:
            document = pathlib.Path(folder, "policy.json")
            document.write_text(json.dumps(policy(
                ("Allow", "iot:Connect", ["client/${iot:Connection.Thing.ThingName}"]),
                ("Allow", ["iot:Publish", "iot:Receive"], ["topic/advisor/*"]),
                ("Allow", "iot:Subscribe", ["topicfilter/advisor/down"]))), encoding="utf-8")
            told = self.run_side_by_side("--can", "subscribe", "--can", "persistent", "--json", "--topic", "advisor/+",
                                 "--filter", "advisor/down", "--backoff-cap", "3", "--policy", document, DEVICE)
        results = {one["case"]: one["result"] for one in told}
        # What MQTT 5 forbids is a warning; what the broker does not play is not applicable.
        expected = dict.fromkeys(results, "Pass")
        expected.update(dict.fromkeys(("MQTT_Publish_Retry_No_Puback", "MQTT_Subscribe_Retry_No_Suback",
                                       "MQTT_Long_Duration"), "Warn"))
        expected.update(dict.fromkeys(("Shadow_Publish_Reported_State", "Shadow_Update_Reported_State",
                                       "Job_Execution"), "not applicable"))
        self.assertEqual(expected, results, told)
        self.assertEqual(25, len(results))

    def run_side_by_side(self, *arguments):
        """All cases: those of back-off with time to back off, beside the others."""
        backing_off = [name for name in NAMES if "Backoff" in name]
        split = (("0.1", backing_off[::2]), ("0.1", backing_off[1::2]),
                 ("0.012", [name for name in NAMES if name not in backing_off]))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            runs = [pool.submit(advisor, "--time-scale", scale, *[word for name in names for word in ("--only", name)],
                                *arguments) for scale, names in split]
            told = []
            for run in runs:
                made = run.result()
                self.assertEqual((0, ""), (made.returncode, made.stderr), made.stdout)
                self.assertTrue(json.loads(made.stdout)["qualifies"])
                told += json.loads(made.stdout)["cases"]
        return told


class Telling(unittest.TestCase):
    def test_the_list_says_what_is_required(self):
        lines = advisor("--list").stdout.splitlines()
        self.assertEqual(25, len(lines))
        self.assertEqual(11, sum(line.startswith("Q ") for line in lines))
        self.assertIn("Q MQTT_Subscribe  (needs subscribe)", lines)

    def test_what_the_device_does_not_do_is_not_applicable(self):
        made = advisor("--only", "MQTT_Subscribe", "--only", "MQTT_Publish_Retry_No_Puback", "--only",
                       "MQTT_Persistent_Session_Happy_Case", "--no-qos1", "true")
        self.assertEqual(0, made.returncode)
        self.assertEqual(3, made.stdout.count("not applicable"), made.stdout)

    def test_a_device_that_does_nothing_fails_and_the_table_says_so(self):
        made = advisor("--time-scale", "0.002", "--only", "MQTT_Connect", "--only", "TLS_Connect", "--only",
                       "TLS_Expired_Server_Cert", "true")
        self.assertEqual(1, made.returncode)
        self.assertEqual(3, sum(line.startswith("Q Fail") for line in made.stdout.splitlines()), made.stdout)
        self.assertIn("required and failed: TLS_Connect, TLS_Expired_Server_Cert, MQTT_Connect", made.stdout)

    def test_a_command_with_an_unknown_placeholder_is_refused(self):
        made = advisor("device {host}")
        self.assertEqual(1, made.returncode)
        self.assertIn("'host'", made.stderr)
        self.assertNotIn("Traceback", made.stderr)


class Policies(unittest.TestCase):
    def test_what_is_too_wide_is_found(self):
        for number, statement in (
                (1, ("Allow", "iot:*", ["topic/a"])), (1, ("Allow", "iot:Publish", ["topic/*"])),
                (1, ("Allow", "iot:Connect", ["client/*"])), (0, ("Allow", "iot:Publish", ["topic/a/*"])),
                (0, ("Deny", "iot:*", ["topic/*"])), (1, ("Allow", "iot:Subscribe", ["topicfilter/#"]))):
            with self.subTest(statement=statement):
                self.assertEqual(number, len(advisor_services.overgrants(policy(statement))))
        self.assertEqual(2, len(advisor_services.overgrants(
            {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})))


if __name__ == "__main__":
    unittest.main()
