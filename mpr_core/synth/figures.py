"""People: jointed figures of a few polygons, running or strolling, that stand in front of boards and signs."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import numpy as np

from mpr_core.synth.brands import Colour
from mpr_core.synth.camera import Floats, project
from mpr_core.synth.canvas import Canvas

_HEAD = np.array([(cos(a), sin(a)) for a in np.linspace(0, 2 * np.pi, 11)[:-1]])


@dataclass(frozen=True)
class Walker:
    """One person: where at which time, and in which clothes. Metres, seconds, radians."""

    x_m: float
    y_m: float
    speed_m_s: float
    sway_m: float
    phase_rad: float
    top: Colour
    bottom: Colour
    skin: Colour
    height_m: float = 1.82
    x_range_m: tuple[float, float] = (-1e3, 1e3)

    def place(self, t_s: float) -> tuple[float, float]:
        """Position on the ground."""
        angle = 0.55 * t_s + self.phase_rad
        x_m = self.x_m + self.speed_m_s * t_s + self.sway_m * sin(angle)
        return min(max(x_m, self.x_range_m[0]), self.x_range_m[1]), self.y_m + 0.4 * self.sway_m * cos(1.3 * angle)

    def pace(self, t_s: float) -> float:
        """Velocity along x, metres per second."""
        return self.speed_m_s + 0.55 * self.sway_m * cos(0.55 * t_s + self.phase_rad)


def walker(
    rng: np.random.Generator,
    x_m: float,
    y_m: float,
    speed_m_s: float,
    kit: tuple[Colour, Colour],
    x_range_m: tuple[float, float] = (-1e3, 1e3),
) -> Walker:
    """A person with random build; the kit is top and bottom colour. It never leaves `x_range_m`."""
    tone = float(rng.uniform(0.4, 1.0))
    skin = (round(150 * tone), round(182 * tone), round(226 * tone))
    sway = float(rng.uniform(0.5, 4.0)) if abs(speed_m_s) > 2 else 0.2
    phase, height = float(rng.uniform(0, 6.28)), float(rng.uniform(1.68, 1.95))
    return Walker(x_m, y_m, speed_m_s, sway, phase, *kit, skin, height, x_range_m)


def _limb(a: tuple[float, float], b: tuple[float, float], wide: float) -> Floats:
    """A tapering strip from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    length = max(1e-6, (dx * dx + dy * dy) ** 0.5)
    nx, ny = -dy / length * wide / 2, dx / length * wide / 2
    return np.array(
        (
            (a[0] + nx, a[1] + ny),
            (b[0] + nx * 0.7, b[1] + ny * 0.7),
            (b[0] - nx * 0.7, b[1] - ny * 0.7),
            (a[0] - nx, a[1] - ny),
        )
    )


def figure(person: Walker, t_s: float) -> list[tuple[Floats, Colour]]:
    """The person's polygons, far limbs first, in units of the person's height around the feet: x right, y up."""
    pace = person.pace(t_s)
    face = 1.0 if pace >= 0 else -1.0
    run = min(1.0, abs(pace) / 5.0)
    beat = t_s * (4.0 + 1.6 * abs(pace)) + person.phase_rad
    swing = (0.12 + 0.16 * run) * sin(beat)
    lift = 0.09 * run * abs(cos(beat))
    hip, neck = (0.0, 0.49), (0.04 * run * face, 0.83)
    dark = (person.top[0] * 3 // 4, person.top[1] * 3 // 4, person.top[2] * 3 // 4)
    parts: list[tuple[Floats, Colour]] = []
    for side, shirt in ((-1.0, dark), (1.0, person.top)):
        knee = (face * side * swing * 0.7 + 0.05 * run * face, 0.26 + (lift if side * swing < 0 else 0.0))
        foot = (face * side * swing * 1.25 - 0.05 * run * face, 0.02 + (1.6 * lift if side * swing < 0 else 0.0))
        elbow = (neck[0] - face * side * swing * 0.6, 0.64)
        hand = (elbow[0] + face * 0.10 * (0.3 + run), 0.54 + 0.08 * run)
        parts.append((_limb(neck, elbow, 0.085), shirt))
        parts.append((_limb(elbow, hand, 0.055), person.skin))
        parts.append((_limb(hip, knee, 0.125), person.bottom))
        parts.append((_limb(knee, foot, 0.085), dark if run > 0.4 else person.bottom))
        parts.append((_limb(foot, (foot[0] + face * 0.09, foot[1]), 0.05), (35, 35, 35)))
    torso = np.array(((neck[0] - 0.12, 0.81), (neck[0] + 0.12, 0.81), (0.095, 0.47), (-0.095, 0.47)))
    parts.insert(5, (torso, person.top))
    parts.insert(6, (np.array(((-0.1, 0.53), (0.1, 0.53), (0.115, 0.42), (-0.115, 0.42))), person.bottom))
    parts.append((_HEAD * (0.05, 0.062) + (neck[0] + 0.02 * face, 0.915), person.skin))
    hair = _HEAD[:6] * (0.052, 0.06) + (neck[0] + 0.015 * face, 0.925)
    parts.append((hair, (20, 25, 35)))
    return parts


def draw_people(canvas: Canvas, projection: Floats, focal_px: float, people: list[Walker], t_s: float) -> None:
    """Draws people far to near, each with a shadow."""
    spots = np.array([(*person.place(t_s), 0.0) for person in people]).reshape(-1, 3)
    if not len(spots):
        return
    seen = project(projection, spots)
    for index in np.argsort(-seen[:, 2]):
        x, y, depth = seen[index]
        person = people[int(index)]
        scale = focal_px / depth * person.height_m if depth > 0.5 else 0.0
        beside = not -0.5 * scale < x < canvas.width_px + 0.5 * scale
        if scale < 4.0 or beside or y < 0 or y - 1.1 * scale > canvas.height_px:
            continue
        shadow = _HEAD * (0.22 * scale, 0.05 * scale) + (x + 0.08 * scale, y)
        shapes = [(shadow, (38, 62, 40))]
        shapes += [(part * (scale, -scale) + (x, y), colour) for part, colour in figure(person, t_s)]
        canvas.fill(shapes)
