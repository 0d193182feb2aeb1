#!/usr/bin/env python3
"""An MQTT broker that behaves like AWS IoT Core, for tests without AWS. README.md says what it does and does not.

    broker.py --ca ca.pem --certificate server.pem --key server.key --policy policy.json \\
              --journal journal.ndjson --control control.sock

Its first line on standard output is {"port": ..., "plain_port": ...}: from then on clients can connect.
"""
import argparse
import asyncio
import json
import os
import signal
import sys

import control
import journal
import policy
import server
import tls


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--address", default="127.0.0.1", help="to listen on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=0, help="of TLS; 0, the default, takes a free one")
    parser.add_argument("--ca", help="PEM file: who signs the certificates of clients")
    parser.add_argument("--certificate", help="PEM file: the server's certificate and its chain")
    parser.add_argument("--key", help="PEM file: the server's private key")
    parser.add_argument("--alpn", action="append", default=[], help="a protocol to agree on, as x-amzn-mqtt-ca")
    parser.add_argument("--tls-policy", choices=tls.POLICIES, default=tls.DEFAULT_POLICY)
    parser.add_argument("--server-name", help="turn clients away that ask by SNI for another name")
    parser.add_argument("--plain-port", type=int, help="also listen without TLS; 0 takes a free one")
    parser.add_argument("--policy", help="JSON file: the IoT policy; without it everything is allowed")
    parser.add_argument("--region", help="compare the region in the policy's resources")
    parser.add_argument("--account", help="compare the account in the policy's resources")
    parser.add_argument("--thing-name", help="of every client (the client id)")
    parser.add_argument("--no-thing", action="store_true", help="no thing is attached to the certificate")
    parser.add_argument("--refuse-connect", choices=("close", "code", "rc5", "rc7"), default="close",
                        help="how MQTT 3.1.1 hears that it may not connect (close)")
    parser.add_argument("--refuse-subscribe", choices=("close", "suback"), default="close",
                        help="how MQTT 3.1.1 hears that it may not subscribe (close)")
    parser.add_argument("--after-refused-publish", choices=("keep", "disconnect"), default="keep",
                        help="what follows on PUBACK 0x87 in MQTT 5 (keep)")
    parser.add_argument("--no-lifecycle-events", action="store_true", help="no messages on $aws/events/presence")
    parser.add_argument("--limit", action="append", default=[], metavar="NAME=NUMBER", help="change a limit; 0: none")
    parser.add_argument("--fault", action="append", default=[], metavar="NAME=JSON", help="begin with a fault")
    parser.add_argument("--journal", help="file to append the record to, as JSON lines")
    parser.add_argument("--journal-without-payloads", action="store_true", help="record their lengths only")
    parser.add_argument("--control", help="path of the UNIX socket for commands")
    made = parser.parse_args()
    if not made.certificate and made.plain_port is None:
        parser.error("give --certificate, --key and --ca, or --plain-port")
    if made.certificate and not (made.key and made.ca):
        parser.error("--certificate needs --key and --ca")
    return made


def pairs(texts, parse):
    """NAME=VALUE texts as a dict."""
    made = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise ValueError(f"'{text}' is not of the form NAME=VALUE")
        made[name] = parse(value)
    return made


def number(text):
    return float(text) if "." in text else int(text)


def value_of(text):
    """JSON, or else the text itself, so that on_connect=silence needs no quotation marks."""
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def configured(options):
    """The server as the command line wants it."""
    made = server.Server(
        server.Options(options.refuse_connect, options.refuse_subscribe, options.after_refused_publish,
                       options.thing_name, options.no_thing, options.server_name, options.region, options.account,
                       not options.no_lifecycle_events),
        journal.Journal(options.journal, not options.journal_without_payloads))
    made.limits.change(pairs(options.limit, number))
    made.set_faults(pairs(options.fault, value_of))
    if options.policy:
        with open(options.policy, encoding="utf-8") as file:
            made.set_policy(json.load(file))
    made.begin()
    return made


async def serve(options, made):
    stopped = asyncio.Event()
    for signum in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signum, stopped.set)
    ports = {}
    listeners = []
    if options.certificate:
        context = tls.server_context(options.certificate, options.key, options.ca, options.alpn, options.tls_policy)
        listeners.append(await made.listen(options.address, options.port, context))
        ports["port"] = listeners[-1].sockets[0].getsockname()[1]
    if options.plain_port is not None:
        listeners.append(await made.listen(options.address, options.plain_port))
        ports["plain_port"] = listeners[-1].sockets[0].getsockname()[1]
    if options.control:
        if os.path.exists(options.control):
            os.unlink(options.control)
        listeners.append(await control.listen(options.control, control.Commands(made, stopped.set)))
    made.journal.note("listening", **ports)
    made.journal.flush()
    print(json.dumps(ports), flush=True)
    await stopped.wait()
    for listener in listeners:
        listener.close()
    made.close()
    await asyncio.sleep(0)  # so that what was said on closing goes out
    made.journal.note("stopped", counters=dict(made.counters))
    made.journal.close()


def main():
    options = arguments()
    try:
        made = configured(options)
        asyncio.run(serve(options, made))
    except (OSError, ValueError, policy.PolicyError) as error:
        sys.exit(f"broker.py: {error}")


if __name__ == "__main__":
    main()
