"""Which chunk was being read when a process died: one at which that happens again and again is not read once more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from pydantic import Field

from mpr_core.errors import FormatMismatch, MprError
from mpr_core.intake.watched import WatchedKey
from mpr_core.lineage.catalog import read_record
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore

_MOST_ENDS = 2


class Reading(Record):
    """`intake/reading/<timeline>.json`: the chunk that is being read, and how often reading one ended its process."""

    format: Literal["mpr.reading/1"] = "mpr.reading/1"
    current: str = ""
    ends: dict[str, int] = Field(default_factory=dict)


class Suspects:
    """Those of one timeline. A decoder that crashes, or is killed for memory, leaves no other trace than this record."""

    def __init__(self, media_out: ObjectStore, timeline: str) -> None:
        self._store, self._place = media_out, keys.reading(timeline)
        left = self._read()
        self._ends = left.ends | ({left.current: left.ends.get(left.current, 0) + 1} if left.current else {})

    def reason(self, chunk: WatchedKey) -> str:
        """Why a chunk is not to be read; empty when it may be."""
        ends = self._ends.get(_name(chunk), 0)
        return f"reading it ended the process {ends} times" if ends >= _MOST_ENDS else ""

    @contextmanager
    def reading(self, chunk: WatchedKey) -> Iterator[None]:
        """While a chunk is read. Only what the chunk itself may have caused is held against it."""
        self._write(Reading(current=_name(chunk), ends=self._ends))
        blamed = False
        try:
            yield
        except Exception as error:
            blamed = not (isinstance(error, MprError) and error.transient)
            raise
        finally:
            if not blamed:
                self._write(Reading(ends=self._ends))

    def clear(self) -> None:
        """Forget all, at the end of a run that came to its end."""
        self._store.delete([self._place])

    def _write(self, record: Reading) -> None:
        self._store.put(self._place, record.model_dump_json().encode())

    def _read(self) -> Reading:
        try:
            return read_record(Reading, self._store.get(self._place), self._place)
        except (KeyError, FormatMismatch):  # a count that is lost begins anew
            return Reading()


def _name(chunk: WatchedKey) -> str:
    return f"{chunk.key} {chunk.version}"
