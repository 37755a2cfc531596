"""Following boxes through sampled frames, half a second apart, under camera pans.

Association is BoT-SORT's (the `trackers` library). Three things about broadcast video are added: boxes that stand still on the
screen while the camera moves (score bug, watermark) are joined first, because compensating the camera would push them away;
the camera's motion comes from corners found again over the whole frame, because at two frames a second optical flow loses a
pan; and a track is cut where its picture changes (an LED board shows the next sponsor).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import supervision as sv
from numpy.typing import NDArray
from trackers import CMC, BIoU, BoTSORTTracker, CMCConfig

from mpr_core.vision.frame_boxes import FrameBoxes

_STILL_IOU = 0.6
_MOVED_HEIGHTS = 0.3
_STEADY_LIKENESS = 0.9
_JUMP_LIKENESS = 0.8
_NO_PICTURE = np.zeros((0, 0, 3), np.uint8)


def follow(
    frames: Sequence[FrameBoxes],
    motions: Sequence[NDArray[np.float64]],
    *,
    min_iou: float,
    gap_s: float,
    min_likeness: float,
) -> list[NDArray[np.int64]]:
    """A track number for every box of every frame; equal numbers are one thing followed.

    Args:
        frames: frames of one scene in time order.
        motions: per frame the affine `(2, 3)` from the frame before to it, see `camera_motion`; the first is not used.
        min_iou: least overlap with the predicted box.
        gap_s: how long a track survives without a box.
        min_likeness: least correlation [-1, 1] of a box's picture with the one before it in the track.
    Returns:
        Per frame an `(n,)` array, numbers from 0 in order of first appearance.
    """
    labels = [np.full(len(f.xyxy_px), -1, np.int64) for f in frames]
    count = _join_still(frames, motions, labels, gap_s)
    _join_moving(frames, motions, labels, count, min_iou, gap_s)
    return _renumbered(_cut_at_changes(frames, labels, min_likeness))


def _join_still(
    frames: Sequence[FrameBoxes],
    motions: Sequence[NDArray[np.float64]],
    labels: list[NDArray[np.int64]],
    gap_s: float,
) -> int:
    """Label chains of boxes that stay put while the camera moves; returns how many there are."""
    chains: list[list[tuple[int, int]]] = []
    votes: list[int] = []
    live: dict[int, tuple[int, int]] = {}
    for i, frame in enumerate(frames):
        live = {c: at for c, at in live.items() if frame.t_s - frames[at[0]].t_s <= gap_s}
        taken: set[int] = set()
        ids = list(live)
        previous = np.array([frames[live[c][0]].xyxy_px[live[c][1]] for c in ids], np.float32).reshape(-1, 4)
        overlap = _overlaps(previous, frame.xyxy_px)
        for row, chain in enumerate(ids if overlap.size else []):
            box = int(np.argmax(overlap[row]))
            if overlap[row, box] < _STILL_IOU or box in taken:
                continue
            taken.add(box)
            chains[chain].append((i, box))
            votes[chain] += _camera_left(frame, box, motions[i])
            live[chain] = (i, box)
        for box in set(range(len(frame.xyxy_px))) - taken:
            live[len(chains)] = (i, box)
            chains.append([(i, box)])
            votes.append(0)
    still = [chain for chain, vote in zip(chains, votes, strict=True) if vote > 0]
    for label, members in enumerate(still):
        for i, box in members:
            labels[i][box] = label
    return len(still)


def _overlaps(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float64]:
    """IoU of every box of `a` with every box of `b`; without any box an empty array."""
    if not len(a) or not len(b):
        return np.zeros((0, 0))
    return np.asarray(sv.box_iou_batch(a, b), np.float64)


def _camera_left(frame: FrameBoxes, box: int, motion: NDArray[np.float64]) -> int:
    """1 if a thing fixed to the scene at this box would have moved visibly, else 0."""
    x0, y0, x1, y1 = frame.xyxy_px[box] * frame.corners.scale
    centre = np.array([(x0 + x1) / 2, (y0 + y1) / 2, 1.0])
    moved = float(np.linalg.norm(motion @ centre - centre[:2]))
    return int(moved > max(1.5, _MOVED_HEIGHTS * float(y1 - y0)))


class _KnownMotion(CMC):  # type: ignore[misc] # the library has no types
    """Camera motion that was estimated before."""

    def __init__(self) -> None:
        super().__init__(CMCConfig(method="orb", downscale=1))
        self.motion = np.eye(2, 3, dtype=np.float32)

    def estimate(self, frame_bgr: object, dets_xyxy: object = None) -> NDArray[np.float32]:
        return self.motion


def _join_moving(
    frames: Sequence[FrameBoxes],
    motions: Sequence[NDArray[np.float64]],
    labels: list[NDArray[np.int64]],
    first_label: int,
    min_iou: float,
    gap_s: float,
) -> None:
    """Label the boxes that are left by BoT-SORT with the camera's motion taken out."""
    steps = [b.t_s - a.t_s for a, b in pairwise(frames)]
    tracker = BoTSORTTracker(
        lost_track_buffer=max(1, round(gap_s * 30)),
        frame_rate=1 / min(steps) if steps else 1.0,
        track_activation_threshold=0.0,
        minimum_consecutive_frames=1,
        minimum_iou_threshold_first_assoc=min_iou,
        minimum_iou_threshold_unconfirmed_assoc=min_iou,
        high_conf_det_threshold=0.0,
        enable_cmc=True,
        iou=BIoU(buffer_ratio=0.25),
    )
    camera = _KnownMotion()
    tracker.cmc = camera
    for i, frame in enumerate(frames):
        loose = np.flatnonzero(labels[i] < 0)
        camera.motion = motions[i].astype(np.float32)
        tracker.frame_id = 0  # so that a new box is a track at once: nothing may be lost for being seen once
        detections = sv.Detections(
            xyxy=(frame.xyxy_px[loose] * frame.corners.scale).reshape(-1, 4).astype(np.float64),
            confidence=np.ones(len(loose)),
            data={"box": loose},
        )
        found = tracker.update(detections, frame=_NO_PICTURE, timestamp=frame.t_s)
        if len(found):
            known = found.tracker_id >= 0
            labels[i][found.data["box"][known]] = found.tracker_id[known] + first_label


def _cut_at_changes(
    frames: Sequence[FrameBoxes], labels: list[NDArray[np.int64]], min_likeness: float
) -> list[NDArray[np.int64]]:
    """New labels from where a track's picture is another one."""
    members: dict[int, list[tuple[int, int]]] = {}
    for i, row in enumerate(labels):
        for box, label in enumerate(row.tolist()):
            if label >= 0:
                members.setdefault(label, []).append((i, box))
    fresh = max(members, default=-1) + 1
    result = [row.copy() for row in labels]
    for current, places in members.items():
        shown = [frames[i].patches[box] for i, box in places]
        likeness = [float((one * two).sum()) for one, two in pairwise(shown)]
        label = current
        for at, (i, box) in enumerate(places):
            if at and _is_change(likeness, at - 1, min_likeness):
                label, fresh = fresh, fresh + 1
            result[i][box] = label
    return result


def _is_change(likeness: Sequence[float], at: int, min_likeness: float) -> bool:
    """Whether the step `at` of a track leads to another picture: too unlike, or a jump from one steady picture to another steady one.

    Two words of one style on one board are far more alike than a word is to itself while the camera moves, so only the jump tells them
    apart.
    """
    if likeness[at] < min_likeness:
        return True
    beside = [*likeness[max(0, at - 1) : at], *likeness[at + 1 : at + 2]]
    return len(beside) == 2 and min(beside) > _STEADY_LIKENESS and likeness[at] < _JUMP_LIKENESS


def _renumbered(labels: list[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    """Track numbers in order of first appearance; a box nothing followed gets a number of its own."""
    numbers: dict[tuple[int, int], int] = {}
    result = []
    for i, row in enumerate(labels):
        keys = [(int(label), -1) if label >= 0 else (-1 - i, box) for box, label in enumerate(row)]
        result.append(np.array([numbers.setdefault(key, len(numbers)) for key in keys], np.int64))
    return result
