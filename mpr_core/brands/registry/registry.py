"""The registry's documents in the media-out root. Every document is written whole and by one writer's kind alone."""

from __future__ import annotations

from collections.abc import Sequence

from mpr_core.brands.registry.records import Decision, FoundNames
from mpr_core.errors import FormatMismatch
from mpr_core.exact import canonical_digest
from mpr_core.lineage.catalog import read_record, read_records
from mpr_core.store import keys
from mpr_core.store.object_store import ObjectStore


class BrandRegistry:
    """What was found and what was decided, in one store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def found(self) -> list[FoundNames]:
        """What each timeline's report has found, by timeline.

        Raises:
            FormatMismatch: a document cannot be read.
        """
        return read_records(self._store, FoundNames, keys.FOUND_NAMES)

    def found_in(self, timeline_id: str) -> FoundNames | None:
        """What one timeline's report has found; None before its first."""
        key = keys.found_names(timeline_id)
        try:
            return read_record(FoundNames, self._store.get(key), key)
        except KeyError:
            return None

    def decisions(self) -> list[Decision]:
        """Every decision, by name.

        Raises:
            FormatMismatch: a document cannot be read.
        """
        return sorted(read_records(self._store, Decision, keys.BRAND_DECISIONS), key=lambda decision: decision.key)

    def propose(self, found: FoundNames) -> bool:
        """Put what a timeline's report has found in the place of what its last one had; False when it says the same."""
        try:
            before = self.found_in(found.timeline)
        except FormatMismatch:  # it says nothing that the report does not say again
            before = None
        if before is not None and before.says_the_same(found):
            return False
        self._store.put(keys.found_names(found.timeline), found.model_dump_json(indent=1).encode())
        return True

    def decide(self, decisions: Sequence[Decision]) -> None:
        """Keep decisions, each in the place of what was decided about its name before."""
        for decision in decisions:
            key = keys.brand_decision(canonical_digest(decision.key))
            self._store.put(key, decision.model_dump_json(indent=1).encode())
