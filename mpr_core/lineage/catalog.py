"""Timelines, nodes and heads as documents in the media-out root."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TypeVar

from pydantic import ValidationError

from mpr_core.errors import FormatMismatch, UnknownTimeline
from mpr_core.lineage.node import Head, Label, Node
from mpr_core.record import Record, problems_of
from mpr_core.store import keys
from mpr_core.store.change import change_object
from mpr_core.store.object_store import ObjectStore
from mpr_core.timeline.timeline import Timeline, check_timeline_id

R = TypeVar("R", bound=Record)


def read_record(kind: type[R], data: bytes, where: str) -> R:
    """A stored record, checked for its format version.

    Raises:
        FormatMismatch: it was written in another format version, or is damaged.
    """
    try:
        document = json.loads(data)
    except ValueError as error:  # no JSON, or no text at all
        raise FormatMismatch(
            "stored document is damaged",
            where=where,
            why=f"not JSON: {error}",
            remedy="delete it, then ingest or run again",
        ) from error
    expected = kind.model_fields["format"].default
    found = document.get("format") if isinstance(document, dict) else None
    if found != expected:
        raise FormatMismatch(
            "stored document has another format",
            where=where,
            why=f"found {found!r}, this version reads {expected!r}",
            remedy="use the MPR version that wrote it, or ingest the timeline again (parts are reused where they fit)",
        )
    try:
        return kind.model_validate(document)
    except ValidationError as error:
        raise FormatMismatch(
            "stored document is damaged",
            where=where,
            why=problems_of(error),
            remedy="delete it, then ingest or run again",
        ) from error


def read_records(store: ObjectStore, kind: type[R], folder: str) -> list[R]:
    """Every record below a folder, in key order.

    Raises:
        FormatMismatch: one of them cannot be read.
    """
    found = [key for key, _ in store.keys(folder)]
    return [read_record(kind, data, key) for key, data in zip(found, store.get_many(found), strict=True) if data]


class Catalog:
    """What timelines exist, and at which node each of their stages stands."""

    def __init__(self, store: ObjectStore) -> None:
        self.store = store

    def timelines(self) -> list[str]:
        """Ids of all timelines, sorted."""
        names = self.store.folders(keys.TIMELINES)
        there = self.store.exist([keys.timeline(name) for name in names])
        return [name for name, is_there in zip(names, there, strict=True) if is_there]

    def has(self, timeline_id: str) -> bool:
        return self.store.exists(keys.timeline(check_timeline_id(timeline_id)))

    def timeline(self, timeline_id: str) -> Timeline:
        """One timeline.

        Raises:
            UnknownTimeline: it was never ingested; the message names what there is.
        """
        key = keys.timeline(check_timeline_id(timeline_id))
        try:
            data = self.store.get(key)
        except KeyError:
            known = ", ".join(self.timelines()[:10]) or "none yet"
            raise UnknownTimeline(
                "no such timeline",
                where=timeline_id,
                why=f"timelines here: {known}",
                remedy=f"mpr ingest VIDEO --timeline {timeline_id}",
            ) from None
        return read_record(Timeline, data, key)

    def each_timeline(self) -> Iterator[tuple[str, bytes, set[str]]]:
        """Id, record as stored and the stages that have a head, of every timeline: read in parallel, for who looks at thousands."""
        names = self.store.folders(keys.TIMELINES)
        records = self.store.get_each(keys.timeline(name) for name in names)
        heads = self.store.keys_of_each(keys.heads(name) for name in names)
        for name, data, found in zip(names, records, heads, strict=True):
            if data is not None:
                yield name, data, {key.rpartition("/")[2].removesuffix(".json") for key in found}

    def save_timeline(self, timeline: Timeline) -> None:
        """Put a timeline there, whatever stood there; to change one that others may change too, see `change_timeline`."""
        self.store.put(keys.timeline(timeline.id), _written(timeline))

    def change_timeline(
        self, timeline_id: str, change: Callable[[Timeline | None], Timeline | None]
    ) -> tuple[Timeline | None, Timeline | None]:
        """Replace a timeline by what `change` makes of it: what others make of it at the same time is not lost.

        Args:
            change: given the timeline as it stands, None when there is none; may be called several times. What it raises goes through.
        Returns:
            The timeline before, and as it is now.
        """
        key = keys.timeline(check_timeline_id(timeline_id))
        before = after = None

        def changed(stored: bytes | None) -> bytes | None:
            nonlocal before, after
            before = None if stored is None else read_record(Timeline, stored, key)
            after = change(before)
            if after is None:
                after = before
            return None if after is None or after == before else _written(after)

        change_object(self.store, key, changed)
        return before, after

    def head(self, timeline_id: str, stage: str) -> Node | None:
        """The node a stage stands at, or None when it never ran."""
        identity = self.head_id(timeline_id, stage)
        return None if identity is None else self.node(timeline_id, stage, identity)

    def head_id(self, timeline_id: str, stage: str) -> str | None:
        """The id of the node a stage stands at, or None when it has no head."""
        key = keys.head(timeline_id, stage)
        try:
            return read_record(Head, self.store.get(key), key).node
        except KeyError:
            return None

    def move_head(self, node: Node, run_id: str) -> None:
        head = Head(node=node.id, run_id=run_id)
        self.store.put(keys.head(node.timeline, node.stage), head.model_dump_json().encode())

    def node(self, timeline_id: str, stage: str, node_id: str) -> Node | None:
        """One node's manifest, or None when there is none."""
        key = keys.node(timeline_id, stage, node_id)
        try:
            return read_record(Node, self.store.get(key), key)
        except KeyError:
            return None

    def nodes(self, timeline_id: str) -> list[Node]:
        """Every node of a timeline, in key order."""
        return read_records(self.store, Node, keys.nodes(timeline_id))

    def node_ids(self, timeline_id: str) -> list[tuple[str, str]]:
        """`(stage, node id)` of every node of a timeline, from their names alone."""
        found = [key.split("/") for key, _ in self.store.keys(keys.nodes(timeline_id))]
        return [(steps[-2], steps[-1].removesuffix(".json")) for steps in found]

    def save_node(self, node: Node) -> None:
        self.store.put(keys.node(node.timeline, node.stage, node.id), node.model_dump_json(indent=1).encode())

    def labels(self, timeline_id: str) -> list[Label]:
        """Every label of a timeline, by name."""
        return read_records(self.store, Label, keys.labels(timeline_id))

    def save_label(self, label: Label) -> None:
        self.store.put(keys.label(label.timeline, label.name), label.model_dump_json(indent=1).encode())

    def delete_label(self, label: Label) -> None:
        self.store.delete([keys.label(label.timeline, label.name)])


def _written(timeline: Timeline) -> bytes:
    return timeline.model_dump_json(indent=1).encode()
