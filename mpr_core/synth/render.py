"""Composes the film frame by frame: shots, transitions, overlays, sensor noise; and each frame's truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol, cast

import cv2
import numpy as np

from mpr_core.synth.canvas import Canvas, Instance
from mpr_core.synth.closeups import EndCardSection, ProductSection, ShelfSection
from mpr_core.synth.match import MatchSection, MatchView
from mpr_core.synth.overlays import Graphics
from mpr_core.synth.script import Shot, plan
from mpr_core.synth.spec import SynthSpec
from mpr_core.synth.street import StreetSection, StreetView
from mpr_core.synth.textures import Image
from mpr_core.synth.timing import frame_ticks

_NOISE_SIGMA = 2.2
_NOISE_OFFSET = 16
_SHUTTER = 0.4  # share of the frame's time during which light falls in


class Section(Protocol):
    """A shot that can draw itself at any time, seconds from its start."""

    def draw(self, canvas: Canvas, t_s: float, exposure_s: float) -> None: ...


@dataclass(frozen=True)
class RenderedFrame:
    """One frame: `image` is `(height, width, 3) uint8 BGR`, valid until the next frame is asked for."""

    index: int
    pts_ticks: int
    image: Image
    instances: list[Instance]


def build(shot: Shot, size_px: tuple[int, int], seed: int) -> Section:
    """The section that draws a shot."""
    seconds, key = shot.end_s - shot.start_s, (seed, shot.index)
    if shot.kind == "match":
        return MatchSection(cast(MatchView, shot.view), shot.brands, seconds, size_px, key)
    if shot.view == "product":
        return ProductSection(shot.brands[0], seconds, size_px, key)
    if shot.view == "shelf":
        return ShelfSection(shot.brands, seconds, size_px, key)
    if shot.view == "end_card":
        return EndCardSection(shot.brands[0], seconds, size_px, key)
    return StreetSection(cast(StreetView, shot.view), shot.brands, seconds, size_px, key)


class Film:
    """A whole film. Only the shots on screen are held in memory."""

    def __init__(self, spec: SynthSpec) -> None:
        self.spec = spec
        self.pts_ticks, self.tick_s = frame_ticks(spec)
        self.shots = plan(spec, float(int(self.pts_ticks[-1]) * self.tick_s))
        self._size_px = (spec.width, spec.height)
        self._graphics = Graphics(self._size_px, spec.seed)
        self._canvases = [Canvas(*self._size_px) for _ in range(3)]
        self._sections: dict[int, Section] = {}
        self._noise = _noise(spec)
        self._exposure_s = _SHUTTER / float(spec.fps)

    def frames(self, every: int = 1) -> Iterator[RenderedFrame]:
        """The frames in order; of `every` that many only the first, the others are not drawn."""
        jitter = np.random.default_rng([self.spec.seed, 0x4015])
        first = 0
        for index, tick in enumerate(self.pts_ticks[:-1].tolist()):
            t_s = float(tick * self.tick_s)
            while self.shots[first].end_s + self._tail(first) <= t_s and first + 1 < len(self.shots):
                self._sections.pop(first, None)
                first += 1
            dx, dy = (int(v) for v in jitter.integers(0, 64, 2))
            if index % every:
                continue
            image, instances = self._compose(first, t_s)
            height, width = image.shape[:2]
            noise = self._noise[dy : dy + height, dx : dx + width]
            yield RenderedFrame(index, tick, cv2.addWeighted(image, 1.0, noise, 1.0, -_NOISE_OFFSET), instances)

    def _tail(self, index: int) -> float:
        """How long a shot outlasts its end in the transition to the next, seconds."""
        return self.shots[index + 1].transition_s / 2 if index + 1 < len(self.shots) else 0.0

    def _draw(self, index: int, t_s: float, canvas: Canvas) -> None:
        if index not in self._sections:
            self._sections[index] = build(self.shots[index], self._size_px, self.spec.seed)
        canvas.clear()
        self._sections[index].draw(canvas, t_s - self.shots[index].start_s, self._exposure_s)

    def _compose(self, index: int, t_s: float) -> tuple[Image, list[Instance]]:
        """The frame at a time at which shot `index` is still seen, and the next may already be."""
        shot = self.shots[index]
        old, new, out = self._canvases
        self._draw(index, t_s, old)
        coming = self.shots[index + 1] if index + 1 < len(self.shots) else None
        if coming is None or coming.transition_s == 0 or t_s < coming.start_s - coming.transition_s / 2:
            if shot.kind == "match":
                self._graphics.draw(old, t_s, 1.0, shot.replay)
            return old.image, old.instances()
        progress = float(np.clip((t_s - coming.start_s) / coming.transition_s + 0.5, 0.0, 1.0))
        self._draw(index + 1, t_s, new)
        out.clear()
        if coming.transition == "wipe":
            hidden_old, hidden_new = self._graphics.wipe(out.image, old.image, new.image, progress)
            old.cover(hidden_old)
            new.cover(hidden_new)
            weights = (1.0, 1.0)
        else:
            cv2.addWeighted(old.image, 1 - progress, new.image, progress, 0.0, dst=out.image)
            weights = (1 - progress, progress)
        overlay = (1 - progress if shot.kind == "match" else 0.0) + (progress if coming.kind == "match" else 0.0)
        if overlay > 0:
            replay = coming.replay if progress >= 0.5 else shot.replay
            for shape in self._graphics.draw(out, t_s, overlay, replay):
                if overlay > 0.5:
                    old.cover(shape)
                    new.cover(shape)
        return out.image, old.instances(weights[0]) + new.instances(weights[1]) + out.instances(min(1.0, overlay))


def _noise(spec: SynthSpec) -> Image:
    """Sensor noise around `_NOISE_OFFSET`, somewhat larger than the frame: each frame takes another cut-out."""
    rng = np.random.default_rng([spec.seed, 0x2015E])
    grain = rng.normal(_NOISE_OFFSET, _NOISE_SIGMA, (spec.height + 64, spec.width + 64, 1))
    colour = rng.normal(0, 0.8, (spec.height + 64, spec.width + 64, 3))
    return np.asarray(np.clip(np.rint(grain + colour), 0, 255), np.uint8)
