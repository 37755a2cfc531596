"""How pictures are put together to requests."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mpr_core.inference.host.batches import CROPS, FRAMES, of_frames, of_tracks
from mpr_core.inference.operations import Asked
from mpr_core.inference.pictures import HeldPicture
from mpr_core.wire.envelope import ImageRef
from mpr_core.wire.ocr import OcrImage


@given(st.integers(0, 50))
def test_frames_go_in_order_in_full_requests(count: int) -> None:
    asked = [Asked(ImageRef(id=str(i)), HeldPicture(str(i), b"")) for i in range(count)]
    batches = list(of_frames(asked))
    assert [one for batch in batches for one in batch] == asked
    assert all(len(batch) == FRAMES for batch in batches[:-1])


@given(st.lists(st.integers(1, 12), max_size=20))
def test_the_crops_of_a_track_are_never_parted(tracks: list[int]) -> None:
    asked = [
        Asked(OcrImage(id=f"{track}/{i}", group=track), HeldPicture("crop", b""))
        for track, size in enumerate(tracks)
        for i in range(size)
    ]
    batches = list(of_tracks(asked))
    assert [one for batch in batches for one in batch] == asked
    assert all(len(batch) <= CROPS for batch in batches)
    places = [(number, one.about.group) for number, batch in enumerate(batches) for one in batch]
    assert len({group for _, group in places}) == len(set(places))
