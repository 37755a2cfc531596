"""The playing field in one frame: its mask, its outline, or an honest 'no field' with the reason.

Colour alone finds green; whether it is a field is told by texture (foliage is rough, a card is flat), by place (a field
comes down to the camera) and by shape (one large solid area).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.vision.configs import FieldSegmentationConfig
from mpr_core.vision.outline import outline_of

_MIN_SIDE_PX = 16
# Ranges this wide (ice: any hue) have no dominant hue to refine by.
_WIDE_HUES = 120
# Brightness of grass spans more than this even under flat light; a drawn card does not.
_FLAT_SPREAD = 6.0
_FLAT_ROUGHNESS = 0.6
_MIN_BOTTOM_RATIO = 0.35
_MIN_SPAN_RATIO = 0.85
_MIN_CENTRE_RATIO = 0.42
_FULL_COVERAGE = 0.6
_MAX_COVERED_RATIO = 0.4


@dataclass(frozen=True)
class FieldResult:
    """The field of one frame, or why there is none.

    `polygon_px` is `(k, 2) float32`, `k <= 24`, in the input's pixels, clockwise on screen, `(0, 2)` without a field;
    `mask` is 0/255 at the working size; `coverage_ratio` is the share of the picture that has the field's colour.
    """

    status: Literal["field", "no_field"]
    reason: str
    coverage_ratio: float = 0.0
    polygon_px: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    mask: NDArray[np.uint8] | None = None
    confidence: float = 0.0


@dataclass(frozen=True)
class _Surface:
    """One connected area of the surface's colour at the working size, and its figures."""

    raw: NDArray[np.bool_]
    """Pixels of the colour."""
    filled: NDArray[np.uint8]
    """The area with players and lines closed, 0/255."""
    coverage: float
    solidity: float
    covered: float
    """Share of the area's hull taken by things of another colour."""
    bottom: float
    span: float
    centre: float
    roughness: float
    spread: float


def segment_field(bgr: NDArray[np.uint8], config: FieldSegmentationConfig) -> FieldResult:
    """The playing field of a frame.

    Args:
        bgr: `(h, w, 3) uint8`; grey pictures have no field.
        config: the surface's colour and what a field must look like.
    Returns:
        status 'field' with its outline, or 'no_field' with the reason in words.
    """
    if not config.enabled:
        return FieldResult("no_field", "field segmentation is off")
    if bgr.ndim != 3 or bgr.shape[2] < 3 or min(bgr.shape[:2], default=0) < _MIN_SIDE_PX:
        return FieldResult("no_field", f"not a colour picture of at least {_MIN_SIDE_PX} px: shape {bgr.shape}")
    scale = min(1.0, config.work_width_px / bgr.shape[1])
    size = (max(1, round(bgr.shape[1] * scale)), max(1, round(bgr.shape[0] * scale)))
    small = cv2.resize(np.ascontiguousarray(bgr[:, :, :3]), size, interpolation=cv2.INTER_AREA)
    raw = surface_mask(small, config)
    coverage = float(raw.mean())
    if coverage < config.min_coverage_ratio:
        needed = f"{config.min_coverage_ratio:.0%} needed"
        return FieldResult("no_field", f"{coverage:.0%} of the picture has the surface's colour, {needed}", coverage)
    surface = _largest_area(small, raw)
    objection = _objection(surface, config)
    if objection:
        return FieldResult("no_field", objection, surface.coverage)
    outline = outline_of(surface.filled) * np.float32(bgr.shape[1] / size[0])
    outline[:, 1] = np.clip(outline[:, 1], 0, bgr.shape[0] - 1)
    outline[:, 0] = np.clip(outline[:, 0], 0, bgr.shape[1] - 1)
    return FieldResult(
        status="field",
        reason=f"surface over {surface.coverage:.0%} of the picture, solidity {surface.solidity:.2f}",
        coverage_ratio=surface.coverage,
        polygon_px=outline,
        mask=surface.filled,
        confidence=_confidence(surface, config),
    )


def surface_mask(small: NDArray[np.uint8], config: FieldSegmentationConfig) -> NDArray[np.bool_]:
    """`(h, w)`: pixels whose colour is the surface's: within the hue ranges, then near the commonest hue among them."""
    hsv = cv2.cvtColor(small, cv2.COLOR_BGR2HSV)
    hue, saturation, value = hsv[:, :, 0].astype(np.int16), hsv[:, :, 1], hsv[:, :, 2]
    allowed = np.zeros(180, dtype=bool)
    for hues in config.hue_ranges:
        span = np.arange(hues.low, hues.high + 1 + (180 if hues.low > hues.high else 0)) % 180
        allowed[span] = True
    mask = allowed[hue] & (saturation >= config.saturation_min)
    mask &= (value >= config.value_min) & (value <= config.value_max)
    if not mask.any() or int(allowed.sum()) >= _WIDE_HUES:
        return np.asarray(mask)
    counts = np.bincount(hue[mask], minlength=180).astype(np.float64)
    around = np.convolve(np.r_[counts[-3:], counts, counts[:3]], np.ones(7) / 7, mode="valid")
    distance = np.abs(hue - int(np.argmax(around)))
    return np.asarray(mask & (np.minimum(distance, 180 - distance) <= config.hue_spread))


def _largest_area(small: NDArray[np.uint8], raw: NDArray[np.bool_]) -> _Surface:
    height, width = raw.shape
    # Lines and distant players are a few per cent of the width; twigs and specks are smaller than that.
    closing = max(3, round(width * 0.03)) | 1
    opening = max(3, round(width * 0.02)) | 1
    mask = raw.astype(np.uint8) * 255
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((closing, closing), np.uint8))
    mask = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((opening, opening), np.uint8))
    count, labels, stats, centres = cv2.connectedComponentsWithStats(mask)
    if count < 2:
        empty = np.zeros_like(mask)
        return _Surface(raw, empty, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    area = np.where(labels == best, 255, 0).astype(np.uint8)
    contours, _ = cv2.findContours(area, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    contour = max(contours, key=cv2.contourArea)
    filled = cv2.drawContours(np.zeros_like(area), [contour], -1, 255, cv2.FILLED)
    hull = cv2.fillConvexPoly(np.zeros_like(area), cv2.convexHull(contour), 255)
    inside = hull > 0
    roughness, spread = _texture(small, raw & (area > 0))
    return _Surface(
        raw=raw,
        filled=filled,
        coverage=float((raw & (filled > 0)).mean()),
        solidity=float((filled > 0).sum() / max(1, int(inside.sum()))),
        covered=1.0 - float(raw[inside].mean()),
        bottom=float((filled[-max(1, height // 30) :] > 0).mean()),
        span=float(stats[best, cv2.CC_STAT_WIDTH] / width),
        centre=float(centres[best][1] / height),
        roughness=roughness,
        spread=spread,
    )


def _texture(small: NDArray[np.uint8], inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Median local deviation (5 x 5 px) and 5-95% spread of brightness inside, 8-bit levels."""
    gray = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
    deep = cv2.erode(inside.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    sample = deep if int(deep.sum()) >= 50 else inside
    if not sample.any():
        return 0.0, 0.0
    mean = cv2.blur(gray, (5, 5))
    deviation = np.sqrt(np.maximum(cv2.blur(gray * gray, (5, 5)) - mean * mean, 0.0))
    low, high = np.percentile(mean[sample], [5, 95])
    return float(np.median(deviation[sample])), float(high - low)


def _objection(surface: _Surface, config: FieldSegmentationConfig) -> str:
    """Why the area is no field; empty when it may be one."""
    if surface.coverage < config.min_coverage_ratio:
        return f"the largest connected area covers {surface.coverage:.0%}, {config.min_coverage_ratio:.0%} needed"
    if surface.roughness > config.max_roughness:
        return (
            f"rough as foliage: local deviation {surface.roughness:.1f}, a field has up to {config.max_roughness:.1f}"
        )
    if surface.spread < _FLAT_SPREAD and surface.roughness < _FLAT_ROUGHNESS:
        return f"one flat colour (brightness spread {surface.spread:.1f} levels): a card or a wall, no lit surface"
    if surface.solidity < config.min_solidity_ratio:
        return f"ragged shape: fills {surface.solidity:.0%} of its outline, {config.min_solidity_ratio:.0%} needed"
    if surface.covered > _MAX_COVERED_RATIO:
        return f"other things take {surface.covered:.0%} of the area: a close-up or scattered green"
    reaches_camera = surface.bottom >= _MIN_BOTTOM_RATIO or surface.span >= _MIN_SPAN_RATIO
    if not reaches_camera:
        return (
            f"does not come down to the camera: on {surface.bottom:.0%} of the lower edge, "
            f"{surface.span:.0%} of the width"
        )
    if surface.centre < _MIN_CENTRE_RATIO and surface.coverage < _FULL_COVERAGE:
        return f"lies in the upper part of the picture (centre at {surface.centre:.0%} of the height)"
    return ""


def _confidence(surface: _Surface, config: FieldSegmentationConfig) -> float:
    size = min(1.0, surface.coverage / max(2.5 * config.min_coverage_ratio, 1e-6))
    smooth = 1.0 - surface.roughness / config.max_roughness
    place = max(surface.bottom, surface.span)
    return float(np.clip(0.3 * size + 0.3 * surface.solidity + 0.2 * smooth + 0.2 * place, 0.0, 1.0))
