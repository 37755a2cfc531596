"""A timeline's id can be a folder, a partition key and a tag; its record survives JSON exactly."""

from __future__ import annotations

from fractions import Fraction

import pytest
from pydantic import ValidationError

from mpr_core.errors import InputError
from mpr_core.timeline.timeline import Timeline, check_timeline_id
from tests.mpr_core.made_up_chunk import made_up_chunk


@pytest.mark.parametrize("name", ["a", "match-2026-05-01", "A.b_c-9", "x" * 63, "7"])
def test_plain_ids_are_taken_as_they_are(name: str) -> None:
    assert check_timeline_id(name) == name


@pytest.mark.parametrize(
    "name", ["", ".hidden", "-x", "_x", "a/b", "a b", "a..b", "../a", "x" * 64, "Zürich", "a\n", "a%2f", "a,b", "a\x00"]
)
def test_ids_that_could_not_be_a_key_everywhere_are_refused_with_the_rule(name: str) -> None:
    with pytest.raises(InputError, match="not a timeline id") as refusal:
        check_timeline_id(name)
    assert "1 to 63 letters" in refusal.value.why
    with pytest.raises(InputError):
        Timeline(id=name, chunks=(made_up_chunk(Fraction(1)),))


def test_a_timeline_keeps_its_fractions_through_json() -> None:
    timeline = Timeline(id="t", chunks=(made_up_chunk(Fraction(1001, 30000), offset_s=Fraction(7, 3)),))
    again = Timeline.model_validate_json(timeline.model_dump_json())
    assert again == timeline
    assert again.chunks[0].offset_s == Fraction(7, 3)


def test_a_timeline_needs_a_chunk_and_knows_all_its_fields() -> None:
    with pytest.raises(ValidationError):
        Timeline(id="t", chunks=())
    with pytest.raises(ValidationError, match="colour"):
        Timeline.model_validate({"id": "t", "chunks": (made_up_chunk(Fraction(1)),), "colour": "red"})
