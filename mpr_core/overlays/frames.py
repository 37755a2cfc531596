"""Overlays of extract_frames and filter_scenes: a sampled frame among its neighbours."""

from __future__ import annotations

import numpy as np

from mpr_core.overlays.palette import Colour
from mpr_core.overlays.source import Row, Shot, Source
from mpr_core.overlays.view import Mark, Tile, View
from mpr_core.overlays.words import counted
from mpr_core.report.clock import clock

_NEIGHBOURS = 2  # before and after
_STRIP_TILES = 12
_STRIP_PX = 320
KEPT, STANDS_IN, BLANK = Colour.GREEN, Colour.ORANGE, Colour.PURPLE


def extract_frames(source: Source, shot: Shot, *, deep: bool) -> View:
    """The frame as it was stored, with the sampled frames before and after it."""
    row, tables = shot.row, shot.tables
    seqs = [r["seq"] for r in tables.frames.rows]
    at = seqs.index(shot.seq)
    tiles = []
    for seq in seqs[max(0, at - _NEIGHBOURS) : at + _NEIGHBOURS + 1] if deep else []:
        t_s = tables.frames.by_seq[seq]["t_s"] + tables.offset_s
        title = f"{clock(t_s, 2)}  #{seq}"
        colour = Colour.YELLOW if seq == shot.seq else Colour.GREY
        tiles.append(Tile(tables.frames.small(seq, _STRIP_PX)[0], title, colour))
    late_s = row["t_s"] - row["pts_s"]
    facts = (
        f"{row['width_px']}x{row['height_px']} px, {row['size_bytes'] / 1000:.0f} kB, sampling number {shot.seq}",
        f"on display since {row['pts_s']:.3f} s of its chunk ({row['pts_exact']}), {1000 * late_s:.0f} ms before the sampled instant",
    )
    return View(
        shot.picture,
        shot.size_px,
        headline=f"{row['width_px']}x{row['height_px']}",
        facts=facts,
        tiles=tuple(tiles),
        tiles_title="sampled frames around it",
        legend={Colour.YELLOW: "this frame", Colour.GREY: "its neighbours in the segment"} if tiles else {},
    )


def filter_scenes(source: Source, shot: Shot, *, deep: bool) -> View:
    """The frame's scene, and whether it passed, is stood for by another, or is blank; with the scene's other frames."""
    tables, place = shot.tables, shot.place
    scene = next(s for s in tables.rows("filter_scenes", "scenes") if s["scene"] == place["scene"])
    peers = [r for r in tables.rows("filter_scenes", "frames") if r["scene"] == place["scene"]]
    kept = sum(r["kept"] for r in peers)
    colour, verdict = _verdict(place, shot)
    strip = _strip(peers, shot) if deep else []
    facts = [f"this frame: {verdict}"]
    if deep:
        facts.insert(0, _scene_in_words(source, shot))
    facts.append(f"in this segment the scene has {counted(len(peers), 'frame')}, {kept} kept")
    inset = min(shot.size_px) / 160
    width, height = shot.size_px
    frame = np.array([[inset, inset], [width - inset, inset], [width - inset, height - inset], [inset, height - inset]])
    return View(
        shot.picture,
        shot.size_px,
        headline=f"{scene['transition']}, {kept}/{len(peers)} kept",
        facts=tuple(facts),
        marks=(Mark(frame.astype(np.float32), colour),),
        tiles=tuple(strip),
        tiles_title=f"frames of the scene in this segment ({len(strip)} of {len(peers)})",
        legend={KEPT: "kept: looked at by the later stages", STANDS_IN: "another frame stands for it", BLANK: "blank"},
    )


def _verdict(place: Row, shot: Shot) -> tuple[Colour, str]:
    if place["blank"]:
        return BLANK, "blank, no later stage looks at it"
    if place["kept"]:
        return KEPT, "kept"
    stand_in = shot.tables.frames.by_seq[place["rep_seq"]]["t_s"] + shot.tables.offset_s
    return STANDS_IN, f"the frame at {clock(stand_in, 2)} stands for it"


def _scene_in_words(source: Source, shot: Shot) -> str:
    for number, scene in enumerate(source.scenes, 1):
        if scene.start_s <= shot.t_s < scene.end_s:
            how = "begins the chunk" if scene.transition == "start" else f"begins with a {scene.transition}"
            span = f"{clock(scene.start_s, 2)} to {clock(scene.end_s, 2)}"
            return f"scene {number} of {len(source.scenes)}: {span}, {scene.end_s - scene.start_s:.2f} s, {how}"
    return "in no scene"


def _strip(peers: list[Row], shot: Shot) -> list[Tile]:
    """The scene's frames, evenly chosen where there are many, always with the shot itself."""
    chosen = {round(i) for i in np.linspace(0, len(peers) - 1, min(_STRIP_TILES, len(peers)))}
    tiles = []
    for i, row in enumerate(peers):
        if i not in chosen and row["seq"] != shot.seq:
            continue
        t_s = shot.tables.frames.by_seq[row["seq"]]["t_s"] + shot.tables.offset_s
        colour = BLANK if row["blank"] else KEPT if row["kept"] else STANDS_IN
        mark = "this one" if row["seq"] == shot.seq else "blank" if row["blank"] else ""
        if not mark and not row["kept"]:
            mark = f"as {clock(shot.tables.frames.by_seq[row['rep_seq']]['t_s'] + shot.tables.offset_s, 1)}"
        tiles.append(
            Tile(shot.tables.frames.small(row["seq"], _STRIP_PX)[0], f"{clock(t_s, 2)}  {mark}".rstrip(), colour)
        )
    return tiles
