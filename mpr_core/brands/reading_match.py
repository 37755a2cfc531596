"""One text against the brand list: all resemblances, then context, excludes, overlaps and thresholds decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Candidate, TextReading
from mpr_core.brands.name_search import Hit, find_names
from mpr_core.brands.normalise import FoldedText, fold, has_symbol_letters
from mpr_core.brands.text_context import Veto, exclude_veto, sentence_veto

_SAME_LETTERS = ("exact", "folded")
_WORTH_TELLING_SCORE = 50.0
_TELLING = {"exclude": 3, "ambiguous": 2, "running_text": 2, "text_score": 2, "inside_word": 1, "covered": 1}


def match_reading(reading: TextReading, brands: BrandIndex, config: MatchBrandsConfig) -> tuple[Candidate, ...]:
    """The brands a text may name.

    Args:
        reading: the text, its OCR score and whether the frame's edge cuts it.
        brands: the prepared list.
        config: thresholds.
    Returns:
        Accepted candidates best first, then rejected ones best first, at most `candidates_kept` of these. Accepted ones
        do not overlap; there are several when one line names several brands. Empty when nothing resembles a name.
    """
    memory = brands.memory(config)
    key = reading.text, reading.score, reading.cut_start, reading.cut_end
    if key not in memory:  # a track's readings are asked about once for its vote and again for its witnesses
        memory[key] = _matched(reading, brands, config)
    found: tuple[Candidate, ...] = memory[key]
    return found


def _matched(reading: TextReading, brands: BrandIndex, config: MatchBrandsConfig) -> tuple[Candidate, ...]:
    hits = _without_guesses(_hits(reading, brands, config), config)
    accepted, covered = _settle([hit for hit in hits if hit.veto is None], config)
    rejected = _tell([hit for hit in hits if hit.veto is not None] + covered, accepted)
    return tuple(_candidate(hit) for hit in accepted + rejected[: config.candidates_kept])


def _hits(reading: TextReading, brands: BrandIndex, config: MatchBrandsConfig) -> list[Hit]:
    """Every resemblance with its first veto, the best per brand and place, in a stable order."""
    best: dict[tuple[str, tuple[int, int]], Hit] = {}
    for folded, found in _found(reading, brands, config):
        branded = _branded(folded, found)
        for hit in found:
            veto = hit.veto or _context_veto(hit, reading, brands, branded, config)
            hit = replace(hit, veto=veto)
            place = (hit.name.brand.canonical_name, hit.window.span)
            if place not in best or _rank(hit) > _rank(best[place]):
                best[place] = hit
    return sorted(best.values(), key=lambda hit: (*(-x for x in _rank(hit)[:2]), hit.name.key, hit.window.span))


def _found(
    reading: TextReading, brands: BrandIndex, config: MatchBrandsConfig
) -> tuple[tuple[FoldedText, tuple[Hit, ...]], ...]:
    """The text, folded in each way, with what its letters resemble; its score plays no part yet."""
    key = reading.text, reading.cut_start, reading.cut_end
    memory = brands.memory(config)
    if key not in memory:
        texts = [fold(reading.text)]
        if has_symbol_letters(reading.text):
            texts.append(fold(reading.text, symbols=True))
        cut = reading.cut_start, reading.cut_end
        memory[key] = tuple((folded, tuple(find_names(folded, brands, *cut, config))) for folded in texts)
    found: tuple[tuple[FoldedText, tuple[Hit, ...]], ...] = memory[key]
    return found


def _without_guesses(hits: list[Hit], config: MatchBrandsConfig) -> list[Hit]:
    """The hits, where a name reached only through wrong letters gives way to another brand's that fits the same letters as well.

    'TRELIX' at the frame's edge is the beginning of 'Trelix 24' letter for letter, even if too little of it to be accepted; that makes
    reading it as 'Trebix' with a wrong letter a guess.
    """
    return [_doubted(hit, hits, config) if hit.rule == "fuzzy" and hit.veto is None else hit for hit in hits]


def _doubted(hit: Hit, hits: list[Hit], config: MatchBrandsConfig) -> Hit:
    for other in hits:
        if other.name.brand is hit.name.brand or not _overlap(hit, other) or other.veto is None:
            continue
        near = other.veto[0] == "min_score" and other.score > hit.score - config.ambiguity_margin
        if near or (other.veto[0] == "fragment" and other.score >= hit.score):
            return replace(hit, veto=("ambiguous", f"ambiguous with {other.name.brand.canonical_name}"))
    return hit


def _rank(hit: Hit) -> tuple[float, float, str]:
    return float(hit.veto is None), hit.score, hit.name.text


def _branded(folded: FoldedText, found: Iterable[Hit]) -> frozenset[int]:
    return frozenset(
        position
        for hit in found
        if hit.rule in _SAME_LETTERS and hit.veto is None and hit.window.folded is folded
        for position in range(hit.window.first, hit.window.last + 1)
    )


def _context_veto(
    hit: Hit, reading: TextReading, brands: BrandIndex, branded: frozenset[int], config: MatchBrandsConfig
) -> Veto | None:
    name = hit.name
    veto = exclude_veto(hit.window, name, brands.excludes.get(name.brand.canonical_name, ()))
    veto = veto or sentence_veto(hit.window, name, hit.rule, branded, config)
    if veto is not None:
        return veto
    if reading.score < config.min_text_score:
        return "text_score", f"the text's OCR score {reading.score:.2f} is under {config.min_text_score:g}"
    if name.short and reading.score < config.short_name_min_text_score:
        least = config.short_name_min_text_score
        return "text_score", f"the text's OCR score {reading.score:.2f} is under {least:g}, the least for a short name"
    if name.short and _cut_beside(hit, reading):
        return "short_name", "the frame's edge cuts the text right beside it, so it may be a piece of a longer word"
    if hit.score < config.min_score:
        return "min_score", f"score {hit.score:.0f} is under min_score {config.min_score:g}"
    return None


def _cut_beside(hit: Hit, reading: TextReading) -> bool:
    """Whether the frame's edge cuts the text where the hit begins or ends."""
    start, end = hit.window.span
    at_start = reading.cut_start and not reading.text[:start].strip()
    at_end = reading.cut_end and not reading.text[end:].strip()
    return at_start or at_end


def _settle(hits: list[Hit], config: MatchBrandsConfig) -> tuple[list[Hit], list[Hit]]:
    """Hits that stand, and those that lose their letters to a better hit or to a tie between two brands."""
    order = sorted(hits, key=lambda h: (-h.score * (h.window.span[1] - h.window.span[0]), -h.score, h.name.key))
    kept: list[Hit] = []
    lost: list[Hit] = []
    tied: list[Hit] = []
    for hit in order:
        rival = next((other for other in kept + tied if _overlap(other, hit)), None)
        if rival is None:
            kept.append(hit)
        elif rival.name.brand is hit.name.brand:
            lost.append(replace(hit, veto=("covered", f"covered by the better match of '{rival.name.text}'")))
        elif _tie(rival, hit, config):
            lost.append(replace(hit, veto=("ambiguous", f"ambiguous with {rival.name.brand.canonical_name}")))
            if rival in kept:
                kept.remove(rival)
                tied.append(rival)
                lost.append(replace(rival, veto=("ambiguous", f"ambiguous with {hit.name.brand.canonical_name}")))
        else:
            lost.append(replace(hit, veto=("covered", f"covered by {rival.name.brand.canonical_name}")))
    kept.sort(key=lambda h: (-h.score, h.window.span, h.name.key))
    return kept, lost


def _tie(winner: Hit, other: Hit, config: MatchBrandsConfig) -> bool:
    same_place = winner.window.span == other.window.span
    return same_place and winner.rule not in _SAME_LETTERS and winner.score - other.score < config.ambiguity_margin


def _overlap(one: Hit, other: Hit) -> bool:
    (a, b), (c, d) = one.window.span, other.window.span
    return a < d and c < b


def _tell(rejected: list[Hit], accepted: list[Hit]) -> list[Hit]:
    """Rejected hits worth keeping: one per brand that was not accepted at the same place, best first."""
    told: dict[str, Hit] = {}
    for hit in sorted(rejected, key=lambda h: (-_telling(h), -h.score, h.name.key, h.window.span)):
        brand = hit.name.brand
        if any(other.name.brand is brand and _overlap(other, hit) for other in accepted):
            continue
        if hit.score >= _WORTH_TELLING_SCORE or _telling(hit):
            told.setdefault(brand.canonical_name, hit)
    return list(told.values())


def _telling(hit: Hit) -> int:
    """Vetoes that a user set or that hang on one knob come before plain dissimilarity."""
    word = hit.veto[0] if hit.veto else ""
    return _TELLING.get(word, 0)


def _candidate(hit: Hit) -> Candidate:
    return Candidate(
        brand=hit.name.brand.canonical_name,
        score=round(hit.score, 2),
        matched_name=hit.name.text,
        matched_text=hit.window.text,
        span=hit.window.span,
        text_length=len(hit.window.folded.text),
        rule=hit.rule,
        reason=hit.reason if hit.veto is None else f"{hit.reason}; not accepted: {hit.veto[1]}",
        accepted=hit.veto is None,
        vetoed_by=None if hit.veto is None else hit.veto[0],
    )
