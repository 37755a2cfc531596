"""Numbers in words: counts, outcomes, times and sizes as terminals, Dagster's log and metadata show them."""

from __future__ import annotations

from collections.abc import Mapping

from mpr_core.cascade.budget import usd
from mpr_core.cascade.summary import unasked_in_words
from mpr_core.runner.events import Event

# One and many; '' where the value is bytes and says its own unit. Amounts of money say it too.
COUNTS = {
    "frames": ("frame", "frames"),
    "decoded_frames": ("decoded", "decoded"),
    "frame_bytes": ("", ""),
    "scene_changes": ("scene change", "scene changes"),
    "kept_frames": ("frame kept", "frames kept"),
    "blank_frames": ("blank frame", "blank frames"),
    "frames_with_field": ("frame with a field", "frames with a field"),
    "frames_without_field": ("without", "without"),
    "bands": ("band", "bands"),
    "boxes": ("box", "boxes"),
    "tracks": ("track", "tracks"),
    "crops": ("crop", "crops"),
    "crops_read": ("crop read", "crops read"),
    "legible_tracks": ("legible", "legible"),
    "decided_tracks": ("track decided", "tracks decided"),
    "unmatched_texts": ("text on no list", "texts on no list"),
    "asked": ("track asked", "tracks asked"),
    "would_ask": ("track unasked", "tracks unasked"),
    "decided": ("track decided", "tracks decided"),
    "left_for_budget": ("left for the budget", "left for the budget"),
    "failed": ("failed", "failed"),
    "no_answer": ("without a usable answer", "without a usable answer"),
    "same_text": ("with the same text", "with the same text"),
    "over_scene_share": ("over its scene's share", "over their scene's share"),
    "flagged": ("flagged", "flagged"),
    "proposed": ("name proposed", "names proposed"),
    "airings": ("airing", "airings"),
    "brands": ("brand", "brands"),
}


_CONTROL = {"run_paused": "paused", "run_resumed": "goes on", "run_stopped": "ended"}


def counts_in_words(counts: Mapping[str, float]) -> str:
    """'47 frames, 582 decoded, 7.8 MB'. Zeros are left out; when there is nothing else, 'no frames'."""
    found = [_count(name, value) for name, value in counts.items() if value]
    if found or not counts:
        return ", ".join(found)
    return f"no {_unit(next(iter(counts)), many=True)}"


def found_in_words(status: str, reason: str, counts: Mapping[str, float]) -> str:
    """What a stage found; for a skipped one why, and what it would have done."""
    if status != "skipped":
        return counts_in_words(counts)
    return f"{unasked_in_words(counts)}: {reason}" if counts.get("would_ask") else reason


def work_in_words(computed: int, reused: int, seconds: float) -> str:
    """'2 parts computed in 1.3 s, 38 reused'; 'nothing computed: all 40 parts were there'."""
    if not computed:
        return f"nothing computed: {'the part was' if reused == 1 else f'all {reused} parts were'} there"
    return f"{many(computed, 'part')} computed in {seconds:.1f} s, {reused} reused"


def event_in_words(event: Event) -> str:
    """An event as one line; empty for those that need none."""
    if event.kind == "stage_started":
        return f"{event.stage}: {_parts_to_do(event)}"
    if event.kind == "progress" and event.message:
        left = f", {event.eta_s:.0f} s left" if event.eta_s is not None else ""
        return f"{event.stage}: {event.message}{left}"
    if event.kind == "progress" and event.segments_done < event.segments_total:
        speed = f", {speed_in_words(event.speed_ratio)} real time" if event.speed_ratio else ""
        frames = f", {event.frames_per_s:.1f} frames/s" if event.frames_per_s else ""
        left = f", {event.eta_s:.0f} s left" if event.eta_s is not None else ""
        return f"{event.stage}: {event.segments_done}/{event.segments_total} segments{speed}{frames}{left}"
    if event.kind == "stage_finished":
        found = found_in_words(event.status, event.message, event.counts)
        return f"{event.stage}: {_how_it_ended(event)}{found}".rstrip(": ")
    if event.kind == "stage_failed":
        return f"{event.stage}: failed: {first_line(event.message)}"
    if event.kind == "log":
        warning = "warning: " if event.level == "warning" else ""
        return f"{event.stage}: {warning}{event.message}".removeprefix(": ")
    if event.kind in _CONTROL:
        more = f": {event.message}" if event.message else ""
        return f"{event.stage}: {_CONTROL[event.kind]}{_how_far(event)}{more}"
    return ""


def duration_in_words(seconds: float) -> str:
    """'40 s', '12 min', '3 h'."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"


def speed_in_words(ratio: float) -> str:
    """How many seconds of video per second: '0.4x', '2.4x', '81x'."""
    return f"{ratio:.1f}x" if ratio < 9.95 else f"{ratio:.0f}x"


def clock(seconds: float) -> str:
    """mm:ss.d, with hours when there are any."""
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    tail = f"{minutes:02d}:{rest // 10:02d}.{rest % 10}"
    return f"{hours}:{tail}" if hours else tail


def size(count: float) -> str:
    """Bytes in a unit that reads well."""
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} GB"


def many(count: int, one: str, more: str = "") -> str:
    """'1 chunk', '2 chunks'."""
    return f"{count} {one if count == 1 else more or one + 's'}"


def first_line(text: str) -> str:
    """The first line of a message, empty for an empty one."""
    return text.partition("\n")[0]


def _how_it_ended(event: Event) -> str:
    if event.status == "skipped":
        return "skipped: "
    if event.status == "cached":
        return f"unchanged, {many(event.parts_reused, 'part')} reused: "
    reused = f", {event.parts_reused} of {many(event.segments_total, 'part')} reused" if event.parts_reused else ""
    return f"done in {event.elapsed_s:.1f} s{reused}: "


def _how_far(event: Event) -> str:
    if not event.segments_total:
        return "" if event.kind == "run_resumed" else " before it begins"
    return f" after {event.segments_done} of {many(event.segments_total, 'segment')}"


def _parts_to_do(event: Event) -> str:
    total, there = event.segments_total, event.segments_done
    if there == total:
        return "nothing to compute"
    return f"{total - there} of {many(total, 'part')} to compute"


def _count(name: str, value: float) -> str:
    if name.endswith("_bytes"):
        return size(value)
    if name.endswith("_usd"):
        return f"{'would cost about ' if name.startswith('would') else ''}{usd(value)}"
    number = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return f"{number} {_unit(name, many=value != 1)}"


def _unit(name: str, *, many: bool) -> str:
    return COUNTS.get(name, (name.replace("_", " "),) * 2)[many]
