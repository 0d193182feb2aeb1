#!/usr/bin/env python3
"""The packages in a fresh Debian, from the .deb files alone: installed, started by systemd, extended by plugins,
upgraded with a full spool, removed and purged. $TIDEGATE_DEBS is the folder of the packages."""
import os
import pathlib
import re
import shutil
import unittest

from container import ROOT, Container, repacked, with_version

DEBS = pathlib.Path(os.environ.get("TIDEGATE_DEBS", "build/deb")).resolve()
ARCHIVE = "/var/lib/tidegate/archive"
OLDER = "0.0.1"
CORE_BYTES_MAX = 8_000_000
PULLED_IN_MAX = 15

# Accepts on disk; delivers only once the folder may be written, which is asked for all the time.
WAITING = """
sources:
  numbers: {plugin: generate, rate: 200}
pipelines:
  kept: {from: [numbers], to: [archive], buffer: {type: disk, commit: always}}
sinks:
  archive: {plugin: file, path: /var/lib/tidegate/closed/out.ndjson, retry: {min: 100ms, max: 200ms}}
"""

# Uses the plugin; the device need not be there.
METERS = (ROOT / "plugins/sources/modbus/sample.yaml").read_text() + """
pipelines: {all: {from: '*', to: end}}
sinks: {end: {plugin: 'null'}}
"""


def deb(name):
    found = [each for each in DEBS.glob(f"{name}_*.deb")]
    if len(found) != 1:
        raise AssertionError(f"{len(found)} packages {name} in {DEBS}; run: ./dev deb")
    return found[0]


class Packages(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.debian = Container(DEBS)
        self.addCleanup(self.debian.close)
        self.debian.apt("update")

    def wait_for_samples(self, folder=ARCHIVE):
        self.debian.wait_for(f"grep -q '\"name\":\"memory\"' {folder}/*.ndjson", "samples in " + folder)

    def main_pid(self, unit="tidegate"):
        return self.debian.run(f"systemctl show --property=MainPID --value {unit}").stdout.strip()

    def journal(self):
        return self.debian.run("journalctl --no-pager --unit=tidegate").stdout

    def test_an_installation_runs_as_its_own_user_and_is_small(self):
        before = self.debian.run("dpkg-query -W -f='${Package}\n'").stdout.split()
        self.debian.apt("install", "tidegate")
        after = self.debian.run("dpkg-query -W -f='${Package}\n'").stdout.split()
        pulled_in = sorted(set(after) - set(before) - {"tidegate"})
        size = int(self.debian.run("dpkg -L tidegate | while read f; do [ -f $f ] && [ ! -L $f ] && stat -c %s $f; done | "
                                   "awk '{sum += $1} END {print sum}'").stdout)
        print(f"tidegate: {size} bytes installed, pulls in {len(pulled_in)}: {' '.join(pulled_in)}")
        self.assertLess(len(pulled_in), PULLED_IN_MAX, pulled_in)
        self.assertLess(size, CORE_BYTES_MAX)

        self.debian.wait_for("systemctl is-active tidegate", "the unit to be active")
        self.wait_for_samples()
        owner = self.debian.run(f"stat -c %U:%a {ARCHIVE} /var/lib/tidegate").stdout.split()
        self.assertEqual(["tidegate:750", "tidegate:750"], owner)
        self.assertIn("dialout", self.debian.run("id -nG tidegate").stdout.split())
        self.assertEqual("tidegate", self.debian.run(f"ps -o user= -p {self.main_pid()} || "
                                                     f"stat -c %U /proc/{self.main_pid()}").stdout.strip())
        done = self.debian.as_gateway("tidegate check")
        self.assertIn("/etc/tidegate/tidegate.yaml: ok", done.stdout)
        exposure = self.debian.run("systemd-analyze security tidegate.service --no-pager | tail -1").stdout
        print(exposure.strip())
        self.assertLess(float(exposure.split(":")[1].split()[0]), 2.0)
        rss = self.debian.run(f"grep VmRSS /proc/{self.main_pid()}/status").stdout
        print("tidegate.yaml as installed:", " ".join(rss.split()))

    def test_a_wrong_configuration_is_not_tried_again_and_a_reload_of_one_is_refused(self):
        self.debian.apt("install", "tidegate")
        self.debian.wait_for("systemctl is-active tidegate", "the unit to be active")
        pid = self.main_pid()
        self.debian.write("/etc/tidegate/conf.d/wrong.yaml", "sinks: {wrong: {plugin: flie}}\n")
        self.assertNotEqual(0, self.debian.run("systemctl reload tidegate", check=False).returncode)
        self.assertEqual(pid, self.main_pid())
        self.debian.run("systemctl stop tidegate")
        self.assertNotEqual(0, self.debian.run("systemctl start tidegate", check=False).returncode)
        state = self.debian.run("systemctl show --property=ActiveState,ExecMainStatus,NRestarts tidegate").stdout
        self.assertEqual({"ActiveState=failed", "ExecMainStatus=78", "NRestarts=0"}, set(state.split()))
        self.assertIn("did you mean 'file'?", self.journal())

    def test_a_gateway_that_is_killed_comes_back_and_one_of_several_is_its_own(self):
        self.debian.apt("install", "tidegate")
        self.debian.wait_for("systemctl is-active tidegate", "the unit to be active")
        self.debian.write("/etc/tidegate/instances/second.yaml", WAITING.replace("tidegate/closed", "tidegate/instances/second"))
        self.debian.run("systemctl start tidegate@second")
        self.debian.wait_for("test -s /var/lib/tidegate/instances/second/out.ndjson", "samples of the second")
        self.debian.run("test -d /var/lib/tidegate/instances/second/spool && test ! -e /var/lib/tidegate/spool")
        pid = self.main_pid()
        self.debian.run(f"kill -9 {pid}")
        self.debian.wait_for(f"systemctl is-active tidegate && test $(systemctl show -p MainPID --value tidegate) != {pid}",
                             "the unit to be active again")

    def test_a_gateway_that_hangs_is_ended_and_started_anew(self):
        self.debian.apt("install", "tidegate")
        self.debian.write("/etc/systemd/system/tidegate.service.d/soon.conf", "[Service]\nWatchdogSec=2\nRestartSec=100ms\n")
        self.debian.run("systemctl daemon-reload; systemctl restart tidegate")
        pid = self.main_pid()
        self.debian.run(f"kill -STOP {pid}")
        self.debian.wait_for(f"systemctl is-active tidegate && test $(systemctl show -p MainPID --value tidegate) != {pid}",
                             "another gateway")
        self.assertIn("Watchdog timeout", self.journal())

    def test_a_plugin_package_brings_its_plugin_and_takes_it_away(self):
        self.debian.apt("install", "tidegate")
        self.debian.write("/etc/tidegate/modbus.yaml", METERS)
        check = "tidegate check -c /etc/tidegate/modbus.yaml"
        refused = self.debian.as_gateway(check, check=False)
        self.assertEqual(78, refused.returncode, refused.stderr)
        self.assertIn("modbus", refused.stderr)
        self.debian.apt("install", "tidegate-plugin-modbus")
        self.debian.as_gateway(check)
        self.debian.run("dpkg -L tidegate-plugin-modbus | grep -q /tidegate-modbus.5.gz")
        self.debian.apt("remove", "tidegate-plugin-modbus")
        self.assertEqual(78, self.debian.as_gateway(check, check=False).returncode)
        self.assertEqual("active", self.debian.run("systemctl is-active tidegate").stdout.strip())

    def test_apt_refuses_a_plugin_for_another_abi(self):
        def later(folder):
            control = folder / "DEBIAN/control"
            text = control.read_text()
            self.assertRegex(text, r"tidegate-plugin-abi-\d+ \(>= \d+\.\d+\)")
            control.write_text(re.sub(r"(tidegate-plugin-abi-\d+ \(>= \d+\.)\d+", r"\g<1>999", text))
        (self.debian.packages / deb("tidegate-plugin-modbus").name).unlink()
        repacked(deb("tidegate-plugin-modbus"), self.debian.packages / "later_1_all.deb", later)
        self.debian.offer()
        self.debian.apt("update")
        refused = self.debian.apt("install", "tidegate-plugin-modbus", check=False)
        self.assertNotEqual(0, refused.returncode)
        self.assertIn("tidegate-plugin-abi-", refused.stdout + refused.stderr)

    def install_older(self):
        """The packages under an older version, and after them, not installed yet, those of now."""
        with_version(deb("tidegate"), self.debian.packages, OLDER)
        self.debian.offer()
        self.debian.apt("update")
        self.debian.apt("install", f"tidegate={OLDER}")

    def test_an_upgrade_reads_the_spool_and_restarts(self):
        self.install_older()
        self.debian.write("/etc/tidegate/tidegate.yaml", WAITING)
        self.debian.run("install -d -m 500 -o root /var/lib/tidegate/closed; systemctl restart tidegate")
        self.debian.wait_for("tidegate spool ls | grep -E '^kept -> archive +[0-9]{3}'", "samples that wait")
        old = self.main_pid()
        done = self.debian.apt("install", "-o", "Dpkg::Options::=--force-confold", "tidegate")
        self.assertNotIn("was not restarted", done.stderr)
        self.assertNotEqual(old, self.main_pid(), "the new version must run")
        self.assertEqual("active", self.debian.run("systemctl is-active tidegate").stdout.strip())
        self.assertEqual(WAITING, (self.debian.root / "etc/tidegate/tidegate.yaml").read_text())
        self.debian.run("chown tidegate: /var/lib/tidegate/closed; chmod 755 /var/lib/tidegate/closed")
        self.debian.wait_for("test -s /var/lib/tidegate/closed/out.ndjson", "what waited")
        self.debian.run("systemctl stop tidegate")
        written = len((self.debian.root / "var/lib/tidegate/closed/out.ndjson").read_text().splitlines())
        ledger = re.findall(r"route kept -> archive: accepted (\d+), delivered (\d+), discarded 0, waiting 0", self.journal())
        accepted, delivered = (int(number) for number in ledger[-1])
        self.assertEqual(accepted, delivered)
        self.assertGreaterEqual(written, accepted)

    def test_an_upgrade_leaves_a_gateway_running_whose_configuration_it_refuses(self):
        self.install_older()
        self.debian.wait_for("systemctl is-active tidegate", "the unit to be active")
        old = self.main_pid()
        self.debian.write("/etc/tidegate/conf.d/wrong.yaml", "sinks: {wrong: {plugin: flie}}\n")
        done = self.debian.apt("install", "tidegate")
        self.assertIn("tidegate.service was not restarted", done.stdout + done.stderr)
        self.assertIn("did you mean 'file'?", done.stdout + done.stderr)
        self.assertEqual(old, self.main_pid())
        self.assertEqual("active", self.debian.run("systemctl is-active tidegate").stdout.strip())

    def test_an_upgraded_plugin_restarts_the_gateways_that_use_it(self):
        with_version(deb("tidegate-plugin-modbus"), self.debian.packages, OLDER)
        self.debian.offer()
        self.debian.apt("update")
        self.debian.apt("install", "tidegate", f"tidegate-plugin-modbus={OLDER}")
        self.debian.write("/etc/tidegate/instances/meters.yaml", METERS)
        self.debian.run("systemctl start tidegate@meters")
        self.debian.wait_for("systemctl is-active tidegate", "the unit to be active")
        pid = self.main_pid()
        with_plugin = self.main_pid("tidegate@meters")
        self.debian.apt("install", "tidegate-plugin-modbus")
        self.assertEqual(pid, self.main_pid())
        self.debian.wait_for("systemctl is-active tidegate@meters", "the instance to be active")
        self.assertNotEqual(with_plugin, self.main_pid("tidegate@meters"))

    def test_shells_complete_commands(self):
        self.debian.apt("install", "tidegate", "bash-completion", "fish", "zsh")
        for command in (
                "bash -c '. /usr/share/bash-completion/bash_completion; _completion_loader tidegate; COMP_WORDS=(tidegate re); COMP_CWORD=1; "
                "_tidegate; echo ${COMPREPLY[@]}'",
                "fish -c 'complete --do-complete \"tidegate re\"'",
                # What zsh would show: it completes only at a terminal.
                "zsh -c 'autoload -U compinit; compinit -u; echo $_comps[tidegate]; autoload +X _tidegate; functions _tidegate'"):
            self.assertIn("reload", self.debian.run(command).stdout, command)

    def test_remove_keeps_data_and_purge_leaves_nothing(self):
        self.debian.apt("install", "libre2-9", "libyaml-cpp0.7", "libfmt9")  # what stays
        before = self.debian.files()
        self.debian.apt("install", "tidegate", "tidegate-plugin-modbus", "tidegate-dev")
        self.wait_for_samples()
        self.debian.apt("remove", "tidegate")
        self.assertNotEqual(0, self.debian.run("systemctl is-active tidegate", check=False).returncode)
        self.debian.run(f"test -s /etc/tidegate/tidegate.yaml && ls {ARCHIVE}/*.ndjson")
        self.debian.apt("install", "tidegate")
        self.debian.wait_for("systemctl is-active tidegate", "the unit to be active")
        self.debian.apt("purge", "'tidegate*'", "libmodbus5")
        ours = ("/var/lib/dpkg/", "/var/lib/apt/", "/var/cache/", "/var/log/", "/var/lib/systemd/")
        left = sorted(path for path in self.debian.files() - before if not path.startswith(ours))
        self.assertEqual([], left)
        self.assertNotEqual(0, self.debian.run("getent passwd tidegate || getent group tidegate", check=False).returncode)
        listed = self.debian.run("dpkg-query -W -f='${Package} ${db:Status-Abbrev}\n' | grep tidegate", check=False).stdout
        self.assertEqual("", listed)
        self.assertEqual("", self.debian.run("ls /var/lib/systemd/deb-systemd-helper-enabled 2>/dev/null | grep tidegate",
                                             check=False).stdout)


class AsDebianTestsThem(unittest.TestCase):
    """packaging/debian/tests, run by Debian's own autopkgtest in a system that is thrown away afterwards."""

    def passes(self, name):
        debian = Container(DEBS)
        self.addCleanup(debian.close)
        debian.apt("update")
        debian.apt("install", "autopkgtest")
        shutil.copytree(ROOT / "packaging/debian", debian.root / "srv/tidegate/debian")
        done = debian.run("autopkgtest --ignore-restrictions=isolation-machine,breaks-testbed --no-built-binaries "
                          f"--test-name={name} /srv/tidegate -- null", check=False, deadline=900)
        self.assertEqual(0, done.returncode, done.stdout[-6000:] + done.stderr[-6000:])
        self.assertRegex(done.stdout + done.stderr, rf"(?m)^{name} +PASS$")

    def test_gateway(self):
        self.passes("gateway")

    def test_upgrade_and_purge(self):
        self.passes("upgrade-and-purge")

    def test_third_party_plugin(self):
        self.passes("third-party-plugin")


if __name__ == "__main__":
    unittest.main()
