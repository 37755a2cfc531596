"""Is any of the source missing from what was looked at?"""

from __future__ import annotations

from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, some
from mpr_core.report.clock import clock


def source_whole(subject: Subject) -> Verdict:
    """Damaged files are used up to the damage; what lies behind it is unknown, not empty."""
    damaged = subject.node.damaged
    numbers = {"damaged_chunks": len(damaged)}
    if not damaged:
        return Verdict(True, "no chunk is damaged", numbers)
    places = [f"{d.chunk_key.rsplit('/', 1)[-1]} from {clock(d.from_s)} on ({d.reason})" for d in damaged]
    return Verdict(False, f"{number(len(damaged), 'chunk')} not used to the end: {some(places)}", numbers)


SOURCE_WHOLE = Check(
    "source_whole", "No chunk of the timeline is damaged. What lies behind a damage was never looked at.", source_whole
)
