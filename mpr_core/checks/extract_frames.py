"""Were frames found, on every instant of the sampling grid, from the whole of the source?"""

from __future__ import annotations

from fractions import Fraction
from math import ceil

import numpy as np

from mpr_core.checks.damage import SOURCE_WHOLE
from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, times
from mpr_core.timeline.segments import Segment
from mpr_core.timeline.timeline import Chunk

_STANDS_STILL_S = 0.5


def frames_found(subject: Subject) -> Verdict:
    """A segment without a frame is source video that nobody looked at."""
    empty = [part for part in subject.node.parts if not part.counts.get("frames")]
    frames, segments = subject.count("frames"), len(subject.node.parts)
    numbers = {"frames": frames, "segments": segments, "segments_without_frames": len(empty)}
    found = f"{number(frames, 'frame')} in {number(segments, 'segment')}"
    if not empty:
        return Verdict(True, found, numbers)
    where = times([subject.clock_s(part) for part in empty])
    return Verdict(False, f"{found}; none in the {number(len(empty), 'segment')} from {where}", numbers)


def no_sampling_gaps(subject: Subject) -> Verdict:
    """Every instant k/fps has a frame, and the picture shown there is no older than the sampling step (or half a second)."""
    fps = Fraction(subject.node.config["fps"])
    oldest_s = max(1 / float(fps), _STANDS_STILL_S)
    expected = missing = still = 0
    longest_s, gaps = 0.0, []
    for part, table in subject.tables("frames", ("t_s", "pts_s")):
        if part.segment is None:
            continue
        wanted = _instants(part.segment, subject.timeline.chunks[part.segment.chunk_index], fps)
        ages = table.column("t_s").to_numpy() - table.column("pts_s").to_numpy()
        late = int(np.count_nonzero(ages > oldest_s))
        expected, missing, still = expected + wanted, missing + max(0, wanted - len(ages)), still + late
        longest_s = max(longest_s, float(ages.max(initial=0.0)))
        if late or wanted > len(ages):
            gaps.append(subject.clock_s(part))
    numbers = {"expected": expected, "missing": missing, "stood_still": still, "longest_still_s": round(longest_s, 3)}
    if not gaps:
        return Verdict(True, f"{number(expected, 'instant')}, each with a frame", numbers)
    complaints = [f"{number(missing, 'instant')} of {expected} without a frame"] if missing else []
    if still:
        complaints.append(f"the source has no new picture for up to {longest_s:.1f} s ({number(still, 'instant')})")
    return Verdict(False, f"{'; '.join(complaints)}; in the segments from {times(gaps)}", numbers)


def _instants(segment: Segment, chunk: Chunk, fps: Fraction) -> int:
    """How many k have start <= k/fps - offset < end, from the chunk's first frame on."""
    start = max(segment.start_s, chunk.probe.first_frame_s)
    return max(0, ceil((segment.end_s + chunk.offset_s) * fps) - ceil((start + chunk.offset_s) * fps))


CHECKS = (
    Check("frames_found", "Every segment gave sampled frames.", frames_found),
    Check(
        "no_sampling_gaps",
        "Every instant of the sampling grid has a frame, and the source's picture moves on: a gap in its timestamps shows one old "
        "picture for long.",
        no_sampling_gaps,
    ),
    SOURCE_WHOLE,
)
