"""field_segmentation: the playing field of every kept frame, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa

from mpr_core.inference.operations import Asked
from mpr_core.runner.context import SegmentContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import schema, table_of, values
from mpr_core.vision.configs import FieldSegmentationConfig
from mpr_core.vision.field import FieldResult
from mpr_core.wire.segment_field import FieldFound, SizedImage

_FIELDS = schema(
    ("seq", pa.int64()),
    ("status", pa.string()),  # field | no_field
    ("reason", pa.string()),
    ("coverage_ratio", pa.float32()),
    ("confidence", pa.float32()),
    ("polygon_px", pa.list_(pa.float32())),  # x, y, x, y, ... in the frame's pixels; empty without a field
    ("mask", pa.string()),  # name of the mask image within the part, 0/255 at working size; '' without a field
)


@dataclass(frozen=True)
class Fields(Payload):
    """One row per kept frame; masks as PNG."""

    fields: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"fields": _FIELDS}

    def counts(self) -> dict[str, float]:
        found = sum(1 for status in values(self.fields, "status") if status == "field")
        return {"frames_with_field": found, "frames_without_field": self.fields.num_rows - found}

    def by_seq(self) -> dict[int, FieldResult]:
        """The field of each frame, masks left out."""
        return {
            row["seq"]: FieldResult(
                status=row["status"],
                reason=row["reason"],
                coverage_ratio=row["coverage_ratio"],
                polygon_px=np.array(row["polygon_px"], np.float32).reshape(-1, 2),
                confidence=row["confidence"],
            )
            for row in self.fields.to_pylist()
        }


PAYLOAD = Fields


def run(
    context: SegmentContext, config: FieldSegmentationConfig, *, extract_frames: FrameIndex, filter_scenes: SceneFrames
) -> Fields:
    """Fields of one segment, found on frames decoded at reduced scale."""
    frames = StoredFrames(context.services.media_out, extract_frames.frames)
    kept = [seq for scene in filter_scenes.kept_by_scene() for seq in scene]
    frames.expect(kept)
    asked = (
        Asked(SizedImage(id=str(seq), width_px=frames.by_seq[seq]["width_px"]), frames.picture(seq)) for seq in kept
    )
    rows: list[dict[str, Any]] = []
    images: dict[str, bytes] = {}
    for found in context.services.inference.segment_field(asked, config):
        mask = ""
        if found.mask_png is not None:
            mask = f"masks/{int(found.id):08d}.png"
            images[mask] = found.mask_png
        rows.append(_row(found, mask))
    return Fields(table_of(rows, _FIELDS), images=images)


def skip(_context: SegmentContext, _config: FieldSegmentationConfig, **_parents: Payload) -> Fields:
    """No field is known."""
    return Fields.empty()


def _row(found: FieldFound, mask: str) -> dict[str, Any]:
    return {
        "seq": int(found.id),
        "status": found.status,
        "reason": found.reason,
        "coverage_ratio": found.coverage_ratio,
        "confidence": found.confidence,
        "polygon_px": [value for corner in found.polygon_px for value in corner],
        "mask": mask,
    }
