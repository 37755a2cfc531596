"""Inference in this process: the routines themselves, `engine.workers()` pictures side by side where a model is asked."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby
from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.inference.detectors import Detectors
from mpr_core.inference.engine import side_by_side
from mpr_core.inference.local_models import LocalModels, Models
from mpr_core.inference.operations import Asked
from mpr_core.inference.track_reader import TrackReader
from mpr_core.inference.watch import Watch
from mpr_core.stages.configs import DetectObjectsConfig, Precision, PreprocessConfig, RunOcrConfig
from mpr_core.vision.bands import find_bands
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig
from mpr_core.vision.field import FieldResult, segment_field
from mpr_core.vision.rectify import rectified, with_contrast
from mpr_core.wire.debug import Candidate
from mpr_core.wire.detect import DetectImage, DetectResult
from mpr_core.wire.detect_edges import BandFound, BandsResult, FieldImage
from mpr_core.wire.envelope import Point, Polygon
from mpr_core.wire.ocr import OcrImage, OcrResult
from mpr_core.wire.preprocess import Crop, PreprocessImage, PreprocessResult
from mpr_core.wire.segment_field import FieldFound, SizedImage

_CONFIGURATIONS = 8
"""Thresholds that stay at hand; the models behind them are shared."""


class InProcess:
    """The routines that infer, run here. May be used from several threads.

    Args:
        models: where its models come from; they stay open until `close`.
    """

    segments_at_once = 1

    def __init__(self, models: Models | None = None) -> None:
        self.models = models or LocalModels()
        self._detectors: OrderedDict[str, Detectors] = OrderedDict()
        self._lock = Lock()

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.models,)  # another process opens its own

    def attend(self, watch: Watch) -> None:
        """Nothing here is waited for."""

    def digest(self, model: str, precision: Precision, weights: str = "") -> str:
        """See `Inference.digest`."""
        return self.models.digest(model, precision, weights)

    def language_model(self) -> str:
        """None here."""
        return ""

    def detect(self, frames: Iterable[Asked[DetectImage]], config: DetectObjectsConfig) -> Iterator[DetectResult]:
        """Boxes of frames."""
        detectors = self.detectors(config)

        def look(frame: Asked[DetectImage]) -> DetectResult:
            boxes = detectors.find(frame.picture.bgr(), _bands(frame))
            return DetectResult(id=frame.about.id, boxes=boxes)

        return side_by_side(look, frames)

    def candidates(self, frame: Asked[DetectImage], config: DetectObjectsConfig) -> tuple[Candidate, ...]:
        """What `detect` drops in a frame."""
        return self.detectors(config).cut(frame.picture.bgr(), _bands(frame))

    def crop(self, frames: Iterable[Asked[PreprocessImage]], config: PreprocessConfig) -> Iterator[PreprocessResult]:
        """Crops of frames."""
        for frame in frames:
            bgr = frame.picture.bgr()
            crops = tuple(_crop(bgr, np.array(quad, np.float32).reshape(4, 2), config) for quad in frame.about.quads_px)
            yield PreprocessResult(id=frame.about.id, crops=crops)

    def read(self, crops: Iterable[Asked[OcrImage]], config: RunOcrConfig) -> Iterator[OcrResult]:
        """Readings of crops, track by track."""
        reader = TrackReader(self.models.recogniser(config.precision), config)
        tracks = (list(track) for _, track in groupby(crops, lambda crop: crop.about.group))
        for found in side_by_side(reader.read, tracks):
            yield from found

    def segment_field(
        self, frames: Iterable[Asked[SizedImage]], config: FieldSegmentationConfig
    ) -> Iterator[FieldFound]:
        """Fields, found on frames decoded at reduced scale."""
        for frame in frames:
            picture, scale = frame.picture.small(frame.about.width_px, config.work_width_px)
            yield _field(frame.about.id, segment_field(picture, config), scale)

    def find_bands(self, frames: Iterable[Asked[FieldImage]], config: DetectEdgesConfig) -> Iterator[BandsResult]:
        """Bands, found on frames decoded at reduced scale."""
        for frame in frames:
            picture, scale = frame.picture.small(frame.about.width_px, config.work_width_px)
            outline = np.array(frame.about.field_px, np.float32).reshape(-1, 2) * np.float32(scale)
            bands = find_bands(picture, FieldResult("field", "given", polygon_px=outline), config)
            found = tuple(
                BandFound(polygon_px=_points(band.polygon_px, scale), reason=band.reason, score=band.score)
                for band in bands
            )
            yield BandsResult(id=frame.about.id, bands=found)

    def detectors(self, config: DetectObjectsConfig) -> Detectors:
        """The models under one configuration; what it says of tracks is nothing to them."""
        key = config.model_dump_json(exclude={name for name in type(config).model_fields if name.startswith("track_")})
        with self._lock:
            if key not in self._detectors:
                self._detectors[key] = Detectors(config, self.models.text_detector(config), self.models.yolo(config))
            self._detectors.move_to_end(key)
            if len(self._detectors) > _CONFIGURATIONS:
                self._detectors.popitem(last=False)
            return self._detectors[key]

    def close(self) -> None:
        """Let the models go."""
        with self._lock:
            self._detectors.clear()
            self.models.close()


def _bands(frame: Asked[DetectImage]) -> list[NDArray[np.float32]]:
    return [np.array(band, np.float32).reshape(-1, 2) for band in frame.about.bands_px]


def _crop(bgr: NDArray[np.uint8], quad: NDArray[np.float32], config: PreprocessConfig) -> Crop:
    cut = rectified(
        bgr,
        quad,
        margin_ratio=config.margin_ratio,
        min_height_px=config.min_crop_height_px,
        max_height_px=config.max_crop_height_px,
    )
    cut = with_contrast(cut, config.low_contrast_range)
    jpeg = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, config.jpeg_quality])[1].tobytes()
    return Crop(width_px=cut.shape[1], height_px=cut.shape[0], jpeg=jpeg)


def _field(name: str, found: FieldResult, scale: float) -> FieldFound:
    return FieldFound(
        id=name,
        status=found.status,
        reason=found.reason,
        coverage_ratio=found.coverage_ratio,
        confidence=found.confidence,
        polygon_px=_points(found.polygon_px, scale),
        mask_png=None if found.mask is None else cv2.imencode(".png", found.mask)[1].tobytes(),
    )


def _points(corners: NDArray[np.float32] | tuple[Point, ...], scale: float) -> Polygon:
    """Corners found at a scale, in the frame's own pixels."""
    return tuple((x, y) for x, y in (np.asarray(corners, np.float32) / scale).reshape(-1, 2).tolist())
