#!/usr/bin/env python3
"""Reload: SIGHUP makes another configuration of a gateway that runs, as a whole or not at all."""
import signal
import unittest

import harness

BASE = """
gateway: {{id: PC-1, shutdown_timeout: 8s}}
state: {{path: state}}
spool: {{path: spool, max_size: 600MiB}}
sources:
  a: {{plugin: generate, rate: {rate_a}, fields: 1}}
  b: {{plugin: generate, rate: 200, fields: 1}}
pipelines:
  one: {{from: [a], process: {steps}, to: {to}, buffer: {{type: {buffer}, commit: 50ms}}}}
  two: {{from: [b], to: [kept]}}
sinks:
  kept: {{plugin: file, path: kept.ndjson}}
  out: {{plugin: file, path: {path}}}
{more}
"""


def configuration(**changes):
    with_all = dict(rate_a=200, steps="[]", to="[out]", path="out.ndjson", buffer="disk", more="")
    with_all.update(changes)
    return BASE.format(**with_all)


class Reload(harness.SystemTest):
    def reload(self, gateway, text):
        """What it said of the reload, without time and level."""
        before = len(gateway.lines())
        self.write("gateway.yaml", text)
        gateway.send(signal.SIGHUP)

        def ended():
            said = [line.split(" ", 2)[-1] for line in gateway.lines()[before:]]
            return said if any("reload: done" in line or "reload: refused" in line for line in said) else None
        return gateway.wait_until(ended, "the reload to end", 40)

    def sequences(self, *files):
        """The numbers in the files, in order; all of series a."""
        return [sample["fields"]["sequence"] if "fields" in sample else sample["sequence"]
                for file in files for sample in harness.read_samples(self.folder / file)]

    def assert_whole(self, numbers):
        """From 0 on, none missing, none twice."""
        self.assertEqual(list(range(len(numbers))), sorted(numbers))

    def test_what_is_the_same_goes_on(self):
        gateway = self.gateway(configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        said = self.reload(gateway, configuration() + "plugins: {paths: [/nowhere]}\n")
        self.assertIn("error: plugins.paths: is another one than the gateway runs with", "\n".join(said))
        said = self.reload(gateway, configuration())
        self.assertIn("reload: done: 6 kept", "\n".join(said))
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson"))
        self.assert_whole(self.sequences("kept.ndjson"))

    def test_a_sink_that_changes_takes_over_what_waits(self):
        gateway = self.gateway(configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        said = self.reload(gateway, configuration(path="other.ndjson"))
        self.assertIn("1 changed (sink out), 5 kept", "\n".join(said))
        gateway.wait_for_samples("other.ndjson", 20)
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson", "other.ndjson"))
        self.assert_whole(self.sequences("kept.ndjson"))

    def test_steps_that_change_lose_nothing_and_restart_no_source(self):
        gateway = self.gateway(configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        for steps in ("[{plugin: map, add: {tags: {step: one}}}]", "[{plugin: map, add: {tags: {step: two}}}]", "[]"):
            said = self.reload(gateway, configuration(steps=steps))
            self.assertIn("1 changed (pipeline one), 5 kept", "\n".join(said))
            gateway.wait_for_samples("out.ndjson", harness.count_lines(self.folder / "out.ndjson") + 20)
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson"))
        tags = [sample.get("tags", {}).get("step") for sample in harness.read_samples(self.folder / "out.ndjson")]
        self.assertEqual([None, "one", "two", None], [tag for at, tag in enumerate(tags) if at == 0 or tags[at - 1] != tag])

    def test_a_buffer_may_move_between_memory_and_disk(self):
        gateway = self.gateway(configuration(buffer="memory").replace(", commit: 50ms", ""))
        gateway.wait_for_samples("out.ndjson", 20)
        for buffer in ("disk", "memory", "disk"):
            text = configuration(buffer=buffer)
            if buffer == "memory":
                text = text.replace(", commit: 50ms", "")
            self.assertIn("1 changed (pipeline one)", "\n".join(self.reload(gateway, text)))
            gateway.wait_for_samples("out.ndjson", harness.count_lines(self.folder / "out.ndjson") + 20)
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson"))

    def test_a_configuration_that_is_wrong_is_refused_with_its_place(self):
        gateway = self.gateway(configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        said = self.reload(gateway, configuration(path="other.ndjson, pth: x"))
        self.assertIn("gateway.yaml:13:43: error: sinks.out.pth: unknown option", "\n".join(said))
        self.assertIn("reload: refused; the gateway runs as it did", "\n".join(said))
        said = self.reload(gateway, configuration().replace("PC-1", "PC-2"))
        self.assertIn("gateway.yaml:2:15: error: gateway.id: is another one than the gateway runs with, which needs a "
                      "restart", "\n".join(said))
        said = self.reload(gateway, configuration())
        self.assertIn("reload: done: 6 kept", "\n".join(said))
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson"))

    def test_an_instance_that_never_starts_makes_it_go_back(self):
        plugins = harness.plugin_path() + ":" + harness.bad_plugin_path()
        gateway = self.gateway(configuration(), plugins=plugins)
        gateway.wait_for_samples("out.ndjson", 20)
        said = self.reload(gateway, configuration(path="other.ndjson", more="  broken: {plugin: never-start}")
                           .replace("to: [kept]", "to: [kept, broken]"))
        self.assertIn("error: sinks.broken: does not start: ", "\n".join(said))
        self.assertIn("reload: going back to the configuration before", "\n".join(said))
        gateway.wait_for_samples("out.ndjson", harness.count_lines(self.folder / "out.ndjson") + 20)
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson", "other.ndjson"))
        self.assert_whole(self.sequences("kept.ndjson"))

    def test_what_waits_for_a_sink_that_is_gone_is_told_and_kept(self):
        gateway = self.gateway(configuration(path="no/such/folder/out.ndjson"))
        (self.folder / "no").write_text("a file where a folder should be")
        gateway.wait_for_line("sink out: backing off")
        said = self.reload(gateway, configuration(path="renamed.ndjson").replace("  out:", "  new:")
                           .replace("to: [out]", "to: [new]"))
        self.assertRegex("\n".join(said), r"\d+ samples wait for one -> out, which is not configured any more")
        gateway.wait_for_samples("renamed.ndjson", 20)
        said = self.reload(gateway, configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        self.assertEqual(harness.OK, gateway.stop())
        self.assert_whole(self.sequences("out.ndjson", "renamed.ndjson"))

    def test_what_waits_for_a_sink_of_a_pipeline_that_is_gone_is_still_delivered(self):
        both = configuration(path="no/such/folder/out.ndjson", buffer="memory").replace(", commit: 50ms", "")
        both = both.replace("to: [kept]", "to: [kept, out]")
        blocked = self.folder / "no"
        blocked.write_text("a file where a folder should be")
        gateway = self.gateway(both.replace("plugin: file,", "plugin: file, retry: {max: 1s},"))
        gateway.wait_for_line("sink out: backing off|sink out +backing off|backing off")
        gateway.wait_for_samples("kept.ndjson", 40)
        text = both.replace("plugin: file,", "plugin: file, retry: {max: 1s},")
        without = "".join(line for line in text.splitlines(True) if not line.startswith(("  one:", "  a:")))
        self.assertIn("2 removed (pipeline one, source a)", "\n".join(self.reload(gateway, without)))
        gateway.wait_for_samples("kept.ndjson", harness.count_lines(self.folder / "kept.ndjson") + 300)
        blocked.unlink()
        gateway.wait_for_line("route one -> out: accepted")
        ledger = gateway.ledger("one -> out")
        self.assertGreater(ledger["accepted"], 0)
        self.assertEqual(ledger["accepted"], ledger["delivered"])
        self.assertEqual(harness.OK, gateway.stop())


class ReloadCommand(harness.SystemTest):
    def test_plan_says_what_would_change_and_changes_nothing(self):
        gateway = self.gateway(configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        self.write("gateway.yaml", configuration(rate_a=300).replace("two:", "three:"))
        done = self.tidegate("reload", "-c", "gateway.yaml", "--plan")
        self.assertEqual("added    pipeline three\nchanged  source a\nremoved  pipeline two\nkept     pipeline one\nkept     sink kept\n"
                         "kept     sink out\nkept     source b\n", done.stdout)
        self.assertEqual(harness.OK, done.returncode)
        self.assertNotIn("reload", gateway.said())
        self.write("gateway.yaml", configuration().replace("PC-1", "PC-2"))
        done = self.tidegate("reload", "-c", "gateway.yaml", "--plan")
        self.assertIn("gateway.id is another one than the gateway runs with, which needs a restart", done.stderr)
        self.assertEqual(harness.CONFIGURATION, done.returncode)

    def test_plan_tells_what_waits_for_a_sink_that_would_be_gone(self):
        gateway = self.gateway(configuration(path="no/such/folder/out.ndjson"))
        (self.folder / "no").write_text("a file where a folder should be")
        gateway.wait_for_line("sink out: backing off")
        self.write("gateway.yaml", configuration().replace("  out:", "  new:").replace("to: [out]", "to: [new]"))

        def is_told():
            return "which this configuration has not" in self.tidegate("reload", "-c", "gateway.yaml", "--plan").stdout
        gateway.wait_until(is_told, "what waits to be told of")

    def test_it_says_what_came_of_it(self):
        gateway = self.gateway(configuration())
        gateway.wait_for_samples("out.ndjson", 20)
        self.write("gateway.yaml", configuration(path="other.ndjson"))
        done = self.tidegate("reload", "-c", "gateway.yaml")
        self.assertEqual("reload: done: 1 changed (sink out), 5 kept\n", done.stdout.splitlines(True)[-1])
        self.assertEqual(harness.OK, done.returncode)
        self.write("gateway.yaml", configuration().replace("PC-1", "PC-2"))
        done = self.tidegate("reload", "-c", "gateway.yaml")
        self.assertIn("gateway.yaml:2:15: error: gateway.id: is another one", done.stderr)
        self.assertEqual(harness.CONFIGURATION, done.returncode)
        self.assertEqual(harness.OK, gateway.stop())

    def test_without_a_gateway_it_says_so(self):
        self.write("gateway.yaml", configuration())
        done = self.tidegate("reload", "-c", "gateway.yaml")
        self.assertRegex(done.stderr, "^tidegate: reload: no gateway runs that has the state folder .*/state or the spool .*/spool\n$")
        self.assertEqual(harness.UNAVAILABLE, done.returncode)


if __name__ == "__main__":
    unittest.main()
