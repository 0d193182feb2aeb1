"""One client's connection, from its CONNECT to its end."""
import asyncio
import base64
import time
import uuid

import admission
import inbound
import journal
import packets
import topics
from properties import MalformedPacket
from session import Session, Subscription

SLOW_READER_BYTES = 4 * 1024 * 1024  # beyond it, messages with QoS 0 are dropped


class Connection:
    """Above a link, below the server. `end()` is the only way that the broker closes it."""

    def __init__(self, server, link):
        self.server = server
        self.link = link
        self.number = link.number
        self.level = None
        self.client_id = None
        self.identity = None
        self.session = None
        self.inbound = None
        self.window = 100
        self.ended = False
        self._deaf = False        # a fault: nothing is answered any more
        self._begun = False
        self._resting = None
        self._splitter = packets.Splitter(server.limits.packet_bytes or (1 << 28))
        self._will = None
        self._packet_bytes_max = None
        self._keep_alive = 0
        self._alarm = None
        self._heard = time.monotonic()
        self._received = dict.fromkeys(packets.FIXED_FLAGS)
        self._received.update({
            packets.PUBACK: self._on_puback, packets.SUBSCRIBE: self._on_subscribe,
            packets.UNSUBSCRIBE: self._on_unsubscribe, packets.PINGREQ: self._on_pingreq,
            packets.DISCONNECT: self._on_disconnect})

    # ---- What comes ----

    def data_received(self, data):
        self._heard = time.monotonic()
        if self._deaf:
            return
        try:
            if self.level is None and not self._begun:
                self._begun = True
                if data[0] != packets.CONNECT << 4:
                    # Before its length is believed: what speaks HTTP here would wait for ever.
                    raise MalformedPacket("the first packet is no CONNECT", 0x82)
            for kind, flags, body in self._splitter.feed(data):
                if kind == packets.PUBLISH and self.inbound:
                    self.inbound.handle(flags, body)
                else:
                    self._handle(kind, flags, body)
                if self.ended or self._deaf:
                    return
        except MalformedPacket as error:
            # AWS's list has no 0x95; what is too large is over a quota.
            self.end("CLIENT_ERROR", 0x97 if error.reason == 0x95 else error.reason, why=str(error))

    def _handle(self, kind, flags, body):
        packets.check_flags(kind, flags)
        if self.level is None:
            self._on_connect(packets.read_connect(body))
            return
        handler = self._received.get(kind)
        if handler is None:
            raise MalformedPacket(f"a packet of kind {kind} is not supported here", 0x82)
        handler(body)

    def note(self, event, **fields):
        self.server.journal.note(event, connection=self.number, client=self.client_id, **fields)

    # ---- CONNECT ----

    def _on_connect(self, connect):
        server = self.server
        self.level = connect.level
        assigned = not connect.client_id and connect.level == 5
        if assigned:
            connect.client_id = str(uuid.uuid4())
        self.client_id = connect.client_id
        server.counters["connects"] += 1
        self._note_connect(connect)
        fault = server.faults.next_connect()
        if fault == "silence":
            self._deaf = True
            self.note("connack", answer="withheld")
            return
        if fault == "close":
            self.end("SERVER_ERROR", None, why="fault on_connect")
            return
        if fault == "refuse":
            code = server.faults.refuse_code or (0x88 if self.level == 5 else 3)
            self._refuse(admission.Refusal(code, code, "SERVER_ERROR", "fault on_connect"), "code")
            return
        self.identity = admission.identity_of(connect, self.link.peer, server.options)
        refusal = admission.refusal_of(connect, self.identity, server)
        if refusal:
            server.counters["connects_refused"] += 1
            self._refuse(refusal, server.options.refuse_connect)
            return
        self._welcome(connect, assigned)
        if fault == "close_after_connack":
            asyncio.get_running_loop().call_later(server.faults.close_after_connack_ms / 1000, self.end,
                                                  "SERVER_ERROR", None, "fault on_connect")
        if server.faults.stop_reading:
            self.link.pause()

    def _note_connect(self, connect):
        will = connect.will and {"topic": connect.will.topic, "qos": connect.will.qos, "retain": connect.will.retain,
                                 "properties": journal.readable(connect.will.properties),
                                 **self.server.journal.payload(connect.will.payload)}
        password = None if connect.password is None else base64.b64encode(connect.password).decode()
        peer = {name: self.link.peer.get(name) for name in ("server_name", "alpn", "version", "cipher", "common_name")}
        self.note("connect", level=connect.level, clean=connect.clean, keep_alive=connect.keep_alive, will=will,
                  user_name=connect.user_name, password_base64=password,
                  properties=journal.readable(connect.properties), **peer)

    def _refuse(self, refusal, manner):
        """`manner` is for 3.1.1: close without a word, or a CONNACK with the code; 5 and 7 give that one."""
        if self.level == 5:
            self.link.send(packets.write_connack(5, False, refusal.code_5))
            self.note("connack", code=refusal.code_5, why=refusal.why)
        elif manner == "close":
            self.note("connack", answer="closed", why=refusal.why)
        else:
            code = {"rc5": 5, "rc7": 7}.get(manner, refusal.code_3)
            self.link.send(packets.write_connack(4, False, code))
            self.note("connack", code=code, why=refusal.why)
        self.end(refusal.reason, None, why=refusal.why)

    def _welcome(self, connect, assigned):
        server = self.server
        self._keep_alive = server.limits.keep_alive(connect.keep_alive)
        self.window = min(connect.properties.get("receive_maximum", 65535), server.limits.unacknowledged or 65535)
        self._packet_bytes_max = connect.properties.get("maximum_packet_size")
        self._will = connect.will
        self.session, present = self._take_session(connect)
        self.inbound = inbound.Inbound(self)
        self.link.send(packets.write_connack(self.level, present, 0, self._promises(connect, assigned)))
        self.note("connack", code=0, session_present=present, keep_alive=self._keep_alive)
        self._watch()
        self.session.attach(self)
        server.connected(self)

    def _take_session(self, connect):
        """The session, and if it was there before. Who had it loses it."""
        server = self.server
        old = server.exchange.sessions.get(self.client_id)
        if old and old.connection:
            old.connection.end("DUPLICATE_CLIENTID", 0x8E)
            old = server.exchange.sessions.get(self.client_id)
        # A session does not cross the versions of the protocol.
        present = bool(old and not connect.clean and not old.expired() and old.level == self.level)
        if old and not present:
            server.exchange.remove(old)
        session = old if present else Session(self.client_id, self.level, server.limits)
        session.expiry = self._expiry(connect)
        session.identity = self.identity
        if not present:
            server.exchange.add(session)
        return session, present

    def _expiry(self, connect):
        bound = self.server.limits.session_expiry_max
        if self.level == 4:
            return 0 if connect.clean else bound
        return min(connect.properties.get("session_expiry_interval", 0), bound or 0xFFFFFFFF)

    def _promises(self, connect, assigned):
        """The properties of CONNACK, which are MQTT 5's."""
        limits = self.server.limits
        promised = {"session_expiry_interval": self.session.expiry, "maximum_qos": 1, "retain_available": 1,
                    "wildcard_subscription_available": 1, "subscription_identifiers_available": 0,
                    "shared_subscription_available": 1, "server_keep_alive": self._keep_alive,
                    "topic_alias_maximum": limits.topic_aliases}
        if limits.unacknowledged:
            promised["receive_maximum"] = limits.unacknowledged
        if limits.packet_bytes:
            promised["maximum_packet_size"] = limits.packet_bytes
        if assigned:
            promised["assigned_client_identifier"] = self.client_id
        return promised

    # ---- Keep-alive and rest ----

    def _watch(self):
        """Looks again when the client would be silent for too long."""
        self._alarm = None
        if self.ended or not self._keep_alive:
            return
        left = self._heard + self._keep_alive * self.server.limits.keep_alive_grace - time.monotonic()
        if left <= 0:
            self.end("MQTT_KEEP_ALIVE_TIMEOUT", 0x8D)
        else:
            self._alarm = asyncio.get_running_loop().call_later(left, self._watch)

    def rest(self, seconds):
        """Reads on later: the client sends faster than it may."""
        if not self.ended:
            if self._resting:
                self._resting.cancel()
            else:
                self.link.pause()
            self._resting = asyncio.get_running_loop().call_later(seconds, self._read_on)

    def _read_on(self):
        self._resting = None
        self._heard = time.monotonic()
        if not self.ended and not self.server.faults.stop_reading:
            self.link.resume()

    # ---- The other packets ----

    def _on_puback(self, body):
        packet_id, reason = packets.read_puback(body)
        known = self.session.acknowledged(packet_id)
        self.note("puback_received", packet_id=packet_id, reason=reason, known=known)

    def _on_subscribe(self, body):
        subscribe = packets.read_subscribe(self.level, body)
        if "subscription_identifier" in subscribe.properties:
            self.end("CLIENT_ERROR", 0xA1)
            return
        bound = self.server.limits.filters_per_subscribe
        if bound and len(subscribe.filters) > bound:
            self.note("subscribe", packet_id=subscribe.packet_id, filters=subscribe.filters, answer="disconnected")
            self.end("CLIENT_ERROR", 0x97, why=f"{len(subscribe.filters)} filters, over {bound}")
            return
        codes = [self._judge(name, options) for name, options in subscribe.filters]
        refused = [name for (name, _), code in zip(subscribe.filters, codes) if code >= 0x80]
        closes = refused and self.level == 4 and self.server.options.refuse_subscribe == "close"
        withheld = self.server.faults.withhold_suback
        self.note("subscribe", packet_id=subscribe.packet_id, filters=subscribe.filters, codes=codes,
                  answer="disconnected" if closes else "withheld" if withheld else "suback")
        if closes:
            self.end("AUTH_ERROR", None, why=f"SUBSCRIBE to '{refused[0]}' is refused")
            return
        for (name, options), code in zip(subscribe.filters, codes):
            if code < 0x80:
                self.server.exchange.subscribe(self.session, name, Subscription(code, bool(options & 4),
                                                                                bool(options & 8)))
        if not withheld:
            self.link.send(packets.write_suback(self.level, subscribe.packet_id, codes))
        for (name, options), code in zip(subscribe.filters, codes):
            if code < 0x80 and options & 0x30 != 0x20:
                self.server.exchange.send_retained(self.session, name, self.session.subscriptions[name])

    def _judge(self, topic_filter, options):
        """The code of SUBACK for one filter."""
        server = self.server

        def refused(code):
            return code if self.level == 5 else 0x80
        if topics.filter_problem(topic_filter, server.limits):
            return refused(0x8F)
        shared = topics.SHARED.fullmatch(topic_filter)
        plain = shared.group(2) if shared else topic_filter
        if not server.policy.allows("iot:Subscribe", f"topicfilter/{plain}", self.identity):
            return refused(0x87)
        bound = server.limits.subscriptions
        if bound and topic_filter not in self.session.subscriptions and len(self.session.subscriptions) >= bound:
            return refused(0x97)
        return min(options & 3, 1)

    def _on_unsubscribe(self, body):
        packet_id, filters = packets.read_unsubscribe(self.level, body)
        codes = [0 if self.server.exchange.unsubscribe(self.session, name) else 0x11 for name in filters]
        self.note("unsubscribe", packet_id=packet_id, filters=filters, codes=codes)
        self.link.send(packets.write_unsuback(self.level, packet_id, codes))

    def _on_pingreq(self, body):
        withheld = self.server.faults.withhold_pingresp
        self.note("pingreq", answer="withheld" if withheld else "pingresp")
        if not withheld:
            self.link.send(packets.write_pingresp())

    def _on_disconnect(self, body):
        reason, properties = packets.read_disconnect(self.level, body)
        if reason != 4:
            self._will = None
        if "session_expiry_interval" in properties and self.session.expiry:
            bound = self.server.limits.session_expiry_max or 0xFFFFFFFF
            self.session.expiry = min(properties["session_expiry_interval"], bound)
        self._finish("CLIENT_INITIATED_DISCONNECT", by="client", code=reason)
        self.link.close()

    # ---- What goes ----

    def send_publish(self, publish):
        """From the session. A client that does not read loses what has QoS 0."""
        if publish.qos == 0 and self.link.waiting_bytes() > SLOW_READER_BYTES:
            self.server.counters["dropped_for_slow_readers"] += 1
            return
        data = packets.write_publish(self.level, publish)
        if self._packet_bytes_max and len(data) > self._packet_bytes_max:
            self.session.acknowledged(publish.packet_id)
            return
        self.server.counters["deliveries"] += 1
        self.note("deliver", topic=publish.topic, qos=publish.qos, retain=publish.retain, packet_id=publish.packet_id,
                  payload_bytes=len(publish.payload))
        self.link.send(data)

    def end(self, reason, code, why=None, will=True):
        """The broker closes. `code` is said in MQTT 5's DISCONNECT; None: without a word."""
        if self.ended:
            return
        if not will:
            self._will = None
        said = code is not None and self.level == 5 and self.session is not None
        if said:
            self.link.send(packets.write_disconnect(code))
        more = {} if why is None else {"why": why}
        self._finish(reason, by="broker", code=code if said else None, **more)
        self.link.close()

    def connection_lost(self, error):
        if not self.ended:
            self._finish("CONNECTION_LOST", by="network", code=None, error=str(error) if error else None)

    def _finish(self, reason, **fields):
        self.ended = True
        self.server.counters["disconnects"] += 1
        self.note("disconnect", reason=reason, **fields)
        for timer in (self._alarm, self._resting):
            if timer:
                timer.cancel()
        session = self.session
        if session and session.connection is self:
            session.detach()
            if not session.expiry:
                self.server.exchange.remove(session)
            self.server.disconnected(self, reason, self._will)
