#!/usr/bin/env python3
"""clang-format 14 decides layout; this says where a file differs. `--fix` puts them right.

The version matters: another one lays out some lines differently."""
import collections
import shutil
import subprocess
import sys

import tree


def main():
    program = shutil.which("clang-format-14") or shutil.which("clang-format")
    if program is None:
        sys.exit("check_format: clang-format is missing; './dev deps all' installs it")
    files = [str(file) for file in tree.sources(tree.ROOT)]
    if "--fix" in sys.argv:
        subprocess.run([program, "-i", *files], cwd=tree.ROOT, check=True)
        return
    done = subprocess.run([program, "--dry-run", "-Werror", *files], cwd=tree.ROOT,
                          capture_output=True, text=True, check=False)
    places = collections.Counter(line.split(":", 1)[0] for line in done.stderr.splitlines() if ": error: " in line)
    problems = [f"{file}: {count} places; tests/lint/check_format.py --fix puts them right"
                for file, count in sorted(places.items())]
    if done.returncode != 0 and not problems:
        problems = done.stderr.splitlines()
    tree.finish("check_format", problems, len(files))


if __name__ == "__main__":
    main()
