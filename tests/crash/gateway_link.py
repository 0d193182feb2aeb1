"""A network namespace of its own for the gateway, behind a link of which a test can cut either direction or slow it down.

    link = gateway_link.Link()             # raises unittest.SkipTest where this machine does not let us
    daemon = self.daemon(before=link.inside)
    # servers listen on link.address; what is inside reaches nothing else
    link.unplug()      # the network goes down, and programs inside are told so
    link.drop()        # nothing comes through any more, and nobody is told
    link.drop_answers()  # only what comes from outside gets lost
    link.slow_down()
    link.mend()        # undoes any of these

All of it ends with the process that holds the namespace, and that one with the test.
"""
import os
import shutil
import subprocess
import unittest

from rig import harness

RATE = "1mbit"


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: {done.stderr.strip()}")


class Link:
    def __init__(self):
        missing = [name for name in ("ip", "tc", "nsenter", "unshare", "setpriv") if shutil.which(name) is None]
        if os.geteuid() != 0:
            missing.append("root")
        if missing:
            raise unittest.SkipTest(f"to cut a network it needs {', '.join(missing)}")
        self._holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", "unshare", "--net", "sleep", "infinity"],
                                        stderr=subprocess.DEVNULL)
        try:
            self._make()
        except AssertionError as failed:
            self.close()
            raise unittest.SkipTest(f"this machine gives no network of its own: {failed}") from None

    def _make(self):
        pid = self._holder.pid
        namespace = f"/proc/{pid}/ns/net"
        harness.wait_until(lambda: self._holder.poll() is not None or os.readlink(namespace) != os.readlink("/proc/self/ns/net"),
                           "a namespace", 10)
        if self._holder.poll() is not None:
            raise AssertionError("unshare --net is not allowed")
        self.inside = ("nsenter", f"--net={namespace}")
        # Of the range that is kept for tests of networks; two tests at a time have different ones.
        number = os.getpid() * 4 % 65536
        network = f"198.18.{number // 256}"
        self.address = f"{network}.{number % 256 + 1}"
        self._outer, self._inner = f"tide{os.getpid() % 100000}", "uplink"
        run("ip", "link", "add", self._outer, "type", "veth", "peer", "name", self._inner, "netns", str(pid))
        run("ip", "address", "add", f"{self.address}/30", "dev", self._outer)
        run("ip", "link", "set", self._outer, "up")
        self._run_inside("ip", "address", "add", f"{network}.{number % 256 + 2}/30", "dev", self._inner)
        self._run_inside("ip", "link", "set", "lo", "up")
        self._run_inside("ip", "link", "set", self._inner, "up")
        self.slow_down()  # whether this kernel can
        self.mend()

    def _run_inside(self, *command):
        run(*self.inside, *command)

    def unplug(self):
        self._run_inside("ip", "link", "set", self._inner, "down")

    def drop(self):
        self.drop_answers()
        self._run_inside("tc", "qdisc", "replace", "dev", self._inner, "root", "blackhole")

    def drop_answers(self):
        run("tc", "qdisc", "replace", "dev", self._outer, "root", "blackhole")

    def slow_down(self):
        shape = ("root", "tbf", "rate", RATE, "burst", "4kb", "latency", "400ms")
        run("tc", "qdisc", "replace", "dev", self._outer, *shape)
        self._run_inside("tc", "qdisc", "replace", "dev", self._inner, *shape)

    def mend(self):
        run("tc", "qdisc", "replace", "dev", self._outer, "root", "pfifo")
        self._run_inside("tc", "qdisc", "replace", "dev", self._inner, "root", "pfifo")
        self._run_inside("ip", "link", "set", self._inner, "up")

    def close(self):
        self._holder.kill()
        self._holder.wait()
