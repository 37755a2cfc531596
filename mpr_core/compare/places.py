"""Which things of two sides stand at one place: overlap of quads in a frame, and pairing by how much two things have in common.

Everything here is symmetric: with the sides swapped, the same pairs come out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

XyXy = tuple[float, float, float, float]
Frame = Hashable
Key = TypeVar("Key", bound=Hashable)
Other = TypeVar("Other", bound=Hashable)

SAME_PLACE_IOU = 0.5
"""From here on two boxes of a frame are one thing: what boxes of the next board reach is far less."""


def bounds(quad_px: Sequence[float]) -> XyXy:
    """The upright box around a quad's four corners."""
    return min(quad_px[0::2]), min(quad_px[1::2]), max(quad_px[0::2]), max(quad_px[1::2])


def iou(a: XyXy, b: XyXy) -> float:
    """Intersection over union; 0 for boxes without area."""
    inside = intersection(a, b)
    whole = _area(a) + _area(b) - inside
    return inside / whole if whole > 0 else 0.0


def cover(a: XyXy, b: XyXy) -> float:
    """Intersection over the smaller box: 1 when one lies in the other."""
    smaller = min(_area(a), _area(b))
    return intersection(a, b) / smaller if smaller > 0 else 0.0


def intersection(a: XyXy, b: XyXy) -> float:
    """Common area."""
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    return width * height if width > 0 and height > 0 else 0.0


def pair_off(scores: Mapping[tuple[Key, Other], float], tie: Callable[[Key, Other], Any]) -> dict[Key, Other]:
    """One-to-one pairs, the highest score first.

    Args:
        scores: (of A, of B) -> how much they have in common; pairs that are not in it are never made.
        tie: what orders pairs of one score; must not depend on which side a thing is of.
    """
    found: dict[Key, Other] = {}
    taken: set[Other] = set()
    for a, b in sorted(scores, key=lambda pair: (-scores[pair], tie(*pair))):
        if a not in found and b not in taken:
            found[a] = b
            taken.add(b)
    return found


def shared_frames(
    a: Iterable[tuple[Key, Frame, XyXy]], b: Iterable[tuple[Other, Frame, XyXy]], min_iou: float = SAME_PLACE_IOU
) -> dict[tuple[Key, Other], float]:
    """In how many frames a thing of A and one of B stand at the same place, weighted by how well they overlap.

    Args:
        a, b: (thing, frame, box) for every frame it is seen in.
    """
    by_frame: dict[Frame, list[tuple[Other, XyXy]]] = defaultdict(list)
    for other, frame, box in b:
        by_frame[frame].append((other, box))
    found: dict[tuple[Key, Other], float] = defaultdict(float)
    for thing, frame, box in a:
        for other, place in by_frame.get(frame, ()):
            overlap = iou(box, place)
            if overlap >= min_iou:
                found[thing, other] += overlap
    return found


def _area(box: XyXy) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])
