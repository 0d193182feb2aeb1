"""Who gets a message: subscriptions of all sessions, shared subscriptions, retained messages."""
import dataclasses
import time

import packets
import properties
import topics


class Exchange:
    """`may_receive(session, topic)` asks the policy. Sessions are changed only through this class."""

    def __init__(self, may_receive):
        self.sessions = {}   # by client id
        self.retained = {}   # topic -> (publish, since)
        self._may_receive = may_receive
        self._routes = {}    # topic -> who gets it, until a subscription or the policy changes
        self._turns = {}     # shared group and filter -> whose turn it is

    def changed(self):
        self._routes.clear()

    def add(self, session):
        self.sessions[session.client_id] = session
        self.changed()

    def remove(self, session):
        if self.sessions.get(session.client_id) is session:
            del self.sessions[session.client_id]
        self.changed()

    def subscribe(self, session, topic_filter, subscription):
        session.subscriptions[topic_filter] = subscription
        self.changed()

    def unsubscribe(self, session, topic_filter):
        """False if there was none."""
        self.changed()
        return session.subscriptions.pop(topic_filter, None) is not None

    def publish(self, publish, origin=None):
        """Hands the message to everyone who is to have it; how many these are. `origin` is the sender's client id."""
        routes = self._routes.get(publish.topic)
        if routes is None:
            if len(self._routes) > 4096:
                self._routes.clear()
            routes = self._routes[publish.topic] = self._find(publish.topic)
        if not any(routes):
            return 0
        alone, shared = routes
        chosen = list(alone)
        for group, members in shared:
            turn = self._turns[group] = self._turns.get(group, -1) + 1
            here = [one for one in members if one[0].connection] or members
            chosen.append(here[turn % len(here)])
        forwarded = {name: publish.properties[name] for name in properties.FORWARDED if name in publish.properties}
        count = 0
        for session, subscription in chosen:
            if subscription.no_local and session.client_id == origin:
                continue
            retain = publish.retain and subscription.retain_as_published
            session.deliver(packets.Publish(publish.topic, publish.payload, min(publish.qos, subscription.qos), retain,
                                            properties=forwarded))
            count += 1
        return count

    def _find(self, topic):
        """([(session, subscription)], [(group, [(session, subscription)])]). One client gets a message once."""
        alone = []
        groups = {}
        for session in self.sessions.values():
            if not session.subscriptions or not self._may_receive(session, topic):
                continue
            best = None
            for name, subscription in session.subscriptions.items():
                shared = topics.SHARED.fullmatch(name)
                if not topics.matches(shared.group(2) if shared else name, topic):
                    continue
                if shared:
                    groups.setdefault(name, []).append((session, subscription))
                elif best is None or subscription.qos > best.qos:
                    best = subscription
            if best:
                alone.append((session, best))
        return alone, list(groups.items())

    def retain(self, publish, expiry_max):
        """Keeps the message for those who will subscribe; an empty one deletes it."""
        if not publish.payload:
            self.retained.pop(publish.topic, None)
            return
        kept = {name: publish.properties[name] for name in properties.FORWARDED if name in publish.properties}
        if "message_expiry_interval" in kept and expiry_max:
            kept["message_expiry_interval"] = min(kept["message_expiry_interval"], expiry_max)
        self.retained[publish.topic] = (dataclasses.replace(publish, properties=kept), time.monotonic())

    def send_retained(self, session, topic_filter, subscription):
        """AWS gives retained messages to subscriptions of the exact topic only."""
        found = self.retained.get(topic_filter)
        if not found or not self._may_receive(session, topic_filter):
            return
        publish, since = found
        expiry = publish.properties.get("message_expiry_interval")
        if expiry is not None and time.monotonic() > since + expiry:
            del self.retained[topic_filter]
            return
        session.deliver(packets.Publish(publish.topic, publish.payload, min(publish.qos, subscription.qos), True,
                                        properties=dict(publish.properties)), stored_since=since)
