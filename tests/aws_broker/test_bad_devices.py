#!/usr/bin/env python3
"""The Device Advisor fails, or warns of, each way to behave badly: the other half of its proof."""
import concurrent.futures
import socket
import ssl
import sys
import unittest

from advisor_bench import Settings
from broker_process import HERE
from device import CommandDevice, Device
from device_advisor import run_cases

GOOD = (f"{sys.executable} -B {HERE / 'example_device.py'} --endpoint {{endpoint}} --port {{port}} --ca {{ca}} "
        "--cert {cert} --key {key} --client-id {client_id} --subscribe advisor/down --persistent "
        "--base 0.2 --cap 5 --connack-timeout 0.25 --keep-alive 1 --ack-timeout 0.8 --interval 0.05 --seed 3 ")
ABILITIES = ("subscribe", "persistent", "publish_qos1")
SERVER_DISCONNECT = "MQTT_Reconnect_Backoff_Retries_On_Server_Disconnect"
UNSTABLE = "MQTT_Reconnect_Backoff_Retries_On_Unstable_Connection"
JITTER = "MQTT_Connect_Jitter_Backoff_Retries"
EXPONENTIAL = "MQTT_Connect_Exponential_Backoff_Retries"


# What a device does, which cases see it at which scale of time, and what else is set.
RUNS = {
    "ignores the name": ("--no-host-check", ("TLS_Unsecure_Server_Cert", "TLS_Incorrect_Subject_Name_Server_Cert")),
    "verifies nothing": ("--no-verify", ("TLS_Unsecure_Server_Cert", "TLS_Incorrect_Subject_Name_Server_Cert",
                                         "TLS_Expired_Server_Cert")),
    "all suites": ("--all-ciphers", ("TLS_Support_AWS_IoT_Cipher_Suites",)),
    "constant": ("--backoff constant --base 0.6", (JITTER, SERVER_DISCONNECT), 0.1),
    "none": ("--backoff none", (EXPONENTIAL, SERVER_DISCONNECT), 0.1),
    "linear": ("--backoff linear --base 0.4", (EXPONENTIAL, SERVER_DISCONNECT), 0.1),
    "exponential": ("--backoff exponential", (EXPONENTIAL, SERVER_DISCONNECT), 0.1),
    "exponential up to a cap": ("--backoff exponential --base 0.25 --cap 2", (JITTER,), 0.1),
    "begins anew": ("--backoff exponential --stable 0 --base 0.6", (UNSTABLE,), 0.05),
    "over the cap": ("", (SERVER_DISCONNECT,), 0.05, {"backoff_cap": 0.2}),
    "never comes back": ("--backoff never", (JITTER, SERVER_DISCONNECT, "MQTT_Long_Duration"), 0.008),
    "waits for ever": ("--wait-for-ever --keep-alive 60 --level 4", (JITTER,), 0.008),
    "notices late": ("--ack-timeout 9 --keep-alive 2", ("MQTT_No_Ack_PingResp",)),
    "3.1.1 without retries": ("--level 4", ("MQTT_Publish_Retry_No_Puback", "MQTT_Subscribe_Retry_No_Suback"), 0.008),
    "other names": ("", ("MQTT_Publish", "MQTT_Subscribe"), 0.008, {"topic": "other/+", "filters": ("other",)}),
    "always subscribes": ("--always-subscribe", ("MQTT_Persistent_Session_Happy_Case",)),
    "never subscribes again": ("--never-subscribe-again", ("MQTT_Expired_Persistent_Session",), 0.008),
}


def outcomes_of(behaviour, names, scale=0.02, settings=None):
    return run_cases(CommandDevice(GOOD + behaviour, ABILITIES), Settings(scale, **settings or {}), names)


class Misbehaving(unittest.TestCase):
    """The runs are made side by side, since most of their time is waiting; each test looks at one of them."""

    @classmethod
    def setUpClass(cls):
        pool = concurrent.futures.ThreadPoolExecutor(8)
        cls.addClassCleanup(pool.shutdown)
        cls.runs = {name: pool.submit(outcomes_of, *run) for name, run in RUNS.items()}

    def check(self, name, *expected, said=""):
        """The results of a run, in the order of AWS's list, and what is in the sentence of the last."""
        found = self.runs[name].result()
        self.assertEqual(list(expected), [one.result for one in found], found)
        self.assertIn(said, found[-1].says)

    def test_a_device_that_ignores_the_name_fails(self):
        self.check("ignores the name", "Pass", "Fail", said="completed the handshake")

    def test_a_device_that_verifies_nothing_fails_all_three(self):
        self.check("verifies nothing", "Fail", "Fail", "Fail")

    def test_more_suites_than_aws_serves_are_a_warning(self):
        self.check("all suites", "Warn", said="also offers")

    def test_constant_back_off_fails(self):
        self.check("constant", "Fail", "Fail", said="constant")

    def test_no_back_off_fails(self):
        self.check("none", "Fail", "Fail", said="does not back off")

    def test_linear_back_off_fails(self):
        self.check("linear", "Fail", "Fail", said="linear")

    def test_exponential_back_off_without_jitter_passes_where_it_is_asked_for_and_is_a_warning_elsewhere(self):
        self.check("exponential", "Pass", "Warn", said="without jitter")
        self.check("exponential up to a cap", "Warn", said="without jitter")

    def test_back_off_that_begins_anew_after_each_connack_fails_the_unstable_connection(self):
        self.check("begins anew", "Fail", said="constant")

    def test_a_gap_over_the_cap_is_a_warning(self):
        self.check("over the cap", "Warn", said="over the cap")

    def test_a_device_that_never_comes_back_fails(self):
        self.check("never comes back", "Fail", "Fail", "Fail", said="did not come back")

    def test_a_device_that_waits_for_answers_for_ever_fails(self):
        self.check("waits for ever", "Fail", said="1 attempts")

    def test_a_device_that_notices_late_is_warned_of(self):
        self.check("notices late", "Warn")

    def test_3_1_1_without_retries_fails_where_it_may_retry(self):
        self.check("3.1.1 without retries", "Fail", "Fail")

    def test_the_wrong_topic_and_the_wrong_filter_fail(self):
        self.check("other names", "Fail", "Fail", said="did not subscribe to other")

    def test_subscribing_to_a_session_that_is_there_is_a_warning(self):
        self.check("always subscribes", "Warn", said="subscribed again")

    def test_not_subscribing_when_the_session_is_gone_fails(self):
        self.check("never subscribes again", "Fail")


class Silent(Device):
    """A device in Python that never starts."""

    def __init__(self):
        self.calls = []

    def start(self, place):
        self.calls.append(("start", place.endpoint, place.client_id))

    def stop(self):
        self.calls.append("stop")


class HangsUp(Device):
    """Sends its ClientHello, reads what comes, and closes without a word."""

    def start(self, place):
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=place.ca)
        secure = context.wrap_bio(incoming, outgoing, server_hostname=place.endpoint)
        try:
            secure.do_handshake()
        except ssl.SSLWantReadError:
            pass
        with socket.create_connection((place.endpoint, place.port), 10) as link:
            link.sendall(outgoing.read())
            link.recv(65536)

    def stop(self):
        pass


class InPython(unittest.TestCase):
    def test_refusing_without_an_alert_is_a_warning_where_aws_wants_one(self):
        found = run_cases(HangsUp(), Settings(time_scale=0.01), ("TLS_Unsecure_Server_Cert", "TLS_Expired_Server_Cert"))
        self.assertEqual(["Pass", "Warn"], [one.result for one in found], found)

    def test_a_device_may_be_an_object_and_is_started_and_stopped_for_each_case(self):
        device = Silent()
        found = run_cases(device, Settings(time_scale=0.001, client_id="thing"), ("MQTT_Connect", "MQTT_Publish"))
        self.assertEqual(["Fail", "Fail"], [one.result for one in found])
        self.assertEqual([("start", "localhost", "thing"), "stop"] * 2, device.calls)


if __name__ == "__main__":
    unittest.main()
