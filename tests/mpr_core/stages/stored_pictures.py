"""Pictures put where a stage finds sampled frames, so that one stage can be looked at without a film."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.inference.in_process import InProcess
from mpr_core.runner.context import SegmentContext, Services
from mpr_core.stages import detect_objects, preprocess, run_ocr
from mpr_core.stages.configs import DetectObjectsConfig, PreprocessConfig, RunOcrConfig
from mpr_core.stages.detect_edges import RegionHints
from mpr_core.stages.detect_objects import TrackedBoxes
from mpr_core.stages.extract_frames import FrameIndex
from mpr_core.stages.filter_scenes import SceneFrames
from mpr_core.stages.preprocess import TrackCrops
from mpr_core.stages.run_ocr import TextLines
from mpr_core.store.object_store import ObjectStore
from mpr_core.store.tables import table_of
from mpr_core.timeline.segments import Segment
from tests.mpr_core.made_up_chunk import made_up_chunk


class StoredPictures:
    """One segment whose sampled frames are `pictures`, half a second apart, in one scene, each standing for itself.

    Args:
        pictures: `(h, w, 3) uint8 BGR`.
        models: opened models by session name, shared.
    """

    def __init__(self, pictures: Sequence[NDArray[np.uint8]], models: InProcess, quality: int = 90) -> None:
        store = ObjectStore("memory://")
        chunk = made_up_chunk(Fraction(max(1, len(pictures)), 2))
        segment = Segment(chunk_index=0, chunk_digest=chunk.digest, start_s=Fraction(0), end_s=chunk.duration_s)
        services = Services(store, store, inference=models)
        self.context = SegmentContext(services, chunk, segment)
        rows, kept = [], []
        for seq, picture in enumerate(pictures):
            data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
            store.put(f"frames/{seq:08d}.jpg", data)
            rows.append(
                {
                    "seq": seq,
                    "chunk": chunk.digest,
                    "t_s": seq / 2,
                    "pts_s": seq / 2,
                    "pts_exact": f"{seq}/2",
                    "width_px": picture.shape[1],
                    "height_px": picture.shape[0],
                    "size_bytes": len(data),
                    "key": f"frames/{seq:08d}.jpg",
                    "digest": "",
                }
            )
            kept.append({"seq": seq, "scene": 0, "rep_seq": seq, "kept": True, "blank": False})
        self.index = FrameIndex.empty(frames=table_of(rows, FrameIndex.SCHEMAS["frames"]))
        self.scenes = SceneFrames.empty(frames=table_of(kept, SceneFrames.SCHEMAS["frames"]))

    def boxes(self, bands: RegionHints | None = None, **config: Any) -> TrackedBoxes:
        """What detect_objects finds."""
        return detect_objects.run(
            self.context,
            DetectObjectsConfig(**config),
            extract_frames=self.index,
            filter_scenes=self.scenes,
            detect_edges=bands or RegionHints.empty(),
        )

    def crops(self, boxes: TrackedBoxes, **config: Any) -> TrackCrops:
        """What preprocess cuts out of those boxes."""
        return preprocess.run(self.context, PreprocessConfig(**config), extract_frames=self.index, detect_objects=boxes)

    def lines(self, crops: TrackCrops, **config: Any) -> TextLines:
        """What run_ocr reads in those crops."""
        return run_ocr.run(self.context, RunOcrConfig(**config), preprocess=crops)

    def read(self, **config: Any) -> list[dict[str, Any]]:
        """The three stages after one another: the text of every track."""
        return self.lines(self.crops(self.boxes(**config))).texts.to_pylist()
