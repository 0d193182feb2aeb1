"""The record of what happened: one JSON object a line, written before the acknowledgement goes out.

Every line has `event`, `time` (seconds of the monotonic clock, for differences), `at` (seconds since 1970) and
`number` (counting from 1). README.md lists the events. Lines are collected and handed to the kernel by flush():
at the end of the present turn of the loop, and by the links before they write to a client. So whoever has an
acknowledgement finds its line in the file.
"""
import asyncio
import base64
import json
import time

encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=str).encode


class Journal:
    """Without a path nothing is kept."""

    def __init__(self, path=None, payloads=True):
        self._file = open(path, "ab", buffering=0) if path else None
        self._payloads = payloads
        self._lines = []
        self._number = 0
        self.active = self._file is not None

    def note(self, event, **fields):
        if not self.active:
            return
        if not self._lines:
            self._flush_soon()
        self._number += 1
        line = {"event": event, "number": self._number, "time": round(time.monotonic(), 6), "at": round(time.time(), 6)}
        line.update(fields)
        self._lines.append(encode(line))

    def _flush_soon(self):
        try:
            asyncio.get_running_loop().call_soon(self.flush)
        except RuntimeError:
            pass  # before the loop runs; whoever notes then also flushes

    def payload(self, payload):
        """How a payload is written: its length, and its text or its base64."""
        fields = {"payload_bytes": len(payload)}
        if self._payloads:
            try:
                fields["payload"] = payload.decode("utf-8")
            except UnicodeDecodeError:
                fields["payload_base64"] = base64.b64encode(payload).decode("ascii")
        return fields

    def flush(self):
        if not self._lines or not self._file:
            return
        data = memoryview(("\n".join(self._lines) + "\n").encode("utf-8", "surrogateescape"))
        self._lines.clear()
        while data:
            data = data[self._file.write(data):]

    def close(self):
        self.flush()
        if self._file:
            self._file.close()
            self._file = None
            self.active = False


def readable(properties):
    """Properties as JSON has them: bytes become base64."""
    return {name: base64.b64encode(value).decode("ascii") if isinstance(value, bytes) else value
            for name, value in properties.items()}
