"""Is there anything left to look at?"""

from __future__ import annotations

from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, percent, share

_MOST_BLANK_RATIO = 0.5


def frames_kept(subject: Subject) -> Verdict:
    """Without a kept frame no later stage sees the video; when most are blank, something is wrong with the source or the knob."""
    kept, blank = subject.count("kept_frames"), subject.count("blank_frames")
    frames = round(subject.ancestor("extract_frames").counts.get("frames", 0))
    said = (
        f"{kept} of {number(frames, 'frame')} kept ({percent(kept, frames)}), {blank} blank ({percent(blank, frames)})"
    )
    numbers = {"frames": frames, "kept_frames": kept, "blank_frames": blank, "blank_ratio": share(blank, frames)}
    return Verdict(kept > 0 and share(blank, frames) <= _MOST_BLANK_RATIO, said, numbers)


CHECKS = (
    Check(
        "frames_kept",
        "Some frames are left to look at, and at most half are blank. Else look at the source, or at `blank_max_deviation`.",
        frames_kept,
    ),
)
