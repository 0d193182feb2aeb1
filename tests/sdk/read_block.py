#!/usr/bin/env python3
"""Reads a block and prints its samples, a line of JSON each. Written from sdk/BATCH.md alone."""
import json
import struct
import sys


def main(path):
    with open(path, "rb") as file:
        block = file.read()
    magic, version, header_bytes, block_bytes, flags = struct.unpack_from("<IHHII", block, 0)
    assert magic == 0x31424754 and version == 1 and flags == 0 and header_bytes >= 72
    block = block[:block_bytes]
    names = ("series", "tags", "common", "shapes", "columns", "samples", "slots")
    sections = {name: struct.unpack_from("<II", block, 16 + 8 * index) for index, name in enumerate(names)}

    def records(name, layout):
        offset, count = sections[name]
        size = struct.calcsize("<" + layout)
        return [struct.unpack_from("<" + layout, block, offset + size * index) for index in range(count)]

    def span(offset, length):
        return block[offset:offset + length]

    tags = [(span(a, b), span(c, d)) for a, b, c, d in records("tags", "IIII")]
    common = [(span(a, b), span(c, d)) for a, b, c, d in records("common", "IIII")]
    series = records("series", "IIII")
    shapes = records("shapes", "II")
    columns = [(span(a, b).decode(), kind) for a, b, kind, _ in records("columns", "IIII")]
    slots = [slot for slot, in records("slots", "8s")]

    def value(kind, slot):
        if kind == 1:
            return struct.unpack("<Q", slot)[0] == 1
        if kind in (2, 3, 4):
            return struct.unpack("<" + "qQd"[kind - 2], slot)[0]
        text = span(*struct.unpack("<II", slot))
        return text.decode() if kind == 5 else text.hex()

    for time, of, shape, first_slot, _ in records("samples", "qIIII"):
        name_at, name_length, first_tag, tag_count = series[of]
        merged = dict(common)
        merged.update(tags[first_tag:first_tag + tag_count])
        first, count = shapes[shape]
        print(json.dumps({
            "name": span(name_at, name_length).decode(),
            "tags": {key.decode(): text.decode() for key, text in sorted(merged.items())},
            "time": time,
            "fields": {columns[first + index][0]: value(columns[first + index][1], slots[first_slot + index])
                       for index in range(count)},
        }))


main(sys.argv[1])
