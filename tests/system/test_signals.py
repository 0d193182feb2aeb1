#!/usr/bin/env python3
"""Signals: one ends it in order, a second one at once, SIGHUP reloads."""
import os
import signal
import unittest

import harness

NUMBERS = """
gateway: {shutdown_timeout: 8s}
sources:
  numbers: {plugin: generate, rate: 200}
pipelines:
  local: {from: [numbers], to: [archive]}
sinks:
  archive: {plugin: file, path: out.ndjson}
"""

# A sink that cannot deliver: its stdout is a pipe that nobody reads.
STUCK = """
gateway: {shutdown_timeout: 60s}
sources:
  numbers: {plugin: generate, rate: 0}
pipelines:
  local: {from: [numbers], to: [stuck], buffer: {when_full: drop_oldest}}
sinks:
  stuck: {plugin: console}
"""


class Signals(harness.SystemTest):
    def test_sigterm_and_sigint_end_it_in_order(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                gateway = self.gateway(NUMBERS)
                gateway.wait_for_line("runs gateway")
                gateway.wait_for_samples("out.ndjson", 10)
                self.assertEqual(harness.OK, gateway.stop(number))
                self.assertRegex(gateway.lines()[-1], r"stopped$")
                self.assertEqual(0, gateway.ledger("local -> archive")["waiting"])

    def test_sighup_leaves_it_running(self):
        gateway = self.gateway(NUMBERS)
        gateway.wait_for_samples("out.ndjson", 1)
        gateway.send(signal.SIGHUP)
        gateway.wait_for_line("reload: done: 3 kept")
        before = harness.count_lines(self.folder / "out.ndjson")
        gateway.wait_for_samples("out.ndjson", before + 20)
        self.assertEqual(harness.OK, gateway.stop())

    def test_sigpipe_is_no_reason_to_die(self):
        gateway = self.gateway(NUMBERS)
        gateway.wait_for_samples("out.ndjson", 1)
        gateway.send(signal.SIGPIPE)
        before = harness.count_lines(self.folder / "out.ndjson")
        gateway.wait_for_samples("out.ndjson", before + 20)

    def test_a_second_signal_ends_it_at_once(self):
        bad = harness.plugin_path() + ":" + harness.bad_plugin_path()
        gateway = self.gateway("""
gateway: {shutdown_timeout: 5m}
sources:
  hung: {plugin: never-return-from-poll, interval: 100ms}
pipelines:
  local: {from: [hung], to: [nowhere]}
sinks:
  nowhere: {plugin: "null"}
""", plugins=bad)
        gateway.wait_for_line("source hung: poll has not returned")
        gateway.send(signal.SIGTERM)
        gateway.wait_for_line("stopping")
        self.assertTrue(gateway.is_alive())

        def is_heard():
            # Signals that follow each other within half a second count as one.
            gateway.send(signal.SIGTERM)
            return "second signal: stopping at once" in gateway.said() or not gateway.is_alive()

        gateway.wait_until(is_heard, "the second signal to be heard")
        self.assertEqual(harness.SOFTWARE, gateway.wait_for_end(10))

    def test_it_ends_within_the_timeout_though_a_peer_reads_nothing(self):
        readable, writable = os.pipe()
        self.addCleanup(os.close, readable)
        gateway = self.gateway(STUCK.replace("60s", "2s"), stdout=writable)
        os.close(writable)
        gateway.wait_for_line("runs gateway")
        self.assertIn(gateway.stop(deadline=10), (harness.OK, harness.SOFTWARE))
        ledger = gateway.ledger("local -> stuck")
        self.assertEqual(ledger["accepted"], ledger["delivered"] + ledger["discarded"] + ledger["waiting"])


if __name__ == "__main__":
    unittest.main()
