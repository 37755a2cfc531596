"""Do fields have boards beside them?"""

from __future__ import annotations

from mpr_core.checks.finding import Check, Verdict, not_judged
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number


def bands_found(subject: Subject) -> Verdict:
    """Fields without a single band: the thresholds of the edge search do not fit the picture."""
    if subject.node.status == "skipped":
        return not_judged(subject.node.reason)
    fields = round(subject.ancestor("field_segmentation").counts.get("frames_with_field", 0))
    bands = subject.count("bands")
    said = f"{number(bands, 'band')} beside the field of {number(fields, 'frame')}"
    return Verdict(bands > 0 or fields == 0, said, {"bands": bands, "frames_with_field": fields})


CHECKS = (
    Check(
        "bands_found",
        "Where frames show a field, boards' bands are found beside it. Else look at `canny_low` and `hough_threshold`.",
        bands_found,
    ),
)
