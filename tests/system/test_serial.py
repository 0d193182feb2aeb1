#!/usr/bin/env python3
"""The source `serial` on real pseudo-terminals: cables that are pulled, noise, floods, and devices that do not answer."""
import fcntl
import os
import random
import re
import select
import struct
import termios
import threading
import tty
import unittest

import harness

REPLUGS = int(os.environ.get("TIDEGATE_TEST_REPLUGS", "20"))
FLOOD_BYTES = int(float(os.environ.get("TIDEGATE_TEST_FLOOD_MB", "4")) * 1_000_000)
CSV = "format: {type: csv, columns: ['t:f64', 'on:bool']}"
GROWTH_MAX = 32 << 20


class Device:
    """A device behind a cable: a pseudo-terminal, and the link by which the gateway knows it."""

    def __init__(self, link):
        self.link = link
        self.master = self.slave = None

    def plug(self):
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        # The link appears whole, as udev makes it.
        made = self.link.with_name(self.link.name + ".new")
        made.symlink_to(os.ttyname(self.slave))
        made.rename(self.link)
        return self

    def pull(self):
        self.link.unlink()
        self.close()

    def close(self):
        for number in (self.master, self.slave):
            if number is not None:
                os.close(number)
        self.master = self.slave = None

    def send(self, data):
        view = memoryview(data)
        while view:
            view = view[os.write(self.master, view):]

    def speeds(self):
        """Both as the driver has them: termios2, which has any number."""
        tcgets2 = 0x802C542A
        return struct.unpack("II", fcntl.ioctl(self.slave, tcgets2, b"\0" * 44)[36:])

    def unread(self):
        """Bytes that the gateway has not taken yet."""
        return struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0" * 4))[0]


class Answering(threading.Thread):
    """A device that answers requests that it knows, until it is closed."""

    def __init__(self, device, answers):
        super().__init__(daemon=True)
        self.device, self.answers, self.asked = device, answers, []
        self.ending, self.end = os.pipe()
        self.start()

    def run(self):
        heard = b""
        while True:
            ready, _, _ = select.select([self.device.master, self.ending], [], [])
            if self.ending in ready:
                return
            heard += os.read(self.device.master, 4096)
            for request, answer in self.answers.items():
                if request in heard:
                    heard = heard.replace(request, b"", 1)
                    self.asked.append(request)
                    self.device.send(answer)

    def close(self):
        os.close(self.end)
        self.join()
        os.close(self.ending)


class Serial(harness.SystemTest):
    def device(self, name="port"):
        made = Device(self.folder / name)
        self.addCleanup(made.close)
        return made

    def serial(self, *sources):
        """A gateway with these sources, which writes samples to out.ndjson."""
        named = {f"s{index}": text for index, text in enumerate(sources)}
        lines = "\n".join(f"  {name}: {{plugin: serial, {text}}}" for name, text in named.items())
        return self.gateway(f"""
sources:
{lines}
pipelines: {{all: {{from: [{", ".join(named)}], to: out}}}}
sinks: {{out: {{plugin: file, path: out.ndjson, encoding: {{type: ndjson, time: none}}}}}}
""")

    def opened(self, gateway, times=1):
        gateway.wait_until(lambda: sum("opened " in line for line in gateway.lines()) >= times, f"the port to be opened {times} times")

    def test_lines_become_samples(self):
        device = self.device().plug()
        gateway = self.serial(f"device: port, baud: 115200, {CSV}")
        self.opened(gateway)
        device.send(b"21.5,true\r\n22,false\r\n")
        samples = gateway.wait_for_samples("out.ndjson", 2)
        self.assertEqual([{"name": "s0", "tags": {}, "fields": {"t": 21.5, "on": True}},
                          {"name": "s0", "tags": {}, "fields": {"t": 22.0, "on": False}}],
                         [{key: sample.get(key, {}) for key in ("name", "tags", "fields")} for sample in samples])
        self.assertEqual((115200, 115200), device.speeds())
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_cable_may_be_pulled_as_often_as_one_likes(self):
        device = self.device()
        gateway = self.serial(f"device: port, {CSV}")
        gateway.wait_for_line("backing off: .*/port is not there")
        first = None
        for count in range(1, REPLUGS + 1):
            device.plug()
            self.opened(gateway, count)
            device.send(b"%d,true\n99999" % count)  # the second line is never finished
            gateway.wait_for_samples("out.ndjson", count)
            gateway.wait_until(lambda: device.unread() == 0, "the half line to be read")
            device.pull()
            gateway.wait_until(lambda: sum("is gone" in line or "is not there" in line for line in gateway.lines()) > count,
                               "the gateway to see that the device is gone")
            first = first or gateway.resources()
        self.assertEqual(list(range(1, REPLUGS + 1)),
                         [sample["fields"]["t"] for sample in harness.read_samples(self.folder / "out.ndjson")])
        last = gateway.resources()
        self.assertEqual(first["threads"], last["threads"])
        self.assertLessEqual(last["descriptors"], first["descriptors"] + 1)
        self.assertEqual(harness.OK, gateway.stop())

    def test_noise_does_not_stop_it_and_memory_is_bounded(self):
        device = self.device().plug()
        gateway = self.serial(f"device: port, baud: 921600, framing: {{max_size: 1KiB}}, {CSV}")
        self.opened(gateway)
        before = gateway.resources()["memory"]
        noise = random.Random(7).randbytes(1_000_000)
        for _ in range(max(FLOOD_BYTES // len(noise), 1)):
            device.send(noise)
        device.send(b"\n4711,true\n")
        gateway.wait_until(lambda: b"4711.0" in (self.folder / "out.ndjson").read_bytes()
                           if (self.folder / "out.ndjson").exists() else False, "the line after the noise", 60)
        self.assertLess(gateway.resources()["memory"] - before, GROWTH_MAX)
        told = [line for line in gateway.lines() if "could not be read" in line]
        self.assertEqual(len(told), len({re.search(r"decode_\w+", line).group() for line in told}), "each reason once")
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_line_that_is_split_by_a_pause_is_one(self):
        device = self.device().plug()
        gateway = self.serial(f"device: port, {CSV}")
        self.opened(gateway)
        for part in (b"2", b"1.", b"5,tr", b"ue\n"):
            device.send(part)
            gateway.wait_until(lambda: device.unread() == 0, "the part to be read")
        self.assertEqual({"t": 21.5, "on": True}, gateway.wait_for_samples("out.ndjson", 1)[0]["fields"])

    def test_a_frame_ends_by_silence(self):
        device = self.device().plug()
        gateway = self.serial("device: port, framing: {type: silence, silence: 50ms}, format: {type: raw}")
        self.opened(gateway)
        device.send(b"ab\n")
        device.send(b"c")
        self.assertEqual("ab\nc", gateway.wait_for_samples("out.ndjson", 1)[0]["fields"]["value"])
        device.send(b"d")
        self.assertEqual("d", gateway.wait_for_samples("out.ndjson", 2)[1]["fields"]["value"])

    def test_a_device_that_is_asked_answers(self):
        device = self.device().plug()
        answering = Answering(device, {b"T?\r\n": b"21.5\r\n", b"\x01\x03\xff": b"x=7\n"})
        self.addCleanup(answering.close)
        gateway = self.serial('device: port, interval: 20ms, format: {type: raw, as: f64, field: t}, requests: [{send: "T?\\r\\n"}, '
                             '{send: "0x01 0x03ff", format: {type: key-value, name: other}}]')
        samples = gateway.wait_for_samples("out.ndjson", 6)
        self.assertEqual([("s0", {"t": 21.5}), ("other", {"x": 7.0})] * 3,
                         [(sample["name"], sample["fields"]) for sample in samples[:6]])
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_device_that_never_answers_is_a_state_until_it_does(self):
        device = self.device().plug()
        gateway = self.serial('device: port, interval: 10ms, timeout: 20ms, format: {type: raw}, requests: [{send: "T?\\n"}]')
        gateway.wait_for_line(r"degraded: .*/port does not answer 'T\?\\x0a' within 20 ms")
        answering = Answering(device, {b"T?\n": b"1\n"})
        self.addCleanup(answering.close)
        gateway.wait_for_line("running again")
        gateway.wait_for_samples("out.ndjson", 1)
        self.assertEqual(1, sum("degraded: " in line for line in gateway.lines()))
        self.assertEqual(harness.OK, gateway.stop())

    def two_requests(self, device, timeout):
        return self.serial(f'device: port, interval: 10ms, timeout: {timeout}, format: {{type: raw, as: f64}}, requests: '
                           '[{send: "T?\\n", format: {type: raw, as: f64, field: temperature}}, '
                           '{send: "P?\\n", format: {type: raw, as: f64, field: pressure}}]')

    def test_an_answer_that_comes_too_late_is_taken_for_no_other(self):
        device = self.device().plug()
        gateway = self.two_requests(device, "1s")
        gateway.wait_for_line(r"degraded: .* does not answer 'T\?")
        # In pieces: the other request is put off until nothing more comes.
        device.send(b"21")
        gateway.wait_until(lambda: device.unread() == 0, "the piece to be read")
        device.send(b".5\n")
        answering = Answering(device, {b"P?\n": b"1013\n"})
        self.addCleanup(answering.close)
        samples = gateway.wait_for_samples("out.ndjson", 2)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual([{"pressure": 1013.0}] * 2, [each["fields"] for each in samples[:2]])

    def test_an_adapter_that_hears_itself_is_no_device_that_answers(self):
        device = self.device().plug()
        answering = Answering(device, {b"T?\n": b"T?\n21.5\n", b"P?\n": b"P?\n1013\n"})
        self.addCleanup(answering.close)
        gateway = self.two_requests(device, "5s")
        samples = gateway.wait_for_samples("out.ndjson", 6)
        self.assertEqual([{"temperature": 21.5}, {"pressure": 1013.0}] * 3, [each["fields"] for each in samples[:6]])
        self.assertEqual(harness.OK, gateway.stop())
        self.assertFalse([line for line in gateway.lines() if "could not be read" in line])

    def test_what_follows_an_answer_is_nobodys(self):
        device = self.device().plug()
        answering = Answering(device, {b"T?\n": b"21.5\n1\n", b"P?\n": b"1013\n"})
        self.addCleanup(answering.close)
        gateway = self.two_requests(device, "5s")
        samples = gateway.wait_for_samples("out.ndjson", 6)
        self.assertEqual([{"temperature": 21.5}, {"pressure": 1013.0}] * 3, [each["fields"] for each in samples[:6]])
        self.assertEqual(harness.OK, gateway.stop())

    def test_packets_are_no_framing_of_a_line(self):
        gateway = self.serial("device: port, framing: {type: datagram}, format: {type: raw}")
        self.assertEqual(harness.CONFIGURATION, gateway.wait_for_end())
        gateway.wait_for_line("framing.type: a serial port has no packets")

    def test_noise_before_an_answer_is_none(self):
        device = self.device().plug()
        answering = Answering(device, {b"T?\n": b"noise>", b"P?\n": b"<1013>"})
        self.addCleanup(answering.close)
        gateway = self.serial('device: port, interval: 10ms, timeout: 100ms, framing: {type: markers, start: "<", end: ">"}, '
                              'format: {type: raw, as: f64}, requests: [{send: "T?\\n"}, {send: "P?\\n"}]')
        gateway.wait_for_line(r"degraded: .* does not answer 'T\?")
        gateway.wait_for_samples("out.ndjson", 1)
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_dead_device_disturbs_no_other(self):
        device = self.device("alive").plug()
        gateway = self.serial(f"device: dead, {CSV}", f"device: alive, {CSV}")
        gateway.wait_for_line("source s0: backing off: .*/dead is not there")
        self.opened(gateway)
        for count in range(1, 11):
            device.send(b"%d,true\n" % count)
        samples = gateway.wait_for_samples("out.ndjson", 10)
        self.assertEqual({"s1"}, {sample["name"] for sample in samples})
        self.assertEqual(harness.OK, gateway.stop())

    def test_a_value_that_the_driver_does_not_take_is_told_and_no_other_is_used(self):
        self.device().plug()
        gateway = self.serial(f"device: port, parity: even, {CSV}")
        gateway.wait_for_line("backing off: .*/port does not take parity even")
        gateway.stop()
        gateway = self.serial(f"device: port, rs485: {{}}, {CSV}")
        gateway.wait_for_line("backing off: .*/port does not take rs485; its driver cannot switch the direction")
        gateway.stop()

    def test_the_command_test_says_what_is_in_the_way(self):
        self.write("gateway.yaml", f"sources: {{s: {{plugin: serial, device: port, {CSV}}}}}\n"
                                   "pipelines: {all: {from: s, to: out}}\nsinks: {out: {plugin: console}}\n")
        done = self.tidegate("test", "-c", "gateway.yaml")
        self.assertEqual((harness.UNAVAILABLE, f"tidegate: source s: {self.folder}/port is not there\n"),
                         (done.returncode, done.stderr))

    def test_any_speed_is_taken(self):
        self.device().plug()
        gateway = self.serial(f"device: port, baud: 250000, {CSV}")
        gateway.wait_for_line("opened .*/port: 250000 baud, 8N1")
        gateway.stop()

    def test_a_port_that_another_has_locked_is_left_alone(self):
        device = self.device().plug()
        fcntl.flock(device.slave, fcntl.LOCK_EX)
        gateway = self.serial(f"device: port, {CSV}")
        gateway.wait_for_line("backing off: .*/port is in use by another program, which has locked it")
        gateway.stop()

    def test_a_gps_receiver_with_noise_on_the_line(self):
        device = self.device().plug()
        gateway = self.serial("device: port, format: {type: nmea}")
        self.opened(gateway)
        noise = random.Random(1)
        for _ in range(50):
            device.send(noise.randbytes(noise.randrange(40)).replace(b"$", b"").replace(b"!", b"").replace(b"\n", b"")
                        + b"$GPGGA,123519,4807.038,N,01131.000,E,1,08,0.9,545.4,M,46.9,M,,*47\r\n"
                        + b"$GPRMC,123519,A,4807.0x8,N,01131.000,E,022.4,084.4,230394,003.1,W*6A\r\n")
        samples = gateway.wait_for_samples("out.ndjson", 50)
        self.assertEqual({(48.1173, "GGA")}, {(round(each["fields"]["latitude"], 6), each["tags"]["sentence"]) for each in samples})
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(50, harness.count_lines(self.folder / "out.ndjson"))


if __name__ == "__main__":
    unittest.main()
