"""What was taken in and what was refused, as documents in media-out: the authority, whatever an orchestrator remembers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, TypeVar

from pydantic import Field

from mpr_core.errors import FormatMismatch
from mpr_core.exact import canonical_digest
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

R = TypeVar("R", bound=Record)


class Taken(Record):
    """`intake/taken/<timeline>.json`: the keys that went into a timeline, each with the version that did."""

    format: Literal["mpr.intake/1"] = "mpr.intake/1"
    timeline: str
    keys: dict[str, str] = Field(default_factory=dict, description="key -> version")
    round: int = Field(default=0, ge=0, description="counts intakes that came to their end, and releases")
    changes: int = Field(default=0, ge=0, description="counts changes of the timeline's list of chunks")
    chunks: str = Field(default="", description="digest of that list; empty while there is no chunk")


class Quarantined(Record):
    """`intake/quarantine/...`: a chunk that was refused. It stays so until it is uploaded anew or released."""

    format: Literal["mpr.quarantine/1"] = "mpr.quarantine/1"
    timeline: str
    key: str
    version: str
    size_bytes: int = Field(ge=0)
    reason: str
    since: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def place(self) -> str:
        return keys.quarantined(self.timeline, canonical_digest(self.key)[:16])


@dataclass(frozen=True)
class Processed:
    """One timeline's documents."""

    taken: Taken
    refused: Mapping[str, Quarantined] = field(default_factory=dict)

    def is_done(self, key: str, version: str) -> bool:
        """Whether this version was taken in or refused."""
        refused = self.refused.get(key)
        return self.taken.keys.get(key) == version or (refused is not None and refused.version == version)


class IntakeDocuments:
    """All of them in one listing; what they say is read for the timelines that are asked for."""

    def __init__(self, media_out: ObjectStore) -> None:
        self._store = media_out
        self._stamps: dict[str, list[str]] = defaultdict(list)
        self._refused: dict[str, list[str]] = defaultdict(list)
        self._taken: set[str] = set()
        for stored in media_out.objects(keys.INTAKE):
            folder, _, name = stored.key.rpartition("/")
            timeline = name.removesuffix(".json") if folder == keys.TAKEN else folder.rpartition("/")[2]
            if folder == keys.READING:
                continue
            if folder == keys.TAKEN:
                self._taken.add(timeline)
            else:
                self._refused[timeline].append(stored.key)
            self._stamps[timeline].append(f"{stored.key} {stored.etag} {stored.size_bytes} {stored.written_at}")

    def timelines(self) -> list[str]:
        """Timelines of which there is a document."""
        return sorted(self._stamps)

    def stamp(self, timeline: str) -> tuple[str, ...]:
        """Changes whenever a document of the timeline does."""
        return tuple(self._stamps.get(timeline, ()))

    def read(self, timelines: Iterable[str]) -> dict[str, Processed]:
        """The documents of these timelines."""
        wanted = list(timelines)
        places = [keys.taken(name) for name in wanted if name in self._taken]
        places += [place for name in wanted for place in self._refused.get(name, ())]
        data = dict(zip(places, self._store.get_many(places), strict=True))
        return {name: self._processed(name, data) for name in wanted}

    def refused(self) -> list[Quarantined]:
        """Every chunk in quarantine, by key."""
        found = [one for processed in self.read(self._refused).values() for one in processed.refused.values()]
        return sorted(found, key=lambda one: one.key)

    def _processed(self, timeline: str, data: Mapping[str, bytes | None]) -> Processed:
        taken = _read(Taken, data, keys.taken(timeline)) or Taken(timeline=timeline)
        refused = (_read(Quarantined, data, place) for place in self._refused.get(timeline, ()))
        return Processed(taken, {one.key: one for one in refused if one is not None})


def save(media_out: ObjectStore, document: Taken | Quarantined) -> None:
    place = document.place if isinstance(document, Quarantined) else keys.taken(document.timeline)
    media_out.put(place, document.model_dump_json(indent=1).encode())


def release(media_out: ObjectStore, prefix: str) -> list[Quarantined]:
    """Let chunks out of quarantine, to be tried again; returns which.

    Args:
        prefix: a key, or the folder of keys.
    """
    documents = IntakeDocuments(media_out)
    freed = [one for one in documents.refused() if one.key == prefix or one.key.startswith(f"{prefix}/")]
    for timeline, processed in documents.read(sorted({one.timeline for one in freed})).items():
        again = processed.taken.round + 1
        save(media_out, processed.taken.model_copy(update={"timeline": timeline, "round": again}))
    media_out.delete([keys.reading(name) for name in {one.timeline for one in freed}])
    media_out.delete([one.place for one in freed])
    return freed


def _read(kind: type[R], data: Mapping[str, bytes | None], place: str) -> R | None:
    found = data.get(place)
    if found is None:
        return None
    try:
        return read_record(kind, found, place)
    except FormatMismatch:  # taking in again what is there already changes nothing, so that a damaged record is none
        return None
