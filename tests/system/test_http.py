#!/usr/bin/env python3
"""The sink http against real servers: what arrives, and what survives an outage. test_http_faults.py has its trouble."""
import ctypes
import gzip
import json
import os
import subprocess
import unittest

import harness
import http_lab

FLOW = """
gateway: {{id: PC-0001, tags: {{site: tokyo-1}}, shutdown_timeout: 5s}}
sources:
  numbers: {{plugin: generate, rate: {rate}, fields: 1, count: {count}}}
pipelines:
  all: {{from: [numbers], to: [out], buffer: {{when_full: block}}}}
sinks:
  out: {{plugin: http, url: "{url}", retry: {{min: 50ms, max: 200ms}},
        encoding: {{type: json, array: always, layout: flat, time: none, name: none, tags: none, fields: [sequence]}}{more}}}
"""


def flow(url, more="", rate=50, count=0):
    return FLOW.format(url=url, more=", " + more if more else "", rate=rate, count=count)


def numbers_of(requests, unpack=lambda body: body):
    """All sequence numbers, in the order of their arrival."""
    return [one["sequence"] for each in requests for one in json.loads(unpack(each.body))]


def unpack_zstd(body):
    library = ctypes.CDLL("libzstd.so.1")
    library.ZSTD_decompress.restype = ctypes.c_size_t
    into = ctypes.create_string_buffer(1 << 20)
    size = library.ZSTD_decompress(into, ctypes.c_size_t(len(into)), body, ctypes.c_size_t(len(body)))
    return into.raw[:size]


def delivered(count):
    return {"accepted": count, "delivered": count, "discarded": 0, "waiting": 0}


class Arriving(http_lab.HttpTest):
    def run_to_the_end(self, gateway, count=100):
        gateway.wait_for_line(f"all {count} samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(count), gateway.ledger("all -> out"), gateway.said())

    def test_mutual_tls_with_both_versions_of_tls(self):
        for version in ("TLSv1.2", "TLSv1.3"):
            with self.subTest(version=version):
                receiver = self.receiver()
                front = self.front(receiver, name=version, protocols=version)
                gateway = self.gateway(flow(f"https://localhost:{front.port}/in", f"tls: {self.tls()}", rate=0, count=100))
                self.run_to_the_end(gateway)
                self.assertEqual(list(range(100)), numbers_of(receiver.requests()))
                first = receiver.requests()[0]
                self.assertEqual(("POST", "/in", "application/json", "CN=PC-0001"),
                                 (first.method, first.path, first.headers["Content-Type"], first.headers["X-Client"]))
                front.close()

    def test_path_and_query_have_name_tags_and_the_gateway(self):
        receiver = self.receiver()
        gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/x/{{gateway}}/{{name}}?site={{tags.site}}&none={{tags.none:-a b}}",
                                    "allow_plain: true, method: PUT, headers: {X-Line: '7'}, idempotency_header: Idempotency-Key",
                                    rate=0, count=1))
        self.run_to_the_end(gateway, 1)
        request = receiver.requests()[0]
        self.assertEqual(("PUT", "/x/PC-0001/generate?site=tokyo-1&none=a%20b", "7"),
                         (request.method, request.path, request.headers["X-Line"]))
        self.assertRegex(request.headers["Idempotency-Key"], "^[0-9a-f]{32}$")
        self.assertEqual(f"127.0.0.1:{receiver.port}", request.headers["Host"])

    def test_compressed_bodies(self):
        for how, unpack in (("gzip", gzip.decompress), ("zstd", unpack_zstd)):
            with self.subTest(how=how):
                receiver = self.receiver()
                gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/", f"allow_plain: true, compression: {how}", rate=0, count=100))
                self.run_to_the_end(gateway)
                self.assertEqual(list(range(100)), numbers_of(receiver.requests(), unpack))
                self.assertEqual(how, receiver.requests()[0].headers["Content-Encoding"])

    def test_credentials_of_each_kind(self):
        self.write("token", "first-token\n")
        for more, expected in (("username: gw, password: pass", "Basic Z3c6cGFzcw=="), ("bearer_token: secret-token", "Bearer secret-token"),
                               ("bearer_token_file: token", "Bearer first-token")):
            with self.subTest(more=more):
                receiver = self.receiver()
                gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/", f"allow_plain: true, {more}", rate=0, count=1))
                self.run_to_the_end(gateway, 1)
                self.assertEqual(expected, receiver.requests()[0].headers["Authorization"])

    def test_a_token_that_is_replaced_is_used(self):
        self.write("token", "first-token")
        receiver = self.receiver()
        gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/", "allow_plain: true, bearer_token_file: token"))
        receiver.wait_for(1, otherwise=gateway.said)
        self.write("token.new", "second-token").rename(self.folder / "token")
        gateway.wait_until(lambda: receiver.requests()[-1].headers["Authorization"] == "Bearer second-token", "the new token")

    def test_several_connections_are_used_and_kept(self):
        receiver = self.receiver()
        front = self.front(receiver)
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls()}, max_connections: 4, samples_per_message: 10",
                                    rate=0, count=2000))
        self.run_to_the_end(gateway, 2000)
        self.assertEqual(list(range(2000)), sorted(numbers_of(receiver.requests())))
        self.assertEqual(200, len(receiver.requests()))

    def test_one_connection_keeps_the_order(self):
        receiver = self.receiver()
        front = self.front(receiver)
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls()}, samples_per_message: 10", rate=0, count=2000))
        self.run_to_the_end(gateway, 2000)
        self.assertEqual(list(range(2000)), numbers_of(receiver.requests()))

    def test_a_server_on_ipv6(self):
        receiver = self.scripted(answer_all(), pki=None, family=http_lab.socket.AF_INET6)
        gateway = self.gateway(flow(f"http://[::1]:{receiver.port}/", "allow_plain: true", rate=0, count=10))
        self.run_to_the_end(gateway, 10)

    def test_a_name_with_addresses_of_both_families_reaches_the_one_that_listens(self):
        receiver = self.receiver()  # on 127.0.0.1 only; localhost is ::1 as well
        gateway = self.gateway(flow(f"http://localhost:{receiver.port}/", "allow_plain: true", rate=0, count=10))
        self.run_to_the_end(gateway, 10)

    def test_an_idle_connection_that_the_server_closes_costs_nothing(self):
        receiver = self.receiver()
        front = self.front(receiver, more="keepalive_timeout 1s;")
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls()}", rate=0.6, count=4))
        gateway.wait_for_line("all 4 samples were sent", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(4)), numbers_of(receiver.requests()))
        self.assertFalse([line for line in gateway.lines() if "backing off" in line], gateway.said())

    def test_changed_certificates_are_used_without_a_duplicate(self):
        receiver = self.receiver()
        front = self.front(receiver)
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls()}", rate=20))
        receiver.wait_for(3, otherwise=gateway.said)
        self.pki.sign("PC-0002")
        for kind in ("key", "pem"):
            self.pki.path(f"PC-0002.{kind}").rename(self.pki.path(f"PC-0001.{kind}"))
        gateway.wait_for_line("the files of 'tls' have changed; connecting anew with them")
        gateway.wait_until(lambda: receiver.requests()[-1].headers["X-Client"] == "CN=PC-0002", "the new certificate")
        self.assertEqual(harness.OK, gateway.stop())
        numbers = numbers_of(receiver.requests())
        self.assertEqual(list(range(len(numbers))), numbers)


def answer_all(answer=b"HTTP/1.1 204 No Content\r\n\r\n"):
    def behave(peer):
        while peer.read_request():
            peer.send(answer)
    return behave


class Limits(harness.SystemTest):
    def check(self, more):
        self.write("gateway.yaml", f"""
sources: {{cpu: {{plugin: cpu, interval: 100ms}}}}
pipelines: {{all: {{from: [cpu], to: [out]}}}}
sinks: {{out: {{plugin: http, url: "https://backend.example/in", {more}}}}}
""")
        return self.tidegate("check", "-c", "gateway.yaml")

    def test_are_compared_with_what_comes_in(self):
        done = self.check("samples_per_message: 5, limits: {messages_per_second: 50, bytes_per_second: 512KiB}")
        self.assertEqual(harness.OK, done.returncode, done.stderr)
        self.assertIn("sink out: at about 10 samples/s, at least 2 of 50 messages/s and 2KiB of 512KiB/s are used", done.stdout)
        done = self.check("samples_per_message: 1, limits: {messages_per_second: 10}")
        self.assertIn("warning: sinks.out.limits.messages_per_second: is 10, of which 9 can be used in the long run, but about 10 samples/s come in, a "
                      "message each; put more into one (samples_per_message: 2), or read less often (interval)", done.stderr)


class Token(http_lab.HttpTest):
    """A key in SoftHSM."""

    MODULE = "/usr/lib/softhsm/libsofthsm2.so"

    def setUp(self):
        super().setUp()
        (self.folder / "tokens").mkdir()
        os.environ["SOFTHSM2_CONF"] = str(self.write("softhsm2.conf", f"directories.tokendir = {self.folder}/tokens\n"))
        self.addCleanup(os.environ.pop, "SOFTHSM2_CONF")
        subprocess.run(["openssl", "pkcs8", "-topk8", "-nocrypt", "-in", "pki/PC-0001.key", "-out", "key.pem"], cwd=self.folder, check=True)
        for arguments in (["--init-token", "--free", "--label", "gateway", "--so-pin", "1234", "--pin", "5678"],
                          ["--import", "key.pem", "--token", "gateway", "--label", "key", "--id", "01", "--pin", "5678"]):
            subprocess.run(["softhsm2-util", *arguments], cwd=self.folder, check=True, capture_output=True)

    def tls_with(self, pin):
        return self.tls(key=None, key_uri="'pkcs11:token=gateway;object=key;type=private'", pkcs11_module=self.MODULE, key_passphrase=pin)

    def test_a_key_that_stays_in_its_token(self):
        receiver = self.receiver()
        front = self.front(receiver)
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls_with('5678')}", rate=0, count=100))
        gateway.wait_until(lambda: numbers_of(receiver.requests()) == list(range(100)), "all numbers")
        self.assertEqual("CN=PC-0001", receiver.requests()[0].headers["X-Client"])

    def test_a_wrong_pin(self):
        gateway = self.gateway(flow("https://localhost:9/", f"tls: {self.tls_with('9999')}"))
        self.assertIn("tls.key_uri 'pkcs11:token=gateway;object=key;type=private' leads to no key; is the token there, and tls.key_passphrase its PIN?",
                      gateway.wait_for_line("backing off"))


class Outages(http_lab.HttpTest):
    def test_nothing_is_missing_after_nginx_was_stopped_and_started_again(self):
        receiver = self.receiver()
        front = self.front(receiver)
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls()}", rate=200, count=1000))
        for part in range(3):
            count = len(receiver.requests()) + 5
            receiver.wait_for(count, otherwise=gateway.said)
            front.stop()
            gateway.wait_until(lambda part=part: sum("backing off" in line for line in gateway.lines()) > part, "the trouble")
            front.start()
        gateway.wait_until(lambda: set(numbers_of(receiver.requests())) == set(range(1000)), "all numbers", 60)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(1000), gateway.ledger("all -> out"))

    def test_a_gateway_that_starts_without_its_server_delivers_when_it_comes(self):
        receiver = self.receiver()
        front = self.front(receiver)
        front.stop()
        gateway = self.gateway(flow(f"https://localhost:{front.port}/", f"tls: {self.tls()}", count=50))
        line = gateway.wait_for_line("backing off")
        self.assertIn(f"localhost:{front.port} refuses connections; is the server running, and is 'url' right?", line)
        front.start()
        gateway.wait_until(lambda: numbers_of(receiver.requests()) == list(range(50)), "all numbers")


if __name__ == "__main__":
    unittest.main()
