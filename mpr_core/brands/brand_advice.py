"""Advice about names that are legal in a brand list and will match badly."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence

from mpr_core.brands.common_words import is_common
from mpr_core.brands.confusion import skeleton
from mpr_core.brands.normalise import fold, fold_key, letter_weight

# PP-OCRv6's dictionary: Latin letters, digits, Chinese and Japanese. Other letters come back as wrong Latin ones.
_READABLE = ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH", "FEMININE", "MASCULINE")
_CONTAINED_MIN_LETTERS = 3
_HOLDERS_TOLD = 3

NamedEntry = tuple[str, tuple[str, ...], tuple[str, ...]]


def brand_advice(entries: Sequence[NamedEntry]) -> list[str]:
    """One sentence per doubtful name.

    Args:
        entries: canonical name, all names, excludes, per brand.
    """
    advice: list[str] = []
    for canonical, names, exclude in entries:
        for name in names:
            advice += [f"{canonical}: {text}" for text in _one_name(name, exclude)]
        keys = [fold_key(name) for name in names]
        for phrase in exclude:
            if not any(key in fold_key(phrase) for key in keys):
                advice.append(f"{canonical}: exclude '{phrase}' holds none of its names, so it can never veto a match")
    owned = [(canonical, name, fold_key(name)) for canonical, names, _ in entries for name in names]
    return advice + list(_contained(owned)) + list(_confusable(owned))


def _one_name(name: str, exclude: tuple[str, ...]) -> Iterable[str]:
    key = fold_key(name)
    if key.isdigit():
        yield f"'{name}' is a number: it matches only where it is the whole text"
    elif letter_weight(key) <= 2:
        yield f"'{name}' has {len(key)} letter(s): it matches only as a whole word that was read well"
    scripts = sorted(_unreadable_scripts(name))
    if scripts:
        yield (
            f"'{name}' has {', '.join(scripts)} letters, which the default recogniser cannot read; "
            "add a Latin alias or name a recogniser that can"
        )
    if all(is_common(token.key) for token in fold(name).tokens) and not exclude:
        example = f"{name.lower()} ..."
        yield f"'{name}' is an everyday word: consider exclude, as ['{name.lower()}'] or phrases like '{example}'"


def _unreadable_scripts(name: str) -> set[str]:
    letters = [c for c in name if c.isalpha() and ord(c) > 127]
    scripts = {unicodedata.name(c, "UNKNOWN").split()[0] for c in letters}
    return {script.capitalize() for script in scripts if not script.startswith(_READABLE)}


def _contained(owned: Sequence[tuple[str, str, str]]) -> Iterable[str]:
    everything = "\n".join(key for _, _, key in owned)
    for canonical, name, key in owned:
        # One scan of the whole list is much faster than a look at each pair; it finds the name itself once.
        if len(key) < _CONTAINED_MIN_LETTERS or everything.count(key) < 2:
            continue
        holders = [f"'{other}'" for brand, other, longer in owned if brand != canonical and key in longer != key]
        if holders:
            more = f" and {len(holders) - _HOLDERS_TOLD} more" if len(holders) > _HOLDERS_TOLD else ""
            told = ", ".join(holders[:_HOLDERS_TOLD])
            yield f"{canonical}: '{name}' stands inside {told}{more}; where both fit, the longer name wins"


def _confusable(owned: Sequence[tuple[str, str, str]]) -> Iterable[str]:
    groups: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for entry in owned:
        groups[skeleton(entry[2])].append(entry)
    for group in groups.values():
        first = group[0]
        for canonical, name, key in group[1:]:
            if canonical != first[0] and key != first[2]:
                yield f"{canonical}: OCR cannot tell '{name}' from '{first[1]}' of {first[0]}"
