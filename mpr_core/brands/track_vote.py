"""Several readings of one thing: which brand they name together.

Each legible reading votes with its OCR score times its weight. A reading backs a brand when it matches it, or when what
was read is a piece of it or nearly it; so fragments support a whole reading, and one stray reading among several of
something else decides nothing. The track's score is the best accepted reading's, lowered by the share that disagrees.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.fragments import SUPPORT_MIN_LETTERS
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Candidate, TextReading, TrackDecision
from mpr_core.brands.normalise import fold_key
from mpr_core.brands.reading_match import match_reading
from mpr_core.brands.voted_text import resembles, voted_text

_DISAGREEMENT_PENALTY = 15.0  # points lost if all the weight spoke for something else
_LOOSE_VOTE = 0.6  # how much a fuzzy or fragment match counts when brands contradict each other
_TIE_RATIO = 0.67  # a contradicting brand with this share of the winner's support makes the track ambiguous
_LOOSE_RULES = ("fuzzy", "fragment")


@dataclass(slots=True)
class _Support:
    """What speaks for one brand, in vote weight."""

    best: Candidate | None = None
    matched: float = 0.0
    consistent: float = 0.0
    strength: float = 0.0
    excluded: float = 0.0
    readings: set[int] = field(default_factory=set)


def match_track(readings: Sequence[TextReading], index: BrandIndex, config: MatchBrandsConfig) -> TrackDecision:
    """The brand, or brands, that the readings of one track name.

    Args:
        readings: several crops of the same thing, in any order.
        index: the prepared list.
        config: thresholds.
    Returns:
        The decision; the same for every order of the readings.
    """
    legible = sorted(
        (r for r in readings if fold_key(r.text) and r.score >= config.min_text_score and r.weight > 0),
        key=lambda r: (r.text, r.score, r.weight, r.cut_start, r.cut_end),
    )
    if not legible:
        return TrackDecision(brand=None, reason="no legible text")
    votes = [reading.score * reading.weight for reading in legible]
    text = voted_text([reading.text for reading in legible], votes)
    per_reading = [match_reading(reading, index, config) for reading in legible]
    voted = _voted_candidates(text, legible, index, config)
    supports = _supports(legible, votes, per_reading, voted)
    total = sum(votes)
    decided = {brand: _decided(support, total, config) for brand, support in supports.items() if support.best}
    standing = sorted(
        (c for c in decided.values() if c.accepted), key=lambda c: (-supports[c.brand].strength, -c.score, c.brand)
    )
    matches, contradicted = _agree(standing, supports)
    losers = contradicted + [c for c in decided.values() if not c.accepted] + _rejected(per_reading, voted, decided)
    candidates = (*matches, *sorted(losers, key=lambda c: (-c.score, c.brand))[: config.candidates_kept])
    if not matches:
        return TrackDecision(brand=None, candidates=candidates, text=text, reason=_why_not(candidates, config))
    first = matches[0]
    return TrackDecision(
        brand=first.brand, score=first.score, matches=matches, candidates=candidates, text=text, reason=first.reason
    )


def _voted_candidates(
    text: str, legible: Sequence[TextReading], index: BrandIndex, config: MatchBrandsConfig
) -> tuple[Candidate, ...]:
    """Candidates of the voted text, if it is a text that no single reading has."""
    if len(legible) < 3 or any(reading.text == text for reading in legible):
        return ()
    score = sum(reading.score for reading in legible) / len(legible)
    cut_start = all(reading.cut_start for reading in legible)
    cut_end = all(reading.cut_end for reading in legible)
    voted = TextReading(text=text, score=score, cut_start=cut_start, cut_end=cut_end)
    return match_reading(voted, index, config)


def _supports(
    legible: Sequence[TextReading],
    votes: Sequence[float],
    per_reading: Sequence[tuple[Candidate, ...]],
    voted: tuple[Candidate, ...],
) -> dict[str, _Support]:
    supports: dict[str, _Support] = defaultdict(_Support)
    for candidate in voted:
        if candidate.accepted:
            _take_best(supports[candidate.brand], candidate)
    for position, candidates in enumerate(per_reading):
        for brand in {c.brand for c in candidates if c.accepted}:
            best = max((c for c in candidates if c.accepted and c.brand == brand), key=_preference)
            support = supports[brand]
            _take_best(support, best)
            support.matched += votes[position]
            support.strength += votes[position] * best.score * (_LOOSE_VOTE if best.rule in _LOOSE_RULES else 1.0)
            support.readings.add(position)
        for candidate in candidates:
            if candidate.vetoed_by == "exclude" and candidate.brand not in {c.brand for c in candidates if c.accepted}:
                supports[candidate.brand].excluded += votes[position]
    for support in supports.values():
        if support.best is None:
            continue
        name = support.best.matched_name
        for position, reading in enumerate(legible):
            vetoed = any(c.brand == support.best.brand and c.vetoed_by == "exclude" for c in per_reading[position])
            if position not in support.readings and not vetoed and resembles(reading.text, name, SUPPORT_MIN_LETTERS):
                support.consistent += votes[position]
    return supports


def _take_best(support: _Support, candidate: Candidate) -> None:
    if support.best is None or _preference(candidate) > _preference(support.best):
        support.best = candidate


def _preference(candidate: Candidate) -> tuple[float, str, tuple[int, int]]:
    return candidate.score, candidate.matched_text, candidate.span


def _decided(support: _Support, total: float, config: MatchBrandsConfig) -> Candidate:
    """The brand's best match with the track's score and verdict."""
    assert support.best is not None
    backed = support.matched + support.consistent
    share = min(1.0, backed / total)
    score = round(max(0.0, support.best.score - _DISAGREEMENT_PENALTY * (1.0 - share)), 2)
    veto, why = None, f"backed by {share:.0%} of the readings"
    if support.excluded and support.excluded >= support.matched:
        veto, why = "exclude", "readings of the same text are covered by an exclude"
    elif share < config.min_vote_share:
        veto, why = "votes", f"only {_below(share, config.min_vote_share)} must"
    elif score < config.min_score:
        veto, why = "min_score", f"score {score:g} after disagreement is under min_score {config.min_score:g}"
    reason = f"{support.best.reason}; {'not accepted: ' if veto else ''}{why}"
    return support.best.model_copy(
        update={"score": score, "accepted": veto is None, "vetoed_by": veto, "reason": reason}
    )


def _below(share: float, least: float) -> str:
    """Two shares in as few decimals as show which is less."""
    decimals = next((d for d in range(4) if f"{share:.{d}%}" != f"{least:.{d}%}"), 4)
    return f"{share:.{decimals}%} of the readings back it, at least {least:.{decimals}%}"


def _agree(
    standing: Sequence[Candidate], supports: dict[str, _Support]
) -> tuple[tuple[Candidate, ...], list[Candidate]]:
    """The brands that hold together: the best backed one and those that stand beside it in one reading."""
    if not standing:
        return (), []
    winner = supports[standing[0].brand]
    kept, lost = [standing[0]], []
    for candidate in standing[1:]:
        other = supports[candidate.brand]
        if winner.readings & other.readings:
            kept.append(candidate)
            continue
        tied = other.strength >= _TIE_RATIO * winner.strength
        rival = standing[0].brand
        word, why = ("ambiguous", f"ambiguous with {rival}") if tied else ("votes", f"more readings say {rival}")
        lost.append(_veto(candidate, word, why))
        if tied and kept and kept[0] is standing[0]:
            lost.append(_veto(kept.pop(0), "ambiguous", f"ambiguous with {candidate.brand}"))
    if lost and len(kept) < len(standing) and standing[0] not in kept:
        return (), lost + [_veto(c, "ambiguous", f"beside {standing[0].brand}, which is ambiguous") for c in kept]
    return tuple(kept), lost


def _veto(candidate: Candidate, word: str, why: str) -> Candidate:
    reason = f"{candidate.reason}; not accepted: {why}"
    return candidate.model_copy(update={"accepted": False, "vetoed_by": word, "reason": reason})


def _rejected(
    per_reading: Sequence[tuple[Candidate, ...]], voted: tuple[Candidate, ...], decided: dict[str, Candidate]
) -> list[Candidate]:
    best: dict[str, Candidate] = {}
    for candidate in (c for candidates in (*per_reading, voted) for c in candidates):
        if candidate.brand in decided:
            continue
        known = best.get(candidate.brand)
        if known is None or _preference(candidate) > _preference(known):
            best[candidate.brand] = candidate
    return list(best.values())


def _why_not(candidates: Sequence[Candidate], config: MatchBrandsConfig) -> str:
    if not candidates:
        return "no brand resembles this text"
    tied = sorted(c.brand for c in candidates if c.vetoed_by == "ambiguous")
    best = candidates[0]
    if len(tied) > 1 and best.vetoed_by == "ambiguous":
        return f"ambiguous: {tied[0]} vs {tied[1]}"
    excluded = next((c for c in candidates if c.vetoed_by == "exclude"), None)
    if excluded is not None and best.vetoed_by in ("exclude", "min_score"):
        return f"vetoed by exclude: {excluded.brand} in '{excluded.matched_text}'"
    if best.vetoed_by == "min_score":
        return f"below min_score {config.min_score:g}: best {best.score:.0f} for {best.brand}"
    return f"{best.vetoed_by}: {best.brand}: {best.reason}"
