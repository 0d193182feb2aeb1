"""What all connections share: the policy, the limits, the faults, the sessions, the record."""
import asyncio
import collections
import copy
import dataclasses
import json
import time

import connection
import exchange
import faults
import journal
import limits
import links
import packets
import policy

CONNECT_RATES_MAX = 10000


@dataclasses.dataclass
class Options:
    """Where AWS's behaviour is not known for certain, or differs by account."""
    refuse_connect: str = "close"           # of 3.1.1: close, code, rc5 or rc7
    refuse_subscribe: str = "close"         # of 3.1.1: close, or suback with 0x80
    after_refused_publish: str = "keep"     # of 5, after PUBACK 0x87 and the like: keep or disconnect
    thing_name: str | None = None           # None: a thing is called like its client id
    no_thing: bool = False                  # no thing is attached to the certificate
    server_name: str | None = None          # a client that asks by SNI for another name is turned away
    region: str | None = None
    account: str | None = None
    lifecycle_events: bool = True


class Server:
    def __init__(self, options=None, record=None):
        self.options = options or Options()
        self.journal = record or journal.Journal()
        self.limits = limits.Limits()
        self.faults = faults.Faults()
        self.policy = policy.Policy(policy.ALLOW_ALL)
        self.exchange = exchange.Exchange(self._may_receive)
        self.links = set()
        self.counters = collections.Counter()
        self._rates = collections.OrderedDict()
        self._number = 0
        self.begin()

    # ---- For the links ----

    def next_number(self):
        self._number += 1
        return self._number

    def connection(self, link):
        return connection.Connection(self, link)

    def serves_name(self, name):
        return self.options.server_name is None or name == self.options.server_name

    async def listen(self, address, port, context=None):
        """Plain without a context. Returns the asyncio server; its port is in its socket's name."""
        def factory():
            return links.TlsLink(self, context) if context else links.Link(self)
        return await asyncio.get_running_loop().create_server(factory, address, port, backlog=256)

    # ---- For the connections ----

    def connect_rate(self, client_id):
        """The Rate of CONNECT of one client id."""
        rate = self._rates.pop(client_id, None) or limits.Rate()
        self._rates[client_id] = rate
        if len(self._rates) > CONNECT_RATES_MAX:
            self._rates.popitem(last=False)
        return rate

    def _may_receive(self, session, topic):
        return self.policy.allows("iot:Receive", f"topic/{topic}", session.identity)

    def connected(self, client):
        self.exchange.changed()
        self._lifecycle("connected", client, {})

    def disconnected(self, client, reason, will):
        """`will` is None if the client said goodbye."""
        self.exchange.changed()
        if will and self.policy.allows("iot:Publish", f"topic/{will.topic}", client.identity):
            delay = min(will.properties.get("will_delay_interval", 0), client.session.expiry)
            asyncio.get_running_loop().call_later(delay, self._publish_will, client, will)
        self._lifecycle("disconnected", client, {
            "clientInitiatedDisconnect": reason == "CLIENT_INITIATED_DISCONNECT", "disconnectReason": reason})

    def _publish_will(self, client, will):
        if will.properties.get("will_delay_interval") and client.session.connection:
            return  # it is back in time
        publish = packets.Publish(will.topic, will.payload, will.qos, will.retain, properties=dict(will.properties))
        receivers = self.publish(publish, client.client_id)
        self.journal.note("will", client=client.client_id, topic=will.topic, qos=will.qos, receivers=receivers)

    def _lifecycle(self, kind, client, more):
        """AWS tells of clients on topics of its own, unless their ids hold wildcards."""
        if not self.options.lifecycle_events or "+" in client.client_id or "#" in client.client_id:
            return
        body = {"clientId": client.client_id, "timestamp": int(time.time() * 1000), "eventType": kind,
                "principalIdentifier": client.link.peer.get("common_name"), "versionNumber": client.number, **more}
        self.exchange.publish(packets.Publish(f"$aws/events/presence/{kind}/{client.client_id}",
                                              json.dumps(body).encode(), 1))

    # ---- For the control socket ----

    def publish(self, publish, origin=None):
        if publish.retain:
            self.exchange.retain(publish, self.limits.message_expiry_max)
        return self.exchange.publish(publish, origin)

    def connections(self, client_id=None):
        """Those that are open, or those of one client."""
        return [link.connection for link in list(self.links)
                if link.connection and not link.closed and client_id in (None, link.connection.client_id)]

    def set_policy(self, document):
        """Raises PolicyError and leaves the old one."""
        self.policy = policy.Policy(document, self.options.region, self.options.account)
        self.exchange.changed()

    def set_faults(self, changes):
        """Raises ValueError and changes nothing."""
        self.faults.change(changes)
        self._apply_reading()

    def clear_faults(self):
        self.faults.clear()
        self._apply_reading()

    def _apply_reading(self):
        for one in self.connections():
            if self.faults.stop_reading:
                one.link.pause()
            else:
                one.link.resume()

    def forget_sessions(self):
        """Of clients that are away: as if their time had run out. How many these were."""
        gone = [one for one in self.exchange.sessions.values() if one.connection is None]
        for session in gone:
            self.exchange.remove(session)
        return len(gone)

    def begin(self):
        """What is set now is what reset() goes back to."""
        self._initial = (dataclasses.asdict(self.limits), dataclasses.asdict(self.faults), self.policy)

    def reset(self):
        """As at the begin: no client, no session, nothing retained, no fault but the first ones."""
        for link in list(self.links):
            link.forget()
        limits_then, faults_then, self.policy = self._initial
        self.limits.change(limits_then)
        self.faults.change(copy.deepcopy(faults_then))
        self.exchange = exchange.Exchange(self._may_receive)
        self.counters.clear()
        self._rates.clear()

    def close(self):
        for one in self.connections():
            one.end("SERVER_INITIATED_DISCONNECT", 0x8B)
