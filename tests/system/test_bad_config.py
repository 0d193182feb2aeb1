#!/usr/bin/env python3
"""Each folder of cases/bad-config is a configuration that `tidegate check` must refuse.

  gateway.yaml   the configuration (or whatever arguments.txt names)
  arguments.txt  what is passed after `check`; "-c gateway.yaml" if there is none
  expected.txt   standard error, byte for byte; {plugins} stands for the folder of plugins

The program is found in $TIDEGATE, its plugins in $TIDEGATE_PLUGIN_PATH; ctest sets both. To see what a
new case says: `python3 test_bad_config.py --show NAME`.
"""
import os
import pathlib
import subprocess
import sys
import unittest

CASES = pathlib.Path(__file__).resolve().parent / "cases" / "bad-config"
EXIT_CONFIGURATION = 78
SECONDS_MAX = 30  # generous: sanitizers, loaded machines; billion laughs would take for ever

# What the messages depend on besides the files.
UNSET = ("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "TIDEGATE_TEST_UNSET")


def run_check(folder):
    arguments_file = folder / "arguments.txt"
    arguments = arguments_file.read_text().split() if arguments_file.exists() else ["-c", "gateway.yaml"]
    environment = {name: value for name, value in os.environ.items() if name not in UNSET}
    environment["LC_ALL"] = "C"
    return subprocess.run(
        [os.environ["TIDEGATE"], "check", *arguments],
        cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS_MAX, check=False)


def normalised(text):
    plugins = os.environ.get("TIDEGATE_PLUGIN_PATH", "")
    return text.replace(plugins, "{plugins}") if plugins else text


class BadConfigurations(unittest.TestCase):
    maxDiff = None

    def test_there_are_at_least_fifty(self):
        self.assertGreaterEqual(len(list(CASES.iterdir())), 50)


def case_test(folder):
    def test(self):
        done = run_check(folder)
        self.assertEqual(normalised(done.stderr.decode()), (folder / "expected.txt").read_text())
        self.assertEqual(done.stdout, b"", "data belongs to stdout, and a refusal has none")
        self.assertEqual(done.returncode, EXIT_CONFIGURATION)
    return test


for case in sorted(CASES.iterdir()):
    setattr(BadConfigurations, "test_" + case.name.replace("-", "_"), case_test(case))

if __name__ == "__main__":
    if len(sys.argv) == 3 and sys.argv[1] == "--show":
        sys.stdout.write(normalised(run_check(CASES / sys.argv[2]).stderr.decode()))
        sys.exit(0)
    unittest.main()
