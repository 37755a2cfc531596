"""Which frames a user means: at a second, every so many seconds, of a scene, or those that tell most."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np

from mpr_core.errors import InputError
from mpr_core.overlays.source import Source
from mpr_core.overlays.telling import TELLING

Frame = tuple[int, int]
"""Segment and sampling number."""


def frames_every(source: Source, step_s: float) -> list[Frame]:
    """A frame every so many seconds from the timeline's start on.

    Raises:
        InputError: the step is not above 0.
    """
    if not 0 < step_s < math.inf:
        raise InputError("not a step", where=f"{step_s:g} s", why="it is not above 0", remedy="name a step in seconds")
    step, end = Fraction(step_s).limit_denominator(10**6), source.branch.timeline.duration_s
    count = -(-end // step)
    return list(dict.fromkeys(source.nearest(step * i) for i in range(int(count))))


def frames_of_scene(source: Source, number: int, count: int = TELLING) -> list[Frame]:
    """At most `count` frames spread over a scene of the timeline, scenes counted from 1 as the report lists them.

    Raises:
        InputError: there is no such scene, or the node does not rest on filter_scenes.
    """
    if not source.branch.has("filter_scenes"):
        raise InputError(
            "scenes are not known to this node",
            where=f"{source.stage} {source.node.id}",
            why="filter_scenes, which finds them, comes later",
            remedy="name a node of a later stage: --node filter_scenes",
        )
    scenes = source.scenes
    if not 1 <= number <= len(scenes):
        raise InputError(
            "no such scene",
            where=str(number),
            why=f"{source.node.timeline} has scenes 1 to {len(scenes)} here",
            remedy="mpr overlay TIMELINE --stage filter_scenes shows them",
        )
    scene = scenes[number - 1]
    seconds = np.linspace(scene.start_s, scene.end_s, 2 * count + 1)[1::2]
    found = [source.nearest(float(second)) for second in seconds]
    # Half a step beyond its ends another scene's frame may be nearer.
    inside = [f for f in found if scene.start_s <= source.second_of(*f) < scene.end_s]
    return list(dict.fromkeys(inside or found[len(found) // 2 :][:1]))
