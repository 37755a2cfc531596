"""/detect/debug: where the detector sees text, what became a box, and what the thresholds dropped."""

from __future__ import annotations

from itertools import chain

import numpy as np

from gpu_service.debug.pictures import drawn, heat_map
from mpr_core.inference.in_process import InProcess
from mpr_core.inference.operations import Asked
from mpr_core.inference.text_detector import TextDetector
from mpr_core.overlays.palette import Colour
from mpr_core.overlays.view import Mark, quad_of
from mpr_core.wire.debug import DebugResult
from mpr_core.wire.detect import DetectImage, DetectRequest

_TEXT, _YOLO, _CUT, _BAND = Colour.GREEN, Colour.BLUE, Colour.VERMILLION, Colour.YELLOW


def seen_by_detect(inference: InProcess, asked: DetectRequest, frame: Asked[DetectImage]) -> DebugResult:
    """The heat map, and the frame with boxes kept and dropped."""
    config, bgr = asked.config, frame.picture.bgr()
    (found,) = inference.detect([frame], config)
    cut = inference.candidates(frame, config)
    bands = [Mark(np.array(band, np.float32), _BAND, "band", kind="side") for band in frame.about.bands_px]
    kept = [
        Mark(quad_of(list(box.quad_px)), _TEXT if box.source == "text" else _YOLO, f"{box.class_name} {box.score:.2f}")
        for box in found.boxes
    ]
    dropped = [
        Mark(quad_of(list(box.quad_px)), _CUT, f"{box.cut_by} {box.score:.2f}", f"{box.score:.2f}", kind="side")
        for box in cut
    ]
    pictures = [drawn("boxes", bgr, list(chain(bands, dropped, kept)))]
    detector = inference.detectors(config).text
    if isinstance(detector, TextDetector):
        scale = min(1.0, config.max_side_px / max(bgr.shape[:2]))
        pictures.insert(0, heat_map("text_heat", detector.heat(bgr, scale)))
    return DebugResult(id=frame.about.id, pictures=tuple(pictures), candidates=cut)
