"""preprocess: per track the best few crops, rectified, upright, with enough contrast."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from mpr_core.inference.operations import Asked
from mpr_core.runner.context import SegmentContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.configs import PreprocessConfig
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import schema, table_of
from mpr_core.vision.frame_border import touches_border
from mpr_core.vision.rectify import quad_size_px
from mpr_core.wire.preprocess import Crop, PreprocessImage

_CUT_PENALTY = 0.35
_CROPS = schema(
    ("track", pa.int32()),
    ("crop", pa.int32()),  # 0 is the best of the track
    ("seq", pa.int64()),
    ("file", pa.string()),  # name within the part
    ("width_px", pa.int32()),
    ("height_px", pa.int32()),
    ("line_height_px", pa.float32()),  # of the text line in the frame
    ("quality", pa.float32()),  # clarity times size: what ranked it
    ("cut_start", pa.bool_()),  # the frame's border cuts the line where its reading begins
    ("cut_end", pa.bool_()),
)


@dataclass(frozen=True)
class TrackCrops(Payload):
    """The crops to read, best first per track; `images` holds them as JPEG."""

    crops: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"crops": _CROPS}


PAYLOAD = TrackCrops


def run(
    context: SegmentContext, config: PreprocessConfig, *, extract_frames: FrameIndex, detect_objects: TrackedBoxes
) -> TrackCrops:
    """Crops of one segment's tracks."""
    frames = StoredFrames(context.services.media_out, extract_frames.frames)
    chosen = _chosen(detect_objects.boxes.to_pylist(), frames, config.crops_per_track)
    by_frame: dict[int, list[tuple[int, int, dict[str, Any]]]] = defaultdict(list)
    for track, boxes in chosen.items():
        for rank, box in enumerate(boxes):
            by_frame[box["seq"]].append((track, rank, box))
    frames.expect(sorted(by_frame))
    asked = (Asked(_image(seq, [box for *_, box in by_frame[seq]]), frames.picture(seq)) for seq in sorted(by_frame))
    rows, images = [], {}
    for result in context.services.inference.crop(asked, config):
        for (track, rank, box), crop in zip(by_frame[int(result.id)], result.crops, strict=True):
            name = f"crops/{track}_{rank}.jpg"
            images[name] = crop.jpeg
            rows.append(_row(track, rank, box, name, crop))
    rows.sort(key=lambda row: (row["track"], row["crop"]))
    return TrackCrops(table_of(rows, _CROPS), images={row["file"]: images[row["file"]] for row in rows})


def _image(seq: int, boxes: list[dict[str, Any]]) -> PreprocessImage:
    return PreprocessImage(id=str(seq), quads_px=tuple(tuple(box["quad_px"]) for box in boxes))


def _chosen(boxes: list[dict[str, Any]], frames: StoredFrames, most: int) -> dict[int, list[dict[str, Any]]]:
    """Per track its boxes to read, the best first; a box at the frame's border counts less."""
    tracks: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for box in boxes:
        frame = frames.by_seq[box["seq"]]
        quad = np.array(box["quad_px"], np.float32).reshape(4, 2)
        start, end = touches_border(quad, frame["width_px"], frame["height_px"])
        quality = (0.1 + box["clarity"]) * min(quad_size_px(quad)) * (_CUT_PENALTY if start or end else 1.0)
        tracks[box["track"]].append(box | {"quad": quad, "quality": quality, "cut_start": start, "cut_end": end})
    return {track: _spread(found, most) for track, found in sorted(tracks.items())}


def _spread(boxes: list[dict[str, Any]], most: int) -> list[dict[str, Any]]:
    """The best box of each of `most` equal stretches of a track: the best of all, then the farthest from it in time, then the others.

    Spread over the track's life, so that a reading stands near every box it is taken to speak for.
    """
    boxes = sorted(boxes, key=lambda box: box["seq"])
    stretches = [s for s in np.array_split(np.arange(len(boxes)), most) if len(s)]
    chosen = [max((boxes[i] for i in stretch), key=lambda box: box["quality"]) for stretch in stretches]
    best = max(chosen, key=lambda box: box["quality"])
    return [best, *sorted((b for b in chosen if b is not best), key=lambda b: (-abs(b["seq"] - best["seq"]), b["seq"]))]


def _row(track: int, rank: int, box: dict[str, Any], name: str, crop: Crop) -> dict[str, Any]:
    return {
        "track": track,
        "crop": rank,
        "seq": box["seq"],
        "file": name,
        "width_px": crop.width_px,
        "height_px": crop.height_px,
        "line_height_px": min(quad_size_px(box["quad"])),
        "quality": box["quality"],
        "cut_start": box["cut_start"],
        "cut_end": box["cut_end"],
    }
