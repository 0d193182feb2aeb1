"""A client's link: TCP, or TLS over TCP. Below it is asyncio, above it one Connection.

TLS is driven by hand on memory buffers, because then the ClientHello, the alerts of a handshake that fails and the
moment of each are known, which is half of what this broker is for.

What is sent is collected and written once the present turn of the loop is over, after the journal: so a chunk of
a thousand publishes is answered by one write.
"""
import asyncio
import ssl

import client_hello

READ_BYTES = 256 * 1024


class Link(asyncio.Protocol):
    """Plain TCP. `server` gives `journal`, `next_number()` and `connection(link)`."""

    secure = False

    def __init__(self, server):
        self.server = server
        self.number = server.next_number()
        self.peer = {}  # what TLS knows of the other side
        self.transport = None
        self.connection = None
        self.closed = False
        self._out = bytearray()

    def connection_made(self, transport):
        self.transport = transport
        address = transport.get_extra_info("peername")
        self.server.journal.note("accepted", connection=self.number, address=address[0] if address else None,
                                 port=address[1] if address else None, tls=self.secure)
        self.server.counters["accepted"] += 1
        self.server.links.add(self)
        if self.server.limits.connect_timeout:
            asyncio.get_running_loop().call_later(self.server.limits.connect_timeout, self._impatient)
        self.ready()

    def ready(self):
        """The way for MQTT is open."""
        self.connection = self.server.connection(self)

    def _impatient(self):
        """No CONNECT has come in time."""
        if self.closed or (self.connection and self.connection.level is not None):
            return
        if self.connection:
            self.connection.end("CLIENT_ERROR", None, why="no CONNECT in time")
        else:
            self.transport.abort()

    def data_received(self, data):
        self.connection.data_received(data)

    def connection_lost(self, error):
        self.closed = True
        self.server.links.discard(self)
        if self.connection:
            self.connection.connection_lost(error)
        self.server.journal.flush()

    # ---- For the connection above ----

    def send(self, data):
        if self.closed:
            return
        if not self._out:
            asyncio.get_running_loop().call_soon(self.flush)
        self._out += data

    def flush(self):
        self.server.journal.flush()
        if self._out and not self.closed:
            data = bytes(self._out)
            self._out.clear()
            self.write(data)

    def write(self, data):
        self.transport.write(data)

    def waiting_bytes(self):
        return len(self._out) + self.transport.get_write_buffer_size()

    def close(self):
        """What was sent before still goes out."""
        if not self.closed:
            self.flush()
            self.say_goodbye()
            self.closed = True
            self.transport.close()

    def say_goodbye(self):
        pass

    def forget(self):
        """Closes without a record of what follows from it."""
        if self.connection:
            self.connection.end("SERVER_ERROR", None, why="command reset", will=False)
        self.closed = True
        self.transport.abort()

    def pause(self):
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume(self):
        if not self.transport.is_closing():
            self.transport.resume_reading()


class TlsLink(Link):
    secure = True

    def __init__(self, server, context):
        super().__init__(server)
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=True)
        self._begin = b""  # of the stream, until the ClientHello is read
        self._hello = None
        self._established = False

    def ready(self):
        """Not before the handshake is done."""

    def data_received(self, data):
        self._incoming.write(data)
        try:
            if not self._established:
                self._handshake(data)
            if self._established:
                self._read()
        except ssl.SSLZeroReturnError:
            self.transport.close()
        except ssl.SSLError as error:
            self._failed(error.reason or str(error))

    def _handshake(self, data):
        if self._hello is None:
            self._begin += data
            try:
                self._hello = client_hello.read_client_hello(self._begin)
            except ValueError as error:
                self._failed(str(error))
                return
            if self._hello is not None:
                self.peer.update(server_name=self._hello.server_name, alpn_offered=self._hello.alpn,
                                 versions=self._hello.versions, suites=self._hello.suites)
                if not self.server.serves_name(self._hello.server_name):
                    self._failed(f"no endpoint has the name {self._hello.server_name}")
                    return
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            self._write_out()
            return
        self._write_out()
        self._established = True
        subject = subject_of(self._tls.getpeercert())
        self.peer.update(version=self._tls.version(), cipher=self._tls.cipher()[0],
                         alpn=self._tls.selected_alpn_protocol(), subject=subject,
                         common_name=subject.get("CommonName"))
        self.server.journal.note("tls", connection=self.number, **self.peer)
        self.server.counters["tls"] += 1
        super().ready()

    def _read(self):
        plain = []
        try:
            while True:
                chunk = self._tls.read(READ_BYTES)
                if not chunk:
                    break
                plain.append(chunk)
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.transport.close()
        if plain:
            self.connection.data_received(plain[0] if len(plain) == 1 else b"".join(plain))

    def _failed(self, reason):
        """The alert goes out, if there is one."""
        self._write_out()
        self.closed = True
        self.transport.close()
        if self._established:
            self.server.journal.note("tls_broken", connection=self.number, reason=reason)
        else:
            self._note_failure(reason)

    def _note_failure(self, reason):
        self._established = None
        self.server.counters["tls_failed"] += 1
        self.server.journal.note("tls_failed", connection=self.number, reason=reason,
                                 alert="ALERT" in reason.upper(), **self.peer)

    def forget(self):
        if not self._established:
            self._established = None
        super().forget()

    def connection_lost(self, error):
        if self._established is False:
            self._note_failure("closed during the handshake")
        super().connection_lost(error)

    def _write_out(self):
        data = self._outgoing.read()
        if data and not self.transport.is_closing():
            self.server.journal.flush()
            self.transport.write(data)

    def write(self, data):
        self._tls.write(data)
        self.transport.write(self._outgoing.read())

    def say_goodbye(self):
        if self._established:
            try:
                self._tls.unwrap()
            except ssl.SSLError:
                pass  # it has not heard the other side's goodbye, which nobody waits for
            self.transport.write(self._outgoing.read())


SUBJECT_NAMES = {"commonName": "CommonName", "organizationName": "Organization", "countryName": "Country",
                 "organizationalUnitName": "OrganizationalUnit", "stateOrProvinceName": "State",
                 "localityName": "Locality", "serialNumber": "SerialNumber", "title": "Title"}


def subject_of(certificate):
    """The subject of a certificate by AWS's names of its parts."""
    return {SUBJECT_NAMES.get(name, name): value
            for part in (certificate or {}).get("subject", ()) for name, value in part}
