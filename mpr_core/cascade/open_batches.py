"""Batches that a provider still works on, or whose answers nobody has taken in: what a later run must know so as not to pay again."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from pydantic import Field

from mpr_core.cascade.ledger import LedgerEntry
from mpr_core.exact import canonical_digest
from mpr_core.lineage.catalog import read_records
from mpr_core.record import Record
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore


class BatchedCall(Record):
    """One question of a batch.

    Attributes:
        entry: its first entry in the ledger.
        names: the brands that were offered: the answer has to be one of them.
    """

    entry: LedgerEntry
    names: tuple[str, ...]


class OpenBatch(Record):
    """One batch."""

    format: Literal["mpr.batch/1"] = "mpr.batch/1"
    provider: str
    model: str
    batch: str = Field(description="its name at the provider")
    calls: tuple[BatchedCall, ...]
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))

    @property
    def key(self) -> str:
        """Where its record is kept."""
        return keys.open_batch(canonical_digest([self.provider, self.batch]))

    @property
    def requests(self) -> set[str]:
        """The digests of its questions."""
        return {call.entry.request for call in self.calls}


class OpenBatches:
    """The open batches of a store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def all(self) -> list[OpenBatch]:
        """Every open batch.

        Raises:
            FormatMismatch: a record cannot be read.
        """
        return read_records(self._store, OpenBatch, keys.OPEN_BATCHES)

    def has(self, batch: OpenBatch) -> bool:
        """Whether nobody has taken its answers in yet."""
        return self._store.exists(batch.key)

    def add(self, batch: OpenBatch) -> None:
        self._store.put(batch.key, batch.model_dump_json(indent=1).encode())

    def remove(self, batch: OpenBatch) -> None:
        """Forget a batch whose answers are stored."""
        self._store.delete([batch.key])
