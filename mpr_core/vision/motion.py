"""Does a shift of the picture explain how it changed? How alike are two, and where is picture at all?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

# Below this contrast (levels) a picture matches anything, so a match proves nothing.
_MIN_CONTRAST = 6.0
_ZOOMS = (1.0, 0.9, 1.11)
_BLACK_LEVEL = 24


def motion_ratio(before: NDArray[np.uint8], after: NDArray[np.uint8], *, zoom: bool = True) -> float:
    """Share of the change between two small pictures that remains after the best shift or zoom.

    Args:
        before, after: `(h, w, 3) uint8`, same shape, at least 12 x 12.
        zoom: try zooms too; from one frame to the next they are too small to matter.
    Returns:
        0 when movement explains everything, 1 when it explains nothing, or when the picture is too plain to tell.
        The worse of both directions, so a plain part of one picture found in the other is not taken for movement.
    """
    zooms = _ZOOMS if zoom else _ZOOMS[:1]
    return max(_one_way(before, after, zooms), _one_way(after, before, zooms))


def not_letterbox(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """`(h, w)`: places that are not black in both pictures; all of them when hardly any would be left."""
    seen = np.maximum(before, after).max(axis=2) > _BLACK_LEVEL
    return seen if float(seen.mean()) >= 0.25 else np.ones_like(seen)


def likeness(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> float:
    """Correlation of the brightness of two `(k, 3)` sets of pixels, -1 to 1."""
    one, two = (pixels.astype(np.float64).mean(axis=1) for pixels in (before, after))
    one, two = one - one.mean(), two - two.mean()
    norm = float(np.sqrt((one @ one) * (two @ two)))
    return float(one @ two) / norm if norm > 0 else 0.0


def _one_way(template_source: NDArray[np.uint8], scene: NDArray[np.uint8], zooms: tuple[float, ...]) -> float:
    # Twice the size: movement of half a cell counts, a slow pan does not look like a blend.
    source = cv2.resize(template_source, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    target = cv2.resize(scene, None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR).astype(np.float32)
    height, width = source.shape[:2]
    dy, dx = height // 4, width // 4
    template = source[dy : height - dy, dx : width - dx]
    if float(template.std(axis=(0, 1)).max()) < _MIN_CONTRAST:
        return 1.0
    still = float(np.square(target[dy : height - dy, dx : width - dx] - template).sum())
    if still <= 0.0:
        return 1.0
    best = still
    for zoom in zooms:
        scaled = template if zoom == 1.0 else cv2.resize(template, None, fx=zoom, fy=zoom)
        best = min(best, float(cv2.matchTemplate(target, scaled, cv2.TM_SQDIFF).min()) / (zoom * zoom))
    return max(0.0, best) / still
