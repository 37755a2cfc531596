"""Logo pictures as users have them, and what is said of those that cannot be used."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_logos import RING, WEDGE, draw_logos
from gpu_service.train.__main__ import main
from gpu_service.train.logos import read_logos

from mpr_core.errors import InputError


def test_a_folder_has_a_brand_in_each_sub_folder(tmp_path: Path) -> None:
    brands = read_logos(draw_logos(tmp_path))
    assert [brand.name for brand in brands] == [WEDGE, RING]
    assert [picture.shape for brand in brands for picture in brand.pictures] == [(120, 360, 4), (251, 251, 4)]


def test_transparent_margins_are_cut_off(tmp_path: Path) -> None:
    (ring,) = read_logos(draw_logos(tmp_path))[1].pictures
    solid = ring[:, :, 3] > 0
    assert solid.any(axis=0)[[0, -1]].all()
    assert solid.any(axis=1)[[0, -1]].all()
    assert not solid[0, 0]


def test_a_yaml_file_names_pictures_beside_it(tmp_path: Path) -> None:
    draw_logos(tmp_path / "logos")
    file = tmp_path / "brands.yaml"
    file.write_text(f'"{WEDGE}": "logos/{WEDGE}/wedge.jpg"\nOther: [logos/{RING}/ring.png]\n', encoding="utf-8")
    assert [brand.name for brand in read_logos(file)] == [WEDGE, "Other"]


@pytest.mark.parametrize(
    "picture",
    [np.full((40, 50), 90, np.uint8), np.full((40, 50, 3), 23_130, np.uint16), np.full((40, 50, 4), 65_535, np.uint16)],
    ids=["grey", "16 bits", "16 bits with transparency"],
)
def test_pictures_of_any_depth_become_eight_bits_with_four_channels(tmp_path: Path, picture: np.ndarray) -> None:
    (tmp_path / "One").mkdir()
    cv2.imwrite(str(tmp_path / "One" / "logo.png"), picture)
    (logo,) = read_logos(tmp_path)[0].pictures
    assert (logo.shape, logo.dtype, int(logo[0, 0, 3])) == ((40, 50, 4), np.uint8, 255)
    assert int(logo[0, 0, 0]) in (90, 255)


def transparent(size_px: int) -> bytes:
    return cv2.imencode(".png", np.zeros((size_px, size_px, 4), np.uint8))[1].tobytes()


@pytest.mark.parametrize(
    ("file", "data", "said"),
    [
        ("", b"", "no such brands"),
        ("logos/", b"", "no brands to train"),
        ("logos/One/", b"", "One has none"),
        ("logos/One/logo.png", b"", "no picture"),
        ("logos/One/logo.png", b"GIF89a, or not", "no picture"),
        ("logos/One/logo.png", transparent(100), "too small"),
        ("logos", b"- One\n", "no mapping"),
        ("logos", b"One: {a: b}\n", "neither a file nor a list"),
        ("logos", b"24: a.png\n", "in quotes"),
        ("logos", b"One: [\n", "cannot be read"),
        ("logos", b"\xff\xfe\x00", "cannot be read"),
        ("logos", b"One: gone.png\n", "gone.png"),
    ],
)
def test_what_cannot_be_used_is_said_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], file: str, data: bytes, said: str
) -> None:
    if file.endswith("/"):
        (tmp_path / file).mkdir(parents=True)
    elif file:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_bytes(data)
    with pytest.raises(InputError, match=said):
        read_logos(tmp_path / "logos")
    assert main(["--brands", str(tmp_path / "logos"), "--out", str(tmp_path / "model.onnx")]) == 2
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert "do: " in told
    assert not list(tmp_path.glob("*model*"))
