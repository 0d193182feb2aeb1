#!/usr/bin/env python3
"""Plugins that break their contract: each is told of in one exact line, and the daemon lives.

Beside each bad instance runs a good pipeline, memory to a file, which must go on."""
import os
import pathlib
import re
import shutil
import unittest

import harness

GOOD = """
gateway: {shutdown_timeout: 3s}
sources:
  memory: {plugin: memory, interval: 20ms}
%(source)s
pipelines:
  good: {from: [memory], to: [archive]}
%(pipeline)s
sinks:
  archive: {plugin: file, path: out.ndjson}
%(sink)s
"""
BAD_SOURCE = {"source": "  bad: {plugin: %s, interval: 20ms}",
              "pipeline": "  bad: {from: [bad], to: [archive]}", "sink": ""}
NUMBERS = "  numbers: {plugin: generate, rate: 100, fields: 0}"
BAD_STEP = {"source": NUMBERS, "pipeline": "  bad: {from: [numbers], process: [{plugin: %s}], to: [archive]}", "sink": ""}
BAD_SINK = {"source": NUMBERS, "pipeline": "  bad: {from: [numbers], to: [bad]}",
            "sink": "  bad: {plugin: %s, retry: {min: 1ms, max: 20ms}}"}

QUARANTINED = "quarantined after 5 broken contracts in a row, the last: %s; it is not called again until a reload or the next start"


def without_time(line):
    """ "2026-11-23T03:05:08.123Z error   source bad: text" -> "error source bad: text" """
    return re.sub(r"^\S+Z (\w+) +", r"\1 ", line)


class BadPlugins(harness.SystemTest):
    def run_beside_a_good_one(self, name, kind):
        parts = {key: text % name if "%s" in text else text for key, text in kind.items()}
        return self.gateway(GOOD % parts, plugins=harness.plugin_path() + ":" + harness.bad_plugin_path())

    def expect_line(self, gateway, line):
        gateway.wait_until(lambda: line in map(without_time, gateway.lines()), f"'{line}'")

    def expect_good_one_goes_on(self, gateway):
        before = harness.count_lines(self.folder / "out.ndjson")
        gateway.wait_for_samples("out.ndjson", before + 10)

    def expect(self, name, kind, line, ends=harness.OK):
        gateway = self.run_beside_a_good_one(name, kind)
        self.expect_line(gateway, line)
        self.expect_good_one_goes_on(gateway)
        self.assertEqual(ends, gateway.stop())
        return gateway

    def test_throw_in_create(self):
        parts = {key: text % "throw-in-create" if "%s" in text else text for key, text in BAD_SOURCE.items()}
        self.write("gateway.yaml", GOOD % parts)
        done = self.tidegate("run", "-c", "gateway.yaml", plugins=harness.plugin_path() + ":" + harness.bad_plugin_path())
        self.assertEqual("gateway.yaml:5:3: error: sources.bad: no, says create\n", done.stderr)
        self.assertEqual(harness.CONFIGURATION, done.returncode)

    def test_throw_in_start(self):
        self.expect("throw-in-start", BAD_SOURCE, "error source bad: broke the plugin contract: start: no, says start")

    def test_throw_in_poll(self):
        self.expect("throw-in-poll", BAD_SOURCE, "error source bad: " + QUARANTINED % "poll: no, says poll")

    def test_throw_of_what_is_no_exception(self):
        self.expect("throw-unknown-in-poll", BAD_SOURCE,
                    "error source bad: " + QUARANTINED % "poll: an exception of unknown type was thrown")

    def test_throw_at_the_host(self):
        self.expect("raw-throw-in-poll", BAD_SOURCE, "error source bad: " + QUARANTINED %
                    "poll: the plugin threw an exception at the host: no, says the raw poll")

    def test_throw_in_stop(self):
        gateway = self.run_beside_a_good_one("throw-in-stop", BAD_SOURCE)
        self.expect_good_one_goes_on(gateway)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertTrue([line for line in gateway.lines() if "source bad: " in line and line.endswith("no, says stop")],
                        gateway.said())

    def test_throw_in_process(self):
        self.expect("throw-in-process", BAD_STEP,
                    "error processor bad.process[0]: " + QUARANTINED % "process: no, says process")

    def test_throw_in_write(self):
        self.expect("throw-in-write", BAD_SINK, "error sink bad: " + QUARANTINED % "write: no, says write")

    def test_throw_in_tick(self):
        self.expect("throw-in-tick", BAD_SINK, "error sink bad: broke the plugin contract: tick: no, says tick")

    def test_submit_of_an_invalid_block(self):
        self.expect("submit-invalid-block", BAD_SOURCE, "error source bad: plugin misbehaves: a batch was discarded: "
                    "the block does not begin with the magic bytes TGB1")

    def test_complete_twice(self):
        self.expect("complete-twice", BAD_SINK, "warning sink bad: plugin misbehaving: answered delivery 1 twice, or one that it was not given; "
                    "this and further ones are counted and ignored")

    def test_complete_after_stop(self):
        gateway = self.run_beside_a_good_one("complete-after-stop", BAD_SINK)
        self.expect_good_one_goes_on(gateway)
        self.assertEqual(harness.OK, gateway.stop())

    def test_never_return_from_poll(self):
        self.expect("never-return-from-poll", BAD_SOURCE,
                    "warning source bad: poll has not returned for 5 s; other instances go on", ends=harness.SOFTWARE)

    def test_block_in_stop(self):
        gateway = self.run_beside_a_good_one("block-in-stop", BAD_SOURCE)
        self.expect_good_one_goes_on(gateway)
        self.assertEqual(harness.SOFTWARE, gateway.stop())
        self.expect_line(gateway, "error source bad: abandoned: stop does not return, and the time to stop is over")
        # The good one was stopped in order all the same.
        ledger = gateway.ledger("good -> archive")
        self.assertEqual((0, 0), (ledger["discarded"], ledger["waiting"]))


class Unusable(harness.SystemTest):
    """Files in the plugin folder that are no plugins, or none for this host."""

    def setUp(self):
        super().setUp()
        self.plugins = self.folder / "plugins"
        self.plugins.mkdir()

    def list(self):
        done = self.tidegate("plugin", "list", plugins=harness.plugin_path() + ":" + str(self.plugins))
        self.assertEqual(harness.OK, done.returncode)
        self.assertIn("memory", done.stdout)
        return done.stderr.replace(str(self.plugins), "PLUGINS").splitlines()

    def test_each_is_told_of_in_one_sentence_and_the_others_are_there(self):
        bad = sorted(pathlib.Path(os.environ["TIDEGATE_UNUSABLE_PLUGIN_PATH"]).glob("bad_*.so"))
        self.assertGreaterEqual(len(bad), 10)
        for file in bad:
            shutil.copy(file, self.plugins)
        said = self.list()
        self.assertEqual([f"tidegate: PLUGINS/{file.name}: " for file in bad],
                         sorted(re.match(r"tidegate: \S+\.so: ", line).group() for line in said))

    def test_a_text_file(self):
        (self.plugins / "text.so").write_text("this is no library\n")
        self.assertEqual(["tidegate: PLUGINS/text.so: is no shared library: it does not begin with the ELF magic bytes; "
                          "take it out of the plugin folder or install the plugin anew"], self.list())

    def test_a_folder(self):
        (self.plugins / "folder.so").mkdir()
        self.assertEqual(["tidegate: PLUGINS/folder.so: is a directory, not a regular file; take it out of the plugin folder"], self.list())

    def test_one_that_others_may_write(self):
        file = self.plugins / "memory2.so"
        shutil.copy(pathlib.Path(harness.plugin_path()) / "memory.so", file)
        file.chmod(0o646)
        self.assertEqual(["tidegate: PLUGINS/memory2.so: may be written by others (mode 0646); run: "
                          "chmod go-w PLUGINS/memory2.so"], self.list())

    def test_one_of_another_architecture(self):
        file = self.plugins / "memory2.so"
        content = bytearray((pathlib.Path(harness.plugin_path()) / "memory.so").read_bytes())
        content[18:20] = (40).to_bytes(2, "little")  # e_machine: ARM
        file.write_bytes(content)
        self.assertEqual(["tidegate: PLUGINS/memory2.so: was built for arm, this machine is x86-64; "
                          "install the package for this architecture"], self.list())


if __name__ == "__main__":
    unittest.main()
