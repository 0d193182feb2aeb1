#!/usr/bin/env python3
"""Bytes that a disk writes for each byte of payload, each commit synced: the spool beside SQLite.

Both do the same work on an ext4 of their own, on a loop device with direct I/O: a batch is stored and synced, then
read and acknowledged. Counted are the sectors that the device wrote, the journal and the last sync included; what is written once
in the life of a spool (its first segments, as zeros) is not. Needs root and a loop device.
"""
import argparse
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

SIZES = ((256, 400), (4096, 400), (65536, 120))
AIMS = {4096: 2.1}


class Disk:
    """An ext4 in a file, mounted; taken away at the end, whatever happens."""

    def __init__(self, folder):
        self.image = folder / "image"
        self.mount = folder / "mount"
        self.mount.mkdir()
        with open(self.image, "wb") as file:
            file.truncate(512 << 20)
        # Nothing of its own may be written later.
        self.run("mkfs.ext4", "-q", "-F", "-E", "lazy_itable_init=0,lazy_journal_init=0", self.image)
        self.device = self.run("losetup", "--find", "--show", "--direct-io=on", self.image).strip()
        self.run("mount", "-o", "noatime", self.device, self.mount)

    @staticmethod
    def run(*words):
        return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True).stdout

    def sectors(self):
        os.sync()
        name = pathlib.Path(self.device).name
        return int(pathlib.Path(f"/sys/block/{name}/stat").read_text().split()[6])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        subprocess.run(["umount", self.mount], check=False)
        subprocess.run(["losetup", "-d", self.device], check=False)
        self.image.unlink()
        self.mount.rmdir()


def spool(program, size, commits, folder):
    with Disk(folder) as disk, subprocess.Popen([program, disk.mount / "spool", str(size), str(commits)],
                                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        before = disk.sectors()
        print(file=process.stdin, flush=True)
        payload = int(process.stdout.readline())
        written = (disk.sectors() - before) * 512
        print(file=process.stdin, flush=True)
        process.wait()  # or it would hold the disk
        return written / payload


def sqlite(size, commits, folder):
    """The usual queue: insert, range delete and cursor in one transaction each; write-ahead log, synced at each commit."""
    with Disk(folder) as disk:
        base = sqlite3.connect(disk.mount / "queue.db", isolation_level=None)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA synchronous=FULL")
        base.execute("CREATE TABLE queue (id INTEGER PRIMARY KEY, batch BLOB)")
        base.execute("CREATE TABLE cursor (sink TEXT PRIMARY KEY, id INTEGER)")
        base.execute("INSERT INTO cursor VALUES ('sink', 0)")
        before = disk.sectors()
        for number in range(1, commits + 1):
            base.execute("BEGIN")
            base.execute("INSERT INTO queue VALUES (?, ?)", (number, os.urandom(size)))
            base.execute("DELETE FROM queue WHERE id <= (SELECT min(id) FROM cursor)")
            base.execute("UPDATE cursor SET id = ?", (number - 1,))
            base.execute("COMMIT")
        written = (disk.sectors() - before) * 512
        base.close()
        return written / (size * commits)


def main():
    parser = argparse.ArgumentParser(prog="./dev bench write", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if os.geteuid() != 0:
        sys.exit("write_amplification: needs root, for a loop device")
    print("\nBytes written to the device for each byte of payload, a sync each commit\n")
    print(f"{'payload a commit':>16} {'spool':>8} {'SQLite':>8} {'share':>7}")
    for size, commits in SIZES:
        with tempfile.TemporaryDirectory(prefix="tidegate-write-") as name:
            ours = spool(given.build.resolve() / "tests/crash/spool_write", size, commits, pathlib.Path(name))
            theirs = sqlite(size, commits, pathlib.Path(name))
        aim = f"  (aim: {AIMS[size]})" if size in AIMS else "  (aim: a quarter of SQLite)" if size == 256 else ""
        print(f"{size:>14} B {ours:8.2f} {theirs:8.2f} {ours / theirs:7.2f}{aim}")


if __name__ == "__main__":
    main()
