"""Are the boxes where pictures are, as many as there were, and do they hold together as tracks?"""

from __future__ import annotations

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from mpr_core.checks.finding import Check, Verdict
from mpr_core.checks.subject import Subject
from mpr_core.checks.words import number, share, times
from mpr_core.store.tables import values

_OUTSIDE_RATIO = 0.02
"""How far beyond the frame a corner may lie: a detected line is grown a little, and may grow over the border."""
_LEAST_TRACKS = 50
_LEAST_BOXES_PER_TRACK = 1.2


def boxes_found(subject: Subject) -> Verdict:
    """Film without any text or object is rare."""
    boxes, tracks = subject.count("boxes"), subject.count("tracks")
    said = f"{number(boxes, 'box', 'boxes')} on {number(tracks, 'track')}"
    return Verdict(boxes > 0, said, {"boxes": boxes, "tracks": tracks})


def boxes_in_frame(subject: Subject) -> Verdict:
    """A box outside its picture has been scaled or turned wrongly somewhere."""
    outside, at = 0, []
    for part, table in subject.tables("boxes", ("quad_px",)):
        if part.segment is None or not table.num_rows:
            continue
        probe = subject.timeline.chunks[part.segment.chunk_index].probe
        quads = pc.list_flatten(table.column("quad_px")).to_numpy().reshape(-1, 4, 2)
        here = int(np.count_nonzero(_leaves(quads, probe.width_px, probe.height_px)))
        outside += here
        if here:
            at.append(subject.clock_s(part))
    boxes = subject.count("boxes")
    numbers = {"boxes": boxes, "boxes_outside": outside}
    if not outside:
        return Verdict(True, f"all {number(boxes, 'box', 'boxes')} within the frame", numbers)
    return Verdict(False, f"{outside} of {number(boxes, 'box', 'boxes')} beyond the frame, from {times(at)}", numbers)


def boxes_under_limit(subject: Subject) -> Verdict:
    """A frame that has as many boxes as are kept may have had more."""
    most, full, at = int(subject.node.config["max_boxes"]), 0, []
    crowded = [part for part in subject.node.parts if part.counts.get("boxes", 0) >= most]  # the others need no look
    for part, table in subject.tables("boxes", ("seq", "source"), crowded):
        texts = table.column("seq").to_numpy()[np.array(values(table, "source"), object) == "text"]
        here = int(np.count_nonzero(np.unique(texts, return_counts=True)[1] >= most))
        full += here
        if here:
            at.append(subject.clock_s(part))
    numbers = {"frames_at_limit": full, "max_boxes": most}
    if not full:
        return Verdict(True, f"no frame has {most} boxes", numbers)
    return Verdict(
        False, f"{number(full, 'frame')} with {most} boxes, the most that are kept; from {times(at)}", numbers
    )


def tracks_hold(subject: Subject) -> Verdict:
    """Tracks of hardly more than one box each: nothing is followed, and every box is read and asked about for itself."""
    boxes, tracks = subject.count("boxes"), subject.count("tracks")
    ratio = share(boxes, tracks)
    said = f"{ratio:.1f} boxes per track" if tracks else "no tracks"
    numbers = {"boxes": boxes, "tracks": tracks, "boxes_per_track": ratio}
    return Verdict(tracks < _LEAST_TRACKS or ratio >= _LEAST_BOXES_PER_TRACK, said, numbers)


def _leaves(quads: NDArray[np.float32], width_px: int, height_px: int) -> NDArray[np.bool_]:
    """Which of `(n, 4, 2)` quads have a corner beyond the frame."""
    size = np.array([width_px, height_px], np.float32)
    slack = _OUTSIDE_RATIO * size
    beyond = (quads < -slack) | (quads > size + slack) | ~np.isfinite(quads)
    return np.asarray(beyond.any(axis=(1, 2)), np.bool_)


CHECKS = (
    Check("boxes_found", "Something was detected on some frame.", boxes_found),
    Check("boxes_in_frame", "Every box lies within its frame.", boxes_in_frame),
    Check(
        "boxes_under_limit",
        "No frame has `max_boxes` boxes: the weakest of such a frame were left out.",
        boxes_under_limit,
    ),
    Check(
        "tracks_hold",
        "Boxes are followed from frame to frame. Tracks of one box each cost a reading, and a question, for every box: look at "
        "`track_min_iou`, `track_min_likeness` and the sampling rate.",
        tracks_hold,
    ),
)
