"""Reports made of presences whose times and places are given, and their boxes with them."""

from __future__ import annotations

from dataclasses import dataclass

from mpr_core.report.compile import AiringRule, compile_report
from mpr_core.report.model import Report
from mpr_core.report.sighting import ChunkSpan, Sighting, StageOutcome

STEP_S = 0.5
DURATION_S = 60.0


@dataclass(frozen=True)
class Seen:
    """A brand on screen from `start_s` to `end_s`, as a box of 200x40 px at `x_px`, seen twice a second."""

    brand: str
    start_s: float
    end_s: float
    x_px: float = 100.0
    score: float = 100.0
    text: str = ""
    decided_by: str = "match_brands"
    clarity: float = 0.8
    height_px: float = 40.0

    def sightings(self) -> list[Sighting]:
        count = round((self.end_s - self.start_s) / STEP_S)
        return [self._sighting(self.start_s + n * STEP_S) for n in range(count)]

    def _sighting(self, start_s: float) -> Sighting:
        left, right, top, bottom = self.x_px, self.x_px + 200, 300.0, 300.0 + self.height_px
        return Sighting(
            brand=self.brand,
            t_s=start_s + STEP_S / 2,
            start_s=start_s,
            end_s=start_s + STEP_S,
            chunk_index=0 if start_s < DURATION_S / 2 else 1,
            frame_key=f"frames/{start_s}.jpg",
            quad_px=(left, top, right, top, right, bottom, left, bottom),
            frame_width_px=1280,
            frame_height_px=720,
            track=f"{self.brand}/{self.start_s}",
            score=self.score,
            clarity=self.clarity,
            decided_by=self.decided_by,
            text=self.text or self.brand,
            crop_key=f"crops/{self.brand}-{self.start_s}.jpg",
            crop_quality=0.5,
        )


def report_of(
    *seen: Seen,
    gap_s: float = 1.0,
    brand_list: tuple[str, ...] = ("Vantelo", "Oltessa"),
    knobs: dict[str, float] | None = None,
    timeline: str = "match",
) -> Report:
    """The report of what was seen, over two chunks; `knobs` are match_brands' differences from the profile."""
    return compile_report(
        [sighting for presence in seen for sighting in presence.sightings()],
        timeline=timeline,
        duration_s=DURATION_S,
        profile="generic",
        rule=AiringRule(gap_s=gap_s),
        brand_list=brand_list,
        chunks=[ChunkSpan("chunks/a.mp4", 0.0, DURATION_S / 2), ChunkSpan("chunks/b.mp4", DURATION_S / 2, DURATION_S)],
        stages=[StageOutcome("match_brands", "done", config_changes=knobs or {})],
    )
