"""Reads boxes anew, with the branch's own settings of preprocess and run_ocr or with one of them changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpr_core.explain.explanation import Setting
from mpr_core.explain.segment_view import Row, SegmentView
from mpr_core.explain.what_if import WhatIf
from mpr_core.stages.configs import PreprocessConfig, RunOcrConfig
from mpr_core.stages.run_ocr import TextLines


@dataclass(frozen=True)
class Reader:
    """The readings of single boxes, none of which is stored."""

    what_if: WhatIf
    crops: PreprocessConfig
    ocr: RunOcrConfig

    def read(self, view: SegmentView, boxes: Sequence[Row], changed: Setting | None = None) -> TextLines:
        """The readings of some boxes, each with a track number."""
        crops, ocr = self.crops, self.ocr
        if changed is not None and changed.stage == "run_ocr":
            ocr = ocr.model_copy(update={changed.field: changed.value})
        elif changed is not None:
            crops = crops.model_copy(update={changed.field: changed.value})
        return self.what_if.read(view, boxes, crops, ocr)
