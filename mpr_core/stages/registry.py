"""The eleven stages in order. Names are fixed: they are the asset keys, the profile's sections and the report's rows.

`needs` names every stage whose output is read, so that a changed knob replays exactly what it touches.
"""

from __future__ import annotations

from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.cascade.configs import EscalateCloudConfig, EscalateVlmConfig
from mpr_core.runner.stage import Stage
from mpr_core.stages.configs import (
    CompileReportConfig,
    DetectObjectsConfig,
    ExtractFramesConfig,
    PreprocessConfig,
    RunOcrConfig,
)
from mpr_core.vision.configs import DetectEdgesConfig, FieldSegmentationConfig, FilterScenesConfig

_ALL = (
    Stage(
        "extract_frames",
        "1",
        "Samples frames on the exact grid k/fps; one decode pass also keeps a tiny signature of every frame.",
        ExtractFramesConfig,
        group="1_frames",
    ),
    Stage(
        "filter_scenes",
        "1",
        "Finds cuts, dissolves and fades; maps near-duplicate and blank frames to the frame that stands for them.",
        FilterScenesConfig,
        group="1_frames",
        needs=("extract_frames",),
    ),
    Stage(
        "field_segmentation",
        "1",
        "Finds the playing field: mask, polygon, coverage. 'No field' is a result.",
        FieldSegmentationConfig,
        group="2_regions",
        needs=("extract_frames", "filter_scenes"),
        infers=True,
    ),
    Stage(
        "detect_edges",
        "1",
        "Finds bands along the field's border where boards stand, as region hints.",
        DetectEdgesConfig,
        group="2_regions",
        needs=("extract_frames", "filter_scenes", "field_segmentation"),
        infers=True,
    ),
    Stage(
        "detect_objects",
        "4",
        "Finds boxes that may carry a brand (text, and YOLO classes when weights are named) and follows them as tracks.",
        DetectObjectsConfig,
        group="3_objects",
        needs=("extract_frames", "filter_scenes", "detect_edges"),
        pool="gpu",
        infers=True,
    ),
    Stage(
        "preprocess",
        "2",
        "Picks each track's best crops and rectifies them.",
        PreprocessConfig,
        group="3_objects",
        needs=("extract_frames", "detect_objects"),
        infers=True,
    ),
    Stage(
        "run_ocr",
        "1",
        "Reads each crop once and votes per track.",
        RunOcrConfig,
        group="4_reading",
        needs=("preprocess",),
        pool="gpu",
        infers=True,
    ),
    Stage(
        "match_brands",
        "3",
        "Holds the read text against the brand list; every decision keeps its candidates and why.",
        MatchBrandsConfig,
        group="4_reading",
        needs=("detect_objects", "run_ocr"),
        python_bound=True,
    ),
    Stage(
        "escalate_vlm",
        "2",
        "Asks a local vision-language model about tracks that matching left unresolved.",
        EscalateVlmConfig,
        group="5_escalation",
        needs=("extract_frames", "filter_scenes", "detect_objects", "preprocess", "run_ocr", "match_brands"),
        pool="gpu",
    ),
    Stage(
        "escalate_cloud",
        "2",
        "Asks a cloud model, inside a budget, about what is still unresolved.",
        EscalateCloudConfig,
        group="5_escalation",
        needs=(
            "extract_frames",
            "filter_scenes",
            "detect_objects",
            "preprocess",
            "run_ocr",
            "match_brands",
            "escalate_vlm",
        ),
        pool="cloud",
    ),
    Stage(
        "compile_report",
        "2",
        "Joins what was seen into airings, exposure figures and the report.",
        CompileReportConfig,
        group="6_report",
        needs=(
            "extract_frames",
            "filter_scenes",
            "field_segmentation",
            "detect_edges",
            "detect_objects",
            "preprocess",
            "run_ocr",
            "match_brands",
            "escalate_vlm",
            "escalate_cloud",
        ),
        scope="timeline",
    ),
)

STAGES: dict[str, Stage] = {stage.name: stage for stage in _ALL}
STAGE_NAMES: tuple[str, ...] = tuple(STAGES)


def downstream(stage: str) -> tuple[str, ...]:
    """Every stage that rests on a stage, directly or through others, in order."""
    reached = {stage}
    for name, later in STAGES.items():
        if reached & set(later.needs):
            reached.add(name)
    return tuple(name for name in STAGE_NAMES if name in reached and name != stage)
