"""From a report to the names worth proposing: what was long enough on screen, read well, and could be a name at all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from mpr_core.brands.brand_list import MAX_NAME_CHARS
from mpr_core.brands.common_words import is_common
from mpr_core.brands.normalise import fold, fold_key
from mpr_core.brands.registry.records import FoundName, FoundNames
from mpr_core.report.model import Airing, BrandExposure, ProposedName, Report, UnlistedText


@dataclass(frozen=True)
class ProposalRule:
    """What keeps noise out. What a model answered is a name already, so that no more than its seconds and confidence are asked for.

    Attributes:
        min_seconds: time on screen over the whole timeline.
        min_score: 0 to 100, mean over the readings of a text.
        min_confidence: 0 to 100, of a model's surest answer.
        min_letters: a shorter text is rarely a name, and matches badly when it is one.
        most_words: a longer line is a sentence.
    """

    min_seconds: float = 1.0
    min_score: float = 85.0
    min_confidence: float = 60.0
    min_letters: int = 3
    most_words: int = 4


def found_names(report: Report, node_id: str, run_id: str, rule: ProposalRule | None = None) -> FoundNames:
    """The names that a report proposes, the longest on screen first, and what it has of its list."""
    rule = rule or ProposalRule()
    listed = {fold_key(name) for name in report.brand_list}
    by_key: dict[str, FoundName] = {}
    read = (_read(text) for text in report.unlisted_texts if _may_be_a_name(text, rule))
    answered = (
        _answered(n) for n in report.proposed_names if 100 * n.confidence >= rule.min_confidence and fold_key(n.name)
    )
    for name in (*read, *answered):
        if name.key not in listed:
            by_key[name.key] = _joined(by_key.get(name.key), name)
    names = [name for name in by_key.values() if name.seconds >= rule.min_seconds]
    return FoundNames(
        timeline=report.timeline,
        report=node_id,
        run_id=run_id,
        names=tuple(sorted(names, key=lambda n: (-n.seconds, n.key))),
        shown=tuple(_shown(brand, report.airings) for brand in report.brands if brand.airings),
    )


def _may_be_a_name(text: UnlistedText, rule: ProposalRule) -> bool:
    if text.mean_score < rule.min_score or len(text.text) > MAX_NAME_CHARS:
        return False
    words = [token.key for token in fold(text.text).tokens]
    letters = sum(c.isalpha() for c in text.text)
    return letters >= rule.min_letters and len(words) <= rule.most_words and not _everyday(words)


def _everyday(words: Iterable[str]) -> bool:
    """Whether no word of a text is anything but an everyday word or a number."""
    return all(is_common(word) or word.isdigit() for word in words)


def _read(text: UnlistedText) -> FoundName:
    return FoundName(
        name=" ".join(text.text.split()),
        sources=("ocr",),
        seconds=text.seconds,
        airings=text.airings,
        first_s=text.first_s,
        last_s=text.last_s,
        score=text.mean_score,
        crop_key=text.crop_key,
    )


def _answered(name: ProposedName) -> FoundName:
    return FoundName(
        name=" ".join(name.name.split())[:MAX_NAME_CHARS].rstrip(),
        sources=(name.source,),
        seconds=name.seconds,
        airings=name.airings,
        first_s=name.first_s,
        last_s=name.last_s,
        score=100 * name.confidence,
        crop_key=name.crop_key,
    )


def _shown(brand: BrandExposure, airings: Iterable[Airing]) -> FoundName:
    best = max((a for a in airings if a.brand == brand.brand), key=lambda a: (a.crop_quality, -a.start_s), default=None)
    return FoundName(
        name=brand.brand,
        seconds=brand.seconds,
        airings=brand.airings,
        first_s=brand.first_s or 0.0,
        last_s=brand.last_s or 0.0,
        score=brand.mean_score or 0.0,
        crop_key=None if best is None else best.crop_key,
    )


def _joined(known: FoundName | None, more: FoundName) -> FoundName:
    """One name from two sources: they speak of the same seconds, so the longer of them counts."""
    if known is None:
        return more
    longest = max((known, more), key=lambda name: (name.seconds, name.score, name.name))
    sources = tuple(sorted({*known.sources, *more.sources}))
    return longest.model_copy(
        update={"sources": sources, "crop_key": longest.crop_key or known.crop_key or more.crop_key}
    )
