#!/usr/bin/env python3
"""The classifier of back-off, with gaps as they would be measured."""
import random
import unittest

from backoff import classify


def noisy(gaps, seed=1):
    """A little later than meant, as on a busy machine."""
    dice = random.Random(seed)
    return [gap + dice.uniform(0, 0.015) for gap in gaps]


class Classifying(unittest.TestCase):
    def test_kinds(self):
        for kind, gaps in (
                ("none", [0, 0, 0, 0, 0]), ("constant", [1, 1, 1, 1, 1]), ("constant", [2.81, 2.81, 2.80, 2.82]),
                ("constant", [0.2] * 6), ("linear", [1, 2, 3, 4, 5]), ("linear", [0, 1, 2, 3, 4]),
                ("linear", [1, 3, 5, 7, 7, 7]), ("exponential", [1, 2, 4, 8, 16]),
                ("exponential", [0, 1, 2, 4, 8]), ("exponential", [1, 2, 4, 8, 8, 8]),
                ("exponential", [1, 2, 4, 8, 10, 10]), ("exponential", [0.1, 0.2, 0.4, 0.8, 1.6]),
                ("exponential", [1, 1.5, 2.25, 3.375, 5.0625]), ("jitter", [0.3, 1.9, 1.2, 7.1, 11]),
                ("jitter", [0.9, 1.7, 4.6, 7.1, 17]), ("jitter", [5, 1, 4, 2, 6])):
            with self.subTest(gaps=gaps):
                self.assertEqual(kind, classify([noisy(gaps)]).kind)

    def test_full_jitter_is_jitter_whatever_the_dice_say(self):
        proper = 0
        for seed in range(500):
            dice = random.Random(seed)
            runs = [[dice.uniform(0, 2 ** index) for index in range(5)] for _ in range(2)]
            verdict = classify(runs, cap=16)
            self.assertEqual("jitter", verdict.kind, runs)
            proper += verdict.proper
        self.assertGreater(proper, 480)

    def test_jitter_that_does_not_grow_is_improper(self):
        verdict = classify([[3, 2, 4, 1.5, 1], [2, 4, 1, 1.2, 2.2]])
        self.assertEqual(("jitter", False), (verdict.kind, verdict.proper))
        self.assertIn("does not grow", verdict.why)

    def test_jitter_beyond_its_cap_is_improper(self):
        self.assertTrue(classify([[0.3, 1.9, 1.2, 7.1, 11]], cap=10).proper)
        self.assertFalse(classify([[0.3, 1.9, 1.2, 7.1, 11.5]], cap=10).proper)

    def test_too_few_gaps_say_nothing(self):
        for runs in ([], [[1, 2, 4]], [[1], [2]]):
            with self.subTest(runs=runs):
                self.assertEqual(("unknown", False), (classify(runs).kind, classify(runs).proper))

    def test_a_second_run_may_go_on_where_the_first_ended(self):
        self.assertEqual("exponential", classify([[1, 2, 4, 8, 8], [8, 8, 8, 8, 8]]).kind)
        self.assertEqual("linear", classify([[1, 2, 3, 4, 5], [6, 7, 8, 9, 10]]).kind)
        self.assertTrue(classify([[0.2, 1.1, 0.9, 4.2, 6.5], [8, 3, 5, 1, 7]]).proper)

    def test_runs_that_differ_are_jitter(self):
        self.assertEqual("jitter", classify([[1, 1, 1, 1], [1, 2, 4, 8]]).kind)
        self.assertEqual("constant", classify([[0, 0, 0, 0], [1, 1, 1, 1]]).kind)


if __name__ == "__main__":
    unittest.main()
