"""What OCR takes for what: confusion classes, skeletons for look-up, and the cost of reading a name as a text.

A skeleton maps each class to one letter, so that a confused reading is found by equality. Classes collide ('0' with
'o', but also 'i' with 'l'), so a skeleton only proposes; `align` decides, by an edit distance in which a known
confusion costs a fraction of a wrong letter. The tables look at the case of what was read: 'l' and 'I' look alike, 'L'
and 'I' do not.
"""

from __future__ import annotations

from dataclasses import dataclass

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


_Step = tuple[float, int, int, str]  # cost, text letters, name letters, kind


def align(key: str, raw: str, name: str) -> Alignment:
    """The cheapest way to read `name` as the text.

    Args:
        key: folded letters of the text.
        raw: the original character behind each letter of `key`; same length.
        name: folded key of the name.
    Returns:
        The alignment; cost 0 when the keys are equal.
    """
    rows, columns = len(key) + 1, len(name) + 1
    best = [[0.0] * columns for _ in range(rows)]
    how: list[list[_Step]] = [[(0.0, 0, 0, "")] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            if i == 0 and j == 0:
                continue
            steps = _steps(key, raw, name, i, j)
            costs = [best[i - step[1]][j - step[2]] + step[0] for step in steps]
            pick = min(range(len(steps)), key=costs.__getitem__)
            best[i][j], how[i][j] = costs[pick], steps[pick]
    return _read_back(how, rows - 1, columns - 1, best[-1][-1])


def _steps(key: str, raw: str, name: str, i: int, j: int) -> list[_Step]:
    steps: list[_Step] = []
    if i and j:
        steps.append(_substitution(key[i - 1], raw[i - 1], name[j - 1], i == 1 or j == 1))
    for read, meant in ((2, 1), (1, 2)):
        if i >= read and j >= meant:
            pair = (key[i - read : i], name[j - meant : j])
            cost = _MULTI.get(pair)
            if cost is not None:
                lowered = pair in _ONLY_LOWER and raw[i - read : i].isupper()
                cost = WEAK_COST if lowered else cost
                steps.append((cost, read, meant, "weak" if cost >= WEAK_COST else "confusion"))
    if i:
        at_end = j in (0, len(name))
        thin = at_end and len(name) > 5 and raw[i - 1] in _THIN
        extra = DIGIT_EXTRA if key[i - 1].isdigit() and not thin else 0.0
        steps.append((0.5 if thin else EDIT_COST + extra, 1, 0, "thin" if thin else "extra"))
    if j:
        steps.append((EDIT_COST + (EDIT_COST if name[j - 1].isdigit() else 0.0), 0, 1, "missing"))
    return steps


def _substitution(letter: str, raw: str, meant: str, first: bool) -> _Step:
    if letter == meant:
        return (0.0, 1, 1, "equal")
    if meant in _STRONG.get(raw, ""):
        return (STRONG_COST, 1, 1, "confusion")
    start = FIRST_LETTER_EXTRA if first else 0.0
    if meant in _WEAK.get(raw, ""):
        return (WEAK_COST + start, 1, 1, "weak")
    # A number in a name tells it from its neighbours ('Channel 4'), so another digit is no small mistake.
    digits = 2 * EDIT_COST if meant.isdigit() else DIGIT_EXTRA if letter.isdigit() else 0.0
    return (EDIT_COST + start + digits, 1, 1, "wrong")


def _read_back(how: list[list[_Step]], i: int, j: int, cost: float) -> Alignment:
    kinds: list[str] = []
    while i or j:
        _, read, meant, kind = how[i][j]
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
