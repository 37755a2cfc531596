"""Parts of names: text that the frame's edge cuts, or that a player or a post hides.

A fragment counts only where letters can be missing: before the first word or after the last word that was read. At a
cut side a smaller share of the name suffices; elsewhere it takes a larger one. The score falls with the share.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from mpr_core.brands.brand_index import BrandIndex, Name
from mpr_core.brands.common_words import common_words, is_common
from mpr_core.brands.confusion import align
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.normalise import FoldedText
from mpr_core.brands.text_context import Veto, Window

SUPPORT_MIN_LETTERS = 3  # a piece this long may back a brand that another reading of the track shows whole
_CUT_BASE, _CUT_SLOPE = 60.0, 40.0  # half a name at the edge scores 80, three quarters 90
_UNCUT_BASE, _UNCUT_SLOPE = 50.0, 45.0  # three quarters of a name away from the edge score 84
_WORD_LIKE_PENALTY = 5.0
_WORD_LIKE_LETTERS = 5
_NEARLY_WHOLE_RATIO = 0.8
_CONFUSION_PENALTY = 105.0


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a name at the start or end of a text."""

    name: Name
    window: Window
    score: float
    reason: str
    veto: Veto | None


@dataclass(frozen=True, slots=True)
class _Piece:
    name: Name
    window: Window
    offset: int
    at_cut: bool
    cost: float

    @property
    def letters(self) -> int:
        return len(self.window.key)

    @property
    def ratio(self) -> float:
        return self.letters / len(self.name.key)

    @property
    def missing(self) -> str:
        """The letters of the name that were not read."""
        return self.name.key[: self.offset] + self.name.key[self.offset + self.letters :]

    @property
    def lacks_head(self) -> bool:
        return self.offset > 0

    @property
    def lacks_tail(self) -> bool:
        return self.offset + self.letters < len(self.name.key)


def find_fragments(
    folded: FoldedText, index: BrandIndex, cut_start: bool, cut_end: bool, config: MatchBrandsConfig
) -> Iterator[Fragment]:
    """Pieces of names at the ends of a text, with a veto where a piece is too small or fits several brands."""
    for window in _end_windows(folded, index):
        if sum(c.isalpha() for c in window.key) < SUPPORT_MIN_LETTERS:
            continue
        pieces = list(_pieces(window, index, cut_start, cut_end))
        for piece in pieces:
            yield _judge(piece, pieces, config)


def _end_windows(folded: FoldedText, index: BrandIndex) -> Iterator[Window]:
    last = len(folded.tokens) - 1
    spans = {(0, i) for i in range(last + 1)} | {(i, last) for i in range(last + 1)}
    for first, end in sorted(spans):
        if folded.tokens[end].key_end - folded.tokens[first].key_start < index.longest_key:
            yield Window(folded, first, end)


def _pieces(window: Window, index: BrandIndex, cut_start: bool, cut_end: bool) -> Iterator[_Piece]:
    at_start, at_end = window.first == 0, window.last == len(window.folded.tokens) - 1
    key = window.key
    for name, offset in index.holding(key):
        head, tail = offset > 0, offset + len(key) < len(name.key)
        if (head and not at_start) or (tail and not at_end) or not _gaps_agree(window, name, offset):
            continue
        found = align(key, window.raw, name.key[offset : offset + len(key)])
        if found.edits == 0 and found.weak == 0 and found.confusions <= 1:
            at_cut = (not head or cut_start) and (not tail or cut_end)
            yield _Piece(name, window, offset, at_cut, found.cost)


def _gaps_agree(window: Window, name: Name, offset: int) -> bool:
    """Whether the text's gaps stand where the name has some: "n'est" is no piece of 'Nestlé'."""
    start = window.key_span[0]
    gaps = [token.key_end - start for token in window.folded.tokens[window.first : window.last]]
    return all(offset + gap in name.breaks for gap in gaps)


def _judge(piece: _Piece, pieces: list[_Piece], config: MatchBrandsConfig) -> Fragment:
    base, slope = (_CUT_BASE, _CUT_SLOPE) if piece.at_cut else (_UNCUT_BASE, _UNCUT_SLOPE)
    score = base + slope * piece.ratio - _CONFUSION_PENALTY * piece.cost / len(piece.name.key)
    if _starts_other_words(piece):
        score -= _WORD_LIKE_PENALTY
    where = "cut by the frame's edge" if piece.at_cut else "away from the frame's edge"
    side = "middle" if piece.lacks_head and piece.lacks_tail else "end" if piece.lacks_head else "start"
    reason = (
        f"'{piece.window.text}' is the {side} of '{piece.name.text}', "
        f"{piece.letters} of {len(piece.name.key)} letters, {where}"
    )
    return Fragment(piece.name, piece.window, max(0.0, score), reason, _veto(piece, pieces, config))


def _veto(piece: _Piece, pieces: list[_Piece], config: MatchBrandsConfig) -> Veto | None:
    least_ratio = config.min_fragment_ratio if piece.at_cut else config.uncut_fragment_ratio
    least_letters = config.min_fragment_letters + (0 if piece.at_cut else 1)
    if piece.letters < least_letters:
        return "fragment", f"{piece.letters} letters are too few for a fragment; at least {least_letters} here"
    if piece.ratio < least_ratio:
        return "fragment", f"{piece.ratio:.0%} of the name is too little; at least {least_ratio:.0%} here"
    tokens = piece.window.folded.tokens[piece.window.first : piece.window.last + 1]
    if all(is_common(token.key) for token in tokens) and not (piece.at_cut and piece.ratio >= _NEARLY_WHOLE_RATIO):
        return "everyday_word", f"'{piece.window.text}' is itself an everyday word"
    if any(c.isdigit() for c in piece.missing):
        return "fragment", f"the number in '{piece.name.text}' is missing"
    rivals = {
        other.name.brand.canonical_name
        for other in pieces
        if other.name.brand is not piece.name.brand
        # At the edge nobody knows how much is missing, so even a small share of a long name is a rival.
        and (other.at_cut or other.ratio >= config.uncut_fragment_ratio)
    }
    if rivals:
        return "ambiguous", f"it is also a piece of {', '.join(sorted(rivals))}"
    return None


def _starts_other_words(piece: _Piece) -> bool:
    if piece.letters > _WORD_LIKE_LETTERS or (piece.lacks_head and piece.lacks_tail):
        return False
    return _part_of_everyday_word(piece.window.key, piece.lacks_head)


@lru_cache(maxsize=4096)
def _part_of_everyday_word(key: str, at_end: bool) -> bool:
    same = str.endswith if at_end else str.startswith
    return any(len(word) > len(key) and same(word, key) for word in common_words())
