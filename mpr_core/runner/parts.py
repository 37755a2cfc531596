"""Parts in the store: immutable, named by recipe, committed by writing `part.json` last."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

from pydantic import Field

from mpr_core.errors import PartMissing
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.runner.payload import Payload
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.segments import Segment

P = TypeVar("P", bound=Payload)


class PartFile(Record):
    size_bytes: int
    sha256: str


class Part(Record):
    """The commit record of one part. It says nothing of when or how long, so equal work gives equal bytes."""

    format: Literal["mpr.part/1"] = "mpr.part/1"
    recipe: str
    stage: str
    stage_version: str
    status: Literal["done", "skipped"]
    reason: str = ""
    segment: Segment | None
    config: dict[str, Any]
    models: dict[str, str]
    parents: dict[str, str] = Field(description="parent stage -> recipe")
    damaged_from_s: str | None = Field(
        default=None, description="chunk second (num/den) from which the chunk is damaged"
    )
    files: dict[str, PartFile]
    counts: dict[str, float]


def write_part(store: ObjectStore, part: Part, files: dict[str, bytes]) -> None:
    """Write the files, then the record that makes them a part."""
    folder = keys.part_folder(part.stage, part.recipe)
    store.put_many((f"{folder}/{name}", data) for name, data in files.items())
    store.put(keys.part_manifest(part.stage, part.recipe), part.model_dump_json(indent=1).encode())


def file_records(files: dict[str, bytes]) -> dict[str, PartFile]:
    return {n: PartFile(size_bytes=len(d), sha256=hashlib.sha256(d).hexdigest()) for n, d in files.items()}


def find_parts(store: ObjectStore, stage: str, recipes: Sequence[str]) -> list[Part | None]:
    """The committed part of each recipe, None where there is none yet."""
    names = [keys.part_manifest(stage, recipe) for recipe in recipes]
    return [
        read_record(Part, data, name) if data else None for name, data in zip(names, store.get_many(names), strict=True)
    ]


def load_payload(store: ObjectStore, part: Part, kind: type[P]) -> P:
    """A part's payload, each file held against its digest.

    Raises:
        PartMissing: a file is gone or is not what was written.
    """
    return kind.from_files(list(part.files), lambda name: part_file(store, part, name))


def part_file(store: ObjectStore, part: Part, name: str) -> bytes:
    """One file of a part, held against its digest.

    Raises:
        PartMissing: it is gone or is not what was written.
    """
    key = f"{keys.part_folder(part.stage, part.recipe)}/{name}"
    try:
        data = store.get(key)
    except KeyError:
        data = b""
    if hashlib.sha256(data).hexdigest() != part.files[name].sha256:
        # Without its record it is no part any more, so the next run computes it again.
        store.delete([keys.part_manifest(part.stage, part.recipe)])
        raise PartMissing(
            "a stored part is incomplete",
            where=key,
            why="the file is gone or was changed after it was written",
            remedy="run again: the part is struck out, and only it is computed",
        )
    return data
