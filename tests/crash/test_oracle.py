#!/usr/bin/env python3
"""The judge finds what is wrong in files that are made up to be wrong."""
import pathlib
import struct
import tempfile
import unittest

import oracle
from oracle import ACCEPTED, ASKED, DAMAGED, OFFERED, RECEIVED, REJECTED

SECOND = 2 << oracle.SOURCE_SHIFT


class Judge(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, *notes, torn=b""):
        path = self.folder / name
        path.write_bytes(b"".join(struct.pack("<QIIq", *note, 0) for note in notes) + torn)
        return path

    def judge(self, *received, offered=((1, 100, OFFERED),), accepted=((1, 100, ACCEPTED),), torn=b""):
        return oracle.judge([self.write("offered", *offered)], [self.write("accepted", *accepted)],
                            {"sink": self.write("sink", *received, torn=torn)})[0]

    def test_what_arrives_once_and_in_order_is_right(self):
        verdict = self.judge((1, 60, RECEIVED), (61, 40, RECEIVED))
        self.assertEqual((False, 100, 0, 0), (verdict.is_wrong(), len(verdict.arrived), verdict.doubled, len(verdict.uncertain)))

    def test_what_is_missing_is_lost(self):
        verdict = self.judge((1, 16, RECEIVED), (21, 80, RECEIVED))
        self.assertEqual({17, 18, 19, 20}, verdict.lost)
        self.assertTrue(verdict.is_wrong())
        self.assertIn("sink: lost: 0:17..20", oracle.table([verdict]))

    def test_everything_is_lost_where_there_is_no_file(self):
        verdict = oracle.judge([self.write("offered", (1, 5, OFFERED))], [self.write("accepted", (1, 5, ACCEPTED))],
                               {"sink": self.folder / "none"})[0]
        self.assertEqual({1, 2, 3, 4, 5}, verdict.lost)

    def test_what_comes_again_is_doubled_and_not_out_of_order(self):
        verdict = self.judge((1, 50, ASKED), (1, 50, RECEIVED), (41, 60, RECEIVED))
        self.assertEqual((60, 0, False), (verdict.doubled, verdict.disordered, verdict.is_wrong()))

    def test_what_comes_first_after_a_later_one_is_out_of_order(self):
        verdict = self.judge((1, 10, RECEIVED), (12, 89, RECEIVED), (11, 1, RECEIVED))
        self.assertEqual((1, True), (verdict.disordered, verdict.is_wrong()))

    def test_sources_have_an_order_each(self):
        offered = (SECOND + 1, 5, OFFERED), (1, 5, OFFERED)
        accepted = (SECOND + 1, 5, ACCEPTED), (1, 5, ACCEPTED)
        verdict = self.judge((SECOND + 1, 3, RECEIVED), (1, 5, RECEIVED), (SECOND + 4, 2, RECEIVED),
                             offered=offered, accepted=accepted)
        self.assertFalse(verdict.is_wrong(), oracle.table([verdict]))

    def test_what_was_not_accepted_may_arrive_or_not(self):
        verdict = self.judge((1, 95, RECEIVED), accepted=((1, 90, ACCEPTED),))
        self.assertEqual((5, False), (len(verdict.uncertain), verdict.is_wrong()))

    def test_what_was_never_offered_is_foreign(self):
        verdict = self.judge((1, 100, RECEIVED), (500, 1, RECEIVED))
        self.assertEqual(({500}, True), (verdict.foreign, verdict.is_wrong()))

    def test_what_was_rejected_is_not_lost(self):
        verdict = self.judge((1, 99, RECEIVED), (100, 1, REJECTED))
        self.assertEqual((set(), {100}, False), (verdict.lost, verdict.rejected, verdict.is_wrong()))

    def test_a_wrong_payload_is_damage(self):
        verdict = self.judge((1, 99, RECEIVED), (100, 1, DAMAGED))
        self.assertEqual(({100}, set(), True), (verdict.damaged, verdict.lost, verdict.is_wrong()))

    def test_a_note_that_was_cut_off_was_never_made(self):
        whole = struct.pack("<QIIq", 91, 10, RECEIVED, 0)
        for end in range(1, oracle.NOTE_BYTES):
            verdict = self.judge((1, 90, RECEIVED), torn=whole[:end])
            self.assertEqual(10, len(verdict.lost))

    def test_accepting_what_was_not_offered_is_a_fault_of_the_test(self):
        with self.assertRaisesRegex(ValueError, "without having been offered: 0:101..102"):
            self.judge(accepted=((1, 102, ACCEPTED),))


if __name__ == "__main__":
    unittest.main()
