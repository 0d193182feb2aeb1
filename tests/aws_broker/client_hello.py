"""Reads the ClientHello of TLS: what a client offers before anything is agreed.

Also holds the list of cipher suites that AWS IoT Core accepts.
"""
import dataclasses

# TLS 1.3 first, then TLS 1.2, in the order of AWS's default security policy.
AWS_SUITES_13 = {0x1301: "TLS_AES_128_GCM_SHA256", 0x1302: "TLS_AES_256_GCM_SHA384",
                 0x1303: "TLS_CHACHA20_POLY1305_SHA256"}
AWS_SUITES_12 = {
    0xC02B: "ECDHE-ECDSA-AES128-GCM-SHA256", 0xC02F: "ECDHE-RSA-AES128-GCM-SHA256",
    0xC023: "ECDHE-ECDSA-AES128-SHA256", 0xC027: "ECDHE-RSA-AES128-SHA256",
    0xC009: "ECDHE-ECDSA-AES128-SHA", 0xC013: "ECDHE-RSA-AES128-SHA",
    0xC02C: "ECDHE-ECDSA-AES256-GCM-SHA384", 0xC030: "ECDHE-RSA-AES256-GCM-SHA384",
    0xC024: "ECDHE-ECDSA-AES256-SHA384", 0xC028: "ECDHE-RSA-AES256-SHA384",
    0xC00A: "ECDHE-ECDSA-AES256-SHA", 0xC014: "ECDHE-RSA-AES256-SHA",
    0x009C: "AES128-GCM-SHA256", 0x003C: "AES128-SHA256", 0x002F: "AES128-SHA",
    0x009D: "AES256-GCM-SHA384", 0x003D: "AES256-SHA256", 0x0035: "AES256-SHA",
}
AWS_SUITES = AWS_SUITES_13 | AWS_SUITES_12
# A client of TLS 1.3 alone is as good as one with the two suites that AWS recommends for TLS 1.2.
RECOMMENDED = {0xC02B, 0xC02F} | set(AWS_SUITES_13)
SIGNALS = {0x00FF, 0x5600}  # no suites: renegotiation and fallback markers

VERSIONS = {0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}


@dataclasses.dataclass
class ClientHello:
    suites: list = dataclasses.field(default_factory=list)
    server_name: str | None = None
    alpn: list = dataclasses.field(default_factory=list)
    versions: list = dataclasses.field(default_factory=list)


class Cursor:
    """Reads numbers and blocks; an IndexError says that the bytes have ended."""

    def __init__(self, data):
        self.data = data
        self.position = 0

    def bytes(self, count):
        end = self.position + count
        if end > len(self.data):
            raise IndexError
        taken = self.data[self.position:end]
        self.position = end
        return taken

    def number(self, size):
        return int.from_bytes(self.bytes(size), "big")

    def block(self, length_size):
        return Cursor(self.bytes(self.number(length_size)))

    def ended(self):
        return self.position >= len(self.data)


def handshake_bytes(data):
    """What the records of the handshake at the begin of a stream hold, however they are cut."""
    records = Cursor(data)
    found = b""
    while not records.ended():
        if records.number(1) != 22:
            raise ValueError("no TLS handshake")
        records.number(2)
        length = records.number(2)
        found += records.data[records.position:records.position + length]
        records.position += length
        if len(found) >= 4 and len(found) >= 4 + int.from_bytes(found[1:4], "big"):
            return found
    raise IndexError


def is_grease(number):
    """Values that browsers mix in so that servers learn to ignore what they do not know."""
    return number & 0x0F0F == 0x0A0A and number >> 8 == number & 0xFF


def read_client_hello(data):
    """The ClientHello at the begin of what a client sent; None if more bytes are needed. ValueError if it is none."""
    try:
        message = Cursor(handshake_bytes(bytes(data)))
    except IndexError:
        return None
    if message.number(1) != 1:
        raise ValueError("no ClientHello")
    body = message.block(3)
    try:
        return read_body(body)
    except IndexError:
        raise ValueError("a ClientHello that is cut off") from None


def read_body(body):
    hello = ClientHello()
    legacy = body.number(2)
    body.bytes(32)
    body.block(1)
    suites = body.block(2)
    while not suites.ended():
        suite = suites.number(2)
        if suite not in SIGNALS and not is_grease(suite):
            hello.suites.append(suite)
    body.block(1)
    hello.versions = [VERSIONS.get(legacy, hex(legacy))]
    extensions = Cursor(b"") if body.ended() else body.block(2)
    while not extensions.ended():
        kind = extensions.number(2)
        read_extension(hello, kind, extensions.block(2))
    return hello


def read_extension(hello, kind, content):
    if kind == 0:
        names = content.block(2)
        while not names.ended():
            form = names.number(1)
            name = names.block(2).data
            if form == 0:
                hello.server_name = name.decode("ascii", "replace")
    elif kind == 16:
        protocols = content.block(2)
        while not protocols.ended():
            hello.alpn.append(protocols.block(1).data.decode("ascii", "replace"))
    elif kind == 43:
        versions = content.block(1)
        found = []
        while not versions.ended():
            version = versions.number(2)
            if not is_grease(version):
                found.append(VERSIONS.get(version, hex(version)))
        hello.versions = found


def suite_name(number):
    return AWS_SUITES.get(number, f"0x{number:04x}")
