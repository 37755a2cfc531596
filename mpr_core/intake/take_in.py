"""Stable chunks of a watched bucket become chunks of their timeline, where they lie; one that is no video is put into quarantine.

What is done counts once its record is written, after the timeline: a run that is killed in between is done again and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from mpr_core.errors import FormatMismatch, MediaRefused
from mpr_core.exact import canonical_digest
from mpr_core.intake.cut_lookup import as_cut
from mpr_core.intake.intake_documents import IntakeDocuments, Processed, Quarantined, Taken, save
from mpr_core.intake.manifest import read_manifest
from mpr_core.intake.suspects import Suspects
from mpr_core.intake.watched import WatchedKey, natural_order, version_of
from mpr_core.lineage.catalog import Catalog
from mpr_core.media.digest import file_digest
from mpr_core.media.limits import MediaLimits
from mpr_core.media.probe import probe_media
from mpr_core.record import Record
from mpr_core.store.object_store import ObjectStore, StoredObject
from mpr_core.timeline.timeline import Chunk, Timeline

_SAVE_EVERY = 25
"""Chunks between two records: what a killed run may have to look at again."""


class IntakeRequest(Record):
    """Versions of keys that are to go into a timeline.

    Attributes:
        profile: of a timeline that does not exist yet.
    """

    timeline: str
    keys: tuple[WatchedKey, ...]
    profile: str = "generic"


@dataclass
class TakenIn:
    """What became of the keys; those left were replaced or deleted since they were seen."""

    taken: list[str] = field(default_factory=list)
    refused: list[Quarantined] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def take_in(
    request: IntakeRequest,
    *,
    media_in: ObjectStore,
    catalog: Catalog,
    limits: MediaLimits,
    register: Callable[[str], None] = lambda _: None,
    progress: Callable[[str], None] = lambda _: None,
) -> TakenIn:
    """Extend the timeline, or make it.

    Args:
        register: told of the timeline when it is there, before its chunks count as taken in.
        progress: told of each key before it is read.
    Raises:
        StoreUnavailable: the store did not answer; what was saved until then stays.
    """
    return _Intake(request, media_in, catalog, limits, register).run(progress)


class _Intake:
    def __init__(
        self,
        request: IntakeRequest,
        media_in: ObjectStore,
        catalog: Catalog,
        limits: MediaLimits,
        register: Callable[[str], None],
    ) -> None:
        self.request, self.media_in, self.catalog = request, media_in, catalog
        self.limits, self.register = limits, register
        processed: Processed = IntakeDocuments(catalog.store).read([request.timeline])[request.timeline]
        self.taken, self.refused = processed.taken, processed.refused
        timeline = self._timeline()
        self.known = {chunk.key: chunk for chunk in timeline.chunks} if timeline else {}
        self.cut = cache(self._cut)
        self.new: dict[WatchedKey, Chunk] = {}
        self.result = TakenIn()

    def run(self, progress: Callable[[str], None]) -> TakenIn:
        there = self._there()
        suspects = Suspects(self.catalog.store, self.request.timeline)
        for wanted in self.request.keys:
            stored = there.get(wanted.key)
            if stored is None or version_of(stored) != wanted.version:
                self.result.left.append(wanted.key)
                continue
            progress(wanted.key)
            if ended := suspects.reason(wanted):
                self._refuse(wanted, stored, ended)
                continue
            with suspects.reading(wanted):
                self._take(wanted, stored)
            if len(self.new) >= _SAVE_EVERY:
                self._save()
        self._save()
        save(self.catalog.store, self.taken.model_copy(update={"round": self.taken.round + 1}))
        suspects.clear()
        return self.result

    def _there(self) -> dict[str, StoredObject]:
        folders = {wanted.key.rpartition("/")[0] for wanted in self.request.keys}
        return {stored.key: stored for folder in folders for stored in self.media_in.objects(folder)}

    def _take(self, wanted: WatchedKey, stored: StoredObject) -> None:
        try:
            self.new[wanted] = self._chunk(wanted.key)
        except (MediaRefused, FormatMismatch) as error:
            self._refuse(wanted, stored, f"{error.what}: {error.why}")
        except KeyError:
            self.result.left.append(wanted.key)

    def _chunk(self, key: str) -> Chunk:
        """As its source's manifest has it, else as its frames tell; nothing is decoded again for the same bytes."""
        cut = self.cut(key.rpartition("/")[0]).get(key)
        if cut is not None:
            return as_cut(self.media_in, (cut,))[0]
        with self.media_in.as_file(key) as path:
            digest = file_digest(path)
            known = self.known.get(key)
            if known is not None and known.digest == digest:
                return known
            return Chunk(key=key, digest=digest, size_bytes=path.stat().st_size, probe=probe_media(path, self.limits))

    def _cut(self, folder: str) -> dict[str, Chunk]:
        manifest = read_manifest(self.media_in, folder)
        return {} if manifest is None else {chunk.key: chunk for chunk in manifest.usable()}

    def _refuse(self, wanted: WatchedKey, stored: StoredObject, reason: str) -> None:
        refused = Quarantined(
            timeline=self.request.timeline,
            key=wanted.key,
            version=wanted.version,
            size_bytes=stored.size_bytes,
            reason=reason,
        )
        save(self.catalog.store, refused)
        self.result.refused.append(refused)

    def _save(self) -> None:
        """The timeline, then the record of what went into it; chunks that came another way stay before those of the bucket."""
        _, timeline = self.catalog.change_timeline(self.request.timeline, self._extended)
        if timeline is None:
            return
        self.register(self.request.timeline)
        self._record(canonical_digest([[chunk.digest, chunk.offset_s] for chunk in timeline.chunks]))

    def _extended(self, now: Timeline | None) -> Timeline | None:
        """The timeline as it stands once video has been read: its brands or chunks may have been changed meanwhile."""
        chunks = self._chunks(now.chunks if now else ())
        if not chunks:
            return None
        made = now or Timeline(id=self.request.timeline, chunks=chunks, profile=self.request.profile)
        return made.model_copy(update={"chunks": chunks})

    def _chunks(self, before: tuple[Chunk, ...]) -> tuple[Chunk, ...]:
        watched = {chunk.key: chunk for chunk in before if chunk.key in self.taken.keys}
        watched |= {wanted.key: chunk for wanted, chunk in self.new.items()}
        others = [chunk for chunk in before if chunk.key not in watched]
        return (*others, *(watched[key] for key in sorted(watched, key=natural_order)))

    def _timeline(self) -> Timeline | None:
        timeline = self.request.timeline
        return self.catalog.timeline(timeline) if self.catalog.has(timeline) else None

    def _record(self, chunks: str) -> None:
        versions = {wanted.key: wanted.version for wanted in self.new}
        self.taken = Taken(
            timeline=self.request.timeline,
            keys=self.taken.keys | versions,
            round=self.taken.round,
            changes=self.taken.changes + (chunks != self.taken.chunks),
            chunks=chunks,
        )
        save(self.catalog.store, self.taken)
        self.catalog.store.delete([self.refused[key].place for key in versions if key in self.refused])
        self.result.taken += versions
        self.new = {}
