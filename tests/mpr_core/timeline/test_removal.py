"""A chunk is left out of a timeline by its key, or by as much of its key's end as tells it apart."""

from __future__ import annotations

from fractions import Fraction

import pytest

from mpr_core.errors import InputError
from mpr_core.timeline.removal import without_chunk
from mpr_core.timeline.timeline import Chunk, Timeline
from tests.mpr_core.made_up_chunk import made_up_chunk


def chunk(key: str, digest: str = "a") -> Chunk:
    return made_up_chunk(Fraction(1), digest=digest * 64).model_copy(update={"key": key})


TIMELINE = Timeline(id="t", chunks=(chunk("x/1.mp4"), chunk("x/2.mp4", "b"), chunk("y/2.mp4"), chunk("x/1.mp4")))


@pytest.mark.parametrize(
    ("name", "left"),
    [("1.mp4", ["x/2.mp4", "y/2.mp4"]), ("x/2.mp4", ["x/1.mp4", "y/2.mp4", "x/1.mp4"])],
    ids=["a file's name, twice in it", "a whole key"],
)
def test_the_named_file_goes_wherever_it_stands_and_the_others_stay_in_order(name: str, left: list[str]) -> None:
    kept, dropped = without_chunk(TIMELINE, name)
    assert [one.key for one in kept.chunks] == left
    assert len(dropped) + len(left) == 4


@pytest.mark.parametrize(
    ("name", "what"),
    [("2.mp4", "several chunks of that name"), ("3.mp4", "no such chunk"), (".mp4", "no such chunk"), ("", "no such")],
)
def test_a_name_that_tells_no_chunk_is_refused_with_those_there_are(name: str, what: str) -> None:
    with pytest.raises(InputError, match=what) as refusal:
        without_chunk(TIMELINE, name)
    assert "x/2.mp4" in refusal.value.why


def test_the_only_chunk_stays() -> None:
    with pytest.raises(InputError, match="a timeline needs a chunk"):
        without_chunk(Timeline(id="t", chunks=(chunk("x/1.mp4"),)), "1.mp4")
