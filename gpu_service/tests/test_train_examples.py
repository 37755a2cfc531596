"""Training pictures: where logos are said to be they are, chance is repeatable, and validation is of other films."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from drawn_logos import draw_logos
from gpu_service.train.dataset import Dataset, write_dataset
from gpu_service.train.example import NEGATIVE_EVERY, Example, compose
from gpu_service.train.footage import frames
from gpu_service.train.logos import BrandLogos, read_logos

from mpr_core.synth.render import RenderedFrame

SIZE_PX = (320, 180)
COUNT = 12


@pytest.fixture(scope="module")
def brands(tmp_path_factory: pytest.TempPathFactory) -> tuple[BrandLogos, ...]:
    return read_logos(draw_logos(tmp_path_factory.mktemp("logos")))


@pytest.fixture(scope="module")
def film() -> list[RenderedFrame]:
    return list(islice(frames((7,), SIZE_PX), COUNT))


def examples(film: list[RenderedFrame], brands: tuple[BrandLogos, ...]) -> list[Example]:
    return [compose(frame, brands, index, np.random.default_rng(index)) for index, frame in enumerate(film)]


def plain(brand: str, colour: int) -> BrandLogos:
    """One colour all over, of a kind that no film shows."""
    logo = np.full((60, 90, 4), 255, np.uint8)
    logo[:, :, :3] = (255, 0, 255) if colour == 0 else (255, 255, 0)
    return BrandLogos(brand, (logo,))


def test_a_box_ends_where_the_pixels_of_its_logo_end() -> None:
    ground = np.zeros((180, 320, 3), np.uint8)
    marked = (plain("magenta", 0), plain("cyan", 1))
    off_px = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        example = compose(RenderedFrame(0, 0, ground, []), marked, 0, rng)
        for box in example.boxes:
            x0, y0, x1, y1 = box.xyxy_px
            left, top = max(x0 - 8, 0), max(y0 - 8, 0)
            # Blue is full in both, in no board and not in the ground. Out of focus, an edge is where half of it is left.
            own = example.picture[top : y1 + 8, left : x1 + 8].astype(int)
            own = own[:, :, 0] - own[:, :, 1 if box.brand == 0 else 2]
            rows, columns = np.nonzero(own > 0.4 * own.max())
            seen = (left + columns.min(), top + rows.min(), left + columns.max() + 1, top + rows.max() + 1)
            off_px += [np.abs(np.subtract(seen, box.xyxy_px))]
    assert len(off_px) > 40
    assert np.mean(off_px) < 1
    assert np.max(off_px) < 6  # a blurred edge may show on the far side of what hides it


def test_boxes_lie_in_the_picture_and_never_on_one_another(
    film: list[RenderedFrame], brands: tuple[BrandLogos, ...]
) -> None:
    for example in examples(film, brands):
        covered = np.zeros(example.picture.shape[:2], int)
        for x0, y0, x1, y1 in (box.xyxy_px for box in example.boxes):
            assert 0 <= x0 < x1 <= SIZE_PX[0]
            assert 0 <= y0 < y1 <= SIZE_PX[1]
            covered[y0:y1, x0:x1] += 1
        shared = np.count_nonzero(covered > 1) / max(1, np.count_nonzero(covered))
        assert shared < 0.1  # corners of slanted logos


def test_one_picture_in_six_has_no_logo_and_every_brand_is_in_the_others(
    film: list[RenderedFrame], brands: tuple[BrandLogos, ...]
) -> None:
    made = examples(film, brands)
    assert [index for index, example in enumerate(made) if not example.boxes] == [NEGATIVE_EVERY - 1, COUNT - 1]
    assert {box.brand for example in made for box in example.boxes} == {0, 1}


def test_a_brand_that_the_film_itself_shows_is_labelled_there(film: list[RenderedFrame]) -> None:
    clear = [(one, frame) for frame in film for one in frame.instances if one.visible_ratio > 0.9]
    largest, shown = max(clear, key=lambda found: found[0].letter_height_px)
    name = largest.brand
    (box, *_) = compose(shown, (plain(name.upper(), 0),), NEGATIVE_EVERY - 1, np.random.default_rng(1)).boxes
    quads = [one.quad_px for one in shown.instances if one.brand == name]
    assert any(np.abs(quad.clip(0, None).min(axis=0) - box.xyxy_px[:2]).max() <= 1 for quad in quads)


def dataset(folder: Path, brands: tuple[BrandLogos, ...], seed: int) -> Dataset:
    counts = {"train": 4, "val": 3}
    return write_dataset(folder, brands, counts, 160, seed, kept=3, progress=lambda _done, _of: None)


def contents(made: Dataset) -> list[bytes]:
    pictures = [*made.pictures["train"], *made.pictures["val"]]
    labels = [Path(str(path).replace("images", "labels")).with_suffix(".txt") for path in pictures]
    return [path.read_bytes() for path in (*pictures, *labels)]


def test_the_same_seed_gives_the_same_pictures_and_another_one_others(
    tmp_path: Path, brands: tuple[BrandLogos, ...]
) -> None:
    once, again = (dataset(tmp_path / name, brands, 1) for name in ("once", "again"))
    assert contents(once) == contents(again)
    other = contents(dataset(tmp_path / "other", brands, 2))
    assert not set(contents(once)[:7]) & set(other[:7])
    assert len(set(other[:7])) == 7, "validation shows none of what was trained on"


def test_labels_say_the_brand_and_the_box_in_shares_of_the_picture(
    tmp_path: Path, brands: tuple[BrandLogos, ...]
) -> None:
    made = dataset(tmp_path, brands, 1)
    example = replace(made.examples["train"][0])
    lines = (tmp_path / "labels" / "train" / "000000.txt").read_text(encoding="utf-8").splitlines()
    for line, box in zip(lines, example.boxes, strict=True):
        brand, x, y, width, height = line.split()
        assert int(brand) == box.brand
        x0, y0, x1, y1 = box.xyxy_px
        found = [float(value) * side for value, side in ((x, 160), (y, 90), (width, 160), (height, 90))]
        assert found == pytest.approx([(x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0], abs=0.01)
