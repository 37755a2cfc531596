"""Which objects of a listing are chunks to be taken in, which timeline each belongs to, and which version of it is there."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field

from mpr_core.errors import InputError
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import StoredObject
from mpr_core.timeline.timeline import check_timeline_id

FOLDER = "(.+)/[^/]+"
"""The rule that makes the folder of a key its timeline."""

_MOST_READABLE = 48


def _with_a_group(rule: str) -> str:
    try:
        groups = re.compile(rule).groups
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error
    if not groups:
        raise ValueError(f"a regular expression without a group; the default is {FOLDER}")
    return rule


def _folders(text: str) -> str:
    for prefix in prefixes_of(text):
        if any(step in ("", ".", "..") for step in prefix.split("/")):
            raise ValueError("not a folder of media-in, or several with commas between them")
    return text


TimelineRule = Annotated[str, AfterValidator(_with_a_group)]
"""A regular expression for a whole key below its prefix; its groups, joined with '/', name the timeline."""

WatchedFolders = Annotated[str, AfterValidator(_folders)]
"""Folders of media-in, separated by commas."""


def prefixes_of(folders: str) -> tuple[str, ...]:
    """The folders, without a slash at the end."""
    return tuple(part.strip().removesuffix("/") for part in folders.split(","))


class WatchRules(Record):
    """What is watched, and how much is asked for at once."""

    folders: WatchedFolders
    timeline: TimelineRule = FOLDER
    requests_a_tick: int = Field(default=10, ge=1)
    keys_a_run: int = Field(default=200, ge=1, description="chunks that one intake run takes in")
    attempts: int = Field(default=3, ge=1, description="how often a run that fails is asked for")
    backoff_s: float = Field(
        default=60, ge=0, description="wait before the second attempt; four times longer each time"
    )

    @property
    def prefixes(self) -> tuple[str, ...]:
        return prefixes_of(self.folders)

    def source_of(self, key: str) -> str | None:
        """What the rule reads out of a key, before it is made an id; None for a key that it does not fit."""
        for prefix in self.prefixes:
            if key.startswith(f"{prefix}/"):
                found = re.fullmatch(self.timeline, key.removeprefix(f"{prefix}/"))
                return "/".join(filter(None, found.groups())) or None if found else None
        return None


class WatchedKey(Record):
    """One version of one object."""

    key: str
    version: str


@dataclass(frozen=True)
class Seen:
    """A chunk in one listing.

    Attributes:
        complete: a marker written after it says that its folder is.
        held: its source is still being cut, so that its place is not known yet.
    """

    version: str
    complete: bool = False
    held: bool = False


@dataclass(frozen=True)
class Sorted:
    """A listing by timeline: key -> what is there.

    Attributes:
        misfits: keys that belong to no timeline.
    """

    timelines: Mapping[str, Mapping[str, Seen]]
    misfits: tuple[str, ...] = field(default=())


def sort_listing(listing: Iterable[StoredObject], rules: WatchRules) -> Sorted:
    """Every chunk under its timeline."""
    found = {stored.key: stored for stored in listing}
    timelines: dict[str, dict[str, Seen]] = defaultdict(dict)
    misfits = []
    for key, stored in sorted(found.items()):
        if not stored.size_bytes or _is_no_chunk(key):
            continue
        source = rules.source_of(key)
        if source is None:
            misfits.append(key)
        else:
            timelines[timeline_id(source)][key] = _seen(stored, found)
    return Sorted(timelines, tuple(misfits))


def timeline_id(source: str) -> str:
    """The name itself where it can be an id; else made one, with a digest, so that two names never make the same."""
    try:
        return check_timeline_id(source)
    except InputError:
        readable = re.sub(r"[^A-Za-z0-9]+", "-", source).strip("-") or "timeline"
        return check_timeline_id(f"{readable[:_MOST_READABLE]}-{hashlib.sha256(source.encode()).hexdigest()[:8]}")


def version_of(stored: StoredObject) -> str:
    """12 hex digits that change whenever the object is written."""
    named = stored.etag or stored.written_at.isoformat()
    return hashlib.sha256(f"{named} {stored.size_bytes}".encode()).hexdigest()[:12]


def natural_order(key: str) -> tuple[tuple[str, int], ...]:
    """Sorts x-2 before x-10, and so the chunks of a cut source by their numbers."""
    parts = re.split(r"([0-9]+)", key)
    read = [(text, int(number)) for text, number in zip(parts[::2], [*parts[1::2], "0"], strict=True)]
    return (*read, (key, 0))  # x-2 and x-02 have an order too


def _seen(stored: StoredObject, found: Mapping[str, StoredObject]) -> Seen:
    folder = stored.key.rpartition("/")[0]
    done = found.get(keys.source_done(folder))
    return Seen(
        version_of(stored),
        complete=done is not None and stored.written_at <= done.written_at,
        held=done is None and keys.source_manifest(folder) in found,
    )


def _is_no_chunk(key: str) -> bool:
    """Markers, records, and what programs write while they work; everything else has to be video, or is told."""
    name = key.rpartition("/")[2]
    return name.startswith((".", "_")) or name.endswith((".json", ".part", ".tmp"))
