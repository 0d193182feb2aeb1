#!/usr/bin/env python3
"""What holds for every file of ours: one subject and no more than 500 lines of it, nothing left to do later,
no tabs, no trailing blanks, a newline at the end, and #pragma once in C++ headers."""
import re

import tree

LINES_MAX = 500
TEXTS = tree.CPP + (".py", ".cmake", ".md", ".txt")

# Files that may be longer, and why.
LONGER = {
    "sdk/include/tidegate/testing.hpp": (680, "an author's tests need one header and no library to link"),
}

# Put together, so that this file does not find itself.
LATER = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")) + r")\b")


def is_data(file):
    """Inputs of tests are as odd as they must be."""
    return file.parts[0] == "tests" and {"cases", "corpus", "data", "golden"} & set(file.parts)


def problems_of(file, text):
    lines = text.split("\n")
    if file.suffix in tree.CPP + (".py",):
        count = len(lines) - 1
        if count > LONGER.get(str(file), (LINES_MAX,))[0]:
            yield f"{file}: {count} lines, over {LINES_MAX}; split it by subject, or list it in LONGER with the reason"
    if file.suffix == ".hpp" and "#pragma once" not in lines:
        yield f"{file}: no #pragma once"
    for number, line in enumerate(lines, 1):
        if LATER.search(line):
            yield f"{file}:{number}: '{LATER.search(line).group()}': do it, or say in an issue what is missing"
        if file.suffix != ".md" and line != line.rstrip():
            yield f"{file}:{number}: blanks at the end of the line"
        if "\t" in line and file.suffix != ".md":
            yield f"{file}:{number}: a tab; use blanks"
    if text and not text.endswith("\n"):
        yield f"{file}: no newline at the end"


def check(root):
    problems = []
    files = [file for file in tree.sources(root, TEXTS) if not is_data(file)]
    for file in files:
        problems += problems_of(file, (root / file).read_text(encoding="utf-8"))
    return problems, len(files)


def stale_exceptions(root):
    return [f"{name}: listed in LONGER of check_files.py, but is not there"
            for name in LONGER if not (root / name).exists()]


if __name__ == "__main__":
    found, looked_at = check(tree.ROOT)
    tree.finish("check_files", found + stale_exceptions(tree.ROOT), looked_at)
