"""One overlay: a sampled frame with what a stage produced or considered there, as JPEG bytes."""

from __future__ import annotations

from mpr_core.overlays.canvas import Caption, page, picture_size, unit_of
from mpr_core.overlays.draw import draw_view
from mpr_core.overlays.source import Shot, Source
from mpr_core.overlays.stages import settings_in_words, shown
from mpr_core.overlays.view import View
from mpr_core.report.clock import clock
from mpr_core.report.thumbnails import encode_jpeg
from mpr_core.runner.branch import Branch
from mpr_core.runner.context import Services

_QUALITY = 88
_MOST_FACTS = 9


def overlay(branch: Branch, stage: str, at_s: float, services: Services | None = None) -> bytes:
    """The overlay of the sampled frame nearest to a second of the timeline.

    Args:
        branch: a node of the stage or of a later one, with what it rests on.
        services: opens the models that show what detect_objects dropped; without, only what it kept is drawn.
    Raises:
        InputError: the branch does not reach the stage, or the second is outside the timeline.
        PartMissing: a part or a stored frame is gone.
    """
    source = Source(branch, stage)
    return draw_overlay(source, source.shot_at(at_s), services)


def draw_overlay(source: Source, shot: Shot, services: Services | None = None) -> bytes:
    """The overlay of one sampled frame."""
    view = shown(source, shot, deep=True, services=services)
    size_px = picture_size(view.size_px)
    drawn = draw_view(view, size_px, unit_of(size_px))
    caption = Caption(_title(source, shot), settings_in_words(source), _facts(source, shot, view, drawn.left_out))
    return encode_jpeg(page(drawn.picture, caption, view.tiles, view.tiles_title, view.legend), _QUALITY)


def _title(source: Source, shot: Shot) -> str:
    segment = source.branch.segments[shot.tables.index]
    chunk = source.branch.timeline.chunks[segment.chunk_index].key.rsplit("/", 1)[-1]
    node = f"node {source.node.id}" + (" (skipped)" if source.node.status == "skipped" else "")
    return f"{source.stage}   {clock(shot.t_s, 2)} ({shot.t_s:.2f} s) of {source.node.timeline}   {node}   {chunk} #{shot.seq}"


def _facts(source: Source, shot: Shot, view: View, left_out: int) -> tuple[str, ...]:
    facts = list(view.facts)
    if source.node.status == "skipped":
        facts.insert(0, f"skipped: {source.node.reason}")
    if source.branch.has("filter_scenes") and source.stage not in ("filter_scenes", "compile_report"):
        if shot.shown_seq is None:
            facts.insert(0, "a blank frame: filter_scenes dropped it, no later stage looked at it")
        elif shot.shown_seq != shot.seq:
            stand_in = shot.tables.frames.by_seq[shot.shown_seq]["t_s"] + shot.tables.offset_s
            facts.insert(0, f"as found on the frame at {clock(stand_in, 2)}, which stands for this one")
    if len(facts) > _MOST_FACTS:
        facts = [*facts[: _MOST_FACTS - 1], f"and {len(facts) - _MOST_FACTS + 1} lines more"]
    if left_out:
        facts.append(f"{left_out} labels found no room" if left_out > 1 else "1 label found no room")
    return tuple(facts)
