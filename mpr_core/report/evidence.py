"""Which airings a page shows with a picture: pictures make a page heavy, so they get a budget."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mpr_core.report.model import Airing, Report, Scene
from mpr_core.report.thumbnails import thumbnail_uri


@dataclass(frozen=True, slots=True)
class Budget:
    """How much a page may show."""

    crops_per_brand: int = 8
    crops_bytes: int = 2_800_000
    scenes: int = 24
    texts: int = 24


@dataclass(slots=True)
class Evidence:
    """The pictures of a page as `data:` URIs."""

    crops: dict[str, str] = field(default_factory=dict)
    """Airing id to picture."""
    scenes: dict[int, str] = field(default_factory=dict)
    """Scene index to picture."""
    texts: dict[int, str] = field(default_factory=dict)
    """Index in `unlisted_texts` to picture."""
    names: dict[int, str] = field(default_factory=dict)
    """Index in `proposed_names` to picture."""


def choose_evidence(report: Report, images: Mapping[str, bytes], budget: Budget) -> Evidence:
    """Pictures for a page: every brand's longest airing first, then its second longest, until the budget is spent.

    Args:
        images: store key to encoded picture; a key that is absent, or bytes that are no picture, mean no picture.
    """
    chosen, spent = Evidence(), 0
    for airing in _by_rank(report, images, budget.crops_per_brand):
        uri = thumbnail_uri(images[airing.crop_key or ""], width_px=360, height_px=200)
        if uri is None:
            continue
        if (spent := spent + len(uri)) > budget.crops_bytes:
            break
        chosen.crops[airing.id] = uri
    chosen.scenes = _scene_pictures(report.scenes, images, budget.scenes)
    chosen.texts = _text_pictures([text.crop_key for text in report.unlisted_texts[: budget.texts]], images)
    chosen.names = _text_pictures([name.crop_key for name in report.proposed_names[: budget.texts]], images)
    return chosen


def _by_rank(report: Report, images: Mapping[str, bytes], per_brand: int) -> Iterator[Airing]:
    own: dict[str, list[Airing]] = {brand.brand: [] for brand in report.brands}
    for airing in report.airings:
        if airing.crop_key in images:
            own[airing.brand].append(airing)
    for airings in own.values():
        airings.sort(key=lambda a: (-a.seconds, -a.crop_quality, a.start_s))
    for rank in range(per_brand):
        yield from (airings[rank] for airings in own.values() if rank < len(airings))


def _scene_pictures(scenes: tuple[Scene, ...], images: Mapping[str, bytes], most: int) -> dict[int, str]:
    """Pictures of scenes spread evenly over the timeline."""
    with_picture = [index for index, scene in enumerate(scenes) if scene.frame_key in images]
    step = max(1, -(-len(with_picture) // most)) if most > 0 else len(with_picture) + 1
    pictures = {}
    for index in with_picture[::step] if most > 0 else ():
        if uri := thumbnail_uri(images[scenes[index].frame_key or ""], width_px=192, height_px=120, quality=68):
            pictures[index] = uri
    return pictures


def _text_pictures(crop_keys: Sequence[str | None], images: Mapping[str, bytes]) -> dict[int, str]:
    pictures = {}
    for index, key in enumerate(crop_keys):
        if key in images and (uri := thumbnail_uri(images[key or ""], width_px=320, height_px=120, quality=72)):
            pictures[index] = uri
    return pictures
