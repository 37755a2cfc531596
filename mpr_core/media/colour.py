"""From decoded planes to upright BGR: colour matrix, range, rotation, and the tiny picture used to compare frames."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import cv2
import numpy as np
from av.video.reformatter import ColorRange, Colorspace, VideoReformatter
from numpy.typing import NDArray

SIGNATURE_HEIGHT_PX, SIGNATURE_WIDTH_PX = 18, 32

# AVColorSpace -> the matrix to undo, and its (Kr, Kb). Source: ITU-T H.273, table 4.
_MATRICES = {
    1: (Colorspace.ITU709, 0.2126, 0.0722),
    4: (Colorspace.FCC, 0.30, 0.11),
    5: (Colorspace.ITU601, 0.299, 0.114),
    6: (Colorspace.ITU601, 0.299, 0.114),
    7: (Colorspace.SMPTE240M, 0.212, 0.087),
    9: (Colorspace.BT2020, 0.2627, 0.0593),
    10: (Colorspace.BT2020, 0.2627, 0.0593),
}
_BT709, _BT601 = 1, 6
_RGB = 0
_FULL_RANGE = 2
# Unmarked video of this size and above is BT.709, below BT.601, as players assume.
_HD_WIDTH_PX, _HD_HEIGHT_PX = 1280, 720
_PLANAR_420 = ("yuv420p", "yuvj420p", "yuva420p")
# Rows are thinned before averaging while this many remain for each row of the signature.
_ROWS_PER_CELL = 12
# From this many samples a cell on, what does not divide evenly is first stretched until it does: 10 times faster.
_EVEN_FROM = 6
_ROTATIONS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


class Orientation(NamedTuple):
    """How stored pictures are turned: mirrored left-right first, then rotated clockwise by quarter turns."""

    rotation_deg: int = 0
    mirrored: bool = False

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self.rotation_deg in (90, 270)


def orientation_of(frame: Any) -> Orientation:
    """The orientation in a frame's display matrix, to the nearest quarter turn; upright when it has none."""
    matrix = next((side for side in frame.side_data if side.type.name == "DISPLAYMATRIX"), None)
    if matrix is None:
        return Orientation()
    a, b, _, c, d = np.frombuffer(bytes(matrix), np.int32)[:5].tolist()
    mirrored = a * d - b * c < 0
    right_x, right_y = (-a, -b) if mirrored else (a, b)
    quarter_turns = round(math.degrees(math.atan2(right_y, right_x)) / 90) % 4
    return Orientation(quarter_turns * 90, mirrored)


def turn(image: NDArray[np.uint8], orientation: Orientation) -> NDArray[np.uint8]:
    """The stored picture `(h, w, 3)` as it is shown, contiguous."""
    if orientation.mirrored:
        image = cv2.flip(image, 1)
    if orientation.rotation_deg:
        image = cv2.rotate(image, _ROTATIONS[orientation.rotation_deg])
    return image


def to_bgr(
    frame: Any, size_px: tuple[int, int], orientation: Orientation, converter: VideoReformatter
) -> NDArray[np.uint8]:
    """The frame as `(h, w, 3) uint8 BGR`, upright, full range, alpha dropped.

    Args:
        frame: a decoded `av.VideoFrame` of any pixel format and depth.
        size_px: (width, height) as stored, which pictures of another size are scaled to (streams may change size
            midway).
        orientation: from the first frame.
        converter: reused from frame to frame; belongs to one thread.
    """
    width_px, height_px = size_px
    if frame.colorspace == _RGB or frame.format.is_rgb:
        shown = converter.reformat(frame, width=width_px, height=height_px, format="bgr24", threads=1)
    else:
        space = _matrix(frame)[0]
        shown = converter.reformat(
            frame,
            width=width_px,
            height=height_px,
            format="bgr24",
            src_colorspace=space,
            dst_colorspace=space,
            src_color_range=ColorRange.JPEG if _is_full_range(frame) else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            threads=1,
        )
    image: NDArray[np.uint8] = np.ascontiguousarray(shown.to_ndarray(), np.uint8)
    return turn(image, orientation)


def signature_of(frame: Any, orientation: Orientation, converter: VideoReformatter) -> NDArray[np.uint8]:
    """The frame averaged down to `(18, 32, 3) uint8 BGR`, upright; straight from the planes for 8-bit 4:2:0."""
    cells = (SIGNATURE_WIDTH_PX, SIGNATURE_HEIGHT_PX)
    stored_cells = cells[::-1] if orientation.swaps_sides else cells
    planes = frame.planes if frame.format.name in _PLANAR_420 else ()
    if planes and frame.colorspace != _RGB and all(plane.line_size > 0 for plane in planes[:3]):
        small = [_shrink(plane, stored_cells) for plane in planes[:3]]
        return turn(_bgr_of_yuv(np.dstack(small), frame), orientation)
    full = to_bgr(frame, (frame.width, frame.height), Orientation(), converter)
    return turn(cv2.resize(full, stored_cells, interpolation=cv2.INTER_AREA), orientation)


def _shrink(plane: Any, cells: tuple[int, int]) -> NDArray[np.uint8]:
    rows = np.frombuffer(plane, np.uint8).reshape(plane.height, plane.line_size)[:, : plane.width]
    rows = rows[:: max(1, plane.height // (cells[1] * _ROWS_PER_CELL))]
    height, width = rows.shape
    if width >= cells[0] * _EVEN_FROM and height >= cells[1] * _EVEN_FROM:
        even = (round(width / cells[0]) * cells[0], round(height / cells[1]) * cells[1])
        if even != (width, height):
            rows = cv2.resize(rows, even, interpolation=cv2.INTER_LINEAR)
    small: NDArray[np.uint8] = cv2.resize(rows, cells, interpolation=cv2.INTER_AREA)
    return small


def _bgr_of_yuv(yuv: NDArray[np.uint8], frame: Any) -> NDArray[np.uint8]:
    _, kr, kb = _matrix(frame)
    kg = 1 - kr - kb
    values = yuv.astype(np.float32)
    luma, chroma = values[..., 0], values[..., 1:] - 128
    if not _is_full_range(frame):
        luma, chroma = (luma - 16) * (255 / 219), chroma * (255 / 224)
    blue = luma + 2 * (1 - kb) * chroma[..., 0]
    red = luma + 2 * (1 - kr) * chroma[..., 1]
    green = (luma - kr * red - kb * blue) / kg
    bgr: NDArray[np.uint8] = np.clip(np.dstack((blue, green, red)).round(), 0, 255).astype(np.uint8)
    return bgr


def _matrix(frame: Any) -> tuple[Colorspace, float, float]:
    is_hd = frame.width >= _HD_WIDTH_PX or frame.height >= _HD_HEIGHT_PX
    return _MATRICES.get(int(frame.colorspace)) or _MATRICES[_BT709 if is_hd else _BT601]


def _is_full_range(frame: Any) -> bool:
    return int(frame.color_range) == _FULL_RANGE or frame.format.name.startswith("yuvj")
