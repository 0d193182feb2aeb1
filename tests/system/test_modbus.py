#!/usr/bin/env python3
"""The source `modbus` in the real program, on a pseudo-terminal and over TCP. The units here make their frames by themselves,
so that the library in the gateway is not compared with itself alone."""
import os
import select
import socket
import struct
import threading
import tty
import unittest

import harness

ILLEGAL_ADDRESS = 2


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return struct.pack("<H", value)


class Units:
    """What units have in their holding registers, by number: {unit: {address: word}}."""

    def __init__(self, registers):
        self.registers = registers
        self.asked = []

    def answer(self, unit, request):
        """The data of a protocol unit for the request of one; None from a unit that is not there."""
        function, address, count = struct.unpack(">BHH", request)
        self.asked.append((unit, function, address, count))
        if unit not in self.registers:
            return None
        words = [self.registers[unit].get(each) for each in range(address, address + count)]
        if function != 3 or None in words:
            return bytes((unit, function | 0x80, ILLEGAL_ADDRESS))
        return bytes((unit, function, 2 * count)) + struct.pack(f">{count}H", *words)


class Thread(threading.Thread):
    """Runs serve() until it is closed; wait(file) is False from then on."""

    def __init__(self):
        super().__init__(daemon=True)
        self.ending, self.end = os.pipe()

    def wait(self, file):
        return self.ending not in select.select([file, self.ending], [], [])[0]

    def close(self):
        os.write(self.end, b"x")
        self.join()
        os.close(self.end)
        os.close(self.ending)


class Line(Thread):
    """A serial line with units, by the name of a link."""

    def __init__(self, units, link):
        super().__init__()
        self.units, self.link = units, link
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        link.symlink_to(os.ttyname(self.slave))
        self.start()

    def run(self):
        heard = b""
        while self.wait(self.master):
            heard += os.read(self.master, 256)
            if len(heard) < 8:
                continue
            frame, heard = heard[:8], heard[8:]
            assert crc(frame[:6]) == frame[6:], frame
            answer = self.units.answer(frame[0], frame[1:6])
            if answer is not None:
                os.write(self.master, answer + crc(answer))

    def close(self):
        self.link.unlink()
        super().close()
        os.close(self.master)
        os.close(self.slave)


class Server(Thread):
    """Units behind a TCP server that has one connection at a time."""

    def __init__(self, units, port=0):
        super().__init__()
        self.units = units
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.start()

    def run(self):
        while self.wait(self.socket):
            connection, _ = self.socket.accept()
            with connection:
                self.serve(connection)

    def serve(self, connection):
        while self.wait(connection):
            frame = connection.recv(12)
            if len(frame) < 12:
                return
            answer = self.units.answer(frame[6], frame[7:12])
            if answer is not None:
                connection.sendall(frame[:4] + struct.pack(">H", len(answer)) + answer)

    def close(self):
        super().close()
        self.socket.close()


class Modbus(harness.SystemTest):

    def modbus(self, options, units):
        return self.gateway(f"sources:\n  plant:\n    plugin: modbus\n    interval: 20ms\n    {options}\n    units: {units}\n"
                            "pipelines: {all: {from: plant, to: out}}\nsinks: {out: {plugin: file, path: out.ndjson}}\n")

    def line(self, units):
        made = Line(units, self.folder / "port")
        self.addCleanup(lambda: made.is_alive() and made.close())
        return made

    def server(self, units, port=0):
        made = Server(units, port)
        self.addCleanup(lambda: made.is_alive() and made.close())
        return made

    def test_units_on_a_serial_line_are_read(self):
        units = Units({1: {0: 0x41AC, 1: 0, 2: 235}, 2: {100: 0xFFFF}})
        self.line(units)
        gateway = self.modbus(
            "device: port", "[{unit: 1, name: meter, registers: [{field: t, address: 0, type: float32}, "
                            "{field: v, address: 2, scale: 0.1}]}, {unit: 2, registers: [{field: l, address: 100, type: int16}]}]")
        samples = gateway.wait_for_samples("out.ndjson", 4)
        self.assertEqual([("meter", {"unit": "1"}, {"t": 21.5, "v": 23.5}), ("plant", {"unit": "2"}, {"l": -1})] * 2,
                         [(each["name"], each["tags"], each["fields"]) for each in samples[:4]])
        self.assertEqual([(1, 3, 0, 3), (2, 3, 100, 1)], units.asked[:2])
        self.assertEqual(harness.OK, gateway.stop())
        self.assertFalse([line for line in gateway.lines() if " warning " in line], gateway.said())

    def test_a_unit_that_goes_and_comes_back_is_said_once_each(self):
        units = Units({1: {0: 1}, 2: {0: 2}})
        port = self.server(units).port
        gateway = self.modbus(f"endpoint: 127.0.0.1\n    port: {port}\n    timeout: 200ms\n    retry: {{min: 1ms, max: 20ms}}",
                              "[{unit: 1, registers: [{field: a, address: 0}]}, {unit: 2, registers: [{field: a, address: 0}]}]")
        gateway.wait_for_samples("out.ndjson", 2)
        registers = units.registers.pop(2)
        gateway.wait_for_line("degraded: unit 2 does not answer within 200 ms")
        count = harness.count_lines(self.folder / "out.ndjson")
        gateway.wait_for_samples("out.ndjson", count + 5)
        units.registers[2] = registers
        gateway.wait_for_line("unit 2 answers again, after")
        gateway.wait_for_line("running again")
        self.assertEqual(1, sum("degraded: " in line for line in gateway.lines()))
        self.assertEqual(1, sum("opened " in line for line in gateway.lines()))
        self.assertEqual(harness.OK, gateway.stop())

    def test_what_a_unit_does_not_have_is_left_out_and_said_once(self):
        port = self.server(Units({1: {0: 7}})).port
        gateway = self.modbus(f"endpoint: localhost\n    port: {port}",
                              "[{unit: 1, registers: [{field: a, address: 0}, {field: b, address: 40001}]}]")
        samples = gateway.wait_for_samples("out.ndjson", 5)
        self.assertEqual([{"a": 7}] * 5, [each["fields"] for each in samples[:5]])
        self.assertEqual(harness.OK, gateway.stop())
        told = [line for line in gateway.lines() if "refuses holding_register 40001: illegal data address" in line]
        self.assertEqual(1, len(told), gateway.said())

    def test_a_line_that_is_pulled_is_a_state(self):
        units = Units({1: {0: 1}})
        line = self.line(units)
        gateway = self.modbus("device: port", "[{unit: 1, registers: [{field: a, address: 0}]}]")
        gateway.wait_for_samples("out.ndjson", 2)
        line.close()
        gateway.wait_for_line("backing off: .*/port is not there")
        before = gateway.resources()["descriptors"]
        count = harness.count_lines(self.folder / "out.ndjson")
        self.line(units)
        gateway.wait_for_line("running again")
        gateway.wait_for_samples("out.ndjson", count + 2)
        self.assertLessEqual(gateway.resources()["descriptors"], before + 1)
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_peer_that_is_not_there_keeps_nothing_waiting(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        gateway = self.modbus(f"endpoint: 127.0.0.1\n    port: {port}", "[{unit: 1, registers: [{field: a, address: 0}]}]")
        gateway.wait_for_line(f"backing off: 127.0.0.1:{port} cannot be connected to: Connection refused")
        self.server(Units({1: {0: 5}}), port)
        self.assertEqual({"a": 5}, gateway.wait_for_samples("out.ndjson", 1)[0]["fields"])
        self.assertEqual(harness.OK, gateway.stop())

    def test_the_command_test_reads_once_or_says_what_is_in_the_way(self):
        self.write("gateway.yaml", "sources: {s: {plugin: modbus, interval: 1ms, device: port, units: [{unit: 1, registers: [{field: a, address: 0}]}]}}\n"
                                   "pipelines: {all: {from: s, to: out}}\nsinks: {out: {plugin: console}}\n")
        done = self.tidegate("test", "-c", "gateway.yaml")
        self.assertEqual((harness.UNAVAILABLE, f"tidegate: source s: {self.folder}/port is not there\n"),
                         (done.returncode, done.stderr))
        self.line(Units({1: {0: 5}}))
        done = self.tidegate("test", "-c", "gateway.yaml")
        self.assertEqual((harness.OK, ""), (done.returncode, done.stderr))
        self.assertIn('"fields":{"a":5}', done.stdout)


if __name__ == "__main__":
    unittest.main()
