"""What is laid over the picture: score bug with clock and sponsor, channel watermark, replay tag, wipe band."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from mpr_core.synth.brands import SHOWN, TEAMS, Brand
from mpr_core.synth.camera import Floats
from mpr_core.synth.canvas import Canvas
from mpr_core.synth.textures import Image, Sheet, Texture

_BAND_RATIO = 0.42  # the wipe band's width in frame widths


class Graphics:
    """The film's own overlays: teams, sponsor and channel follow from the seed and stay the same throughout."""

    def __init__(self, size_px: tuple[int, int], seed: int) -> None:
        rng = np.random.default_rng([seed, 0x0E4A])
        self._size_px = size_px
        self._unit = size_px[1] / 720
        self.teams = tuple(TEAMS[i] for i in rng.permutation(len(TEAMS))[:2])
        self.channel, self.sponsor = (SHOWN[i] for i in rng.permutation(len(SHOWN))[:2])
        self._goals = int(rng.integers(0, 4)), int(rng.integers(0, 4))
        self._kick_off_s = int(rng.integers(60, 4000))
        self._mark = _watermark(self.channel, self._unit)
        self._tag = _replay_tag(self._unit)
        self._bug = lru_cache(maxsize=2)(self._score_bug)
        self._emblem = _emblem(size_px[1])

    def _score_bug(self, clock: str) -> Texture:
        u, line = self._unit, 34 * self._unit
        sheet = Sheet(round(300 * u), round(58 * u), (40, 34, 30))
        white = (240, 240, 240)
        for x, text in ((6, self.teams[0]), (144, self.teams[1])):
            sheet.write(text, (x * u, 0, (x + 62) * u, line), "sans_bold", white, letter_px=18 * u)
        sheet.box(70 * u, 0, 142 * u, line, (225, 225, 228))
        score = f"{self._goals[0]} - {self._goals[1]}"
        sheet.write(score, (72 * u, 0, 140 * u, line), "sans_bold", (30, 30, 30), letter_px=19 * u)
        sheet.box(212 * u, 0, 300 * u, line, (120, 40, 30))
        sheet.write(clock, (214 * u, 0, 298 * u, line), "mono_bold", white, letter_px=18 * u)
        sheet.box(0, line, 300 * u, 58 * u, self.sponsor.ground_bgr)
        box = (8 * u, line, 292 * u, 58 * u)
        sheet.write(
            self.sponsor.writings[0],
            box,
            self.sponsor.face,
            self.sponsor.ink_bgr,
            letter_px=12 * u,
            brand=self.sponsor,
            surface="score_bug",
        )
        return sheet.finish()

    def draw(self, canvas: Canvas, film_s: float, opacity: float, replay: bool) -> list[Floats]:
        """Draws bug (or replay tag) and watermark; returns the shapes that now hide what lies below."""
        u, width = self._unit, self._size_px[0]
        if replay:
            shapes = [canvas.sprite(self._tag, 46 * u, 38 * u, opacity)]
        else:
            shown = int(film_s) + self._kick_off_s
            shapes = [canvas.sprite(self._bug(f"{shown // 60:02d}:{shown % 60:02d}"), 46 * u, 38 * u, opacity)]
        canvas.sprite(self._mark, width - 44 * u - self._mark.size_px[0], 40 * u, 0.82 * opacity)
        return shapes

    def wipe(self, image: Image, before: Image, after: Image, progress: float) -> tuple[Floats, Floats]:
        """Composes a wipe into `image`: a slanted band with an emblem runs from left to right.

        Args:
            progress: 0 as the band enters, 1 as it has left.
        Returns:
            The part of the frame where the scene before is hidden, and the one where the scene after is.
        """
        width, height = self._size_px
        slant = 0.35 * height
        lead = -slant + progress * (width * (1 + _BAND_RATIO) + 2 * slant)
        trail = lead - width * _BAND_RATIO
        image[:] = before
        gone = _left_of(trail, width, height, slant)
        mask = np.zeros((height, width), np.uint8)
        cv2.fillPoly(mask, [np.rint(gone).astype(np.int32)], 255)
        cv2.copyTo(after, mask, image)
        hidden_before = _left_of(lead, width, height, slant)
        hidden_after = np.array(
            ((trail + slant, 0), (1e4, 0), (1e4, height), (trail - slant, height)),
        )
        band = np.vstack((gone[1:3][::-1], hidden_before[1:3]))
        _fill(image, band, (110, 40, 24))
        _fill(
            image,
            np.vstack((band[:2] + np.array((8, 0)), band[:2][::-1] + np.array((0.07 * width, 0)))),
            (40, 190, 240),
        )
        emblem = self._emblem + np.array(((lead + trail) / 2, height / 2))
        _fill(image, emblem, (235, 235, 235))
        return hidden_before, hidden_after


def _left_of(x: float, width: int, height: int, slant: float) -> Floats:
    return np.array(((-1e4, 0), (x + slant, 0), (x - slant, height), (-1e4, height)), float)


def _fill(image: Image, shape: Floats, colour: tuple[int, int, int]) -> None:
    cv2.fillPoly(image, [np.rint(shape * 16).astype(np.int32)], colour, cv2.LINE_AA, 4)


def _emblem(height_px: int) -> Floats:
    """A star, as big as a quarter of the frame."""
    angles = np.linspace(-np.pi / 2, 1.5 * np.pi, 11)[:-1]
    radius = np.where(np.arange(10) % 2 == 0, 0.24, 0.11) * height_px
    return np.asarray(np.column_stack((np.cos(angles), np.sin(angles))) * radius[:, None])


def _plain(width: float, height: float, write: Callable[[Sheet], object], ground: tuple[int, int, int]) -> Texture:
    sheet = Sheet(round(width), round(height), ground, seen_through=True)
    write(sheet)
    return sheet.finish()


def _watermark(brand: Brand, unit: float) -> Texture:
    """The channel's name, white with a dark rim, see-through around."""
    wide, high = 170 * unit, 40 * unit
    return _plain(
        wide,
        high,
        lambda sheet: sheet.write(
            brand.writings[0],
            (4, 2, wide - 4, high - 2),
            brand.face,
            (245, 245, 245),
            letter_px=17 * unit,
            align=1.0,
            brand=brand,
            surface="watermark",
            outline=(35, 35, 35),
        ),
        (35, 35, 35),
    )


def _replay_tag(unit: float) -> Texture:
    sheet = Sheet(round(120 * unit), round(34 * unit), (30, 30, 160))
    sheet.write(
        "REPLAY", (6 * unit, 0, 114 * unit, 34 * unit), "sans_bold_oblique", (245, 245, 245), letter_px=18 * unit
    )
    return sheet.finish()
