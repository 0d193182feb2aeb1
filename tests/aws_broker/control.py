#!/usr/bin/env python3
"""The broker's control socket: one JSON object a line, answered by one. README.md lists the commands.

As a program it sends one command and prints the answer:

    control.py PATH '{"command": "set", "faults": {"withhold_puback": true}}'
"""
import asyncio
import base64
import json
import socket
import sys

import packets
import policy


class Commands:
    """Each method that begins with `do_` is a command; it takes the request and returns the answer."""

    def __init__(self, server, stop):
        self._server = server
        self._stop = stop

    def handle(self, line):
        try:
            request = json.loads(line)
            method = getattr(self, f"do_{request['command']}", None)
            if method is None:
                names = sorted(name[3:] for name in dir(self) if name.startswith("do_"))
                raise ValueError(f"there is no command '{request['command']}'; one of: {', '.join(names)}")
            answer = {"ok": True, **(method(request) or {})}
            if request["command"] not in ("counters", "clients", "sessions"):
                self._server.journal.note("command", request=request)
                self._server.journal.flush()
            return answer
        except (ValueError, KeyError, TypeError, AttributeError, OSError, policy.PolicyError) as error:
            return {"ok": False, "error": f"{type(error).__name__}: {error}"}

    def do_set(self, request):
        self._server.set_faults(request["faults"])

    def do_clear(self, request):
        self._server.clear_faults()

    def do_reset(self, request):
        self._server.reset()

    def do_limits(self, request):
        self._server.limits.change(request["limits"])

    def do_policy(self, request):
        document = request.get("document")
        if document is None:
            with open(request["file"], encoding="utf-8") as file:
                document = json.load(file)
        self._server.set_policy(document)

    def do_disconnect(self, request):
        """MQTT 5's DISCONNECT with a reason; a client of 3.1.1 is closed without a word."""
        chosen = self._server.connections(request.get("client"))
        for one in chosen:
            one.end(request.get("disconnect_reason", "SERVER_INITIATED_DISCONNECT"), request.get("reason", 0x98))
        return {"clients": len(chosen)}

    def do_close(self, request):
        chosen = self._server.connections(request.get("client"))
        for one in chosen:
            one.end("SERVER_ERROR", None, why="command close")
        return {"clients": len(chosen)}

    def do_publish(self, request):
        if "payload_base64" in request:
            payload = base64.b64decode(request["payload_base64"], validate=True)
        elif "payload_bytes" in request:
            payload = b"x" * request["payload_bytes"]
        else:
            payload = request.get("payload", "").encode("utf-8")
        qos = request.get("qos", 0)
        if qos not in (0, 1):
            raise ValueError("qos is 0 or 1")
        publish = packets.Publish(request["topic"], payload, qos, bool(request.get("retain")),
                                  properties=request.get("properties", {}))
        return {"receivers": self._server.publish(publish)}

    def do_forget_sessions(self, request):
        return {"sessions": self._server.forget_sessions()}

    def do_counters(self, request):
        clients = [one for one in self._server.connections() if one.session]
        return {"counters": {**self._server.counters, "clients": len(clients), "links": len(self._server.links),
                             "retained": len(self._server.exchange.retained)}}

    def do_clients(self, request):
        return {"clients": [{"client": one.client_id, "connection": one.number, "level": one.level,
                             "common_name": one.link.peer.get("common_name"),
                             "in_flight": len(one.session.in_flight),
                             "subscriptions": sorted(one.session.subscriptions)}
                            for one in self._server.connections() if one.session]}

    def do_sessions(self, request):
        return {"sessions": [{"client": one.client_id, "level": one.level, "connected": one.connection is not None,
                              "stored": len(one.stored), "subscriptions": sorted(one.subscriptions)}
                             for one in self._server.exchange.sessions.values() if not one.expired()]}

    def do_stop(self, request):
        self._stop()


async def listen(path, commands):
    async def serve(reader, writer):
        try:
            while line := await reader.readline():
                writer.write(json.dumps(commands.handle(line)).encode() + b"\n")
                await writer.drain()
        except (ConnectionError, ValueError):
            pass  # it is gone, or sent a line beyond the limit
        finally:
            writer.close()
    return await asyncio.start_unix_server(serve, path, limit=4 * 1024 * 1024)


def send(path, request, timeout=10.0):
    """Sends one command and returns the answer."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout)
        link.connect(str(path))
        link.sendall(json.dumps(request).encode() + b"\n")
        with link.makefile("rb") as answers:
            return json.loads(answers.readline())


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(f"usage: {sys.argv[0]} PATH COMMAND")
    reply = send(sys.argv[1], json.loads(sys.argv[2]))
    print(json.dumps(reply))
    sys.exit(0 if reply.get("ok") else 1)
