#!/usr/bin/env python3
"""A device to test the Device Advisor with: well-behaved, unless it is told otherwise.

It publishes with QoS 1, connects again with full jitter, and hangs up when acknowledgements stay away. It needs
python3-paho-mqtt, of whose own reconnecting it makes no use.
"""
import argparse
import random
import signal
import ssl
import sys
import time

import paho.mqtt.client as paho
from paho.mqtt.packettypes import PacketTypes

AWS_CIPHERS = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" \
              "ECDHE-RSA-AES256-GCM-SHA384"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("endpoint", "ca", "cert", "key", "client-id"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--topic", default="advisor/device")
    parser.add_argument("--level", type=int, choices=(4, 5), default=5)
    parser.add_argument("--subscribe", help="a filter")
    parser.add_argument("--persistent", action="store_true", help="keep the session")
    parser.add_argument("--always-subscribe", action="store_true", help="also when the session is there")
    parser.add_argument("--never-subscribe-again", action="store_true", help="also when the session is gone")
    parser.add_argument("--interval", type=float, default=0.1, help="seconds from message to message")
    parser.add_argument("--keep-alive", type=int, default=2)
    parser.add_argument("--ack-timeout", type=float, default=1.5)
    parser.add_argument("--connack-timeout", type=float, default=0.3)
    parser.add_argument("--stable", type=float, default=5.0, help="seconds after which back-off begins anew")
    parser.add_argument("--backoff", choices=("jitter", "exponential", "linear", "constant", "none", "never"),
                        default="jitter")
    parser.add_argument("--base", type=float, default=0.1)
    parser.add_argument("--cap", type=float, default=2.0)
    parser.add_argument("--seed", type=int)
    parser.add_argument("--no-host-check", action="store_true")
    parser.add_argument("--no-verify", action="store_true")
    parser.add_argument("--all-ciphers", action="store_true", help="what OpenSSL offers unless told otherwise")
    parser.add_argument("--wait-for-ever", action="store_true", help="never notice that answers stay away")
    return parser.parse_args()


def context_of(options):
    context = ssl.create_default_context(cafile=options.ca)
    context.load_cert_chain(options.cert, options.key)
    if not options.all_ciphers:
        context.set_ciphers(AWS_CIPHERS)
    if options.no_host_check or options.no_verify:
        context.check_hostname = False
    if options.no_verify:
        context.verify_mode = ssl.CERT_NONE
    return context


def wait_of(options, attempt, dice):
    """Seconds before the attempt, which counts from 0."""
    return {"jitter": dice.uniform(0, min(options.cap, options.base * 2 ** attempt)),
            "exponential": min(options.cap, options.base * 2 ** attempt),
            "linear": min(options.cap, options.base * (attempt + 1)),
            "constant": options.base, "none": 0}[options.backoff]


class Attempt:
    """One connection, from CONNECT to its end."""

    def __init__(self, options):
        self.options = options
        self.open = True
        self.welcome = None       # when CONNACK came
        self.unanswered = {}      # message id -> since
        self.client = paho.Client(options.client_id, protocol=paho.MQTTv5 if options.level == 5 else paho.MQTTv311,
                                  clean_session=not options.persistent if options.level == 4 else None)
        self.client.tls_set_context(context_of(options))
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_publish = lambda client, data, mid: self.unanswered.pop(mid, None)

    def _on_connect(self, client, data, flags, code, *_):
        if getattr(code, "value", code) != 0:
            return
        self.welcome = time.monotonic()
        present = flags["session present"]
        wanted = self.options.always_subscribe or not present and not (self.options.never_subscribe_again and data)
        if self.options.subscribe and wanted:
            client.subscribe(self.options.subscribe, 1)

    def _on_disconnect(self, *_):
        self.open = False

    def run(self, number):
        """How long the connection was up, in seconds; 0 if it never was."""
        self.client.user_data_set(number)
        begun = time.monotonic()
        more = {}
        if self.options.level == 5:
            more["clean_start"] = not self.options.persistent
            if self.options.persistent:
                more["properties"] = paho.Properties(PacketTypes.CONNECT)
                more["properties"].SessionExpiryInterval = 600
        try:
            self.client.connect(self.options.endpoint, self.options.port, self.options.keep_alive, **more)
            next_message = 0.0
            while self.open and self.client.loop(0.02) == paho.MQTT_ERR_SUCCESS:
                now = time.monotonic()
                if self.welcome is None:
                    if now > begun + self.options.connack_timeout and not self.options.wait_for_ever:
                        break
                    continue
                if now >= next_message:
                    next_message = now + self.options.interval
                    self.unanswered[self.client.publish(self.options.topic, '{"value":1}', 1).mid] = now
                oldest = min(self.unanswered.values(), default=now)
                if now > oldest + self.options.ack_timeout and not self.options.wait_for_ever:
                    break
        except OSError as error:
            print(f"attempt {number}: {error}", file=sys.stderr, flush=True)
        finally:
            if self.client.socket():
                self.client.socket().close()
        return 0 if self.welcome is None else time.monotonic() - self.welcome


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    options = arguments()
    dice = random.Random(options.seed)
    attempt = number = 0
    while True:
        up = Attempt(options).run(number)
        if options.backoff == "never":
            signal.pause()
        if up > options.stable:
            attempt = 0
        time.sleep(wait_of(options, attempt, dice))
        attempt, number = attempt + 1, number + 1


if __name__ == "__main__":
    main()
