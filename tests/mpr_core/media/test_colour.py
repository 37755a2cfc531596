"""Pictures come out upright, in their true colours, and the signature agrees with them."""

from __future__ import annotations

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from mpr_core.media.frames import FrameReader
from mpr_core.media.probe import probe_media
from tests.mpr_core.media.media_factory import make_clip, number_in
from tests.mpr_core.media.reading_back import LIMITS

BT709, BT601 = 1, 6
LIMITED, FULL = 1, 2
# Corners clockwise from the top left, RGB.
CORNERS = np.array([(220, 30, 30), (30, 200, 30), (40, 40, 220), (200, 200, 40)], np.uint8)


def _cornered(width_px: int = 128, height_px: int = 64) -> np.ndarray:
    """Four coloured quarters, RGB."""
    picture = np.empty((height_px, width_px, 3), np.uint8)
    half_height, half_width = height_px // 2, width_px // 2
    picture[:half_height, :half_width], picture[:half_height, half_width:] = CORNERS[0], CORNERS[1]
    picture[half_height:, half_width:], picture[half_height:, :half_width] = CORNERS[2], CORNERS[3]
    return picture


def _quarters(bgr: np.ndarray) -> np.ndarray:
    """The mean RGB of the four quarters' middles, clockwise from the top left, `(4, 3)`."""
    height_px, width_px = bgr.shape[:2]
    rows = slice(height_px // 8, height_px * 3 // 8), slice(height_px * 5 // 8, height_px * 7 // 8)
    columns = slice(width_px // 8, width_px * 3 // 8), slice(width_px * 5 // 8, width_px * 7 // 8)
    order = ((0, 0), (0, 1), (1, 1), (1, 0))
    return np.array([bgr[rows[row], columns[column]].mean((0, 1))[::-1] for row, column in order])


def _first(path: Path) -> tuple[np.ndarray, np.ndarray]:
    probe = probe_media(path, LIMITS)
    with FrameReader(path, probe, LIMITS) as reader:
        frame = next(iter(reader.frames()))
        image = frame.bgr()
        assert image.shape == (probe.height_px, probe.width_px, 3)
        assert image.dtype == np.uint8
        assert image.flags["C_CONTIGUOUS"]
        return image, frame.signature()


@pytest.mark.parametrize(
    ("codec", "matrix", "levels"),
    [("libx264", matrix, levels) for matrix in (BT709, BT601) for levels in (LIMITED, FULL)]
    + [("mpeg4", BT601, LIMITED)],
)
def test_colours_are_true_for_either_matrix_and_range(codec: str, matrix: int, levels: int, tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "colour.mkv",
        codec,
        frames=2,
        size_px=(128, 64),
        pictures=[_cornered()] * 2,
        colour={"colorspace": matrix, "color_range": levels},
        options={"qp": "4"} if codec == "libx264" else {"qscale": "2"},
    )
    image, signature = _first(path)
    assert np.abs(_quarters(image) - CORNERS).max() <= 6
    assert np.abs(_quarters(signature) - CORNERS).max() <= 6


@pytest.mark.parametrize(
    ("codec", "pix_fmt"),
    [("libx264", "yuv420p10le"), ("libx264", "yuv444p"), ("libx264", "yuv422p"), ("libx265", "yuv420p10le")],
)
def test_other_pixel_formats_give_the_same_picture(codec: str, pix_fmt: str, tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / "depth.mkv", codec, frames=2, size_px=(128, 64), pictures=[_cornered()] * 2, pix_fmt=pix_fmt
    )
    assert probe_media(path, LIMITS).bit_depth == (10 if "10" in pix_fmt else 8)
    image, signature = _first(path)
    assert np.abs(_quarters(image) - CORNERS).max() <= 12
    assert np.abs(_quarters(signature) - CORNERS).max() <= 12


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("rotation_deg", [0, 90, 180, 270])
@pytest.mark.parametrize("suffix", ["mp4", "mov"])
def test_rotation_and_mirroring_are_honoured(suffix: str, rotation_deg: int, mirrored: bool, tmp_path: Path) -> None:
    path = make_clip(
        tmp_path / f"turned.{suffix}",
        frames=2,
        size_px=(128, 64),
        pictures=[_cornered()] * 2,
        rotation_deg=rotation_deg,
        mirrored=mirrored,
    )
    probe = probe_media(path, LIMITS)
    assert (probe.width_px, probe.height_px) == ((64, 128) if rotation_deg in (90, 270) else (128, 64))
    expected = np.roll(CORNERS, rotation_deg // 90, axis=0)
    if mirrored:
        expected = expected[[1, 0, 3, 2]]
    image, signature = _first(path)
    assert signature.shape == (18, 32, 3)
    assert np.abs(_quarters(image) - expected).max() <= 12
    assert np.abs(_quarters(signature) - expected).max() <= 12
    if not mirrored:
        assert probe.rotation_deg == rotation_deg


@pytest.mark.parametrize("size_px", [(96, 64), (854, 480), (1280, 720), (1920, 1080), (64, 854)])
def test_the_signature_is_the_picture_averaged_down(size_px: tuple[int, int], tmp_path: Path) -> None:
    small = np.random.default_rng(5).integers(40, 215, (6, 8, 3), np.uint8)
    picture = cv2.resize(small, size_px, interpolation=cv2.INTER_CUBIC)
    path = make_clip(tmp_path / "size.mp4", frames=1, size_px=size_px, pictures=[picture], options={"qp": "10"})
    image, signature = _first(path)
    averaged = cv2.resize(image, (32, 18), interpolation=cv2.INTER_AREA)
    assert np.abs(averaged.astype(int) - signature).mean() < 4


def test_pictures_that_change_size_midway_come_out_in_the_first_size(tmp_path: Path) -> None:
    path = tmp_path / "both.ts"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height = 96, 64
        for part, side_px in enumerate((96, 192)):
            with av.open(str(make_clip(tmp_path / f"{side_px}.ts", frames=10, size_px=(side_px, 64)))) as source:
                for packet in source.demux(video=0):
                    if packet.size:
                        copy = av.Packet(bytes(packet))
                        copy.pts, copy.dts = packet.pts + part * 36000, packet.dts + part * 36000
                        copy.time_base, copy.stream = packet.time_base, stream
                        output.mux(copy)
    probe = probe_media(path, LIMITS)
    assert (probe.frame_count, probe.damaged_from_s) == (20, None)
    with FrameReader(path, probe, LIMITS) as reader:
        images = [frame.bgr() for frame in reader.frames()]
    assert {image.shape for image in images} == {(64, 96, 3)}
    assert [number_in(image) for image in images] == [*range(10), *range(10)]
