"""Topics and filters as AWS IoT has them: what is valid, what is reserved, what matches.

Different from plain MQTT: `a/#` does not match `a`, a topic has at most 8 levels and 256 bytes, and most of what
begins with `$` is closed.
"""
import functools
import re

# What a device may publish to below `$aws/`. `+` is one level, `#` one or more.
PUBLISHABLE = (
    "$aws/rules/+/#",
    "$aws/things/+/shadow/#",
    "$aws/things/+/jobs/#",
    "$aws/things/+/defender/metrics/+",
    "$aws/things/+/streams/#",
    "$aws/certificates/create/+",
    "$aws/certificates/create-from-csr/+",
    "$aws/provisioning-templates/+/provision/+",
)
SUBSCRIBABLE = ("$aws/things/#", "$aws/certificates/#", "$aws/provisioning-templates/#", "$aws/events/#")

BASIC_INGEST = re.compile(r"\$aws/rules/[^/]+/")
SHARED = re.compile(r"\$share/([^/]+)/(.+)", re.DOTALL)


@functools.lru_cache(maxsize=4096)
def matches(topic_filter, topic):
    """True if a subscription to the filter gets the topic."""
    if topic.startswith("$") != topic_filter.startswith("$"):
        return False
    wanted = topic_filter.split("/")
    levels = topic.split("/")
    for index, level in enumerate(wanted):
        if level == "#":
            return len(levels) > index
        if index >= len(levels) or (level != "+" and level != levels[index]):
            return False
    return len(wanted) == len(levels)


def without_prefix(name):
    """What counts for the limits: without `$aws/rules/<rule>/` and `$share/<group>/`."""
    shared = SHARED.fullmatch(name)
    if shared:
        name = shared.group(2)
    return BASIC_INGEST.sub("", name, count=1) if name.startswith("$aws/rules/") else name


def has_wildcard(topic_filter):
    return "+" in topic_filter or "#" in topic_filter


def size_problem(name, limits):
    """Why a topic or filter is too long or too deep, or None."""
    counted = without_prefix(name)
    if limits.topic_bytes and len(counted.encode()) > limits.topic_bytes:
        return f"{len(counted.encode())} bytes, over {limits.topic_bytes}"
    if limits.topic_slashes and counted.count("/") > limits.topic_slashes:
        return f"{counted.count('/')} slashes, over {limits.topic_slashes}"
    return None


def topic_problem(topic, limits):
    """Why a client cannot publish to the topic, or None."""
    if not topic:
        return "empty"
    if has_wildcard(topic):
        return "holds a wildcard"
    if topic.startswith("$") and not any(matches(one, topic) for one in PUBLISHABLE):
        return "reserved"
    return size_problem(topic, limits)


def filter_problem(topic_filter, limits):
    """Why a client cannot subscribe to the filter, or None."""
    if not topic_filter:
        return "empty"
    plain = topic_filter
    if topic_filter.startswith("$share/"):
        shared = SHARED.fullmatch(topic_filter)
        if not shared or has_wildcard(shared.group(1)):
            return "not of the form $share/<group>/<filter>"
        plain = shared.group(2)
    levels = plain.split("/")
    for index, level in enumerate(levels):
        if "#" in level and (level != "#" or index != len(levels) - 1):
            return "'#' is not its last level"
        if "+" in level and level != "+":
            return "'+' is not a whole level"
    if plain.startswith("$") and not any(matches(one, plain.replace("#", "x").replace("+", "x"))
                                         for one in SUBSCRIBABLE):
        return "reserved"
    return size_problem(topic_filter, limits)
