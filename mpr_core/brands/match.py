"""Matching text against the brand list: the public face of this package's matcher.

Rules, strongest first: `exact` (but for case), `folded` (accents, spacing, punctuation), `joined` (a gap inside a word,
or a long name glued into a longer word), `confusable` (only OCR confusions), `fuzzy` (about one wrong letter in six,
names of six letters and more), `fragment` (cut by the frame's edge, or hidden).

Names of up to four letters match as whole words only, read well, and never in running text.

Running text: at least `max_sentence_words` other words of which half start in lower case; or, whatever the case, one
word more and two function words among them (or one, where half are everyday words). There, short names, everyday words
('orange', 'north star') and loose matches are vetoed; a distinctive name ('Coca-Cola') still counts. After an article
or possessive ('a visa') an everyday word in lower case is never a brand. Other brands of the list and parts of a web
address do not count as words.

`docs/matching.md` says what the scores mean.
"""

from __future__ import annotations

from mpr_core.brands.brand_index import BrandIndex
from mpr_core.brands.match_config import MatchBrandsConfig
from mpr_core.brands.match_records import Candidate, Rule, TextReading, TrackDecision
from mpr_core.brands.reading_match import match_reading
from mpr_core.brands.track_vote import match_track

__all__ = [
    "BrandIndex",
    "Candidate",
    "MatchBrandsConfig",
    "Rule",
    "TextReading",
    "TrackDecision",
    "match_reading",
    "match_track",
]
