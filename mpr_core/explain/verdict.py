"""A case as one sentence, and the command that would change it as another."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mpr_core.explain.cases import Case
from mpr_core.explain.explanation import Setting, written
from mpr_core.explain.target import Target
from mpr_core.report.clock import clock
from mpr_core.report.model import Airing
from mpr_core.runner.branch import Branch
from mpr_core.stages.registry import STAGE_NAMES


@dataclass(frozen=True)
class Verdict:
    """What `Explanation` says of the whole."""

    said: str
    remedy: str = ""
    command: str = ""
    settings: tuple[Setting, ...] = ()
    tried: bool = False
    stopped_at: str | None = None


def verdict_of(branch: Branch, target: Target, case: Case) -> Verdict:
    """The verdict on a brand that was not detected."""
    brand = target.brand.canonical_name
    if case.stage is None or not branch.has(case.stage):
        return Verdict(f"{brand} was not cut up to {branch.tip.stage}, where this branch ends: {case.why}.")
    settings = case.settings
    if target.listed:
        saw_nothing = case.thread is None and case.stage == "detect_objects"
        said = f"{case.stage} {'found nothing' if saw_nothing else 'cut it'}: {case.why}{_knobs(settings, case.tried)}."
        stage = case.stage
    else:
        nearest = f"; the nearest name on it is {target.nearest}" if target.nearest else ", which is empty"
        rest = (
            f"{case.stage} would cut it: {case.why}{_knobs(settings, case.tried)}"
            if settings or not case.tried
            else case.why
        )
        said, stage = f"{brand} is not on the brand list{nearest}; {rest}.", "match_brands"
    command = _command(branch, settings, case.needs_list)
    return Verdict(said, _remedy(case, brand, command), command, settings, case.tried, stage)


def detected(target: Target, airing: Airing, grounds: str) -> Verdict:
    """The verdict on a brand that the report has at that second."""
    brand = target.brand.canonical_name
    said = (
        f"{brand} was detected: airing {airing.id}, {clock(airing.start_s)} to {clock(airing.end_s)}, "
        f"decided by {airing.decided_by} with score {airing.score:.0f}{grounds}."
    )
    return Verdict(said)


def bridged(target: Target, airing: Airing, gap_s: float, here: Verdict) -> Verdict:
    """The verdict on a second that lies in an airing, where the brand itself was not seen."""
    brand = target.brand.canonical_name
    said = (
        f"{brand} is in airing {airing.id}, {clock(airing.start_s)} to {clock(airing.end_s)}, but was not seen at this second: "
        f"compile_report.gap_s = {gap_s:g} bridges it; {here.said}"
    )
    return replace(here, said=said)


def _knobs(settings: tuple[Setting, ...], tried: bool) -> str:
    would = "would do" if tried else "might do"
    told = [f"{s.knob} is {written(s.present)}, {written(s.value)} {would}" for s in settings]
    return "; " + " and ".join(told) if told else ""


def _remedy(case: Case, brand: str, command: str) -> str:
    if not command:
        return _opened(case.advice) + "." if case.advice else ""
    if case.needs_list and not case.settings and case.advice:
        return f"{_opened(case.advice)}: {command}"
    listed = f" and {brand} on the brand list FILE" if case.needs_list else ""
    if case.tried:
        return f"Tried on what is stored, it is found with this{listed}: {command}"
    return f"This{listed} may help, but could not be tried: {command}"


def _command(branch: Branch, settings: tuple[Setting, ...], needs_list: bool) -> str:
    """The replay that makes the settings; from this very branch when the heads stand elsewhere."""
    stages = [s.stage for s in settings] + (["match_brands"] if needs_list else [])
    if not stages:
        return ""
    first = min(stages, key=STAGE_NAMES.index)
    head = branch.catalog.head(branch.timeline.id, branch.tip.stage)
    words = [f"mpr replay {branch.timeline.id} --stage {first}"]
    words += [] if head is not None and head.id == branch.tip.id else [f"--from {branch.tip.id}"]
    words += [f"--set {setting.argument()}" for setting in settings]
    words += ["--brands FILE"] if needs_list else []
    return " ".join(words)


def _opened(text: str) -> str:
    """With a capital, but for what begins with a knob's name."""
    return text if "=" in text.partition(" ")[0] else text[:1].upper() + text[1:]
