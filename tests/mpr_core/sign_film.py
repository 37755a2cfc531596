"""Short films of signs in front of a drawn street, with exactly known times: what the tests of stages and runner look at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from mpr_core.brands.brand_list import Brand
from mpr_core.synth.fonts import FaceName, letter
from tests.mpr_core.vision.conftest import draw_panorama

Picture = NDArray[np.uint8]
SIZE_PX = (640, 360)


@dataclass(frozen=True)
class Sign:
    """A name on a panel; `at_px` is the panel's top-left corner in the shot's first frame."""

    text: str
    at_px: tuple[int, int]
    letter_px: int = 26
    face: FaceName = "sans_bold"


@dataclass(frozen=True)
class Shot:
    """One take: the same place, the camera moving sideways by `pan_px` per second, with `grain` levels of sensor noise."""

    seconds: Fraction
    signs: tuple[Sign, ...]
    place: int
    pan_px: float = 0.0
    grain: float = 2.0


BRANDS = tuple(
    Brand(canonical_name=name) for name in ("Vantelo", "Brixomar", "Tavikko", "Oltessa", "Fjellqua", "Trebix")
)
SHOTS = (
    Shot(Fraction(3), (Sign("VANTELO", (40, 60)), Sign("Brixomar", (330, 210))), place=1, pan_px=30),
    Shot(Fraction(13, 5), (Sign("TAVIKKO", (180, 130), 40),), place=2, grain=0.0),
    Shot(Fraction(12, 5), (Sign("Oltessa", (60, 70), 30), Sign("VANTELO", (300, 220), 34)), place=3, pan_px=-24),
)
SHOWN = {
    "Vantelo": [(0.0, 3.0), (5.6, 8.0)],
    "Brixomar": [(0.0, 3.0)],
    "Tavikko": [(3.0, 5.6)],
    "Oltessa": [(5.6, 8.0)],
}
"""Brand -> spans in seconds of the film made of `SHOTS`."""


def stage_set(shot: Shot, size_px: tuple[int, int] = SIZE_PX) -> Picture:
    """A shot's place, wider than the view, with its signs."""
    width, height = size_px
    picture = cv2.resize(draw_panorama(shot.place, 360, 1400), (width * 2, height), interpolation=cv2.INTER_AREA)
    for sign in shot.signs:
        paint(picture, sign, offset_px=width // 2)
    return np.asarray(picture, np.uint8)


def paint(picture: Picture, sign: Sign, offset_px: int = 0) -> None:
    """Draw one sign: white letters on a dark panel with a margin of half a letter."""
    mask = letter(sign.text, sign.face, float(sign.letter_px)).mask
    margin = sign.letter_px // 2
    x, y = sign.at_px[0] + offset_px, sign.at_px[1]
    height, width = mask.shape
    picture[y : y + height + 2 * margin, x : x + width + 2 * margin] = (70, 30, 20)
    inner = picture[y + margin : y + margin + height, x + margin : x + margin + width]
    weight = mask[..., None].astype(np.float32) / 255
    inner[:] = (inner * (1 - weight) + 245 * weight).astype(np.uint8)


def pictures(
    shots: Sequence[Shot], times_s: Iterable[Fraction], size_px: tuple[int, int] = SIZE_PX
) -> Iterator[Picture]:
    """`(h, w, 3) uint8 BGR` of the film at each of the seconds."""
    random = np.random.default_rng(5)
    current, began, scene = -1, Fraction(0), np.zeros((0, 0, 3), np.uint8)
    width, height = size_px
    for time_s in times_s:
        while current < 0 or (current + 1 < len(shots) and time_s >= began + shots[current].seconds):
            began += shots[current].seconds if current >= 0 else 0
            current += 1
            scene = stage_set(shots[current], size_px)
        shot = shots[current]
        centre = (width + shot.pan_px * float(time_s - began) - 0.5, height / 2 - 0.5)
        view = cv2.GaussianBlur(cv2.getRectSubPix(scene, size_px, centre), (3, 3), 0)
        if shot.grain:
            view = np.clip(view + random.normal(0, shot.grain, view.shape), 0, 255)
        yield np.asarray(view, np.uint8)


def draw_film(
    path: Path,
    shots: Sequence[Shot] = SHOTS,
    *,
    rate: Fraction = Fraction(25),
    times_s: Sequence[Fraction] | None = None,
    size_px: tuple[int, int] = SIZE_PX,
    gop: int = 25,
    b_frames: int = 2,
) -> Path:
    """Encode the film as H.264, by default at a constant rate; `times_s` gives each frame's own second instead."""
    if times_s is None:
        times_s = [k / rate for k in range(int(sum(shot.seconds for shot in shots) * rate))]
    base = Fraction(1, 1000) if any((time * rate).denominator != 1 for time in times_s) else 1 / rate
    with av.open(str(path), "w") as output:
        options = {
            "preset": "veryfast",
            "crf": "20",
            "x264-params": f"scenecut=0:open-gop=0:keyint={gop}:min-keyint={gop}",
        }
        stream = output.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = *size_px, "yuv420p"
        stream.max_b_frames = b_frames
        stream.codec_context.time_base = base
        for time_s, picture in zip(times_s, pictures(shots, times_s, size_px), strict=True):
            frame = av.VideoFrame.from_ndarray(picture, "bgr24")
            frame.pts, frame.time_base = int(time_s / base), base
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path


def stream_copy(source: Path, target: Path, from_s: Fraction, until_s: Fraction | None) -> Path:
    """The packets of `[from_s, until_s)` in a file of their own, not decoded; `from_s` is a keyframe's second."""
    with av.open(str(source)) as reading, av.open(str(target), "w") as writing:
        stream = reading.streams.video[0]
        copy = writing.add_stream_from_template(stream)
        first = int(from_s / stream.time_base)
        last = None if until_s is None else int(until_s / stream.time_base)
        for packet in reading.demux(stream):
            if packet.size == 0 or packet.pts < first or (last is not None and packet.pts >= last):
                continue
            packet.pts -= first
            packet.dts -= first
            packet.stream = copy
            writing.mux(packet)
    return target


def keyframes_s(path: Path) -> list[Fraction]:
    """The seconds of all keyframes."""
    with av.open(str(path)) as reading:
        stream = reading.streams.video[0]
        return [packet.pts * stream.time_base for packet in reading.demux(stream) if packet.size and packet.is_keyframe]
