#!/usr/bin/env python3
"""Whatever happens to the broker, to the network and to the gateway itself: what was accepted arrives, in order, and only
what was on its way arrives twice.

$TIDEGATE_CRASH_OUTAGES says how many outages there are (8), of which every fourth is a kill -9 of the gateway; there are
5000 samples for each. 20 are the full run.
"""
import bisect
import collections
import json
import signal
import time

import mqtt_witnesses
import rig
from rig import harness, oracle

import gateway_link

mqtt_lab = mqtt_witnesses.mqtt_lab

OUTAGES = rig.number_of("TIDEGATE_CRASH_OUTAGES", 8)
SAMPLES = OUTAGES * 5000
SAMPLES_A_MESSAGE, MESSAGES_A_DELIVERY, IN_FLIGHT = 100, 5, 20
# What the gateway may not know to have arrived when a connection ends: what is under way, and what belongs to a delivery
# of which something is under way. It knows digests of the latter, unless it was killed or cuts it differently.
ON_ITS_WAY = (IN_FLIGHT + MESSAGES_A_DELIVERY - 1) * SAMPLES_A_MESSAGE
LENGTH_MIN, LENGTH_MAX = 200, 3000  # of an outage: accepted samples

GATEWAY = """
gateway: {{id: PC-0001, shutdown_timeout: 60s}}
spool: {{path: spool, max_size: 64MiB, min_free: 1MiB}}
sources:
  source1: {{plugin: oracle, number: 1, interval: 5ms, batch: 10, payload: 0, offered: notes/offered1, accepted: notes/accepted1,
            orders: orders/source1}}
pipelines:
  durable: {{from: [source1], to: [cloud], buffer: {{type: disk, commit: always, when_full: block}}}}
sinks:
  cloud:
    plugin: {plugin}
    endpoint: {address}
    port: {port}
    topic: "plant/{{name}}"
    tls: {{ca: pki/ca.pem, certificate: pki/PC-0001.pem, key: pki/PC-0001.key}}
    encoding: {{type: json, layout: flat, time: none, name: none, tags: none, fields: [value]}}
    samples_per_message: {samples}
    batch: {{max_samples: {delivery}, max_wait: 50ms}}
    limits: {{in_flight: {in_flight}}}
    connect_timeout: 2s
    timeout: 1s
    retry: {{min: 50ms, max: 500ms}}
    stable_after: 1s
"""


class Outage:
    """What happened, when it began, and how many samples it may cost a second arrival."""

    def __init__(self, kind, begin):
        self.kind = kind
        self.begin = begin
        self.killed = None  # when the gateway was
        self.doubled = 0
        self.allowed = ON_ITS_WAY


class MqttOutages(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.pki = mqtt_lab.Pki(self.folder / "pki")
        self.pki.sign("PC-0001")
        self.link = gateway_link.Link()
        self.addCleanup(self.link.close)
        self.pki.sign("server", names=f"IP:{self.link.address}")
        self.outages = []

    def test_aws_iot_with_a_broker_that_is_killed(self):
        self.go_through("aws-iot", mqtt_witnesses.AwsBroker)

    def test_mqtt_with_mosquitto_that_is_stopped(self):
        self.go_through("mqtt", mqtt_witnesses.PersistentBroker)

    def go_through(self, plugin, witness):
        self.notes = self.folder / "notes/cloud"
        self.broker = witness(self.folder, self.pki, self.link.address, self.notes)
        self.addCleanup(self.broker.close)
        self.sinks["cloud"] = rig.Watch(self.notes, oracle.RECEIVED)
        self.write("gateway.yaml", GATEWAY.format(plugin=plugin, address=self.link.address, port=self.broker.port,
                                                  samples=SAMPLES_A_MESSAGE, delivery=SAMPLES_A_MESSAGE * MESSAGES_A_DELIVERY,
                                                  in_flight=IN_FLIGHT))
        started = time.monotonic()
        self.start_gateway()
        for kind in self.draw():
            self.wait_until_caught_up()
            self.wait_for_accepted(self.running, self.random.randrange(100, 1000))
            self.happen(kind)
        self.wait_until_caught_up()
        self.wait_for_accepted(self.running, max(0, SAMPLES - self.accepted.count()), 300)
        self.rest(self.running)
        self.wait_until_caught_up()
        # The broker has written down what it acknowledges before it does.
        self.running.wait_until(self.is_acknowledged, "acknowledgements of all", 60)
        self.assertEqual(harness.OK, self.running.stop())
        ledger = self.running.ledger("durable -> cloud")
        self.assertEqual((0, 0), (ledger["waiting"], ledger["discarded"]), self.running.said())
        self.broker.look()
        verdict, = self.assert_nothing_lost()
        self.assertEqual([], self.broker.remarks())
        self.explain_what_was_doubled(verdict)
        print(f"{verdict.accepted} samples in {time.monotonic() - started:.0f} s", flush=True)

    def is_acknowledged(self):
        told = json.loads(self.tidegate("spool", "ls", "-c", "gateway.yaml", "--json").stdout)
        return all(route["waiting"] == 0 for route in told["routes"])

    def start_gateway(self):
        self.running = self.daemon(before=self.link.inside)

    # ---- What happens ----

    def draw(self):
        """Kinds in an order of chance, each as often as the others."""
        kills = [self.gateway_killed, self.gateway_killed_behind_a_cut]
        others = [self.broker_ends, self.network_down, self.packets_lost, self.answers_lost, self.link_slow, self.broker_frozen]
        for of in (kills, others):
            self.random.shuffle(of)
        drawn = [kills[number // 4 % len(kills)] if number % 4 == 0 else others[(number - number // 4 - 1) % len(others)]
                 for number in range(OUTAGES)]
        self.random.shuffle(drawn)
        return drawn

    def happen(self, kind):
        outage = Outage(kind.__name__, time.monotonic_ns())
        self.outages.append(outage)
        kind(outage)

    def last(self):
        """For as long as so many more samples are accepted."""
        self.wait_for_accepted(self.running, self.random.randrange(LENGTH_MIN, LENGTH_MAX))

    def broker_ends(self, _):
        self.broker.end()
        self.last()
        self.broker.start()

    def broker_frozen(self, _):
        self.broker.send(signal.SIGSTOP)
        self.last()
        self.broker.send(signal.SIGCONT)

    def network_down(self, _):
        self.with_link(self.link.unplug)

    def packets_lost(self, _):
        self.with_link(self.link.drop)

    def answers_lost(self, _):
        self.with_link(self.link.drop_answers)

    def link_slow(self, _):
        self.with_link(self.link.slow_down)

    def with_link(self, harm):
        harm()
        self.last()
        self.link.mend()

    def gateway_killed(self, outage):
        self.running.kill()
        outage.killed = time.monotonic_ns()
        self.start_gateway()

    def gateway_killed_behind_a_cut(self, outage):
        self.link.drop()
        self.last()
        self.gateway_killed(outage)
        self.last()
        self.link.mend()

    def wait_until_caught_up(self):
        """Everything that is accepted now has arrived."""
        goal = max(self.accepted.values(), default=0)
        self.running.wait_until(lambda: self.broker.look() >= max(goal, 1),
                                f"value {goal & 0xFFFFFFFF} at the broker after {self.outages[-1].kind if self.outages else 'the start'}",
                                60)

    # ---- What arrived twice ----

    def explain_what_was_doubled(self, verdict):
        """Each second arrival comes after an outage; and no outage costs more than what was on its way when it came."""
        begins = [outage.begin for outage in self.outages]
        arrived, doubled_at = {}, collections.defaultdict(list)
        for first, count, _, when in oracle.notes(self.notes):
            for value in range(first, first + count):
                if arrived.setdefault(value, when) != when or value in doubled_at:
                    doubled_at[value].append(when)
        for value, times in doubled_at.items():
            for when in times:
                cause = bisect.bisect(begins, when) - 1
                self.assertGreaterEqual(cause, 0, f"{oracle.describe([value])} arrived twice before any outage")
                self.outages[cause].doubled += 1
        self.allow_kills()
        for outage in self.outages:
            print(f"  {outage.kind:<28} doubled {outage.doubled:>5}, at most {outage.allowed}")
        self.assertEqual(verdict.doubled, sum(outage.doubled for outage in self.outages))
        for outage in self.outages:
            self.assertLessEqual(outage.doubled, outage.allowed, outage.kind)

    def allow_kills(self):
        """Cursors ride along with each commit: what arrived since the last accepted one had been offered comes again too."""
        offered = {first: when for first, _, event, when in oracle.notes(self.offered.path) if event == oracle.OFFERED}
        commits = [(when, offered[first]) for first, _, _, when in oracle.notes(self.accepted.path)]
        for outage in self.outages:
            if outage.killed:
                since = commits[bisect.bisect(commits, (outage.killed,)) - 1][1]
                outage.allowed += sum(count for _, count, _, when in oracle.notes(self.notes) if since <= when <= outage.killed)


if __name__ == "__main__":
    rig.main()
