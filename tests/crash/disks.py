"""A small ext4 file system of a test's own, on a loop device: to be cut off, filled, made read-only.

Mounts lie in the mount namespace that rig.main() has made, and a loop device ends with its mount: nothing is left behind,
however the test ends.
"""
import fcntl
import os
import pathlib
import shutil
import struct
import subprocess
import unittest

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN: _IOR('X', 125, __u32)
WITHOUT_JOURNAL = 2    # EXT4_GOING_FLAGS_NOLOGFLUSH: what is not on the device yet never comes there


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout.strip()


def why_not():
    """Why there can be no disks here; empty if there can."""
    if os.geteuid() != 0:
        return "needs root, to mount a file system"
    if not os.environ.get("TIDEGATE_CRASH_ISOLATED"):
        return "needs namespaces of its own for mounts and processes (unshare)"
    missing = [name for name in ("mkfs.ext4", "e2fsck", "losetup", "mount") if shutil.which(name) is None]
    return f"needs {', '.join(missing)}" if missing else ""


class Disk:
    """Mounted at `path` from the beginning on."""

    def __init__(self, test, mebibytes, errors="continue"):
        if reason := why_not():
            raise unittest.SkipTest(reason)
        self.path = test.folder / "disk"
        self._image = test.folder / "disk.image"
        self._ballast = self.path / "ballast"
        self.path.mkdir()
        with open(self._image, "wb") as file:
            file.truncate(mebibytes << 20)
        run("mkfs.ext4", "-q", "-F", "-m", "0", "-b", "4096", "-e", errors, "-E", "nodiscard,lazy_itable_init=0", self._image)
        test.addCleanup(self.unmount)
        try:
            self.mount()
        except OSError as failed:
            raise unittest.SkipTest(f"cannot mount a file system here: {failed}") from None

    def mount(self):
        run("mount", "-o", "loop", self._image, self.path)

    def unmount(self):
        if os.path.ismount(self.path):
            run("umount", self.path)

    def mount_again(self):
        """What a start after a power cut does: the journal is replayed."""
        self.unmount()
        self.mount()

    def remount(self, options):
        run("mount", "-o", f"remount,{options}", self.path)

    def cut_power(self):
        """From now on nothing reaches the device; every call on the file system fails until it is mounted again."""
        folder = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(folder, SHUTDOWN, struct.pack("I", WITHOUT_JOURNAL))
        finally:
            os.close(folder)

    def break_down(self):
        """The file system finds an error in itself, and does what `errors` says."""
        device = pathlib.Path(run("findmnt", "--noheadings", "--output", "SOURCE", self.path)).name
        pathlib.Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("as a test wants it")

    def repair(self):
        """What a start after break_down() does."""
        self.unmount()
        done = subprocess.run(["e2fsck", "-p", str(self._image)], capture_output=True, text=True, check=False)
        if done.returncode > 1:  # 1: errors were corrected
            raise OSError(f"e2fsck: {done.stdout}{done.stderr}")
        self.mount()

    def free(self):
        found = os.statvfs(self.path)
        return found.f_bavail * found.f_frsize

    def fill(self, leaving=0):
        """As another program does that has taken all but that much."""
        file = os.open(self._ballast, os.O_WRONLY | os.O_CREAT)
        try:
            size = os.fstat(file).st_size
            while (more := self.free() - leaving) > 0:
                try:
                    os.posix_fallocate(file, size, more)
                    size += more
                except OSError:
                    leaving += 4096
        finally:
            os.close(file)

    def empty(self):
        self._ballast.unlink()
