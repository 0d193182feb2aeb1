#!/usr/bin/env python3
"""`tidegate test -f`: what it prints of cases/pipeline-tests, byte for byte, and the examples of configurations.

  cases/pipeline-tests/NAME.tests.yaml  tests of gateway.yaml there
                       NAME.txt         standard output and standard error together, and the exit code

After a change that is meant: `python3 test_pipeline_tests.py --write`, and look at the difference.
"""
import pathlib
import shutil
import subprocess
import sys
import unittest

import harness

CASES = pathlib.Path(__file__).resolve().parent / "cases" / "pipeline-tests"
EXAMPLES = pathlib.Path(__file__).resolve().parents[2] / "config" / "examples"
FAILED = 65
TESTS = ".tests.yaml"


def run(*arguments, folder):
    return subprocess.run([harness.program(), *arguments], cwd=folder, stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * harness.PATIENCE, check=False,
                          env=harness.environment(TIDEGATE_PLUGIN_PATH=harness.plugin_path()))


def printed(case):
    done = run("test", "-f", case.name, folder=CASES)
    return f"{done.stdout}exit code {done.returncode}\n"


def cases():
    return sorted(CASES.glob("*" + TESTS))


def kept(case):
    return CASES / (case.name.removesuffix(TESTS) + ".txt")


class PipelineTests(harness.SystemTest):
    def test_prints_what_is_kept(self):
        for case in cases():
            with self.subTest(case=case.name):
                self.assertEqual(kept(case).read_text(encoding="utf-8"), printed(case))

    def test_says_the_same_every_time(self):
        self.assertEqual(1, len({printed(CASES / ("differs" + TESTS)) for _ in range(5)}))

    def test_opens_nothing(self):
        for name in ("gateway.yaml", "sign.lua", "passes" + TESTS):
            shutil.copy(CASES / name, self.folder)
        before = sorted(self.folder.rglob("*"))
        self.assertEqual(harness.OK, run("test", "-f", "passes" + TESTS, folder=self.folder).returncode)
        self.assertEqual(before, sorted(self.folder.rglob("*")))

    def test_another_configuration_may_be_tested(self):
        text = (CASES / "gateway.yaml").read_text(encoding="utf-8")
        shutil.copy(CASES / "sign.lua", self.folder)
        self.write("other.yaml", text.replace("scale: 0.1", "scale: 0.2"))
        done = run("test", "-f", str(CASES / ("passes" + TESTS)), "-c", "other.yaml", folder=self.folder)
        self.assertEqual(FAILED, done.returncode, done.stdout)
        self.assertIn("temperature: 42.0", done.stdout)

    def test_misuse_names_the_mend(self):
        done = run("test", "-f", "passes" + TESTS, "plc", folder=CASES)
        self.assertEqual((harness.USAGE, "tidegate: test: takes no SOURCE with --file, not 'plc'; see 'tidegate test --help'\n"),
                         (done.returncode, done.stdout))
        done = run("test", "-f", "gone.yaml", folder=CASES)
        self.assertEqual(harness.CONFIGURATION, done.returncode)
        self.assertIn("gone.yaml: error: cannot be read: No such file or directory", done.stdout)
        self.assertEqual(harness.USAGE, run("check", "-f", "passes" + TESTS, folder=CASES).returncode)

    def test_a_step_that_refuses_its_options_is_told_with_its_place(self):
        self.write("gateway.yaml", (CASES / "gateway.yaml").read_text(encoding="utf-8").replace("now()", "now("))
        for name in ("sign.lua", "passes" + TESTS):
            shutil.copy(CASES / name, self.folder)
        done = run("test", "-f", "passes" + TESTS, folder=self.folder)
        self.assertEqual(harness.CONFIGURATION, done.returncode, done.stdout)
        self.assertIn("gateway.yaml:17:17: error: pipelines.scripted.process[0].script: script:3:", done.stdout)

    def test_a_script_in_a_file_is_told_with_the_name_of_the_file(self):
        for name in ("gateway.yaml", "passes" + TESTS):
            shutil.copy(CASES / name, self.folder)
        done = run("check", "-c", "gateway.yaml", folder=self.folder)
        self.assertIn("process[1].path: " + str(self.folder / "sign.lua") + ": No such file or directory", done.stdout)
        self.write("sign.lua", "function process(sample)\n  return sample.tags.none:upper()\nend\n")
        done = run("test", "-f", "passes" + TESTS, folder=self.folder)
        self.assertEqual(FAILED, done.returncode, done.stdout)
        self.assertIn("said meanwhile: processor refused.process[1]: sign.lua:2: attempt to index a nil value (field 'none')",
                      done.stdout)


class Examples(unittest.TestCase):
    def test_every_example_passes_its_tests(self):
        found = sorted(EXAMPLES.glob("*" + TESTS))
        self.assertIn("typical-gateway" + TESTS, [each.name for each in found])
        for each in found:
            with self.subTest(example=each.name):
                done = run("test", "-f", each.name, folder=EXAMPLES)
                self.assertEqual(harness.OK, done.returncode, done.stdout)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        for one in cases():
            kept(one).write_text(printed(one), encoding="utf-8")
    else:
        unittest.main()
