"""Street sections: a row of shop fronts, straight or oblique, with fascia, hanging and door signs, people passing."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

from mpr_core.synth.brands import PRICES, SHOP_WORDS, SLOGANS, Brand, Colour
from mpr_core.synth.camera import Camera, Path, Plane, aimed, drift_px
from mpr_core.synth.canvas import Canvas
from mpr_core.synth.figures import draw_people, walker
from mpr_core.synth.textures import Image, Sheet, Texture, Turn, icon, name_plate

StreetView = Literal["front", "oblique_left", "oblique_right"]
STREET_VIEWS: tuple[StreetView, ...] = get_args(StreetView)

_PX_PER_M = 110
_WALL_Y_M, _FRONT_M, _HIGH_M = 10.0, 7.0, 7.5
_BLADE_PX_PER_M = 160
_WALLS: tuple[Colour, ...] = ((96, 120, 150), (150, 160, 165), (110, 105, 104), (140, 170, 190), (72, 84, 120))
_COATS: tuple[tuple[Colour, Colour], ...] = (
    ((60, 50, 45), (40, 38, 36)),
    ((130, 120, 60), (70, 50, 40)),
    ((60, 40, 120), (50, 45, 45)),
    ((120, 100, 60), (60, 60, 64)),
)


class StreetSection:
    """One shot along a street. Times are seconds from the shot's start; a little before and after also draws."""

    def __init__(
        self,
        view: StreetView,
        brands: tuple[Brand, ...],
        seconds: float,
        size_px: tuple[int, int],
        seed: tuple[int, ...],
    ) -> None:
        rng = np.random.default_rng(seed)
        self._size_px = size_px
        self._lean = {"front": 0.0, "oblique_left": -1.0, "oblique_right": 1.0}[view] * float(rng.uniform(5.0, 8.5))
        travel = float(rng.uniform(0.5, 1.3)) * float(rng.choice((-1, 1)))
        keys = [(0.0, 0.0), (seconds / 2, travel * seconds / 2), (seconds, travel * seconds)]
        self._along = Path(keys, sway=0.02, phase=float(rng.uniform(0, 6)))
        low = 6.5 if view == "front" else 8.0
        self._across = Path([(0.0, float(rng.uniform(low, 12.5))), (seconds, float(rng.uniform(low, 12.5)))])
        count = 6
        order = [brands[i] for i in rng.permutation(len(brands))]
        self._fronts = [_front(rng, order[i % len(order)], order[(i + 2) % len(order)], i == 2) for i in range(count)]
        self._first_m = -count * _FRONT_M / 2
        self._blades = [_blade(rng, order[(i + 1) % len(order)]) for i in range(count + 1)]
        self._faces_left = self._lean >= 0
        self._pavement = _pavement(rng)
        self._people = []
        for _ in range(int(rng.integers(3, 7))):
            x, y = float(rng.uniform(-14, 14)), float(rng.uniform(5.5, 9.2))
            speed = float(rng.uniform(0.7, 1.5)) * float(rng.choice((-1, 1)))
            self._people.append(walker(rng, x, y, speed, _COATS[int(rng.integers(len(_COATS)))]))

    def camera(self, t_s: float) -> Camera:
        """The camera at a time: it travels along the street at eye height."""
        x = self._along.at(t_s)
        return aimed((x, -2.5, 1.65), (x + self._lean, _WALL_Y_M, 2.3), self._across.at(t_s), 0.5, self._size_px)

    def draw(self, canvas: Canvas, t_s: float, exposure_s: float) -> None:
        """Draws the frame at `t_s`, smeared by what the camera moves during the exposure."""
        camera = self.camera(t_s)
        projection = camera.matrix()
        canvas.wash((205, 178, 150))
        ground = Plane((-40.0, _WALL_Y_M, 0.0), (1, 0, 0), (0, -1, 0), _PAVING_PX_PER_M)
        canvas.paint(self._pavement, ground.homography(projection))
        canvas.clear()
        for index, front in enumerate(self._fronts):
            origin = (self._first_m + index * _FRONT_M, _WALL_Y_M, _HIGH_M)
            canvas.paint(front, Plane(origin, (1, 0, 0), (0, 0, -1), _PX_PER_M).homography(projection))
        # Signs that stick out from the wall hide one another: the farther ones are painted first.
        near_last = sorted(range(len(self._blades)), key=lambda i: -abs(self._first_m + i * _FRONT_M - camera.x_m))
        for index in near_last:
            x = self._first_m + index * _FRONT_M
            if (x > camera.x_m) == self._faces_left:
                wide = self._blades[index].size_px[0] / _BLADE_PX_PER_M
                start, right = (_WALL_Y_M, -1.0) if self._faces_left else (_WALL_Y_M - wide, 1.0)
                plane = Plane((x, start, 5.0), (0, right, 0), (0, 0, -1), _BLADE_PX_PER_M)
                canvas.paint(self._blades[index], plane.homography(projection))
        draw_people(canvas, projection, camera.focal_px, self._people, t_s)
        canvas.shake(*drift_px(camera, self.camera(t_s + exposure_s), 12.5))


_PAVING_PX_PER_M = 20


def _pavement(rng: np.random.Generator) -> Texture:
    """Slabs before the shops, then kerb and asphalt, from the wall towards the camera."""
    scale, width, height = _PAVING_PX_PER_M, 80 * _PAVING_PX_PER_M, 14 * _PAVING_PX_PER_M
    sheet = Sheet(width, height, (84, 84, 86))
    sheet.box(0, 0, width, 5.4 * scale, (142, 146, 150))
    for x in range(0, width, 16):
        sheet.box(x, 0, x + 1, 5.4 * scale, (118, 122, 126))
    for y in range(0, round(5.4 * scale), 16):
        sheet.box(0, y, width, y + 1, (118, 122, 126))
    sheet.box(0, 5.4 * scale, width, 5.6 * scale, (180, 182, 184))
    sheet.image[:] = _grained(rng, sheet.image, 5)
    return sheet.finish()


def _grained(rng: np.random.Generator, image: Image, sigma: float) -> Image:
    return np.asarray(np.clip(image + rng.normal(0, sigma, (*image.shape[:2], 1)), 0, 255), np.uint8)


def _front(rng: np.random.Generator, brand: Brand, second: Brand, named_street: bool) -> Texture:
    """One shop front: wall, upper windows, a fascia with the name, a shop window, a door with small print."""
    per, width, height = _PX_PER_M, round(_FRONT_M * _PX_PER_M), round(_HIGH_M * _PX_PER_M)
    sheet = Sheet(width, height, _WALLS[int(rng.integers(len(_WALLS)))])
    for y in range(0, height, 9):
        sheet.box(0, y, width, y + 1, tuple(int(c) * 9 // 10 for c in sheet.image[0, 5]))  # type: ignore[arg-type]
    sheet.image[:] = _grained(rng, sheet.image, 6)
    for x in (0.7, 2.9, 5.1):
        sheet.box((x - 0.08) * per, 0.5 * per, (x + 1.28) * per, 2.5 * per, (200, 205, 208))
        sheet.box(x * per, 0.58 * per, (x + 1.2) * per, 2.42 * per, (96, 82, 66))
        sheet.box((x + 0.57) * per, 0.58 * per, (x + 0.63) * per, 2.42 * per, (200, 205, 208))
    top = 3.55 * per
    sheet.box(0.15 * per, top, 6.85 * per, top + 0.95 * per, brand.ground_bgr)
    text = brand.writings[int(rng.integers(len(brand.writings)))]
    size = float(rng.uniform(0.3, 0.5)) * per
    name_plate(sheet, brand, text, (0.3 * per, top, 6.7 * per, top + 0.95 * per), "sign", letter_px=size)
    sheet.box(0.15 * per, 4.6 * per, 6.85 * per, height, (46, 44, 42))
    sheet.box(0.35 * per, 4.75 * per, 4.6 * per, 7.0 * per, (88, 96, 92))
    sheet.box(4.85 * per, 4.75 * per, 6.65 * per, height, (58, 66, 72))
    _notices(rng, sheet, second)
    if named_street:
        # Excluded by its entry in the brand file: the same word is a brand only without the street.
        sheet.box(0.4 * per, 2.8 * per, 2.6 * per, 3.2 * per, (150, 60, 20))
        sheet.write("SOLANE STREET", (0.45 * per, 2.8 * per, 2.55 * per, 3.2 * per), "sans_bold", (240, 240, 240))
    return sheet.finish()


def _notices(rng: np.random.Generator, sheet: Sheet, second: Brand) -> None:
    """What hangs in the window and on the door: words, prices, a slogan, and a second brand in small letters."""
    per = _PX_PER_M
    word, price = str(rng.choice(SHOP_WORDS)), str(rng.choice(PRICES))
    sheet.box(0.6 * per, 4.95 * per, 1.9 * per, 5.5 * per, (235, 238, 240))
    sheet.write(word, (0.65 * per, 4.95 * per, 1.85 * per, 5.5 * per), "sans_bold", (40, 40, 170), letter_px=0.3 * per)
    sheet.box(2.2 * per, 4.95 * per, 3.2 * per, 5.5 * per, (40, 215, 250))
    sheet.write(price, (2.25 * per, 4.95 * per, 3.15 * per, 5.5 * per), "sans_bold", (25, 25, 25), letter_px=0.26 * per)
    slogan = str(rng.choice(SLOGANS))
    sheet.write(
        slogan, (0.5 * per, 5.75 * per, 4.45 * per, 6.15 * per), "serif_bold", (228, 232, 232), letter_px=0.17 * per
    )
    plate = (5.05 * per, 5.0 * per, 6.45 * per, 5.4 * per)
    sheet.box(*plate, second.ground_bgr)
    sheet.write(
        second.writings[0], plate, second.face, second.ink_bgr, letter_px=0.15 * per, brand=second, surface="sign"
    )


def _blade(rng: np.random.Generator, brand: Brand) -> Texture:
    """A sign that sticks out from the wall, its letters running up or down it."""
    high = float(rng.uniform(1.9, 2.6))
    width, height = round(1.15 * _BLADE_PX_PER_M), round(high * _BLADE_PX_PER_M)
    sheet = Sheet(width, height, brand.ground_bgr)
    sheet.image[[0, 1, -1, -2]] = 60
    turn: Turn = 90 if rng.random() < 0.5 else -90
    start = 0.5 * width if brand.icon else 0.0
    if brand.icon:
        icon(sheet, brand.icon, (width / 2, 0.4 * width), 0.2 * width, brand.ink_bgr)
    box = (6.0, start + 14, width - 6.0, height - 14.0)
    sheet.write(
        brand.writings[-1],
        box,
        brand.face,
        brand.ink_bgr,
        letter_px=0.42 * width,
        turn=turn,
        brand=brand,
        surface="sign",
    )
    return sheet.finish()
