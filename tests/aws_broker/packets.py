"""The packets of MQTT 3.1.1 and MQTT 5: what a broker reads, and what it writes.

    for kind, flags, body in splitter.feed(data): ...     # whole packets out of a stream
    packet = read_connect(body)                           # one function per kind
    link.write(write_puback(5, packet_id, 0x87))

Levels are written as the protocol has them: 4 is MQTT 3.1.1, 5 is MQTT 5.
"""
import dataclasses
import struct
import typing

from properties import (MalformedPacket, read_bytes, read_number, read_properties, read_text, write_bytes,
                        write_properties, write_text, write_varint)

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = range(1, 8)
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = range(8, 16)

# The flags that the standard fixes for packets that have none of their own.
FIXED_FLAGS = {CONNECT: 0, PUBACK: 0, PUBREC: 0, PUBREL: 2, PUBCOMP: 0, SUBSCRIBE: 2, UNSUBSCRIBE: 2, PINGREQ: 0,
               DISCONNECT: 0, AUTH: 0}

# The words of MQTT 5 for the codes that AWS lists.
REASONS = {
    0x00: "success", 0x04: "disconnect with will", 0x80: "unspecified error", 0x81: "malformed packet",
    0x82: "protocol error", 0x85: "client identifier not valid", 0x86: "bad user name or password",
    0x87: "not authorized", 0x8B: "server shutting down", 0x8D: "keep alive timeout", 0x8E: "session taken over",
    0x8F: "topic filter invalid", 0x90: "topic name invalid", 0x91: "packet identifier in use",
    0x93: "receive maximum exceeded", 0x94: "topic alias invalid", 0x95: "packet too large", 0x97: "quota exceeded",
    0x98: "administrative action", 0x9B: "QoS not supported", 0xA1: "subscription identifiers not supported",
}


@dataclasses.dataclass(slots=True)
class Will:
    topic: str
    payload: bytes
    qos: int
    retain: bool
    properties: dict


@dataclasses.dataclass(slots=True)
class Connect:
    level: int
    client_id: str
    clean: bool
    keep_alive: int
    will: typing.Optional[Will]
    user_name: typing.Optional[str]
    password: typing.Optional[bytes]
    properties: dict


@dataclasses.dataclass(slots=True)
class Publish:
    topic: str
    payload: bytes
    qos: int = 0
    retain: bool = False
    duplicate: bool = False
    packet_id: typing.Optional[int] = None
    properties: dict = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(slots=True)
class Subscribe:
    packet_id: int
    filters: list  # of (filter, options byte)
    properties: dict


class Splitter:
    """Cuts a stream of bytes into packets. What is longer than `packet_bytes_max` is not collected: it is a
    MalformedPacket with the reason 0x95 as soon as its length is known."""

    def __init__(self, packet_bytes_max):
        self.packet_bytes_max = packet_bytes_max
        self._kept = b""

    def feed(self, data):
        """Yields (kind, flags, body) of each complete packet."""
        if self._kept:
            data = self._kept + data
            self._kept = b""
        position = 0
        size = len(data)
        while position < size:
            length = 0
            for count in range(4):
                at = position + 1 + count
                if at >= size:
                    self._kept = data[position:]
                    return
                byte = data[at]
                length |= (byte & 0x7F) << (7 * count)
                if byte < 0x80:
                    break
            else:
                raise MalformedPacket("a remaining length has more than 4 bytes")
            begin = position + 2 + count
            if length > self.packet_bytes_max:
                raise MalformedPacket(f"a packet of {length} bytes, over {self.packet_bytes_max}", 0x95)
            if begin + length > size:
                self._kept = data[position:]
                return
            head = data[position]
            position = begin + length
            yield head >> 4, head & 0x0F, data[begin:position]


# ---- Reading ----------------------------------------------------------------------------------------------------


def check_flags(kind, flags):
    if kind != PUBLISH and FIXED_FLAGS.get(kind) != flags:
        raise MalformedPacket(f"a packet of kind {kind} with the flags {flags}")


def read_connect(body):
    protocol, position = read_text(body, 0)
    level, position = read_number(body, position, 1)
    if protocol != "MQTT" or level not in (4, 5):
        raise MalformedPacket(f"the protocol '{protocol}' level {level} is not served", 0x84)
    flags, position = read_number(body, position, 1)
    if flags & 0x01:
        raise MalformedPacket("the reserved flag of CONNECT is set")
    will_qos = flags >> 3 & 0x03
    if will_qos == 3 or (not flags & 0x04 and flags & 0x38):
        raise MalformedPacket("the will flags of CONNECT contradict each other")
    keep_alive, position = read_number(body, position, 2)
    properties = {}
    if level == 5:
        properties, position = read_properties(body, position)
    client_id, position = read_text(body, position)
    will = user_name = password = None
    if flags & 0x04:
        will_properties = {}
        if level == 5:
            will_properties, position = read_properties(body, position)
        topic, position = read_text(body, position)
        payload, position = read_bytes(body, position)
        will = Will(topic, payload, will_qos, bool(flags & 0x20), will_properties)
    if flags & 0x80:
        user_name, position = read_text(body, position)
    if flags & 0x40:
        password, position = read_bytes(body, position)
    if position != len(body):
        raise MalformedPacket("bytes after the end of CONNECT")
    return Connect(level, client_id, bool(flags & 0x02), keep_alive, will, user_name, password, properties)


def read_publish(level, flags, body):
    qos = flags >> 1 & 0x03
    if qos == 3:
        raise MalformedPacket("a publish with QoS 3")
    topic, position = read_text(body, 0)
    packet_id = None
    if qos:
        packet_id, position = read_packet_id(body, position)
    properties = {}
    if level == 5:
        if position < len(body) and body[position] == 0:
            position += 1
        else:
            properties, position = read_properties(body, position)
    return Publish(topic, bytes(body[position:]), qos, bool(flags & 1), bool(flags & 8), packet_id, properties)


def read_packet_id(body, position=0):
    packet_id, position = read_number(body, position, 2)
    if packet_id == 0:
        raise MalformedPacket("the packet identifier 0")
    return packet_id, position


def read_puback(body):
    """Packet identifier and reason code; also PUBREC, PUBREL and PUBCOMP."""
    packet_id, position = read_packet_id(body)
    return packet_id, body[position] if len(body) > position else 0


def read_subscribe(level, body):
    packet_id, position = read_packet_id(body)
    properties = {}
    if level == 5:
        properties, position = read_properties(body, position)
    filters = []
    while position < len(body):
        name, position = read_text(body, position)
        options, position = read_number(body, position, 1)
        if options & 0x03 == 3 or options & (0xC0 if level == 5 else 0xFC):
            raise MalformedPacket(f"the options 0x{options:02x} of the filter '{name}'")
        filters.append((name, options))
    if not filters:
        raise MalformedPacket("a SUBSCRIBE without a filter", 0x82)
    return Subscribe(packet_id, filters, properties)


def read_unsubscribe(level, body):
    """Packet identifier and filters."""
    packet_id, position = read_packet_id(body)
    if level == 5:
        _, position = read_properties(body, position)
    filters = []
    while position < len(body):
        name, position = read_text(body, position)
        filters.append(name)
    if not filters:
        raise MalformedPacket("an UNSUBSCRIBE without a filter", 0x82)
    return packet_id, filters


def read_disconnect(level, body):
    """Reason code and properties."""
    if level == 4 or not body:
        return 0, {}
    if len(body) == 1:
        return body[0], {}
    return body[0], read_properties(body, 1)[0]


# ---- Writing ----------------------------------------------------------------------------------------------------


def frame(kind, flags, *parts):
    body = b"".join(parts)
    return bytes([kind << 4 | flags]) + write_varint(len(body)) + body


def write_connack(level, session_present, code, properties=None):
    head = bytes([1 if session_present else 0, code])
    return frame(CONNACK, 0, head, write_properties(properties or {}) if level == 5 else b"")


def write_publish(level, publish):
    flags = (8 if publish.duplicate else 0) | publish.qos << 1 | (1 if publish.retain else 0)
    return frame(PUBLISH, flags, write_text(publish.topic),
                 struct.pack(">H", publish.packet_id) if publish.qos else b"",
                 write_properties(publish.properties) if level == 5 else b"", publish.payload)


def write_puback(level, packet_id, reason=0):
    if level == 4 or reason == 0:
        return b"\x40\x02" + packet_id.to_bytes(2, "big")
    return b"\x40\x03" + packet_id.to_bytes(2, "big") + bytes([reason])


def write_suback(level, packet_id, codes):
    return frame(SUBACK, 0, packet_id.to_bytes(2, "big"), b"\x00" if level == 5 else b"", bytes(codes))


def write_unsuback(level, packet_id, codes):
    return frame(UNSUBACK, 0, packet_id.to_bytes(2, "big"), b"\x00" + bytes(codes) if level == 5 else b"")


def write_pingresp():
    return b"\xd0\x00"


def write_disconnect(reason, properties=None):
    """Only MQTT 5 has it in this direction."""
    return frame(DISCONNECT, 0, bytes([reason]), write_properties(properties or {}))


def write_connect(connect):
    """For clients: tests and probes."""
    flags = 0x02 if connect.clean else 0
    parts = [write_text(connect.client_id)]
    if connect.will:
        flags |= 0x04 | connect.will.qos << 3 | (0x20 if connect.will.retain else 0)
        if connect.level == 5:
            parts.append(write_properties(connect.will.properties))
        parts += [write_text(connect.will.topic), write_bytes(connect.will.payload)]
    if connect.user_name is not None:
        flags |= 0x80
        parts.append(write_text(connect.user_name))
    if connect.password is not None:
        flags |= 0x40
        parts.append(write_bytes(connect.password))
    head = write_text("MQTT") + struct.pack(">BBH", connect.level, flags, connect.keep_alive)
    return frame(CONNECT, 0, head, write_properties(connect.properties) if connect.level == 5 else b"", *parts)


def write_subscribe(level, packet_id, filters):
    """For clients: tests and probes."""
    return frame(SUBSCRIBE, 2, packet_id.to_bytes(2, "big"), b"\x00" if level == 5 else b"",
                 *(write_text(name) + bytes([options]) for name, options in filters))
