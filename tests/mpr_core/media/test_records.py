"""Small pieces: fractions in JSON, file digests, limits, clocks."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import pytest
from pydantic import ValidationError

from mpr_core.exact import Rational
from mpr_core.media.clock import SUBTICKS, DtsClock, PtsClock
from mpr_core.media.digest import file_digest
from mpr_core.media.limits import MediaLimits
from mpr_core.record import Record


class _Holder(Record):
    value: Rational


@pytest.mark.parametrize("given", [Fraction(30000, 1001), 3, "30000/1001", "-1/5", "7"])
def test_fractions_survive_json(given: object) -> None:
    holder = _Holder.model_validate({"value": given})
    assert _Holder.model_validate_json(holder.model_dump_json()) == holder
    assert "/" in holder.model_dump_json()


@pytest.mark.parametrize("given", [0.04, True, "1/0", "a", None])
def test_what_is_not_an_exact_fraction_is_refused(given: object) -> None:
    with pytest.raises(ValidationError):
        _Holder.model_validate({"value": given})


@pytest.mark.parametrize("content", [b"", b"x" * 3_000_000])
def test_the_digest_is_the_sha256_of_the_content(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    assert file_digest(path) == hashlib.sha256(content).hexdigest()


def test_the_default_limits_allow_8k_and_refuse_nonsense() -> None:
    assert MediaLimits().max_pixels_px == 7680 * 4320
    with pytest.raises(ValidationError):
        MediaLimits(max_duration_s=0)


def _times(stamps: list[int | None]) -> tuple[list[Fraction], bool]:
    clock = PtsClock(Fraction(1, 25), Fraction(25))
    return [Fraction(clock.stamp(pts, None, False), SUBTICKS) for pts in stamps], clock.irregular


def test_clean_timestamps_are_taken_as_they_are() -> None:
    assert _times([0, 1, 5, 6]) == ([0, 1, 5, 6], False)


def test_a_missing_timestamp_follows_after_one_interval() -> None:
    assert _times([3, None, 5]) == ([3, 4, 5], True)


def test_an_equal_timestamp_replaces_the_frame_before_and_moves_nothing_after_it() -> None:
    assert _times([0, 1, 1, 2]) == ([0, 1, 1 + Fraction(1, SUBTICKS), 2], True)


def test_a_restarted_recording_goes_on_after_one_interval() -> None:
    assert _times([100, 101, 0, 1]) == ([100, 101, 102, 103], True)


def test_ranks_take_stored_stamps_in_order_whatever_order_frames_were_stored_in() -> None:
    clock = DtsClock(Fraction(1, 25), Fraction(25))
    for index in range(4):
        clock.saw_packet(index, index * 2)
    shown = [clock.stamp(None, index, True) // SUBTICKS for index in (0, 2, 3, 1)]
    assert shown == [0, 2, 4, 6]


def test_a_packet_without_a_frame_leaves_its_time_to_the_frame_before() -> None:
    clock = DtsClock(Fraction(1, 25), Fraction(25))
    for index in range(4):
        clock.saw_packet(index, index)
    assert [clock.stamp(None, index, False) // SUBTICKS for index in (0, 1, 3)] == [0, 1, 3]
