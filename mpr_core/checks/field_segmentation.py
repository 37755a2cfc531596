"""Was a playing field seen at all?"""

from __future__ import annotations

from mpr_core.checks.finding import Check, Verdict, not_judged
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, percent, share


def field_found(subject: Subject) -> Verdict:
    """The stage runs where a field is expected; none in a whole timeline means another surface, or no sports."""
    if subject.node.status == "skipped":
        return not_judged(subject.node.reason)
    seen = subject.count("frames_with_field")
    frames = seen + subject.count("frames_without_field")
    said = f"a field in {seen} of {number(frames, 'frame')} ({percent(seen, frames)})"
    numbers = {"frames_with_field": seen, "frames": frames, "field_ratio": share(seen, frames)}
    return Verdict(seen > 0 or frames == 0, said, numbers)


CHECKS = (
    Check(
        "field_found",
        "Where the stage is switched on, some frame shows a playing field. Else give the surface's hues in `hue_ranges`, or switch it off.",
        field_found,
    ),
)
