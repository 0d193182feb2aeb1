#!/usr/bin/env python3
"""AWS's rules for topics, and the measuring of rates."""
import unittest

import topics
from limits import Limits, Rate, Throughput


class Matching(unittest.TestCase):
    def test_filters_match_as_aws_has_it(self):
        for topic_filter, topic, expected in (
                ("a/b", "a/b", True), ("a/b", "a/c", False), ("a/+", "a/b", True), ("a/+", "a/b/c", False),
                ("a/+", "a", False), ("+", "a", True), ("a/#", "a/b", True), ("a/#", "a/b/c", True),
                ("a/#", "a", False), ("#", "a/b", True), ("#", "$aws/x", False), ("+/x", "$aws/x", False),
                ("$aws/+", "$aws/x", True), ("a/+/c", "a//c", True), ("a", "a/", False)):
            with self.subTest(filter=topic_filter, topic=topic):
                self.assertEqual(expected, topics.matches(topic_filter, topic))


class Validity(unittest.TestCase):
    def test_topics(self):
        for topic, expected in (
                ("a", None), ("a/b/c/d/e/f/g/h", None), ("a/b/c/d/e/f/g/h/i", "8 slashes"), ("x" * 256, None),
                ("x" * 257, "257 bytes"), ("ü" * 129, "258 bytes"), ("", "empty"), ("a/+", "wildcard"),
                ("a/#", "wildcard"), ("$SYS/x", "reserved"), ("$aws/events/presence/connected/a", "reserved"),
                ("$aws/things/a/shadow/update", None), ("$aws/things/a/defender/metrics/json", None),
                ("$aws/rules/r/a/b/c/d/e/f/g/h", None), ("$aws/rules/r/a/b/c/d/e/f/g/h/i", "8 slashes"),
                ("$aws/rules/r", "reserved"), ("$aws/rules/long_rule_name/" + "x" * 256, None)):
            with self.subTest(topic[:40]):
                problem = topics.topic_problem(topic, Limits())
                self.assertEqual(expected is None, problem is None, problem)
                self.assertIn(expected or "", problem or "")

    def test_filters(self):
        for topic_filter, good in (
                ("a/+/#", True), ("#", True), ("a/#/b", False), ("a#", False), ("a/b+", False), ("", False),
                ("$share/g/a/b/c/d/e/f/g/h", True), ("$share/g/a/b/c/d/e/f/g/h/i", False), ("$share/g", False),
                ("$share/+/a", False), ("$aws/rules/r/a", False), ("$aws/things/t/shadow/update/accepted", True),
                ("$aws/things/+/jobs/#", True), ("$SYS/#", False), ("a/b/c/d/e/f/g/h/i", False)):
            with self.subTest(topic_filter):
                self.assertEqual(good, topics.filter_problem(topic_filter, Limits()) is None)


class Measuring(unittest.TestCase):
    def setUp(self):
        self.now = 100.0

    def test_no_second_holds_more_than_the_rate(self):
        rate = Rate(lambda: self.now)
        self.assertEqual([True] * 3 + [False] * 2, [rate.allows(3) for _ in range(5)])
        self.now += 0.9
        self.assertFalse(rate.allows(3))
        self.now += 0.2
        self.assertTrue(rate.allows(3))

    def test_without_a_limit_everything_is_allowed(self):
        self.assertTrue(all(Rate(lambda: self.now).allows(0) for _ in range(1000)))

    def test_bytes_beyond_one_second_are_delayed(self):
        throughput = Throughput(lambda: self.now)
        self.assertEqual(0, throughput.delay(1000, 1000))
        self.assertAlmostEqual(0.5, throughput.delay(500, 1000))
        self.now += 10
        self.assertEqual(0, throughput.delay(1000, 1000))

    def test_keep_alive_is_kept_within_its_borders(self):
        for asked, kept in ((0, 1200), (1, 30), (30, 30), (60, 60), (1200, 1200), (1201, 1200)):
            with self.subTest(asked):
                self.assertEqual(kept, Limits().keep_alive(asked))

    def test_a_limit_that_is_none_is_refused(self):
        for changes in ({"speed": 1}, {"payload_bytes": -1}, {"payload_bytes": True}, {"change": 1}):
            with self.subTest(changes), self.assertRaises(ValueError):
                Limits().change(changes)


if __name__ == "__main__":
    unittest.main()
