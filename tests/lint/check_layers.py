#!/usr/bin/env python3
"""Who may include whom. The rooms of ARCHITECTURE.md as a table; an include that looks back up, or a library
outside the one file that adapts it, fails.

  sdk            the standard library and itself
  plugins/X      the sdk, its own folder, plugins/common, libraries of the system; never the host
  core/ROOM      the sdk, the rooms below it, libraries of the system; never a plugin
"""
import pathlib
import re

import tree

# cli -> pipeline -> plugin -> codec, pipeline -> spool; each may use config and observe, which use nothing of
# the host, and batch, which is what moves.
ROOMS = {
    "cli": {"pipeline", "spool", "plugin", "codec", "config", "observe", "batch"},
    "pipeline": {"spool", "plugin", "codec", "config", "observe", "batch"},
    "spool": {"config", "observe", "batch"},
    "plugin": {"codec", "config", "observe"},
    "codec": {"config", "observe"},
    "config": set(),
    "observe": set(),
    "batch": set(),
}

# Libraries whose exceptions and compile times stay in one place each.
ADAPTERS = {
    "boost/dll": "core/plugin/library.cpp",
    "boost/program_options": "core/cli/arguments.cpp",
    "boost/json": "core/config/json.cpp",
    "yaml-cpp/": "core/config/yaml.cpp",
    "spdlog/": "core/observe/stderr_log.cpp",
}

STANDARD = set("""
algorithm any array atomic barrier bit bitset charconv chrono codecvt compare complex concepts condition_variable
coroutine deque exception execution filesystem format forward_list fstream functional future initializer_list iomanip
ios iosfwd iostream istream iterator latch limits list locale map memory memory_resource mutex new numbers numeric
optional ostream queue random ranges ratio regex scoped_allocator semaphore set shared_mutex source_location span
sstream stack stdexcept stop_token streambuf string string_view syncstream system_error thread tuple type_traits
typeindex typeinfo unordered_map unordered_set utility valarray variant vector version
cassert cctype cerrno cfenv cfloat cinttypes climits clocale cmath csetjmp csignal cstdarg cstddef cstdint cstdio
cstdlib cstring ctime cuchar cwchar cwctype
assert.h ctype.h errno.h float.h inttypes.h limits.h math.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h
stdint.h stdio.h stdlib.h string.h time.h
""".split())

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(text):
    """(line number, quoted or not, path) of each include."""
    for number, line in enumerate(text.splitlines(), 1):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1) == '"', found.group(2)


def first(path):
    return path.split("/", 1)[0]


def in_sdk(file, quoted, included, root):
    if included in STANDARD or (first(included) == "tidegate" and quoted):
        return None
    if quoted and (root / file.parent / included).exists():
        return None  # an example beside its own header
    if not quoted and file.parts[1] in ("examples", "template"):
        return None  # these are plugins: what they need of the system is their own affair
    return "the SDK knows only the C++ standard library and itself"


def in_plugin(file, quoted, included, root):
    if first(included) == "tidegate":
        return None if quoted else "write headers of the SDK in quotes"
    if not quoted:
        return None
    own = root / "plugins" / pathlib.Path(*file.parts[1:3])
    common = root / "plugins" / "common"
    if file.parts[1] == "common":
        own = common
    for folder in (root / file.parent, own, common):
        found = (folder / included).resolve()
        if found.exists():
            if own in found.parents or common in found.parents:
                return None
            return "a plugin knows the SDK, its own folder and plugins/common"
    return "a plugin knows the SDK, its own folder and plugins/common"


def in_core(file, quoted, included, root):
    if not quoted:
        return "write headers of the SDK in quotes" if first(included) == "tidegate" else None
    room = file.parts[1]
    target = first(included)
    if target in ("tidegate", room):
        return None
    if target in ROOMS:
        if target in ROOMS[room]:
            return None
        below = ", ".join(sorted(ROOMS[room])) or "no other room"
        return f"core/{room} may use {below}"
    return f"write the path from core/ on ({room}/...); the host knows no plugin and no test"


def in_adapter(file, included):
    for library, adapter in ADAPTERS.items():
        if included.startswith(library) and file.parts[0] == "core" and str(file) != adapter:
            return f"only {adapter} knows {library}"
    return None


RULES = {"sdk": in_sdk, "plugins": in_plugin, "core": in_core}


def check(root):
    """All problems of the tree, and how many files were looked at."""
    problems = []
    files = tree.sources(root, folders=tuple(RULES))
    for file in files:
        for number, quoted, included in includes((root / file).read_text(encoding="utf-8")):
            wrong = RULES[file.parts[0]](file, quoted, included, root) or in_adapter(file, included)
            if wrong:
                problems.append(f"{file}:{number}: includes {included}: {wrong}")
    return problems, len(files)


if __name__ == "__main__":
    tree.finish("check_layers", *check(tree.ROOT))
