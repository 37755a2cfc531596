"""What OCR takes for what: confusion classes, skeletons for look-up, and the cost of reading a name as a text.

A skeleton maps each class to one letter, so that a confused reading is found by equality. Classes collide ('0' with
'o', but also 'i' with 'l'), so a skeleton only proposes; `align` decides, by an edit distance in which a known
confusion costs a fraction of a wrong letter. The tables look at the case of what was read: 'l' and 'I' look alike, 'L'
and 'I' do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

STRONG_COST = 0.2  # same shape in common typefaces
MULTI_COST = 0.3  # two letters read as one, or the reverse
WEAK_COST = 0.7  # similar shape; needs a long name around it
EDIT_COST = 1.0
FIRST_LETTER_EXTRA = 0.25  # words that differ in their first letter are usually different words
DIGIT_EXTRA = 0.5  # a digit that stands for no letter speaks against the name

_STRONG = {
    "0": "o", "O": "0", "o": "0", "1": "il", "l": "i1", "I": "l1", "i": "l1", "|": "il1", "!": "il1",
    "5": "s", "S": "5", "s": "5", "$": "s5", "8": "b", "B": "8", "2": "z", "Z": "2", "z": "2",
    "6": "gb", "G": "6", "b": "6", "9": "gq", "g": "9", "q": "9", "4": "a", "A": "4", "@": "a", "€": "e", "3": "e",
}  # fmt: skip
_WEAK = {
    "0": "dq", "O": "dqcg", "D": "o0", "Q": "o0", "o": "acedq", "C": "goce", "G": "co", "c": "eo", "e": "co",
    "a": "ou",
    "U": "vo", "V": "uy", "u": "vn", "v": "uy", "y": "v", "Y": "v", "n": "uh", "h": "nb", "H": "nm", "N": "mh",
    "M": "nh", "E": "f", "F": "ep", "P": "rf", "R": "pk", "K": "xr", "X": "k", "L": "i1", "T": "i17", "I": "tj",
    "J": "i", "j": "i", "i": "j", "t": "fl", "f": "t", "l": "t", "7": "tzy", "q": "g", "g": "q", "B": "rp", "S": "b8",
    "8": "s", "W": "m", "w": "m", "m": "w",
}  # fmt: skip
# (read, meant): cost. Both directions, because either may be printed.
_MULTI = {
    ("rn", "m"): MULTI_COST, ("m", "rn"): MULTI_COST, ("vv", "w"): MULTI_COST, ("w", "vv"): MULTI_COST,
    ("cl", "d"): MULTI_COST, ("d", "cl"): MULTI_COST, ("c1", "d"): MULTI_COST, ("lc", "k"): WEAK_COST,
    ("ic", "k"): WEAK_COST, ("nn", "m"): WEAK_COST, ("ni", "m"): WEAK_COST, ("in", "m"): WEAK_COST,
    ("ri", "n"): WEAK_COST, ("ii", "u"): WEAK_COST, ("ii", "n"): WEAK_COST, ("li", "u"): WEAK_COST,
}  # fmt: skip
_ONLY_LOWER = {("cl", "d"), ("d", "cl")}  # 'CL' and 'D' look nothing alike
_THIN = "iIl1|!"  # what the edge of a board is read as

_CLASS_LETTERS = {"0": "o", "1": "l", "i": "l", "|": "l", "!": "l", "5": "s", "$": "s", "8": "b", "2": "z", "6": "g"}
_SKELETON = str.maketrans(_CLASS_LETTERS | {"9": "g", "q": "g", "4": "a", "@": "a", "3": "e", "€": "e"})


def char_skeleton(key: str) -> str:
    """The folded key with each one-letter confusion class replaced by one letter; as long as the key."""
    return key.translate(_SKELETON)


def skeleton(key: str) -> str:
    """As `char_skeleton`, and 'rn', 'vv', 'cl' as the one letter they are taken for; may be shorter than the key."""
    return char_skeleton(key).replace("rn", "m").replace("vv", "w").replace("cl", "d")


@dataclass(frozen=True, slots=True)
class Alignment:
    """How a text reads as a name: the summed cost and what it is made of."""

    cost: float
    equal: int
    confusions: int
    weak: int
    edits: int
    head_only: bool  # the one kind of difference is letters the text has too many, before the name
    tail_only: bool  # the same, after the name
    missing_ends: bool  # the one kind of difference is letters the text lacks at its ends: a fragment


_Step = tuple[int, int, str]  # text letters, name letters, kind
_MOST_REMEMBERED = 20_000


@lru_cache(maxsize=_MOST_REMEMBERED)  # a board is read alike again and again
def align(key: str, raw: str, name: str) -> Alignment:
    """The cheapest way to read `name` as the text.

    Args:
        key: folded letters of the text.
        raw: the original character behind each letter of `key`; same length.
        name: folded key of the name.
    Returns:
        The alignment; cost 0 when the keys are equal. Of equally cheap ways the first of: one letter for one, two for one, one for two,
        a letter too many, a letter missing.
    """
    width = len(name)
    missing = [EDIT_COST + (EDIT_COST if letter.isdigit() else 0.0) for letter in name]
    before: list[float] = []
    above = [0.0] * (width + 1)
    how: list[list[_Step]] = [[_MISSING] * (width + 1)]
    for j in range(1, width + 1):
        above[j] = above[j - 1] + missing[j - 1]
    for i in range(1, len(key) + 1):
        extra, extra_at_end = _extra(key[i - 1], raw[i - 1], width)
        row = [above[0] + extra_at_end[0]] + [0.0] * width
        steps = [extra_at_end[1]] + [_MISSING] * width
        pairs_read = key[i - 2 : i] if i > 1 else ""
        for j in range(1, width + 1):
            cost, kind = _substitution(key[i - 1], raw[i - 1], name[j - 1], i == 1 or j == 1)
            best, step = above[j - 1] + cost, _ONE_FOR_ONE[kind]
            if pairs_read and (multi := _MULTI.get((pairs_read, name[j - 1]))) is not None:
                multi, kind = _several(pairs_read, name[j - 1], multi, raw[i - 2 : i])
                if before[j - 1] + multi < best:
                    best, step = before[j - 1] + multi, (2, 1, kind)
            if j > 1 and (multi := _MULTI.get((key[i - 1], name[j - 2 : j]))) is not None:
                multi, kind = _several(key[i - 1], name[j - 2 : j], multi, raw[i - 1])
                if above[j - 2] + multi < best:
                    best, step = above[j - 2] + multi, (1, 2, kind)
            more, more_step = extra_at_end if j == width else (extra, _EXTRA)
            if above[j] + more < best:
                best, step = above[j] + more, more_step
            if row[j - 1] + missing[j - 1] < best:
                best, step = row[j - 1] + missing[j - 1], _MISSING
            row[j], steps[j] = best, step
        how.append(steps)
        before, above = above, row
    return _read_back(how, len(key), width, above[-1])


_EXTRA: _Step = (1, 0, "extra")
_THIN_EXTRA: _Step = (1, 0, "thin")
_MISSING: _Step = (0, 1, "missing")
_ONE_FOR_ONE: dict[str, _Step] = {kind: (1, 1, kind) for kind in ("equal", "confusion", "weak", "wrong")}


def _extra(letter: str, raw: str, width: int) -> tuple[float, tuple[float, _Step]]:
    """What a letter too many costs within the name, and what and how at its ends."""
    cost = EDIT_COST + (DIGIT_EXTRA if letter.isdigit() else 0.0)
    thin = width > 5 and raw in _THIN
    return cost, ((0.5, _THIN_EXTRA) if thin else (cost, _EXTRA))


def _several(read: str, meant: str, cost: float, raw: str) -> tuple[float, str]:
    """The cost and kind of letters taken for one another where the numbers of letters differ."""
    if (read, meant) in _ONLY_LOWER and raw.isupper():
        cost = WEAK_COST
    return cost, "weak" if cost >= WEAK_COST else "confusion"


def _substitution(letter: str, raw: str, meant: str, first: bool) -> tuple[float, str]:
    if letter == meant:
        return 0.0, "equal"
    if meant in _STRONG.get(raw, ""):
        return STRONG_COST, "confusion"
    start = FIRST_LETTER_EXTRA if first else 0.0
    if meant in _WEAK.get(raw, ""):
        return WEAK_COST + start, "weak"
    # A number in a name tells it from its neighbours ('Channel 4'), so another digit is no small mistake.
    digits = 2 * EDIT_COST if meant.isdigit() else DIGIT_EXTRA if letter.isdigit() else 0.0
    return EDIT_COST + start + digits, "wrong"


def _read_back(how: list[list[_Step]], i: int, j: int, cost: float) -> Alignment:
    kinds: list[str] = []
    while i or j:
        read, meant, kind = how[i][j]
        kinds.append(kind)
        i, j = i - read, j - meant
    kinds.reverse()
    inner = "".join("x" if k == "extra" else "-" if k == "missing" else "=" if k == "equal" else "~" for k in kinds)
    return Alignment(
        cost=cost,
        equal=kinds.count("equal"),
        confusions=kinds.count("confusion"),
        weak=kinds.count("weak") + kinds.count("thin"),
        edits=sum(k in ("extra", "missing", "wrong") for k in kinds),
        head_only=inner.startswith("x") and set(inner.lstrip("x")) == {"="},
        tail_only=inner.endswith("x") and set(inner.rstrip("x")) == {"="},
        missing_ends="-" in inner and set(inner.strip("-")) == {"="},
    )
