"""Can what was found be read?"""

from __future__ import annotations

from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, percent, share

_LEAST_LEGIBLE_RATIO = 0.5
_LEAST_TRACKS = 20


def texts_legible(subject: Subject) -> Verdict:
    """Most boxes hold letters; where few can be read, they are too small, too blurred, or of a script that is not covered."""
    legible, tracks = subject.count("legible_tracks"), subject.count("tracks")
    said = f"{legible} of {number(tracks, 'track')} legible ({percent(legible, tracks)})"
    numbers = {"legible_tracks": legible, "tracks": tracks, "legible_ratio": share(legible, tracks)}
    return Verdict(tracks < _LEAST_TRACKS or share(legible, tracks) >= _LEAST_LEGIBLE_RATIO, said, numbers)


CHECKS = (
    Check(
        "texts_legible",
        "At least half of the tracks (of twenty or more) can be read. Else the letters are too small or blurred, `min_score` is high, or "
        "the script is not a Latin one.",
        texts_legible,
    ),
)
