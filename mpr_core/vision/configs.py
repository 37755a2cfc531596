"""The knobs of filter_scenes, field_segmentation and detect_edges."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from mpr_core.record import Record, StageConfig


class FilterScenesConfig(StageConfig):
    """Where scenes change, and which sampled frames need no look of their own."""

    enabled: bool = Field(True, description="Off: every sampled frame passes, all in one scene.")
    min_scene_s: float = Field(
        0.3, ge=0.0, le=5.0, description="Of two cuts closer than this, only the stronger stays; seconds."
    )
    flash_s: float = Field(
        0.35, ge=0.0, le=1.0, description="A picture that is back after less than this was a flash, no cut; seconds."
    )
    cut_min_score: float = Field(
        10.0, ge=0.0, le=255.0, description="Least PySceneDetect content score at a cut; 8-bit levels (HSV mean)."
    )
    cut_min_change: float = Field(
        4.0, ge=0.0, le=255.0, description="Least mean change of B, G, R at a cut; 8-bit levels. Guards dark scenes."
    )
    cut_ratio: float = Field(
        2.1, ge=1.0, le=100.0, description="A cut changes the picture this many times more than its neighbours do."
    )
    find_gradual: bool = Field(True, description="Also look for dissolves, wipes and fades.")
    dissolve_max_s: float = Field(
        1.2, ge=0.2, le=4.0, description="Longest stretch judged as one dissolve or wipe; longer ones are cut to it; s."
    )
    dissolve_min_change: float = Field(
        10.0, ge=1.0, le=255.0, description="Least RMS difference between both ends of a dissolve; 8-bit levels."
    )
    dissolve_max_residual: float = Field(
        0.28, ge=0.0, le=1.0, description="Share of that difference which a linear blend may leave unexplained; ratio."
    )
    min_changed_ratio: float = Field(
        0.5, ge=0.0, le=1.0, description="Least share of the picture a dissolve changes; below, it is a caption."
    )
    wipe_changed_ratio: float = Field(0.45, ge=0.0, le=1.0, description="The same for a wipe; ratio.")
    wipe_min_order_ratio: float = Field(
        0.6, ge=0.0, le=1.0, description="How much of the order in which places change a moving front explains; R2."
    )
    fade_level: float = Field(
        20.0, ge=0.0, le=80.0, description="Black for fades: 90% of the picture is darker than this; 8-bit levels."
    )
    fade_min_s: float = Field(0.16, ge=0.0, le=2.0, description="Shortest ramp that is a fade, not a cut; seconds.")
    fade_max_s: float = Field(0.9, ge=0.1, le=4.0, description="Longest ramp looked at before or after black; seconds.")
    drop_near_duplicates: bool = Field(True, description="Let one frame stand for its near-duplicates of the scene.")
    duplicate_block_px: int = Field(
        7, ge=3, le=64, description="Side of the blocks compared, in pixels of the thumbnail (about 480 px wide)."
    )
    duplicate_min_change: float = Field(
        3.0, ge=0.0, le=64.0, description="Mean change of one block that always passes as noise; 8-bit levels."
    )
    duplicate_noise_factor: float = Field(
        2.6, ge=1.0, le=20.0, description="A block differs when it changes this many times the frame's noise level."
    )
    duplicate_max_noise: float = Field(
        6.0, ge=0.0, le=64.0, description="Noise above which no frame stands for another; 8-bit levels."
    )
    drop_blank: bool = Field(True, description="Drop near-uniform frames (black, white, one plain colour).")
    blank_max_deviation: float = Field(
        10.0, ge=0.0, le=64.0, description="Largest local departure from the frame's smooth shade if blank; levels."
    )

    @property
    def context_s(self) -> float:
        """Seconds of signatures needed on both sides of a transition's `at_s` for the same verdict in any window."""
        gradual = self.dissolve_max_s / 2 + 1.0 if self.find_gradual else 0.0
        return max(self.min_scene_s + self.flash_s + 0.25, gradual, self.fade_max_s + 0.25)


class HueRange(Record):
    """Hues from `low` up to `high` in OpenCV's half degrees (0-179); `low > high` wraps through red."""

    low: int = Field(ge=0, le=179, description="First hue; half degrees.")
    high: int = Field(ge=0, le=179, description="Last hue, included; half degrees.")


class FieldSegmentationConfig(StageConfig):
    """What counts as the playing field. For other surfaces give their hues (clay 5-20, hard court 95-125)."""

    enabled: bool = Field(True, description="Off: no frame has a field.")
    work_width_px: int = Field(320, ge=64, le=1920, description="Width the picture is judged at; pixels.")
    hue_ranges: tuple[HueRange, ...] = Field(
        (HueRange(low=28, high=92),), min_length=1, description="Hues of the surface; default: grass."
    )
    saturation_min: int = Field(40, ge=0, le=255, description="Least saturation of the surface; 0-255.")
    value_min: int = Field(30, ge=0, le=255, description="Least brightness of the surface (deep shadow); 0-255.")
    value_max: int = Field(250, ge=0, le=255, description="Largest brightness of the surface; 0-255.")
    hue_spread: int = Field(
        12, ge=2, le=45, description="How far from the dominant hue the surface may stray; half degrees."
    )
    min_coverage_ratio: float = Field(0.18, ge=0.0, le=1.0, description="Least share of the picture; ratio.")
    max_roughness: float = Field(
        9.0, ge=0.5, le=100.0, description="Typical fine brightness texture above which it is foliage; 8-bit levels."
    )
    min_solidity_ratio: float = Field(
        0.62, ge=0.0, le=1.0, description="Least share of its convex hull the surface fills; ratio."
    )

    @model_validator(mode="after")
    def _values_ordered(self) -> Self:
        if self.value_min >= self.value_max:
            raise ValueError(f"value_min {self.value_min} must be below value_max {self.value_max}")
        return self


class DetectEdgesConfig(StageConfig):
    """Where boards may stand: long straight edges near the field's border."""

    enabled: bool = Field(True, description="Off: no region hints.")
    work_width_px: int = Field(640, ge=160, le=3840, description="Width edges are searched at; pixels.")
    canny_low: float = Field(50.0, ge=1.0, le=1000.0, description="Canny's lower gradient threshold; levels.")
    canny_high: float = Field(150.0, ge=1.0, le=2000.0, description="Canny's upper gradient threshold; levels.")
    hough_threshold: int = Field(30, ge=5, le=1000, description="Votes a line needs; pixels on it.")
    min_line_ratio: float = Field(0.12, ge=0.01, le=1.0, description="Shortest line, of the picture's width; ratio.")
    max_line_gap_ratio: float = Field(0.02, ge=0.0, le=0.5, description="Largest gap in a line, of the width; ratio.")
    search_ratio: float = Field(
        0.14, ge=0.02, le=0.6, description="How far outside the field's border lines are searched, of the height."
    )
    band_height_ratio: float = Field(
        0.07, ge=0.01, le=0.5, description="Height of a band where no upper edge of the boards is seen, of the height."
    )
    max_angle_deg: float = Field(
        8.0, ge=0.5, le=45.0, description="Largest angle between a line and the border beside it; degrees."
    )
    min_seen_ratio: float = Field(
        0.35, ge=0.0, le=1.0, description="Least share of the border beside which a line must be seen; ratio."
    )
    max_bands: int = Field(8, ge=1, le=64, description="Most bands kept, best first.")

    @model_validator(mode="after")
    def _thresholds_ordered(self) -> Self:
        if self.canny_low >= self.canny_high:
            raise ValueError(f"canny_low {self.canny_low} must be below canny_high {self.canny_high}")
        return self
