"""What a test does to the system below one folder, while the program runs: calls that fail, syncs that lie, another time.

    faults = Faults(self.folder / "faults", self.folder / "spool")
    daemon = self.daemon(faults.environment())
    faults.fail("sync_file", errno.EIO)         # the next one; also after=10, times=FOR_EVER
    daemon.wait_until(lambda: faults.failed("sync_file"), "a failed sync")

preload/faults.cpp is the other side. $TIDEGATE_CRASH_FAULTS is the library; ctest sets it.
"""
import mmap
import os
import struct

KINDS = ("sync_file", "sync_folder", "write_file", "read_file", "open_file", "rename_file", "remove_file")
FOR_EVER = -1
HALF_DONE = -1  # instead of an errno: a write takes half of what it was given
_WORD = struct.Struct("<q")
_CLOCK, _LIES, _SLOW, _RULES, _WORDS = 0, 1, 2, 3, 5


class Faults:
    def __init__(self, path, below):
        self._path, self._below = path, below
        with open(path, "w+b") as file:
            file.truncate(mmap.PAGESIZE)
            self._words = mmap.mmap(file.fileno(), mmap.PAGESIZE)

    def environment(self):
        return {"LD_PRELOAD": os.environ["TIDEGATE_CRASH_FAULTS"], "TIDEGATE_TEST_FAULTS": str(self._path),
                "TIDEGATE_TEST_FAULTS_BELOW": str(self._below)}

    def fail(self, kind, error, after=0, times=1):
        """Of the calls of that kind `after` succeed, then `times` fail. The number is written last: it begins then."""
        place = self._place(kind)
        self._set(place + 1, 0)
        self._set(place, after)
        self._set(place + 2, error)
        self._set(place + 1, times)

    def heal(self):
        for kind in KINDS:
            self._set(self._place(kind) + 1, 0)

    def calls(self, kind):
        return self._get(self._place(kind) + 3)

    def failed(self, kind):
        return self._get(self._place(kind) + 4)

    def shift_clock(self, seconds):
        """The wall's clock, against the true time."""
        self._set(_CLOCK, int(seconds * 1e9))

    def make_syncs_lie(self):
        self._set(_LIES, 1)

    def make_syncs_slow(self, seconds):
        """Each takes so much longer."""
        self._set(_SLOW, int(seconds * 1e9))

    @staticmethod
    def _place(kind):
        return _RULES + _WORDS * KINDS.index(kind)

    def _get(self, word):
        return _WORD.unpack_from(self._words, word * _WORD.size)[0]

    def _set(self, word, value):
        _WORD.pack_into(self._words, word * _WORD.size, value)
