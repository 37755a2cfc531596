"""What stands around a match: prose or sign, and the excludes that cover it.

A line is *running text* when it has at least `max_sentence_words` other words and at least half of them start in lower
case. It is *prose*, in any case, when it has one word more and two function words ('THE', 'IS', 'DE'), or one of these
where half are everyday words. Words that are brand names themselves and parts of a web address do not count.
See `docs/matching.md`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mpr_core.brands.brand_index import Exclude, Name
from mpr_core.brands.common_words import determiners, function_words, is_common
from mpr_core.brands.confusion import skeleton
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Rule
from mpr_core.brands.normalise import FoldedText, Token, case_pattern

Veto = tuple[str, str]  # the stable word of `Candidate.vetoed_by`, and the reason in full

_WEB_PARTS = {"www", "http", "https", "com", "net", "org", "info", "tv", "io", "co", "uk", "us", "eu", "es", "de", "fr"}
_WEB_PARTS |= {"it", "pt", "br", "mx", "ar", "cl", "pe", "ch", "at"}
_PROSE_FUZZY_LETTERS = 9


@dataclass(frozen=True, slots=True)
class Window:
    """Consecutive words `first..last` (inclusive) of a folded text."""

    folded: FoldedText
    first: int
    last: int

    @property
    def key(self) -> str:
        """Folded letters of the words, without gaps."""
        return self.folded.key[self.key_span[0] : self.key_span[1]]

    @property
    def key_span(self) -> tuple[int, int]:
        """Half-open span in the folded key."""
        return self.folded.tokens[self.first].key_start, self.folded.tokens[self.last].key_end

    @property
    def span(self) -> tuple[int, int]:
        """Half-open span in the text."""
        return self.folded.tokens[self.first].start, self.folded.tokens[self.last].end

    @property
    def raw(self) -> str:
        """The original character of each folded letter."""
        return self.folded.raw(*self.key_span)

    @property
    def text(self) -> str:
        """The text as it was read."""
        return self.folded.text[slice(*self.span)]

    @property
    def whole(self) -> bool:
        """Whether nothing else was read."""
        return self.first == 0 and self.last == len(self.folded.tokens) - 1


def sentence_veto(
    window: Window, name: Name, rule: Rule, branded: frozenset[int], config: MatchBrandsConfig
) -> Veto | None:
    """Why the words around a match speak against it, or None.

    Args:
        window: where the match stands.
        name: the matched name.
        rule: how it matched.
        branded: positions of the text's words that are exact brand names.
        config: thresholds.
    """
    tokens, text = window.folded.tokens, window.folded.text
    words = [
        token
        for position, token in enumerate(tokens)
        if not window.first <= position <= window.last
        and position not in branded
        and any(c.isalpha() for c in token.key)
        and not (token.key in _WEB_PARTS and _in_address(window.folded, position))
    ]
    lower = [token for token in words if text[token.start].islower()]
    matched_case = case_pattern(window.text)
    before = tokens[window.first - 1].key if window.first else ""
    if before in determiners() and name.common and (matched_case == "lower" or len(words) >= 2):
        return "running_text", f"'{before} {window.text}': after an article or possessive it is an everyday word"
    if len(words) >= config.max_sentence_words and 2 * len(lower) >= len(words):
        if name.short or name.common or _loose(rule, name):
            kind = "a short name" if name.short else "an everyday word" if name.common else f"a {rule} match"
            return "running_text", f"{kind} among {len(words)} other words of running text"
    elif len(words) > config.max_sentence_words and _is_prose(words) and (name.common or _loose(rule, name)):
        kind = "an everyday word" if name.common else f"a {rule} match"
        return "running_text", f"{kind} in a sentence of {len(words) + 1} words"
    if name.short and matched_case == "lower" and lower:
        return "running_text", "a short name in lower case beside other words in lower case"
    return None


def exclude_veto(window: Window, name: Name, excludes: Sequence[Exclude]) -> Veto | None:
    """The exclude phrase that covers a match, or None."""
    for exclude in excludes:
        if exclude.case is None:
            if _covered_by(window, exclude):
                return "exclude", f"covered by the exclude '{exclude.text}'"
        elif exclude.key == name.key:
            same = window.text == exclude.text if exclude.case == "mixed" else case_pattern(window.text) == exclude.case
            if same:
                return "exclude", f"'{window.text}' is the exclude '{exclude.text}' (in its own case)"
    return None


def _is_prose(words: Sequence[Token]) -> bool:
    functions = sum(token.key in function_words() for token in words)
    everyday = sum(is_common(token.key) for token in words)
    return functions >= 2 or (functions == 1 and 2 * everyday >= len(words))


def _loose(rule: Rule, name: Name) -> bool:
    return rule in ("fragment", "joined") or (rule == "fuzzy" and len(name.key) < _PROSE_FUZZY_LETTERS)


def _in_address(folded: FoldedText, position: int) -> bool:
    token = folded.tokens[position]
    before = folded.text[token.start - 1] if token.start else ""
    after = folded.text[token.end] if token.end < len(folded.text) else ""
    return before == "." or (after in (".", ":") and token.key in ("www", "http", "https"))


def _covered_by(window: Window, exclude: Exclude) -> bool:
    tokens = window.folded.tokens
    for first in range(window.first + 1):
        key = ""
        for last in range(first, len(tokens)):
            key += tokens[last].key
            if last >= window.last and (key == exclude.key or skeleton(key) == exclude.skeleton):
                return True
            if len(key) > len(exclude.key) + 2:
                break
    return False
