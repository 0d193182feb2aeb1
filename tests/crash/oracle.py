#!/usr/bin/env python3
"""Judges what became of the values of the plugins in tests/crash/plugins, whose notes.hpp has the format of the files.

  lost        accepted from the source, and neither arrived at the sink nor rejected by it
  doubled     arrivals of what had arrived before
  uncertain   arrived without having been accepted: allowed, since the answer may have been lost in a crash
  foreign     arrived without ever having been offered: never allowed
  disordered  arrived for the first time after a later value of the same source: never allowed
  damaged     arrived with another payload: never allowed

    oracle.py OFFERED ACCEPTED SINK...     prints the table; ends with 1 if something was lost
"""
import array
import pathlib
import sys

OFFERED, ACCEPTED, RECEIVED, ASKED, REJECTED, DAMAGED, RESTING = range(1, 8)
NOTE_BYTES = 24
SOURCE_SHIFT = 48


def notes(path):
    """(first, count, event, time) of each note in a file; none if there is no file."""
    try:
        return notes_in(pathlib.Path(path).read_bytes())
    except FileNotFoundError:
        return iter(())


def notes_in(data):
    """The same of its bytes. One that is cut off at the end was never made."""
    words = array.array("Q", data[:len(data) // NOTE_BYTES * NOTE_BYTES])
    for at in range(0, len(words), 3):
        yield words[at], words[at + 1] & 0xFFFFFFFF, words[at + 1] >> 32, words[at + 2]


def values(path, *events):
    """The set of all values with one of the events."""
    found = set()
    for first, count, event, _ in notes(path):
        if event in events:
            found.update(range(first, first + count))
    return found


def describe(numbers, most=5):
    """The runs of a set of values: "1:17..20, 1:25"."""
    runs = []
    for value in sorted(numbers):
        if runs and runs[-1][1] + 1 == value:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    texts = [f"{first >> SOURCE_SHIFT}:{first & (1 << SOURCE_SHIFT) - 1}" +
             (f"..{last & (1 << SOURCE_SHIFT) - 1}" if last != first else "") for first, last in runs[:most]]
    return ", ".join(texts) + (f" and {len(runs) - most} more runs" if len(runs) > most else "")


class Verdict:
    """What one sink has got of what was promised."""

    def __init__(self, name, offered, accepted, path):
        self.name = name
        self.accepted = len(accepted)
        self.doubled = self.disordered = 0
        self.arrived, self.rejected, self.damaged = set(), set(), set()
        latest = {}
        for first, number, event, _ in notes(path):
            for value in range(first, first + number):
                self._see(value, event, latest)
        self.lost = accepted - self.arrived - self.rejected
        self.uncertain = (self.arrived & offered) - accepted
        self.foreign = (self.arrived | self.rejected) - offered

    def _see(self, value, event, latest):
        if event == REJECTED:
            self.rejected.add(value)
            return
        if event == DAMAGED:
            self.damaged.add(value)
        if value in self.arrived:
            self.doubled += 1
            return
        self.arrived.add(value)
        source = value >> SOURCE_SHIFT
        if value < latest.get(source, 0):
            self.disordered += 1
        latest[source] = max(value, latest.get(source, 0))

    def is_wrong(self):
        return bool(self.lost or self.foreign or self.damaged or self.disordered)

    def row(self):
        return (self.name, self.accepted, len(self.arrived), len(self.rejected), len(self.lost), self.doubled,
                len(self.uncertain), len(self.foreign), self.disordered, len(self.damaged))

    def remarks(self):
        for what, found in (("lost", self.lost), ("foreign", self.foreign), ("damaged", self.damaged)):
            if found:
                yield f"{self.name}: {what}: {describe(found)}"


HEAD = ("sink", "accepted", "arrived", "rejected", "lost", "doubled", "uncertain", "foreign", "disordered", "damaged")


def judge(offered, accepted, sinks):
    """The verdicts on `sinks`, a map of names to files of notes, given those of one or more sources."""
    all_offered, all_accepted = set(), set()
    for path in offered:
        all_offered |= values(path, OFFERED)
    for path in accepted:
        all_accepted |= values(path, ACCEPTED)
    if not all_accepted <= all_offered:
        raise ValueError(f"accepted without having been offered: {describe(all_accepted - all_offered)}")
    return [Verdict(name, all_offered, all_accepted, path) for name, path in sinks.items()]


def table(verdicts):
    rows = [HEAD] + [verdict.row() for verdict in verdicts]
    widths = [max(len(str(row[column])) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(str(cell).ljust(width) if column == 0 else str(cell).rjust(width)
                       for column, (cell, width) in enumerate(zip(row, widths))) for row in rows]
    return "\n".join(lines + [remark for verdict in verdicts for remark in verdict.remarks()])


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    verdicts = judge(sys.argv[1:2], sys.argv[2:3], {pathlib.Path(name).stem: name for name in sys.argv[3:]})
    print(table(verdicts))
    sys.exit(any(verdict.is_wrong() for verdict in verdicts))


if __name__ == "__main__":
    main()
