#!/usr/bin/env python3
"""Names of servers that have several addresses, of which some do not answer, and names whose address changes: with a
network and an /etc/hosts of the gateway's own, hence as root only."""
import pathlib
import subprocess
import unittest

import gateway_link
import harness
import http_lab
import mqtt_lab
from test_http import delivered, flow, numbers_of

# Longer than any wait of these tests: whoever waits for the first address does not come to the second in time.
PATIENT = "allow_plain: true, connect_timeout: 2m"
MQTT = """
sources:
  numbers: {{plugin: generate, rate: 20, fields: 1}}
pipelines:
  all: {{from: [numbers], to: [out]}}
sinks:
  out: {{plugin: mqtt, endpoint: server.test, port: {port}, topic: t, retry: {{min: 50ms, max: 200ms}}}}
"""


def attempts_of(pid):
    """Of the process's network: connections that are not made yet, by their lines in /proc."""
    lines = [line for kind in ("tcp", "tcp6") for line in pathlib.Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()]
    return [line for line in lines if line.split()[3] == "02"]


class Names(http_lab.HttpTest):
    def setUp(self):
        super().setUp()
        self.link = self.closed_at_the_end(gateway_link.Link())

    def names(self, *addresses):
        """Of server.test, in the order in which they are tried."""
        made = gateway_link.Names(self.folder, {"server.test": addresses})
        self.before = self.link.inside + made.inside
        said = subprocess.run([*self.before, "getent", "ahosts", "server.test"], capture_output=True, text=True, check=True).stdout
        self.assertEqual(list(addresses), [line.split()[0] for line in said.splitlines() if "STREAM" in line])
        return made

    def address(self, number):
        made = self.link.other_address(number)
        self.link.add_address(made)
        return made

    def black_hole(self, made):
        self.link.add_black_hole(made)
        return made

    def run_through(self, receiver):
        gateway = self.gateway(flow(f"http://server.test:{receiver.port}/", PATIENT, rate=0, count=10), before=self.before)
        receiver.wait_for(1, otherwise=gateway.said)
        # What lost is not waited for either: the system would go on trying for two minutes.
        gateway.wait_until(lambda: attempts_of(gateway.pid) == [], "the other attempts to end")
        gateway.wait_for_line("all 10 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(delivered(10), gateway.ledger("all -> out"))
        self.assertEqual(list(range(10)), numbers_of(receiver.requests()))
        self.assertNotIn("backing off", gateway.said())


class SeveralAddresses(Names):
    def test_the_first_of_which_never_answers(self):
        address = self.address(0)
        self.names(self.black_hole(self.link.other_address(1)), self.black_hole(self.link.other_address(2)), address)
        self.run_through(self.receiver(address=address))

    def test_of_which_that_of_ipv6_never_answers(self):
        address = self.address(0)
        self.names(self.black_hole("fd00:7464::"), address)
        self.run_through(self.receiver(address=address))

    def test_none_of_which_answers(self):
        self.names(self.black_hole(self.link.other_address(1)), self.black_hole(self.link.other_address(2)))
        gateway = self.gateway(flow("http://server.test:8080/", "allow_plain: true, connect_timeout: 1s", rate=0, count=10), before=self.before)
        self.assertIn("server.test:8080 does not answer within 1 s; a firewall may drop what goes to port 8080", gateway.wait_for_line("backing off"))
        self.assertEqual(harness.OK, gateway.stop())

    def test_one_of_which_refuses_and_one_is_beyond_this_network(self):
        address = self.address(0)
        self.names(address, "2001:db8::1")
        gateway = self.gateway(flow("http://server.test:8080/", PATIENT, rate=0, count=10), before=self.before)
        self.assertIn("server.test:8080 refuses connections; is the server running, and is 'url' right?", gateway.wait_for_line("backing off"))

    def test_and_the_same_of_mqtt(self):
        self.names(self.address(0), "2001:db8::1")
        gateway = self.gateway(MQTT.format(port=1883), before=self.before)
        self.assertIn("server.test:1883 refuses connections; is the broker running, and is 'port' right?", gateway.wait_for_line("backing off"))


class NoNameServer(Names):
    def test_that_answers_is_told_and_holds_nothing_up(self):
        made = gateway_link.Names(self.folder, {}, self.black_hole(self.link.other_address(1)))
        gateway = self.gateway(flow("http://server.test:8080/", "allow_plain: true, connect_timeout: 1s", rate=0, count=10),
                               before=self.link.inside + made.inside)
        self.assertIn("the name server does not say within 1 s where 'server.test' is; check the network of this machine",
                      gateway.wait_for_line("backing off"))
        self.assertEqual(harness.OK, gateway.stop())


class ChangedAddress(Names):
    def test_http_looks_the_name_up_for_each_connection(self):
        addresses = [self.address(0), self.address(1)]
        first = self.receiver(lambda request: (200, {"Connection": "close"}, b""), address=addresses[0])
        second = self.receiver(address=addresses[1], port=first.port)
        names = self.names(addresses[0])
        gateway = self.gateway(flow(f"http://server.test:{first.port}/", PATIENT, rate=20), before=self.before)
        first.wait_for(2, otherwise=gateway.said)
        names.set({"server.test": [addresses[1]]})
        second.wait_for(2, otherwise=gateway.said)
        self.assertEqual(harness.OK, gateway.stop())
        numbers = numbers_of(first.requests() + second.requests())
        self.assertEqual(list(range(len(numbers))), numbers)
        self.assertNotIn("backing off", gateway.said())

    def test_mqtt_does_so_too(self):
        broker = self.closed_at_the_end(mqtt_lab.Mosquitto(self.folder, self.pki))
        heard = self.closed_at_the_end(mqtt_lab.Subscriber(broker.plain))
        addresses = [self.address(0), self.address(1)]
        first = self.closed_at_the_end(http_lab.Link(broker.plain, addresses[0]))
        second = self.closed_at_the_end(http_lab.Link(broker.plain, addresses[1], first.port))
        names = self.names(addresses[0])
        gateway = self.gateway(MQTT.format(port=first.port), before=self.before)
        gateway.wait_until(lambda: heard.messages(), "a message")
        names.set({"server.test": [addresses[1]]})
        first.break_after(0)
        gateway.wait_until(lambda: second.connections > 0, "a connection to the new address")
        count = len(heard.messages())
        gateway.wait_until(lambda: len(heard.messages()) > count, "messages to arrive again")


if __name__ == "__main__":
    unittest.main()
