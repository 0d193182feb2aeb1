#!/usr/bin/env python3
"""`tidegate graph` and `tidegate explain`: what they print of cases/graph/gateway.yaml, byte for byte.

  cases/graph/FORMAT.txt          of `graph --format FORMAT`
  cases/graph/explain-SOURCE.txt  of `explain SOURCE`

After a change that is meant: `python3 test_graph.py --write`, and look at the difference.
"""
import pathlib
import subprocess
import sys
import unittest

import harness

CASES = pathlib.Path(__file__).resolve().parent / "cases" / "graph"
PRINTED = {
    "text.txt": ["graph"],
    "dot.txt": ["graph", "--format", "dot"],
    "mermaid.txt": ["graph", "--format=mermaid"],
    "explain-meter-1.txt": ["explain", "meter-1"],
    "explain-port.txt": ["explain", "port"],
    "explain-log.txt": ["explain", "log"],
}


def run(arguments):
    return subprocess.run([harness.program(), *arguments, "-c", "gateway.yaml"], cwd=CASES, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, timeout=30 * harness.PATIENCE, check=False,
                          env=harness.environment(TIDEGATE_PLUGIN_PATH=harness.plugin_path()))


class Graph(harness.SystemTest):
    def test_prints_what_is_kept(self):
        for name, arguments in PRINTED.items():
            with self.subTest(name=name):
                done = run(arguments)
                self.assertEqual("", done.stderr)
                self.assertEqual((CASES / name).read_text(encoding="utf-8"), done.stdout)
                self.assertEqual(harness.OK, done.returncode)

    def assert_misuse(self, says, *arguments):
        done = self.tidegate(*arguments, "--default")
        self.assertEqual((harness.USAGE, "", f"tidegate: {says}; see 'tidegate --help'\n"),
                         (done.returncode, done.stdout, done.stderr))

    def test_misuse_names_the_mend(self):
        self.assert_misuse("graph: --format must be one of text, dot, mermaid; this is 'svg'", "graph", "--format", "svg")
        self.assert_misuse("graph: takes no operand 'cpu'; name the file with -c", "graph", "cpu")
        self.assert_misuse("explain: which source? 'tidegate graph' shows them", "explain")
        self.assert_misuse("explain: takes one source, not 'memory' besides", "explain", "cpu", "memory")
        self.assert_misuse("explain: there is no source 'cpx'; did you mean 'cpu'?", "explain", "cpx")
        self.assert_misuse("check: unrecognised option '--format'", "check", "--format", "dot")

    def test_a_wrong_configuration_is_refused(self):
        self.write("gateway.yaml", "sources: {}\n")
        for arguments in (["graph"], ["explain", "cpu"]):
            done = self.tidegate(*arguments, "-c", "gateway.yaml")
            self.assertEqual((harness.CONFIGURATION, ""), (done.returncode, done.stdout))
            self.assertIn("pipelines", done.stderr)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        for file, command in PRINTED.items():
            (CASES / file).write_text(run(command).stdout, encoding="utf-8")
    else:
        unittest.main()
