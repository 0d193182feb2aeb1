#!/usr/bin/env python3
"""A pipeline behind a pipeline, and one that takes what a sink rejects, keep what they have accepted when the program is
killed at any instant: also while the sink behind them is away.

$TIDEGATE_CRASH_ROUTING_KILLS says how often (40).
"""
import rig
from rig import harness, oracle

KILLS = rig.number_of("TIDEGATE_CRASH_ROUTING_KILLS", 40)
EVERY = 7  # value is refused
SPOOL = "path: spool, max_size: 16MiB, min_free: 1MiB"
DISK = "{type: disk, commit: always, when_full: block}"

PIPELINES = """
gateway: {{id: crash, shutdown_timeout: 60s}}
state: {{path: state}}
spool: {{{spool}}}
sources:
{source}
pipelines:
  inner: {{from: outer, to: [far], buffer: {inner}}}
  outer: {{from: "source*", to: [picky], buffer: {outer}}}
  refused: {{from: picky.rejected, to: [kept], buffer: {refused}}}
sinks:
{sinks}
"""


class Routing(rig.CrashTest):
    def set_up(self, inner=DISK, outer=DISK, refused=DISK):
        for name in ("picky", "far", "kept"):
            self.sinks[name] = rig.Watch(self.folder / "notes" / name, oracle.RECEIVED, oracle.ASKED, oracle.REJECTED)
        self.refused = rig.Watch(self.folder / "notes/picky", oracle.REJECTED)
        self.write("gateway.yaml", PIPELINES.format(
            spool=SPOOL, inner=inner, outer=outer, refused=refused,
            source=rig.SOURCE.format(number=1, interval="1ms", batch=10, payload=32),
            sinks="".join(rig.SINK.format(name=name, limits="{max_samples: 100}") for name in self.sinks)))
        self.order("picky", f"reject {EVERY}")

    def wait_for_everything(self, daemon):
        """All sinks are well, nothing more comes, and all that was accepted is where it belongs."""
        for name in ("far", "kept"):
            self.order(name, "fast")
        self.rest(daemon)
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["far"].values(), "everything at far")
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["picky"].values(), "everything at picky")
        daemon.wait_until(lambda: self.guilty() <= self.sinks["kept"].values(), "everything that was refused at kept")

    def guilty(self):
        return {value for value in self.accepted.values() if value % EVERY == 0}

    def assert_where_it_belongs(self):
        picky, far, _ = self.verdicts()
        kept = oracle.Verdict("kept", oracle.values(self.offered.path, oracle.OFFERED), self.guilty(),
                              self.sinks["kept"].path)
        print(oracle.table([picky, far, kept]), flush=True)
        for verdict in (picky, far):
            self.assertFalse(verdict.is_wrong(), verdict.name)
        self.assertFalse(kept.lost or kept.foreign or kept.damaged)
        self.assertFalse({value for value in kept.arrived if value % EVERY != 0}, "only what was refused")
        return picky, far, kept

    def assert_balanced(self, daemon):
        for route in ("outer -> picky", "inner -> far", "refused -> kept"):
            of = daemon.ledger(route)
            self.assertEqual(of["accepted"], of["delivered"] + of["discarded"] + of["waiting"], route)
            self.assertEqual(0, of["waiting"], route)

    def test_nothing_is_lost_by_kills_while_the_far_sinks_come_and_go(self):
        self.set_up()
        for number in range(KILLS):
            self.order("far", "fast" if number % 5 == 4 else "down")
            self.order("kept", "fast" if number % 3 == 2 else "down")
            daemon = self.daemon()
            goal = self.accepted.count() + self.random.randrange(1, 300)
            refused = self.refused.count() + self.random.randrange(1, 40)
            wanted = self.random.choice((lambda goal=goal: self.accepted.count() >= goal,
                                         lambda refused=refused: self.refused.count() >= refused))
            daemon.wait_until(lambda: wanted() or daemon.count_lines("spool: is full"), "an instant")
            daemon.kill()
        last = self.daemon()
        self.wait_for_everything(last)
        self.assertEqual(harness.OK, last.stop(deadline=60))
        self.assert_where_it_belongs()
        self.assert_balanced(last)

    def test_what_a_branch_in_memory_has_not_delivered_is_still_in_the_spool(self):
        self.set_up(refused="{type: memory}")
        self.order("kept", "down")
        daemon = self.daemon()
        daemon.wait_until(lambda: self.refused.count() > 20, "refused values")
        daemon.kill()
        again = self.daemon()
        self.wait_for_everything(again)
        self.assertEqual(harness.OK, again.stop(deadline=60))
        self.assert_where_it_belongs()

    def test_what_was_handed_on_before_an_orderly_stop_is_not_refused_twice(self):
        self.set_up()
        self.order("kept", "down")
        self.order("far", "down")
        daemon = self.daemon()
        daemon.wait_until(lambda: self.refused.count() > 20, "refused values")
        self.rest(daemon)
        daemon.wait_until(lambda: self.accepted.values() <= self.sinks["picky"].values(), "everything at picky")
        self.assertEqual(harness.OK, daemon.stop(deadline=60))
        self.assertEqual(0, daemon.ledger("outer -> picky")["waiting"])
        again = self.daemon()
        self.wait_for_everything(again)
        self.assertEqual(harness.OK, again.stop(deadline=60))
        picky, far, kept = self.assert_where_it_belongs()
        self.assertEqual((0, 0, 0), (picky.doubled, far.doubled, kept.doubled))
        self.assertEqual(self.refused.count(), len(self.refused.values()))
        self.assert_balanced(again)


if __name__ == "__main__":
    rig.main()
