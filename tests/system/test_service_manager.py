#!/usr/bin/env python3
"""What systemd is told: that the gateway runs, that it is alive, that it stops."""
import os
import socket
import sys
import unittest
from unittest import mock

import harness

NUMBERS = """
sources:
  numbers: {plugin: generate, rate: 200}
pipelines:
  local: {from: [numbers], to: [archive]}
sinks:
  archive: {plugin: file, path: out.ndjson}
"""


class ServiceManager(harness.SystemTest):
    def listen(self, address):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(self.socket.close)
        self.socket.bind(address)
        self.socket.settimeout(20 * harness.PATIENCE)

    def told(self):
        return self.socket.recv(4096).decode().split("\n")

    def started(self, name, configuration=NUMBERS):
        real = harness.environment
        with mock.patch.object(harness, "environment", lambda **more: {**real(**more), "NOTIFY_SOCKET": name}):
            return self.gateway(configuration)

    def test_it_is_told_of_the_start_of_life_and_of_the_stop(self):
        path = str(self.folder / "notify")
        self.listen(path)
        gateway = self.started(path)
        ready = self.told()
        self.assertEqual("READY=1", ready[0])
        self.assertRegex(ready[1], "^STATUS=runs gateway .*: 1 source, 1 pipeline, 1 sink$")
        gateway.wait_for_line("runs gateway")
        for _ in range(2):
            self.assertEqual(["WATCHDOG=1"], self.told())
        self.assertEqual(harness.OK, gateway.stop())
        last = self.told()
        while last == ["WATCHDOG=1"]:
            last = self.told()
        self.assertEqual(["STOPPING=1"], last)

    def test_names_in_the_abstract_space(self):
        name = f"tidegate-test-{os.getpid()}"
        self.listen("\0" + name)
        gateway = self.started("@" + name)
        self.assertEqual("READY=1", self.told()[0])
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_manager_that_is_gone_or_no_socket_at_all_harms_nothing(self):
        for name in (str(self.folder / "nobody"), "", "relative", "/" + "x" * 200):
            with self.subTest(name=name):
                gateway = self.started(name)
                gateway.wait_for_line("runs gateway")
                self.assertEqual(harness.OK, gateway.stop())

    def test_a_configuration_that_is_refused_is_never_ready(self):
        path = str(self.folder / "notify")
        self.listen(path)
        gateway = self.started(path, NUMBERS.replace("rate", "raet"))
        self.assertEqual(harness.CONFIGURATION, gateway.process.wait(20 * harness.PATIENCE))
        self.socket.setblocking(False)
        self.assertRaises(BlockingIOError, self.told)


if __name__ == "__main__":
    sys.exit(unittest.main())
