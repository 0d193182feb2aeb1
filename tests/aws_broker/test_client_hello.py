#!/usr/bin/env python3
"""What is read of a ClientHello, from OpenSSL's own and from broken ones."""
import ssl
import unittest

from client_hello import AWS_SUITES, is_grease, read_client_hello


def hello_of(context, name="host.example"):
    """The bytes that OpenSSL would send first."""
    outgoing = ssl.MemoryBIO()
    try:
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname=name).do_handshake()
    except ssl.SSLWantReadError:
        pass
    return outgoing.read()


class Reading(unittest.TestCase):
    def setUp(self):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256:AES256-SHA")
        self.context.set_alpn_protocols(["x-amzn-mqtt-ca", "mqtt"])
        self.data = hello_of(self.context)

    def test_name_protocols_versions_and_suites(self):
        hello = read_client_hello(self.data)
        self.assertEqual("host.example", hello.server_name)
        self.assertEqual(["x-amzn-mqtt-ca", "mqtt"], hello.alpn)
        self.assertEqual(["TLSv1.3", "TLSv1.2"], hello.versions)
        # Without 0x00ff, which is no suite.
        self.assertEqual([0x1302, 0x1303, 0x1301, 0xC02B, 0x0035], hello.suites)

    def test_an_old_client_has_one_version_and_may_send_no_name(self):
        self.context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.context.check_hostname = False
        hello = read_client_hello(hello_of(self.context, None))
        self.assertEqual((["TLSv1.2"], None), (hello.versions, hello.server_name))

    def test_every_begin_needs_more_bytes(self):
        for end in range(len(self.data)):
            self.assertIsNone(read_client_hello(self.data[:end]), end)

    def test_it_may_come_in_several_records(self):
        body = self.data[5:]
        cut = b"".join(b"\x16\x03\x01" + len(part).to_bytes(2, "big") + part
                       for part in (body[:1], body[1:50], body[50:]))
        self.assertEqual(read_client_hello(self.data), read_client_hello(cut))

    def test_what_is_none_is_refused(self):
        for name, data in (("http", b"GET / HTTP/1.1\r\n\r\n"), ("alert", b"\x15\x03\x01\x00\x02\x02\x28"),
                           ("server hello", self.data[:5] + b"\x02" + self.data[6:]),
                           ("suites beyond the end",
                            self.data[:5] + b"\x01\x00\x00\x27" + self.data[9:46] + b"\xff\xff")):
            with self.subTest(name), self.assertRaises(ValueError):
                read_client_hello(data)

    def test_grease_is_known(self):
        self.assertTrue(is_grease(0x0A0A) and is_grease(0xFAFA))
        self.assertFalse(is_grease(0x0A1A) or is_grease(0xC02B) or is_grease(0x1302))
        self.assertEqual(21, len(AWS_SUITES))


if __name__ == "__main__":
    unittest.main()
