"""What a source video is, established by decoding it once rather than by believing its header.

The clock: a frame's second is `pts * time_base - start_s`, an exact fraction. `start_s` is where a player starts: the
first video frame or the first sound, whichever comes first, so that video which begins after its sound begins later
than 0. Sound that begins slightly before 0 only because its codec needs a run-up (opus, aac) does not move the video.
"""

from __future__ import annotations

from array import array
from fractions import Fraction
from pathlib import Path
from typing import Any

import av.error
import numpy as np

from mpr_core.errors import MediaRefused
from mpr_core.media.clock import SUBTICKS
from mpr_core.media.colour import orientation_of
from mpr_core.media.decode import StoredStamps, oversized_picture, packets_of, stored_stamps
from mpr_core.media.limits import MediaLimits
from mpr_core.media.media_probe import MediaProbe
from mpr_core.media.open import REMEDY_AGAIN, codec_name, open_media, select_video, size_refused
from mpr_core.media.survey import NO_STAMP, Progress, Survey, survey

# A frame further than this part of an interval from an even grid makes a file one of variable frame rate; containers
# with millisecond stamps stay well within it.
_GRID_TOLERANCE = 0.1
# How far the measured rate may be from the header's for the header's exact fraction to be taken.
_RATE_TOLERANCE = 0.002
_TRIAL_PACKETS = 24
_LAST_INTERVALS = 1000


def probe_media(path: Path, limits: MediaLimits, *, progress: Progress | None = None) -> MediaProbe:
    """Check the header, then decode the whole file once.

    Args:
        path: the file.
        limits: what is refused as too large.
        progress: called now and then with (seconds decoded, seconds the header claims, 0 when it claims none).
    Raises:
        MediaRefused: not an accepted video (see `open_media`), over a limit, or without a single good frame.
    """
    with open_media(path, limits, as_stored=True) as container:
        stamps = stored_stamps(container)
    found = survey(path, limits, stamps.kind, progress)
    if found.first is None or not found.times:
        size_px = oversized_picture(path, limits)
        if size_px is not None:
            raise size_refused(path, *size_px, limits)
        raise MediaRefused(
            "no frame can be shown",
            where=str(path),
            why=found.damage or "the video stream holds no complete frame",
            remedy=REMEDY_AGAIN,
        )
    with open_media(path, limits) as container:
        return _describe(container, stamps, found)


def _describe(container: Any, stamps: StoredStamps, found: Survey) -> MediaProbe:
    stream = select_video(container)
    first: Any = found.first
    times, time_base = found.times, stream.time_base
    orientation = orientation_of(first)
    width_px, height_px = (first.height, first.width) if orientation.swaps_sides else (first.width, first.height)
    start_s = first_instant_s(container, Fraction(times[0], SUBTICKS) * time_base)
    end_s = Fraction(times[-1], SUBTICKS) * time_base + _last_interval_s(found, stream) - start_s
    has_audio = bool(container.streams.audio)
    fps, is_vfr = _rate(times, stream)
    claimed_s = Fraction(container.duration, 1_000_000) if container.duration and container.duration > 0 else None
    dependable = (
        stamps.complete
        and not found.irregular
        and (stamps.kind == "pts" or (found.keyframes_in_place and not found.damage))
    )
    return MediaProbe(
        container=container.format.name,
        codec=codec_name(stream),
        width_px=width_px,
        height_px=height_px,
        rotation_deg=orientation.rotation_deg,
        mirrored=orientation.mirrored,
        average_fps=fps,
        time_base=time_base,
        start_s=start_s,
        first_frame_s=Fraction(times[0], SUBTICKS) * time_base - start_s,
        duration_s=end_s,
        claimed_duration_s=claimed_s,
        frame_count=len(times),
        is_vfr=is_vfr,
        has_audio=has_audio,
        video_stream_index=stream.index,
        pix_fmt=first.format.name,
        bit_depth=max((component.bits for component in first.format.components), default=None),
        stamps=stamps.kind,
        damaged_from_s=end_s if found.damage else None,
        damage_reason=found.damage,
        seekable=dependable and _seeks_well(container, stamps.kind, found),
    )


def first_instant_s(container: Any, video_s: Fraction) -> Fraction:
    """The container's time at which a player starts, when the first picture is shown at `video_s` of it."""
    sound_s = [
        stream.start_time * stream.time_base for stream in container.streams.audio if stream.start_time is not None
    ]
    if not sound_s:
        return video_s
    first_sound_s = Fraction(min(sound_s))
    return min(video_s, first_sound_s if video_s < 0 else max(first_sound_s, Fraction(0)))


def _last_interval_s(found: Survey, stream: Any) -> Fraction:
    """How long the last frame is shown: as the file says, else (or if shorter, before damage) the median interval."""
    stored_s = Fraction(found.last_duration) * Fraction(stream.time_base)
    if stored_s > 0 and not found.damage:
        return stored_s
    if len(found.times) > 1:
        intervals = np.diff(np.frombuffer(found.times, np.int64)[-_LAST_INTERVALS:])
        usual_s = Fraction(int(np.median(intervals)), SUBTICKS) * Fraction(stream.time_base)
    else:
        usual_s = 1 / Fraction(stream.average_rate) if stream.average_rate else Fraction(1, 25)
    return min(stored_s, usual_s) if stored_s > 0 else usual_s


def _rate(times: array[int], stream: Any) -> tuple[Fraction | None, bool]:
    """Average frames per second, and whether the frames leave the even grid of that rate."""
    nominal = Fraction(stream.average_rate) if stream.average_rate else None
    count = len(times) - 1
    if count < 1:
        return nominal, False
    rate = count / (Fraction(times[-1] - times[0], SUBTICKS) * Fraction(stream.time_base))
    if nominal is not None and abs(nominal / rate - 1) < _RATE_TOLERANCE:
        rate = nominal
    stored = np.frombuffer(times, np.int64)
    step = float(1 / (rate * Fraction(stream.time_base))) * SUBTICKS
    distance = np.abs((stored - stored[0]) - np.arange(count + 1) * step)
    return rate, bool(distance.max() > max(SUBTICKS, _GRID_TOLERANCE * step))


def _seeks_well(container: Any, stamps: str, found: Survey) -> bool:
    """Whether packets carry the same timestamps after a seek as in a straight read, tried at three places.

    In some files the index points elsewhere, or what is missing is counted on from wherever reading began.
    """
    stream = select_video(container)
    positions, stored = np.frombuffer(found.positions, np.int64), np.frombuffer(found.stamps, np.int64)
    for part in (0.3, 0.6, 0.9):
        target = found.times[int(part * (len(found.times) - 1))] // SUBTICKS
        try:
            container.seek(target, stream=stream)
            sought = _stamps_after_seek(container, stream, stamps)
        except av.error.FFmpegError:
            return False
        known = [(stamp, stored[positions == position]) for position, stamp in sought if position >= 0]
        compared = [bool((candidates == stamp).any()) for stamp, candidates in known if len(candidates)]
        if not compared or not all(compared):
            return False
    return True


def _stamps_after_seek(container: Any, stream: Any, stamps: str) -> list[tuple[int, int]]:
    """(byte position, timestamp) of the next packets."""
    found: list[tuple[int, int]] = []
    for packet in packets_of(container, stream):
        if packet.is_corrupt:
            continue
        stamp = packet.pts if stamps == "pts" else packet.dts
        found.append((-1 if packet.pos is None else packet.pos, NO_STAMP if stamp is None else stamp))
        if len(found) >= _TRIAL_PACKETS:
            break
    return found
