"""The files of the working copy that are ours, for the checks of this folder."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDERS = ("core", "sdk", "plugins", "tests")
CPP = (".h", ".hpp", ".c", ".cpp")


def sources(root, suffixes=CPP, folders=FOLDERS):
    """Paths relative to root, sorted."""
    found = []
    for folder in folders:
        for file in (root / folder).rglob("*"):
            if file.suffix in suffixes and file.is_file():
                found.append(file.relative_to(root))
    return sorted(found)


def finish(name, problems, checked):
    """Prints what was found and ends the program."""
    for problem in problems:
        print(problem)
    print(f"{name}: {len(problems)} problems in {checked} files")
    sys.exit(1 if problems else 0)
