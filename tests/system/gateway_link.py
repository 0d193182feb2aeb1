"""A network namespace of its own for the gateway, behind a link of which a test can cut either direction or slow it down.

    link = gateway_link.Link()             # raises unittest.SkipTest where this machine does not let us
    daemon = self.daemon(before=link.inside)
    # servers listen on link.address; what is inside reaches nothing else
    link.unplug()      # the network goes down, and programs inside are told so
    link.drop()        # nothing comes through any more, and nobody is told
    link.drop_answers()  # only what comes from outside gets lost
    link.slow_down()
    link.mend()        # undoes any of these

    link.add_address("198.19.0.1")       # another one for servers
    link.add_black_hole("198.19.0.2")    # one to which everything gets lost
    names = gateway_link.Names(folder, {"server.test": ["198.19.0.2", "198.19.0.1"]})
    daemon = self.daemon(before=link.inside + names.inside)
    names.set(...)                       # from now on

All of it ends with the process that holds the namespace, and that one with the test.
"""
import ipaddress
import os
import shutil
import subprocess
import unittest

import harness

RATE = "1mbit"
NOBODY = "02:00:00:00:00:01"  # a hardware address that nothing has


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

    def other_address(self, number):
        """One of those that are this link's own, 0 to 3; for add_address or add_black_hole."""
        return str(ipaddress.ip_address(self.address) - 1 + number).replace("198.18.", "198.19.")

    def add_address(self, address):
        run("ip", "address", "add", f"{address}/32", "dev", self._outer)
        self._run_inside("ip", "route", "add", f"{address}/32", "dev", self._inner)

    def add_black_hole(self, address):
        family = "-6" if ":" in address else "-4"
        if family == "-6":
            self._run_inside("ip", "-6", "address", "add", f"{ipaddress.ip_address(address) + 1}/127", "dev", self._inner, "nodad")
        else:
            self._run_inside("ip", "route", "add", f"{address}/32", "dev", self._inner)
        self._run_inside("ip", family, "neighbour", "add", address, "lladdr", NOBODY, "nud", "permanent", "dev", self._inner)

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


class Names:
    """What /etc/hosts says to programs that are started with `inside`, and the name server that they ask of all else."""

    def __init__(self, folder, addresses, name_server="127.0.0.1"):
        self.file = folder / "hosts"
        self.set(addresses)
        (folder / "resolv.conf").write_text(f"nameserver {name_server}\n")
        mounts = f"mount --bind {self.file} /etc/hosts && mount --bind {folder}/resolv.conf /etc/resolv.conf"
        self.inside = ("unshare", "--mount", "sh", "-c", f'{mounts} && exec "$@"', "sh")

    def set(self, addresses):
        """Of each name a list, in the order in which they are tried. Written in its place: the file is mounted."""
        lines = ["127.0.0.1 localhost"] + [f"{address} {name}" for name, all_of_it in addresses.items() for address in all_of_it]
        self.file.write_text("\n".join(lines) + "\n")
