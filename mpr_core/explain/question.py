"""One question: the walk over the stages at one place, and the case that decides the verdict."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from mpr_core.errors import InputError
from mpr_core.explain.cases import Case, Judge
from mpr_core.explain.explanation import XYXY, Setting, Step
from mpr_core.explain.frame_steps import frame_steps
from mpr_core.explain.hidden_boxes import HiddenBoxes
from mpr_core.explain.matching import Matching
from mpr_core.explain.nearness import NearnessTo
from mpr_core.explain.places import written_px
from mpr_core.explain.presence import Presence, Presences
from mpr_core.explain.reader import Reader
from mpr_core.explain.reading_trials import ReadingTrials
from mpr_core.explain.report_steps import airing_at, escalation_steps, on_screen, report_step
from mpr_core.explain.retracking import Retracking
from mpr_core.explain.segment_view import SegmentView
from mpr_core.explain.shown_frame import NOBODY, Scene, ShownFrame, scene_at, shown_frame
from mpr_core.explain.target import Target
from mpr_core.explain.thread_steps import boxes_step, thread_steps
from mpr_core.explain.threads import Thread, tracked_at
from mpr_core.explain.verdict import Verdict, bridged, detected, verdict_of
from mpr_core.report.clock import clock
from mpr_core.report.model import Airing, Report
from mpr_core.runner.branch import Branch, Place
from mpr_core.stages.configs import CompileReportConfig, ExtractFramesConfig
from mpr_core.stages.decision_rows import holds_at

_JUDGED = 3  # things at one place that are followed to their end; the others are counted
_NEAR_S = 0.05  # as near as a frame of 25 a second comes
_RATES = (3, 4, 5, 6, 8, 10, 12, 15, 20, 25, 30, 50, 60)


@dataclass(frozen=True)
class Tools:
    """What all questions about a branch share."""

    branch: Branch
    view: Callable[[int], SegmentView]
    reader: Reader
    hidden: HiddenBoxes
    sampling: ExtractFramesConfig
    rule: CompileReportConfig
    report: Report | None


@dataclass(frozen=True)
class Answer:
    verdict: Verdict
    steps: tuple[Step, ...]
    detected: bool


class Question:
    """A brand at a second, and perhaps at a place of the frame."""

    def __init__(self, tools: Tools, target: Target, place: Place, at_s: float, box_px: XYXY | None) -> None:
        self._tools, self._target, self._place, self._at_s, self._box_px = tools, target, place, at_s, box_px
        self._branch, self._brand = tools.branch, target.brand.canonical_name
        segments = len(tools.branch.segments)
        self._scene: Scene = scene_at(tools.view, place, segments)
        self._shown: ShownFrame | None = shown_frame(tools.view, place, segments)
        self._nearness = NearnessTo(target.brand, target.config)
        self._presences = None if tools.report is None else Presences(tools.view, segments, tools.rule.gap_s)
        matching = Matching(tools.reader.what_if, target.config, target.brand)
        retracking = Retracking(tools.reader, tools.hidden.config, self._nearness)
        self._judge = Judge(
            self._brand,
            target.listed,
            at_s,
            matching=matching,
            trials=ReadingTrials(tools.reader, matching, self._nearness, retracking),
            hidden=tools.hidden,
            kept=lambda thread: tools.hidden.kept(thread, self._nearness),
            report=tools.rule,
            presences=self._presences,
        )

    def answer(self) -> Answer:
        """The walk and its verdict."""
        steps = list(frame_steps(self._branch, self._at_s, self._shown, self._scene, self._box_px))
        if self._shown is None:
            return Answer(verdict_of(self._branch, self._target, self._unsampled()), tuple(steps), detected=False)
        self._check_box(self._shown)
        airing, there = self._airing(self._shown)
        tracked = tracked_at(self._shown, self._box_px, self._nearness, self._brand)
        seen = airing is not None and there and on_screen(airing, self._at_s)
        cases = [] if seen else self._cases(self._shown, tracked)
        case = max(cases, key=lambda c: c.rank, default=None)
        told = self._told(tracked, cases)
        left_out = sum(thread.hidden for thread in told)
        if self._branch.has("detect_objects"):
            steps.append(boxes_step(self._branch, self._shown, self._box_px, tracked, left_out))
        steps += [step for thread in told for step in thread_steps(self._branch, thread, self._brand)]
        first = case.thread if case is not None else (told[0] if told else None)
        steps += escalation_steps(self._branch, first)
        if self._tools.report is not None:
            dropped = self._dropped(case)
            report = self._tools.report
            steps.append(report_step(self._branch, report, self._brand, self._at_s, airing, there, dropped))
        return Answer(self._verdict(case, tracked, airing, seen, told), tuple(steps), airing is not None and there)

    def _verdict(
        self, case: Case | None, tracked: list[Thread], airing: Airing | None, seen: bool, told: list[Thread]
    ) -> Verdict:
        assert self._shown is not None
        if airing is not None and seen:
            return detected(self._target, airing, self._grounds(told))
        here = verdict_of(self._branch, self._target, case or self._nothing_there(self._shown, tracked, airing))
        if airing is not None and not on_screen(airing, self._at_s):
            return bridged(self._target, airing, self._tools.rule.gap_s, here)
        return here

    def _check_box(self, shown: ShownFrame) -> None:
        width, height = shown.row["width_px"], shown.row["height_px"]
        if self._box_px is not None and (self._box_px[0] >= width or self._box_px[1] >= height):
            raise InputError(
                "the box lies outside the frame",
                where=written_px(self._box_px),
                why=f"the frame is {width}x{height} px",
                remedy="count pixels from the top left corner of the source's own frame",
            )

    def _airing(self, shown: ShownFrame) -> tuple[Airing | None, bool]:
        if self._tools.report is None:
            return None, False
        return airing_at(self._tools.report, self._brand, self._at_s, shown.t_s, self._box_px)

    def _cases(self, shown: ShownFrame, tracked: list[Thread]) -> list[Case]:
        """How the things at the place ended. What detection left out is only searched for where no tracked thing has an answer."""
        likely = [thread for thread in tracked if self._is_likely(thread)]
        likely = likely or self._tools.hidden.read_anew(tracked, self._nearness)
        cases: list[Case] = []
        for thread in likely[:_JUDGED]:  # the nearest first; one answer is enough
            cases.append(self._judge.tracked(thread))
            if cases[-1].tried or cases[-1].stage is None:
                break
        if any(case.tried or case.stage is None for case in cases) or not self._branch.has("detect_objects"):
            return cases
        if shown.rep_seq != shown.seq:
            looks = self._tools.hidden.looked_at(shown.view, shown.seq, self._box_px, self._nearness)
            found = [self._judge.not_looked_at(look, shown) for look in looks[:_JUDGED] if look.nearness.near]
            cases += [case for case in found if case is not None]
        if shown.rep_seq != NOBODY and not any(case.tried for case in cases):
            seq = shown.rep_seq
            left_out = self._tools.hidden.left_out(shown.view, seq, self._box_px, self._nearness)
            cases += [self._judge.left_out(thread) for thread in left_out[:_JUDGED] if thread.nearness.near]
        if not cases and self._box_px is not None:
            cases += [self._judge.illegible(thread) for thread in tracked[:_JUDGED]]
        return cases

    def _is_likely(self, thread: Thread) -> bool:
        return thread.nearness.near or thread.view.decided(thread.track, self._brand) is not None

    def _told(self, tracked: list[Thread], cases: list[Case]) -> list[Thread]:
        """The things whose way is listed: those that were judged, else the nearest ones."""
        judged = [case.thread for case in sorted(cases, key=lambda c: c.rank, reverse=True) if case.thread is not None]
        tracks = {thread.track for thread in judged}
        others = [t for t in tracked if t.track not in tracks and (self._box_px is not None or self._is_likely(t))]
        more = tracked[:1] if not judged and not others else []
        return (judged + others + more)[: 2 * _JUDGED]

    def _dropped(self, case: Case | None) -> Presence | None:
        if case is None or case.stage != "compile_report" or case.thread is None or self._presences is None:
            return None
        return self._presences.at(self._at_s, case.thread.view.index, self._brand)

    def _grounds(self, threads: list[Thread]) -> str:
        for thread in threads:
            decided = thread.view.decided(thread.track, self._brand)
            if decided is not None and holds_at(decided[1], thread.seq):
                return f": {decided[1]['reason']}"
        return ""

    def _unsampled(self) -> Case:
        """A scene shorter than the sampling step fell between two samples."""
        scene, present = self._scene, self._tools.sampling.fps
        rate = next((rate for rate in _RATES if rate > present and self._samples(rate)), None)
        length = scene.end_s - scene.start_s
        why = f"the scene from {clock(scene.start_s)} to {clock(scene.end_s)} ({length:.2f} s) lies between two sampled frames"
        if rate is None:
            return Case(None, "extract_frames", why, advice="no rate up to 60 samples it")
        settings = [Setting(stage="extract_frames", field="fps", present=_plain(present), value=rate)]
        if length < self._tools.rule.min_airing_s:
            least = int(length * 20) / 20
            settings.append(
                Setting(
                    stage="compile_report", field="min_airing_s", present=self._tools.rule.min_airing_s, value=least
                )
            )
        return Case(None, "extract_frames", why, tuple(settings))

    def _samples(self, rate: int) -> bool:
        """Whether the grid of a rate has an instant in the scene (source clock: a chunk may begin within its source)."""
        chunk = self._branch.timeline.chunks[self._place.segment.chunk_index]
        begin = self._branch.timeline.starts_s()[self._place.segment.chunk_index]
        start, end = (Fraction(s) - begin + chunk.offset_s for s in (self._scene.start_s, self._scene.end_s))
        return -((-start * rate) // 1) < end * rate

    def _nothing_there(self, shown: ShownFrame, tracked: list[Thread], airing: Airing | None) -> Case:
        """Nothing at the place resembles the brand, as far as can be seen."""
        advice = "name the place with --box, in pixels of the frame, if it is there"
        if not self._branch.has("detect_objects"):
            return Case(None, None, "nothing has been searched for yet")
        if shown.rep_seq == NOBODY:
            why = f"frame {shown.seq} counted as blank, and shows nothing like {self._brand} when looked at by itself"
            return Case(None, "filter_scenes", why, advice="there is nothing to change" if self._box_px else advice)
        if tracked and not self._branch.has("run_ocr"):
            return Case(None, None, f"of {len(tracked)} boxes on the frame it has read none")
        nearer = self._nearer_rate(shown)
        if self._box_px is not None:
            where = (
                f"no box at {written_px(self._box_px)} on the frame at {clock(shown.t_s)}, with open thresholds neither"
            )
            if airing is not None and on_screen(airing, self._at_s):
                where += f"; {self._brand} was detected elsewhere in the frame (airing {airing.id})"
            read = self._tools.hidden.place_itself(shown.view, shown.rep_seq, self._box_px, self._nearness)
            advice = "what is there is no text that the detector can see"
            if read.nearness.near:
                where += f", although the place itself reads '{read.surest[0]}' ({read.surest[1]:.2f})"
                advice = "the detector does not see it as text; a model of detect_objects.yolo_weights might"
            return Case(None, "detect_objects", where, nearer, advice=advice)
        if not tracked:
            return Case(None, "detect_objects", f"no box on the frame at {clock(shown.t_s)}", nearer, advice=advice)
        nearest = tracked[0].nearness
        why = f"none of {len(tracked)} boxes on the frame at {clock(shown.t_s)} reads like {self._brand}"
        why += f"; the nearest reads '{nearest.text}'" if nearest.text else ""
        return Case(None, "detect_objects", why, nearer, advice=advice)

    def _nearer_rate(self, shown: ShownFrame) -> tuple[Setting, ...]:
        """The sampling rate that looks much nearer to the second, where the sampled frame is some way off."""
        away = abs(shown.t_s - self._at_s)
        if away < _NEAR_S:
            return ()
        chunk = self._branch.timeline.chunks[self._place.segment.chunk_index]
        source_s, present = self._place.chunk_s + chunk.offset_s, self._tools.sampling.fps
        for rate in _RATES:
            if rate > present and float(abs(round(source_s * rate) / Fraction(rate) - source_s)) <= max(
                _NEAR_S, away / 3
            ):
                return (Setting(stage="extract_frames", field="fps", present=_plain(present), value=rate),)
        return ()


def _plain(value: Fraction) -> int | str:
    return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"
