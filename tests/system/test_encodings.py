#!/usr/bin/env python3
"""What sinks write in CBOR, read by Debian's cbor2, beside the same samples in NDJSON."""
import io
import json
import os
import pty
import subprocess
import unittest

import cbor2

import harness
import test_spool_commands

FLOW = """
sources:
  numbers: {plugin: generate, rate: 0, fields: 3, series: 3, count: 5000, batch_samples: 700}
pipelines:
  local: {from: [numbers], to: [lines, sequence, items, flat]}
sinks:
  lines: {plugin: file, path: out.ndjson}
  sequence: {plugin: file, path: out.cborseq, encoding: {type: cbor-seq}, batch: {max_samples: 333}}
  items: {plugin: file, path: out.cbor, encoding: {type: cbor}}
  flat: {plugin: file, path: flat.cborseq, encoding: {type: cbor-seq, layout: flat, time: {format: epoch_ns}}}
"""


def read_items(content):
    """Every item of a sequence; fails where one is cut off or is none."""
    file = io.BytesIO(content)
    decoder = cbor2.CBORDecoder(file)
    items = []
    while file.tell() < len(content):
        items.append(decoder.decode())
    return items


class Cbor(harness.SystemTest):
    def test_files_hold_what_ndjson_holds(self):
        gateway = self.gateway(FLOW)
        gateway.wait_for_line("all 5000 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        lines = harness.read_samples(self.folder / "out.ndjson")
        self.assertEqual(5000, len(lines))

        sequence = read_items((self.folder / "out.cborseq").read_bytes())
        self.assertEqual(lines, sequence)
        self.assertEqual({int, float}, {type(value) for each in sequence for value in each["fields"].values()})
        self.assertEqual(list(lines[0]), list(sequence[0]), "the order of the keys")

        items = read_items((self.folder / "out.cbor").read_bytes())
        self.assertLess(len(items), 5000)
        self.assertEqual(lines, [each for item in items for each in (item if isinstance(item, list) else [item])])

        flat = read_items((self.folder / "flat.cborseq").read_bytes())
        self.assertEqual([{"name": each["name"], **each["tags"], **each["fields"]} for each in lines],
                         [{key: value for key, value in each.items() if key != "time"} for each in flat])
        self.assertEqual({int}, {type(each["time"]) for each in flat})

    def test_a_restart_goes_on_in_the_same_sequence(self):
        for _ in range(2):
            gateway = self.gateway(FLOW)
            gateway.wait_for_line("all 5000 samples were sent")
            self.assertEqual(harness.OK, gateway.stop())
        numbers = [each["fields"]["sequence"] for each in read_items((self.folder / "out.cborseq").read_bytes())]
        self.assertEqual(2 * list(range(5000)), numbers)

    def test_a_pipe_gets_a_sequence_from_the_console(self):
        gateway = self.gateway(FLOW.replace("[lines, sequence, items, flat]", "[screen]").replace(
            "sinks:", "sinks:\n  screen: {plugin: console, encoding: {type: cbor-seq}}"))
        gateway.wait_for_line("all 5000 samples were sent")
        self.assertEqual(harness.OK, gateway.stop())
        numbers = [each["fields"]["sequence"] for each in read_items(gateway.stdout_file.read_bytes())]
        self.assertEqual(list(range(5000)), numbers)

    def test_an_option_of_json_alone_is_refused(self):
        self.write("gateway.yaml", FLOW.replace("{type: cbor}", "{type: cbor, not_a_number: text}"))
        done = self.tidegate("check", "-c", "gateway.yaml")
        self.assertEqual(harness.CONFIGURATION, done.returncode)
        self.assertIn("sinks.items.encoding.not_a_number", done.stdout + done.stderr)


class Export(test_spool_commands.SpoolTest):
    def export(self, encoding, *arguments):
        self.spool_command(harness.OK, "export", *arguments, "--encoding", encoding, "--output", "out")
        return (self.folder / "out").read_bytes()

    def test_cbor_is_one_array_and_cbor_seq_a_sequence(self):
        self.fill(300)
        samples = json.loads(self.export("json"))
        self.assertEqual(300, len(samples))
        self.assertEqual([samples], read_items(self.export("cbor")))
        self.assertEqual(samples, read_items(self.export("cbor-seq")))
        self.assertEqual([[]], read_items(self.export("cbor", "local/other")), "nothing waits")
        self.assertEqual([], read_items(self.export("cbor-seq", "local/other")))

    def test_a_terminal_gets_no_bytes_that_are_not_text(self):
        self.fill(100)
        master, slave = pty.openpty()
        try:
            done = subprocess.run([harness.program(), "spool", "export", "--encoding", "cbor-seq", "--path", "spool"],
                                  cwd=self.folder, stdin=subprocess.DEVNULL, stdout=slave, stderr=subprocess.PIPE,
                                  text=True, env=harness.environment(), timeout=30 * harness.PATIENCE)
        finally:
            os.close(slave)
            os.close(master)
        self.assertEqual(harness.USAGE, done.returncode)
        self.assertEqual("tidegate: spool: export: cbor-seq is not text, and standard output is a terminal; name a file with "
                         "--output, or write into a pipe; see 'tidegate spool --help'\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
