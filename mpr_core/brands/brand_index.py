"""The brand list prepared for look-up: folded keys, skeletons, and all names as one string for fragments."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from mpr_core.brands.brand_list import Brand
from mpr_core.brands.common_words import is_common
from mpr_core.brands.confusion import char_skeleton, skeleton
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.normalise import case_pattern, fold, letter_weight

# Below this share of equal letters no rule can accept; above it a rejected name is still worth telling about.
_PROPOSAL_RATIO = 0.7
_MOST_REMEMBERED = 5000
_FUZZY_FLOOR_LETTERS = 5  # names from here on are compared letter by letter, if only to say why they failed


@dataclass(frozen=True, slots=True)
class Name:
    """One name of one brand. `breaks` are the letter counts after which a word of the name ends."""

    brand: Brand
    text: str
    key: str
    breaks: frozenset[int]
    short: bool
    common: bool


@dataclass(frozen=True, slots=True)
class Exclude:
    """One exclude phrase; `case` is set when it equals a name and therefore counts only in its own case."""

    text: str
    key: str
    skeleton: str
    case: str | None


class BrandIndex:
    """Brands prepared once for many readings. Safe to share between threads: what it remembers changes no answer.

    Args:
        brands: the list, without contradictions (see `brand_conflicts`).
        config: only `short_name_letters` is used here.
    """

    def __init__(self, brands: Sequence[Brand], config: MatchBrandsConfig | None = None) -> None:
        config = config or MatchBrandsConfig()
        self.brands = tuple(brands)
        self.names = tuple(_name(brand, text, config) for brand in self.brands for text in brand.names)
        self.longest_key = max((len(name.key) for name in self.names), default=0)
        self.by_key: dict[str, list[Name]] = defaultdict(list)
        self.by_skeleton: dict[str, list[Name]] = defaultdict(list)
        for name in self.names:
            self.by_key[name.key].append(name)
            self.by_skeleton[skeleton(name.key)].append(name)
        self.excludes = {brand.canonical_name: tuple(_excludes(brand)) for brand in self.brands if brand.exclude}
        self._long = [n for n in self.names if not n.short and len(n.key) >= _FUZZY_FLOOR_LETTERS]
        self._long_skeletons = [skeleton(name.key) for name in self._long]
        self._starts: list[int] = []
        position = 0
        for name in self._long:
            self._starts.append(position)
            position += len(name.key) + 1
        self._joined = "\n".join(char_skeleton(name.key) for name in self._long)
        self._memory: tuple[MatchBrandsConfig, dict[Any, Any]] = (config, {})

    @classmethod
    def from_config(cls, config: MatchBrandsConfig) -> BrandIndex:
        """The index of the config's own brand list."""
        return cls(config.brands, config)

    def memory(self, config: MatchBrandsConfig) -> dict[Any, Any]:
        """What was found in which text under one config: a board is read alike again and again. Bounded; another config begins anew."""
        known, memory = self._memory
        if known is not config or len(memory) >= _MOST_REMEMBERED:
            memory = {}
            self._memory = (config, memory)
        return memory

    def similar(self, keys: Sequence[str]) -> Iterator[tuple[int, Name]]:
        """Pairs (position in `keys`, long name) whose skeletons share most letters."""
        if not keys or not self._long:
            return
        scores = process.cdist(
            [skeleton(key) for key in keys],
            self._long_skeletons,
            scorer=Levenshtein.normalized_similarity,
            score_cutoff=_PROPOSAL_RATIO,
            dtype=np.float32,
        )
        for row, column in np.argwhere(scores > 0):
            yield int(row), self._long[int(column)]

    def holding(self, piece: str) -> Iterator[tuple[Name, int]]:
        """Long names that contain a piece (confusions allowed) and more, with the offset of each occurrence."""
        wanted = char_skeleton(piece)
        found = self._joined.find(wanted) if wanted else -1
        while found >= 0:
            position = bisect_right(self._starts, found) - 1
            name = self._long[position]
            if len(wanted) < len(name.key):
                yield name, found - self._starts[position]
            found = self._joined.find(wanted, found + 1)


def _name(brand: Brand, text: str, config: MatchBrandsConfig) -> Name:
    folded = fold(text)
    return Name(
        brand=brand,
        text=text,
        key=folded.key,
        breaks=frozenset(token.key_end for token in folded.tokens),
        short=letter_weight(folded.key) <= config.short_name_letters,
        common=all(is_common(token.key) for token in folded.tokens),
    )


def _excludes(brand: Brand) -> Iterator[Exclude]:
    keys = {fold(name).key for name in brand.names}
    # Phrases first: they say more than the name in another case.
    for text in sorted(brand.exclude, key=lambda phrase: fold(phrase).key in keys):
        key = fold(text).key
        yield Exclude(text, key, skeleton(key), case_pattern(text) if key in keys else None)
