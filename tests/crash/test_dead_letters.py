#!/usr/bin/env python3
"""What a sink refuses is kept with its reason, holds nothing else up, and is offered again by `tidegate spool replay`."""
import json
import subprocess

import rig
from rig import harness, oracle

SPOOL = "path: spool, max_size: 16MiB, min_free: 1MiB"
EVERY = 7  # value is refused
NOTHING = "there are no dead letters\n"


class DeadLetters(rig.CrashTest):
    def setUp(self):
        super().setUp()
        self.configure(sinks=("picky", "other"), spool=SPOOL, buffer="{type: disk, commit: always, when_full: block}")
        self.order("picky", f"reject {EVERY}")
        self.refused = rig.Watch(self.folder / "notes/picky", oracle.REJECTED)
        self.taken = rig.Watch(self.folder / "notes/picky", oracle.RECEIVED)

    def spool(self, *arguments):
        return self.tidegate("spool", *arguments)

    def waiting(self, path):
        """By route."""
        told = json.loads(self.spool("ls", "--json", "--path", path).stdout)
        return {f"{route['pipeline']}/{route['sink']}": route["waiting"] for route in told["routes"]}

    def refuse_some(self):
        daemon = self.daemon()
        self.wait_for_accepted(daemon, 1000)
        self.rest(daemon)
        daemon.wait_until(lambda: self.accepted.values() <= self.taken.values() | self.refused.values(), "everything at picky")
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["other"].values(), "everything at other")
        self.assertEqual(harness.OK, daemon.stop())
        self.assertGreater(len(self.refused.values()), 100)

    def assert_none_is_missing(self):
        """In whatever order: those that were refused come late."""
        verdicts = self.verdicts()
        print(oracle.table(verdicts), flush=True)
        for verdict in verdicts:
            self.assertFalse(verdict.lost or verdict.foreign or verdict.damaged)
            self.assertEqual(set(self.accepted.values()), verdict.arrived)
        return verdicts

    def test_replay_offers_them_to_the_sink_that_refused_them_and_to_no_other(self):
        self.refuse_some()
        refused = set(self.refused.values())
        arrived_elsewhere = self.sinks["other"].count()
        done = self.spool("replay", "-c", "gateway.yaml")
        self.assertEqual((harness.OK, ""), (done.returncode, done.stderr))
        self.assertEqual(f"durable -> picky: {len(refused)} samples offered again when the gateway runs\n", done.stdout)
        self.assertEqual({"durable/picky": len(refused), "durable/other": 0}, self.waiting("spool"))
        self.assertEqual(NOTHING, self.spool("replay", "-c", "gateway.yaml").stdout)
        self.order("picky", "fast")
        daemon = self.daemon()
        daemon.wait_until(lambda: refused <= self.taken.values(), "the refused values at picky")
        self.assertEqual(harness.OK, daemon.stop())
        self.assertEqual(arrived_elsewhere, self.sinks["other"].count())
        self.assertEqual([0, 0], [verdict.doubled for verdict in self.assert_none_is_missing()])

    def test_what_is_refused_again_is_a_dead_letter_again(self):
        self.refuse_some()
        count = len(self.refused.values())
        self.spool("replay", "durable/picky", "--path", "spool")
        times = self.refused.count()
        daemon = self.daemon()
        daemon.wait_until(lambda: self.refused.count() >= times + count, "the values refused again")
        self.assertEqual(harness.OK, daemon.stop())
        self.assertIn(f"durable -> picky: {count} samples offered again", self.spool("replay", "--path", "spool").stdout)

    def test_beside_a_gateway_it_is_refused_and_changes_nothing(self):
        self.refuse_some()
        daemon = self.daemon()
        daemon.wait_for_line("runs gateway")
        done = self.spool("replay", "-c", "gateway.yaml")
        self.assertEqual(harness.UNAVAILABLE, done.returncode)
        self.assertIn(f"is in use by process {daemon.pid} (tidegate); stop it first", done.stderr)
        self.assertEqual(harness.OK, daemon.stop())
        self.assertIn("samples offered again", self.spool("replay", "-c", "gateway.yaml").stdout)

    def test_a_route_that_is_gone_keeps_its_letters(self):
        self.refuse_some()
        kept = self.waiting("spool/dead-letters")
        subprocess.run(["find", self.folder / "spool", "-maxdepth", "1", "-name", "segment-*", "-delete"], check=True)
        self.sinks.clear()
        self.configure(sinks=("other",), spool=SPOOL)
        self.order("source1", "run")
        daemon = self.daemon()
        self.wait_for_accepted(daemon, 10)
        self.assertEqual(harness.OK, daemon.stop())
        done = self.spool("replay", "-c", "gateway.yaml")
        self.assertEqual(harness.UNAVAILABLE, done.returncode)
        self.assertEqual("tidegate: durable -> picky: the spool has no such route any more; its dead letters stay, and 'tidegate "
                         "spool export --path DIR/dead-letters' gives a copy of them\n", done.stderr)
        self.assertEqual(kept, self.waiting("spool/dead-letters"))

    def test_a_kill_while_they_are_replayed_loses_none(self):
        self.refuse_some()
        refused = set(self.refused.values())
        for point in ("before-write", "after-write", "after-sync", "after-sync-of-cursors"):
            for count in (1, 2):
                self.tidegate("spool", "replay", "-c", "gateway.yaml", TIDEGATE_CRASH_POINT=f"{point}:{count}")
        self.spool("replay", "-c", "gateway.yaml")
        self.order("picky", "fast")
        daemon = self.daemon()
        daemon.wait_until(lambda: refused <= self.taken.values(), "the refused values at picky")
        self.assertEqual(harness.OK, daemon.stop())
        self.assert_none_is_missing()


if __name__ == "__main__":
    rig.main()
