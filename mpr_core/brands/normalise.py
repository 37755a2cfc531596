"""Folding: what two spellings must share to count as the same name.

`fold` takes away case, accents, compatibility forms, spacing and punctuation, and keeps a map from every folded letter
back to the character it came from, so that word boundaries, the original case and spans in the text stay known.
Confusion classes (0/O, l/I, rn/m) are not part of folding: see `confusion`.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters that NFKD leaves whole although readers (and OCR) take them for plain ones.
_PLAIN = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ħ": "h"})
_TRADE_MARKS = "™℠"  # NFKD would spell them 'TM' and 'SM'
_VOICED_MARKS = "\u3099\u309a"  # part of the letter in Japanese, unlike a Latin accent

# Signs that OCR writes for a letter. They may be one only where they touch a word's letters ('V!SA', '|KEA').
SYMBOL_LETTERS = "|!$@€"


@dataclass(frozen=True, slots=True)
class Token:
    """One word: a run of letters and digits, or a single ideograph. Offsets are half-open.

    `start`, `end` count characters of the text; `key_start`, `key_end` count letters of the folded key.
    """

    key: str
    start: int
    end: int
    key_start: int
    key_end: int


@dataclass(frozen=True, slots=True)
class FoldedText:
    """A text, its folded letters without gaps, and where each of them came from.

    `sources[i]` is the index in `text` of the character behind `key[i]`; `tokens` are in reading order.
    """

    text: str
    key: str
    sources: tuple[int, ...]
    tokens: tuple[Token, ...]

    def raw(self, key_start: int, key_end: int) -> str:
        """The original characters behind `key[key_start:key_end]`, one for each folded letter."""
        return "".join(self.text[i] for i in self.sources[key_start:key_end])


@lru_cache(maxsize=4096)
def fold_char(char: str) -> str:
    """The folded letters of one character: '' for accents and punctuation, two letters for 'ß' or 'ﬁ'."""
    if char in _TRADE_MARKS:
        return ""
    letters = []
    for part in unicodedata.normalize("NFKD", char).casefold().translate(_PLAIN):
        if part.isalnum() or part in _VOICED_MARKS:
            letters.append(part)
    return "".join(letters)


def is_ideograph(char: str) -> bool:
    """Whether the character is a word by itself: Chinese text has no spaces between words."""
    return "\u3400" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\U00020000" <= char <= "\U0003ffff"


@lru_cache(maxsize=4096)  # a board is read alike again and again
def fold(text: str, *, symbols: bool = False) -> FoldedText:
    """Fold a text and cut it into words.

    Args:
        text: any text.
        symbols: keep `SYMBOL_LETTERS` that touch a word's letters, as OCR misreadings of a letter.
    Returns:
        The folded text; no tokens when it holds no letter or digit. A '+' that ends a word is kept ('Canal+').
    """
    key: list[str] = []
    sources: list[int] = []
    tokens: list[Token] = []
    start: int | None = None
    key_start = 0

    def close(end: int) -> None:
        nonlocal start
        if start is not None:
            tokens.append(Token("".join(key[key_start:]), start, end, key_start, len(key)))
            start = None

    for i, char in enumerate(text):
        folded = fold_char(char) or _sign_in_word(text, i, symbols)
        if not folded:
            # A combining accent belongs to the letter before it and must not cut the word in two.
            if not unicodedata.combining(char):
                close(i)
            continue
        if start is not None and (is_ideograph(char) or is_ideograph(text[i - 1])):
            close(i)
        if start is None:
            start, key_start = i, len(key)
        key.extend(folded)
        sources.extend([i] * len(folded))
    close(len(text))
    return FoldedText(text, "".join(key), tuple(sources), tuple(tokens))


def fold_key(text: str) -> str:
    """The folded letters alone: equal for 'Coca-Cola', 'COCA COLA' and 'cocacola'."""
    return fold(text).key


def has_symbol_letters(text: str) -> bool:
    """Whether `fold(text, symbols=True)` differs from `fold(text)`."""
    return any(c in SYMBOL_LETTERS and _letter_beside(text, i) for i, c in enumerate(text))


def letter_weight(key: str) -> int:
    """How much a folded key says, in letters: an ideograph carries about as much as two letters."""
    return sum(2 if is_ideograph(c) else 1 for c in key)


def case_pattern(text: str) -> str:
    """'lower', 'upper', 'title' (every word), 'mixed', or 'none' for a text without cased letters."""
    letters = [c for c in text if c.isalpha() and c.lower() != c.upper()]
    if not letters:
        return "none"
    if all(c.islower() for c in letters):
        return "lower"
    if all(c.isupper() for c in letters):
        return "upper"
    return "title" if text.istitle() else "mixed"


def _sign_in_word(text: str, i: int, symbols: bool) -> str:
    if text[i] == "+":
        ends_word = i > 0 and text[i - 1].isalpha() and not (i + 1 < len(text) and text[i + 1].isalnum())
        return "+" if ends_word else ""
    return text[i] if symbols and text[i] in SYMBOL_LETTERS and _letter_beside(text, i) else ""


def _letter_beside(text: str, i: int) -> bool:
    before = text[i - 1].isalpha() if i else False
    after = text[i + 1].isalpha() if i + 1 < len(text) else False
    return (before and after) or (after and text[i] in "|!") or (before and text[i] == "|")
