"""Football sections: one camera position at a ground with printed and LED boards, players and a ball."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from mpr_core.synth import venue
from mpr_core.synth.brands import Brand, Colour
from mpr_core.synth.camera import Camera, Floats, Path, Plane, aimed, drift_px, project
from mpr_core.synth.canvas import Canvas
from mpr_core.synth.figures import Walker, draw_people, walker
from mpr_core.synth.textures import Texture

MatchView = Literal["wide", "mid", "tight", "goal"]
MATCH_VIEWS: tuple[MatchView, ...] = get_args(MatchView)
Boards = Literal["printed", "led", "both"]

_SKY: Colour = (52, 44, 40)
_KITS: tuple[tuple[Colour, Colour], ...] = (
    ((50, 40, 200), (235, 235, 235)),
    ((230, 225, 220), (60, 40, 30)),
    ((190, 120, 40), (190, 120, 40)),
    ((40, 200, 235), (40, 40, 40)),
    ((90, 60, 120), (240, 240, 240)),
)
_LED_FROM_M, _LED_TO_M = 21.0, 87.0
_ON_PITCH_M = (1.0, 104.0)


@dataclass(frozen=True)
class _LedSpot:
    start_s: float
    texture: Texture
    tile_m: float
    scroll_m_s: float


class MatchSection:
    """One shot at the ground. Times are seconds from the shot's start; a little before and after also draws."""

    def __init__(
        self,
        view: MatchView,
        brands: tuple[Brand, ...],
        seconds: float,
        size_px: tuple[int, int],
        seed: tuple[int, ...],
    ) -> None:
        rng = np.random.default_rng(seed)
        self._view, self._size_px = view, size_px
        # The ground stays the same through a film: its seed is the film's, not the shot's.
        self._turf, self._stand = venue.turf(seed[0]), venue.stand(seed[0])
        self._camera_paths(rng, seconds)
        style: Boards = "printed" if view == "goal" else ("printed", "led", "both")[int(rng.integers(3))]
        self._boards = self._printed(rng, brands, style)
        self._leds = self._led(rng, brands, seconds) if style != "printed" else []
        self._people = self._players(rng)
        self._ball_phase = float(rng.uniform(0, 6))

    def _camera_paths(self, rng: np.random.Generator, seconds: float) -> None:
        low, high = {"wide": (30.0, 64.0), "mid": (16.0, 26.0), "tight": (7.5, 12.0), "goal": (15.0, 30.0)}[self._view]
        reach = {"wide": 16.0, "mid": 14.0, "tight": 7.0, "goal": 9.0}[self._view]
        start = float(rng.uniform(30, 76)) if self._view != "goal" else float(rng.uniform(26, 46))
        keys = [(-1.0, start)]
        while keys[-1][0] < seconds + 1:
            fast = rng.random() < 0.18
            step = float(rng.uniform(0.4, 0.7)) if fast else float(rng.uniform(1.6, 3.2))
            move = float(rng.uniform(0.8, 1.6) if fast else rng.uniform(0.15, 0.8)) * reach * float(rng.choice((-1, 1)))
            bounds = (20.0, 86.0) if self._view != "goal" else (16.0, 54.0)
            aim = float(np.clip(keys[-1][1] + move, *bounds))
            keys.append((keys[-1][0] + step, aim))
        self._aim = Path(keys, sway=0.004 * low, phase=float(rng.uniform(0, 6)))
        self._across = Path([(0.0, float(rng.uniform(low, high))), (seconds, float(rng.uniform(low, high)))])
        self._row = float(rng.uniform(0.2, 0.34)) if self._view in ("wide", "goal") else float(rng.uniform(0.3, 0.55))

    def _printed(
        self, rng: np.random.Generator, brands: tuple[Brand, ...], style: Boards
    ) -> list[tuple[Plane, Texture]]:
        """All printed boards with their planes; the LED part of the row stays free when there is one."""
        if style == "led":
            brands = brands[: len(brands) // 2] or brands
        cycle = [brands[i] for i in rng.permutation(len(brands))]
        boards = []
        for index in range(venue.ROW_COUNT):
            offset = venue.ROW_FROM_M + index * venue.BOARD_M
            if style == "printed" or not _LED_FROM_M <= offset < _LED_TO_M:
                boards.append((venue.row_plane(offset), self._board(rng, cycle[index % len(cycle)])))
        for index in range(venue.END_COUNT):
            plane = venue.end_plane(index * venue.BOARD_M)
            boards.append((plane, self._board(rng, cycle[(index + 2) % len(cycle)])))
        return boards

    @staticmethod
    def _board(rng: np.random.Generator, brand: Brand) -> Texture:
        text = brand.writings[int(rng.integers(len(brand.writings)))]
        return venue.board(brand, text, bool(rng.random() < 0.25))

    @staticmethod
    def _led(rng: np.random.Generator, brands: tuple[Brand, ...], seconds: float) -> list[_LedSpot]:
        spots: list[_LedSpot] = []
        at = -1.0
        order = [brands[i] for i in rng.permutation(len(brands))]
        while at < seconds + 1:
            brand = order[len(spots) % len(order)]
            text = brand.writings[int(rng.integers(len(brand.writings)))]
            tile = float(rng.choice((6.0, 8.25, 11.0)))
            scroll = float(rng.choice((0.0, 0.0, 1.2, -2.0)))
            spots.append(_LedSpot(at, venue.led_tile(brand, text, tile), tile, scroll))
            at += float(rng.uniform(2.2, 4.5))
        return spots

    def _players(self, rng: np.random.Generator) -> list[Walker]:
        first, second = rng.permutation(len(_KITS))[:2]
        middle = self._aim.at(1.0) if self._view != "goal" else 90.0
        people = []
        for index in range(16):
            kit = _KITS[int(first if index % 2 else second)]
            x = middle + float(rng.uniform(-22, 22)) if index < 12 else float(rng.uniform(5, 100))
            y = float(rng.uniform(10, 58)) if index % 5 else float(rng.uniform(58, 67))
            people.append(walker(rng, x, y, float(rng.uniform(-5.5, 5.5)), kit, _ON_PITCH_M))
        people.append(walker(rng, middle + 3, 36.0, 2.5, ((30, 30, 30), (30, 30, 30))))
        return people

    def camera(self, t_s: float) -> Camera:
        """The camera at a time."""
        aim, across = self._aim.at(t_s), max(5.0, self._across.at(t_s))
        if self._view == "goal":
            return aimed((64.0, -16.0, 11.0), (venue.END_X_M, aim, 0.5), across, self._row, self._size_px)
        position = (52.5, -4.0, 4.2) if self._view == "tight" else (52.5, -30.0, 14.5)
        return aimed(position, (aim, venue.ROW_Y_M, 0.5), across, self._row, self._size_px)

    def draw(self, canvas: Canvas, t_s: float, exposure_s: float) -> None:
        """Draws the frame at `t_s`, smeared by what the camera moves during the exposure."""
        camera = self.camera(t_s)
        projection = camera.matrix()
        canvas.wash(_SKY)
        canvas.paint(self._turf, venue.TURF.homography(projection))
        canvas.paint(self._stand, venue.FAR_STAND.homography(projection))
        canvas.paint(self._stand, venue.END_STAND.homography(projection))
        canvas.clear()
        for plane, texture in self._boards:
            canvas.paint(texture, plane.homography(projection))
        self._draw_led(canvas, projection, t_s)
        self._draw_goal(canvas, projection)
        draw_people(canvas, projection, camera.focal_px, self._people, t_s)
        self._draw_ball(canvas, projection, camera.focal_px, t_s)
        distance = 95.0 if self._view != "tight" else 75.0
        canvas.shake(*drift_px(camera, self.camera(t_s + exposure_s), distance))

    def _draw_led(self, canvas: Canvas, projection: Floats, t_s: float) -> None:
        if not self._leds:
            return
        spot = [s for s in self._leds if s.start_s <= t_s][-1:] or self._leds[:1]
        tile_m, per_m = spot[0].tile_m, spot[0].texture.size_px[0] / spot[0].tile_m
        offset = _LED_FROM_M - tile_m + (spot[0].scroll_m_s * (t_s - spot[0].start_s)) % tile_m
        while offset < _LED_TO_M:
            left, right = max(offset, _LED_FROM_M), min(offset + tile_m, _LED_TO_M)
            if right - left > 0.05:
                window = ((left - offset) * per_m, 0.0, (right - offset) * per_m, float(spot[0].texture.size_px[1]))
                canvas.paint(spot[0].texture, venue.row_plane(offset).homography(projection), window=window)
            offset += tile_m

    def _draw_goal(self, canvas: Canvas, projection: Floats) -> None:
        left, right, white = venue.PITCH_Y_M / 2 - 3.66, venue.PITCH_Y_M / 2 + 3.66, (238, 238, 238)
        line_m = venue.PITCH_X_M
        ends = ((line_m, left, 0.0), (line_m, left, 2.44), (line_m, right, 2.44), (line_m, right, 0.0))
        seen = project(projection, np.array(ends))
        if seen[:, 2].min() < 1:
            return
        bars = []
        for a, b in ((0, 1), (1, 2), (2, 3)):
            step = seen[b, :2] - seen[a, :2]
            wide = 0.06 * np.linalg.norm(seen[1, :2] - seen[0, :2]) / 2.44
            normal = np.array((-step[1], step[0])) / max(1e-6, float(np.linalg.norm(step))) * max(1.0, float(wide))
            corners = (seen[a, :2] + normal, seen[b, :2] + normal, seen[b, :2] - normal, seen[a, :2] - normal)
            bars.append((np.array(corners), white))
        canvas.fill(bars)

    def _draw_ball(self, canvas: Canvas, projection: Floats, focal_px: float, t_s: float) -> None:
        x, y = self._people[1].place(t_s)
        height = 0.11 + 0.25 * abs(np.sin(2.1 * t_s + self._ball_phase))
        px, py, depth = project(projection, np.array(((x + 1.1, y - 0.3, height),)))[0]
        radius = 0.11 * focal_px / depth if depth > 1 else 0.0
        if radius > 0.7:
            angles = np.linspace(0, 2 * np.pi, 13)[:-1]
            disc = np.column_stack((np.cos(angles), np.sin(angles))) * radius + (px, py)
            canvas.fill([(disc, (240, 240, 240))])
