#!/usr/bin/env python3
"""Many reloads under load, each of which adds, removes and changes what it likes, some of them wrong.

Every source counts from 0 on under a name of its own, and another one each time it is changed. Four pipelines read all
of them at every moment, over every kind of buffer, with and without steps, and one behind another; what their sinks
have written must have every number once, whatever was reloaded. So must the two that share what a sink takes and what it
refuses, where that sink becomes one of another plugin now and then; the one of a file to which lines are appended, whose
source changes; and the one of a source that cannot wait. Beside them others come and go: nothing of theirs may be doubled.

$TIDEGATE_RELOADS says how many; $TIDEGATE_SEED repeats a run.
"""
import collections
import os
import random
import re
import signal
import unittest

import harness

RELOADS = int(os.environ.get("TIDEGATE_RELOADS", "60"))
SEED = int(os.environ.get("TIDEGATE_SEED", str(random.randrange(1 << 30))))

COMPLETE = ("w_memory", "w_steps", "w_disk", "w_behind")  # of all numbered sources
SHARED = ("w_picky", "w_refused")  # complete together
OF_ONE = {"w_feed": "feed", "w_tick": "tick"}  # and the source that they read
WITNESSES = COMPLETE + SHARED + tuple(OF_ONE)
STARTS = {"w_behind": "[w_steps]", "w_refused": "[w_picky.rejected]", "w_feed": "[feed]", "w_tick": "[tick]"}
WITH_STEPS = ("w_steps", "w_disk", "w_picky", "w_refused", "w_feed", "w_tick")
OTHERS = ("p1", "p2", "p3")
SOURCES = ("s1", "s2", "s3", "s4")


class World:
    """A configuration that changes a bit at a time."""

    def __init__(self, dice):
        self.dice = dice
        self.counter = 0
        self.sources = {name: self.source(name) for name in SOURCES[:2]}
        self.steps = {name: "[{plugin: map, add: {tags: {step: first}}}]" for name in WITH_STEPS}
        self.buffers = {}
        self.paths = {name: f"out/{name}.0.ndjson" for name in WITNESSES}
        self.picky = "picky"
        self.feed = self.some_feed()
        self.others = {}

    def copy(self):
        made = object.__new__(World)
        made.__dict__ = {name: dict(value) if isinstance(value, dict) else value for name, value in vars(self).items()}
        return made

    def next(self):
        self.counter += 1
        return self.counter

    def source(self, name):
        return f"{{plugin: generate, name: {name}_{self.next()}, rate: {self.dice.choice((100, 400, 1000))}, fields: 1}}"

    def some_feed(self):
        return (f"{{plugin: file, paths: [feed.ndjson], format: {{type: json}}, interval: {self.dice.choice(('100ms', '1s'))}, "
                f"tags: {{turn: n{self.next()}}}}}")

    def some_steps(self):
        step = self.next()
        return self.dice.choice(("[]", f"[{{plugin: map, add: {{tags: {{step: n{step}}}}}}}]",
                                 f"[{{plugin: map, add: {{tags: {{first: n{step}}}}}}}, {{plugin: fields, keep: [sequence]}}]"))

    def some_buffer(self, kind):
        kind = kind or self.dice.choice(("memory", "disk"))
        size = self.dice.choice((8, 16, 32))
        commit = self.dice.choice((", commit: 20ms", ", commit: 100ms")) if kind == "disk" else ""
        return f"{{type: {kind}{commit}, max_size: {size}MiB, when_full: block}}"

    def change(self, is_source_left):
        """One thing."""
        what = self.dice.choice(("sink", "sink", "plugin", "feed", "steps", "buffer", "other", "other", "nothing") +
                                (() if is_source_left else ("source", "source")))
        if what == "source":
            name = self.dice.choice(SOURCES)
            if name in self.sources and len(self.sources) > 1 and self.dice.random() < 0.4:
                del self.sources[name]
            else:
                self.sources[name] = self.source(name)
        if what == "sink":
            name = self.dice.choice(WITNESSES)
            self.paths[name] = f"out/{name}.{self.next()}.ndjson"
        if what == "plugin":
            self.picky = self.dice.choice(("picky", "file"))
            self.paths["w_picky"] = f"out/w_picky.{self.next()}.ndjson"
        if what == "feed":
            self.feed = self.some_feed()
        if what == "steps":
            self.steps[self.dice.choice(WITH_STEPS)] = self.some_steps()
        if what == "buffer":
            name = self.dice.choice(WITNESSES)
            self.buffers[name] = self.some_buffer({"w_memory": "memory", "w_disk": "disk"}.get(name))
        if what == "other":
            name = self.dice.choice(OTHERS)
            if name in self.others and self.dice.random() < 0.4:
                del self.others[name]
            else:
                start = self.dice.choice((f"[{self.dice.choice(sorted(self.sources))}]", '["s*"]', "[w_steps]"))
                sinks = self.dice.sample((f"{name}_a", f"{name}_b", f"{name}_c"), self.dice.randint(1, 3))
                when = self.dice.choice(("", "when: {field: sequence, at_least: 10}, "))
                self.others[name] = (f"{{from: {start}, {when}process: {self.some_steps()}, to: [{', '.join(sinks)}], "
                                     f"buffer: {self.some_buffer(None)}}}", sinks)
        # A source that is gone is read by nobody.
        for name, (text, _) in list(self.others.items()):
            alone = re.match(r"{from: \[(s\d)\]", text)
            if alone and alone[1] not in self.sources:
                del self.others[name]

    def text(self, wrong=None):
        lines = [f"gateway: {{id: {'PC-2' if wrong == 'fixed' else 'PC-1'}, shutdown_timeout: 20s}}",
                 "state: {path: state}", "spool: {path: spool, max_size: 1GiB}", "sources:"]
        lines += [f"  {name}: {text}" for name, text in sorted(self.sources.items())]
        lines += [f"  feed: {self.feed}", "  tick: {plugin: metronome, ring: 60s}", "pipelines:"]
        for name in WITNESSES:
            start = STARTS.get(name, '["s*"]')
            kind = {"w_memory": "memory", "w_disk": "disk"}.get(name, "memory")
            buffer = self.buffers.get(name, f"{{type: {kind}, when_full: block}}")
            to = f"[{name}, never]" if wrong == "never" and name == "w_memory" else f"[{name}]"
            lines.append(f"  {name}: {{from: {start}, process: {self.steps.get(name, '[]')}, to: {to}, buffer: {buffer}}}")
        lines += [f"  {name}: {text}" for name, (text, _) in sorted(self.others.items())]
        lines.append("sinks:")
        lines += [f"  {name}: {{plugin: {self.picky if name == 'w_picky' else 'file'}, path: {path}}}"
                  for name, path in sorted(self.paths.items())]
        for name, (_, sinks) in sorted(self.others.items()):
            lines += [f"  {sink}: {{plugin: file, path: out/{sink}.ndjson}}" for sink in sorted(sinks)]
        if wrong == "never":
            lines.append("  never: {plugin: never-start}")
        if wrong == "option":
            lines.append("  typo: {plugin: file, pth: x}")
        if wrong == "yaml":
            lines.append("  open: {plugin: file")
        return "\n".join(lines) + "\n"


class RandomReloads(harness.SystemTest):
    def reload(self, text, is_wrong):
        ends = r"reload: (done|refused)"
        before = sum(bool(re.search(ends, line)) for line in self.gate.lines())
        self.write("gateway.yaml", text)
        self.gate.send(signal.SIGHUP)
        said = self.gate.wait_until(
            lambda: (lambda found: found[-1] if len(found) > before else None)(
                [line for line in self.gate.lines() if re.search(ends, line)]), "the end of a reload", 60)
        self.assertEqual(is_wrong, "reload: refused" in said, f"{said}\n{text}\n" + "\n".join(self.gate.lines()[-30:]))

    def source_threads(self, world):
        """The threads of sources and their plugins, by name; nothing while some have not begun."""
        found = collections.defaultdict(set)
        for task in os.scandir(f"/proc/{self.gate.pid}/task"):
            try:
                with open(f"{task.path}/comm", encoding="ascii") as file:
                    name = file.read().strip()
            except FileNotFoundError:
                continue
            if name in SOURCES:
                found[name].add(task.name)
        return found if all(len(found[name]) == 2 for name in world.sources) else None

    def test_nothing_is_lost_nothing_doubled_and_nothing_grows(self):
        print(f"TIDEGATE_SEED={SEED} TIDEGATE_RELOADS={RELOADS}", flush=True)
        dice = random.Random(SEED)
        world = first = World(dice)
        plugins = ":".join((harness.plugin_path(), harness.bad_plugin_path(), harness.flow_plugin_path()))
        self.fed = 0
        self.feed(20)
        self.gate = self.gateway(world.text(), plugins=plugins)
        self.gate.wait_for_line("runs gateway")
        at_first = None
        for number in range(RELOADS):
            wrong = dice.choice(("yaml", "option", "fixed", "never")) if dice.random() < 0.15 else None
            next_world = world.copy()
            for _ in range(dice.randint(1, 4)):
                # One that is begun anew because all is refused would count from 0 again under its old name.
                next_world.change(is_source_left=wrong == "never")
            self.feed(dice.randint(0, 200))
            threads = self.gate.wait_until(lambda at=world: self.source_threads(at), "all sources to have begun")
            self.reload(next_world.text(wrong), wrong is not None)
            world.counter = next_world.counter
            before, world = world, world if wrong else next_world
            after = self.gate.wait_until(lambda at=world: self.source_threads(at), "all sources to have begun")
            for name, text in world.sources.items():
                if before.sources.get(name) == text:
                    self.assertEqual(threads[name], after[name], f"{name} was started again")
            if number == RELOADS // 3:
                at_first = self.resources_of(first, world)
        at_last = self.resources_of(first, world)
        self.gate.wait_until(lambda: self.numbers("w_feed.").total() >= self.fed, "all lines of the file")
        self.assertEqual(harness.OK, self.gate.stop(deadline=60))
        self.check_witnesses()
        self.check_others()
        print(f"before {at_first}, after {at_last}", flush=True)
        self.assertEqual(at_first["threads"], at_last["threads"])
        self.assertLessEqual(at_last["descriptors"], at_first["descriptors"] + 4)
        self.assertLess(at_last["memory"] - at_first["memory"], 8 << 20)

    def resources_of(self, first, world):
        """Of the same configuration each time, when all that was left to run dry has done so."""
        plain = first.copy()
        plain.sources = {name: world.source(name) for name in SOURCES[:2]}
        plain.counter = world.counter
        self.reload(plain.text(), False)
        # The program, the spool; sources, with a thread each of their own; feed; tick with its own and a ring; chains; sinks.
        threads = 2 + 2 * len(plain.sources) + 1 + 3 + len(WITH_STEPS) + len(WITNESSES)

        def is_at_rest():
            now = self.gate.resources()
            now["descriptors"] -= len(list((self.folder / "spool").glob("segment-*")))
            return now if now["threads"] <= threads else None
        now = self.gate.wait_until(is_at_rest, "what was removed to end", 30)
        world.sources = {name: world.source(name) for name in world.sources}
        self.reload(world.text(), False)
        return now

    def feed(self, count):
        """Appends lines to the file that is followed."""
        with open(self.folder / "feed.ndjson", "a", encoding="ascii") as file:
            file.writelines(f'{{"sequence": {number}}}\n' for number in range(self.fed, self.fed + count))
        self.fed += count

    def numbers(self, prefix):
        """How often each number of each source stands in the files."""
        found = collections.Counter()
        for path in sorted((self.folder / "out").glob(prefix + "*.ndjson")):
            for sample in harness.read_samples(path):
                found[sample["name"], sample["fields"]["sequence"]] += 1
        return found

    def numbers_once(self, *names):
        """Which numbers of which source the files of these sinks have together."""
        found = sum((self.numbers(name + ".") for name in names), collections.Counter())
        self.assertEqual({}, {key: count for key, count in found.items() if count != 1}, f"{names}: doubled")
        return set(found)

    def check_witnesses(self):
        everywhere = {names: self.numbers_once(*names) for names in [(name,) for name in COMPLETE] + [SHARED]}
        ends = collections.Counter()
        for series, number in set().union(*everywhere.values()):
            ends[series] = max(ends[series], number + 1)
        for names, found in everywhere.items():
            self.assert_all(names, found, ends)
        print(f"{len(ends)} sources, {sum(map(len, everywhere.values()))} samples counted", flush=True)
        self.assert_all("w_feed", self.numbers_once("w_feed"), {"feed": self.fed})
        ticks = self.numbers_once("w_tick")
        self.assert_all("w_tick", ticks, {"tick": len(ticks)})

    def assert_all(self, names, found, ends):
        missing = [(series, number) for series, end in ends.items() for number in range(end)
                   if (series, number) not in found]
        self.assertEqual([], missing[:20], f"{names}: {len(missing)} lost")

    def check_others(self):
        for name in OTHERS:
            for sink in (f"{name}_a", f"{name}_b", f"{name}_c"):
                found = self.numbers(sink)
                doubled = {key: count for key, count in found.items() if count != 1}
                self.assertEqual({}, doubled, f"{sink}: doubled")


if __name__ == "__main__":
    unittest.main()
