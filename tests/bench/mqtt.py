#!/usr/bin/env python3
"""What the sink mqtt costs, beside the least that it could: messages a second that the broker has acknowledged (QoS 1,
MQTT 5, mutual TLS, on this machine), and CPU seconds per million.

  gateway              generate -> mqtt, one sample a message
  floor                the same payloads in a bare loop around the same library, with the same window (mqtt_floor.cpp)
  gateway, 100 KB      generate -> mqtt, as many samples a message as 100 KB hold
  floor, 100 KB        such payloads, ready made

Runs are interleaved and medians given, because rates of a shared machine vary by a factor; the ratios of a round are
what counts. What a start, a connection and a stop take is measured the same way and taken off. Publisher and broker
share the machine, and how many messages are under way decides the rate: compare only what has the same window.
"""
import argparse
import os
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import measure  # noqa: E402 pylint: disable=wrong-import-position
import mqtt_lab  # noqa: E402 pylint: disable=wrong-import-position

MQTT = ("{{plugin: mqtt, endpoint: localhost, port: {port}, topic: 'bench/{{name}}', limits: {{in_flight: {window}}}, "
        "tls: {{ca: pki/ca.pem, certificate: pki/device.pem, key: pki/device.key}}{more}}}")
LARGE = 100_000  # bytes
LARGE_SINK = f", message_max_size: {LARGE}B, samples_per_message: 100000, batch: {{max_samples: 100000, max_bytes: 64MiB}}"

BROKER = """{user}persistence false
log_type error
log_type warning
max_inflight_messages 0
listener {port} 127.0.0.1
cafile pki/ca.pem
certfile pki/server.pem
keyfile pki/server.key
require_certificate true
use_identity_as_username true
"""


class Bench:
    def __init__(self, build, folder, window):
        self.build = build
        self.folder = folder
        self.window = window
        pki = mqtt_lab.Pki(folder / "pki")
        pki.sign("server")
        pki.sign("device")
        self.port = mqtt_lab.free_port()
        user = "user root\n" if os.geteuid() == 0 else ""
        (folder / "mosquitto.conf").write_text(BROKER.format(user=user, port=self.port))
        self.broker = mqtt_lab.Server(["mosquitto", "-c", "mosquitto.conf"], folder, "mosquitto", [self.port])

    def run_gateway(self, sink, count):
        return measure.run_gateway(self.build, self.folder, sink, count)

    def gateway(self, count, more=""):
        sink = MQTT.format(port=self.port, window=self.window, more=more)
        start = self.run_gateway(sink, 1)
        return self.run_gateway(sink, count).without(start)

    def run_floor(self, payloads, count):
        return measure.run_floor(self.folder, [self.build / "tests/bench/mqtt_floor", payloads, str(count), "localhost", str(self.port),
                                                "pki/ca.pem", "pki/device.pem", "pki/device.key", str(self.window)])

    def floor(self, payloads, count):
        start = self.run_floor(payloads, 1)
        return self.run_floor(payloads, count).without(start)

    def make_payloads(self, count):
        """Files for the floor, made of what the gateway gives: a sample a line, and arrays of 100 KB."""
        lines = measure.made_samples(self.build, self.folder, count)
        large = measure.as_arrays(lines, LARGE)
        (self.folder / "large.txt").write_text("".join(f"{each}\n" for each in large))
        return len(lines), len(large)


def print_rates(title, measured, messages, unit):
    print(f"\n{title}\n")
    print(f"{'':18} {unit + '/s':>12} {'least':>10} {'most':>10} {'CPU-s/million':>14} {'least':>8} {'most':>8}")
    for name, runs in measured.items():
        rates = [messages / each.wall for each in runs]
        cpu = [each.cpu / messages * 1e6 for each in runs]
        print(f"{name:18} {statistics.median(rates):12,.0f} {min(rates):10,.0f} {max(rates):10,.0f} "
              f"{statistics.median(cpu):14.2f} {min(cpu):8.2f} {max(cpu):8.2f}")
    pairs = list(zip(measured["gateway"], measured["floor"]))
    rate = statistics.median(floor.wall / gateway.wall for gateway, floor in pairs)
    cpu = statistics.median(gateway.cpu / floor.cpu for gateway, floor in pairs)
    return rate, cpu


def main():
    parser = argparse.ArgumentParser(prog="./dev bench mqtt", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--messages", type=int, default=50_000, help="a run (50000)")
    parser.add_argument("--samples", type=int, default=1_000_000, help="a run with messages of 100 KB (1000000)")
    parser.add_argument("--window", type=int, default=100, help="messages under way (100)")
    parser.add_argument("--runs", type=int, default=5, help="of each (5)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tidegate-mqtt-") as name:
        bench = Bench(given.build.resolve(), pathlib.Path(name), given.window)
        try:
            _, large = bench.make_payloads(given.samples)
            one = {"gateway": [], "floor": []}
            many = {"gateway": [], "floor": []}
            for _ in range(given.runs):
                one["gateway"].append(bench.gateway(given.messages))
                one["floor"].append(bench.floor("out.ndjson", given.messages))
                many["gateway"].append(bench.gateway(given.samples, LARGE_SINK))
                many["floor"].append(bench.floor("large.txt", large))
        finally:
            bench.broker.close()
    runs = f"medians of {given.runs} interleaved runs"
    rate, cpu = print_rates(f"A sample a message, {given.window} under way; {runs} of {given.messages:,}", one, given.messages, "messages")
    print(f"\ngateway beside floor of the same round: {rate:.2f} times the rate (aim: 0.9), {cpu:.2f} times the CPU (aim: 1.2)")
    rate, cpu = print_rates(f"Messages of 100 KB, {large} of them; {runs} of {given.samples:,} samples", many, given.samples, "samples")
    print(f"\ngateway, which also formats them, beside floor: {rate:.2f} times the rate, {cpu:.2f} times the CPU")


if __name__ == "__main__":
    main()
