"""A track's best crop and what is around it, found in the stored parts, as the question about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc

from mpr_core.brands.brand_list import Brand
from mpr_core.cascade.configs import EscalateConfig
from mpr_core.cascade.pictures import context_picture, crop_picture
from mpr_core.cascade.provider import Ask
from mpr_core.cascade.question import ask_about
from mpr_core.cascade.ranking import Placed
from mpr_core.runner.context import PlanContext
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import values


class QuestionPictures:
    """Makes questions, one after the other: only the pictures of one are in memory."""

    def __init__(self, context: PlanContext, brands: Sequence[Brand], config: EscalateConfig) -> None:
        self._context, self._brands, self._config = context, brands, config

    def ask(self, placed: Placed) -> Ask:
        """The question about a track.

        Raises:
            PartMissing: a crop or frame is gone.
        """
        context, config, candidate = self._context, self._config, placed.candidate
        crops = context.payload("preprocess", placed.segment)
        best = self._crop(placed)
        pictures = [crop_picture(crops.images[best["file"]], config.picture_side_px)]
        around = self._around(placed, best["seq"])
        return ask_about(candidate.text, self._brands, pictures if around is None else [*pictures, around], config)

    def _crop(self, placed: Placed) -> dict[str, Any]:
        """The best crop of a track in which its text was read: a track may go on over another sign, and the best crop of all show that."""
        candidate = placed.candidate
        own = pc.field("track") == candidate.track
        read = self._context.table("run_ocr", placed.segment, "lines").filter(
            own & (pc.field("text") == candidate.text)
        )
        number = min(values(read, "crop"), default=0) if candidate.text else 0
        crops = self._context.table("preprocess", placed.segment, "crops").filter(own & (pc.field("crop") == number))
        found: dict[str, Any] = crops.to_pylist()[0]
        return found

    def _around(self, placed: Placed, seq: int) -> bytes | None:
        config = self._config
        if not config.context_ratio:
            return None
        boxes = self._context.table("detect_objects", placed.segment, "boxes")
        here = (pc.field("track") == placed.candidate.track) & (pc.field("seq") == seq)
        quad = np.array(boxes.filter(here)["quad_px"].to_pylist()[0], np.float32).reshape(4, 2)
        frames = StoredFrames(
            self._context.services.media_out, self._context.table("extract_frames", placed.segment, "frames")
        )
        return context_picture(frames.bgr(seq), quad, config.context_ratio, config.picture_side_px)
