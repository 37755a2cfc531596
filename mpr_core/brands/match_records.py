"""What goes into matching and what comes out of it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from mpr_core.record import Record

Rule = Literal["exact", "folded", "confusable", "fuzzy", "fragment", "joined"]


class TextReading(Record):
    """One text as OCR read it from one crop.

    `cut_start`, `cut_end`: the text's box touches the frame's border where reading starts or ends, so that letters may
    be missing there. `weight` scales its vote beside other readings of the same track.
    """

    text: str
    score: float = Field(default=1.0, ge=0, le=1)
    cut_start: bool = False
    cut_end: bool = False
    weight: float = Field(default=1.0, ge=0)


class Candidate(Record):
    """A brand that a text may name, whether it was accepted, and why.

    `span` is half-open, in characters of the text it was found in, which has `text_length` of them; `matched_text` is
    what stands there. `vetoed_by` is None when accepted, else a short stable word: min_score, text_score, short_name,
    inside_word, running_text, everyday_word, fragment, exclude, ambiguous, covered, number, votes.
    """

    brand: str
    score: float = Field(ge=0, le=100)
    matched_name: str
    matched_text: str
    span: tuple[int, int]
    text_length: int = Field(ge=1)
    rule: Rule
    reason: str
    accepted: bool
    vetoed_by: str | None = None


class TrackDecision(Record):
    """What the readings of one track say together.

    `brand` and `score` are those of the first of `matches`; both None and empty when nothing was accepted, and `reason`
    then says why. `matches` hold at most one candidate per brand, best backed first; the span of each counts in the
    reading it was found in. `text` is the voted text.
    """

    brand: str | None
    score: float | None = Field(default=None, ge=0, le=100)
    matches: tuple[Candidate, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    text: str = ""
    reason: str = ""
