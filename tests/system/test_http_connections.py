#!/usr/bin/env python3
"""Connections of the sink http: answers of every form, and ends that a server does not announce. Nothing of this is trouble."""
import select
import socket
import ssl
import unittest

import harness
import http_lab
from test_http import delivered, flow, numbers_of

NO_CONTENT = b"HTTP/1.1 204 No Content\r\n\r\n"


class Connections(http_lab.HttpTest):
    def send_through(self, server, count, url=None, more="", uses_tls=False):
        """A sample a request, all of which arrive at once, without trouble and without doubt."""
        url = url or f"{'https' if uses_tls else 'http'}://localhost:{server.port}/in"
        tls = f"tls: {self.tls()}" if uses_tls else "allow_plain: true"
        gateway = self.gateway(flow(url, f"{tls}, samples_per_message: 1{more}", rate=0, count=count))
        gateway.wait_for_line(f"all {count} samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(count), gateway.ledger("all -> out"), gateway.said())
        self.assertNotIn("backing off", gateway.said())
        self.assertNotIn("possible duplicates", gateway.said())


class Answers(Connections):
    def answering(self, forms):
        """A server that answers with one after the other, and ends the connection where that is the end of the answer."""
        left = list(forms)
        def behave(peer):
            while left and peer.read_request():
                form = left.pop(0)
                peer.send(form)
                if b"Connection: close" in form or form.startswith(b"HTTP/1.0"):
                    return
            peer.ended.wait(30)
        return self.scripted(behave, pki=None)

    def test_of_every_form(self):
        forms = [b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
                 b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + NO_CONTENT,
                 b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n4;of=1\r\nbody\r\n0\r\nX-T: 1\r\n\r\n",
                 b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n",
                 b"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n",
                 b"HTTP/1.1 200 \r\nContent-Length: 4\r\n\r\nbody",
                 b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nuntil the end",
                 b"HTTP/1.0 200 OK\r\n\r\nof old"]
        server = self.answering(forms)
        self.send_through(server, len(forms))
        self.assertEqual(2, server.connections)

    def test_behind_which_more_comes_are_not_the_answer_to_what_is_sent_next(self):
        unasked = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"
        server = self.answering(5 * [unasked])
        self.send_through(server, 5)
        self.assertEqual(5, server.connections)


class EarlyAnswers(Connections):
    def test_to_the_head_of_a_request_keep_the_connection(self):
        """As nginx gives them where it needs no more of it. The body is sent behind it."""
        def behave(peer):
            while True:
                while b"\r\n\r\n" not in peer.received:
                    more = peer.socket.recv(1000)
                    if not more:
                        return
                    peer.received += more
                peer.send(NO_CONTENT)
                # Most of the request is not written yet, so that the gateway has the answer first; a connection that it does
                # not keep is seen to end here.
                waiter = select.poll()
                waiter.register(peer.socket, select.POLLRDHUP)
                if waiter.poll(300) or not peer.read_request():
                    return
        server = self.scripted(behave, pki=None)
        server.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 256 * 1024)  # no more than the buffers is written before it is read
        configuration = flow(f"http://localhost:{server.port}/in", "allow_plain: true, samples_per_message: 8, message_max_size: 10MiB, "
                             "batch: {max_samples: 8, max_bytes: 16MiB, max_wait: 1m}", rate=0, count=16)
        configuration = configuration.replace("plugin: generate,", "plugin: generate, text_size: 1MiB,")
        gateway = self.gateway(configuration.replace("fields: [sequence]", "fields: [sequence, text]"))
        gateway.wait_for_line("all 16 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(16), gateway.ledger("all -> out"), gateway.said())
        harness.wait_until(lambda: server.requests == 2 or server.connections > 1, "the second request")
        self.assertEqual((1, 2), (server.connections, server.requests))


class Ends(Connections):
    def close_with_each_answer(self, peer):
        """Without a word of it, and so that the end comes with the answer."""
        if not peer.read_request():
            return
        peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
        peer.send(NO_CONTENT)
        peer.socket.shutdown(socket.SHUT_WR)
        peer.socket.recv(1)  # until it is seen

    def test_of_a_connection_that_was_used_are_seen_before_a_request_is_given_to_it(self):
        for uses_tls in (False, True):
            with self.subTest(uses_tls=uses_tls):
                server = self.scripted(self.close_with_each_answer, pki=uses_tls)
                self.send_through(server, 20, uses_tls=uses_tls)
                self.assertEqual(20, server.connections)

    def test_of_every_new_connection_are_trouble(self):
        """And not a loop: a connection that nobody has used yet is given a request."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.maximum_version = ssl.TLSVersion.TLSv1_2  # in which the server has the last word
        context.load_cert_chain(self.pki.path("server.pem"), self.pki.path("server.key"))
        def hang_up(peer):
            peer.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
            with context.wrap_socket(peer.socket, server_side=True) as inside:
                inside.shutdown(socket.SHUT_WR)
                inside.recv(1)
        server = self.scripted(hang_up, pki=None)
        gateway = self.gateway(flow(f"https://localhost:{server.port}/in", f"tls: {self.tls()}", rate=0, count=5))
        self.assertRegex(gateway.wait_for_line("backing off"), rf"localhost:{server.port} (closed the connection|broke the connection off)")

    def test_of_a_gateway_that_waits_for_an_answer_leave_a_doubt(self):
        server = self.scripted(lambda peer: peer.read_request() and peer.ended.wait(60), pki=None)
        gateway = self.gateway(flow(f"http://localhost:{server.port}/in", "allow_plain: true", rate=0, count=5).replace("timeout: 5s", "timeout: 1s"))
        gateway.wait_for_line("all 5 samples were sent")
        gateway.wait_until(lambda: server.requests > 0, "the request")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertIn("possible duplicates", gateway.said())

    def test_of_a_gateway_that_had_no_connection_yet_leave_no_doubt(self):
        server = self.scripted(lambda peer: peer.ended.wait(60), pki=None)
        gateway = self.gateway(flow(f"https://localhost:{server.port}/in", f"tls: {self.tls()}", rate=0, count=5).replace("timeout: 5s", "timeout: 1s"))
        gateway.wait_until(lambda: server.connections > 0, "a connection")
        gateway.wait_for_line("all 5 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual({**delivered(5), "delivered": 0, "waiting": 5}, gateway.ledger("all -> out"))
        self.assertNotIn("possible duplicates", gateway.said())


class TooLarge(Connections):
    def test_for_nginx_which_says_so_before_it_has_read_all_of_it(self):
        receiver = self.receiver()
        front = self.front(receiver, body_max="64k")
        gateway = self.gateway(flow(f"https://localhost:{front.port}/in", f"tls: {self.tls()}, samples_per_message: 100000, message_max_size: 16MiB, "
                                    "batch: {max_samples: 100000, max_bytes: 60MiB, max_wait: 2s}", rate=0, count=100000))
        gateway.wait_for_line("all 100000 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(100000), gateway.ledger("all -> out"), gateway.said())
        self.assertTrue(list(range(100000)) == numbers_of(receiver.requests()), gateway.said())


class Ipv6(Connections):
    def test_a_server_and_a_proxy_by_their_addresses(self):
        server = self.scripted(self.answer_all, pki=None, family=socket.AF_INET6)
        heads = []
        def tunnel(peer):
            head = b""
            while b"\r\n\r\n" not in head:
                head += peer.socket.recv(1000)
            heads.append(head.partition(b"\r\n")[0].decode())
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            self.answer_all(peer)
        proxy = self.scripted(tunnel, pki=None, family=socket.AF_INET6)
        self.send_through(server, 5, url=f"http://[::1]:{server.port}/in", more=f", proxy: {{endpoint: '::1', port: {proxy.port}}}")
        self.assertEqual([f"CONNECT [::1]:{server.port} HTTP/1.1"], heads)

    @staticmethod
    def answer_all(peer):
        while peer.read_request():
            peer.send(NO_CONTENT)

    def test_that_refuse(self):
        port = http_lab.free_port()
        for more, expected in (("", f"[::1]:{port} refuses connections; is the server running, and is 'url' right?"),
                               (f", proxy: {{endpoint: '::1', port: {port}}}",
                                f"[::1]:{port} refuses connections; is the proxy running, and is 'proxy.port' right?")):
            gateway = self.gateway(flow(f"http://[::1]:{port}/in", "allow_plain: true" + more))
            self.assertIn(expected, gateway.wait_for_line("backing off"))
            gateway.stop()


if __name__ == "__main__":
    unittest.main()
