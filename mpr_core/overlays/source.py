"""What the overlays of one node are read from: the tables of its parts and of those it rests on, and the sampled frames.

Tables are read by name, not through the stages' payloads: a picture needs no stage's libraries, only the one that shows what a
stage dropped on the way does.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np

from mpr_core.errors import InputError
from mpr_core.overlays.view import Picture
from mpr_core.report.model import Report, load_report
from mpr_core.report.sighting import SceneSpan
from mpr_core.runner.branch import Branch
from mpr_core.runner.parts import Part, part_file
from mpr_core.stages.registry import STAGES
from mpr_core.stages.scene_spans import scene_spans
from mpr_core.stages.stored_frames import StoredFrames
from mpr_core.store.tables import from_parquet

Row = dict[str, Any]


class Tables:
    """The tables of one segment, each read on first use."""

    def __init__(self, branch: Branch, index: int) -> None:
        self.branch, self.index = branch, index
        self.offset_s = branch.offset_s(index)
        self._parts: dict[str, Part] = {}
        self._rows: dict[tuple[str, str], list[Row]] = {}
        self._by_seq: dict[tuple[str, str], dict[int, list[Row]]] = {}

    def rows(self, stage: str, table: str) -> list[Row]:
        """Every row of a stage's table.

        Raises:
            PartMissing: the part is gone or damaged.
        """
        key = stage, table
        if key not in self._rows:
            self._rows[key] = from_parquet(self.file(stage, f"{table}.parquet")).to_pylist()
        return self._rows[key]

    def at(self, stage: str, table: str, seq: int | None) -> list[Row]:
        """The rows of one frame; none for None."""
        key = stage, table
        if key not in self._by_seq:
            found: dict[int, list[Row]] = defaultdict(list)
            for row in self.rows(stage, table):
                found[row["seq"]].append(row)
            self._by_seq[key] = dict(found)
        return [] if seq is None else self._by_seq[key].get(seq, [])

    def file(self, stage: str, name: str) -> bytes:
        """A file of a stage's part."""
        if stage not in self._parts:
            self._parts[stage] = self.branch.part(stage, self.index)
        return part_file(self.branch.catalog.store, self._parts[stage], name)

    @cached_property
    def frames(self) -> StoredFrames:
        """The sampled frames."""
        data = self.file("extract_frames", "frames.parquet")
        return StoredFrames(self.branch.catalog.store, from_parquet(data))


@dataclass(frozen=True)
class Shot:
    """One sampled frame.

    Attributes:
        divide: its picture is wanted at this fraction of its size: 1, 2, 4 or 8.
    """

    tables: Tables
    seq: int
    divide: int = 1

    @property
    def row(self) -> Row:
        return self.tables.frames.by_seq[self.seq]

    @property
    def size_px(self) -> tuple[int, int]:
        return self.row["width_px"], self.row["height_px"]

    @property
    def t_s(self) -> float:
        """Timeline second of the sampled instant."""
        return float(self.row["t_s"]) + self.tables.offset_s

    @property
    def picture(self) -> Picture:
        return self.tables.frames.bgr(self.seq, self.divide)

    @cached_property
    def place(self) -> Row:
        """Its row of filter_scenes: scene, whether it was kept, and whom it stands for."""
        return self.tables.at("filter_scenes", "frames", self.seq)[0]

    @property
    def shown_seq(self) -> int | None:
        """The frame that later stages looked at in its stead, itself if it was kept; None for a blank one."""
        return None if self.place["blank"] else int(self.place["rep_seq"])

    def at(self, stage: str, table: str) -> list[Row]:
        """The rows of a stage for this frame, which may be those of the frame that stands for it."""
        return self.tables.at(stage, table, self.shown_seq)


class Source:
    """A node and what it rests on. The tables of the segment that was looked at last stay at hand.

    Args:
        branch: any branch through the node; the overlays depend on nothing of it that comes after `stage`.
    Raises:
        InputError: the branch does not reach the stage.
    """

    def __init__(self, branch: Branch, stage: str) -> None:
        node = branch.node(stage)
        self.branch = branch if branch.tip.id == node.id else Branch(branch.catalog, node)
        self.stage, self.node = stage, node
        self._tables: Tables | None = None

    @property
    def is_reduced(self) -> bool:
        """Whether the stage has one part for the whole timeline."""
        return STAGES[self.stage].scope == "timeline"

    def tables(self, index: int) -> Tables:
        """The tables of a segment."""
        if self._tables is None or self._tables.index != index:
            self._tables = Tables(self.branch, index)
        return self._tables

    def shot(self, index: int, seq: int, divide: int = 1) -> Shot:
        """A sampled frame, the nearest of the segment if none has this number.

        Raises:
            InputError: no frame was sampled in the segment.
        """
        tables = self.tables(index)
        known = tables.frames.by_seq
        if not known:
            raise InputError(
                "no frame was sampled there",
                where=f"segment {index} of {self.node.timeline}",
                why="its source video shows no frame in this range",
                remedy="name another second",
            )
        return Shot(tables, min(known, key=lambda k: (abs(k - seq), k)), divide)

    def shot_at(self, at_s: float) -> Shot:
        """The sampled frame nearest to a second of the timeline, within the segment that holds it.

        Raises:
            InputError: the second is outside the timeline.
        """
        index, seq = self.nearest(at_s)
        return self.shot(index, seq)

    def nearest(self, at_s: float | Fraction) -> tuple[int, int]:
        """Segment and sampling number nearest to a second of the timeline; says nothing of whether such a frame is there.

        Raises:
            InputError: the second is outside the timeline.
        """
        place = self.branch.place(at_s)
        fps = Fraction(self.branch.node("extract_frames").config["fps"])
        offset_s = self.branch.timeline.chunks[place.segment.chunk_index].offset_s
        first = -((-(place.segment.start_s + offset_s) * fps) // 1)
        last = -((-(place.segment.end_s + offset_s) * fps) // 1) - 1
        wanted = int((place.chunk_s + offset_s) * fps + Fraction(1, 2))
        return place.index, int(max(first, min(last, wanted)))

    def second_of(self, index: int, seq: int) -> float:
        """Timeline second of a sampling number."""
        segment = self.branch.segments[index]
        chunk = self.branch.timeline.chunks[segment.chunk_index]
        fps = Fraction(self.branch.node("extract_frames").config["fps"])
        return float(seq / fps - chunk.offset_s) + self.branch.offset_s(index)

    def seqs(self, index: int) -> list[int]:
        """The numbers of a segment's sampled frames, in order."""
        return [row["seq"] for row in self.tables(index).frames.rows]

    def config(self, stage: str) -> Any:
        """The config of a stage of this branch, as its model."""
        return STAGES[stage].config.model_validate(self.branch.node(stage).config)

    @cached_property
    def scenes(self) -> list[SceneSpan]:
        """The timeline's scenes.

        Raises:
            InputError: the branch does not reach filter_scenes.
        """
        pieces = []
        for index in range(len(self.branch.segments)):
            data = part_file(self.branch.catalog.store, self.branch.part("filter_scenes", index), "scenes.parquet")
            pieces.append((self.branch.offset_s(index), from_parquet(data).to_pylist()))
        return scene_spans(pieces)

    @cached_property
    def report(self) -> Report:
        """The report of a compile_report node."""
        part = self.branch.part("compile_report", 0)
        return load_report(part_file(self.branch.catalog.store, part, "report.json").decode())


def decoded(data: bytes, *, grey: bool = False) -> Picture | None:
    """The picture in encoded bytes, None when they are none."""
    import cv2

    if not data:
        return None
    flag = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
    found = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    return None if found is None else np.asarray(found, np.uint8)
