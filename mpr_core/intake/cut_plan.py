"""Where a source is cut: chunks of at most the wanted length where keyframes allow it, in a container that keeps every time exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from math import ceil

import av

from mpr_core.errors import MediaRefused
from mpr_core.intake.packet_index import PacketIndex

# mp4 and mov count in any time base and hide what a decoder needs before the first picture; mkv counts in milliseconds and hides
# nothing, but holds what FFmpeg's mov only claims to hold (vp8).
_CONTAINERS = {"mp4": "mp4", "matroska": "mkv", "mov": "mov"}
MATROSKA = "matroska"
_MILLISECOND = Fraction(1, 1000)


@dataclass(frozen=True)
class PlannedChunk:
    """Packets `[first, stop)` of the source; pictures of packets before `key` are decoded and not shown.

    Attributes:
        number: from 1 on.
        key: number of the keyframe at the cut.
        zero: ticks that become 0 in the chunk.
        start_s: where its range begins on the source's clock.
        end_s: where the next one begins, or the source ends.
        until: ticks of the first picture after it; None for the last.
    """

    number: int
    first: int
    key: int
    stop: int
    zero: int
    start_s: Fraction
    end_s: Fraction
    until: int | None


@dataclass(frozen=True)
class CutPlan:
    """All chunks of one source.

    Attributes:
        muxer: FFmpeg's name of the chunks' container.
        suffix: of the chunks' file names.
        sound: whether the chunks carry the source's sound.
    """

    chunks: tuple[PlannedChunk, ...]
    muxer: str
    suffix: str
    sound: bool

    @property
    def cuts_s(self) -> tuple[Fraction, ...]:
        return (*(chunk.start_s for chunk in self.chunks), self.chunks[-1].end_s)

    @property
    def longest_s(self) -> Fraction:
        return max(chunk.end_s - chunk.start_s for chunk in self.chunks)


def plan_cuts(index: PacketIndex, seconds: Fraction, where: str) -> CutPlan:
    """Cut at the last possible keyframe at most `seconds` after the cut before, else at the first one after that.

    Raises:
        MediaRefused: no container holds the codec with these times.
    """
    muxer = _muxer(index, where)
    groups = dict(zip(index.keys[1:], index.keys, strict=False))
    possible = [b for b in index.borders() if not b[2] or muxer != MATROSKA]
    cuts = [(0, 0, _first_zero(index))]
    reached, last = Fraction(0), None
    for key, ticks, opens in possible:
        cut = (groups[key] if opens else key, key, ticks)
        if last is not None and index.second(ticks) - reached > seconds:
            cuts.append(last)
            reached, last = index.second(last[2]), None
        if index.second(ticks) - reached > seconds:
            cuts.append(cut)
            reached = index.second(ticks)
        else:
            last = cut
    if last is not None and index.end_s - reached > seconds:
        cuts.append(last)
    return CutPlan(tuple(_planned(index, cuts)), muxer, _CONTAINERS[muxer], index.sound in supported(muxer))


def supported(muxer: str) -> frozenset[str]:
    """Names of the codecs that FFmpeg's muxer of that name can hold."""
    with av.open(BytesIO(), "w", format=muxer) as container:
        return frozenset(container.supported_codecs)


def _first_zero(index: PacketIndex) -> int:
    """Where the source's clock begins, with its sound where that comes first; with the first picture where some before it are hidden."""
    zero = ceil(index.start_s / index.time_base)
    hidden = any(zero <= ticks < index.first_shown for ticks in index.pts[: (*index.keys, len(index.pts))[1]])
    return index.first_shown if hidden else zero


def _planned(index: PacketIndex, cuts: list[tuple[int, int, int]]) -> list[PlannedChunk]:
    starts_s = [Fraction(0), *(index.second(zero) for _, _, zero in cuts[1:]), index.end_s]
    following = [*cuts[1:], (0, len(index.pts), None)]
    return [
        PlannedChunk(number, first, key, after[1], zero, starts_s[number - 1], starts_s[number], after[2])
        for number, ((first, key, zero), after) in enumerate(zip(cuts, following, strict=True), start=1)
    ]


def _muxer(index: PacketIndex, where: str) -> str:
    for muxer in _CONTAINERS:
        exact = muxer != MATROSKA or (index.time_base / _MILLISECOND).denominator == 1
        if exact and index.codec in supported(muxer):
            return muxer
    raise MediaRefused(
        "the video cannot be cut without decoding it",
        where=where,
        why=f"no container of {', '.join(_CONTAINERS.values())} holds {index.codec} with exact times",
        remedy="mpr ingest the file whole, or convert it: ffmpeg -i INPUT -c:v libx264 -c:a aac OUTPUT.mp4",
    )
