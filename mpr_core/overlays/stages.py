"""Which function draws which stage, and the settings a caption names."""

from __future__ import annotations

from functools import partial

from mpr_core.overlays import airings, boxes, frames, questions, readings, regions
from mpr_core.overlays.source import Shot, Source
from mpr_core.overlays.view import View
from mpr_core.runner.context import Services

_VIEWS = {
    "extract_frames": frames.extract_frames,
    "filter_scenes": frames.filter_scenes,
    "field_segmentation": regions.field_segmentation,
    "detect_edges": regions.detect_edges,
    "detect_objects": boxes.detect_objects,
    "preprocess": boxes.preprocess,
    "run_ocr": readings.run_ocr,
    "match_brands": readings.match_brands,
    "escalate_vlm": questions.escalate,
    "escalate_cloud": questions.escalate,
    "compile_report": airings.compile_report,
}

_KNOBS = {
    "extract_frames": ("fps", "jpeg_quality", "segment_s"),
    "filter_scenes": (
        "cut_min_score",
        "cut_ratio",
        "dissolve_min_change",
        "duplicate_min_change",
        "blank_max_deviation",
    ),
    "field_segmentation": ("min_coverage_ratio", "hue_spread", "saturation_min", "max_roughness", "min_solidity_ratio"),
    "detect_edges": ("canny_low", "canny_high", "hough_threshold", "min_line_ratio", "min_seen_ratio", "search_ratio"),
    "detect_objects": ("box_score", "pixel_score", "min_height_px", "max_boxes", "max_side_px", "hints"),
    "preprocess": ("crops_per_track", "margin_ratio", "min_crop_height_px", "max_crop_height_px", "low_contrast_range"),
    "run_ocr": ("min_score", "turn_below_score", "agree_score"),
    "match_brands": ("min_score", "min_text_score", "short_name_letters", "fuzzy_min_letters", "min_vote_share"),
    "escalate_vlm": ("min_text_score", "min_letters", "min_height_px", "min_seconds_s"),
    "escalate_cloud": ("min_text_score", "min_letters", "min_height_px", "min_seconds_s"),
    "compile_report": ("gap_s", "min_airing_s"),
}


def shown(source: Source, shot: Shot, *, deep: bool = False, services: Services | None = None) -> View:
    """What a frame's overlay shows.

    Args:
        deep: also what the stage only considered, found by doing its work on the frame once more; else what its part holds.
        services: needed with `deep` by the stages that infer.
    """
    draw = _VIEWS[source.stage]
    if source.stage == "detect_objects":
        draw = partial(boxes.detect_objects, services=services)
    return draw(source, shot, deep=deep)


def settings_in_words(source: Source) -> str:
    """The settings that decide what the overlay shows; those that differ from the profile are among them in any case."""
    config, changed = source.node.config, source.node.config_changes
    names = [name for name in _KNOBS[source.stage] if name in config]
    names += [name for name in changed if name in config and name not in names and name != "brands"]
    words = [f"{name} {config[name]}" + ("*" if name in changed else "") for name in names]
    note = "   (* differs from the profile)" if any(name in changed for name in names) else ""
    return "  ".join(words) + note
