#!/usr/bin/env python3
"""The sink http and servers that refuse, break off, never end or lie: each with its verdict and its message."""
import json
import unittest

import harness
import http_lab
from test_http import answer_all, delivered, flow, numbers_of

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Fault(http_lab.HttpTest):
    def over_tls(self, port, more="", **options):
        return self.gateway(flow(f"https://localhost:{port}/in", f"tls: {self.tls()}, timeout: 1s{', ' + more if more else ''}", **options))

    def trouble(self, gateway):
        """The text of the first trouble."""
        return gateway.wait_for_line("backing off: ").split("backing off: ")[1].split("; next try in")[0]

    def expect_trouble(self, behaviour, expected, more="", may_have_arrived=True, **options):
        """Of a server that behaves like this, and then, once the message was read, does what it should."""
        behave = [behaviour]
        server = self.scripted(lambda peer: behave[0](peer))
        gateway = self.over_tls(server.port, more, rate=0, count=5, **options)
        self.assertEqual(expected.format(at=f"localhost:{server.port}"), self.trouble(gateway))
        answered = http_lab.threading.Event()
        def answer(peer):
            peer.read_request()
            peer.send(OK)
            answered.set()
            peer.ended.wait(30)
        behave[0] = answer
        gateway.wait_until(answered.is_set, "the request to come again")
        gateway.wait_for_line("all 5 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(5), gateway.ledger("all -> out"))
        doubtful = [line for line in gateway.lines() if "possible duplicates" in line]
        self.assertEqual(may_have_arrived, bool(doubtful), gateway.said())
        return gateway


def after_request(*answer):
    """Reads a request, sends this, and leaves the connection open."""
    def behave(peer):
        peer.read_request()
        for each in answer:
            peer.send(each)
        peer.ended.wait(30)
    return behave


class BrokenOff(Fault):
    def test_no_answer(self):
        self.expect_trouble(after_request(), "{at} has not answered within 1 s; it is overloaded, or the connection is dead")

    def test_an_answer_that_drips(self):
        def drip(peer):
            peer.read_request()
            for byte in b"HTTP/1.1 200 OK\r\nX-Long: " + 1000 * b"x":
                peer.send(bytes([byte]))
                if peer.ended.wait(0.1):
                    return
        self.expect_trouble(drip, "{at} has not answered within 1 s; it is overloaded, or the connection is dead")

    def test_a_body_that_drips_behind_a_good_status_is_an_unknown_outcome(self):
        def drip(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
            while not peer.ended.wait(0.1):
                peer.send(b"x")
        self.expect_trouble(drip, "{at} has not answered within 1 s; it is overloaded, or the connection is dead")

    def test_a_body_that_drips_behind_a_refusal_leaves_no_doubt(self):
        def drip(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 500 X\r\nContent-Length: 1000\r\n\r\nbusy")
            while not peer.ended.wait(0.1):
                peer.send(b" ")
        self.expect_trouble(drip, "{at} answers 500 Internal Server Error to POST /in (it says: busy)", may_have_arrived=False)

    def test_garbage(self):
        self.expect_trouble(after_request(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"), "{at} does not answer in HTTP (bad version); is 'url' right?")

    def test_garbage_without_an_end(self):
        def babble(peer):
            peer.read_request()
            while True:
                peer.send(b"HTTP/1.1 200 OK\r\nX: " + 8192 * b"x")
        self.expect_trouble(babble, "{at} answers with a header of more than 16 KiB")

    def test_interim_answers_without_an_end(self):
        def promise(peer):
            peer.read_request()
            while True:
                peer.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        self.expect_trouble(promise, "{at} does not answer in HTTP/1.1: 100 came instead")

    def test_tls_closed_instead_of_an_answer(self):
        self.expect_trouble(lambda peer: peer.read_request(), "{at} closed the connection instead of an answer")

    def test_tls_closed_half_way(self):
        def close(peer):
            peer.read_request()
            peer.send(b"HTTP/1.1 200 OK\r\nContent-Le")
        self.expect_trouble(close, "{at} closed the connection in the middle of its answer")

    def test_reset_instead_of_an_answer(self):
        def reset(peer):
            peer.read_request()
            peer.reset()
        self.expect_trouble(reset, "{at} broke the connection off (Connection reset by peer) instead of an answer")

    def test_closed_before_there_was_a_connection(self):
        server = self.scripted(lambda peer: peer.socket.recv(65536), pki=None)
        gateway = self.over_tls(server.port, rate=0, count=5)
        self.assertEqual(f"localhost:{server.port} closes the connection during the TLS handshake; is 'url' right?", self.trouble(gateway))
        gateway.stop()
        self.assertNotIn("possible duplicates", gateway.said())

    def test_reset_in_the_middle_of_the_request(self):
        def reset(peer):
            peer.socket.recv(1000)
            peer.reset()
        server = self.scripted(reset)
        server.socket.setsockopt(http_lab.socket.SOL_SOCKET, http_lab.socket.SO_RCVBUF, 8192)
        # More than the system takes off a program's hands.
        many = "{max_samples: 100000, max_bytes: 60MiB, max_wait: 5s}"
        gateway = self.gateway(flow(f"https://localhost:{server.port}/in", f"tls: {self.tls()}, message_max_size: 64MiB, samples_per_message: 100000, "
                                    f"batch: {many}", rate=0, count=100000).replace("fields: 1", "fields: 16").replace(", fields: [sequence]", ""))
        self.assertRegex(self.trouble(gateway), rf"^localhost:{server.port} (broke the connection off \(.*\)|closed the connection) before it had the whole "
                         "request$")


class EndlessBody(Fault):
    def endless(self, head):
        def behave(peer):
            peer.read_request()
            peer.send(head)
            try:
                while True:
                    peer.send(8192 * b"x")
            except OSError:
                return
        return behave

    def test_behind_a_good_status_is_not_read_and_the_status_counts(self):
        server = self.scripted(self.endless(b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n"))
        gateway = self.over_tls(server.port, rate=0, count=5)
        gateway.wait_for_line("all 5 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(5), gateway.ledger("all -> out"))

    def test_behind_a_refusal_is_shown_by_its_beginning(self):
        self.expect_trouble(self.endless(b"HTTP/1.1 500 X\r\n\r\n"),
                            "{at} answers 500 Internal Server Error to POST /in (it says: " + 200 * "x" + "...)", "response_max_size: 8KiB",
                            may_have_arrived=False)


class Answers(Fault):
    def expect_answer(self, answer, expected, more=""):
        def behave(peer):
            peer.read_request()
            peer.send(answer)
        return self.expect_trouble(behave, expected, more, may_have_arrived=False)

    def test_503(self):
        self.expect_answer(b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nbusy\n",
                           "{at} answers 503 Service Unavailable to POST /in (it says: busy)")

    def test_429_waits_as_long_as_it_says(self):
        receiver = self.receiver(lambda request: (429, {"Retry-After": "3"}, b"") if len(receiver.requests()) == 0 else 204)
        gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/in", "allow_plain: true", rate=0, count=5))
        line = gateway.wait_for_line("backing off")
        self.assertRegex(line, rf"127.0.0.1:{receiver.port} answers 429 Too Many Requests to POST /in; next try in 3(\.\d+)? ?s")
        receiver.wait_for(2, otherwise=gateway.said)
        self.assertEqual(list(range(5)), numbers_of(receiver.requests()[1:]))

    def test_401_is_paused_with_an_alarm(self):
        receiver = self.receiver(lambda request: 401)
        gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/in", "allow_plain: true, bearer_token: abcdefgh", count=5).replace("max: 200ms", "max: 60s"))
        self.assertIn(f"paused, nothing is lost: 127.0.0.1:{receiver.port} answers 401 Unauthorized to POST /in; correct 'username' and 'password', "
                      "'bearer_token' or tls.certificate", gateway.wait_for_line("paused, nothing is lost"))
        gateway.wait_for_line(r"backing off: .*; next try in (3|4|5|60)\d?")
        self.assertEqual(1, len(receiver.requests()))

    def test_a_secret_that_the_server_repeats_is_not_shown(self):
        long_text = 190 * b"-"  # so that the secret is where the message is cut
        for option in ("bearer_token: abcdefghijkl", "username: gw, password: abcdefghijkl", "headers: {X-Api-Key: abcdefghijkl}"):
            for before, shown in ((b"bad token ", "(it says: bad token ...)"), (long_text, "...)")):
                with self.subTest(option=option, before=before):
                    receiver = self.receiver(lambda request, before=before: (401, {}, before + b"abcdefghijkl"))
                    gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/in", f"allow_plain: true, {option}", count=5))
                    self.assertIn(shown, gateway.wait_for_line("paused, nothing is lost"))
                    self.assertNotIn("abcd", gateway.said())
                    gateway.stop()

    def test_a_redirect_is_not_followed(self):
        other = self.receiver()
        receiver = self.receiver(lambda request: (301, {"Location": f"http://127.0.0.1:{other.port}/x"}, b""))
        gateway = self.gateway(flow(f"http://127.0.0.1:{receiver.port}/in", "allow_plain: true", count=5))
        self.assertIn(f"127.0.0.1:{receiver.port} answers 301 Moved Permanently to POST /in and points to http://127.0.0.1:{other.port}/x; redirects are "
                      "not followed: correct 'url'", gateway.wait_for_line("paused, nothing is lost"))
        self.assertEqual([], other.requests())


DURABLE = """
spool: {{path: spool}}
sources:
  numbers: {{plugin: generate, rate: 0, fields: 1, count: {count}}}
pipelines:
  all: {{from: [numbers], to: [out], buffer: {{type: disk, commit: always, when_full: block}}}}
sinks:
  out: {{plugin: http, url: "{url}", allow_plain: true, retry: {{min: 50ms, max: 200ms}},
        encoding: {{type: json, array: always, layout: flat, time: none, name: none, tags: none, fields: [sequence]}}{more}}}
"""


class Rejected(Fault):
    def test_of_a_refused_batch_only_the_guilty_sample_goes_to_the_dead_letters(self):
        def judge(request):
            numbers = [one["sequence"] for one in json.loads(request.body)]
            return (400, {}, b"17 is not allowed") if 17 in numbers else 204
        receiver = self.receiver(judge)
        gateway = self.gateway(DURABLE.format(url=f"http://127.0.0.1:{receiver.port}/in", count=100, more=""))
        line = gateway.wait_for_line("dead letters")
        self.assertIn(f"1 of 100 samples was rejected and goes to the dead letters: 127.0.0.1:{receiver.port} answers 400 Bad Request to POST /in "
                      "(it says: 17 is not allowed)", line)
        gateway.wait_for_line("all 100 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual({"accepted": 100, "delivered": 99, "discarded": 1, "waiting": 0}, gateway.ledger("all -> out"))
        taken = [one for each in receiver.requests() for one in [[x["sequence"] for x in json.loads(each.body)]] if 17 not in one]
        self.assertEqual([number for number in range(100) if number != 17], sorted(sum(taken, [])))

    def test_a_request_that_is_too_large_for_the_server_is_halved_until_it_fits(self):
        receiver = self.receiver(lambda request: 413 if len(request.body) > 500 else 204)
        gateway = self.gateway(DURABLE.format(url=f"http://127.0.0.1:{receiver.port}/in", count=100, more=""))
        gateway.wait_for_line("all 100 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(100), gateway.ledger("all -> out"))
        self.assertEqual(list(range(100)), numbers_of([each for each in receiver.requests() if len(each.body) <= 500]))

    def test_a_path_that_is_forbidden_does_not_stop_the_others(self):
        receiver = self.receiver(lambda request: 403 if request.path == "/in/cpu" else 204)
        gateway = self.gateway(f"""
sources:
  cpu: {{plugin: cpu, interval: 100ms}}
  memory: {{plugin: memory, interval: 100ms}}
pipelines:
  all: {{from: [cpu, memory], to: [out]}}
sinks:
  out: {{plugin: http, url: "http://127.0.0.1:{receiver.port}/in/{{name}}", allow_plain: true, retry: {{min: 50ms, max: 200ms}}}}
""")
        self.assertIn(f"127.0.0.1:{receiver.port} answers 403 Forbidden to POST /in/cpu; allow this client to write there", gateway.wait_for_line("rejected"))
        gateway.wait_until(lambda: sum(each.path == "/in/memory" for each in receiver.requests()) > 3, "the other path")


class Peers(Fault):
    """Nothing is sent to a server that cannot prove who it is."""

    def expect_no_request(self, server, expected, more="", url=None):
        gateway = self.gateway(flow(url or f"https://localhost:{server.port}/in", f"tls: {self.tls()}{more}"))
        self.assertIn(expected.format(at=f"localhost:{server.port}"), self.trouble(gateway))
        gateway.wait_until(lambda: server.connections >= 3, "three tries")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(0, server.bytes_received)

    def reader(self):
        return lambda peer: peer.read_request()

    def test_of_another_ca(self):
        other = http_lab.Pki(self.folder / "other", "Nobody")
        other.sign("server")
        server = self.closed_at_the_end(http_lab.ScriptedServer(self.reader(), other, client_ca=False))
        self.expect_no_request(server, "the certificate of {at} is signed by 'CN=Nobody,O=Tidegate tests', which is not in tls.ca "
                               f"{self.folder}/pki/ca.pem; put it there")

    def test_for_another_name(self):
        self.pki.sign("other", "DNS:a.example,DNS:*.b.example")
        self.expect_no_request(self.scripted(self.reader(), server="other"),
                               "the certificate of {at} is for a.example, *.b.example, not for localhost; correct 'url', or the certificate there")

    def test_that_has_expired(self):
        self.pki.sign("old", days=-1)
        self.expect_no_request(self.scripted(self.reader(), server="old"), "the certificate of {at} expired at ")

    def test_that_is_signed_by_a_ca_that_has_expired(self):
        self.pki.expire()
        at = r"localhost:\d+"
        whose, clock = f"the certificate of {at} is signed by 'CN=ca,O=Tidegate tests', which", r"\(the clock here says \d{4}-\d\d-\d\d\)"
        gateway = self.gateway(flow(f"https://localhost:{self.scripted(self.reader(), client_ca=False).port}/in", f"tls: {self.tls()}"))
        self.assertRegex(self.trouble(gateway), rf"^{whose} has expired {clock}; put its successor into tls.ca {self.folder}/pki/ca.pem, or set the clock here$")
        with open(self.pki.path("server.pem"), "a", encoding="ascii") as chain:
            chain.write(self.pki.path("ca.pem").read_text())
        gateway = self.gateway(flow(f"https://localhost:{self.scripted(self.reader()).port}/in", f"tls: {self.tls()}"))
        self.assertRegex(self.trouble(gateway), rf"^{whose} expired at .* UTC {clock}; renew it there, or set the clock here$")

    def test_without_tls(self):
        def answer(peer):
            peer.socket.recv(1000)
            peer.send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        server = self.scripted(answer, pki=None)
        gateway = self.gateway(flow(f"https://localhost:{server.port}/in", f"tls: {self.tls()}"))
        self.assertEqual(f"localhost:{server.port} does not speak TLS; correct 'url'", self.trouble(gateway))

    def test_that_does_not_answer_the_handshake(self):
        server = self.scripted(lambda peer: peer.ended.wait(30), pki=None)
        gateway = self.gateway(flow(f"https://localhost:{server.port}/in", f"tls: {self.tls()}, connect_timeout: 500ms"))
        self.assertEqual(f"localhost:{server.port} takes the connection but does not answer the TLS handshake within 1 s; does it speak TLS on this port?",
                         self.trouble(gateway))


class OwnCertificate(Fault):
    def expect(self, server_port, expected, tls):
        gateway = self.gateway(flow(f"https://localhost:{server_port}/in", f"tls: {tls}"))
        self.assertEqual(expected.format(at=f"localhost:{server_port}"), self.trouble(gateway))

    def test_none_where_nginx_wants_one(self):
        front = self.front(self.receiver())
        self.expect(front.port, "{at} wants a client certificate; give tls.certificate and tls.key", "{ca: pki/ca.pem}")

    def test_none_where_the_handshake_needs_one(self):
        self.expect(self.scripted(answer_all(OK)).port, "{at} wants a client certificate; give tls.certificate and tls.key", "{ca: pki/ca.pem}")

    def stranger(self):
        other = http_lab.Pki(self.folder / "other", "Nobody")
        other.sign("PC-0001")
        return self.tls(certificate="other/PC-0001.pem", key="other/PC-0001.key")

    def test_one_that_nginx_does_not_know(self):
        self.expect(self.front(self.receiver()).port, "{at} refuses the client certificate tls.certificate " + f"{self.folder}/other/PC-0001.pem; "
                    "is it signed by a CA that is trusted there, and neither expired nor revoked?", self.stranger())

    def test_one_that_the_handshake_does_not_know(self):
        self.expect(self.scripted(answer_all(OK)).port, "{at} refuses the client certificate tls.certificate " + f"{self.folder}/other/PC-0001.pem "
                    "(TLS alert 'unknown CA'); it does not know who signed it: register that CA there, or give one that it knows", self.stranger())

    def test_one_that_has_expired(self):
        self.pki.sign("old", days=-1)
        gateway = self.gateway(flow("https://localhost:1/in", f"tls: {self.tls(certificate='pki/old.pem', key='pki/old.key')}"))
        self.assertRegex(self.trouble(gateway), rf"^tls.certificate {self.folder}/pki/old.pem expired at .*: get a new certificate$")


class Proxy(Fault):
    def proxied(self, answer, seen):
        """A proxy that connects to where it is asked, if `answer` is good."""
        def tunnel(peer):
            head = b""
            while b"\r\n\r\n" not in head:
                head += peer.socket.recv(1000)
            seen.append(head)
            peer.send(answer)
            if b" 200 " not in answer:
                return
            host, port = head.split(b" ")[1].rsplit(b":", 1)
            with http_lab.socket.create_connection((host.decode().strip("[]"), int(port))) as beyond:
                def back():
                    try:
                        while data := beyond.recv(65536):
                            peer.send(data)
                    except OSError:
                        pass
                thread = http_lab.threading.Thread(target=back, daemon=True)
                thread.start()
                while data := peer.socket.recv(65536):
                    beyond.sendall(data)
        return self.scripted(tunnel, pki=None)

    def test_tls_goes_through_it(self):
        receiver = self.receiver()
        front = self.front(receiver)
        seen = []
        proxy = self.proxied(b"HTTP/1.1 200 Connection established\r\n\r\n", seen)
        gateway = self.over_tls(front.port, f"proxy: {{endpoint: 127.0.0.1, port: {proxy.port}, username: gw, password: pass}}", rate=0, count=5)
        gateway.wait_for_line("all 5 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(5)), numbers_of(receiver.requests()))
        self.assertEqual([f"CONNECT localhost:{front.port} HTTP/1.1\r\nHost: localhost:{front.port}\r\n"
                          "Proxy-Authorization: Basic Z3c6cGFzcw==\r\n\r\n"], [each.decode() for each in seen])

    def test_it_refuses(self):
        proxy = self.proxied(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n", [])
        gateway = self.over_tls(9, f"proxy: {{endpoint: 127.0.0.1, port: {proxy.port}}}")
        self.assertEqual(f"the proxy 127.0.0.1:{proxy.port} does not connect to localhost:9: 407 Proxy Authentication Required; give proxy.username "
                         "and proxy.password", self.trouble(gateway))

    def test_it_is_not_there(self):
        port = http_lab.free_port()
        gateway = self.over_tls(9, f"proxy: {{endpoint: 127.0.0.1, port: {port}}}")
        self.assertEqual(f"127.0.0.1:{port} refuses connections; is the proxy running, and is 'proxy.port' right?", self.trouble(gateway))


if __name__ == "__main__":
    unittest.main()
