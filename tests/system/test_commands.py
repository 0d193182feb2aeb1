#!/usr/bin/env python3
"""The commands: what they print, where to, and how they end."""
import json
import pathlib
import re
import unittest

import harness

GOOD = """
sources:
  memory: {plugin: memory}
  numbers: {plugin: generate, count: 1}
pipelines:
  local: {from: [memory, numbers], to: [nowhere]}
sinks:
  nowhere: {plugin: "null"}
"""


class CommandTest(harness.SystemTest):
    def expect(self, code, *arguments, **more):
        done = self.tidegate(*arguments, **more)
        self.assertEqual(code, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        return done


class Commands(CommandTest):
    def test_without_a_command_it_explains_itself(self):
        done = self.expect(harness.USAGE)
        self.assertEqual("", done.stdout)
        for name in ("run", "check", "test", "plugin", "version"):
            self.assertIn(f"\n  {name} ", done.stderr)
        self.assertEqual(done.stderr, self.expect(harness.OK, "--help").stdout)

    def test_an_unknown_command_is_a_usage_error_with_a_suggestion(self):
        done = self.expect(harness.USAGE, "chekc")
        self.assertEqual("tidegate: unknown command 'chekc'; did you mean 'check'?; see 'tidegate --help'\n", done.stderr)

    def test_an_unknown_option_is_a_usage_error(self):
        self.assertIn("--frobnicate", self.expect(harness.USAGE, "run", "--frobnicate").stderr)
        self.expect(harness.USAGE, "check", "-c")
        self.expect(harness.USAGE, "run", "--default", "-c", "gateway.yaml")
        self.expect(harness.USAGE, "plugin")
        self.expect(harness.USAGE, "plugin", "show")
        self.expect(harness.USAGE, "plugin", "list", "cpu")
        self.expect(harness.USAGE, "version", "please")

    def test_version_names_program_and_abi(self):
        self.assertRegex(self.expect(harness.OK, "version").stdout, r"^tidegate \d+\.\d+\.\d+\nplugin ABI \d+\.\d+\n")

    def test_check_says_ok_on_stdout_and_nothing_else(self):
        self.write("gateway.yaml", GOOD)
        done = self.expect(harness.OK, "check", "-c", "gateway.yaml")
        self.assertEqual("gateway.yaml: ok (sources: 2, pipelines: 1, sinks: 1)\n", done.stdout)
        self.assertEqual("", done.stderr)
        self.assertEqual(done.stdout, self.expect(harness.OK, "validate", "-c", "gateway.yaml").stdout)

    def test_check_makes_no_file(self):
        self.write("gateway.yaml", GOOD.replace('plugin: "null"', "plugin: file, path: data/x.ndjson"))
        self.expect(harness.OK, "check", "-c", "gateway.yaml")
        self.assertEqual(["gateway.yaml"], [file.name for file in self.folder.iterdir()])

    def test_a_wrong_configuration_is_refused_by_every_command_that_reads_it(self):
        self.write("gateway.yaml", GOOD.replace("count:", "cuont:"))
        said = self.expect(harness.CONFIGURATION, "check", "-c", "gateway.yaml").stderr
        self.assertIn("gateway.yaml:4:31: error: sources.numbers.cuont", said)
        self.assertIn("did you mean 'count'?", said)
        self.assertEqual(said, self.expect(harness.CONFIGURATION, "run", "-c", "gateway.yaml").stderr)
        self.assertEqual(said, self.expect(harness.CONFIGURATION, "test", "-c", "gateway.yaml").stderr)

    def test_test_prints_a_sample_of_each_source(self):
        self.write("gateway.yaml", GOOD)
        done = self.expect(harness.OK, "test", "-c", "gateway.yaml")
        samples = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual({"memory", "generate"}, {sample["name"] for sample in samples})
        done = self.expect(harness.OK, "test", "numbers", "-c", "gateway.yaml")
        self.assertEqual(["generate"], [json.loads(line)["name"] for line in done.stdout.splitlines()])

    def test_test_of_an_unknown_source_is_a_usage_error_with_a_suggestion(self):
        self.write("gateway.yaml", GOOD)
        self.assertIn("'memroy'; did you mean 'memory'?", self.expect(harness.USAGE, "test", "memroy", "-c", "gateway.yaml").stderr)

    def test_a_source_that_cannot_be_read_is_unavailable(self):
        self.write("gateway.yaml", GOOD.replace("{plugin: memory}", "{plugin: memory, proc_path: nowhere}"))
        done = self.expect(harness.UNAVAILABLE, "test", "memory", "-c", "gateway.yaml")
        self.assertIn("source memory: ", done.stderr)
        self.assertIn("nowhere/meminfo", done.stderr)
        self.assertEqual("", done.stdout)


class Plugins(CommandTest):
    def names(self):
        lines = self.expect(harness.OK, "plugin", "list").stdout.splitlines()[1:]
        return [tuple(line.split()[:2]) for line in lines]

    def test_list_names_what_is_there(self):
        self.assertEqual({("source", "cpu"), ("source", "memory"), ("source", "generate"),
                          ("source", "file"), ("source", "modbus"), ("source", "serial"), ("source", "socket"),
                          ("processor", "filter"), ("processor", "fields"), ("processor", "lua"), ("processor", "map"),
                          ("processor", "deadband"), ("processor", "throttle"), ("processor", "dedupe"),
                          ("processor", "aggregate"), ("processor", "join"),
                          ("sink", "file"), ("sink", "console"), ("sink", "null"), ("sink", "mqtt"),
                          ("sink", "aws-iot"), ("sink", "http"), ("sink", "aws-iot-http")}, set(self.names()))

    def test_show_tells_every_option(self):
        shown = self.expect(harness.OK, "plugin", "show", "file").stdout
        for option in ("path", "encoding", "rotation", "retention", "compress"):
            self.assertIn(option, shown)

    def test_show_of_what_nobody_offers_is_unavailable_and_suggests(self):
        done = self.expect(harness.UNAVAILABLE, "plugin", "show", "memroy")
        self.assertEqual("tidegate: no plugin offers 'memroy'; did you mean 'memory'?; "
                         "'tidegate plugin list' shows what there is\n", done.stderr)

    def test_a_sample_of_each_source_and_sink_passes_check(self):
        other = {"source": 'sinks:\n  end: {plugin: "null"}\n', "sink": "sources:\n  end: {plugin: generate}\n"}
        # One of several options is needed, and which one is for people to say.
        chosen = {"serial": "device: /dev/ttyUSB0", "modbus": "endpoint: 192.168.1.20"}
        for kind, name in self.names():
            if kind not in other:
                continue
            with self.subTest(kind=kind, component=name):
                printed = self.expect(harness.OK, "plugin", "sample", name).stdout
                # A name may be that of a source and of a sink.
                sample = next(part for part in re.split(r"^(?=\w)", printed, flags=re.M) if part.startswith(kind))
                if name in chosen:
                    sample = sample.replace(f"plugin: {name}\n", f"plugin: {name}\n    {chosen[name]}\n")
                ends = f"from: [{name}], to: [end]" if kind == "source" else f'from: [end], to: ["{name}"]'
                self.write("gateway.yaml", sample + other[kind] + "pipelines:\n  p: {" + ends + "}\n")
                self.expect(harness.OK, "check", "-c", "gateway.yaml")

    def test_the_schema_in_the_tree_is_the_one_that_the_program_prints(self):
        printed = self.expect(harness.OK, "plugin", "schema").stdout
        kept = pathlib.Path(__file__).parents[2] / "config" / "tidegate.schema.json"
        self.assertEqual(json.loads(kept.read_text()), json.loads(printed),
                         "run: build/dev/tidegate plugin schema > config/tidegate.schema.json")

    def test_the_schema_for_editors_knows_all_components(self):
        schema = json.loads(self.expect(harness.OK, "plugin", "schema").stdout)
        text = json.dumps(schema)
        for _, name in self.names():
            self.assertIn(f'"{name}"', text)
        self.assertLessEqual({"gateway", "sources", "pipelines", "sinks"}, set(schema["properties"]))

    def test_the_command_line_names_another_folder_of_plugins(self):
        empty = self.folder / "plugins"
        empty.mkdir()
        done = self.expect(harness.OK, "plugin", "list", "--plugin-path", str(empty))
        self.assertEqual(1, len(done.stdout.splitlines()))
        self.expect(harness.OK, "plugin", "show", "cpu", "--plugin-path", str(empty),
                    "--plugin-path", str(pathlib.Path(harness.plugin_path())))


if __name__ == "__main__":
    unittest.main()
