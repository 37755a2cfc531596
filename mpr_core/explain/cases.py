"""How far one thing came, what stopped it, and which knobs would have let it go on."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mpr_core.brands.normalise import fold_key
from mpr_core.explain.explanation import Setting
from mpr_core.explain.hidden_boxes import HiddenBoxes
from mpr_core.explain.matching import Matching, with_partners
from mpr_core.explain.presence import Presence, Presences
from mpr_core.explain.reading_trials import ReadingTrials
from mpr_core.explain.segment_view import Row
from mpr_core.explain.shown_frame import ShownFrame
from mpr_core.explain.threads import Thread
from mpr_core.report.spans import TOUCH_S
from mpr_core.stages.configs import CompileReportConfig
from mpr_core.stages.decision_rows import holds_at
from mpr_core.stages.registry import STAGE_NAMES

_LEAST_ALIAS_LETTERS = 4
_SURE_SCORE = 0.8  # what is read with less may be something else


@dataclass(frozen=True)
class Case:
    """One thing's end.

    Attributes:
        stage: where it was cut; None when nothing cut it.
        why: what that stage saw, a clause.
        settings: what would let it pass.
        tried: the settings were tried, and the brand was found.
        advice: what to do instead where no setting helps.
        needs_list: the brand has to be put on the list first.
    """

    thread: Thread | None
    stage: str | None
    why: str
    settings: tuple[Setting, ...] = ()
    tried: bool = False
    advice: str = ""
    needs_list: bool = False

    @property
    def rank(self) -> tuple[bool, int, tuple[float, float]]:
        """The most telling case is the largest: one with a cure that was tried, then the one that came farthest."""
        far = len(STAGE_NAMES) if self.stage is None else STAGE_NAMES.index(self.stage)
        near = (0.0, 0.0) if self.thread is None else self.thread.nearness.rank
        return self.tried, far, near


class Judge:
    """Judges the things at one place for one brand.

    Args:
        brand: canonical name.
        listed: whether the branch's list has it.
        presences: None where the branch has no report.
    """

    def __init__(
        self,
        brand: str,
        listed: bool,
        at_s: float,
        *,
        matching: Matching,
        trials: ReadingTrials,
        hidden: HiddenBoxes,
        kept: Callable[[Thread], Thread | None],
        report: CompileReportConfig,
        presences: Presences | None,
    ) -> None:
        self._brand, self._listed, self._at_s = brand, listed, at_s
        self._matching, self._trials, self._hidden, self._kept = matching, trials, hidden, kept
        self._report, self._presences = report, presences

    def tracked(self, thread: Thread) -> Case:
        """A thing that was followed and read."""
        decided = thread.view.decided(thread.track, self._brand)
        if decided is not None:
            stage, row = decided
            return self._shown(thread, stage) if holds_at(row, thread.seq) else self._spoken_against(thread, stage, row)
        if thread.view.branch.has("match_brands") and thread.view.branch.node("match_brands").status == "skipped":
            return self._matching_off(thread)
        thread = with_partners(thread)
        settings = self._matching.settings(thread)
        if settings is not None and len(settings) < 2:
            return self._with_knobs(thread, settings)
        read = self._read_anew(thread, self._refusal(thread))
        if settings is not None and (read is None or len(read.settings) >= len(settings)):
            return self._with_knobs(thread, settings)
        return read or self._without_knob(thread)

    def _read_anew(self, thread: Thread, why: str) -> Case | None:
        """The case of a thing that other tracking, other crops or another reading would have shown as the brand."""
        read = self._trials.settings(thread)
        if read is None:
            return None
        if read.thread.hidden and not thread.hidden:
            texts = ", ".join(dict.fromkeys(f"'{row['text']}'" for row in thread.readings if row["text"]))
            why = f"track {thread.track} holds several things, {texts}, and as one {why}"
        decisions = self._matching.decisions(read.thread, _changes(read.settings))
        settings = read.settings + self._airing_settings(read.thread, decisions)
        return Case(thread, read.settings[0].stage, why, settings, tried=True, needs_list=not self._listed)

    def left_out(self, thread: Thread) -> Case:
        """A thing that detection saw and did not keep."""
        why = f"a box with score {thread.box['score']:.2f}, {thread.height_px:.0f} px high, reads {_surest(thread)}"
        kept = self._kept(thread)
        if kept is None:
            return Case(thread, "detect_objects", why, self._hidden.threshold(thread))
        settings = self._matching.settings(kept)
        if settings is None:
            keeping = " and ".join(setting.argument() for setting in kept.kept_with)
            advice = f"{keeping} would keep the box (tried), but not help: {self._refusal(kept)}"
            return Case(kept, "detect_objects", why, advice=advice)
        decisions = self._matching.decisions(kept, _changes(settings))
        settings = kept.kept_with + settings + self._airing_settings(kept, decisions)
        return Case(kept, "detect_objects", why, settings, tried=True, needs_list=not self._listed)

    def not_looked_at(self, thread: Thread, shown: ShownFrame) -> Case | None:
        """A thing on a frame that another one stands for, or that counted as blank."""
        settings = self._matching.settings(thread)
        if settings is None:
            return None
        field = "drop_blank" if shown.blank else "drop_near_duplicates"
        switch = Setting(stage="filter_scenes", field=field, present=True, value=False)
        how = "counted as blank" if shown.blank else f"counted as a near-duplicate of frame {shown.rep_seq}"
        why = f"frame {shown.seq} {how}; looked at by itself, it shows {_surest(thread)}"
        return Case(thread, "filter_scenes", why, (switch, *settings), tried=True, needs_list=not self._listed)

    def illegible(self, thread: Thread) -> Case:
        """A thing at the asked place that reads like nothing of the brand; reading it otherwise is tried first."""
        found = self.tracked(thread)
        if found.tried:
            return found
        text, score = thread.surest
        advice = "no setting that was tried reads it as the brand"
        if not text:
            return Case(thread, "run_ocr", "nothing legible in the box there", advice=advice)
        near = f"{thread.nearness.letters_percent:.0f}% of the letters of {thread.nearness.name} in common"
        why = f"the box there reads {_surest(thread)}, {near}"
        return Case(thread, "run_ocr" if score < _SURE_SCORE else "match_brands", why, advice=advice)

    def _shown(self, thread: Thread, stage: str) -> Case:
        """Decided, and seen on the frame: only the report can have dropped it."""
        presence = self._presence(thread, None)
        if self._presences is None or presence is None:
            return Case(thread, None, f"{stage} decided it")
        short = self._too_short(presence)
        if short is None:
            return Case(thread, None, f"{stage} decided it")
        why = f"{stage} decided it, but its stay of {presence.seconds:.2f} s is under compile_report.min_airing_s"
        return Case(thread, "compile_report", why, (short,), tried=True)

    def _spoken_against(self, thread: Thread, stage: str, row: Row) -> Case:
        """Decided for the track, but not for this frame of it."""
        nearest = min(row["against_seqs"], key=lambda seq: abs(seq - thread.seq))
        line = next((line for line in thread.readings if line["seq"] == nearest), None)
        said = f"reads '{line['text']}' ({line['score']:.2f})" if line else "lacks a part of the name"
        why = f"the track is {self._brand}, but the reading nearest to this second, of frame {nearest}, {said}"
        advice = "no setting that was tried reads this frame as the brand"
        return self._read_anew(with_partners(thread), why) or Case(thread, stage, why, advice=advice)

    def _matching_off(self, thread: Thread) -> Case:
        node = thread.view.branch.node("match_brands")
        on = Setting(stage="match_brands", field="enabled", present=False, value=True)
        why = f"it was skipped ({node.reason}); {_what_was_read(thread)}"
        settings = self._matching.settings(with_partners(thread))
        if settings is None:
            return Case(thread, "match_brands", why, (on,))
        return Case(thread, "match_brands", why, (on, *settings), tried=True, needs_list=not self._listed)

    def _with_knobs(self, thread: Thread, settings: tuple[Setting, ...]) -> Case:
        decisions = self._matching.decisions(thread, _changes(settings))
        if settings:
            why = self._refusal(thread)
        else:
            own = max((row for row in decisions if row["brand"] == self._brand), key=lambda row: row["score"])
            why = f"{_what_was_read(thread)}, which would match with score {own['score']:.0f} ({own['rule']})"
        settings = settings + self._airing_settings(thread, decisions)
        return Case(thread, "match_brands", why, settings, tried=True, needs_list=not self._listed)

    def _without_knob(self, thread: Thread) -> Case:
        """Near, perhaps, but no knob helps: a further name on the list may."""
        text, score = thread.surest
        why = self._refusal(thread)
        stage = "match_brands" if score >= _SURE_SCORE else "run_ocr"
        candidates = self._matching.candidates(thread)
        if candidates and candidates[0]["vetoed_by"] == "exclude":
            advice = f"take that phrase out of the excludes of {self._brand} in the brand list"
            return Case(thread, "match_brands", why, advice=advice, needs_list=True)
        if thread.nearness.near and _may_be_alias(text, self._brand) and self._matching.found_as_alias(thread, text):
            advice = f"no setting lets it pass; '{text}' as an alias of {self._brand} in the brand list does (tried)"
            return Case(thread, stage, why, advice=advice, needs_list=True)
        return Case(thread, stage, why, advice="no setting that was tried lets it pass")

    def _refusal(self, thread: Thread) -> str:
        """Why matching did not take a thread's readings, in the matcher's own words where it has any."""
        stored = thread.view.candidates.get(thread.track, [])
        refused = [row for row in stored if row["brand"] == self._brand and not row["accepted"]]
        refused = refused or [row for row in self._matching.candidates(thread) if not row["accepted"]]
        read = _what_was_read(thread)
        if thread.own_text:
            return read
        if refused:
            return f"{read}: {max(refused, key=lambda row: row['score'])['reason']}"
        text, score = thread.surest
        least = self._matching.config.min_text_score
        if text and score < least:
            return f"{read}, under match_brands.min_text_score"
        near = thread.nearness
        return f"{read}, {near.letters_percent:.0f}% of the letters of {near.name} in common"

    def _airing_settings(self, thread: Thread, decisions: Sequence[Row]) -> tuple[Setting, ...]:
        """What the report would still need to count the stay that decisions would bring."""
        presence = self._presence(thread, [row for row in decisions if row["brand"] == self._brand])
        short = None if presence is None else self._too_short(presence)
        return () if short is None else (short,)

    def _presence(self, thread: Thread, decisions: Sequence[Row] | None) -> Presence | None:
        if self._presences is None:
            return None
        changed = None if decisions is None else {thread.track: decisions}
        boxes = thread.boxes if thread.hidden else ()
        return self._presences.at(self._at_s, thread.view.index, self._brand, boxes=boxes, decisions=changed)

    def _too_short(self, presence: Presence) -> Setting | None:
        least = self._report.min_airing_s
        if presence.seconds + TOUCH_S >= least:
            return None
        value = round(math.floor(presence.seconds * 20) / 20, 2)
        return Setting(stage="compile_report", field="min_airing_s", present=least, value=value)


def _changes(settings: Sequence[Setting]) -> dict[str, object]:
    return {setting.field: setting.value for setting in settings if setting.stage == "match_brands"}


def _may_be_alias(text: str, brand: str) -> bool:
    """Whether a text says enough to stand for a brand; a piece of its name, cut or hidden, does not."""
    key = fold_key(text)
    return len(key) >= _LEAST_ALIAS_LETTERS and key not in fold_key(brand)


def _surest(thread: Thread) -> str:
    if thread.box["source"] == "yolo":
        return f"as class '{thread.box['class_name']}'"
    text, score = thread.surest
    return f"'{text}' ({score:.2f})" if text else "as nothing legible"


def _what_was_read(thread: Thread) -> str:
    """'VANTEL0' (0.97) was read: the reading that comes nearest, with its OCR score."""
    if thread.box["source"] == "yolo":
        return f"a box of class '{thread.box['class_name']}' is there"
    rows = [row for row in thread.readings if row["text"] == thread.nearness.text] or thread.readings
    if thread.own_text:
        texts = ", ".join(dict.fromkeys(f"'{row['text']}'" for row in rows)) or "nothing"
        return f"the track's crops read {texts}, and none is of this frame, where its box reads '{thread.own_text}'"
    if not rows or not rows[0]["text"]:
        return "nothing legible was read"
    return f"'{rows[0]['text']}' was read ({rows[0]['score']:.2f})"
