"""One training picture: a film's frame with logos pasted in, and where each is seen."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from gpu_service.train.logos import Bgra, BrandLogos
from gpu_service.train.placing import Laid, lay
from gpu_service.train.plate import Plate, put_up, shuffled
from mpr_core.synth.canvas import Instance
from mpr_core.synth.render import RenderedFrame

NEGATIVE_EVERY = 6  # one in so many pictures
_MOST_LOGOS = 3
_TRIES = 8
_LEAST_SEEN_RATIO = 0.55  # of a logo's pixels, after whatever stands before it
_LEAST_SIDE_PX = 6

Frame = NDArray[np.uint8]
Xyxy = tuple[int, int, int, int]


@dataclass(frozen=True)
class Box:
    """A logo that is seen: the brand's index and `xyxy_px`, half-open, round its visible pixels."""

    brand: int
    xyxy_px: Xyxy


@dataclass(frozen=True)
class Example:
    """A picture and all that is to be found in it; nothing in a negative."""

    picture: Frame
    boxes: tuple[Box, ...]


def compose(film: RenderedFrame, brands: tuple[BrandLogos, ...], index: int, rng: np.random.Generator) -> Example:
    """The example of a number: at even distances one into which no logo is pasted; each brand leads in as many of the others."""
    boxes = _drawn(film, brands)
    if index % NEGATIVE_EVERY == NEGATIVE_EVERY - 1:
        return Example(_with_decoy(film.image, brands, rng), tuple(boxes))
    first = (index - index // NEGATIVE_EVERY) % len(brands)
    picture, taken = film.image, np.zeros(film.image.shape[:2], bool)
    for x0, y0, x1, y1 in (box.xyxy_px for box in boxes):
        taken[y0:y1, x0:x1] = True
    for brand in (first, *rng.integers(0, len(brands), rng.integers(0, _MOST_LOGOS))):
        plate = put_up(_one_of(brands[brand], rng), film.image, rng)
        for _ in range(_TRIES):
            laid = lay(plate, (picture.shape[1], picture.shape[0]), rng)
            hidden = _hidden(laid.mark, rng)
            box = _box(laid.mark & ~hidden, laid.mark)
            if box is None or (taken & (laid.opacity > 0)).any():
                continue
            picture = _over(picture, laid, hidden)
            taken |= laid.opacity > 0
            boxes.append(Box(int(brand), box))
            break
    return Example(picture, tuple(boxes))


def _one_of(brand: BrandLogos, rng: np.random.Generator) -> Bgra:
    return brand.pictures[int(rng.integers(len(brand.pictures)))]


def _drawn(film: RenderedFrame, brands: tuple[BrandLogos, ...]) -> list[Box]:
    """What the film itself shows of brands that are to be learnt: it has invented ones, and a user may give their logos."""
    names = {brand.name.casefold(): index for index, brand in enumerate(brands)}
    seen = [one for one in film.instances if one.brand.casefold() in names and one.visible_ratio >= _LEAST_SEEN_RATIO]
    boxes = [(names[one.brand.casefold()], _outer(one, film.image)) for one in seen]
    return [Box(brand, box) for brand, box in boxes if _is_large(box)]


def _outer(instance: Instance, image: Frame) -> Xyxy:
    x0, y0 = np.clip(np.floor(instance.quad_px.min(axis=0)), 0, None)
    x1, y1 = np.minimum(np.ceil(instance.quad_px.max(axis=0)), (image.shape[1], image.shape[0]))
    return int(x0), int(y0), int(x1), int(y1)


def _with_decoy(frame: Frame, brands: tuple[BrandLogos, ...], rng: np.random.Generator) -> Frame:
    """Every second negative holds a logo's colours without its form."""
    logo = _one_of(brands[int(rng.integers(len(brands)))], rng)
    decoy: Plate | None = shuffled(logo, rng) if rng.random() < 0.5 else None
    if decoy is None:
        return frame
    laid = lay(decoy, (frame.shape[1], frame.shape[0]), rng)
    return _over(frame, laid, np.zeros_like(laid.mark))


def _hidden(mark: NDArray[np.bool_], rng: np.random.Generator) -> NDArray[np.bool_]:
    """What something in front hides: in every third case a slanted bar over a part of the logo."""
    hidden = np.zeros(mark.shape, np.uint8)
    if rng.random() > 1 / 3 or not mark.any():
        return hidden.astype(bool)
    rows, columns = np.nonzero(mark)
    low, high = np.array((columns.min(), rows.min())), np.array((columns.max(), rows.max()))
    at = rng.uniform(low, high + 1)
    reach = float(np.linalg.norm(high - low)) + 1
    along = np.radians(rng.uniform(0, 180))
    way = np.array((np.cos(along), np.sin(along)))
    side = np.array((-way[1], way[0])) * float((high - low).min() + 1) * rng.uniform(0.1, 0.35)
    bar = np.array((at - way * reach - side, at + way * reach - side, at + way * reach + side, at - way * reach + side))
    cv2.fillPoly(hidden, [np.rint(bar).astype(np.int32)], 1)
    return hidden.astype(bool)


def _box(seen: NDArray[np.bool_], mark: NDArray[np.bool_]) -> Xyxy | None:
    """Round what is seen; None when that is too little to learn from."""
    if np.count_nonzero(seen) < max(1, _LEAST_SEEN_RATIO * np.count_nonzero(mark)):
        return None
    rows, columns = np.nonzero(seen)
    box = (int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1)
    return box if _is_large(box) else None


def _is_large(box: Xyxy) -> bool:
    return min(box[2] - box[0], box[3] - box[1]) >= _LEAST_SIDE_PX


def _over(frame: Frame, laid: Laid, hidden: NDArray[np.bool_]) -> Frame:
    """The plate on the frame; what hides it is the frame itself."""
    weight = (laid.opacity * ~hidden)[..., None]
    return np.asarray(np.rint(frame + (laid.colour - frame) * weight), np.uint8)
