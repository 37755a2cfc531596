"""Tiny clips whose every frame carries its number, in any container and codec, and files broken on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 96, 64
_COLUMNS, _ROWS = 4, 2
_DARK, _LIGHT = 40, 215

FAST = {
    "libx264": {"preset": "veryfast"},
    "libx265": {"preset": "ultrafast", "x265-params": "log-level=none:keyint=10:min-keyint=10:scenecut=0"},
    "libvpx": {"deadline": "realtime", "cpu-used": "8"},
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8"},
    "libsvtav1": {"preset": "12", "svtav1-params": "keyint=10"},
}


def numbered_picture(number: int, size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX)) -> NDArray[np.uint8]:
    """A grey picture `(h, w, 3) uint8` of eight blocks, light where the number's bit is set."""
    width_px, height_px = size_px
    bits = np.array([(number >> bit) & 1 for bit in range(_COLUMNS * _ROWS)]).reshape(_ROWS, _COLUMNS)
    blocks = np.where(bits, _LIGHT, _DARK).astype(np.uint8)
    grey = blocks.repeat(height_px // _ROWS, axis=0).repeat(width_px // _COLUMNS, axis=1)
    return np.repeat(grey[..., None], 3, axis=2)


def number_in(image: NDArray[np.uint8]) -> int:
    """The number painted by `numbered_picture`, read from a decoded `(h, w, 3)` picture of any size."""
    height_px, width_px = image.shape[0] // _ROWS, image.shape[1] // _COLUMNS
    number = 0
    for row in range(_ROWS):
        for column in range(_COLUMNS):
            block = image[row * height_px : (row + 1) * height_px, column * width_px : (column + 1) * width_px]
            inner = block[height_px // 4 : -(height_px // 4), width_px // 4 : -(width_px // 4)]
            number |= int(inner.mean() > (_DARK + _LIGHT) / 2) << (row * _COLUMNS + column)
    return number


def make_clip(
    path: Path,
    codec: str = "libx264",
    *,
    frames: int = 40,
    rate: Fraction = Fraction(25),
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    gop: int = 10,
    b_frames: int = 0,
    options: dict[str, str] | None = None,
    container: str | None = None,
    container_options: dict[str, str] | None = None,
    size_px: tuple[int, int] = (WIDTH_PX, HEIGHT_PX),
    pix_fmt: str = "yuv420p",
    rotation_deg: int = 0,
    mirrored: bool = False,
    pictures: Sequence[NDArray[np.uint8]] | None = None,
    colour: dict[str, int] | None = None,
    audio_codec: str | None = None,
    audio_start_s: float = 0.0,
) -> Path:
    """Write a clip; frame k shows number k unless `pictures` says otherwise.

    Args:
        pts: of each frame, in `time_base` (default 1 / rate).
        rotation_deg: clockwise turn a player has to apply.
        audio_codec: silence in this codec is added as stream 0, before the video.
    """
    with av.open(str(path), "w", format=container, container_options=container_options or {}) as output:
        sound = None
        if audio_codec is not None:
            sound = output.add_stream(audio_codec, rate=48000)
            sound.layout = "stereo"
        stream = output.add_stream(codec, rate=rate, options=FAST.get(codec, {}) | (options or {}))
        stream.width, stream.height = size_px
        stream.pix_fmt = pix_fmt
        stream.gop_size = gop
        stream.max_b_frames = b_frames
        stream.codec_context.time_base = time_base or 1 / rate
        for name, value in (colour or {}).items():
            setattr(stream.codec_context, name, value)
        if rotation_deg or mirrored:
            stream.set_display_rotation(-rotation_deg, mirrored)
        if sound is not None:
            _write_silence(output, sound, audio_start_s, frames / rate)
        for number in range(frames):
            picture = pictures[number] if pictures is not None else numbered_picture(number, size_px)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            if colour:
                frame = frame.reformat(
                    format=pix_fmt,
                    dst_colorspace="ITU709" if colour["colorspace"] == 1 else "ITU601",
                    dst_color_range=colour["color_range"],
                )
            frame.pts = pts[number] if pts is not None else number
            frame.time_base = time_base or 1 / rate
            output.mux(stream.encode(frame))
        output.mux(stream.encode())
    return path


def make_sound(path: Path, codec: str = "aac", seconds: float = 1.0) -> Path:
    """A file with silence and nothing else."""
    with av.open(str(path), "w") as output:
        sound = output.add_stream(codec, rate=48000)
        sound.layout = "stereo"
        _write_silence(output, sound, 0.0, Fraction(seconds))
    return path


def _write_silence(output: Any, sound: Any, start_s: float, seconds: Fraction) -> None:
    sound.codec_context.open()
    size = sound.codec_context.frame_size or 1024
    planar = "p" in sound.format.name
    shape = (2, size) if planar else (1, 2 * size)
    kind = np.float32 if "flt" in sound.format.name else np.int16
    for start in range(0, int(seconds * 48000), size):
        frame = av.AudioFrame.from_ndarray(np.zeros(shape, kind), sound.format.name, "stereo")
        frame.sample_rate = 48000
        frame.pts = start + int(start_s * 48000)
        frame.time_base = Fraction(1, 48000)
        output.mux(sound.encode(frame))
    output.mux(sound.encode())
