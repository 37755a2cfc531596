"""What computing left in the store, listed a prefix at a time, and the one order in which it may be deleted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mpr_core.stages.registry import STAGE_NAMES
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore, StoredObject

_BATCH = 500


@dataclass(frozen=True)
class Folder:
    """Objects that stay or go together.

    Attributes:
        written_at: when the last of them was written.
    """

    keys: tuple[str, ...]
    size_bytes: int
    written_at: datetime


def stored_parts(store: ObjectStore) -> dict[tuple[str, str], Folder]:
    """`(stage, recipe)` -> the objects of that part, whole or not."""
    return {(path[1], path[3]): folder for path, folder in _folders(store.objects(keys.PARTS), 4).items()}


def stored_frames(store: ObjectStore) -> dict[tuple[str, str], Folder]:
    """`(chunk digest, sampling)` -> the frames of one chunk sampled in one way."""
    return {(path[1], path[2]): folder for path, folder in _folders(store.objects(keys.FRAMES), 3).items()}


def stored_overlays(store: ObjectStore) -> dict[str, Folder]:
    """Node id -> its overlays."""
    return {path[1]: folder for path, folder in _folders(store.objects(keys.OVERLAYS), 2).items()}


def stored_reports(store: ObjectStore) -> dict[tuple[str, str], Folder]:
    """`(timeline, node id)` -> the files of a published report."""
    return {(path[1], path[2]): folder for path, folder in _folders(store.objects(keys.REPORTS), 3).items()}


def deletion_batches(wanted: Iterable[str]) -> list[list[str]]:
    """Keys in an order that may be broken off anywhere: no node is left without its parts, no part's record without its files.

    Heads go before nodes, a node before what it rests on, all nodes before reports, overlays and parts, a part's record before its files.
    """
    ordered = sorted(wanted, key=_rank)
    return [ordered[start : start + _BATCH] for start in range(0, len(ordered), _BATCH)]


def _folders(listed: list[StoredObject], depth: int) -> dict[tuple[str, ...], Folder]:
    """Objects by the first `depth` steps of their keys; what lies higher is none of ours."""
    found: dict[tuple[str, ...], list[StoredObject]] = {}
    for stored in listed:
        steps = tuple(stored.key.split("/"))
        if len(steps) > depth:
            found.setdefault(steps[:depth], []).append(stored)
    return {
        path: Folder(
            tuple(stored.key for stored in inside),
            sum(stored.size_bytes for stored in inside),
            max(stored.written_at for stored in inside),
        )
        for path, inside in found.items()
    }


def _rank(key: str) -> tuple[int, int, str]:
    steps = key.split("/")
    if steps[0] == keys.TIMELINES:
        if len(steps) > 3 and steps[2] == "nodes" and steps[3] in STAGE_NAMES:
            return 1, -STAGE_NAMES.index(steps[3]), key
        return 0, 0, key
    if steps[0] in (keys.OVERLAYS, keys.REPORTS):
        return 2, 0, key
    return (3 if steps[-1] == keys.PART_RECORD else 4), 0, key
