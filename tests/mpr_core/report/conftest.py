"""A realistic report and its crops, made from a seed: what the tests hold, render and measure."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest

from mpr_core.report.compile import AiringRule, compile_report
from mpr_core.report.model import Report
from mpr_core.report.sighting import ChunkSpan, SceneSpan, Sighting, StageOutcome, TextSpan

_NAMES = (
    *("Veltrano", "Korvex", "Lumora Bank", "ASTRAQ", "Nordhelm", "Pivotal Air", "Solenne", "BRIX & Sohn", "Quanda"),
    *("Tessellate", "Ora", "Mirador Cervezas", "Hexapay", "Yonder Mobile", "Zephyrine"),
)
_PLACES = ((0.02, 0.03), (0.8, 0.05), (0.3, 0.55), (0.05, 0.82), (0.6, 0.85), (0.42, 0.4))


def brand_names(count: int) -> list[str]:
    return [*_NAMES, *(f"Brand {n:02d}" for n in range(len(_NAMES), count))][:count]


def crop_jpeg(text: str, *, seed: int = 0, width_px: int = 320, height_px: int = 96) -> bytes:
    """A crop as a stage would store it: text on a coloured board, with noise."""
    rng = np.random.default_rng(seed)
    board = np.empty((height_px, width_px, 3), np.uint8)
    board[:] = rng.integers(20, 190, 3)
    scale = min(1.6, width_px / (24 * max(len(text), 4)) * 1.2)
    cv2.putText(
        board, text, (14, int(height_px * 0.65)), cv2.FONT_HERSHEY_DUPLEX, scale, (240, 240, 240), 2, cv2.LINE_AA
    )
    noisy = np.clip(board + rng.normal(0, 7, board.shape), 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def sample_sightings(*, brands: int, airings: int, duration_s: float, seed: int = 7) -> list[Sighting]:
    """About `airings` presences at 2 samples a second, the first brands more often than the last."""
    rng = random.Random(seed)
    names = brand_names(brands)
    sightings = []
    for n in range(airings):
        brand = names[min(int(rng.expovariate(1.0) * brands / 3), brands - 1)] if n >= brands else names[n]
        start_s = rng.uniform(0, duration_s - 12)
        left, top = rng.choice(_PLACES)
        width_px, height_px = rng.uniform(60, 420), rng.uniform(24, 110)
        vlm, crop = rng.random() < 0.12, f"crops/{n:05d}.jpg"
        for step in range(int(rng.uniform(2, 20))):
            x, y, t_s = left * 1920 + step * rng.uniform(0, 6), top * 1080, start_s + step * 0.5
            sightings.append(
                Sighting(
                    brand=brand,
                    t_s=t_s,
                    start_s=t_s,
                    end_s=t_s + 0.5,
                    chunk_index=int(t_s // (duration_s / 3)),
                    frame_key=f"frames/{t_s:.3f}.jpg",
                    quad_px=(x, y, x + width_px, y + 3, x + width_px, y + height_px, x, y + height_px - 3),
                    frame_width_px=1920,
                    frame_height_px=1080,
                    track=f"t{n}",
                    score=rng.uniform(74, 100),
                    clarity=rng.uniform(0.25, 0.95),
                    decided_by="escalate_vlm" if vlm else "match_brands",
                    text="" if vlm else brand.upper(),
                    crop_key=crop,
                    crop_quality=rng.random(),
                )
            )
    return sightings


def sample_scenes(duration_s: float, seed: int = 3) -> list[SceneSpan]:
    rng, scenes, at_s = random.Random(seed), [], 0.0
    while at_s < duration_s:
        end_s = min(duration_s, at_s + rng.uniform(4, 28))
        transition = rng.choices(["cut", "dissolve", "fade"], [8, 2, 1])[0] if scenes else "start"
        scenes.append(SceneSpan(at_s, end_s, transition, f"frames/scene-{len(scenes):03d}.jpg"))
        at_s = end_s
    return scenes


SAMPLE_STAGES = (
    StageOutcome("extract_frames", "done", counts={"frames": 1200}, config_changes={"fps": 2.0}),
    StageOutcome("filter_scenes", "done", counts={"scenes": 41, "kept_frames": 803}),
    StageOutcome("field_segmentation", "done", counts={"frames_with_field": 0}),
    StageOutcome("detect_edges", "skipped", "no field was found in any frame"),
    StageOutcome("detect_objects", "done", counts={"boxes": 5120, "tracks": 311}),
    StageOutcome("preprocess", "done", counts={"crops": 640}),
    StageOutcome("run_ocr", "done", counts={"lines": 902}),
    StageOutcome(
        "match_brands", "done", counts={"tracks_matched": 96}, config_changes={"min_score": 85, "aliases": [1, 2]}
    ),
    StageOutcome("escalate_vlm", "skipped", "SKIP_VLM=1; 23 tracks would have been asked"),
    StageOutcome("escalate_cloud", "failed", "the provider refused the key (401)"),
    StageOutcome("compile_report", "done"),
)


def make_report(
    *,
    brands: int = 15,
    airings: int = 80,
    duration_s: float = 600.0,
    missing: int = 3,
    damaged: bool = False,
    **changes: Any,
) -> Report:
    """A report with `brands` brands on screen and `missing` searched for in vain; `changes` go to `compile_report`."""
    third_s = duration_s / 3
    inputs: dict[str, Any] = {
        "timeline": "cup-final-2026",
        "duration_s": duration_s,
        "profile": "soccer_broadcast",
        "rule": AiringRule(),
        "brand_list": brand_names(brands) + [f"Absent {n}" for n in range(missing)],
        "scenes": sample_scenes(duration_s),
        "chunks": [
            ChunkSpan("chunks/final/first-half.mp4", 0.0, third_s),
            ChunkSpan(
                "chunks/final/second-half.mp4",
                third_s,
                2 * third_s,
                1.75 * third_s if damaged else None,
                "the file ends in the middle of a packet" if damaged else "",
            ),
            ChunkSpan("chunks/final/extra-time.mp4", 2 * third_s, duration_s),
        ],
        "stages": SAMPLE_STAGES,
        "texts": [
            TextSpan("GRAND PARADE HOTEL", 14.5, 31.0, 402.5, 93.2, "crops/text-0.jpg"),
            TextSpan("TICKETS 0800 555", 6.0, 120.0, 126.0, 88.0, None),
        ],
        "notes": ["The Cyrillic alphabet is not covered by the text recogniser."],
    }
    sightings = changes.pop("sightings", None)
    if sightings is None:
        sightings = [
            s
            for s in sample_sightings(brands=brands, airings=airings, duration_s=duration_s)
            if not (damaged and 1.75 * third_s <= s.end_s < 2 * third_s + 0.5)
        ]
    return compile_report(sightings, **(inputs | changes))


def make_images(report: Report) -> dict[str, bytes]:
    """Crops for every airing and text, and a picture for every scene."""
    images = {a.crop_key: crop_jpeg(a.brand, seed=n) for n, a in enumerate(report.airings) if a.crop_key}
    images |= {t.crop_key: crop_jpeg(t.text, seed=99) for t in report.unlisted_texts if t.crop_key}
    for n, scene in enumerate(report.scenes):
        if scene.frame_key:
            images[scene.frame_key] = crop_jpeg(f"scene {n}", seed=1000 + n, width_px=256, height_px=144)
    return images


@pytest.fixture(scope="session")
def sample_report() -> Report:
    return make_report(damaged=True)


@pytest.fixture(scope="session")
def sample_images(sample_report: Report) -> dict[str, bytes]:
    return make_images(sample_report)


@pytest.fixture(scope="session")
def report_factory() -> Callable[..., Report]:
    return make_report
