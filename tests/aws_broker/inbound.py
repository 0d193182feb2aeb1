"""What one client publishes: checked in the order of AWS's rules, recorded, handed on, acknowledged.

Each refusal has two outcomes. MQTT 5 says why; MQTT 3.1.1 has no word for it, and the connection closes.
"""
import asyncio

import journal
import limits
import packets
import topics

DECISIONS_MAX = 1000  # kept decisions of the policy, for one client


class Inbound:
    """Belongs to one Connection, from CONNACK on."""

    def __init__(self, connection):
        self.connection = connection
        self.server = connection.server
        self.level = connection.level
        self._aliases = {}
        self._rate = limits.Rate()
        self._fault_rate = limits.Rate()
        self._throughput = limits.Throughput()
        self._unacknowledged = set()
        self._decisions = {}
        self._decided_by = None
        self._count = 0

    def handle(self, flags, body):
        publish = packets.read_publish(self.level, flags, body)
        server = self.server
        server.counters["publishes"] += 1
        if not self._resolve_alias(publish):
            return
        problem = self._problem(publish)
        if problem:
            self._refuse(publish, *problem)
            return
        silent = self._discarded(publish)
        if silent:
            server.counters["discarded"] += 1
            self._note(publish, "discarded", why=silent)
            return
        reason = server.faults.puback_reason(publish.topic)
        if reason >= 0x80:
            self._refuse(publish, reason, "fault puback_reasons", "SERVER_ERROR")
            return
        self._accept(publish, reason)

    # ---- What is refused ----

    def _resolve_alias(self, publish):
        alias = publish.properties.pop("topic_alias", None)
        if alias is not None:
            if not 0 < alias <= self.server.limits.topic_aliases:
                self._refuse(publish, 0x94, f"the topic alias {alias}", "CLIENT_ERROR", disconnect=True)
                return False
            if publish.topic:
                self._aliases[alias] = publish.topic
            else:
                publish.topic = self._aliases.get(alias, "")
        if not publish.topic and self.level == 5:
            self._refuse(publish, 0x82, "neither a topic nor a known topic alias", "CLIENT_ERROR", disconnect=True)
            return False
        return True

    def _problem(self, publish):
        """(reason code, text, AWS's disconnectReason) or None."""
        server = self.server
        bound = server.limits.payload_bytes
        if bound and len(publish.payload) > bound:
            return 0x97, f"a payload of {len(publish.payload)} bytes, over {bound}", "CLIENT_ERROR"
        if publish.qos == 2:
            return 0x9B, "QoS 2", "CLIENT_ERROR"
        wrong = topics.topic_problem(publish.topic, server.limits)
        if wrong:
            return 0x90, f"the topic: {wrong}", "CLIENT_ERROR"
        if not self._allowed("iot:Publish", publish.topic):
            return 0x87, "the policy does not allow iot:Publish", "AUTH_ERROR"
        if publish.retain and not self._allowed("iot:RetainPublish", publish.topic):
            return 0x87, "the policy does not allow iot:RetainPublish", "AUTH_ERROR"
        return None

    def _allowed(self, action, topic):
        policy = self.server.policy
        if self._decided_by is not policy or len(self._decisions) > DECISIONS_MAX:
            self._decisions.clear()
            self._decided_by = policy
        decision = self._decisions.get((action, topic))
        if decision is None:
            decision = policy.allows(action, f"topic/{topic}", self.connection.identity)
            self._decisions[action, topic] = decision
        return decision

    def _refuse(self, publish, reason, why, disconnect_reason, disconnect=False):
        self.server.counters["refused"] += 1
        if publish.qos == 2 and self.level == 4 and reason == 0x9B:
            self._note(publish, "ignored", why=why)  # AWS gives no answer at all
            return
        hard = disconnect or reason in (0x97, 0x9B) and disconnect_reason == "CLIENT_ERROR"
        if self.level == 5 and publish.qos == 1 and not hard:
            self._note(publish, "refused", reason=reason, why=why)
            self.connection.link.send(packets.write_puback(5, publish.packet_id, reason))
            if self.server.options.after_refused_publish != "disconnect":
                return
        else:
            self._note(publish, "disconnected", reason=reason, why=why)
        self.connection.end(disconnect_reason, reason)

    def _discarded(self, publish):
        """Why the message disappears without a word, or None."""
        server = self.server
        if not self._rate.allows(server.limits.publishes_per_second):
            return "publishes_per_second"
        if not self._fault_rate.allows(server.faults.discard_above):
            return "fault discard_above"
        window = server.limits.unacknowledged
        if window and publish.qos and len(self._unacknowledged) >= window \
                and publish.packet_id not in self._unacknowledged:
            if self.level == 5:
                self.connection.end("CLIENT_ERROR", 0x93)
            return "unacknowledged"
        return None

    # ---- What is accepted ----

    def _accept(self, publish, reason):
        server = self.server
        self._count += 1
        drop = server.faults.drop_after_publishes and self._count >= server.faults.drop_after_publishes
        answer = "none"
        if publish.qos:
            answer = "dropped" if drop else "withheld" if server.faults.withholds_puback() else \
                "delayed" if server.faults.delay_puback_ms else "puback"
        if publish.retain and not publish.topic.startswith("$"):
            server.exchange.retain(publish, server.limits.message_expiry_max)
        receivers = server.exchange.publish(publish, self.connection.client_id)
        server.counters["accepted_publishes"] += 1
        self._note(publish, answer, receivers=receivers)
        if answer == "puback":
            server.counters["pubacks"] += 1
            self.connection.link.send(packets.write_puback(self.level, publish.packet_id, reason))
            self._unacknowledged.discard(publish.packet_id)
        elif publish.qos:
            self._unacknowledged.add(publish.packet_id)
        if answer == "delayed":
            asyncio.get_running_loop().call_later(server.faults.delay_puback_ms / 1000, self._answer_late,
                                                  publish.packet_id, reason)
        if drop:
            self.connection.end("SERVER_ERROR", None, why="fault drop_after_publishes")
            return
        wait = self._throughput.delay(len(publish.payload), server.limits.bytes_per_second)
        if wait:
            self.connection.rest(wait)

    def _answer_late(self, packet_id, reason):
        self._unacknowledged.discard(packet_id)
        if not self.connection.ended:
            self.server.counters["pubacks"] += 1
            self.server.journal.note("puback", connection=self.connection.number, client=self.connection.client_id,
                                     packet_id=packet_id, reason=reason)
            self.connection.link.send(packets.write_puback(self.level, packet_id, reason))

    def _note(self, publish, answer, **more):
        record = self.server.journal
        if record.active:
            record.note("publish", connection=self.connection.number, client=self.connection.client_id,
                        topic=publish.topic, qos=publish.qos, retain=publish.retain, dup=publish.duplicate,
                        packet_id=publish.packet_id, properties=journal.readable(publish.properties), answer=answer,
                        **more, **record.payload(publish.payload))
