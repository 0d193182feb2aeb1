"""The properties of MQTT 5: a table of what exists, reading and writing.

Read properties are a dict from name to value; `user_property` is a list of (name, value) pairs. A property that is
unknown or comes twice is a MalformedPacket, as the standard wants it.
"""
import struct


class MalformedPacket(Exception):
    """What a client sent is no MQTT. `reason` is the code that MQTT 5 has for it."""

    def __init__(self, text, reason=0x81):
        super().__init__(text)
        self.reason = reason


# Number -> (name, form). Forms: byte, u16, u32, varint, text, bytes, pair.
TABLE = {
    0x01: ("payload_format_indicator", "byte"),
    0x02: ("message_expiry_interval", "u32"),
    0x03: ("content_type", "text"),
    0x08: ("response_topic", "text"),
    0x09: ("correlation_data", "bytes"),
    0x0B: ("subscription_identifier", "varint"),
    0x11: ("session_expiry_interval", "u32"),
    0x12: ("assigned_client_identifier", "text"),
    0x13: ("server_keep_alive", "u16"),
    0x15: ("authentication_method", "text"),
    0x16: ("authentication_data", "bytes"),
    0x17: ("request_problem_information", "byte"),
    0x18: ("will_delay_interval", "u32"),
    0x19: ("request_response_information", "byte"),
    0x1A: ("response_information", "text"),
    0x1C: ("server_reference", "text"),
    0x1F: ("reason_string", "text"),
    0x21: ("receive_maximum", "u16"),
    0x22: ("topic_alias_maximum", "u16"),
    0x23: ("topic_alias", "u16"),
    0x24: ("maximum_qos", "byte"),
    0x25: ("retain_available", "byte"),
    0x26: ("user_property", "pair"),
    0x27: ("maximum_packet_size", "u32"),
    0x28: ("wildcard_subscription_available", "byte"),
    0x29: ("subscription_identifiers_available", "byte"),
    0x2A: ("shared_subscription_available", "byte"),
}
NUMBER_OF = {name: number for number, (name, _) in TABLE.items()}

# What a broker hands on from a publisher to the subscribers.
FORWARDED = ("payload_format_indicator", "message_expiry_interval", "content_type", "response_topic",
             "correlation_data", "user_property")


def read_varint(data, position):
    """A variable byte integer: the value and the position after it."""
    value = 0
    for count in range(4):
        if position + count >= len(data):
            raise MalformedPacket("a variable byte integer is cut off")
        byte = data[position + count]
        value |= (byte & 0x7F) << (7 * count)
        if byte < 0x80:
            return value, position + count + 1
    raise MalformedPacket("a variable byte integer has more than 4 bytes")


def write_varint(value):
    written = bytearray()
    while True:
        value, byte = value >> 7, value & 0x7F
        if not value:
            written.append(byte)
            return bytes(written)
        written.append(byte | 0x80)


def read_bytes(data, position):
    """Bytes behind their length of 16 bits."""
    if position + 2 > len(data):
        raise MalformedPacket("a length is cut off")
    end = position + 2 + (data[position] << 8 | data[position + 1])
    if end > len(data):
        raise MalformedPacket("a field is longer than its packet")
    return bytes(data[position + 2:end]), end


def read_text(data, position):
    raw, position = read_bytes(data, position)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        raise MalformedPacket("a text is no UTF-8") from None
    if "\0" in text:
        raise MalformedPacket("a text holds U+0000")
    return text, position


def write_bytes(raw):
    return struct.pack(">H", len(raw)) + raw


def write_text(text):
    return write_bytes(text.encode("utf-8"))


def read_number(data, position, size):
    if position + size > len(data):
        raise MalformedPacket("a number is cut off")
    return int.from_bytes(data[position:position + size], "big"), position + size


def read_value(data, position, form):
    if form == "byte":
        return read_number(data, position, 1)
    if form == "u16":
        return read_number(data, position, 2)
    if form == "u32":
        return read_number(data, position, 4)
    if form == "varint":
        return read_varint(data, position)
    if form == "text":
        return read_text(data, position)
    if form == "bytes":
        return read_bytes(data, position)
    name, position = read_text(data, position)
    value, position = read_text(data, position)
    return (name, value), position


def write_value(value, form):
    if form == "byte":
        return bytes([value])
    if form == "u16":
        return struct.pack(">H", value)
    if form == "u32":
        return struct.pack(">I", value)
    if form == "varint":
        return write_varint(value)
    if form == "text":
        return write_text(value)
    if form == "bytes":
        return write_bytes(value)
    return write_text(value[0]) + write_text(value[1])


def read_properties(data, position):
    """The properties at `position`, and the position after them."""
    length, position = read_varint(data, position)
    end = position + length
    if end > len(data):
        raise MalformedPacket("the properties are longer than their packet")
    found = {}
    data = data[:end]
    while position < end:
        number, position = read_varint(data, position)
        if number not in TABLE:
            raise MalformedPacket(f"there is no property 0x{number:02x}")
        name, form = TABLE[number]
        value, position = read_value(data, position, form)
        if name == "user_property":
            found.setdefault(name, []).append(value)
        elif name in found:
            raise MalformedPacket(f"the property {name} comes twice", 0x82)
        else:
            found[name] = value
    return found, position


def write_properties(properties):
    written = bytearray()
    for name, value in properties.items():
        number = NUMBER_OF[name]
        form = TABLE[number][1]
        for one in value if form == "pair" else [value]:
            written += write_varint(number) + write_value(one, form)
    return write_varint(len(written)) + bytes(written)
