"""`chunks/<source>/manifest.json`: which source the chunks beside it were cut from, where each one lies in it, and its probe.

A chunk is committed by its own record, written after the chunk; when all are there they go into the manifest, and `_DONE` is written last.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

from pydantic import Field, model_validator

from mpr_core.exact import Rational
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Chunk


class CutSource(Record):
    """The file that was cut, as its header and its packets tell it; it was not decoded."""

    name: str = Field(description="file name, or key in media-in")
    digest: str = Field(description="sha256 of the file's bytes, hex")
    size_bytes: int = Field(ge=1)
    container: str
    codec: str
    width_px: int = Field(ge=0, description="as stored, before rotation")
    height_px: int = Field(ge=0, description="as stored, before rotation")
    average_fps: Rational | None = None
    sound: str | None = Field(default=None, description="codec of the sound that the chunks carry")
    damage_reason: str | None = Field(default=None, description="why reading ended before the file's end")


class CutChunk(Record):
    """One committed chunk: `[start_s, end_s)` on the source's clock."""

    format: Literal["mpr.cut/1"] = "mpr.cut/1"
    number: int = Field(ge=1)
    start_s: Rational
    end_s: Rational
    chunk: Chunk | None = Field(description="None: no frame of it can be shown")
    lost: str = Field(default="", description="why there is no chunk")

    @model_validator(mode="after")
    def _chunk_or_reason(self) -> CutChunk:
        if not self.start_s < self.end_s or (self.chunk is None) != bool(self.lost):
            raise ValueError(f"chunk {self.number} is empty, or lost without a reason")
        return self


class SourceManifest(Record):
    """All chunks of one source, cut at `cuts_s`."""

    format: Literal["mpr.source/1"] = "mpr.source/1"
    source: CutSource
    seconds: Rational = Field(gt=0, description="the longest that a chunk was to be")
    cuts_s: tuple[Rational, ...] = Field(min_length=2, description="where chunks begin, and the end; source clock")
    chunks: tuple[CutChunk, ...] = Field(default=(), description="committed chunks, in order")

    @model_validator(mode="after")
    def _in_order(self) -> SourceManifest:
        rising = all(a < b for a, b in pairwise(self.cuts_s))
        spans = [(self.cuts_s[c.number - 1], self.cuts_s[c.number]) for c in self.chunks if c.number <= self.planned]
        if not rising or [(c.start_s, c.end_s) for c in self.chunks] != spans:
            raise ValueError("the cuts do not rise, or a chunk does not lie between two of them")
        return self

    @property
    def planned(self) -> int:
        """How many chunks the source has when all are cut."""
        return len(self.cuts_s) - 1

    @property
    def complete(self) -> bool:
        return len(self.chunks) == self.planned

    def usable(self) -> tuple[Chunk, ...]:
        """The chunks that can go into a timeline, in order."""
        return tuple(cut.chunk for cut in self.chunks if cut.chunk is not None)


def read_manifest(media_in: ObjectStore, prefix: str) -> SourceManifest | None:
    """The manifest in a folder of media-in, with the chunks committed since it was written; None when there is none.

    Raises:
        FormatMismatch: it, or the record of a chunk, is of another format version, or damaged.
    """
    try:
        data = media_in.get(keys.source_manifest(prefix))
    except KeyError:
        return None
    return manifest_from(media_in, prefix, data)


def manifest_from(media_in: ObjectStore, prefix: str, data: bytes) -> SourceManifest:
    """`read_manifest` of a document that was read already."""
    manifest = read_record(SourceManifest, data, keys.source_manifest(prefix))
    if manifest.complete:
        return manifest
    known = {cut.number for cut in manifest.chunks}
    wanted = [keys.cut_record(prefix, number) for number in range(1, manifest.planned + 1) if number not in known]
    there = [(k, found) for k, found in zip(wanted, media_in.get_many(wanted), strict=True) if found is not None]
    since = [read_record(CutChunk, found, k) for k, found in there]
    return manifest.model_copy(update={"chunks": tuple(sorted([*manifest.chunks, *since], key=lambda c: c.number))})


def save_manifest(media_in: ObjectStore, prefix: str, manifest: SourceManifest) -> None:
    media_in.put(keys.source_manifest(prefix), manifest.model_dump_json(indent=1).encode())
