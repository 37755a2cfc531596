"""Has every track something to be read?"""

from __future__ import annotations

import numpy as np

from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, times


def every_track_cropped(subject: Subject) -> Verdict:
    """A track without a crop is never read, and its brand never found."""
    detected = [round(part.counts.get("tracks", 0)) for part in subject.ancestor("detect_objects").parts]
    cropped, at = 0, []
    for wanted, (part, table) in zip(detected, subject.tables("crops", ("track",)), strict=True):
        found = len(np.unique(table.column("track").to_numpy()))
        cropped += found
        if found < wanted:
            at.append(subject.clock_s(part))
    tracks, crops = sum(detected), subject.count("crops")
    numbers = {"tracks": tracks, "tracks_without_crop": tracks - cropped, "crops": crops}
    if not at:
        return Verdict(True, f"{number(crops, 'crop')} of all {number(tracks, 'track')}", numbers)
    return Verdict(False, f"{tracks - cropped} of {number(tracks, 'track')} without a crop, from {times(at)}", numbers)


CHECKS = (Check("every_track_cropped", "Every track has at least one crop to be read.", every_track_cropped),)
