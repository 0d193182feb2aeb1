#!/usr/bin/env python3
"""The codec, against bytes that were written by hand from the standards."""
import unittest

import packets
import properties
from properties import MalformedPacket

CONNECT_5 = bytes.fromhex("10 22 0004 4d515454 05 c6 003c 05 11 00000e10 0002 6161 00 0001 77 0002 6f6e"
                          "0001 75 0001 70")


def split(data, chunk=None, limit=1 << 20):
    splitter = packets.Splitter(limit)
    found = []
    for begin in range(0, len(data), chunk or len(data)):
        found += splitter.feed(data[begin:begin + (chunk or len(data))])
    return found


class Splitting(unittest.TestCase):
    STREAM = CONNECT_5 + b"\xc0\x00" + packets.frame(packets.PUBLISH, 0, b"\x00\x01a" + b"x" * 20000) + b"\xe0\x00"

    def test_a_stream_is_cut_alike_however_it_arrives(self):
        whole = split(self.STREAM)
        self.assertEqual([1, 12, 3, 14], [kind for kind, _, _ in whole])
        for chunk in (1, 2, 3, 7, 4096):
            with self.subTest(chunk=chunk):
                self.assertEqual(whole, split(self.STREAM, chunk))

    def test_a_packet_that_is_too_large_is_refused_by_its_length_alone(self):
        with self.assertRaises(MalformedPacket) as caught:
            split(b"\x30\xff\xff\x7f", limit=1000)
        self.assertEqual(0x95, caught.exception.reason)

    def test_a_length_of_five_bytes_is_refused(self):
        with self.assertRaises(MalformedPacket):
            split(b"\x30\xff\xff\xff\xff\x01")


class Reading(unittest.TestCase):
    def test_every_field_of_connect_is_read(self):
        read = packets.read_connect(CONNECT_5[2:])
        self.assertEqual(packets.Connect(
            5, "aa", True, 60, packets.Will("w", b"on", 0, False, {}), "u", b"p",
            {"session_expiry_interval": 3600}), read)
        self.assertEqual(CONNECT_5, packets.write_connect(read))

    def test_what_is_no_connect_is_refused(self):
        body = CONNECT_5[2:]
        for name, wrong in {
                "cut": body[:-1], "long": body + b"x", "protocol": body.replace(b"MQTT", b"MQTP"),
                "level": body[:6] + b"\x03" + body[7:], "reserved flag": body[:7] + b"\xc7" + body[8:],
                "will QoS 3": body[:7] + b"\xde" + body[8:], "will flags without will": body[:7] + b"\xca" + body[8:],
                "no UTF-8": body.replace(b"aa", b"\xff\xff"), "U+0000": body.replace(b"aa", b"a\0")}.items():
            with self.subTest(name), self.assertRaises(MalformedPacket):
                packets.read_connect(wrong)

    def test_a_publish_of_3_1_1_has_no_properties(self):
        read = packets.read_publish(4, 0x0B, bytes.fromhex("0003 612f62 000a 6869"))
        self.assertEqual(packets.Publish("a/b", b"hi", 1, True, True, 10, {}), read)

    def test_a_publish_of_5_has(self):
        read = packets.read_publish(5, 0x02, bytes.fromhex("0001 61 0007 0c 02 0000000a 26 0001 6b 0001 76") + b"x")
        self.assertEqual({"message_expiry_interval": 10, "user_property": [("k", "v")]}, read.properties)
        self.assertEqual(b"x", read.payload)

    def test_what_is_no_publish_is_refused(self):
        for name, level, flags, body in (
                ("QoS 3", 4, 0x06, b"\x00\x01a\x00\x01"), ("identifier 0", 4, 0x02, b"\x00\x01a\x00\x00"),
                ("topic cut", 4, 0x00, b"\x00\x05a"), ("unknown property", 5, 0x00, b"\x00\x01a\x02\x7e\x00"),
                ("property twice", 5, 0x00, b"\x00\x01a\x04\x01\x00\x01\x00"),
                ("properties cut", 5, 0x00, b"\x00\x01a\x09\x01")):
            with self.subTest(name), self.assertRaises(MalformedPacket):
                packets.read_publish(level, flags, body)

    def test_filters_are_read_with_their_options(self):
        self.assertEqual([("a/#", 1), ("b", 0)],
                         packets.read_subscribe(4, b"\x00\x01\x00\x03a/#\x01\x00\x01b\x00").filters)
        self.assertEqual([("a", 0x2D)], packets.read_subscribe(5, b"\x00\x01\x00\x00\x01a\x2d").filters)
        for level, body in ((4, b"\x00\x01"), (4, b"\x00\x01\x00\x01a\x03"), (4, b"\x00\x01\x00\x01a\x04"),
                            (5, b"\x00\x01\x00\x00\x01a\x40")):
            with self.subTest(body=body), self.assertRaises(MalformedPacket):
                packets.read_subscribe(level, body)

    def test_flags_that_the_standard_fixes_are_looked_at(self):
        packets.check_flags(packets.SUBSCRIBE, 2)
        for kind, flags in ((packets.SUBSCRIBE, 0), (packets.PINGREQ, 1), (0, 0)):
            with self.subTest(kind=kind), self.assertRaises(MalformedPacket):
                packets.check_flags(kind, flags)


class Writing(unittest.TestCase):
    def test_answers_have_the_bytes_of_the_standards(self):
        for expected, written in (
                ("20 02 01 00", packets.write_connack(4, True, 0)),
                ("20 02 00 05", packets.write_connack(4, False, 5)),
                ("20 05 00 00 02 24 01", packets.write_connack(5, False, 0, {"maximum_qos": 1})),
                ("40 02 00 0a", packets.write_puback(4, 10)), ("40 02 00 0a", packets.write_puback(5, 10)),
                ("40 03 00 0a 87", packets.write_puback(5, 10, 0x87)),
                ("90 03 00 01 80", packets.write_suback(4, 1, [0x80])),
                ("90 05 00 01 00 01 87", packets.write_suback(5, 1, [1, 0x87])),
                ("b0 02 00 01", packets.write_unsuback(4, 1, [0])),
                ("b0 04 00 01 00 11", packets.write_unsuback(5, 1, [0x11])),
                ("d0 00", packets.write_pingresp()), ("e0 02 8e 00", packets.write_disconnect(0x8E)),
                ("33 08 00 01 61 00 02 68 69 21", packets.write_publish(
                    4, packets.Publish("a", b"hi!", 1, True, False, 2)))):
            with self.subTest(expected):
                self.assertEqual(bytes.fromhex(expected), written)

    def test_every_property_comes_back_as_it_was_written(self):
        values = {"byte": 1, "u16": 300, "u32": 70000, "varint": 300, "text": "grün", "bytes": b"\0\xff",
                  "pair": [("a", "1"), ("a", "2")]}
        for name, form in properties.TABLE.values():
            with self.subTest(name):
                written = properties.write_properties({name: values[form]})
                self.assertEqual(({name: values[form]}, len(written)), properties.read_properties(written, 0))

    def test_lengths_at_the_borders_of_their_bytes(self):
        for value, expected in ((0, "00"), (127, "7f"), (128, "8001"), (16383, "ff7f"), (16384, "808001"),
                                (268435455, "ffffff7f")):
            with self.subTest(value):
                self.assertEqual(bytes.fromhex(expected), properties.write_varint(value))
                self.assertEqual((value, len(expected) // 2), properties.read_varint(bytes.fromhex(expected), 0))


if __name__ == "__main__":
    unittest.main()
