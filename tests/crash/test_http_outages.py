#!/usr/bin/env python3
"""The sink http over mutual TLS, while nginx is stopped and started again, answers 503 or 429, and connections are reset
in the middle of a request: nothing that was accepted is lost, and what arrives comes in order.

$TIDEGATE_CRASH_HTTP_SAMPLES says how many samples arrive at least (8000), $TIDEGATE_CRASH_HTTP_OUTAGES over how many
outages (8).
"""
import json
import time

import rig
from rig import harness, oracle

import http_lab

SAMPLES = rig.number_of("TIDEGATE_CRASH_HTTP_SAMPLES", 8000)
OUTAGES = rig.number_of("TIDEGATE_CRASH_HTTP_OUTAGES", 8)

SINK = """
  http:
    plugin: http
    url: https://localhost:{port}/in
    tls: {{ca: pki/ca.pem, certificate: pki/PC-0001.pem, key: pki/PC-0001.key}}
    encoding: {{type: json, array: always, layout: flat, time: none, name: none, tags: none, fields: [value]}}
    retry: {{min: 20ms, max: 200ms}}
    timeout: 5s
    batch: {{max_samples: 100}}
    samples_per_message: 100
"""


class Journal:
    """Notes the values of a body, and then takes it."""

    def __init__(self, path):
        self.file = open(path, "ab")

    def __call__(self, request):
        values = [each["value"] for each in json.loads(request.body)]
        notes, first, previous = b"", values[0], values[0] - 1
        for value in values + [None]:
            if value is None or value != previous + 1:
                for word in (first, previous - first + 1 | oracle.RECEIVED << 32, time.time_ns()):
                    notes += word.to_bytes(8, "little")
                first = value
            previous = value
        self.file.write(notes)
        self.file.flush()
        return 204

    def close(self):
        self.file.close()


class HttpOutages(rig.CrashTest):
    def setUp(self):
        super().setUp()
        pki = http_lab.Pki(self.folder / "pki")
        pki.sign("server")
        pki.sign("PC-0001")
        self.journal = self.closed_at_the_end(Journal(self.folder / "notes/http"))
        self.receiver = self.closed_at_the_end(http_lab.Receiver(self.journal, keep=False))
        self.front = self.closed_at_the_end(http_lab.Front(self.folder, pki, self.receiver))
        self.link = self.closed_at_the_end(http_lab.Link(self.front.port))
        self.sinks["http"] = rig.Watch(self.folder / "notes/http", oracle.RECEIVED)
        self.write("gateway.yaml", rig.GATEWAY.format(
            spool="spool: {path: spool}", timeout="60s", names="http", buffer="{type: disk, commit: always, when_full: block, max_size: 256MiB}",
            sources=rig.SOURCE.format(number=1, interval="2ms", batch=10, payload=32), sinks=SINK.format(port=self.link.port)))

    def closed_at_the_end(self, made):
        self.addCleanup(made.close)
        return made

    def wait_for_trouble(self, daemon, before):
        daemon.wait_until(lambda: daemon.count_lines("backing off") > before, "the sink to notice", 60)

    def restart(self, daemon, location):
        """nginx goes, comes back with another word for a while, and goes again."""
        self.front.stop()
        before = daemon.count_lines("backing off")
        self.front.start(location)
        if location:
            self.wait_for_trouble(daemon, before)
            self.front.stop()
            self.front.start()

    def stop_for_a_while(self, daemon):
        before = daemon.count_lines("backing off")
        self.front.stop()
        self.wait_for_trouble(daemon, before)
        self.front.start()

    def reset(self, daemon):
        broken = self.link.broken
        self.link.break_after(self.random.randrange(500, 20000))
        daemon.wait_until(lambda: self.link.broken > broken, "a reset", 60)

    def test_nothing_is_lost(self):
        outages = [self.stop_for_a_while, lambda daemon: self.restart(daemon, "return 503;"),
                   lambda daemon: self.restart(daemon, "add_header Retry-After 1 always; return 429;"), self.reset]
        daemon = self.daemon()
        for number in range(OUTAGES):
            self.wait_for_arrivals(daemon, "http", SAMPLES // OUTAGES, 120)
            outages[number % len(outages)](daemon)
        self.wait_for_arrivals(daemon, "http", max(1, SAMPLES - self.sinks["http"].count()), 120)
        self.drain(daemon, 120)
        self.assertEqual(harness.OK, daemon.stop())
        self.assert_nothing_lost()
        print(f"{OUTAGES} outages, {self.link.broken} resets", flush=True)
        print("\n".join(line for line in daemon.lines() if "route durable" in line), flush=True)


if __name__ == "__main__":
    rig.main()
