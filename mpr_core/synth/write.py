"""Draws a film and writes it as H.264 and AAC in an mp4, with the truth of what it shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from mpr_core.synth.audio import RATE_HZ, Murmur
from mpr_core.synth.brands import ALL, NAMES
from mpr_core.synth.canvas import Instance
from mpr_core.synth.render import Film, RenderedFrame
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.textures import SURFACES
from mpr_core.synth.truth import SynthTruth, TruthBrand, TruthRows, TruthScene

_AAC_SAMPLES = 1024
_X264 = {"preset": "veryfast", "crf": "23"}


def synthesize(spec: SynthSpec, out: Path, *, progress: Callable[[int, int], None] | None = None) -> SynthTruth:
    """Draws the film of `spec` into `out` (mp4, replaced only when complete) and returns its truth.

    Args:
        progress: called with (frames done, frames in all) about once a second of film.
    """
    film = Film(spec)
    total = len(film.pts_ticks) - 1
    gathered = _Gathered()
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with av.open(str(temporary), "w", format="mp4", options={"movflags": "+faststart"}) as container:
            encoder = _Encoder(container, film)
            for frame in film.frames():
                encoder.video(frame)
                gathered.add(frame.index, frame.instances)
                if progress is not None and (frame.index + 1 == total or frame.index % int(spec.fps + 1) == 0):
                    progress(frame.index + 1, total)
            encoder.finish()
        temporary.replace(out)
    finally:
        temporary.unlink(missing_ok=True)
    return gathered.truth(film)


class _Encoder:
    """The container's two streams; sound is written up to each picture's time, so that both lie interleaved."""

    def __init__(self, container: Any, film: Film) -> None:
        spec = film.spec
        self._container, self._film = container, film
        self._picture = container.add_stream("libx264", rate=spec.fps, options=_X264)
        self._picture.width, self._picture.height, self._picture.pix_fmt = spec.width, spec.height, "yuv420p"
        self._picture.time_base = self._picture.codec_context.time_base = film.tick_s
        self._picture.codec_context.gop_size = max(1, round(2 * spec.fps))
        # OpenCV converts with the BT.601 matrix into limited range: say so, or players guess by the frame's size.
        self._picture.codec_context.colorspace = av.video.reformatter.Colorspace.SMPTE170M
        self._picture.codec_context.color_range = av.video.reformatter.ColorRange.MPEG
        self._sound = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        self._sound.bit_rate = 64_000
        self._murmur, self._samples = Murmur(spec.seed), 0

    def video(self, frame: RenderedFrame) -> None:
        """Encodes one picture and the sound up to its end."""
        picture = av.VideoFrame.from_ndarray(cv2.cvtColor(frame.image, cv2.COLOR_BGR2YUV_I420), format="yuv420p")
        end = int(self._film.pts_ticks[frame.index + 1])
        picture.pts, picture.time_base, picture.duration = frame.pts_ticks, self._film.tick_s, end - frame.pts_ticks
        self._container.mux(self._picture.encode(picture))
        self._audio_until(end * self._film.tick_s, whole=True)

    def _audio_until(self, end_s: Fraction, *, whole: bool) -> None:
        wanted = int(end_s * RATE_HZ)
        while self._samples < wanted:
            count = min(_AAC_SAMPLES, wanted - self._samples)
            if whole and count < _AAC_SAMPLES:
                return
            samples = self._murmur.next(count).reshape(1, -1)
            sound = av.AudioFrame.from_ndarray(samples, format="fltp", layout="mono")
            sound.sample_rate, sound.pts, sound.time_base = RATE_HZ, self._samples, Fraction(1, RATE_HZ)
            self._samples += count
            self._container.mux(self._sound.encode(sound))

    def finish(self) -> None:
        """Flushes both streams."""
        self._audio_until(int(self._film.pts_ticks[-1]) * self._film.tick_s, whole=False)
        self._container.mux(self._picture.encode(None))
        self._container.mux(self._sound.encode(None))


class _Gathered:
    """The truth's rows as they come, packed: a 20-minute film has most of a million."""

    def __init__(self) -> None:
        self._whole: list[np.ndarray[Any, np.dtype[np.int32]]] = []
        self._real: list[np.ndarray[Any, np.dtype[np.float32]]] = []

    def add(self, frame: int, instances: list[Instance]) -> None:
        if not instances:
            return
        self._whole.append(
            np.array([(frame, NAMES.index(one.brand), SURFACES.index(one.surface)) for one in instances], np.int32)
        )
        pixels = np.array([(*one.quad_px.ravel(), one.letter_height_px, one.blur_px) for one in instances]).round(2)
        ratios = np.array([(one.squeeze_ratio, one.visible_ratio, one.opacity_ratio) for one in instances]).round(3)
        self._real.append(np.hstack((pixels, ratios)).astype(np.float32))

    def truth(self, film: Film) -> SynthTruth:
        whole = np.concatenate(self._whole) if self._whole else np.zeros((0, 3), np.int32)
        real = np.concatenate(self._real) if self._real else np.zeros((0, 13), np.float32)
        rows = TruthRows(
            frame=whole[:, 0],
            brand=whole[:, 1],
            surface=whole[:, 2],
            quad=real[:, :8],
            letter_height_px=real[:, 8],
            blur_px=real[:, 9],
            squeeze_ratio=real[:, 10],
            visible_ratio=real[:, 11],
            opacity_ratio=real[:, 12],
        )
        scenes = tuple(
            TruthScene(
                start_s=shot.start_s,
                end_s=shot.end_s,
                transition=shot.transition,
                transition_s=shot.transition_s,
                kind=shot.kind,
                view=shot.view,
            )
            for shot in film.shots
        )
        brands = tuple(TruthBrand.model_validate(brand.entry()) for brand in ALL)
        return SynthTruth(
            spec=film.spec,
            brands=brands,
            scenes=scenes,
            tick_numerator=film.tick_s.numerator,
            tick_denominator=film.tick_s.denominator,
            pts_ticks=film.pts_ticks,
            rows=rows,
        )
