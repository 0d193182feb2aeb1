#!/usr/bin/env python3
"""tidegate spool: what it tells of a spool that a gateway has left, whole or damaged, and what drop does to it."""
import json
import os
import pty
import re
import shutil
import signal
import subprocess
import unittest

import harness

DAMAGED = 65

# `archive` cannot write as long as data is a file; `other` gets everything. Segments have 256 KiB.
FLOW = """
gateway: {shutdown_timeout: 3s}
sources:
  numbers: {plugin: generate, rate: 0, fields: 1, count: COUNT, batch_samples: 100}
pipelines:
  local: {from: [numbers], to: [archive, other], buffer: {type: disk, commit: always, max_size: 512KiB}}
sinks:
  archive: {plugin: file, path: data/out.ndjson, retry: {min: 50ms, max: 200ms}}
  other: {plugin: file, path: other.ndjson}
spool: {path: spool, max_size: 1MiB}
"""

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"


class SpoolTest(harness.SystemTest):
    def setUp(self):
        super().setUp()
        self.spool = self.folder / "spool"

    def run_gateway(self, count):
        self.write("data", "")
        gateway = self.gateway(FLOW.replace("COUNT", str(count)))
        gateway.wait_for_line(f"all {count} samples were sent")
        if count <= 6000:  # more are too many for the buffer, of which the other sink may lose some too
            gateway.wait_for_samples("other.ndjson", count)
        return gateway

    def fill(self, count=6000):
        gateway = self.run_gateway(count)
        self.assertEqual(harness.OK, gateway.stop())
        return gateway

    def spool_command(self, code, *arguments, path="spool", **variables):
        done = self.tidegate("spool", *arguments, "--path", str(path), **variables)
        self.assertEqual(code, done.returncode, f"{arguments}: {done.stdout}{done.stderr}")
        return done

    def exported(self, *arguments, path="spool"):
        lines = self.spool_command(harness.OK, "export", *arguments, path=path).stdout.splitlines()
        return [json.loads(line)["fields"]["sequence"] for line in lines]

    def records(self, segment):
        """(offset, bytes, type, samples) of each line of `show SEGMENT`."""
        lines = self.spool_command(harness.OK, "show", segment).stdout.splitlines()[4:]
        fields = [line.split() for line in lines]
        return [(int(each[0]), int(each[1]), each[2], int(each[4]) if each[2] == "data" else 0) for each in fields]

    def damage(self, segment, offset, bytes_=b"\xff\x00\xff"):
        with open(self.spool / segment, "r+b") as file:
            file.seek(offset)
            file.write(bytes_)

    def state(self):
        """Everything that must not change: names, bytes, times."""
        return {str(file.relative_to(self.spool)): (file.read_bytes() if file.is_file() else None, file.stat().st_mtime_ns)
                for file in [self.spool, *sorted(self.spool.rglob("*"))]}


class Ls(SpoolTest):
    def test_a_line_for_each_route_and_one_for_the_files(self):
        self.fill()
        self.assertRegex(self.spool_command(harness.OK, "ls").stdout, re.compile(
            r"^spool\n"
            r"\n"
            r"ROUTE             WAITING    SIZE  OLDEST                    FLOOR  DELIVERED  DISCARDED\n"
            rf"local -> archive     6000  247KiB  {TIME}      0          0  0\n"
            r"local -> other          0      0B  -                          6000       6000  0\n"
            r"\n"
            r"files: 1 open, 2 sealed, 1 blank; 1MiB, of which \d+KiB are used\n$"))

    def test_discarded_samples_stand_there_with_their_reasons(self):
        self.fill(20000)
        line = self.spool_command(harness.OK, "ls").stdout.splitlines()[3]
        found = re.match(r"local -> archive +(\d+) .* (\d+) \(full (\d+)\)$", line)
        self.assertIsNotNone(found, line)
        waiting, discarded, full = map(int, found.groups())
        self.assertEqual(discarded, full)
        self.assertEqual(20000, waiting + discarded)

    def test_json_has_the_same(self):
        self.fill()
        told = json.loads(self.spool_command(harness.OK, "ls", "--json").stdout)
        self.assertEqual({"open": 1, "sealed": 2, "blank": 1}, told["files"])
        self.assertEqual(1 << 20, told["bytes"])
        self.assertIsNone(told["in_use_by"])
        self.assertIsNone(told["dead_letters"])
        archive, other = told["routes"]
        self.assertEqual(("local", "archive", 6000, 6000, 0), tuple(
            archive[key] for key in ("pipeline", "sink", "waiting", "accepted", "delivered")))
        self.assertRegex(archive["oldest_waiting"], f"^{TIME}$")
        self.assertEqual((6000, 0, None), (other["delivered"], other["waiting"], other["oldest_waiting"]))
        self.assertEqual({"full", "age", "rejected", "damaged", "unconfirmed", "removed"}, set(other["discarded"]))

    def test_beside_a_gateway_it_names_it(self):
        gateway = self.run_gateway(1000)
        told = self.tidegate("spool", "ls", "-c", "gateway.yaml").stdout
        self.assertEqual(f"{self.spool}, in use by process {gateway.pid} (tidegate); this is what it has written until now",
                         told.splitlines()[0])
        self.assertIn("local -> archive     1000  ", told)
        self.assertEqual(1000, len(self.exported("local/archive")))
        self.assertRegex(self.spool_command(harness.OK, "verify").stdout, r"^spool: ok: read 1 segment with \d+ records and 1000 samples\n$")
        self.assertEqual(harness.OK, gateway.stop())

    def test_dead_letters_are_mentioned(self):
        self.fill(1000)
        shutil.copytree(self.spool, self.spool / "dead-letters")
        told = self.spool_command(harness.OK, "ls").stdout
        self.assertEqual("dead letters: 1000 samples; 'tidegate spool ls --path spool/dead-letters' shows them",
                         told.splitlines()[-1])
        self.spool_command(harness.OK, "ls", path="spool/dead-letters")


class Show(SpoolTest):
    def test_without_a_segment_it_lists_files(self):
        self.fill()
        (self.spool / "segment-000009.log").write_bytes(b"\x5a" * 70000)
        shutil.copy(self.spool / "segment-000002.log", self.spool / "segment-000010.log.quarantined")
        lines = self.spool_command(harness.OK, "show").stdout.splitlines()
        self.assertEqual([
            "FILE                            GENERATION  STATE",
            "segment-000001.log                       1  sealed",
            "segment-000002.log                       2  sealed",
            "segment-000003.log                       3  open",
            "segment-000004.log                       -  blank",
            "segment-000009.log                       -  unreadable",
            "segment-000010.log.quarantined           2  quarantined",
        ], [re.sub(r"(\w) {2,}\S+ +\S+  (SAMPLES|-|local \d+)$", r"\1", line) for line in lines])
        counts = [int(line.split()[-1]) for line in lines if line.split()[2] in ("sealed", "open")]
        self.assertEqual(6000, sum(counts))
        self.assertEqual(lines[2].split()[-2:], lines[6].split()[-2:])

    def test_of_a_segment_it_lists_records_in_order(self):
        self.fill()
        records = self.records("segment-000001.log")
        self.assertEqual("seal", records[-1][2])
        self.assertEqual(["cursors", "commit"], [each[2] for each in records[:2]])
        end = 4096
        for offset, length, kind, _ in records:
            self.assertEqual(end, offset, kind)
            end = offset + length
        data = next(each for each in records if each[2] == "data")
        self.damage("segment-000001.log", data[0] + 100)
        self.assertIn(f"{data[0]:9} {data[1]:9}  data             0      100  damaged\n",
                      self.spool_command(harness.OK, "show", "segment-000001.log").stdout)

    def test_a_file_that_is_not_there_is_a_usage_error(self):
        self.fill(100)
        done = self.spool_command(harness.USAGE, "show", "segment-00001.log")
        self.assertEqual("tidegate: spool: there is no file 'segment-00001.log'; did you mean 'segment-000001.log'?; "
                         "see 'tidegate spool --help'\n", done.stderr)


class Verify(SpoolTest):
    def verify(self, code):
        return self.spool_command(code, "verify").stdout.splitlines()

    def test_a_whole_spool_is_ok(self):
        self.fill()
        self.assertRegex("\n".join(self.verify(harness.OK)),
                         r"^spool: ok: read 3 segments with \d+ records and 6000 samples$")

    def test_a_damaged_record_is_told_with_its_samples_and_who_misses_them(self):
        self.fill()
        offset, length, _, samples = [each for each in self.records("segment-000002.log") if each[2] == "data"][2]
        self.assertEqual(100, samples)
        self.damage("segment-000002.log", offset + 80)
        first = len([each for each in self.records("segment-000001.log") if each[2] == "data"]) * 100 + 200
        lines = self.verify(DAMAGED)
        self.assertEqual([
            f"segment-000002.log: {length} bytes at {offset} cannot be read: 100 samples of local, {first} to {first + 99}",
            f"local -> archive: 100 of 6000 samples that wait cannot be read any more: numbers {first} to {first + 99}",
        ], lines[:2])
        self.assertRegex(lines[2], r"^spool: damaged: read 3 segments with \d+ records and 5900 samples; "
                                   r"nothing has to be mended, a gateway delivers what can be read$")
        self.assertEqual(3, len(lines))
        done = self.spool_command(harness.OK, "export", "local/archive")
        self.assertEqual(5900, len(done.stdout.splitlines()))
        self.assertEqual("tidegate: 100 samples that wait cannot be read any more and are not in it; "
                         "'tidegate spool verify' tells why\n", done.stderr)

    def test_a_lost_header_hides_a_segment_from_gateways_but_not_from_export(self):
        self.fill()
        self.damage("segment-000002.log", 0, b"\x33" * 4096)
        lines = self.verify(DAMAGED)
        self.assertEqual("segment-000002.log: its header cannot be read, so no gateway will; "
                         "'tidegate spool export --all' may", lines[0])
        self.assertRegex(lines[1], r"^local -> archive: \d+ of 6000 samples that wait cannot be read any more: numbers \d+ to \d+$")
        self.assertLess(len(self.exported("local/archive")), 6000)
        self.assertEqual(list(range(6000)), sorted(self.exported("--all")))

    def test_a_torn_tail_is_told_and_is_no_damage(self):
        gateway = self.run_gateway(1000)
        gateway.send(signal.SIGKILL)
        gateway.wait_for_end()
        records = self.records("segment-000001.log")
        commits = [at for at, each in enumerate(records) if each[2] == "commit"]
        torn = records[commits[-2] + 1:]
        kept = sum(each[3] for each in torn[1:])
        self.damage("segment-000001.log", torn[0][0])
        lines = self.verify(harness.OK)
        self.assertEqual(f"segment-000001.log: what was written at {torn[0][0]} is not whole, as after a kill or a power cut; "
                         f"{kept} samples of it are kept", lines[0])
        self.assertRegex(lines[-1], f"^spool: ok: read 1 segment with {len(records) - 1} records and {1000 - torn[0][3]} samples$")

    def test_files_that_are_no_part_of_the_spool_are_no_damage(self):
        self.fill(1000)
        shutil.copy(self.spool / "segment-000001.log", self.spool / "segment-000007.log")
        shutil.copy(self.spool / "segment-000001.log", self.spool / "segment-000008.log.quarantined")
        self.assertEqual(["segment-000007.log: a copy of another file; no part of the spool",
                          "segment-000008.log.quarantined: kept aside earlier; no part of the spool"],
                         self.verify(harness.OK)[:2])


class Export(SpoolTest):
    def test_what_waits_is_printed_in_order(self):
        self.fill()
        self.assertEqual(list(range(6000)), self.exported("local/archive"))
        self.assertEqual(list(range(6000)), self.exported("local -> archive"))
        self.assertEqual([], self.exported("local/other"))
        self.assertEqual(list(range(6000)), self.exported(), "what waits for any route")

    def test_all_is_what_was_delivered_too(self):
        self.fill(1000)
        self.spool_command(harness.OK, "drop", "local/archive", "--all")
        self.assertEqual([], self.exported())
        self.assertEqual(list(range(1000)), self.exported("--all"))
        self.assertEqual(list(range(1000)), self.exported("local/other", "--all"))

    def test_every_encoding_makes_a_whole_file(self):
        self.fill(300)
        def text(encoding):
            name = f"out.{encoding}"
            done = self.spool_command(harness.OK, "export", "--encoding", encoding, "--output", name)
            self.assertEqual(f"300 samples in {name}\n", done.stdout)
            return (self.folder / name).read_text()
        self.assertEqual(list(range(300)), [each["fields"]["sequence"] for each in json.loads(text("json"))])
        self.assertEqual(300, len([json.loads(line) for line in text("ndjson").splitlines()]))
        self.assertEqual(1 + 600, len(text("csv").splitlines()))
        self.assertEqual("time,name,tags,field,value", text("csv").splitlines()[0])
        self.assertRegex(text("line-protocol"), r"^generate,series=0 sequence=0u?i?,value1=75(\.0)? \d+\n")

    def test_nothing_waiting_is_a_whole_file_too(self):
        self.fill(100)
        self.assertEqual("[]\n", self.spool_command(
            harness.OK, "export", "local/other", "--encoding", "json").stdout)

    def test_a_file_that_cannot_be_written_is_told(self):
        self.fill(1000)
        self.assertEqual("tidegate: /dev/full: No space left on device; the export is not complete\n",
                         self.spool_command(harness.UNAVAILABLE, "export", "-o", "/dev/full").stderr)
        self.assertEqual("tidegate: nowhere/x: No such file or directory; the export is not complete\n",
                         self.spool_command(harness.UNAVAILABLE, "export", "-o", "nowhere/x").stderr)

    def test_a_wrong_encoding_replaces_no_file(self):
        self.fill(100)
        self.write("kept", "precious")
        done = self.spool_command(harness.USAGE, "export", "--encoding", "jsn", "-o", "kept")
        self.assertEqual("tidegate: spool: export: --encoding 'jsn' is not one of ndjson, json, cbor, cbor-seq, csv, "
                         "line-protocol; did you mean 'json'?; see 'tidegate spool --help'\n", done.stderr)
        self.assertEqual("precious", (self.folder / "kept").read_text())


class Drop(SpoolTest):
    def test_beside_a_gateway_it_is_refused_and_says_what_to_do(self):
        gateway = self.run_gateway(1000)
        done = self.tidegate("spool", "drop", "local/archive", "--all", "-c", "gateway.yaml")
        self.assertEqual(harness.UNAVAILABLE, done.returncode)
        self.assertEqual(f"tidegate: {self.spool} is in use by process {gateway.pid} (tidegate); stop it first, such as "
                         "with 'systemctl stop tidegate'\n", done.stderr)
        shutil.copytree(self.spool, self.spool / "dead-letters")
        done = self.spool_command(harness.UNAVAILABLE, "drop", "local/archive", "--all", path=self.spool / "dead-letters")
        self.assertIn(f"is in use by process {gateway.pid} (tidegate)", done.stderr)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(1000, len(self.exported()))

    def test_what_is_removed_is_counted_and_never_delivered(self):
        self.fill(1000)
        done = self.spool_command(harness.OK, "drop", "local/archive", "--all")
        self.assertEqual("local -> archive: 1000 samples removed, 0 still wait\n", done.stdout)
        self.assertIn("local -> archive        0    0B  -        1000          0  1000 (removed 1000)\n",
                      self.spool_command(harness.OK, "ls").stdout)
        (self.folder / "data").unlink()
        gateway = self.gateway(FLOW.replace("COUNT", "10"))
        samples = gateway.wait_for_samples("data/out.ndjson", 10)
        self.assertEqual(harness.OK, gateway.stop())
        self.assertEqual(list(range(10)), [sample["fields"]["sequence"] for sample in samples])
        self.assertEqual({"accepted": 1010, "delivered": 10, "discarded": 1000, "waiting": 0},
                         gateway.ledger("local -> archive"))

    def test_only_what_is_older_than_a_time_goes(self):
        self.fill(1000)
        times = [json.loads(line)["time"] for line in self.spool_command(harness.OK, "export").stdout.splitlines()]
        done = self.spool_command(harness.OK, "drop", "local/archive", "--before", "1h")
        self.assertEqual("local -> archive: nothing to remove, 1000 wait\n", done.stdout)
        limit = sorted(times)[600]
        older = sum(time < limit for time in times)
        done = self.spool_command(harness.OK, "drop", "local/archive", "--before", limit)
        if older:
            self.assertEqual(f"local -> archive: {older} samples removed, {1000 - older} still wait\n", done.stdout)
        self.assertEqual(1000 - older, len(self.exported()))
        self.spool_command(harness.OK, "drop", "local/archive", "--before", "2099-01-01T00:00:00+09:00")
        self.assertEqual([], self.exported())

    def answer(self, text):
        """Runs it at a terminal and answers its question."""
        master, slave = pty.openpty()
        try:
            asked = subprocess.Popen([harness.program(), "spool", "drop", "local/archive", "--all", "--path", "spool"],
                                     cwd=self.folder, stdin=slave, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     text=True, env=harness.environment())
            os.write(master, text.encode())
            return asked.communicate(timeout=30 * harness.PATIENCE)
        finally:
            os.close(master)
            os.close(slave)

    def test_at_a_terminal_it_asks(self):
        self.fill(100)
        for no in ("n\n", "\n", "\x04"):
            said, question = self.answer(no)
            self.assertEqual("nothing was removed\n", said)
            self.assertEqual("Remove 100 samples of local -> archive for good? 'tidegate spool export' keeps a copy. [y/N] ",
                             question)
        self.assertEqual("local -> archive: 100 samples removed, 0 still wait\n", self.answer("y\n")[0])

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_root_leaves_nothing_that_the_gateway_cannot_open(self):
        self.fill()
        (self.spool / "lock").unlink()
        for file in [self.spool, *self.spool.iterdir()]:
            os.chown(file, 65534, 65534)
        os.chmod(self.folder, 0o755)
        # No blank is left, so that files are made and not only written.
        (self.spool / "segment-000004.log").unlink()
        self.damage("segment-000003.log", 0, b"\x33" * 4096)
        # A process that has changed its user cannot be traced, which is how a sanitizer looks for leaks.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        self.spool_command(harness.OK, "drop", "local/archive", "--all", ASAN_OPTIONS=sanitizer)
        self.assertIn("segment-000003.log.quarantined", os.listdir(self.spool))
        self.assertEqual({65534}, {file.stat().st_uid for file in self.spool.iterdir()})
        self.assertGreater(len(os.listdir(self.spool)), 4)


class Untouched(SpoolTest):
    """All but drop only read."""

    COMMANDS = (["ls"], ["ls", "--json"], ["show"], ["show", "segment-000001.log"], ["show", "segment-000009.log"],
                ["verify"], ["export"], ["export", "--all"], ["export", "local/archive", "--encoding", "json"])

    def make_damage(self):
        self.fill()
        (self.spool / "segment-000009.log").write_bytes(b"\x5a" * 70000)
        (self.spool / "segment-000010.log").write_bytes(b"")
        (self.spool / "segment-000011.log").write_bytes(bytes(4096))
        shutil.copy(self.spool / "segment-000001.log", self.spool / "segment-000012.log")
        for offset in (5000, 30000, 100000):
            self.damage("segment-000002.log", offset, b"\xff" * 3000)

    def test_a_damaged_folder_is_the_same_afterwards(self):
        self.make_damage()
        before = self.state()
        for command in self.COMMANDS:
            self.spool_command(DAMAGED if command == ["verify"] else harness.OK, *command)
            self.assertEqual(before, self.state(), command)
        gateway = self.gateway(FLOW.replace("COUNT", "1"))
        gateway.wait_for_line("all 1 samples were sent")
        gateway.stop()
        self.assertNotEqual(before, self.state(), "a gateway has set something aside")

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_who_may_only_read_can_look_at_everything(self):
        self.make_damage()
        for file in self.spool.iterdir():
            file.chmod(0o444)
        self.spool.chmod(0o555)
        self.folder.chmod(0o755)
        for command in self.COMMANDS:
            done = subprocess.run([harness.program(), "spool", *command, "--path", str(self.spool)], user=65534, group=65534,
                                  cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                                  timeout=30 * harness.PATIENCE, env=harness.environment())
            self.assertEqual(DAMAGED if command == ["verify"] else harness.OK, done.returncode, f"{command}: {done.stderr}")
            self.assertEqual(self.spool_command(done.returncode, *command, path=self.spool).stdout, done.stdout)

    @unittest.skipUnless(os.geteuid() == 0, "needs root")
    def test_who_may_not_read_is_told_so(self):
        self.fill(100)
        self.spool.chmod(0o755)
        self.folder.chmod(0o755)
        done = subprocess.run([harness.program(), "spool", "ls", "--path", str(self.spool)], user=65534, group=65534,
                              cwd="/", stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              timeout=30 * harness.PATIENCE, env=harness.environment())
        self.assertEqual(harness.UNAVAILABLE, done.returncode)
        self.assertEqual(f"tidegate: {self.spool}/segment-000001.log cannot be read: Permission denied; run this as root, or "
                         "as the user of the gateway\n", done.stderr)


class Where(SpoolTest):
    def ls(self, *arguments, **environment):
        return subprocess.run([harness.program(), "spool", "ls", *arguments], cwd=self.folder, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, check=False, timeout=30 * harness.PATIENCE,
                              env=harness.environment(**environment))

    def test_the_configuration_says_it_and_needs_no_plugin(self):
        self.fill(100)
        text = (self.folder / "gateway.yaml").read_text()
        self.write("gateway.yaml", text.replace("plugin: generate", "plugin: gone"))
        self.assertEqual(f"{self.spool}\n", self.ls("-c", "gateway.yaml").stdout.splitlines(keepends=True)[0])

    @unittest.skipIf(os.path.exists("/etc/tidegate"), "this machine has a configuration")
    def test_else_it_is_where_the_service_has_it(self):
        self.fill(100)
        self.assertEqual(f"{self.spool}\n", self.ls(STATE_DIRECTORY=str(self.folder)).stdout.splitlines(keepends=True)[0])

    def test_a_wrong_configuration_is_told_and_not_needed(self):
        self.write("gateway.yaml", "spool: {pth: spool}\n")
        done = self.ls("-c", "gateway.yaml")
        self.assertEqual(harness.CONFIGURATION, done.returncode)
        self.assertEqual("gateway.yaml:1:9: error: spool.pth: unknown option; did you mean 'path'?\n"
                         "tidegate: with --path DIR the configuration is not needed\n", done.stderr)

    def test_no_spool_is_unavailable(self):
        done = self.spool_command(harness.UNAVAILABLE, "verify", path="nowhere")
        self.assertEqual("tidegate: nowhere cannot be opened: No such file or directory; name the folder with --path, or the "
                         "configuration with -c\n", done.stderr)
        self.assertFalse((self.folder / "nowhere").exists())
        done = self.spool_command(harness.UNAVAILABLE, "ls", path=".")
        self.assertEqual("tidegate: there is no spool in .; name its folder with --path, or the configuration with -c\n",
                         done.stderr)


class Usage(SpoolTest):
    def test_help_names_every_command(self):
        done = self.tidegate("spool", "--help")
        self.assertEqual(harness.OK, done.returncode)
        for name in ("ls", "show", "verify", "export", "replay", "drop"):
            self.assertRegex(done.stdout, rf"(?m)^  {name} ")
        self.assertEqual(done.stdout, self.tidegate("spool", "drop", "-h").stdout)

    def test_what_makes_no_sense_is_a_usage_error(self):
        for words, said in (
                ([], "needs one of: ls, show, verify, export, replay, drop"),
                (["lst"], "has no 'lst'; did you mean 'ls'?"),
                (["ls", "telemetry"], "ls takes no operand 'telemetry'"),
                (["ls", "--all"], "ls has no option --all"),
                (["verify", "--json"], "verify has no option --json"),
                (["show", "a", "b"], "show takes no operand 'b'"),
                (["export", "--yes"], "export has no option --yes"),
                (["drop"], "drop needs a route; 'tidegate spool ls' shows them"),
                (["drop", "a/b"], "drop needs either --before TIME or --all"),
                (["drop", "a/b", "--all", "--before", "2h"], "drop needs either --before TIME or --all"),
                (["drop", "a/b", "--before", "yesterday"],
                 "drop: --before 'yesterday': it must be a date and time with its zone, such as 2026-01-02T03:04:05Z, "
                 "or how long ago, such as 2h"),
                (["ls", "--path", "x", "-c", "y"], "--path and --config exclude each other")):
            done = self.tidegate("spool", *words)
            self.assertEqual(harness.USAGE, done.returncode, words)
            self.assertEqual(f"tidegate: spool: {said}; see 'tidegate spool --help'\n", done.stderr)
            self.assertEqual("", done.stdout)

    def test_other_commands_do_not_have_its_options(self):
        self.assertEqual(harness.USAGE, self.tidegate("check", "--json").returncode)
        self.assertEqual(harness.USAGE, self.tidegate("spool", "ls", "--default").returncode)

    def test_a_route_that_is_not_there_is_a_usage_error(self):
        self.fill(100)
        done = self.spool_command(harness.USAGE, "drop", "local/archiv", "--all")
        self.assertEqual("tidegate: spool: there is no route 'local/archiv'; did you mean 'local/archive'?; "
                         "see 'tidegate spool --help'\n", done.stderr)


if __name__ == "__main__":
    unittest.main()
