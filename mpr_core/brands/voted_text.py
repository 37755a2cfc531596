"""One text from several readings of it: the reading most like the others, its letters voted on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from mpr_core.brands.confusion import char_skeleton, skeleton
from mpr_core.brands.normalise import fold, fold_key

_SAME_TEXT_RATIO = 0.6  # readings less alike than this show something else and do not vote on letters
_NEAR_PERCENT = 75.0


def voted_text(texts: Sequence[str], votes: Sequence[float]) -> str:
    """The text that readings agree on.

    Args:
        texts: what was read, at least one.
        votes: the weight of each.
    Returns:
        The reading most like all others, by weight, with every letter replaced by the one most readings have there.
        Independent of the order of the readings.
    """
    pairs = sorted(zip(texts, votes, strict=True))
    centre = max(pairs, key=lambda pair: (_likeness(pair[0], pairs), len(pair[0]), pair[0]))[0]
    tallies: list[dict[str, float]] = [defaultdict(float) for _ in centre]
    for text, vote in pairs:
        if Levenshtein.normalized_similarity(text.casefold(), centre.casefold()) < _SAME_TEXT_RATIO:
            continue
        for op in Levenshtein.opcodes(centre.casefold(), text.casefold()):
            if op.tag not in ("equal", "replace") or op.src_end > len(centre) or op.dest_end > len(text):
                continue
            for i, j in zip(range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=True):
                tallies[i][text[j]] += vote
    return "".join(
        max(tally, key=lambda c: (round(tally[c], 9), c == own, c)) if tally else own
        for own, tally in zip(centre, tallies, strict=True)
    )


def resembles(text: str, name: str, min_letters: int) -> bool:
    """Whether a text is consistent with a name: a piece of it, nearly it, or a longer text that holds it."""
    key, name_key = char_skeleton(fold_key(text)), char_skeleton(fold_key(name))
    if len(key) < min_letters:
        return False
    if key in name_key or (len(name_key) > min_letters and name_key in key):
        return True
    # In a line of several names, one word may be the piece.
    words = [char_skeleton(token.key) for token in fold(text).tokens]
    if any(len(word) > min_letters and 2 * len(word) > len(name_key) and word in name_key for word in words):
        return True
    # A short name has no near misses: 'KIM' is not nearly 'KIA'.
    return len(name_key) > min_letters + 1 and fuzz.ratio(skeleton(key), skeleton(name_key)) >= _NEAR_PERCENT


def _likeness(text: str, pairs: Sequence[tuple[str, float]]) -> float:
    folded = text.casefold()
    likeness = (vote * Levenshtein.normalized_similarity(folded, other.casefold()) for other, vote in pairs)
    return round(sum(likeness), 9)
