#!/usr/bin/env python3
"""What the sink http costs, beside the least that it could: requests a second that nginx has answered over one connection
with mutual TLS on this machine, and CPU seconds per million.

  gateway              generate -> http, one sample a request (about 150 bytes)
  beast, curl          the same bodies in a bare loop around Boost.Beast, and around libcurl (http_floor.cpp)
  ..., 100 KB          the same with a sample of 100 KB, which is a text but for its sequence number
  many samples         a thousand a request, and as many as 100 KB hold, counted as samples

Runs are interleaved and medians given, because rates of a shared machine vary by a factor; the ratios of a round are
what counts. What a start, a connection and a stop take is measured the same way and taken off.
"""
import argparse
import pathlib
import statistics
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "system"))
import http_lab  # noqa: E402 pylint: disable=wrong-import-position
import measure  # noqa: E402 pylint: disable=wrong-import-position

HTTP = ("{{plugin: http, url: 'https://localhost:{port}/in', "
        "tls: {{ca: pki/ca.pem, certificate: pki/device.pem, key: pki/device.key}}{more}}}")
LARGE = 100_000  # bytes
LARGE_SAMPLE = f"fields: 0, text_size: {LARGE}B"
SINGLE = ", samples_per_message: 1"
FULL = f", message_max_size: {LARGE}B, samples_per_message: 100000, batch: {{max_samples: 100000, max_bytes: 64MiB}}"


class Nowhere:
    """What a Front wants of a receiver that is never asked."""
    port = 9


class Bench:
    def __init__(self, build, folder):
        self.build = build
        self.folder = folder
        pki = http_lab.Pki(folder / "pki")
        pki.sign("server")
        pki.sign("device")
        self.front = http_lab.Front(folder, pki, Nowhere(), more="keepalive_requests 1000000000;\n    location /in { return 204; }")

    def gateway(self, count, more="", source=measure.NUMBERS):
        sink = HTTP.format(port=self.front.port, more=more)
        start = measure.run_gateway(self.build, self.folder, sink, 1, source)
        return measure.run_gateway(self.build, self.folder, sink, count, source).without(start)

    def run_floor(self, library, bodies, count):
        return measure.run_floor(self.folder, [self.build / "tests/bench/http_floor", library, bodies, str(count), "localhost",
                                                str(self.front.port), "pki/ca.pem", "pki/device.pem", "pki/device.key"])

    def floor(self, library, bodies, count):
        start = self.run_floor(library, bodies, 1)
        return self.run_floor(library, bodies, count).without(start)

    def make_bodies(self):
        """Files for the loops, made of what the gateway gives: an array of one sample a line."""
        for name, count, source in (("small", 100_000, measure.NUMBERS), ("large", 100, LARGE_SAMPLE)):
            lines = measure.made_samples(self.build, self.folder, count, source)
            (self.folder / f"{name}.txt").write_text("".join(f"[{line}]\n" for line in lines))


def print_rates(title, measured, requests):
    print(f"\n{title}\n")
    print(f"{'':10} {'requests/s':>12} {'least':>10} {'most':>10} {'CPU-s/million':>14} {'least':>8} {'most':>8}")
    for name, runs in measured.items():
        rates = [requests / each.wall for each in runs]
        cpu = [each.cpu / requests * 1e6 for each in runs]
        print(f"{name:10} {statistics.median(rates):12,.0f} {min(rates):10,.0f} {max(rates):10,.0f} "
              f"{statistics.median(cpu):14.2f} {min(cpu):8.2f} {max(cpu):8.2f}")
    rounds = list(zip(*measured.values()))
    rate = statistics.median(min(beast.wall, curl.wall) / gateway.wall for gateway, beast, curl in rounds)
    cpu = statistics.median(gateway.cpu / min(beast.cpu, curl.cpu) for gateway, beast, curl in rounds)
    print(f"\ngateway, which also makes the bodies, beside the better loop of the same round: {rate:.2f} times the rate (aim: 0.9), "
          f"{cpu:.2f} times the CPU")


def print_samples(title, runs, samples):
    print(f"\n{title}: {statistics.median(samples / each.wall for each in runs):,.0f} samples/s, "
          f"{statistics.median(each.cpu / samples * 1e6 for each in runs):.2f} CPU-s per million samples")


def main():
    parser = argparse.ArgumentParser(prog="./dev bench http", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--requests", type=int, default=30_000, help="a run with small bodies (30000)")
    parser.add_argument("--large", type=int, default=5_000, help="a run with large ones (5000)")
    parser.add_argument("--samples", type=int, default=2_000_000, help="a run with many a request (2000000)")
    parser.add_argument("--runs", type=int, default=5, help="of each (5)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="tidegate-http-") as name:
        bench = Bench(given.build.resolve(), pathlib.Path(name))
        try:
            bench.make_bodies()
            small = {"gateway": [], "beast": [], "curl": []}
            large = {"gateway": [], "beast": [], "curl": []}
            thousand, full = [], []
            for _ in range(given.runs):
                small["gateway"].append(bench.gateway(given.requests, SINGLE))
                large["gateway"].append(bench.gateway(given.large, SINGLE, LARGE_SAMPLE))
                for library in ("beast", "curl"):
                    small[library].append(bench.floor(library, "small.txt", given.requests))
                    large[library].append(bench.floor(library, "large.txt", given.large))
                thousand.append(bench.gateway(given.samples))
                full.append(bench.gateway(given.samples, FULL))
        finally:
            bench.front.close()
    runs = f"medians of {given.runs} interleaved runs"
    print_rates(f"A sample a request; {runs} of {given.requests:,}", small, given.requests)
    print_rates(f"A sample of 100 KB a request; {runs} of {given.large:,}", large, given.large)
    print_samples("A thousand samples a request", thousand, given.samples)
    print_samples("As many samples as 100 KB hold", full, given.samples)


if __name__ == "__main__":
    main()
