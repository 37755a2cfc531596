"""The training and validation pictures on disk, in the form that ultralytics reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import yaml

from gpu_service.train.example import Example, compose
from gpu_service.train.footage import frames
from gpu_service.train.logos import BrandLogos

Split = Literal["train", "val"]

_SEEDS: dict[Split, int] = {"train": 0x7124, "val": 0x7A1D}  # the two never share a film or a chance
_JPEG_QUALITY = 90
_EVEN = 2


@dataclass(frozen=True)
class Dataset:
    """Where the pictures lie; `description` is what ultralytics is given."""

    description: Path
    pictures: dict[Split, tuple[Path, ...]]
    examples: dict[Split, tuple[Example, ...]]


def write_dataset(
    folder: Path,
    brands: tuple[BrandLogos, ...],
    counts: dict[Split, int],
    size_px: int,
    seed: int,
    *,
    kept: int,
    progress: Callable[[int, int], None],
) -> Dataset:
    """Draw and write all pictures, `size_px` wide.

    Args:
        kept: so many examples of each half stay in memory, to be looked at.
        progress: called with (pictures done, pictures in all).
    """
    pictures: dict[Split, tuple[Path, ...]] = {}
    examples: dict[Split, tuple[Example, ...]] = {}
    done, total = 0, sum(counts.values())
    for split, count in counts.items():
        written, few = list[Path](), list[Example]()
        frame_px = (size_px, size_px * 9 // 16 // _EVEN * _EVEN)
        for index, frame in enumerate(islice(frames((seed, _SEEDS[split]), frame_px), count)):
            example = compose(frame, brands, index, np.random.default_rng((seed, _SEEDS[split], index)))
            written.append(_write(folder, split, index, example))
            few += [example] if index < kept else []
            done += 1
            progress(done, total)
        pictures[split], examples[split] = tuple(written), tuple(few)
    return Dataset(_describe(folder, brands), pictures, examples)


def _write(folder: Path, split: Split, index: int, example: Example) -> Path:
    picture = folder / "images" / split / f"{index:06d}.jpg"
    labels = folder / "labels" / split / f"{index:06d}.txt"
    for path in (picture, labels):
        path.parent.mkdir(parents=True, exist_ok=True)
    picture.write_bytes(cv2.imencode(".jpg", example.picture, (cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY))[1].tobytes())
    height, width = example.picture.shape[:2]
    lines = []
    for box in example.boxes:
        x0, y0, x1, y1 = box.xyxy_px
        numbers = ((x0 + x1) / 2 / width, (y0 + y1) / 2 / height, (x1 - x0) / width, (y1 - y0) / height)
        lines.append(" ".join([str(box.brand), *(f"{number:.6f}" for number in numbers)]) + "\n")
    labels.write_text("".join(lines), encoding="utf-8")
    return picture


def _describe(folder: Path, brands: tuple[BrandLogos, ...]) -> Path:
    path = folder / "data.yaml"
    document = {
        "path": str(folder.absolute()),
        "train": "images/train",
        "val": "images/val",
        "names": {index: brand.name for index, brand in enumerate(brands)},
    }
    path.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")
    return path
