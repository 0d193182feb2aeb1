"""Real servers for the tests of this folder, on free ports of 127.0.0.1.

    receiver = http_lab.Receiver()                    # plain HTTP; keeps what it was sent before it answers
    front = http_lab.Front(folder, pki, receiver)     # nginx before it, with TLS and client certificates
    server = http_lab.ScriptedServer(pki, behaviour)  # TLS by hand: what no server should do

Each has close(). Whoever waits does so with a deadline, by harness.wait_until.
"""
import http.server
import os
import socket
import ssl
import threading

import harness
from mqtt_lab import Pki, Server, free_port  # noqa: F401


class Request:
    def __init__(self, method, path, headers, body):
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body


class Receiver:
    """Answers with what `answer` makes of a Request: a status, or (status, headers, body). `keep`: requests() has them."""

    def __init__(self, answer=lambda request: 204, keep=True, port=0, address="127.0.0.1"):
        self.answer = answer
        self.keep = keep
        self._changed = threading.RLock()
        self._requests = []
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_any(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver._reply(self, Request(self.command, self.path, self.headers, body))

            do_POST = do_PUT = do_PATCH = handle_any

            def log_message(self, *_):
                pass

        class Threaded(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 128

            def handle_error(self, *_):
                pass

        self.server = Threaded((address, port), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def _reply(self, handler, request):
        with self._changed:
            answer = self.answer(request)
            if self.keep:
                self._requests.append(request)
        status, headers, body = answer if isinstance(answer, tuple) else (answer, {}, b"")
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        if status != 204:
            handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    def requests(self):
        with self._changed:
            return list(self._requests)

    def wait_for(self, count, deadline=20.0, otherwise=lambda: ""):
        harness.wait_until(lambda: len(self.requests()) >= count, f"{count} requests", deadline,
                           lambda: f"{len(self.requests())} came\n{otherwise()}")
        return self.requests()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


FRONT = """daemon off;
worker_processes 1;
pid {folder}/{name}.pid;
error_log stderr info;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/{name}-bodies;
  proxy_temp_path {folder}/{name}-proxied;
  fastcgi_temp_path {folder}/{name}-fastcgi;
  uwsgi_temp_path {folder}/{name}-uwsgi;
  scgi_temp_path {folder}/{name}-scgi;
  client_max_body_size {body_max};
  upstream receiver {{ server 127.0.0.1:{receiver}; keepalive 16; }}
  server {{
    listen 127.0.0.1:{port} ssl;
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_client_certificate {ca};
    ssl_verify_client on;
    ssl_protocols {protocols};
    {more}
    location / {{
      {location}
      proxy_pass http://receiver;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $http_host;
      proxy_set_header X-Client $ssl_client_s_dn;
    }}
  }}
}}
"""


def run_nginx(folder, name, ports):
    return Server(["nginx", "-c", str(folder / f"{name}.conf"), "-e", "stderr"], folder, name, ports)


class Front:
    """May be stopped and started again on the same port, with another `location`."""

    def __init__(self, folder, pki, receiver, server="server", name="front", protocols="TLSv1.2 TLSv1.3", more="",
                 body_max="64m", port=None):
        self.folder, self.name = folder, name
        self.port = port or free_port()
        self.parts = {"folder": folder, "name": name, "port": self.port, "receiver": receiver.port, "more": more,
                      "certificate": pki.path(server + ".pem"), "key": pki.path(server + ".key"),
                      "ca": pki.path(pki.name + ".pem"), "protocols": protocols, "body_max": body_max}
        self.start()

    def start(self, location=""):
        user = "user root;\n" if os.geteuid() == 0 else ""
        (self.folder / f"{self.name}.conf").write_text(user + FRONT.format(location=location, **self.parts))
        self.server = run_nginx(self.folder, self.name, [self.port])

    def stop(self):
        """At once, with all its connections."""
        self.server.process.terminate()
        self.server.process.wait(10)

    def close(self):
        if self.server.process.poll() is None:
            self.stop()


class Link:
    """Carries what goes to a port, until it is told to break the connection off in the middle of it."""

    def __init__(self, port, address="127.0.0.1", own_port=0):
        self.beyond = port
        self.bytes_left = None  # until it breaks off; None: never
        self.broken = 0
        self.connections = 0
        self._lock = threading.Lock()
        self.socket = socket.socket()
        self.socket.bind((address, own_port))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def break_after(self, count):
        """Bytes from the client."""
        with self._lock:
            self.bytes_left = count

    def _serve(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            try:
                far = socket.create_connection(("127.0.0.1", self.beyond))
            except OSError:
                near.close()
                continue
            for carry in (self._forth, self._back):
                threading.Thread(target=carry, args=(near, far), daemon=True).start()

    def _forth(self, near, far):
        try:
            while data := near.recv(4096):
                with self._lock:
                    breaks = self.bytes_left is not None and self.bytes_left <= len(data)
                    if breaks:
                        data, self.bytes_left = data[:self.bytes_left], None
                        self.broken += 1
                    elif self.bytes_left is not None:
                        self.bytes_left -= len(data)
                far.sendall(data)
                if breaks:
                    near.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
                    break
        except OSError:
            pass
        # The other thread waits on them: close() alone would not wake it, and RST comes with the last reference.
        for each in (far, near):
            try:
                each.shutdown(socket.SHUT_RD if each is near else socket.SHUT_RDWR)
            except OSError:
                pass
            each.close()

    @staticmethod
    def _back(near, far):
        try:
            while data := far.recv(65536):
                near.sendall(data)
        except OSError:
            pass
        for each in (near, far):
            try:
                each.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.socket.close()


class Peer:
    """A connection of a ScriptedServer."""

    def __init__(self, socket_, server):
        self.socket = socket_
        self.server = server
        self.ended = server.ended  # an event: the test is over
        self.received = b""

    def read_request(self):
        """Head and body; False if the connection ends before."""
        while b"\r\n\r\n" not in self.received:
            if not self._receive():
                return False
        head, _, _ = self.received.partition(b"\r\n\r\n")
        end = len(head) + 4 + next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n")
                                    if line.startswith(b"content-length:")), 0)
        while len(self.received) < end:
            if not self._receive():
                return False
        self.received = self.received[end:]
        self.server.requests += 1
        return True

    def _receive(self):
        try:
            more = self.socket.recv(1 << 20)
        except OSError:
            return False
        self.received += more
        return bool(more)

    def send(self, data):
        self.socket.sendall(data)

    def reset(self):
        """Ends the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
        self.socket.close()


class ScriptedServer:
    """Takes connections, each on a thread of its own, and does with a Peer what `behaviour` says. Without `pki`, plain TCP."""

    def __init__(self, behaviour, pki=None, server="server", family=socket.AF_INET, port=0, client_ca=True):
        self.behaviour = behaviour
        self.context = None
        if pki:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(pki.path(server + ".pem"), pki.path(server + ".key"))
            if client_ca:
                self.context.load_verify_locations(pki.path(pki.name + ".pem"))
                self.context.verify_mode = ssl.CERT_REQUIRED
        self.socket = socket.socket(family)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", port))
        self.socket.listen(16)
        self.port = self.socket.getsockname()[1]
        self.connections = 0
        self.requests = 0  # that were read as a whole
        self.bytes_received = 0  # inside TLS
        self.ended = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                raw, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._run, args=(raw,), daemon=True).start()

    def _run(self, raw):
        try:
            made = self.context.wrap_socket(raw, server_side=True) if self.context else raw
        except OSError:
            raw.close()
            return
        peer = Peer(made, self)
        try:
            self.behaviour(peer)
        except OSError:
            pass
        finally:
            self.bytes_received += len(peer.received)
            try:
                made.close()
            except OSError:
                pass

    def close(self):
        self.ended.set()
        self.socket.close()


class HttpTest(harness.SystemTest):
    """With a CA, a server's certificate, and a device's."""

    def setUp(self):
        super().setUp()
        self.pki = Pki(self.folder / "pki")
        self.pki.sign("server")
        self.pki.sign("PC-0001")

    def receiver(self, *arguments, **options):
        return self.closed_at_the_end(Receiver(*arguments, **options))

    def front(self, receiver, **options):
        return self.closed_at_the_end(Front(self.folder, self.pki, receiver, **options))

    def scripted(self, behaviour, pki=True, **options):
        return self.closed_at_the_end(ScriptedServer(behaviour, self.pki if pki is True else pki, **options))

    def closed_at_the_end(self, made):
        self.addCleanup(made.close)
        return made

    def tls(self, **changes):
        """The option `tls` as YAML."""
        given = {"ca": "pki/ca.pem", "certificate": "pki/PC-0001.pem", "key": "pki/PC-0001.key", **changes}
        return "{" + ", ".join(f"{name}: {value}" for name, value in given.items() if value) + "}"
