"""Tells from the gaps between attempts how a device backs off.

    verdict = classify([[0.4, 1.9, 3.0, 7.2, 11.0]])
    verdict.kind        # none, constant, linear, exponential, jitter
    verdict.proper      # of jitter: it grows and keeps below its cap

A gap is the time from the end of an attempt to the begin of the next. Several runs (each begins anew, after a success)
are judged together: two jittered runs say more than one. A device that does not begin anew goes on in the second run.
"""
import dataclasses

TOLERANCE = 0.08   # seconds that a handshake and a busy machine add to a gap
GAPS_MIN = 4       # fewer say nothing


@dataclasses.dataclass
class Backoff:
    kind: str
    proper: bool = True
    why: str = ""


def classify(runs, cap=None, tolerance=TOLERANCE):
    """`runs` are lists of seconds. `cap` is the longest gap that is allowed, if that is known."""
    runs = [list(run) for run in runs if len(run) >= GAPS_MIN]
    if not runs:
        return Backoff("unknown", False, f"fewer than {GAPS_MIN} gaps")
    kinds = {kind_of(run, tolerance) for run in runs}
    if len(kinds) == 1 and kinds != {"jitter"}:
        return Backoff(kinds.pop())
    if kinds == {"none", "constant"}:
        return Backoff("constant")
    together = kind_of(sum(runs, []), tolerance)
    if together != "jitter":
        return Backoff(together)  # the success in between was too short to begin anew
    return jittered(runs, cap, tolerance)


def kind_of(gaps, tolerance):
    """Of one run."""
    if max(gaps) <= tolerance:
        return "none"
    if spread(gaps) <= max(0.1 * min(gaps), tolerance):
        return "constant"
    growing = without_ends(gaps, tolerance)
    if len(growing) >= 3:
        steps = [later - earlier for earlier, later in zip(growing, growing[1:])]
        if min(steps) > 0 and spread(steps) <= max(0.1 * min(steps), 2 * tolerance):
            return "linear"
        if is_exponential(growing, tolerance):
            return "exponential"
    return "jitter"


def spread(values):
    return max(values) - min(values)


def without_ends(gaps, tolerance):
    """Without an immediate first attempt, and without the repetitions of a cap at the end."""
    first = 1 if gaps[0] <= tolerance else 0
    last = len(gaps)
    while last - first > 1 and abs(gaps[last - 1] - gaps[last - 2]) <= max(0.05 * gaps[last - 1], tolerance):
        last -= 1
    return gaps[first:last]


def is_exponential(gaps, tolerance):
    """Each gap is the one before times the same factor, within 5 %. The last may be cut off by a cap."""
    def fits(values):
        factor = (values[-1] / values[0]) ** (1 / (len(values) - 1))
        return factor >= 1.2 and all(abs(later - factor * earlier) <= max(0.05 * later, (1 + factor) * tolerance)
                                     for earlier, later in zip(values, values[1:]))
    if fits(gaps):
        return True
    return len(gaps) >= 4 and gaps[-1] > gaps[-2] and fits(gaps[:-1])


def jittered(runs, cap, tolerance):
    """Proper jitter still grows: later gaps are longer than earlier ones, in the mean of all runs."""
    length = min(len(run) for run in runs)
    means = [sum(run[index] for run in runs) / len(runs) for index in range(length)]
    (earlier, later), (first, last) = halves(means), halves(sum(runs, []))
    longest = max(max(run) for run in runs)
    if cap is not None and longest > cap * 1.1 + tolerance:
        return Backoff("jitter", False, f"a gap of {longest:.2f} s is over the cap of {cap:.2f} s")
    if later <= earlier and last <= first:
        return Backoff("jitter", False, f"it does not grow: {earlier:.2f} s, then {later:.2f} s in the mean")
    return Backoff("jitter")


def halves(values):
    """The means of the first and of the last half."""
    half = len(values) // 2
    return sum(values[:half]) / half, sum(values[-half:]) / half
