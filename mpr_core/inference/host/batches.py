"""Pictures put together to requests of a size that a host works on well."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

from mpr_core.inference.operations import Asked
from mpr_core.wire.envelope import ImageRef
from mpr_core.wire.ocr import OcrImage

FRAMES = 8
"""A 1080p frame is some 230 kB, so a request is 2 MB."""
CROPS = 16

Ref = TypeVar("Ref", bound=ImageRef)
Batches = Callable[[Iterable[Asked[Ref]]], Iterator[list[Asked[Ref]]]]


def of_frames(asked: Iterable[Asked[Ref]]) -> Iterator[list[Asked[Ref]]]:
    """Frames in their order."""
    return _filled(([one] for one in asked), FRAMES)


def of_tracks(asked: Iterable[Asked[OcrImage]]) -> Iterator[list[Asked[OcrImage]]]:
    """Crops in their order; those of a track stay together."""
    return _filled((list(track) for _, track in groupby(asked, lambda crop: crop.about.group)), CROPS)


def _filled(pieces: Iterable[list[Asked[Ref]]], size: int) -> Iterator[list[Asked[Ref]]]:
    batch: list[Asked[Ref]] = []
    for piece in pieces:
        if batch and len(batch) + len(piece) > size:
            yield batch
            batch = []
        batch = batch + piece
    if batch:
        yield batch
