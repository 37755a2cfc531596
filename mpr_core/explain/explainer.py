"""`Explainer`: answers why a brand was, or was not, found at a second, for any number of questions about one branch."""

from __future__ import annotations

from collections import OrderedDict
from fractions import Fraction
from functools import cached_property
from typing import TypeVar

from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.explain.explanation import XYXY, Explanation, Step
from mpr_core.explain.hidden_boxes import HiddenBoxes
from mpr_core.explain.question import Answer, Question, Tools
from mpr_core.explain.reader import Reader
from mpr_core.explain.segment_view import SegmentView
from mpr_core.explain.target import find_target
from mpr_core.explain.verdict import Verdict
from mpr_core.explain.what_if import WhatIf
from mpr_core.inference.operations import Inference
from mpr_core.record import StageConfig
from mpr_core.report.clock import clock
from mpr_core.report.model import Report, load_report
from mpr_core.runner.branch import Branch
from mpr_core.stages.compile_report import CompiledReport
from mpr_core.stages.configs import (
    CompileReportConfig,
    DetectObjectsConfig,
    ExtractFramesConfig,
    PreprocessConfig,
    RunOcrConfig,
)

C = TypeVar("C", bound=StageConfig)
_SEGMENTS_KEPT = 6
_LAST_INSTANT_S = Fraction(1, 1000)
_AS_PRINTED_S = 0.0005  # seconds are printed to the millisecond


def explain(
    branch: Branch, brand: str, at_s: float, box_px: XYXY | None = None, inference: Inference | None = None
) -> Explanation:
    """Why a brand was, or was not, found. For several questions about one branch keep one `Explainer`."""
    return Explainer(branch, inference).explain(brand, at_s, box_px)


class Explainer:
    """Answers questions about one branch; segments, models and the report are read once.

    Args:
        inference: the routines that infer, to share their models; None: opened here.
    """

    def __init__(self, branch: Branch, inference: Inference | None = None) -> None:
        self._branch = branch
        self._views: OrderedDict[int, SegmentView] = OrderedDict()
        self._inference = inference

    def explain(self, brand: str, at_s: float, box_px: XYXY | None = None) -> Explanation:
        """Why a brand was, or was not, found.

        Args:
            brand: a name or alias of the branch's list, or any other name.
            at_s: timeline second; the end of the timeline asks for the last instant before it.
            box_px: where in the frame, in the source's pixels; None: anywhere.
        Raises:
            InputError: the second is outside the timeline, or the name has no letters.
        """
        target = find_target(brand, self._match_config)
        answer = self._damaged(at_s)
        if answer is None:
            looked_at_s = self._instant(at_s)
            place = self._branch.place(looked_at_s)
            answer = Question(self._tools, target, place, float(looked_at_s), box_px).answer()
        verdict = answer.verdict
        return Explanation(
            timeline=self._branch.timeline.id,
            node=self._branch.tip.id,
            brand=target.brand.canonical_name,
            listed=target.listed,
            at_s=at_s,
            box_px=box_px,
            detected=answer.detected,
            verdict=verdict.said,
            remedy=verdict.remedy,
            command=verdict.command,
            settings=verdict.settings,
            tried=verdict.tried,
            stopped_at=verdict.stopped_at,
            steps=answer.steps,
        )

    @cached_property
    def _tools(self) -> Tools:
        reader = Reader(
            WhatIf(self._branch, self._inference),
            self._config("preprocess", PreprocessConfig),
            self._config("run_ocr", RunOcrConfig),
        )
        return Tools(
            branch=self._branch,
            view=self._view,
            reader=reader,
            hidden=HiddenBoxes(reader, self._config("detect_objects", DetectObjectsConfig)),
            sampling=self._config("extract_frames", ExtractFramesConfig),
            rule=self._config("compile_report", CompileReportConfig),
            report=self._report,
        )

    def _view(self, index: int) -> SegmentView:
        """One segment's rows; a few segments are kept."""
        if index not in self._views:
            self._views[index] = SegmentView(self._branch, index)
        self._views.move_to_end(index)
        if len(self._views) > _SEGMENTS_KEPT:
            self._views.popitem(last=False)
        return self._views[index]

    @cached_property
    def _report(self) -> Report | None:
        """The branch's report, None when it ends before it."""
        if not self._branch.has("compile_report"):
            return None
        return load_report(self._branch.payload("compile_report", 0, CompiledReport).report_json.decode())

    @cached_property
    def _match_config(self) -> MatchBrandsConfig:
        if self._branch.has("match_brands"):
            return self._config("match_brands", MatchBrandsConfig)
        return MatchBrandsConfig(brands=self._branch.timeline.brands or ())

    def _config(self, stage: str, kind: type[C]) -> C:
        """A stage's config in this branch; its defaults where the branch ends before it."""
        return kind.model_validate(self._branch.node(stage).config) if self._branch.has(stage) else kind()

    def _instant(self, at_s: float) -> float | Fraction:
        """The second that is looked at: an airing's printed end may be the timeline's, where nothing is on screen any more."""
        end_s = self._branch.timeline.duration_s
        return end_s - _LAST_INSTANT_S if abs(at_s - end_s) <= _AS_PRINTED_S else at_s

    def _damaged(self, at_s: float) -> Answer | None:
        """What is said of a second that the last chunk would have if it could be read."""
        timeline, last = self._branch.timeline, self._branch.timeline.chunks[-1]
        end_s = float(timeline.duration_s)
        lost_s = float(last.probe.duration_s - last.duration_s)
        if last.probe.damaged_from_s is None or not end_s <= at_s <= end_s + lost_s:
            return None
        node = self._branch.node("extract_frames")
        said = f"{last.key} cannot be read from {clock(end_s)} on: {last.probe.damage_reason}"
        step = Step(stage="extract_frames", node=node.id, outcome="cut", said=said, facts={"damaged_from_s": end_s})
        remedy = "Mend or replace the file and ingest it again."
        verdict = Verdict(f"extract_frames has nothing: {said}.", remedy, stopped_at="extract_frames")
        return Answer(verdict, (step,), detected=False)
