"""The knobs of the stages. Light to import: forms, profiles and run configs are made from these classes."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from pydantic import Field

from mpr_core.exact import ExactFraction, canonical_digest
from mpr_core.exact import to_fraction as _fraction
from mpr_core.record import StageConfig

Precision = Literal["auto", "f32", "bf16"]


class ExtractFramesConfig(StageConfig):
    fps: ExactFraction = Field(
        default=_fraction(2), gt=0, le=60, description="sampled frames per second of video, on the exact grid k/fps"
    )
    jpeg_quality: int = Field(default=90, ge=30, le=100, description="quality of the stored frames")
    segment_s: ExactFraction = Field(
        default=_fraction(15),
        ge=2,
        le=600,
        description="longest segment, seconds: the unit of caching, resume and memory",
    )

    def sampling(self, offset_s: Fraction) -> str:
        """The name of the folder in which a chunk's frames lie: what decides their pixels, and where the chunk begins in its source."""
        return canonical_digest(["frames/1", self.fps, self.jpeg_quality, offset_s])[:16]


class DetectObjectsConfig(StageConfig):
    max_side_px: int = Field(
        default=1440,
        ge=320,
        le=4096,
        description="frames are searched at this longer side at most; 1440 reads 12 px letters of 1080p",
    )
    hints: Literal["ignore", "prioritise", "narrow"] = Field(
        default="ignore",
        description="region hints of detect_edges: ignored; searched again at full resolution; or searched alone",
    )
    pixel_score: float = Field(default=0.3, gt=0, lt=1, description="least text probability of a pixel")
    box_score: float = Field(default=0.5, gt=0, lt=1, description="least mean text probability of a box")
    unclip_ratio: float = Field(
        default=1.6, ge=1, le=3, description="how far a box grows around the found letters' core"
    )
    min_height_px: float = Field(default=6, ge=0, description="lower boxes are not followed")
    max_boxes: int = Field(default=300, ge=1, le=2000, description="most boxes kept per frame, best first")
    yolo_weights: str = Field(default="", description="path of a YOLO model exported to ONNX; empty: text only")
    yolo_min_score: float = Field(default=0.35, gt=0, lt=1, description="least score of a YOLO box")
    yolo_max_iou: float = Field(
        default=0.6, gt=0, lt=1, description="overlap above which the weaker YOLO box is dropped"
    )
    track_min_iou: float = Field(
        default=0.15,
        gt=0,
        lt=1,
        description="least overlap with a track's predicted box, after camera motion is compensated",
    )
    track_min_likeness: float = Field(
        default=0.4,
        ge=-1,
        le=1,
        description="least correlation of a box's picture with the one before it in its track",
    )
    track_gap_s: float = Field(default=1.1, ge=0, le=10, description="a track survives this long without a box")
    precision: Precision = Field(default="auto", description="arithmetic of the models on the CPU")


class PreprocessConfig(StageConfig):
    crops_per_track: int = Field(default=3, ge=1, le=12, description="most crops read per track")
    margin_ratio: float = Field(default=0.08, ge=0, le=0.5, description="border around a box, share of its height")
    min_crop_height_px: int = Field(default=48, ge=16, le=96, description="lower crops are enlarged to this height")
    max_crop_height_px: int = Field(default=96, ge=48, le=512, description="higher crops are reduced to this height")
    low_contrast_range: int = Field(
        default=70, ge=0, le=255, description="grey range under which a crop's contrast is stretched; 0: never"
    )
    jpeg_quality: int = Field(default=92, ge=50, le=100, description="quality of the stored crops")


class RunOcrConfig(StageConfig):
    min_score: float = Field(default=0.5, ge=0, le=1, description="readings below this are kept but do not vote")
    turn_below_score: float = Field(
        default=0.9,
        ge=0,
        le=1,
        description="a track whose best crop is read with less is tried upside down, and on its side if it is square",
    )
    agree_score: float = Field(
        default=0.9, ge=0, le=1, description="two readings of a track this sure that agree end its reading"
    )
    precision: Precision = Field(default="auto", description="arithmetic of the model on the CPU")


class CompileReportConfig(StageConfig):
    gap_s: float = Field(default=1.0, ge=0, le=60, description="airings of a brand this close together are one")
    min_airing_s: float = Field(default=0.4, ge=0, le=60, description="shorter airings are dropped")
    unlisted_texts: int = Field(
        default=40, ge=0, le=1000, description="how many texts that matched no brand are listed"
    )
    evidence_crops: int = Field(default=400, ge=0, le=5000, description="most crops embedded in report.html")
