"""Real brokers for the tests of this folder, on free ports of 127.0.0.1.

    pki = mqtt_lab.Pki(folder)                       # a CA, and what it signs
    broker = mqtt_lab.Mosquitto(folder, pki)         # listeners: broker.tls (client certificates), broker.plain
    heard = mqtt_lab.Subscriber(broker.plain)        # everything that is published, as it comes

Each has close(). Whoever waits does so with a deadline, by harness.wait_until.
"""
import os
import socket
import subprocess
import threading

import paho.mqtt.client as mqtt

import harness


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def listens(port, address="127.0.0.1"):
    with socket.socket() as tried:
        tried.settimeout(1)
        return tried.connect_ex((address, port)) == 0


class Pki:
    """Certificates by openssl. NAME.pem and NAME.key lie in the folder; keys are readable by the owner alone."""

    def __init__(self, folder, name="ca"):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "90",
                      "-subj", f"/O=Tidegate tests/CN={name}", "-keyout", f"{name}.key", "-out", f"{name}.pem")

    def path(self, file):
        return self.folder / file

    def _openssl(self, *arguments):
        done = subprocess.run(["openssl", *arguments], cwd=self.folder, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"openssl {' '.join(arguments)}: {done.stderr}")

    def sign(self, name, names="DNS:localhost,IP:127.0.0.1", days=90):
        self._openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", f"{name}.key")
        self.path(f"{name}.key").chmod(0o600)
        self._openssl("req", "-new", "-key", f"{name}.key", "-subj", f"/CN={name}", "-out", f"{name}.csr")
        self.path(f"{name}.ext").write_text(f"subjectAltName={names}\n")
        self._openssl("x509", "-req", "-in", f"{name}.csr", "-CA", f"{self.name}.pem", "-CAkey", f"{self.name}.key",
                      "-CAcreateserial", "-days", str(days), "-extfile", f"{name}.ext", "-out", f"{name}.pem")

    def expire(self):
        """The CA, which has the same key and name as before."""
        self.path("expired.ext").write_text("basicConstraints=critical,CA:TRUE\n")
        self._openssl("req", "-new", "-key", f"{self.name}.key", "-subj", f"/O=Tidegate tests/CN={self.name}", "-out", "expired.csr")
        self._openssl("x509", "-req", "-in", "expired.csr", "-signkey", f"{self.name}.key", "-days", "-1", "-extfile", "expired.ext",
                      "-out", f"{self.name}.pem")

    def encrypt(self, name, passphrase, to):
        self._openssl("pkey", "-in", f"{name}.key", "-aes256", "-passout", f"pass:{passphrase}", "-out", f"{to}.key")
        self.path(f"{to}.key").chmod(0o600)


class Server:
    """A program with ports, started when they answer."""

    def __init__(self, command, folder, name, ports, address="127.0.0.1"):
        self.address = address
        self.log = folder / f"{name}.log"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            harness.wait_until(lambda: self._answers(ports), f"{name} on ports {ports}", otherwise=self.said)
        except AssertionError:
            self.close()
            raise

    def _answers(self, ports):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.process.args[0]} ended with {self.process.returncode}: {self.said()}")
        return all(listens(port, self.address) for port in ports)

    def said(self):
        return self.log.read_text(errors="replace")

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()


class Mosquitto:
    """May be killed and started again on the same ports. `tls` wants client certificates and takes their common name for
    the user; `plain` takes anybody."""

    def __init__(self, folder, pki, server="server", more="", plain_more="allow_anonymous true", address="127.0.0.1",
                 memory="persistence false"):
        self.folder = folder
        self.address = address
        self.tls = free_port()
        self.plain = free_port()
        user = "user root\n" if os.geteuid() == 0 else ""
        (folder / "mosquitto.conf").write_text(f"""{user}per_listener_settings true
{memory}
log_type all
connection_messages true
listener {self.plain} {address}
{plain_more}
listener {self.tls} {address}
cafile {pki.path(pki.name + '.pem')}
certfile {pki.path(server + '.pem')}
keyfile {pki.path(server + '.key')}
require_certificate true
use_identity_as_username true
{more}
""")
        self.start()

    def start(self):
        self.server = Server(["mosquitto", "-c", "mosquitto.conf"], self.folder, "mosquitto", [self.tls, self.plain], self.address)

    def kill(self):
        self.server.close()

    def send(self, number):
        self.server.process.send_signal(number)

    def said(self):
        return self.server.said()

    close = kill


class WebSocketFront:
    """Debian's mosquitto has no WebSocket listener; websockify puts one before it, once it is taught MQTT's name."""

    PROGRAM = ("import websockify.websockifyserver as server, websockify.websocketproxy as proxy; "
               "server.CompatibleWebSocket.select_subprotocol = lambda self, offered: 'mqtt'; "
               "proxy.websockify_init()")

    def __init__(self, folder, broker, pki=None, server="server"):
        self.port = free_port()
        tls = []
        if pki:
            tls = ["--ssl-only", "--cert", str(pki.path(server + ".pem")), "--key", str(pki.path(server + ".key"))]
        self.server = Server(["/usr/bin/python3", "-c", self.PROGRAM, *tls, f"127.0.0.1:{self.port}", f"127.0.0.1:{broker.plain}"], folder, "websockify",
                             [self.port])

    def close(self):
        self.server.close()


class Subscriber:
    """Hears everything; comes back by itself when the broker does."""

    def __init__(self, port, topic="#", qos=2):
        self._changed = threading.Condition()
        self._messages = []
        self._subscribed = threading.Event()
        self.client = mqtt.Client(client_id="subscriber", protocol=mqtt.MQTTv5)
        self.client.on_connect = lambda client, *_: client.subscribe(topic, qos=qos)
        self.client.on_subscribe = lambda *_: self._subscribed.set()
        self.client.on_disconnect = lambda *_: self._subscribed.clear()
        self.client.on_message = self._take
        self.client.reconnect_delay_set(0.05, 0.2)
        self.client.connect_async("127.0.0.1", port, keepalive=30)
        self.client.loop_start()
        self.wait_until_subscribed()

    def wait_until_subscribed(self):
        harness.wait_until(self._subscribed.is_set, "the subscriber")

    def wait_until_gone(self):
        harness.wait_until(lambda: not self._subscribed.is_set(), "the subscriber to notice that the broker is gone")

    def _take(self, _client, _data, message):
        with self._changed:
            self._messages.append(message)
            self._changed.notify_all()

    def messages(self):
        with self._changed:
            return list(self._messages)

    def wait_for(self, count, deadline=20.0, otherwise=lambda: ""):
        harness.wait_until(lambda: len(self.messages()) >= count, f"{count} messages", deadline,
                           lambda: f"{len(self.messages())} came\n{otherwise()}")
        return self.messages()

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


class MqttTest(harness.SystemTest):
    """With a CA, a broker with a server's certificate, and a device's certificate."""

    def setUp(self):
        super().setUp()
        self.pki = Pki(self.folder / "pki")
        self.pki.sign("server")
        self.pki.sign("PC-0001")

    def broker(self, **options):
        return self.closed_at_the_end(Mosquitto(self.folder, self.pki, **options))

    def subscriber(self, broker, topic="#", **options):
        return self.closed_at_the_end(Subscriber(broker.plain, topic, **options))

    def closed_at_the_end(self, made):
        self.addCleanup(made.close)
        return made

    def tls(self, **changes):
        """The option `tls` as YAML."""
        given = {"ca": "pki/ca.pem", "certificate": "pki/PC-0001.pem", "key": "pki/PC-0001.key", **changes}
        return "{" + ", ".join(f"{name}: {value}" for name, value in given.items() if value) + "}"
