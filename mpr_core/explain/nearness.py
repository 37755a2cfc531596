"""How near a text comes to a brand's names, by the matcher's own rules with every threshold open."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rapidfuzz import fuzz

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.brand_list import Brand
from mpr_core.brands.confusion import skeleton
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import TextReading
from mpr_core.brands.normalise import fold, fold_key
from mpr_core.brands.reading_match import match_reading

_NEAR_LETTERS_PERCENT = 60.0
_NEAR_SHORT_PERCENT = 75.0  # 'GRE' has two of the three letters of 'RKE', and is nothing like it
_SHORT_LETTERS = 4
_NEAR_SCORE = 50.0


@dataclass(frozen=True)
class Nearness:
    """The best resemblance of a text, or of one of several, to a brand.

    Attributes:
        score: the matcher's, 0-100, before any threshold; 0 when no rule of it sees the name at all.
        letters_percent: letters in common with the nearest name, 0-100, OCR's confusions apart.
    """

    text: str = ""
    name: str = ""
    score: float = 0.0
    letters_percent: float = 0.0
    reason: str = ""

    @property
    def near(self) -> bool:
        """Whether the text may be the name, read or cut badly."""
        short = len(fold_key(self.name)) <= _SHORT_LETTERS
        least = _NEAR_SHORT_PERCENT if short else _NEAR_LETTERS_PERCENT
        return self.score >= _NEAR_SCORE or self.letters_percent >= least

    @property
    def rank(self) -> tuple[float, float]:
        return max(self.score, self.letters_percent), self.score


class NearnessTo:
    """Compares texts with one brand's names; remembers what it compared."""

    def __init__(self, brand: Brand, config: MatchBrandsConfig) -> None:
        self.brand = brand
        opened = {"min_score": 0.0, "min_text_score": 0.0, "short_name_min_text_score": 0.0, "candidates_kept": 50}
        self._config = config.model_copy(update={**opened, "brands": (brand,)})
        self._index = BrandIndex.from_config(self._config)
        self._known: dict[tuple[str, bool, bool], Nearness] = {}

    def of(self, text: str, cut_start: bool = False, cut_end: bool = False) -> Nearness:
        """A text's nearness; `cut_*`: the frame's border may have cut letters off there."""
        key = text, cut_start, cut_end
        if key not in self._known:
            self._known[key] = self._compared(text, cut_start, cut_end)
        return self._known[key]

    def best(self, lines: Iterable[dict[str, object]]) -> Nearness:
        """The nearest of several readings (rows of run_ocr's `lines`)."""
        found = [self.of(str(row["text"]), bool(row["cut_start"]), bool(row["cut_end"])) for row in lines]
        return max(found, key=lambda n: n.rank, default=Nearness())

    def _compared(self, text: str, cut_start: bool, cut_end: bool) -> Nearness:
        letters, name = max((_letters_percent(text, name), name) for name in self.brand.names)
        reading = TextReading(text=text, score=1.0, cut_start=cut_start, cut_end=cut_end)
        candidates = match_reading(reading, self._index, self._config) if fold_key(text) else ()
        best = max(candidates, key=lambda c: c.score, default=None)
        if best is None:
            return Nearness(text, name, 0.0, letters)
        return Nearness(text, best.matched_name, best.score, letters, best.reason.partition("; ")[0])


def _letters_percent(text: str, name: str) -> float:
    """Likeness to a name of a text, or of as many of its words in a row as the name has; for a short name of the whole text only."""
    meant, words = skeleton(fold_key(name)), [token.key for token in fold(text).tokens]
    if len(meant) <= _SHORT_LETTERS:
        return fuzz.ratio(skeleton("".join(words)), meant)
    count = min(len(words), max(1, len(fold(name).tokens)))
    runs = ["".join(words[i : i + count]) for i in range(len(words) - count + 1)] if words else []
    return max((fuzz.ratio(skeleton(run), meant) for run in [*runs, "".join(words)] if run), default=0.0)
