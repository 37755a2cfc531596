"""What media-in holds: sources that were cut, their chunks, and single files, with what is known of each. Nothing is decoded for it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from mpr_core.errors import FormatMismatch
from mpr_core.intake.intake_documents import IntakeDocuments, Quarantined
from mpr_core.intake.manifest import SourceManifest, manifest_from
from mpr_core.lineage.catalog import Catalog, read_record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Chunk, Timeline


@dataclass(frozen=True)
class HeldChunk:
    """One video file in media-in.

    Attributes:
        chunk: its probe and place, from the manifest of its source or from a timeline; None where neither knows it.
        timelines: ids of the timelines that use it.
    """

    key: str
    size_bytes: int
    chunk: Chunk | None
    timelines: tuple[str, ...]


@dataclass(frozen=True)
class HeldSource:
    """One folder of media-in.

    Attributes:
        manifest: None for a folder of files that were not cut here.
        chunks: the files that are there, by key.
        missing: keys that the manifest names and that are gone.
        problem: why the manifest cannot be read.
        refused: chunks that the intake put into quarantine, by key.
    """

    prefix: str
    manifest: SourceManifest | None
    chunks: tuple[HeldChunk, ...]
    missing: tuple[str, ...] = ()
    problem: str = ""
    refused: tuple[Quarantined, ...] = ()

    @property
    def timelines(self) -> tuple[str, ...]:
        return tuple(sorted({name for chunk in self.chunks for name in chunk.timelines}))


@dataclass
class _Use:
    """Who uses a key, and what the user's record says of it."""

    timelines: list[str] = field(default_factory=list)
    chunk: Chunk | None = None


def held_sources(media_in: ObjectStore, catalog: Catalog) -> list[HeldSource]:
    """Every folder with video, by name: one listing of media-in, then the manifests and the timelines, each read in parallel."""
    folders: dict[str, dict[str, int]] = defaultdict(dict)
    for key, size_bytes in media_in.keys(""):
        folders[key.rpartition("/")[0]][key] = size_bytes
    cut = [prefix for prefix, there in folders.items() if keys.source_manifest(prefix) in there]
    manifests = dict(zip(cut, media_in.get_many([keys.source_manifest(prefix) for prefix in cut]), strict=True))
    uses = _uses(catalog)
    refused = _refused(catalog)
    held = [
        replace(
            _held(media_in, prefix, there, manifests.get(prefix), uses),
            refused=tuple(one for one in refused[prefix] if one.key in there),
        )
        for prefix, there in sorted(folders.items())
    ]
    return [source for source in held if source.chunks or source.manifest or source.problem]


def _held(
    media_in: ObjectStore, prefix: str, there: Mapping[str, int], data: bytes | None, uses: Mapping[str, _Use]
) -> HeldSource:
    manifest, problem = None, ""
    if data is not None:
        try:
            manifest = manifest_from(media_in, prefix, data)
        except FormatMismatch as error:  # one that cannot be read must not hide the others
            problem = f"{error.what}: {error.why}"
    cut = {} if manifest is None else {chunk.key: chunk for chunk in manifest.usable()}
    videos = [key for key in there if key in cut or not _is_record(prefix, key)]
    chunks = tuple(_chunk(key, there[key], cut.get(key), uses.get(key, _Use())) for key in videos)
    return HeldSource(prefix, manifest, chunks, tuple(key for key in cut if key not in there), problem)


def _chunk(key: str, size_bytes: int, cut: Chunk | None, use: _Use) -> HeldChunk:
    known = cut or use.chunk
    if known is not None and known.size_bytes != size_bytes:
        known = None  # another file has its name now
    return HeldChunk(key, size_bytes, known, tuple(use.timelines))


def _is_record(prefix: str, key: str) -> bool:
    """Whether an object is one of those that cutting writes beside its chunks."""
    return key in (keys.source_manifest(prefix), keys.source_done(prefix)) or key.endswith(".json")


def _refused(catalog: Catalog) -> dict[str, list[Quarantined]]:
    """Folder -> what of it is in quarantine."""
    found: dict[str, list[Quarantined]] = defaultdict(list)
    for one in IntakeDocuments(catalog.store).refused():
        found[one.key.rpartition("/")[0]].append(one)
    return found


def _uses(catalog: Catalog) -> Mapping[str, _Use]:
    """Per key of media-in, from all timelines that can be read."""
    names = catalog.store.folders(keys.TIMELINES)
    documents = catalog.store.get_many([keys.timeline(name) for name in names])
    uses: dict[str, _Use] = defaultdict(_Use)
    for name, data in zip(names, documents, strict=True):
        if data is None:
            continue
        try:
            timeline = read_record(Timeline, data, keys.timeline(name))
        except FormatMismatch:  # `mpr timelines` says what is wrong with it
            continue
        for chunk in timeline.chunks:
            use = uses[chunk.key]
            use.chunk = use.chunk or chunk
            if name not in use.timelines:
                use.timelines.append(name)
    return uses
