"""detect_edges: bands beside the field's border where boards stand, as region hints for detect_objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from mpr_core.inference.operations import Asked
from mpr_core.runner.context import SegmentContext
from mpr_core.runner.payload import Payload
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.field_segmentation import Fields
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import schema, table_of
from mpr_core.vision.configs import DetectEdgesConfig
from mpr_core.vision.field import FieldResult
from mpr_core.wire.detect_edges import FieldImage

_BANDS = schema(
    ("seq", pa.int64()),
    ("band", pa.int32()),  # 0 is the best of the frame
    ("polygon_px", pa.list_(pa.float32())),  # x, y, x, y, ... in the frame's pixels
    ("reason", pa.string()),
    ("score", pa.float32()),
)


@dataclass(frozen=True)
class RegionHints(Payload):
    """Bands per frame; none on a frame without a field."""

    bands: pa.Table
    SCHEMAS: ClassVar[Mapping[str, pa.Schema]] = {"bands": _BANDS}

    def by_seq(self) -> dict[int, list[NDArray[np.float32]]]:
        """The polygons `(k, 2)` of each frame that has any."""
        found: dict[int, list[NDArray[np.float32]]] = {}
        for row in self.bands.to_pylist():
            found.setdefault(row["seq"], []).append(np.array(row["polygon_px"], np.float32).reshape(-1, 2))
        return found


PAYLOAD = RegionHints


def run(
    context: SegmentContext,
    config: DetectEdgesConfig,
    *,
    extract_frames: FrameIndex,
    filter_scenes: SceneFrames,
    field_segmentation: Fields,
) -> RegionHints:
    """Region hints of one segment."""
    frames = StoredFrames(context.services.media_out, extract_frames.frames)
    fields = field_segmentation.by_seq()
    rows: list[dict[str, Any]] = []
    shown = {seq: field for seq, field in fields.items() if field.status == "field"}
    kept = [seq for scene in filter_scenes.kept_by_scene() for seq in scene if seq in shown]
    frames.expect(kept)
    asked = (Asked(_image(frames.by_seq[seq], shown[seq]), frames.picture(seq)) for seq in kept)
    for found in context.services.inference.find_bands(asked, config):
        for number, band in enumerate(found.bands):
            polygon = [value for corner in band.polygon_px for value in corner]
            rows.append(
                {
                    "seq": int(found.id),
                    "band": number,
                    "polygon_px": polygon,
                    "reason": band.reason,
                    "score": band.score,
                }
            )
    return RegionHints(table_of(rows, _BANDS))


def _image(frame: dict[str, Any], field: FieldResult) -> FieldImage:
    outline = tuple((x, y) for x, y in field.polygon_px.tolist())
    return FieldImage(id=str(frame["seq"]), width_px=frame["width_px"], field_px=outline)


def skip(_context: SegmentContext, _config: DetectEdgesConfig, **_parents: Payload) -> RegionHints:
    """No hints."""
    return RegionHints.empty()
