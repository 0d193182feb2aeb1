#!/usr/bin/env python3
"""The evaluator of IoT policies, by tables."""
import unittest

from laboratory import policy
from policy import ALLOW_ALL, Identity, Policy, PolicyError

PC = Identity("pc-1", "pc-1", {"CommonName": "pc-0001"})


class Evaluating(unittest.TestCase):
    def check(self, document, *cases, identity=PC):
        evaluator = Policy(document)
        for expected, action, resource in cases:
            with self.subTest(action=action, resource=resource):
                self.assertEqual(expected, evaluator.allows(action, resource, identity))

    def test_nothing_is_allowed_that_no_statement_names(self):
        self.check({"Version": "2012-10-17", "Statement": []}, (False, "iot:Connect", "client/pc-1"))
        self.check(policy(("Allow", "iot:Publish", ["topic/a"])), (True, "iot:Publish", "topic/a"),
                   (False, "iot:Publish", "topic/a/b"), (False, "iot:Publish", "topic/b"),
                   (False, "iot:Receive", "topic/a"), (False, "iot:RetainPublish", "topic/a"),
                   (False, "iot:Publish", "topicfilter/a"))

    def test_everything_is_allowed_by_the_star(self):
        self.check(ALLOW_ALL, (True, "iot:Connect", "client/x"), (True, "iot:RetainPublish", "topic/a"))

    def test_wildcards_stand_for_any_text(self):
        self.check(policy(("Allow", ["iot:P*"], ["topic/a/*", "topic/b?d"])),
                   (True, "iot:Publish", "topic/a/b"), (True, "iot:Publish", "topic/a/b/c"),
                   (True, "iot:Publish", "topic/a/"), (False, "iot:Publish", "topic/a"),
                   (True, "iot:Publish", "topic/bcd"), (False, "iot:Publish", "topic/bd"),
                   (False, "iot:Publish", "topic/bccd"), (False, "iot:Connect", "topic/a/b"))

    def test_wildcards_of_mqtt_are_plain_characters(self):
        self.check(policy(("Allow", "iot:Subscribe", ["topicfilter/a/+/c", "topicfilter/d/#"])),
                   (True, "iot:Subscribe", "topicfilter/a/+/c"), (False, "iot:Subscribe", "topicfilter/a/b/c"),
                   (True, "iot:Subscribe", "topicfilter/d/#"), (False, "iot:Subscribe", "topicfilter/d/e"))

    def test_a_dot_is_no_wildcard(self):
        self.check(policy(("Allow", "iot:Publish", ["topic/a.b"])), (False, "iot:Publish", "topic/axb"))

    def test_deny_is_stronger_in_any_order(self):
        allow = ("Allow", "iot:*", ["topic/*"])
        deny = ("Deny", "iot:Publish", ["topic/secret/*"])
        for document in (policy(allow, deny), policy(deny, allow)):
            self.check(document, (True, "iot:Publish", "topic/a"), (False, "iot:Publish", "topic/secret/a"),
                       (True, "iot:Receive", "topic/secret/a"))

    def test_variables_are_filled_in(self):
        document = policy(("Allow", "iot:Connect", ["client/${iot:Connection.Thing.ThingName}"]),
                          ("Allow", "iot:Publish", ["topic/${iot:ClientId}/${iot:Certificate.Subject.CommonName}/*"]))
        self.check(document, (True, "iot:Connect", "client/pc-1"), (False, "iot:Connect", "client/pc-2"),
                   (True, "iot:Publish", "topic/pc-1/pc-0001/x"), (False, "iot:Publish", "topic/pc-1/other/x"))

    def test_a_variable_without_a_value_matches_nothing(self):
        self.check(policy(("Allow", "iot:Connect", ["client/${iot:Connection.Thing.ThingName}*"])),
                   (False, "iot:Connect", "client/"), (False, "iot:Connect", "client/x"), identity=Identity("x", None))

    def test_a_wildcard_in_a_value_is_plain_text(self):
        self.check(policy(("Allow", "iot:Publish", ["topic/${iot:ClientId}"])),
                   (True, "iot:Publish", "topic/*"), (False, "iot:Publish", "topic/a"), identity=Identity("*"))

    def test_connect_attributes(self):
        condition = {"ForAllValues:StringEquals": {"iot:ConnectAttributes": ["LastWill"]}}
        evaluator = Policy(policy(("Allow", "iot:Connect", ["client/*"], condition)))
        for attributes, expected in ((set(), True), ({"LastWill"}, True), ({"PersistentConnect"}, False),
                                     ({"LastWill", "PersistentConnect"}, False)):
            with self.subTest(attributes):
                identity = Identity("a", "a", {}, frozenset(attributes))
                self.assertEqual(expected, evaluator.allows("iot:Connect", "client/a", identity))

    def test_operators(self):
        for operator, key, wanted, expected in (
                ("StringEquals", "iot:ClientId", "pc-1", True), ("StringEquals", "iot:ClientId", ["x", "pc-1"], True),
                ("StringEquals", "iot:ClientId", "pc-*", False), ("StringLike", "iot:ClientId", "pc-*", True),
                ("StringNotLike", "iot:ClientId", "pc-*", False), ("StringNotEquals", "iot:ClientId", "x", True),
                ("StringEqualsIgnoreCase", "iot:ClientId", "PC-1", True),
                ("Bool", "iot:Connection.Thing.IsAttached", "true", True),
                ("Bool", "iot:Connection.Thing.IsAttached", [False], False),
                ("StringEquals", "iot:Certificate.Subject.Country", "DE", False),
                ("StringEqualsIfExists", "iot:Certificate.Subject.Country", "DE", True),
                ("ForAnyValue:StringEquals", "iot:ConnectAttributes", "LastWill", False),
                ("StringEquals", "iot:ClientId", "${iot:Connection.Thing.ThingName}", True)):
            with self.subTest(operator=operator, wanted=wanted):
                document = policy(("Allow", "iot:Publish", ["topic/*"], {operator: {key: wanted}}))
                self.assertEqual(expected, Policy(document).allows("iot:Publish", "topic/a", PC))

    def test_region_and_account_are_compared_when_they_are_known(self):
        document = policy(("Allow", "iot:Publish", ["topic/a"]))
        for region, account, expected in (("eu-test-1", "123456789012", True), ("eu-test-2", "123456789012", False),
                                          ("eu-test-1", "1", False), (None, None, True)):
            with self.subTest(region=region, account=account):
                self.assertEqual(expected, Policy(document, region, account).allows("iot:Publish", "topic/a", PC))


class Understanding(unittest.TestCase):
    def test_what_is_not_understood_is_refused_as_a_whole(self):
        good = {"Effect": "Allow", "Action": "iot:Publish", "Resource": "*"}
        for name, document in {
                "no object": [], "no statement": {}, "version": {"Version": "2008-10-17", "Statement": [good]},
                "effect": {"Statement": {**good, "Effect": "Permit"}},
                "element": {"Statement": {**good, "NotAction": "x"}},
                "no action": {"Statement": {"Effect": "Allow", "Resource": "*"}},
                "resource": {"Statement": {**good, "Resource": "topic/a"}},
                "variable": {"Statement": {**good, "Resource": "arn:aws:iot:r:a:topic/${aws:username}"}},
                "operator": {"Statement": {**good, "Condition": {"IpAddress": {"aws:SourceIp": "::1"}}}},
                "key": {"Statement": {**good, "Condition": {"StringEquals": {"aws:SourceIp": "::1"}}}}}.items():
            with self.subTest(name), self.assertRaises(PolicyError):
                Policy(document)


if __name__ == "__main__":
    unittest.main()
