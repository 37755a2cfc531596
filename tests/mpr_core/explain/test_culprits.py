"""Each stage made the culprit in turn: the answer names it and its knob, and the proposed command lets the brand be found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from mpr_core.brands.brand_list import Brand
from mpr_core.explain.explanation import XYXY, written
from tests.mpr_core.explain.asking import TIMELINE, ask, with_settings
from tests.mpr_core.explain.still_film import faint, film_of, pitch, street, upside_down
from tests.mpr_core.sign_film import Shot, Sign, draw_film
from tests.mpr_core.whole_pipeline import Overrides, Pipeline

VANTELO = Sign("VANTELO", (60, 60), 24)
WHOLE = ("Vantelo",)


@dataclass(frozen=True)
class Culprit:
    """A film and a configuration in which one knob keeps a brand out.

    Attributes:
        film: draws it at a path.
        knobs: the knobs that the answer has to name, each with its present value in `overrides`.
    """

    stage: str
    film: Callable[[Path], Path]
    overrides: Overrides
    knobs: tuple[str, ...]
    brand: str = "Vantelo"
    names: tuple[str, ...] = WHOLE
    at_s: float = 1.0
    box_px: XYXY | None = None
    profile: str = "generic"


def _still(*signs: Sign, **more: Any) -> Callable[[Path], Path]:
    return lambda path: film_of(path, [(street(*signs, **more), Fraction(2))])


def _takes(*takes: tuple[Any, Fraction]) -> Callable[[Path], Path]:
    return lambda path: film_of(path, [(draw(), seconds) for draw, seconds in takes])


def _short_scene(path: Path) -> Path:
    shots = [
        Shot(Fraction(6, 5), (Sign("TAVIKKO", (40, 60), 24),), place=1),
        Shot(Fraction(3, 5), (VANTELO,), place=2),
        Shot(Fraction(6, 5), (Sign("OLTESSA", (40, 60), 24),), place=4),
    ]
    return draw_film(path, shots, size_px=(320, 180))


def _appearing(path: Path) -> Path:
    """The camera moves on until the sign is in the picture."""
    shots = [Shot(Fraction(3), (Sign("VANTELO", (322, 60), 16),), place=3, pan_px=90)]
    return draw_film(path, shots, size_px=(320, 180))


_CHANGING = _takes(
    (lambda: street(Sign("VANTELO", (60, 60), 24)), Fraction(1, 2)),
    (lambda: street(Sign("KELBRUND", (60, 60), 24)), Fraction(1, 2)),
)
_ONE_SCENE = {"filter_scenes": {"enabled": False}}

CULPRITS = (
    Culprit("extract_frames", _short_scene, {"extract_frames": {"fps": 1}}, ("extract_frames.fps",), at_s=1.5),
    Culprit(
        "extract_frames",
        _short_scene,
        {"extract_frames": {"fps": 1}, "compile_report": {"min_airing_s": 0.9}},
        ("extract_frames.fps", "compile_report.min_airing_s"),
        at_s=1.5,
    ),
    Culprit(
        "filter_scenes",
        _takes((lambda: faint("VANTELO"), Fraction(2))),
        {"filter_scenes": {"blank_max_deviation": 64}},
        ("filter_scenes.drop_blank",),
    ),
    Culprit(
        "filter_scenes",
        _appearing,
        {"filter_scenes": {"duplicate_min_change": 64, "duplicate_max_noise": 64, "duplicate_noise_factor": 20}},
        ("filter_scenes.drop_near_duplicates",),
        at_s=2.5,
    ),
    Culprit("detect_objects", _still(VANTELO), {"detect_objects": {"box_score": 0.97}}, ("detect_objects.box_score",)),
    Culprit(
        "detect_objects", _still(VANTELO), {"detect_objects": {"min_height_px": 90}}, ("detect_objects.min_height_px",)
    ),
    Culprit(
        "detect_objects",
        _still(Sign("VANTELO", (300, 180), 7), size_px=(1280, 720)),
        {"detect_objects": {"max_side_px": 320}},
        ("detect_objects.max_side_px",),
    ),
    Culprit(
        "detect_objects",
        _takes((lambda: pitch(Sign("VANTELO", (500, 500), 30)), Fraction(2))),
        {"detect_objects": {"hints": "narrow"}},
        ("detect_objects.hints",),
        profile="soccer_broadcast",
    ),
    Culprit(
        "detect_objects",
        _takes(
            (lambda: street(Sign("VANTELO", (60, 60), 24)), Fraction(1, 2)),
            (lambda: street(Sign("OLTESSA", (60, 60), 24)), Fraction(1, 2)),
        ),
        _ONE_SCENE | {"detect_objects": {"track_min_likeness": -1}},
        ("detect_objects.track_min_likeness", "compile_report.min_airing_s"),
        names=("Vantelo", "Oltessa"),
        at_s=0.2,
    ),
    Culprit(
        "preprocess",
        _CHANGING,
        _ONE_SCENE | {"detect_objects": {"track_min_likeness": -1}, "preprocess": {"crops_per_track": 1}},
        ("preprocess.crops_per_track",),
        brand="Kelbrund",
        names=("Kelbrund",),
        at_s=0.6,
    ),
    Culprit(
        "run_ocr",
        _takes((lambda: upside_down(Sign("TAVIKKO", (60, 60), 24)), Fraction(2))),
        {"run_ocr": {"turn_below_score": 0}},
        ("run_ocr.turn_below_score",),
        brand="Tavikko",
        names=("Tavikko",),
        box_px=(60, 60, 260, 140),
    ),
    Culprit(
        "run_ocr",
        _still(Sign("VANTELO", (60, 40), 24), Sign("OLTESSA", (60, 78), 24)),
        {"run_ocr": {"min_score": 1}},
        ("run_ocr.min_score",),
        brand="Vantelo Oltessa",
        names=("Vantelo Oltessa",),
    ),
    Culprit(
        "match_brands",
        _still(VANTELO),
        {"match_brands": {"min_score": 92}},
        ("match_brands.min_score",),
        "Vantello",
        ("Vantello",),
    ),
    Culprit("match_brands", _still(VANTELO), {"match_brands": {"min_text_score": 1}}, ("match_brands.min_text_score",)),
    Culprit(
        "match_brands",
        _still(Sign("RKE", (60, 60), 30)),
        {"match_brands": {"short_name_min_text_score": 1}},
        ("match_brands.short_name_min_text_score",),
        "RKE",
        ("RKE",),
    ),
    Culprit(
        "match_brands",
        _still(VANTELO),
        {"match_brands": {"fuzzy_min_letters": 20}},
        ("match_brands.fuzzy_min_letters",),
        "Vantello",
        ("Vantello",),
    ),
    Culprit(
        "match_brands",
        _still(Sign("VANTELOTEX", (40, 60), 24)),
        {"match_brands": {"glued_min_letters": 12}},
        ("match_brands.glued_min_letters",),
    ),
    Culprit(
        "match_brands",
        _still(Sign("VANTELO", (183, 60), 24)),
        {"match_brands": {"min_fragment_ratio": 0.95}},
        ("match_brands.min_fragment_ratio",),
    ),
    Culprit("match_brands", _still(VANTELO), {"match_brands": {"enabled": False}}, ("match_brands.enabled",)),
    Culprit(
        "compile_report", _still(VANTELO), {"compile_report": {"min_airing_s": 5}}, ("compile_report.min_airing_s",)
    ),
)


@pytest.mark.parametrize("case", CULPRITS, ids=lambda c: "+".join(c.knobs))
def test_the_culprit_is_named_and_its_cure_works(
    case: Culprit, pipeline: Callable[..., Pipeline], tmp_path: Path
) -> None:
    pipe = pipeline()
    pipe.ingest(TIMELINE, [case.film(tmp_path / "film.mp4")], [Brand(canonical_name=n) for n in case.names])
    nodes = pipe.run(TIMELINE, case.overrides, profile=case.profile)
    found = ask(pipe, nodes, case.brand, case.at_s, case.box_px)
    assert (found.detected, found.stopped_at) == (False, case.stage), found.verdict
    assert tuple(s.knob for s in found.settings) == case.knobs, found.verdict
    for setting in found.settings:
        present = nodes[setting.stage].config[setting.field]
        assert f"{setting.knob} is {written(setting.present)}, {written(setting.value)} " in found.verdict
        assert written(setting.present) in (written(present), str(present).removesuffix("/1"))
    assert found.remedy.endswith(found.command)
    cured = pipe.run(TIMELINE, with_settings(case.overrides, found), profile=case.profile)
    after = ask(pipe, cured, case.brand, case.at_s, case.box_px)
    assert after.detected, f"{found.verdict} {found.remedy} -> {after.verdict}"
