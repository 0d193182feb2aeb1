"""A fresh Debian 12 that is booted, with its own systemd, by systemd-nspawn: nothing of the machine but its kernel
and its network, and the packages that are tested in a folder of its own.

    with Container() as debian:
        debian.apt("install", "tidegate")
        debian.run("systemctl is-active tidegate")

The system is made once by debootstrap, in build/package/base; a container is a layer above it that is thrown away.
Root is needed. Nothing sleeps in the hope that something has happened.
"""
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = float(os.environ.get("TIDEGATE_TEST_PATIENCE", "1"))
BUILD = ROOT / "build" / "package"
BASE = BUILD / "base"
SCRIPTS = pathlib.Path(__file__).resolve().parent
NOT_FOR_US = ("/dev", "/proc", "/run", "/sys", "/tmp")


def wait_until(condition, what, deadline=30.0, otherwise=lambda: ""):
    end = time.monotonic() + deadline * PATIENCE
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {deadline * PATIENCE:.0f} s for {what}\n{otherwise()}")
        time.sleep(0.05)
    return value


def make_base():
    """A minimal Debian with systemd; half made is not made."""
    if BASE.exists():
        return
    BUILD.mkdir(parents=True, exist_ok=True)
    half = BUILD / "base.half"
    shutil.rmtree(half, ignore_errors=True)
    subprocess.run(["debootstrap", "--variant=minbase", "--include=systemd-sysv,dbus", "bookworm", str(half)],
                   check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["chroot", str(half), "apt-get", "-q", "update"], check=True, stdout=subprocess.DEVNULL)
    (half / "etc/apt/apt.conf.d/90test").write_text('APT::Install-Recommends "false";\nAcquire::Languages "none";\n')
    (half / "etc/apt/sources.list.d/tidegate.list").write_text("deb [trusted=yes] file:/srv/packages ./\n")
    half.rename(BASE)


class Container:
    def __init__(self, packages, *extra):
        """`packages` is a folder of .deb files; `extra` are more arguments of systemd-nspawn."""
        make_base()
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="container-", dir=BUILD))
        self.root = self.folder / "root"
        for name in ("root", "upper", "work"):
            (self.folder / name).mkdir()
        subprocess.run(["mount", "-t", "overlay", "overlay", "-o",
                        f"lowerdir={BASE},upperdir={self.folder}/upper,workdir={self.folder}/work", str(self.root)],
                       check=True)
        self.packages = self.root / "srv/packages"
        self.packages.mkdir()
        for each in pathlib.Path(packages).glob("*.deb"):
            if "-dbgsym_" not in each.name:
                shutil.copy(each, self.packages)
        self.offer()
        self.console = open(self.folder / "console", "wb")
        self.process = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--console=read-only",
             f"--machine=tidegate-{os.getpid()}", f"--directory={self.root}", *extra],
            stdin=subprocess.DEVNULL, stdout=self.console, stderr=subprocess.STDOUT)
        self.leader = None
        try:
            wait_until(self._boot, "systemd to run", otherwise=lambda: (self.folder / "console").read_text("utf-8", "replace"))
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def offer(self):
        """Makes the folder of packages a repository, after a change of it."""
        index = subprocess.run(["dpkg-scanpackages", "--multiversion", "."], cwd=self.packages, check=True,
                               capture_output=True, text=True).stdout
        (self.packages / "Packages").write_text(index)

    def _boot(self):
        if self.process.poll() is not None:
            raise AssertionError("systemd-nspawn ended:\n" + (self.folder / "console").read_text("utf-8", "replace"))
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if not children:
            return False
        self.leader = children[0]
        # Before that, it may still be on its way into its namespaces.
        if pathlib.Path(f"/proc/{self.leader}/comm").read_text().strip() != "systemd":
            return False
        done = self.run("systemctl is-system-running", check=False)
        return done.stdout.strip() in ("running", "degraded")

    def run(self, command, check=True, deadline=300):
        """A shell's command inside, as root."""
        done = subprocess.run(
            ["nsenter", "--target", self.leader, "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup",
             "/usr/bin/env", "-i", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=/root", "LC_ALL=C.UTF-8",
             "DEBIAN_FRONTEND=noninteractive", "/bin/sh", "-c", command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=deadline * PATIENCE, check=False)
        if check and done.returncode != 0:
            raise AssertionError(f"'{command}' ended with {done.returncode}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done

    def apt(self, *words, check=True):
        return self.run("apt-get -q -y -o Dpkg::Use-Pty=0 " + " ".join(words), check)

    def as_gateway(self, command, check=True):
        return self.run(f"setpriv --reuid=tidegate --regid=tidegate --init-groups {command}", check)

    def write(self, path, text):
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def wait_for(self, command, what):
        return wait_until(lambda: self.run(command, check=False).returncode == 0, what,
                          otherwise=lambda: self.run("journalctl --no-pager -u 'tidegate*' -n 40", check=False).stdout)

    def files(self):
        """Every path of the system but those that it makes itself, as it runs."""
        left_out = " -o ".join(f"-path {each}" for each in NOT_FOR_US)
        found = self.run(f"find / -xdev \\( {left_out} \\) -prune -o -print").stdout.split("\n")
        return {each for each in found if each}

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20 * PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.console.close()
        subprocess.run(["umount", "--lazy", str(self.root)], check=True)
        shutil.rmtree(self.folder, ignore_errors=True)


def repacked(package, into, change):
    """A copy of a .deb after change(folder with its files and DEBIAN/)."""
    with tempfile.TemporaryDirectory(dir=BUILD) as made:
        folder = pathlib.Path(made) / "package"
        subprocess.run(["dpkg-deb", "--raw-extract", str(package), str(folder)], check=True)
        change(folder)
        subprocess.run(["dpkg-deb", "--root-owner-group", "--build", str(folder), str(into)], check=True,
                       stdout=subprocess.DEVNULL)


def with_version(package, into, version):
    """The same under another version, which its files do not show."""
    name, _, rest = package.name.split("_", 2)

    def change(folder):
        control = folder / "DEBIAN/control"
        lines = [f"Version: {version}" if line.startswith("Version:") else line
                 for line in control.read_text().split("\n")]
        control.write_text("\n".join(lines))
    repacked(package, into / f"{name}_{version}_{rest}", change)
