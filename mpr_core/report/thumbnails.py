"""Crops made small enough to travel inside a page: only what decodes as a picture gets in, re-encoded."""

from __future__ import annotations

import base64
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[Any]
"""`(h, w, 3) uint8 BGR`."""


def decode(encoded: bytes) -> Image | None:
    """The picture, or None when the bytes are not one."""
    if not encoded:
        return None
    try:
        image: Image | None = cv2.imdecode(np.frombuffer(encoded, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # e.g. more pixels than OpenCV's own limit
        return None
    return image


def encode_jpeg(image: Image, quality: int) -> bytes:
    """JPEG bytes; OpenCV writes no time, name or other metadata, so the same picture gives the same bytes."""
    return bytes(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])


def encode_webp(image: Image, quality: int) -> bytes:
    """WebP bytes: about half of JPEG's for the same picture, where every byte counts."""
    return bytes(cv2.imencode(".webp", image, [cv2.IMWRITE_WEBP_QUALITY, quality])[1])


def fit(image: Image, width_px: int, height_px: int) -> Image:
    """The picture, shrunk (never enlarged) to fit; at least 1 px each way."""
    height, width = image.shape[:2]
    scale = min(1.0, width_px / width, height_px / height)
    if scale == 1.0:
        return image
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    shrunk: Image = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return shrunk


def thumbnail_uri(encoded: bytes, *, width_px: int, height_px: int, quality: int = 78) -> str | None:
    """A `data:` URI of the picture shrunk to fit, or None when the bytes are not a picture."""
    image = decode(encoded)
    if image is None:
        return None
    jpeg = encode_jpeg(fit(image, width_px, height_px), quality)
    return "data:image/jpeg;base64," + base64.b64encode(jpeg).decode("ascii")
