#!/usr/bin/env python3
"""The source `socket` in the whole program: what peers send arrives, and they are made to wait where that can be."""
import os
import resource
import socket
import threading
import time
import unittest

import harness

GATEWAY = """
gateway: {shutdown_timeout: 10s}
sources:
  local: {plugin: socket, transport: %(transport)s, path: s, format: {type: csv, columns: ["n:i64"]}}
pipelines:
  lines: {from: local, to: out, buffer: {when_full: block, max_size: 64KiB}}
sinks:
  out: {plugin: file, path: data/out.ndjson, retry: {min: 50ms, max: 200ms}}
"""


class SocketSource(harness.SystemTest):
    def start_it(self, transport):
        gateway = self.gateway(GATEWAY % {"transport": transport})
        gateway.wait_until((self.folder / "s").exists, "the socket")
        return gateway

    def numbers(self):
        return [sample["fields"]["n"] for sample in harness.read_samples(self.folder / "data/out.ndjson")]

    def connect(self, kind):
        made = socket.socket(socket.AF_UNIX, kind)
        self.addCleanup(made.close)
        def is_connected():
            try:
                made.connect(str(self.folder / "s"))
                return True
            except ConnectionRefusedError:  # it is there a moment before somebody listens
                return False
        harness.wait_until(is_connected, "a connection")
        return made

    def test_while_the_sink_is_away_the_sender_waits_and_nothing_is_lost(self):
        self.write("data", "")  # no folder can be made where a file is
        gateway = self.start_it("unix")
        peer = self.connect(socket.SOCK_STREAM)
        count = 200_000
        sender = threading.Thread(target=lambda: peer.sendall(b"".join(b"%d\n" % number for number in range(count))))
        sender.start()
        gateway.wait_for_line("out")
        self.assertTrue(sender.is_alive(), "megabytes were taken, and nothing takes them away")
        (self.folder / "data").unlink()
        gateway.wait_for_samples("data/out.ndjson", count, 60)
        sender.join()
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(count)), self.numbers())

    def test_datagrams_of_several_peers(self):
        gateway = self.start_it("unix-datagram")
        peers = [self.connect(socket.SOCK_DGRAM) for _ in range(3)]
        for number in range(3000):
            peers[number % 3].send(b"%d" % number)
        gateway.wait_for_samples("data/out.ndjson", 3000)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(3000)), self.numbers())
        self.assertFalse((self.folder / "s").exists())

    def test_a_stop_while_the_sink_is_away_is_soon(self):
        self.write("data", "")
        gateway = self.start_it("unix")
        peer = self.connect(socket.SOCK_STREAM)
        peer.setblocking(False)
        text = b"".join(b"%d\n" % number for number in range(10_000))

        def is_full():
            try:
                peer.send(text)
                return False
            except BlockingIOError:
                return True
        gateway.wait_until(is_full, "a sender that would have to wait")
        self.assertEqual(harness.OK, gateway.stop())

    # To look at an address, UBSan opens a pipe; where it gets none, the address is bad.
    @unittest.skipIf("undefined" in harness.SANITIZERS, "a sanitizer needs descriptors of its own")
    def test_without_descriptors_those_that_are_connected_go_on(self):
        gateway = self.start_it("unix")
        first = self.connect(socket.SOCK_STREAM)
        first.send(b"0\n")
        gateway.wait_for_samples("data/out.ndjson", 1)
        before = resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE)
        taken = {int(name) for name in os.listdir(f"/proc/{gateway.pid}/fd")}
        lowest_free = min(set(range(len(taken) + 1)) - taken)
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, (lowest_free, before[1]))
        second = self.connect(socket.SOCK_STREAM)
        second.send(b"100\n")
        gateway.wait_for_line("degraded: .*cannot accept a connection at .*Too many open files")
        # One after the other, so that a rest between any two would show.
        end = time.monotonic() + 20 * harness.PATIENCE
        for number in range(1, 60):
            first.send(b"%d\n" % number)
            gateway.wait_for_samples("data/out.ndjson", number + 1, max(end - time.monotonic(), 0) / harness.PATIENCE)
        resource.prlimit(gateway.pid, resource.RLIMIT_NOFILE, before)
        gateway.wait_for_samples("data/out.ndjson", 61)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual([*range(60), 100], self.numbers())
        self.assertEqual(1, sum("cannot accept" in line for line in gateway.lines()))


if __name__ == "__main__":
    unittest.main()
