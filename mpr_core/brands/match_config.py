"""The knobs of `match_brands`."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from mpr_core.brands.brand_list import Brand, brand_conflicts
from mpr_core.record import StageConfig


class MatchBrandsConfig(StageConfig):
    """How text becomes brands. Letters are counted after folding; ratios and text scores are in [0, 1]."""

    enabled: bool = Field(default=True, description="False: the stage is skipped and passes its input on.")
    min_score: float = Field(
        default=80.0, ge=0, le=100, description="Least score of a match, 0-100. 100 = only the name as it is written."
    )
    brands: tuple[Brand, ...] = Field(default=(), description="The brand list; empty matches nothing.")
    short_name_letters: int = Field(
        default=4,
        ge=1,
        le=8,
        description="Names of up to this many letters match as whole words only, never fuzzily.",
    )
    short_name_min_text_score: float = Field(
        default=0.7, ge=0, le=1, description="Least OCR score of a text in which a short name counts."
    )
    min_text_score: float = Field(default=0.4, ge=0, le=1, description="Texts with a lower OCR score are not legible.")
    fuzzy_min_letters: int = Field(default=6, ge=4, le=40, description="Shorter names tolerate no wrong letter.")
    glued_min_letters: int = Field(
        default=7, ge=5, le=40, description="Names of at least this many letters also match inside a longer word."
    )
    min_fragment_letters: int = Field(default=4, ge=3, le=40, description="Least letters of a fragment of a name.")
    min_fragment_ratio: float = Field(
        default=0.5, ge=0.3, le=1, description="Least share of the name's letters where the frame's edge cuts the text."
    )
    uncut_fragment_ratio: float = Field(
        default=0.8,
        ge=0.3,
        le=1,
        description="Least share of the name's letters away from the edge (behind a player).",
    )
    max_sentence_words: int = Field(
        default=3, ge=1, le=50, description="With this many other words, mostly in lower case, a line is running text."
    )
    ambiguity_margin: float = Field(
        default=3.0,
        ge=0,
        le=50,
        description="Two brands closer than this in score on the same letters: none matches.",
    )
    min_vote_share: float = Field(
        default=0.34, ge=0, le=1, description="Least share of a track's readings, by weight, that must back its brand."
    )
    candidates_kept: int = Field(default=5, ge=0, le=50, description="Rejected candidates kept per decision.")

    @model_validator(mode="after")
    def _no_contradictions(self) -> Self:
        problems = brand_conflicts(self.brands)
        if problems:
            raise ValueError("; ".join(problems))
        return self
