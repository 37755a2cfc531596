"""Where a folded text may name a brand, by which rule, and how well. Looks at letters only; context comes later."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from mpr_core.brands.brand_index import BrandIndex, Name
from mpr_core.brands.common_words import is_common
from mpr_core.brands.confusion import Alignment, align, skeleton
from mpr_core.brands.fragments import find_fragments
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Rule
from mpr_core.brands.normalise import FoldedText, case_pattern
from mpr_core.brands.text_context import Veto, Window

MAX_WORDS = 120  # of one reading; a page of text is no sign
_FOLDED_SCORE = 98.0
_LETTER_PENALTY = 105.0  # one wrong letter in six leaves just over 80
_LETTERS_PER_MISTAKE = 5  # however similar the shapes, a name full of doubtful letters is another word
_SPLIT_PENALTY = 3.0
_SPLIT_FUZZY_PENALTY = 6.0
_GLUED_SCORE = 88.0
_CAMEL_MIN_LETTERS = 5


@dataclass(frozen=True, slots=True)
class Hit:
    """A place in the text that resembles a name. `veto` is None when the letters alone would let it pass."""

    name: Name
    window: Window
    rule: Rule
    score: float
    reason: str
    veto: Veto | None = None


def find_names(
    folded: FoldedText, index: BrandIndex, cut_start: bool, cut_end: bool, config: MatchBrandsConfig
) -> Iterator[Hit]:
    """Every resemblance between words of a text and names, by all rules; many per place.

    Args:
        folded: the text.
        index: the names.
        cut_start: the frame's border may have cut letters off before the text.
        cut_end: the same, after the text.
        config: thresholds.
    """
    windows = list(_windows(folded, index))
    keys = [window.key for window in windows]
    for window, key in zip(windows, keys, strict=True):
        names = dict.fromkeys(index.by_key.get(key, ()))
        if any(c.isalpha() for c in key):
            names |= dict.fromkeys(index.by_skeleton.get(skeleton(key), ()))
        for name in names:
            yield _compare(window, name, config)
    wordy = [i for i, key in enumerate(keys) if len(key) > 3 and sum(c.isalpha() for c in key) > 1]
    for position, name in index.similar([keys[i] for i in wordy]):
        window = windows[wordy[position]]
        if skeleton(window.key) != skeleton(name.key):
            yield _compare(window, name, config)
    yield from _inside_words(folded, index, config)
    for fragment in find_fragments(folded, index, cut_start, cut_end, config):
        yield Hit(fragment.name, fragment.window, "fragment", fragment.score, fragment.reason, fragment.veto)


def _windows(folded: FoldedText, index: BrandIndex) -> Iterator[Window]:
    tokens = folded.tokens[:MAX_WORDS]
    longest = index.longest_key + 2
    for first in range(len(tokens)):
        for last in range(first, len(tokens)):
            # A single word may be longer than any name by OCR's extra letters; more words never help.
            if last > first and tokens[last].key_end - tokens[first].key_start > longest:
                break
            yield Window(folded, first, last)


def _compare(window: Window, name: Name, config: MatchBrandsConfig) -> Hit:
    key = window.key
    if key == name.key:
        return _same_letters(window, name)
    alignment = align(key, window.raw, name.key)
    length = len(name.key)
    clean = alignment.edits == 0 and alignment.weak == 0
    rule: Rule = "confusable" if clean else "fuzzy"
    score = _FOLDED_SCORE - _LETTER_PENALTY * alignment.cost / length
    if _split(window, name) and window.last > window.first:
        score -= _SPLIT_PENALTY if clean else _SPLIT_FUZZY_PENALTY
    reason = f"'{window.text}' reads as '{name.text}' with {_differences(alignment)}"
    veto = _letters_veto(window, name, alignment, clean, config)
    return Hit(name, window, rule, max(0.0, score), reason, veto)


def _same_letters(window: Window, name: Name) -> Hit:
    veto = _number_veto(window, name) or _short_word_veto(window, name)
    if " ".join(window.text.split()).casefold() == name.text.casefold():
        return Hit(name, window, "exact", 100.0, f"'{window.text}' is '{name.text}'", veto)
    if not _split(window, name):
        reason = f"'{window.text}' is '{name.text}' but for accents, spacing or punctuation"
        return Hit(name, window, "folded", _FOLDED_SCORE, reason, veto)
    reason = f"'{window.text}' is '{name.text}' with a gap inside a word"
    return Hit(name, window, "joined", _FOLDED_SCORE - _SPLIT_PENALTY, reason, veto or _gap_veto(window, name))


def _split(window: Window, name: Name) -> bool:
    """Whether the text has a gap where the name has none."""
    tokens = window.folded.tokens[window.first : window.last + 1]
    gaps = [token.key_end - tokens[0].key_start for token in tokens[:-1]]
    return any(gap not in name.breaks for gap in gaps)


def _gap_veto(window: Window, name: Name) -> Veto | None:
    tokens = window.folded.tokens[window.first : window.last + 1]
    if name.short:
        digit_gap = len(tokens) == 2 and tokens[0].key.isdigit() != tokens[1].key.isdigit()
        spaced = all(len(token.key) == 1 for token in tokens) and case_pattern(window.text) != "lower"
        if not (window.whole and (spaced or digit_gap)):
            return "short_name", "a short name must stand as one word"
    elif all(len(token.key) > 1 and is_common(token.key) for token in tokens):
        return "everyday_word", "each of the joined words is an everyday word"
    return None


def _number_veto(window: Window, name: Name) -> Veto | None:
    """Names with digits are easily units, scores and prices."""
    if name.key.isdigit() and not window.whole:
        return "number", "a name that is a number must be the whole text"
    if name.short and any(c.isdigit() for c in name.key):
        if case_pattern(window.text) == "lower" and name.text != name.text.lower():
            return "number", "in lower case this reads as a number with its unit"
    elif name.short and len(name.key) <= 2 and window.first and window.folded.tokens[window.first - 1].key.isdigit():
        return "number", "after a number this reads as its unit"
    return None


def _short_word_veto(window: Window, name: Name) -> Veto | None:
    """Where a short name's letters are another language's word: "dell'arte", 'über'."""
    text, end = window.folded.text, window.span[1]
    elided = text[end : end + 1] in ("'", "’") and text[end + 1 : end + 2].isalpha() and text[end + 1] not in "sS"
    if name.short and elided:
        return "inside_word", f"'{window.text}' runs on after the apostrophe"
    accented = unicodedata.normalize("NFKD", window.text)
    if name.short and name.common and accented != window.text and name.text.isascii():
        return "everyday_word", f"'{window.text}' has an accent that '{name.text}' lacks, and is an everyday word"
    return None


def _letters_veto(window: Window, name: Name, found: Alignment, clean: bool, config: MatchBrandsConfig) -> Veto | None:
    key, length = window.key, len(name.key)
    letters = sum(c.isalpha() for c in key)
    if letters == 0 or 2 * found.equal < length or (letters == 1 and name.short):
        return "number", "too few letters agree to call the digits misread"
    if name.short:
        allowed = 0 if length <= 2 else 1
        if not clean or found.confusions > allowed or len(key) != length or window.last > window.first:
            return "short_name", f"names of up to {config.short_name_letters} letters must match as a whole word"
        return _number_veto(window, name)
    if clean:
        if found.confusions > max(1, length // 3):
            return "min_score", f"{found.confusions} confused letters are too many for {length}"
        return _everyday_veto(window, name)
    if found.head_only or found.tail_only:
        return "inside_word", f"'{name.text}' stands inside a longer word"
    if found.missing_ends:
        return "fragment", "letters are missing at the ends; see the fragment rule"
    if length < config.fuzzy_min_letters:
        return "min_score", f"names of fewer than {config.fuzzy_min_letters} letters tolerate no wrong letter"
    if found.edits + found.weak > max(1, length // _LETTERS_PER_MISTAKE):
        return "min_score", f"{_differences(found)} are too many for {length} letters"
    return _everyday_veto(window, name)


def _everyday_veto(window: Window, name: Name) -> Veto | None:
    tokens = window.folded.tokens[window.first : window.last + 1]
    if all(is_common(token.key) for token in tokens) and window.key != name.key:
        return "everyday_word", f"'{window.text}' is itself an everyday word"
    return None


def _inside_words(folded: FoldedText, index: BrandIndex, config: MatchBrandsConfig) -> Iterator[Hit]:
    for key, names in index.by_key.items():
        if len(key) < 2 or key not in folded.key:
            continue
        for position, token in enumerate(folded.tokens[:MAX_WORDS]):
            offset = token.key.find(key)
            if offset < 0 or len(token.key) == len(key):
                continue
            window = Window(folded, position, position)
            for name in names:
                veto = _glued_veto(window, name, offset, config)
                reason = f"'{name.text}' stands whole inside '{window.text}'"
                score = _GLUED_SCORE if veto is None else 100.0 * len(key) / len(token.key)
                yield Hit(name, window, "joined", score, reason, veto)


def _glued_veto(window: Window, name: Name, offset: int, config: MatchBrandsConfig) -> Veto | None:
    length = len(name.key)
    if name.short:
        return "inside_word", f"'{name.text}' inside the longer word '{window.text}'"
    if name.common or is_common(window.key):
        return "inside_word", f"'{name.text}' inside the word '{window.text}', one of them an everyday word"
    raw, key = window.raw, window.key
    seams = [i for i in (offset, offset + length) if 0 < i < len(key)]
    visible = all(
        key[i].isdigit() != key[i - 1].isdigit() or (raw[i - 1].islower() and raw[i].isupper()) for i in seams
    )
    if length >= config.glued_min_letters or (visible and length >= _CAMEL_MIN_LETTERS):
        return None
    return "inside_word", f"'{name.text}' inside '{window.text}': only names of {config.glued_min_letters}+ letters may"


def _differences(found: Alignment) -> str:
    parts = [
        (found.confusions, "OCR confusion"),
        (found.weak, "similar letter"),
        (found.edits, "wrong letter"),
    ]
    return ", ".join(f"{count} {text}{'s' if count > 1 else ''}" for count, text in parts if count) or "no difference"
